/* SPDX-License-Identifier: MIT */
/*
 * The loop of one hub: a backend, the descriptors' table, the turn's clock and
 * the timers. Knows no fiber: what completes or fires calls a function.
 */
#ifndef EG_LOOP_POLLER_H
#define EG_LOOP_POLLER_H

#include "base/timers.h"
#include "loop/backend.h"
#include "loop/inherited.h"

#include <sys/epoll.h>

/* Which direction an event is an edge of; both are, after an error. */
#define EG_EVENTS_IN (EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR)
#define EG_EVENTS_OUT (EPOLLOUT | EPOLLHUP | EPOLLERR)
/* After these a short read does not say that nothing is left: an end or an
 * error comes behind the data, urgent data cuts it in two. */
#define EG_EVENTS_END (EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI)

struct eg_poller {
	struct eg_backend *backend; /* owned */
	int64_t now;		    /* ns; read once per turn */
	struct eg_fd_table fds;

	/*
	 * What watched descriptors report, with poll events: called in a turn,
	 * after the edges were counted. May make fibers ready and nothing else:
	 * no submit, no watch, no forget. NULL: nobody listens. POLLNVAL among
	 * @events: the kernel has ended the watch, watch() says why.
	 */
	void (*on_edge)(struct eg_poller *l, int fd, struct eg_fd *e,
			uint32_t events);
	/*
	 * Which of the wanted events hold of @fd: called in a turn, once or
	 * more. And: @fd turned out not to be open, nothing is wanted of it any
	 * longer; the kernel tells some backends, and lets others wait. Both
	 * record and do nothing else: no submit, no want, no forget. NULL:
	 * nobody listens.
	 */
	void (*on_ready)(struct eg_poller *l, int fd, struct eg_fd *e,
			 uint32_t events);
	void (*on_lost)(struct eg_poller *l, int fd, struct eg_fd *e);
	/* Its own descriptors are out of the way: see loop/own_fd.h. */
	bool keep_high;

	struct eg_inherited inherited; /* in a fork child, for a while */
	struct eg__timers timers;      /* pages of it: last */
};

/*
 * Opens the backend called @name; NULL: the first that the kernel grants. What
 * is called, and keep_high, are the caller's, set before; it owns the others.
 * -ENOSYS: there is none of that name, or the kernel lacks it.
 */
int eg__poller_open(struct eg_poller *l, const char *name);
/*
 * In a fork child: the backend is left to the parent, and a new one of its kind
 * is opened when it is first needed, as it seldom is before an execve. Nothing
 * is known of any descriptor, no timer is armed, ops and timers of before are
 * never called.
 */
void eg__poller_inherit(struct eg_poller *l);
/*
 * In a fork child, for a loop that the child goes on with: the backend is left
 * to the parent, a new one of its kind is opened, and what was wanted is wanted
 * of that one: on_lost() tells what cannot be. Timers stay armed. No op may be
 * in flight, and nothing is watched any longer. The next wait() returns at
 * once: a wake() of before may be lost. pollable_fd() is another.
 * Negative errno: there is no new one yet; call again, or wait().
 */
int eg__poller_renew_wants(struct eg_poller *l);
/* For backends that begin anew: wants again what is wanted by the table. */
void eg__poller_want_again(struct eg_poller *l);
/* For inherited.c: opens the new one. */
int eg__poller_renew(struct eg_poller *l);
/* No op may be in flight. Timers still armed never fire. Accepts a loop that
 * failed to open. */
void eg__poller_close(struct eg_poller *l);

/*
 * One look at the kernel: sleeps until @deadline (or the earliest timer) at
 * most, completes ops, reads the clock, fires the timers that are due.
 * Completions come first: input that is ready wins over a timeout due in the
 * same turn (semantics TM-03).
 */
int eg__poller_turn(struct eg_poller *l, int64_t deadline);

static inline int eg__poller_submit(struct eg_poller *l, struct eg_op *op)
{
	return l->backend->ops->submit(l->backend, op);
}

static inline void eg__poller_cancel(struct eg_poller *l, struct eg_op *op)
{
	l->backend->ops->cancel(l->backend, op);
}

/* Watches @fd, unless it is watched: see watch() in loop/backend.h. */
static inline int eg__poller_watch(struct eg_poller *l, int fd, struct eg_fd *e)
{
	if (eg_likely(e->is_watched))
		return 0;
	return l->backend->ops->watch(l->backend, fd, e);
}

static inline void eg__poller_forget(struct eg_poller *l, int fd,
				     struct eg_fd *e)
{
	l->backend->ops->forget(l->backend, fd, e);
}

/* See want() in loop/backend.h. */
static inline int eg__poller_want(struct eg_poller *l, int fd, struct eg_fd *e,
				  uint32_t events, bool is_new)
{
	return l->backend->ops->want(l->backend, fd, e, events, is_new);
}

/* For backends: what is wanted of a descriptor from here on. */
static inline void eg__poller_set_wanted(struct eg_backend *b, struct eg_fd *e,
					 uint32_t events)
{
	b->wanted += (uint32_t)(events != 0) - (e->wanted != 0);
	e->wanted = (uint8_t)events;
}

/* For backends: what holds of a wanted descriptor. */
static inline void eg__poller_ready(struct eg_poller *l, int fd,
				    struct eg_fd *e, uint32_t events)
{
	events &= e->wanted | (uint32_t)EPOLLERR | EPOLLHUP;
	if (events && l->on_ready)
		l->on_ready(l, fd, e, events);
}

/* For backends: a wanted descriptor is none. */
static inline void eg__poller_lost(struct eg_poller *l, int fd, struct eg_fd *e)
{
	eg__poller_set_wanted(l->backend, e, 0);
	if (l->on_lost)
		l->on_lost(l, fd, e);
}

/* For backends: takes in what the kernel says of a descriptor. */
static inline void eg__poller_edge(struct eg_poller *l, int fd, struct eg_fd *e,
				   uint32_t events)
{
	e->edge[EG_DIR_IN] += (events & EG_EVENTS_IN) != 0;
	e->edge[EG_DIR_OUT] += (events & EG_EVENTS_OUT) != 0;
	if (eg_unlikely(events & EG_EVENTS_END))
		e->has_hung_up = true;
	if (l->on_edge && e->is_watched)
		l->on_edge(l, fd, e, events);
}

/* The clock, read afresh. Any thread. */
static inline int64_t eg__poller_now(struct eg_poller *l)
{
	return l->backend->ops->now(l->backend);
}

#endif
