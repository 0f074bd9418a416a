/* SPDX-License-Identifier: MIT */
/*
 * The loop of watchers: its structure, what is common to all kinds, and what
 * the files of this layer call of each other. The kernel is the poller's.
 */
#ifndef EG_WATCH_WATCH_H
#define EG_WATCH_WATCH_H

#include "base/check.h"
#include "core/hub.h"
#include "loop/poller.h"

#include <evergreen/loop.h>

#include <errno.h>

enum { EG_PRIORITIES = EG_PRIORITY_MAX - EG_PRIORITY_MIN + 1 };

enum eg_watch_kind {
	EG_WATCH_NONE, /* memory that was never initialised, if it was zero */
	EG_WATCH_IO,
	EG_WATCH_TIMER,
	EG_WATCH_PERIODIC,
	EG_WATCH_SIGNAL,
	EG_WATCH_CHILD,
	EG_WATCH_STAT,
	EG_WATCH_IDLE,
	EG_WATCH_PREPARE,
	EG_WATCH_CHECK,
	EG_WATCH_FORK,
	EG_WATCH_CLEANUP,
	EG_WATCH_ASYNC,
	EG_WATCH_EMBED,
	EG_WATCH_KINDS,
};

/* eg_watcher._state */
enum eg_watcher_state {
	EG_WATCHER_ACTIVE = 1 << 0,
	/* A part of another watcher: counts for nobody, is the library's. */
	EG_WATCHER_INTERNAL = 1 << 1,
	/* Started by eg_watcher_wait(): the end of the last wait stops it. */
	EG_WATCHER_BY_WAIT = 1 << 2,
};

/* What a kind does when it is started and stopped. The common part, activity
 * and references, is watcher.c's: start() runs before it, stop() after it. */
struct eg_watch_kind_ops {
	const char *name;
	/* Negative errno: nothing was done. */
	int (*start)(struct eg_loop *l, eg_watcher *w);
	void (*stop)(struct eg_loop *l, eg_watcher *w);
};

extern const struct eg_watch_kind_ops eg__watch_io_ops, eg__watch_timer_ops,
	eg__watch_periodic_ops, eg__watch_signal_ops, eg__watch_child_ops,
	eg__watch_stat_ops, eg__watch_idle_ops, eg__watch_prepare_ops,
	eg__watch_check_ops, eg__watch_fork_ops, eg__watch_cleanup_ops,
	eg__watch_async_ops, eg__watch_embed_ops;

/* Watchers in the order of their start, linked by _next and _pprev. */
struct eg_watch_list {
	eg_watcher *first;
	eg_watcher **tail; /* where the next one is written */
};

struct eg_loop {
	/* By priority, the last one queued first. */
	eg_watcher *pending[EG_PRIORITIES];
	uint32_t pending_mask; /* a bit for each that is not empty */
	uint32_t pending_count;

	int64_t active;	   /* watchers that a user started, but cleanup ones */
	int64_t holds;	   /* eg_loop_ref()s, less eg_loop_unref()s */
	uint32_t depth;	   /* eg_loop_run()s */
	uint32_t invoking; /* eg__watch_invoke_pending()s */
	uint8_t break_how; /* enum eg_break_how */
	bool is_ending;	   /* its cleanup watchers have been fed */
	bool is_freed;	   /* inside a callback: who leaves last frees it */
	bool is_suspended;
	bool is_released; /* hooks.release() was called, acquire() was not */
	bool is_forked;	  /* the next turn opens the backend anew */
	bool uses_hub_clock;
	bool has_slept_in_hub; /* which knows the backend's descriptor */
	uint8_t flags;	       /* enum eg_loop_flags */

	int64_t now;	  /* loop time: the clock's, less what was suspended */
	int64_t shift;	  /* clock - loop time */
	int64_t realtime; /* wall clock of the turn: now + realtime_offset */
	int64_t realtime_offset;
	int64_t realtime_read; /* loop time of the last look at the wall clock */
	int64_t suspended_at;  /* the clock, when it was */
	int64_t wall_offset;   /* what tests put on the wall clock */
	uint64_t turns;
	int64_t collect_io, collect_timers;

	const void *owner;  /* atomic; the thread that runs it, or NULL */
	const void *issuer; /* io_uring: the only thread that may; else NULL */
	struct eg_fiber *runner; /* the fiber that does, or NULL */
	struct eg_hub *hub;	 /* eg_loop_hub()'s: borrowed; else NULL */
	struct eg_fiber *driver; /* the fiber that runs it for the hub */
	eg_loop_hooks hooks;
	void *data;
	eg_watch_embed *host; /* by which another loop runs this one, or NULL */

	/* Reached from other threads and signal handlers, by atomics. */
	uint32_t is_woken;    /* an async was sent, a signal came */
	uint32_t is_sleeping; /* the backend has to be woken for it */

	struct eg_watch_list prepares, checks, forks, cleanups, asyncs,
		idles[EG_PRIORITIES], signals, children, stats, embeds;
	uint32_t idle_count;
	struct eg_list dirty;  /* eg_fd.line[0]: the kernel does not know yet */
	struct eg_list always; /* eg_fd.line[1]: files, always ready */

	/* stat.c's: one inotify descriptor for all. */
	int inotify_fd;
	eg_watch_io inotify_io;
	/* periodic.c's: wakes when the wall clock is set. */
	int timerfd; /* owned; -1: none */
	eg_watch_io timerfd_io;
	struct eg_list onces; /* eg_loop_once()s to come, owned */
	char *fork_mark;      /* a page that fork wipes: EG_LOOP_FORK_CHECK */

	struct eg__timers periodics; /* by wall clock; pages of it: late */
	struct eg_poller poller;     /* its timers are the loop's: last */
};

/* loop.c */
/* Runs cleanup watchers, stops all, and frees @l, perhaps later. */
void eg__watch_loop_end(struct eg_loop *l);
/* Frees @l, if that was put off until nobody is inside it any more. */
void eg__watch_loop_leave(struct eg_loop *l);
void *eg__watch_alloc(size_t size);
void eg__watch_free(void *memory);
EG_COLD int eg__watch_refuse_thread(const struct eg_loop *l, const char *call);

/* An address that only this thread has. */
static inline const void *eg__watch_this_thread(void)
{
	return &eg__worker_tls;
}

/* Whether this thread may touch the loop: no other one runs it, or the user's
 * lock is around that. */
static inline bool eg__watch_is_ours(const struct eg_loop *l)
{
	const void *owner = __atomic_load_n(&l->owner, __ATOMIC_RELAXED);

	return !owner || owner == eg__watch_this_thread() || l->hooks.release;
}

/* 0, or -EPERM with a line in the log: another thread runs the loop. */
static inline int eg__watch_check(const struct eg_loop *l, const char *call)
{
	if (eg_likely(eg__watch_is_ours(l)))
		return 0;
	return eg__watch_refuse_thread(l, call);
}

/* run.c */
/* Something changed that a sleeping loop has to know of: any thread, any
 * signal handler. */
void eg__watch_wake(struct eg_loop *l);

/* From this thread, after a start or a feed: if a fiber sleeps in the loop it
 * has to look again. */
static inline void eg__watch_kick(struct eg_loop *l)
{
	if (eg_unlikely(l->is_sleeping))
		eg__watch_wake(l);
}

/* driver.c: a hub's loop has a fiber that runs it while a watcher is active. */
int eg__watch_driver_start(struct eg_loop *l);

/* watcher.c */
/* For the init functions: fills the common part. */
void eg__watcher_init(eg_watcher *w, enum eg_watch_kind kind,
		      eg_watcher_fn *fn);
/* The same for a part of another watcher, of the highest priority. */
void eg__watcher_make_internal(eg_watcher *w);
/* Why @w may not be touched in @l: -EINVAL, -EPERM, -EBUSY. */
EG_COLD int eg__watcher_refuse(const struct eg_loop *l, const eg_watcher *w,
			       const char *call);
/* Start and stop without checks; start: -errno of the kind. */
int eg__watcher_start(struct eg_loop *l, eg_watcher *w);
void eg__watcher_stop(eg_watcher *w);

static inline bool eg__watcher_is(const eg_watcher *w, enum eg_watch_kind kind)
{
	return w && w->_kind == kind;
}

static inline bool eg__watcher_is_active(const eg_watcher *w)
{
	return w->_state & EG_WATCHER_ACTIVE;
}

/* 0, or the above: whether @w may be touched in @l. */
static inline int eg__watcher_check(const struct eg_loop *l,
				    const eg_watcher *w, const char *call)
{
	if (eg_likely(l && w && w->_kind != EG_WATCH_NONE &&
		      w->_kind < EG_WATCH_KINDS && eg__watch_is_ours(l) &&
		      (!w->_loop || w->_loop == l)))
		return 0;
	return eg__watcher_refuse(l, w, call);
}

/* Whether a run goes on. */
static inline bool eg__watch_is_kept(const struct eg_loop *l)
{
	return l->active + l->holds > 0;
}

/* Whether it counts, for its loop and whoever runs that. */
static inline bool eg__watcher_keeps(const eg_watcher *w)
{
	return !(w->_state & EG_WATCHER_INTERNAL) &&
	       w->_kind != EG_WATCH_CLEANUP;
}

/* What all kinds have in common when they start: before, and after. */
static inline int eg__watcher_begin_start(struct eg_loop *l, eg_watcher *w)
{
	if (eg_unlikely(l->hub) && eg__watcher_keeps(w))
		return eg__watch_driver_start(l);
	return 0;
}

static inline void eg__watcher_end_start(struct eg_loop *l, eg_watcher *w)
{
	w->_loop = l;
	w->_state |= EG_WATCHER_ACTIVE;
	if (eg_likely(eg__watcher_keeps(w)))
		l->active++;
	eg__watch_kick(l);
}

/* What fires once has fired: inactive, and no longer in its kind's structure,
 * before its callback is called. Who waits for it is woken by that. */
static inline void eg__watcher_expire(struct eg_loop *l, eg_watcher *w)
{
	w->_state &= (uint8_t)~EG_WATCHER_ACTIVE;
	if (eg_likely(eg__watcher_keeps(w)))
		l->active--;
}

void eg__watch_list_init(struct eg_watch_list *list);
void eg__watch_list_add(struct eg_watch_list *list, eg_watcher *w);
void eg__watch_list_remove(struct eg_watch_list *list, eg_watcher *w);

/* pending.c */
/* Adds @events to what is pending for @w, and queues it. */
void eg__watch_feed(struct eg_loop *l, eg_watcher *w, int events);
/* Feeds all of @list, in order. */
void eg__watch_feed_list(struct eg_loop *l, const struct eg_watch_list *list,
			 int events);
/* Takes @w out of the queue; the events it had. */
int eg__watch_unfeed(eg_watcher *w);
/* Wakes the fibers that wait for @w, and calls its callback: @w and @l may be
 * gone afterwards. */
void eg__watch_call(struct eg_loop *l, eg_watcher *w, int events);
/* Calls all that is pending, what is fed meanwhile too. */
void eg__watch_invoke_pending(struct eg_loop *l);

/* wait.c: fibers that wait for watchers. */
/* None touches @w any more. */
void eg__watch_wake_waiters(eg_watcher *w, int result, int events);

/* clock.c */
void eg__watch_clock_read(struct eg_loop *l);
/* The clock, read afresh: the poller's or the hub's. */
int64_t eg__watch_clock_now(struct eg_loop *l);
/* Whether that one, and the wall clock with it, are the sim backend's. */
bool eg__watch_clock_is_virtual(const struct eg_loop *l);
/* The wall clock, looked at again if it is due or @force; true: it jumped. */
bool eg__watch_realtime_read(struct eg_loop *l, bool force);

/* run.c */
int eg__watch_turn(struct eg_loop *l, bool may_sleep);
/* Loop time at which there is something to do, EG_NOW: at once. */
int64_t eg__watch_deadline(struct eg_loop *l);
/* EG_LOOP_FORK_CHECK. -ENOMEM, -ENOSYS. */
int eg__watch_fork_mark_open(struct eg_loop *l);
void eg__watch_fork_mark_close(struct eg_loop *l);

/* driver.c */
/* Sleeps until @deadline, by the poller's clock, or until the backend has
 * something: the runner sleeps, its thread goes on. May switch. */
int eg__watch_sleep_in_fiber(struct eg_loop *l, int64_t deadline);
/* Lets other fibers run, in a turn that has no reason to sleep. */
int eg__watch_give_way_in_fiber(struct eg_loop *l);
/* The hub forgets the backend's descriptor, which is about to be closed. */
void eg__watch_driver_done(struct eg_loop *l);

/* The blocking call is over: what follows touches the loop. */
static inline void eg__watch_acquire(struct eg_loop *l)
{
	if (eg_unlikely(l->is_released)) {
		l->is_released = false;
		l->hooks.acquire(l);
	}
}

/* io.c */
void eg__watch_io_reify(struct eg_loop *l);
void eg__watch_io_feed_always(struct eg_loop *l);
void eg__watch_io_on_ready(struct eg_poller *p, int fd, struct eg_fd *e,
			   uint32_t events);
void eg__watch_io_on_lost(struct eg_poller *p, int fd, struct eg_fd *e);

/* timer.c, periodic.c */
static inline struct eg__timer *eg__watch_timer_core(eg_watcher *w)
{
	return (struct eg__timer *)(void *)((eg_watch_timer *)(void *)w)
		->_timer;
}

void eg__watch_timers_feed(struct eg_loop *l);
void eg__watch_periodics_feed(struct eg_loop *l);
/* Each looks again when it is next: the wall clock jumped. */
void eg__watch_periodics_reschedule(struct eg_loop *l);
/* Feeds what @timers collected so that, last queued first, callbacks run in
 * order of deadline. @due does to each what its kind does. */
void eg__watch_feed_due(struct eg_loop *l, struct eg__timers *timers,
			void (*due)(struct eg_loop *l, eg_watcher *w),
			size_t offset, int events);

/* turn.c: those of the highest priority at which nothing is pending. */
void eg__watch_idles_feed(struct eg_loop *l);

/* once.c: when the loop goes; none is called any more. */
void eg__watch_onces_drop(struct eg_loop *l);

/* async.c, signal.c: after a wake-up. */
void eg__watch_asyncs_feed(struct eg_loop *l);
void eg__watch_signals_feed(struct eg_loop *l);

/* When the last hold on the loop goes: descriptors of their own. */
void eg__watch_stat_done(struct eg_loop *l);
/* Before @l sleeps: the loops that it runs. After its prepare callbacks, which
 * may start watchers in them. */
void eg__watch_embeds_prepare(struct eg_loop *l);
/* The loop that runs @l has to do without. */
void eg__watch_embed_done(struct eg_loop *l);
void eg__watch_periodic_done(struct eg_loop *l);
/* In a fork child: what the parent has must be opened anew. */
void eg__watch_signal_after_fork(struct eg_loop *l);
void eg__watch_child_after_fork(struct eg_loop *l);
void eg__watch_stat_after_fork(struct eg_loop *l);
void eg__watch_periodic_after_fork(struct eg_loop *l);

static inline int eg__watch_priority_index(const eg_watcher *w)
{
	return w->_priority - EG_PRIORITY_MIN;
}

#endif
