/* SPDX-License-Identifier: MIT */
/*
 * The backend on epoll, for kernels without io_uring or where it is forbidden.
 * A descriptor is registered once, edge-triggered, for both directions; its
 * edges say when to perform the op that waits. Does not offload files.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/sys.h"
#include "loop/in_flight.h"
#include "loop/own_fd.h"
#include "loop/perform.h"
#include "loop/poller.h"
#include "loop/wakeup.h"

#include <limits.h>

enum {
	FETCH_ENTRY = 8, /* events ahead at which entries and */
	FETCH_OP = 4,	 /* ops are fetched into the cache */
	NS_PER_MS = 1000000,
	NS_PER_SEC = 1000000000,
};

/* No descriptor's data: its number would be -1. */
#define WAKE_DATA UINT64_MAX
/* In the data of a wanted descriptor. No number is so high, so that who looks
 * for one that has ops finds nothing. */
#define WANTED_DATA (UINT32_C(1) << 30)

/*
 * An op in flight is on the ready list, and the next wait() performs it, or on
 * no list, and an edge puts it there.
 */
struct epoll_backend {
	struct eg_backend base;
	int epoll_fd;
	int wake_fd;
	int pollable_fd;   /* an epoll of this one alone; -1: not asked for */
	bool lacks_pwait2; /* Linux < 5.11: timeouts in milliseconds */
	bool has_ghost;	   /* see rebuild() */
	struct eg_list ready;
	struct epoll_event events[EG_TURN_BATCH];
};

static struct epoll_backend *from_base(struct eg_backend *b)
{
	return eg_container_of(b, struct epoll_backend, base);
}

static void epoll_close(struct eg_backend *b)
{
	struct epoll_backend *ep = from_base(b);

	if (ep->epoll_fd >= 0)
		eg__sys_close(ep->epoll_fd);
	if (ep->wake_fd >= 0)
		eg__sys_close(ep->wake_fd);
	if (ep->pollable_fd >= 0)
		eg__sys_close(ep->pollable_fd);
	eg__pages_put(ep, sizeof(*ep));
}

static int register_wake(struct epoll_backend *ep, int epoll_fd)
{
	/* Edge-triggered, so that nobody has to read the count away. */
	struct epoll_event wake = { .events = EPOLLIN | EPOLLET,
				    .data.u64 = WAKE_DATA };

	return eg__sys_epoll_ctl(epoll_fd, EPOLL_CTL_ADD, ep->wake_fd, &wake);
}

static int open_descriptors(struct epoll_backend *ep)
{
	bool high = ep->base.loop->keep_high;

	ep->epoll_fd =
		eg__own_fd_place(eg__sys_epoll_create(EPOLL_CLOEXEC), high);
	if (ep->epoll_fd < 0)
		return ep->epoll_fd;
	ep->wake_fd = eg__own_fd_place(eg__wakeup_open(), high);
	if (ep->wake_fd < 0)
		return ep->wake_fd;
	return register_wake(ep, ep->epoll_fd);
}

static int epoll_open(struct eg_poller *loop, struct eg_backend **ret)
{
	struct epoll_backend *ep = eg__pages_get(sizeof(*ep));
	int r;

	if (!ep)
		return -ENOMEM;
	ep->base = (struct eg_backend){ .ops = &eg__epoll_ops,
					.loop = loop,
					.caps = EG_CAP_EDGES };
	ep->epoll_fd = -1;
	ep->wake_fd = -1;
	ep->pollable_fd = -1;
	eg_list_init(&ep->ready);
	r = open_descriptors(ep);
	if (r < 0) {
		epoll_close(&ep->base);
		return r;
	}
	*ret = &ep->base;
	return 0;
}

/* Registering reports what is ready already as an edge of its own, and so does
 * registering again. */
static int register_fd(struct epoll_backend *ep, int fd, struct eg_fd *e)
{
	struct epoll_event event = {
		.events = EG_EVENTS_IN | EG_EVENTS_OUT | EPOLLET,
		.data.u64 = (uint64_t)e->generation << 32 | (uint32_t)fd,
	};
	int r;

	r = eg__sys_epoll_ctl(ep->epoll_fd, EPOLL_CTL_ADD, fd, &event);
	/* By an op; or the file was registered under this number before, and
	 * something else, a child or a duplicate, has kept it open since. */
	if (r == -EEXIST)
		r = eg__sys_epoll_ctl(ep->epoll_fd, EPOLL_CTL_MOD, fd, &event);
	if (r < 0)
		return r;
	e->is_registered = true;
	return 0;
}

/* Whether the op can succeed now, by what happened before it was submitted. */
static bool is_ready_already(const struct eg_op *op, const struct eg_fd *e)
{
	static const struct timespec no_time;
	struct pollfd p = { .fd = op->fd, .events = eg__perform_events(op) };

	if (op->kind != EG_OP_POLL && op->kind != EG_OP_CONNECT)
		return op->edge != e->edge[op->dir];
	/* Its edge may be long gone, and nobody has tried in its stead; a
	 * connect that succeeds at once makes none. */
	return eg__sys_poll(&p, 1, &no_time) != 0;
}

static int start(struct epoll_backend *ep, struct eg_op *op, struct eg_fd *e)
{
	int r = eg__perform_begin(op);

	if (r < 0)
		return r;
	if (!e->is_registered) {
		r = register_fd(ep, op->fd, e);
		return r == -EPERM ? eg__perform_refusal(op) : r;
	}
	if (is_ready_already(op, e))
		eg_list_push_back(&ep->ready, &op->link);
	return 0;
}

static int epoll_submit(struct eg_backend *b, struct eg_op *op)
{
	struct eg_fd *e;
	int r;

	if (!eg__op_is_exclusive(op))
		return eg__perform_refusal(op);
	r = eg__op_take(b, op, &e);
	if (r < 0)
		return r;
	r = start(from_base(b), op, e);
	if (r < 0)
		eg__op_give_back(b, op);
	return r;
}

static void epoll_cancel(struct eg_backend *b, struct eg_op *op)
{
	if (op->state != EG_OP_IN_FLIGHT)
		return;
	op->is_cancelling = true;
	if (!eg_list_is_linked(&op->link))
		eg_list_push_back(&from_base(b)->ready, &op->link);
}

static int wait_ms(struct epoll_backend *ep, int64_t timeout)
{
	int64_t ms = timeout / NS_PER_MS + (timeout % NS_PER_MS != 0);

	if (timeout == INT64_MAX)
		ms = -1;
	else if (ms > INT_MAX)
		ms = INT_MAX;
	return eg__sys_epoll_wait_ms(ep->epoll_fd, ep->events, EG_TURN_BATCH,
				     (int)ms);
}

/* @timeout: ns, INT64_MAX: none. */
static int wait_ns(struct epoll_backend *ep, int64_t timeout)
{
	struct timespec ts = { .tv_sec = timeout / NS_PER_SEC,
			       .tv_nsec = timeout % NS_PER_SEC };
	int r;

	if (eg_likely(!ep->lacks_pwait2)) {
		r = eg__sys_epoll_wait(ep->epoll_fd, ep->events, EG_TURN_BATCH,
				       timeout == INT64_MAX ? NULL : &ts);
		if (r != -ENOSYS)
			return r;
		ep->lacks_pwait2 = true;
	}
	return wait_ms(ep, timeout);
}

/* How long to sleep. Reads the clock only if it matters. */
static int64_t timeout_until(struct epoll_backend *ep, int64_t deadline)
{
	int64_t left;

	if (!eg_list_is_empty(&ep->ready) || deadline <= ep->base.loop->now)
		return 0;
	if (deadline == INT64_MAX)
		return INT64_MAX;
	left = deadline - eg__clock_now();
	return left > 0 ? left : 0;
}

/* The descriptor that an event is about, NULL for an event of the past. */
static struct eg_fd *entry_of(struct epoll_backend *ep, uint64_t data)
{
	struct eg_fd *e = eg__fd_find(&ep->base.loop->fds, (int)(uint32_t)data);

	return e && e->generation == (uint32_t)(data >> 32) ? e : NULL;
}

/* An edge may serve the op that waits there. A poll waits for either kind of
 * edge, whichever direction it stands in. */
static void make_ready(struct epoll_backend *ep, struct eg_op *op, bool edge)
{
	if (op && (edge || op->kind == EG_OP_POLL) &&
	    !eg_list_is_linked(&op->link))
		eg_list_push_back(&ep->ready, &op->link);
}

/* Not of a descriptor that has ops, or of the past. */
static void take_other(struct epoll_backend *ep, uint64_t data, uint32_t events)
{
	int fd = (int)((uint32_t)data & ~WANTED_DATA);
	struct eg_poller *l = ep->base.loop;
	struct eg_fd *e;

	if (data == WAKE_DATA || !(data & WANTED_DATA))
		return;
	e = eg__fd_find(&l->fds, fd);
	if (!e || e->generation != (uint32_t)(data >> 32))
		ep->has_ghost = true;
	else if (eg_likely(l->on_ready != NULL))
		l->on_ready(l, fd, e, events);
}

static void take_event(struct epoll_backend *ep, uint64_t data, uint32_t events)
{
	struct eg_fd *e = entry_of(ep, data);

	if (eg_unlikely(!e)) {
		take_other(ep, data, events);
		return;
	}
	eg__poller_edge(ep->base.loop, (int)(uint32_t)data, e, events);
	make_ready(ep, e->pending[EG_DIR_IN], events & EG_EVENTS_IN);
	make_ready(ep, e->pending[EG_DIR_OUT], events & EG_EVENTS_OUT);
}

static inline struct eg_fd *entry_ahead(const struct epoll_backend *ep, int i)
{
	return eg__fd_find(
		&ep->base.loop->fds,
		(int)((uint32_t)ep->events[i].data.u64 & ~WANTED_DATA));
}

/* See eg__op_fetch(). Entries first: they lead to the ops, and to what else
 * waits there. */
static inline void fetch_ahead(const struct epoll_backend *ep, int i, int n)
{
	const struct eg_fd *e;

	if (i + FETCH_ENTRY < n)
		__builtin_prefetch(entry_ahead(ep, i + FETCH_ENTRY));
	if (i + FETCH_OP < n) {
		e = entry_ahead(ep, i + FETCH_OP);
		if (e && e->pending[EG_DIR_IN])
			eg__op_fetch(e->pending[EG_DIR_IN]);
		else if (e && e->user[0])
			eg__op_fetch(e->user[0]);
	}
}

/*
 * Reads the kernel's events into the ready list; calls no done(), so that the
 * entries stay what they are. What is wanted holds on after it was reported, so
 * that there would be more for ever: the rest comes in the next wait(), first.
 */
static int collect(struct epoll_backend *ep, int64_t timeout)
{
	int n = wait_ns(ep, timeout);

	for (int i = 0; i < n; i++) {
		fetch_ahead(ep, i, n);
		take_event(ep, ep->events[i].data.u64, ep->events[i].events);
	}
	ep->base.has_more = n == EG_TURN_BATCH && !ep->base.wanted;
	return n >= 0 || n == -EINTR ? 0 : n;
}

static int tell_pollable(struct epoll_backend *ep, int op)
{
	struct epoll_event event = { .events = EPOLLIN };

	return eg__sys_epoll_ctl(ep->pollable_fd, op, ep->epoll_fd, &event);
}

/* Registers anew what has ops, and what is wanted. */
static void register_all(struct epoll_backend *ep)
{
	struct eg_poller *l = ep->base.loop;
	struct eg_fd *e;

	eg__poller_want_again(l);
	for (int fd = 0; (e = eg__fd_next(&l->fds, &fd)); fd++)
		if (e->is_registered && register_fd(ep, fd, e) < 0)
			ep->has_ghost = true;
}

/*
 * A wanted file was closed here while a duplicate or a child kept it open: the
 * kernel goes on reporting it, and there is no number any more by which it
 * could be told to stop. So the interest list is made anew, under the same
 * number. What fails is tried again by the next wait().
 */
static void rebuild(struct epoll_backend *ep)
{
	int fresh = eg__sys_epoll_create(EPOLL_CLOEXEC);
	int r;

	if (fresh < 0)
		return;
	r = register_wake(ep, fresh);
	/* A child may keep the old one open: it would stay in there. */
	if (r == 0 && ep->pollable_fd >= 0)
		tell_pollable(ep, EPOLL_CTL_DEL);
	if (r == 0)
		r = eg__sys_dup3(fresh, ep->epoll_fd, O_CLOEXEC);
	eg__sys_close(fresh);
	ep->has_ghost = r < 0;
	if (ep->pollable_fd >= 0 && tell_pollable(ep, EPOLL_CTL_ADD) < 0)
		ep->has_ghost = true;
	if (r >= 0)
		register_all(ep);
}

static int epoll_wait_(struct eg_backend *b, int64_t deadline)
{
	struct epoll_backend *ep = from_base(b);
	struct eg_list now, *node;
	int r;

	if (eg_unlikely(ep->has_ghost))
		rebuild(ep);
	r = collect(ep, timeout_until(ep, deadline));
	/* What done() makes ready waits for the next turn. */
	eg_list_take_all(&now, &ep->ready);
	while ((node = eg_list_pop_front(&now))) {
		if (!eg_list_is_empty(&now))
			eg__op_fetch_owner(
				eg_list_entry(now.next, struct eg_op, link));
		eg__perform(b, eg_list_entry(node, struct eg_op, link));
	}
	return r;
}

static void epoll_wake(struct eg_backend *b)
{
	eg__wakeup_signal(from_base(b)->wake_fd);
}

static int epoll_watch(struct eg_backend *b, int fd, struct eg_fd *e)
{
	int r = register_fd(from_base(b), fd, e);

	if (r == 0)
		e->is_watched = true;
	return r;
}

/* Fails if the number was closed already: then it is gone, or a ghost. */
static void unregister(struct epoll_backend *ep, int fd)
{
	struct epoll_event unused = { 0 };

	eg__sys_epoll_ctl(ep->epoll_fd, EPOLL_CTL_DEL, fd, &unused);
}

static int tell_wanted(struct epoll_backend *ep, int fd, struct eg_fd *e,
		       uint32_t events, int op)
{
	struct epoll_event event = { .events = events };

	/* What the kernel may hold under this number is of the past now. */
	e->generation++;
	event.data.u64 =
		(uint64_t)e->generation << 32 | WANTED_DATA | (uint32_t)fd;
	return eg__sys_epoll_ctl(ep->epoll_fd, op, fd, &event);
}

static int epoll_want(struct eg_backend *b, int fd, struct eg_fd *e,
		      uint32_t events, bool is_new)
{
	struct epoll_backend *ep = from_base(b);
	bool adds = !e->wanted || is_new;
	int r = 0;

	if (!adds && e->wanted == events)
		return 0;
	if (events) {
		r = tell_wanted(ep, fd, e, events,
				adds ? EPOLL_CTL_ADD : EPOLL_CTL_MOD);
		/* Not closed after all, or kept open by a duplicate that has
		 * come back; or closed, and nobody said so. */
		if (r == -EEXIST)
			r = tell_wanted(ep, fd, e, events, EPOLL_CTL_MOD);
		else if (r == -ENOENT)
			r = tell_wanted(ep, fd, e, events, EPOLL_CTL_ADD);
		/* What earlier ops had registered, this has replaced. */
		e->is_registered = false;
	} else if (e->wanted) {
		/* By this alone an event that still comes is known. */
		e->generation++;
		unregister(ep, fd);
	}
	eg__poller_set_wanted(b, e, r < 0 ? 0 : events);
	return r;
}

/* Not the one with the interest list, which rebuild() replaces: that would drop
 * out of an epoll of the foreign loop's. */
static int epoll_pollable_fd(struct eg_backend *b)
{
	struct epoll_backend *ep = from_base(b);
	int r;

	if (ep->pollable_fd >= 0)
		return ep->pollable_fd;
	r = eg__own_fd_place(eg__sys_epoll_create(EPOLL_CLOEXEC),
			     b->loop->keep_high);
	if (r < 0)
		return r;
	ep->pollable_fd = r;
	r = tell_pollable(ep, EPOLL_CTL_ADD);
	if (r < 0) {
		eg__sys_close(ep->pollable_fd);
		ep->pollable_fd = -1;
		return r;
	}
	return ep->pollable_fd;
}

static void epoll_forget(struct eg_backend *b, int fd, struct eg_fd *e)
{
	epoll_want(b, fd, e, 0, false);
	if (!e->is_registered)
		return;
	unregister(from_base(b), fd);
	e->is_registered = false;
	e->is_watched = false;
}

static int epoll_own_fds(struct eg_backend *b, int *ret[EG_OWN_FDS_MAX])
{
	struct epoll_backend *ep = from_base(b);

	ret[0] = &ep->epoll_fd;
	ret[1] = &ep->wake_fd;
	ret[2] = &ep->pollable_fd;
	return ep->pollable_fd < 0 ? 2 : 3;
}

static int64_t epoll_now(struct eg_backend *b)
{
	(void)b;
	return eg__clock_now();
}

const struct eg_backend_ops eg__epoll_ops = {
	.name = "epoll",
	.open = epoll_open,
	.close = epoll_close,
	/* The interest list is the parent's too: not a word to epoll_ctl. */
	.abandon = epoll_close,
	.submit = epoll_submit,
	.cancel = epoll_cancel,
	.wait = epoll_wait_,
	.wake = epoll_wake,
	.watch = epoll_watch,
	.want = epoll_want,
	.pollable_fd = epoll_pollable_fd,
	.forget = epoll_forget,
	.own_fds = epoll_own_fds,
	.now = epoll_now,
};
