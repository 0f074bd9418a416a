/* SPDX-License-Identifier: MIT */
/*
 * The backend on io_uring: an op is a request of the kernel's, a turn is one
 * system call that submits and waits. The shared queues themselves are ring.c's
 */
#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/sys.h"
#include "loop/in_flight.h"
#include "loop/own_fd.h"
#include "loop/perform.h"
#include "loop/uring.h"
#include "loop/wakeup.h"

enum {
	ENTRIES = 256, /* requests between two enters */
	PROBED_OPS = 256,
	/* Completions ahead of its own at which an op, and its owner, are
	 * fetched into the cache. */
	FETCH_OP = 6,
	FETCH_OWNER = 3,
	/* A code of the kernel's, which lets workers' calls out with it. */
	ERESTARTSYS = 512,
};

static struct eg_op *to_op(struct eg_list *node)
{
	return eg_list_entry(node, struct eg_op, link);
}

/* Whether the request was an op, rather than one of our own. */
static bool is_op(uint64_t data)
{
	return data - EG_URING_TAGS_END < EG_URING_FD_DATA - EG_URING_TAGS_END;
}

/* The kernel would let go of the files in its own time. */
static void release_files(struct eg_uring *u)
{
	struct io_uring_sqe *sqe = eg__ring_next_sqe(&u->ring);

	if (!sqe)
		return;
	sqe->opcode = IORING_OP_ASYNC_CANCEL;
	sqe->fd = -1;
	sqe->cancel_flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL;
	sqe->user_data = EG_URING_CANCEL;
	eg__ring_submit_and_look(&u->ring);
}

static void uring_close(struct eg_backend *b)
{
	struct eg_uring *u = eg__uring_of(b);

	if (u->holds_files && u->ring.fd >= 0)
		release_files(u);
	eg__ring_close(&u->ring);
	if (u->wake_fd >= 0)
		eg__sys_close(u->wake_fd);
	if (u->notify_fd >= 0)
		eg__sys_close(u->notify_fd);
	eg__pages_put(u, sizeof(*u));
}

static void uring_abandon(struct eg_backend *b)
{
	eg__ring_abandon(&eg__uring_of(b)->ring);
	uring_close(b);
}

/* -ENOSYS: the kernel lacks a request that we use. */
static int probe(struct eg_uring *u)
{
	static const uint8_t needed[] = {
		IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL, IORING_OP_ACCEPT,
		IORING_OP_CONNECT,  IORING_OP_OPENAT,	    IORING_OP_READ,
		IORING_OP_WRITE,    IORING_OP_SEND,	    IORING_OP_RECV,
	};
	enum {
		BYTES = sizeof(struct io_uring_probe) +
			PROBED_OPS * sizeof(struct io_uring_probe_op),
	};
	struct io_uring_probe *p = eg__pages_get(BYTES);
	int r;

	if (!p)
		return -ENOMEM;
	r = eg__sys_io_uring_register(u->ring.fd, IORING_REGISTER_PROBE, p,
				      PROBED_OPS);
	for (size_t i = 0; r == 0 && i < sizeof(needed); i++)
		if (!(p->ops[needed[i]].flags & IO_URING_OP_SUPPORTED))
			r = -ENOSYS;
	eg__pages_put(p, BYTES);
	return r;
}

/* Watches the wakeup. The poll repeats itself, and looks at edges: nobody has
 * to read the count away. */
static void arm_wake(struct eg_uring *u)
{
	struct io_uring_sqe *sqe = eg__ring_next_sqe(&u->ring);

	if (!sqe)
		return;
	sqe->opcode = IORING_OP_POLL_ADD;
	sqe->fd = u->wake_fd;
	sqe->len = IORING_POLL_ADD_MULTI;
	sqe->poll32_events = POLLIN;
	sqe->user_data = EG_URING_WAKE;
	u->is_wake_armed = true;
}

/* Interrupted; short of memory, or of room for completions, which there is
 * when they have been read. The requests stay in the queue. */
static bool is_transient(int r)
{
	return r == -EINTR || r == -EAGAIN || r == -EBUSY;
}

static int open_parts(struct eg_uring *u)
{
	bool high = u->base.loop->keep_high;
	int r = eg__ring_open(&u->ring, ENTRIES, high);

	if (r < 0)
		return r;
	r = probe(u);
	if (r < 0)
		return r;
	u->wake_fd = eg__own_fd_place(eg__wakeup_open(), high);
	if (u->wake_fd < 0)
		return u->wake_fd;
	arm_wake(u);
	/* Entering now shows whether a filter forbids it. */
	r = eg__ring_submit(&u->ring);
	return is_transient(r) ? 0 : r;
}

static int uring_open(struct eg_poller *loop, struct eg_backend **ret)
{
	struct eg_uring *u = eg__pages_get(sizeof(*u));
	int r;

	if (!u)
		return -ENOMEM;
	u->base = (struct eg_backend){ .ops = &eg__uring_ops,
				       .loop = loop,
				       .caps = EG_CAP_FILES | EG_CAP_HOLDS };
	u->ring.fd = -1;
	u->wake_fd = -1;
	u->notify_fd = -1;
	u->changed = -1;
	eg_list_init(&u->unsent);
	eg_list_init(&u->uncancelled);
	eg_list_init(&u->cancelled);
	r = open_parts(u);
	if (r < 0) {
		uring_close(&u->base);
		return r;
	}
	*ret = &u->base;
	return 0;
}

struct io_uring_sqe *eg__uring_next_sqe(struct eg_uring *u)
{
	struct io_uring_sqe *sqe = eg__ring_next_sqe(&u->ring);

	if (eg_likely(sqe))
		return sqe;
	eg__ring_submit(&u->ring);
	return eg__ring_next_sqe(&u->ring);
}

static void fill_read_write(struct io_uring_sqe *sqe, const struct eg_op *op)
{
	sqe->opcode = op->kind == EG_OP_READ ? IORING_OP_READ : IORING_OP_WRITE;
	sqe->addr = (uint64_t)op->buf;
	sqe->len = op->len;
	sqe->off = (uint64_t)op->offset; /* -1: at the position */
}

/* The io layer has tried before, or knows that it would be in vain: so the
 * kernel waits first. */
static void fill_recv_send(struct io_uring_sqe *sqe, const struct eg_op *op)
{
	sqe->opcode = op->kind == EG_OP_RECV ? IORING_OP_RECV : IORING_OP_SEND;
	sqe->ioprio = IORING_RECVSEND_POLL_FIRST;
	sqe->addr = (uint64_t)op->buf;
	sqe->len = op->len;
	/* DONTWAIT would have it fail where it should wait. */
	sqe->msg_flags = (op->flags | MSG_NOSIGNAL) & ~(uint32_t)MSG_DONTWAIT;
}

static void fill(struct eg_uring *u, struct io_uring_sqe *sqe,
		 const struct eg_op *op)
{
	sqe->fd = op->fd;
	sqe->user_data = (uint64_t)op;
	switch ((enum eg_op_kind)op->kind) {
	case EG_OP_POLL:
		sqe->opcode = IORING_OP_POLL_ADD;
		sqe->poll32_events = op->flags;
		break;
	case EG_OP_RECV:
	case EG_OP_SEND:
		fill_recv_send(sqe, op);
		break;
	case EG_OP_ACCEPT:
		sqe->opcode = IORING_OP_ACCEPT;
		sqe->addr = (uint64_t)op->addr;
		sqe->addr2 = (uint64_t)op->addr_len;
		sqe->accept_flags = op->flags;
		break;
	case EG_OP_CONNECT:
		sqe->opcode = IORING_OP_CONNECT;
		sqe->addr = (uint64_t)op->addr;
		sqe->off = (uint64_t)op->offset;
		break;
	case EG_OP_READ:
	case EG_OP_WRITE:
		fill_read_write(sqe, op);
		break;
	case EG_OP_OPEN:
		eg__uring_fill_open(u, sqe, op);
		break;
	}
}

static void send_op(struct eg_uring *u, struct eg_op *op)
{
	struct io_uring_sqe *sqe = eg__uring_next_sqe(u);

	if (eg_likely(sqe))
		fill(u, sqe, op);
	else
		eg_list_push_back(&u->unsent, &op->link);
}

static int uring_submit(struct eg_backend *b, struct eg_op *op)
{
	struct eg_fd *unused;
	int r = eg__op_take(b, op, &unused);

	if (r == 0)
		send_op(eg__uring_of(b), op);
	return r;
}

bool eg__uring_end_request(struct eg_uring *u, uint64_t data, uint64_t tag)
{
	struct io_uring_sqe *sqe = eg__uring_next_sqe(u);

	if (eg_unlikely(!sqe))
		return false;
	sqe->opcode = IORING_OP_ASYNC_CANCEL;
	sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
	sqe->fd = -1;
	sqe->addr = data;
	sqe->user_data = tag;
	return true;
}

/* The queue is first in, first out: a later use of the same op is a later
 * request, which this one never meets. */
static void send_cancel(struct eg_uring *u, struct eg_op *op)
{
	if (eg_unlikely(!eg__uring_end_request(u, (uint64_t)op, EG_URING_CANCEL)))
		eg_list_push_back(&u->uncancelled, &op->link);
}

static void uring_cancel(struct eg_backend *b, struct eg_op *op)
{
	struct eg_uring *u = eg__uring_of(b);

	if (op->state != EG_OP_IN_FLIGHT || op->is_cancelling)
		return;
	op->is_cancelling = true;
	if (eg_list_is_linked(&op->link)) {
		eg_list_remove(&op->link);
		eg_list_push_back(&u->cancelled, &op->link);
		return;
	}
	send_cancel(u, op);
}

/* Sends what found no slot before. */
static void send_backlog(struct eg_uring *u)
{
	struct eg_list again, *node;

	if (eg_unlikely(!u->is_wake_armed))
		arm_wake(u);
	if (u->changed >= 0)
		eg__uring_settle_wants(u);
	if (eg_unlikely(!eg_list_is_empty(&u->unsent))) {
		eg_list_take_all(&again, &u->unsent);
		while ((node = eg_list_pop_front(&again)))
			send_op(u, to_op(node));
	}
	if (eg_unlikely(!eg_list_is_empty(&u->uncancelled))) {
		eg_list_take_all(&again, &u->uncancelled);
		while ((node = eg_list_pop_front(&again)))
			send_cancel(u, to_op(node));
	}
}

static void op_completed(struct eg_uring *u, struct eg_op *op, int32_t result)
{
	if (eg_unlikely(op->kind == EG_OP_OPEN))
		eg__uring_open_completed(u, op);
	/* A worker thread's system call was interrupted to end it. */
	if (eg_unlikely(result == -ERESTARTSYS))
		result = -EINTR;
	if (eg_unlikely(result == -EINTR && op->is_cancelling))
		result = -ECANCELED;
	eg__op_complete(&u->base, op, result);
}

/* No two watches that ever meet in the kernel have the same. */
static uint64_t watch_data(int fd, const struct eg_fd *e)
{
	return EG_URING_FD_DATA | (uint64_t)e->generation << 32 | (uint32_t)fd;
}

/* A poll that repeats itself, edge-triggered as those are by default. What is
 * ready when the kernel takes it is its first edge. */
static int arm_watch(struct eg_uring *u, int fd, const struct eg_fd *e)
{
	struct io_uring_sqe *sqe = eg__uring_next_sqe(u);

	if (eg_unlikely(!sqe))
		return -ENOMEM;
	sqe->opcode = IORING_OP_POLL_ADD;
	sqe->fd = fd;
	sqe->len = IORING_POLL_ADD_MULTI;
	sqe->poll32_events = EG_EVENTS_IN | EG_EVENTS_OUT;
	sqe->user_data = watch_data(fd, e);
	u->holds_files = true;
	return 0;
}

static void watch_completed(struct eg_uring *u, uint64_t data, int32_t result,
			    uint32_t flags)
{
	int fd = (int)(uint32_t)data;
	struct eg_fd *e = eg__fd_find(&u->base.loop->fds, fd);
	bool is_last = !(flags & IORING_CQE_F_MORE);
	uint32_t events = (uint32_t)result;

	if (eg_unlikely(!e || data != watch_data(fd, e))) {
		/* Forgotten; maybe there was no slot to tell the kernel. */
		if (!is_last)
			eg__uring_end_request(u, data, EG_URING_CANCEL);
		return;
	}
	/* Short of memory or room, the kernel ends what should repeat itself.
	 * Armed again it reports anew, so that no edge is lost. Twice in a row:
	 * a file that is always ready by now, as a terminal that hung up. */
	if (eg_unlikely(is_last && result >= 0))
		result = e->has_lapsed ? -EPERM : arm_watch(u, fd, e);
	e->has_lapsed = is_last;
	if (eg_unlikely(result < 0))
		events = EPOLLERR | POLLNVAL;
	eg__poller_edge(u->base.loop, fd, e, events);
	if (eg_unlikely(result < 0))
		e->is_watched = false;
}

static void request_completed(struct eg_uring *u, uint64_t data, int32_t result,
			      uint32_t flags)
{
	if (eg_likely(is_op(data)))
		op_completed(u, (struct eg_op *)data, result);
	else if (data >= EG_URING_FD_DATA && data & EG_URING_WANT_DATA)
		eg__uring_want_completed(u, data, result);
	else if (data >= EG_URING_FD_DATA)
		watch_completed(u, data, result, flags);
	else if (data == EG_URING_UNWANT)
		u->stale++;
	else if (data == EG_URING_WAKE && !(flags & IORING_CQE_F_MORE))
		u->is_wake_armed = false;
}

static inline void fetch_ahead(const struct eg_uring *u, uint32_t completed)
{
	const struct eg_op *op;
	uint64_t data;

	if (completed <= FETCH_OP)
		return;
	data = eg__ring_data_ahead(&u->ring, FETCH_OP);
	eg__op_fetch((const void *)data);
	data = eg__ring_data_ahead(&u->ring, FETCH_OWNER);
	if (eg_likely(is_op(data))) {
		op = (const struct eg_op *)data;
		eg__op_fetch_owner(op);
	}
}

/* Completes what the shared queue holds now; says how many. */
static uint32_t reap(struct eg_uring *u)
{
	uint32_t completed = eg__ring_completed(&u->ring);
	const struct io_uring_cqe *cqe;
	uint64_t data;
	uint32_t flags;
	int32_t result;

	for (uint32_t n = completed; n; n--) {
		fetch_ahead(u, n);
		cqe = eg__ring_peek(&u->ring);
		data = cqe->user_data;
		flags = cqe->flags;
		result = cqe->res;
		/* First: done() may submit so much that the kernel has to
		 * write more completions. */
		eg__ring_drop(&u->ring);
		request_completed(u, data, result, flags);
	}
	return completed;
}

static void complete_cancelled(struct eg_uring *u)
{
	struct eg_list now, *node;

	eg_list_take_all(&now, &u->cancelled);
	while ((node = eg_list_pop_front(&now)))
		eg__op_complete(&u->base, to_op(node), -ECANCELED);
}

/* One system call at most; none if the kernel has nothing for us, nor we for
 * it, and there is no time to sleep. */
static int enter(struct eg_uring *u, int64_t deadline)
{
	struct eg_ring *ring = &u->ring;

	if (deadline > u->base.loop->now && !eg__ring_completed(ring) &&
	    eg_list_is_empty(&u->cancelled) && eg_list_is_empty(&u->unsent) &&
	    eg_list_is_empty(&u->uncancelled) && u->changed < 0)
		return eg__ring_submit_and_wait(ring, deadline);
	if (eg__ring_unsubmitted(ring) || eg__ring_must_enter(ring))
		return eg__ring_submit_and_look(ring);
	return 0;
}

/* Completes what is complete; says how many. */
static uint32_t complete(struct eg_uring *u, int *r)
{
	uint32_t completed, last;

	complete_cancelled(u);
	completed = last = reap(u);
	/* The kernel writes a part of what is complete at a time. What is wanted
	 * is asked for once a turn: there is an end of it. */
	while (last && (completed < EG_TURN_BATCH || u->base.wanted) &&
	       eg__ring_must_enter(&u->ring)) {
		*r = eg__ring_submit_and_look(&u->ring);
		last = reap(u);
		completed += last;
	}
	return completed;
}

/* What happened since the last turn; says whether there is reason to wake. */
static bool reap_early(struct eg_uring *u)
{
	bool means_something;

	if (eg__ring_must_enter(&u->ring))
		eg__ring_submit_and_look(&u->ring);
	u->stale = 0;
	u->is_early = true;
	means_something = reap(u) > u->stale;
	u->is_early = false;
	return means_something;
}

static int uring_wait(struct eg_backend *b, int64_t deadline)
{
	struct eg_uring *u = eg__uring_of(b);
	uint32_t completed;
	int r;

	if (eg_unlikely(b->wanted) && reap_early(u))
		deadline = 0;
	do {
		u->stale = 0;
		send_backlog(u);
		if (!eg_list_is_empty(&u->cancelled))
			deadline = 0;
		r = enter(u, deadline);
		completed = complete(u, &r);
		/* The end of a want is nothing to wake up for. */
	} while (eg_unlikely(u->stale && u->stale == completed) && r >= 0 &&
		 deadline > b->loop->now);
	b->has_more = eg__ring_must_enter(&u->ring);
	eg__uring_notify(u);
	return is_transient(r) ? 0 : r;
}

static void uring_wake(struct eg_backend *b)
{
	struct eg_uring *u = eg__uring_of(b);

	eg__wakeup_signal(u->wake_fd);
	/* The kernel would, but not before the next grace period of RCU: it
	 * signals no eventfd from within the signal of another. */
	if (u->notify_fd >= 0)
		eg__wakeup_signal(u->notify_fd);
}

static int uring_watch(struct eg_backend *b, int fd, struct eg_fd *e)
{
	int r = eg__perform_can_wait(fd);

	if (r == 0)
		r = arm_watch(eg__uring_of(b), fd, e);
	if (r < 0)
		return r;
	e->is_watched = true;
	e->has_lapsed = false;
	return 0;
}

/* Here and now: until the kernel has ended the poll, it holds the file, and
 * close() would be no end of it for anybody. */
static void unwatch(struct eg_uring *u, int fd, struct eg_fd *e)
{
	eg__uring_end_request(u, watch_data(fd, e), EG_URING_CANCEL);
	eg__ring_submit_and_look(&u->ring);
	e->is_watched = false;
	e->generation++; /* what is still to be reaped is of the past */
}

/*
 * What the kernel has taken holds the file. What waits to be sent names a
 * number, and would meet the next file of that number: it is sent nameless, so
 * that it completes with -EBADF.
 */
static void uring_forget(struct eg_backend *b, int fd, struct eg_fd *e)
{
	struct eg_uring *u = eg__uring_of(b);

	eg__uring_forget_want(u, fd, e);
	eg__ring_forget(&u->ring, fd);
	eg_list_for_each(it, &u->unsent)
		if (to_op(it)->fd == fd)
			to_op(it)->fd = -1;
	if (e->is_watched)
		unwatch(u, fd, e);
}

static int uring_own_fds(struct eg_backend *b, int *ret[EG_OWN_FDS_MAX])
{
	struct eg_uring *u = eg__uring_of(b);

	ret[0] = &u->ring.fd;
	ret[1] = &u->wake_fd;
	ret[2] = &u->notify_fd;
	return u->notify_fd < 0 ? 2 : 3;
}

static int64_t uring_now(struct eg_backend *b)
{
	(void)b;
	return eg__clock_now();
}

const struct eg_backend_ops eg__uring_ops = {
	.name = "io_uring",
	.open = uring_open,
	.close = uring_close,
	.abandon = uring_abandon,
	.submit = uring_submit,
	.cancel = uring_cancel,
	.wait = uring_wait,
	.wake = uring_wake,
	.watch = uring_watch,
	.want = eg__uring_want,
	.pollable_fd = eg__uring_pollable_fd,
	.forget = uring_forget,
	.own_fds = uring_own_fds,
	.now = uring_now,
};
