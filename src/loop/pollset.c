/* SPDX-License-Identifier: MIT */
/*
 * Ops and wants on a set that is handed to the kernel as a whole, in each wait.
 * Costs what is in the set, not what happens: never the first choice.
 */
#include "loop/pollset.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/mem.h"
#include "loop/in_flight.h"
#include "loop/own_fd.h"
#include "loop/perform.h"
#include "loop/wakeup.h"

enum {
	POLLS_MIN = 256,
	NS_PER_SEC = 1000000000,
};

static struct eg_op *to_op(struct eg_list *node)
{
	return eg_list_entry(node, struct eg_op, link);
}

static int ask_poll(struct eg_pollset *s, unsigned n,
		    const struct timespec *timeout)
{
	return eg__sys_poll(s->polls, n, timeout);
}

/* For @more than the wakeup, what is wanted and the ops. */
static int make_room(struct eg_pollset *s, unsigned more)
{
	unsigned polls = 1 + s->base.wanted + s->base.in_flight + more;
	unsigned max = s->polls_max ? s->polls_max : POLLS_MIN;
	struct pollfd *p;

	if (polls <= s->polls_max)
		return 0;
	while (max < polls)
		max *= 2;
	p = eg__pages_get(max * sizeof(*p));
	if (!p)
		return -ENOMEM;
	/* Behind what is wanted they hold nothing between two waits. */
	if (s->polls)
		eg__memcpy(p, s->polls, (1 + s->base.wanted) * sizeof(*p));
	eg__pages_put(s->polls, s->polls_max * sizeof(*p));
	s->polls = p;
	s->polls_max = max;
	return 0;
}

static int init(struct eg_pollset *s, struct eg_poller *loop,
		const struct eg_backend_ops *ops)
{
	s->base = (struct eg_backend){ .ops = ops, .loop = loop };
	s->poll = ask_poll;
	eg_list_init(&s->waiting);
	eg_list_init(&s->ready);
	s->wake_fd = eg__own_fd_place(eg__wakeup_open(), loop->keep_high);
	return s->wake_fd < 0 ? s->wake_fd : make_room(s, 0);
}

int eg__pollset_new(struct eg_pollset **ret, size_t bytes,
		    struct eg_poller *loop, const struct eg_backend_ops *ops)
{
	struct eg_pollset *s = eg__pages_get(bytes);
	int r;

	if (!s)
		return -ENOMEM;
	r = init(s, loop, ops);
	if (r < 0) {
		eg__pollset_free(s, bytes);
		return r;
	}
	*ret = s;
	return 0;
}

void eg__pollset_free(struct eg_pollset *s, size_t bytes)
{
	if (s->wake_fd >= 0)
		eg__sys_close(s->wake_fd);
	eg__pages_put(s->polls, s->polls_max * sizeof(s->polls[0]));
	eg__pages_put(s, bytes);
}

/* What is always ready, as files are, is not waited for: as on the other
 * backends. */
static int can_wait(int fd)
{
	struct stat st;
	int r = eg__sys_fstat(fd, &st);

	if (r < 0)
		return r;
	return S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode)
		       ? -EPERM
		       : 0;
}

static int start(struct eg_pollset *s, struct eg_op *op)
{
	int r = make_room(s, 0);

	if (r == 0)
		r = can_wait(op->fd);
	if (r == -EPERM)
		return eg__perform_refusal(op);
	if (s->lacks_hang_up && r == 0 && op->kind == EG_OP_POLL &&
	    !(op->flags & (POLLIN | POLLOUT | POLLPRI)))
		return -EOPNOTSUPP;
	if (r == 0)
		r = eg__perform_begin(op);
	if (r == 0)
		eg_list_push_back(&s->waiting, &op->link);
	return r;
}

int eg__pollset_submit(struct eg_backend *b, struct eg_op *op)
{
	struct eg_fd *unused;
	int r;

	if (!eg__op_is_exclusive(op))
		return eg__perform_refusal(op);
	r = eg__op_take(b, op, &unused);
	if (r < 0)
		return r;
	r = start(eg__pollset_of(b), op);
	if (r < 0)
		eg__op_give_back(b, op);
	return r;
}

void eg__pollset_cancel(struct eg_backend *b, struct eg_op *op)
{
	if (op->state != EG_OP_IN_FLIGHT || op->is_cancelling)
		return;
	op->is_cancelling = true;
	eg_list_remove(&op->link);
	eg_list_push_back(&eg__pollset_of(b)->ready, &op->link);
}

/* The last one takes its place. */
static void drop_wanted(struct eg_pollset *s, struct eg_fd *e)
{
	const struct pollfd *last = &s->polls[s->base.wanted];
	uint32_t place = e->want_index;

	if (!e->wanted)
		return;
	s->polls[place] = *last;
	eg__fd_find(&s->base.loop->fds, last->fd)->want_index = place;
	eg__poller_set_wanted(&s->base, e, 0);
}

static int add_wanted(struct eg_pollset *s, struct eg_fd *e)
{
	int r = make_room(s, 1);

	if (r == 0)
		e->want_index = s->base.wanted + 1;
	return r;
}

int eg__pollset_want(struct eg_backend *b, int fd, struct eg_fd *e,
		     uint32_t events, bool is_new)
{
	struct eg_pollset *s = eg__pollset_of(b);
	int r = 0;

	if (events && (!e->wanted || is_new))
		r = can_wait(fd);
	if (r == 0 && events && !e->wanted)
		r = add_wanted(s, e);
	if (r < 0 || !events) {
		drop_wanted(s, e);
		return r;
	}
	s->polls[e->want_index] =
		(struct pollfd){ .fd = fd, .events = (short)events };
	eg__poller_set_wanted(b, e, events);
	return 0;
}

static void report(struct eg_pollset *s, const struct pollfd *p)
{
	struct eg_poller *l = s->base.loop;
	struct eg_fd *e = eg__fd_find(&l->fds, p->fd);

	s->reported++;
	if (p->revents & POLLNVAL) {
		drop_wanted(s, e);
		eg__poller_lost(l, p->fd, e);
	} else {
		eg__poller_ready(l, p->fd, e, (uint32_t)p->revents);
	}
}

/* Backwards: the place of one that is lost is filled from behind. */
static void report_wanted(struct eg_pollset *s)
{
	for (uint32_t i = s->base.wanted; i; i--)
		if (s->polls[i].revents) {
			struct pollfd p = s->polls[i];

			report(s, &p);
		}
}

int eg__pollset_look(struct eg_pollset *s, const struct timespec *timeout)
{
	unsigned n = 1 + s->base.wanted;
	int r;

	s->reported = 0;
	s->polls[0] = (struct pollfd){ .fd = s->wake_fd, .events = POLLIN };
	eg_list_for_each(it, &s->waiting)
		s->polls[n++] = (struct pollfd){
			.fd = to_op(it)->fd,
			.events = eg__perform_events(to_op(it)),
		};
	r = s->poll(s, n, timeout);
	if (r <= 0)
		return r == -EINTR ? 1 : r;
	if (s->polls[0].revents)
		eg__wakeup_clear(s->wake_fd);
	n = 1 + s->base.wanted;
	eg_list_for_each(it, &s->waiting) {
		if (!s->polls[n++].revents)
			continue;
		eg_list_remove(it);
		eg_list_push_back(&s->ready, it);
	}
	report_wanted(s);
	return 1;
}

void eg__pollset_perform(struct eg_pollset *s)
{
	struct eg_list now, *node;

	eg_list_take_all(&now, &s->ready);
	while ((node = eg_list_pop_front(&now)))
		if (!eg__perform(&s->base, to_op(node)))
			eg_list_push_back(&s->waiting, node);
}

/* How long to sleep: NULL: until something happens. */
static const struct timespec *
timeout_until(struct eg_pollset *s, int64_t deadline, struct timespec *ts)
{
	int64_t left = 0;

	if (eg_list_is_empty(&s->ready) && deadline > s->base.loop->now) {
		if (deadline == INT64_MAX)
			return NULL;
		left = deadline - eg__clock_now();
	}
	if (left < 0)
		left = 0;
	*ts = (struct timespec){ .tv_sec = left / NS_PER_SEC,
				 .tv_nsec = left % NS_PER_SEC };
	return ts;
}

int eg__pollset_wait(struct eg_backend *b, int64_t deadline)
{
	struct eg_pollset *s = eg__pollset_of(b);
	struct timespec ts;
	int r = eg__pollset_look(s, timeout_until(s, deadline, &ts));

	eg__pollset_perform(s);
	return r < 0 ? r : 0;
}

void eg__pollset_wake(struct eg_backend *b)
{
	eg__wakeup_signal(eg__pollset_of(b)->wake_fd);
}

/* Each wait looks at every op anew: there are no edges to report. */
int eg__pollset_watch(struct eg_backend *b, int fd, struct eg_fd *e)
{
	(void)b;
	(void)fd;
	(void)e;
	return -ENOSYS;
}

int eg__pollset_pollable_fd(struct eg_backend *b)
{
	(void)b;
	return -ENOSYS;
}

void eg__pollset_forget(struct eg_backend *b, int fd, struct eg_fd *e)
{
	(void)fd;
	drop_wanted(eg__pollset_of(b), e);
}

int eg__pollset_own_fds(struct eg_backend *b, int *ret[EG_OWN_FDS_MAX])
{
	ret[0] = &eg__pollset_of(b)->wake_fd;
	return 1;
}

int64_t eg__pollset_now(struct eg_backend *b)
{
	(void)b;
	return eg__clock_now();
}
