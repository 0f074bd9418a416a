/* SPDX-License-Identifier: MIT */
/*
 * Periodic watchers: points of the wall clock, in timers of their own. What
 * the wall clock says is clock.c's; here is what follows when it is set.
 */
#include "watch/watch.h"

#include "base/log.h"
#include "base/sys.h"
#include "loop/own_fd.h"

#include <evergreen/time.h>

#include <sys/timerfd.h>

_Static_assert(sizeof(struct eg__timer) <=
		       sizeof(((eg_watch_periodic *)NULL)->_timer),
	       "eg_watch_periodic too small");

static eg_watch_periodic *periodic_of(eg_watcher *w)
{
	return eg_container_of(w, eg_watch_periodic, watcher);
}

static struct eg__timer *core_of(eg_watch_periodic *p)
{
	return (struct eg__timer *)(void *)p->_timer;
}

static eg_watch_periodic *of_core(struct eg__timer *t)
{
	return (eg_watch_periodic *)(void *)((char *)t -
					     offsetof(eg_watch_periodic,
						      _timer));
}

int eg_watch_periodic_init(eg_watch_periodic *periodic, eg_watcher_fn *fn,
			   int64_t offset, int64_t interval,
			   eg_reschedule_fn *reschedule)
{
	if (!periodic || interval < 0)
		return -EINVAL;
	eg__watcher_init(&periodic->watcher, EG_WATCH_PERIODIC, fn);
	periodic->offset = offset;
	periodic->interval = interval;
	periodic->reschedule = reschedule;
	*core_of(periodic) = (struct eg__timer){ 0 };
	return 0;
}

/* The first of the points offset + N * interval after @now. */
static int64_t next_point(int64_t offset, int64_t interval, int64_t now)
{
	int64_t phase = offset % interval, past, at;

	if (phase < 0)
		phase += interval;
	/* Both are >= 0: the difference is in range. */
	past = (now - phase) % interval;
	if (past < 0)
		past += interval;
	return __builtin_add_overflow(now, interval - past, &at) ? EG_FOREVER
								 : at;
}

/* When it is next. -EINVAL: the user's function says, before now. */
static int find_next(struct eg_loop *l, eg_watch_periodic *p, int64_t *ret)
{
	int64_t at;

	if (p->reschedule) {
		at = p->reschedule(p, l->realtime);
		if (at < l->realtime) {
			eg__log(EG_LOG_ERROR,
				"a reschedule function of a periodic watcher "
				"returned %ld, which is before now, %ld",
				(long)at, (long)l->realtime);
			return -EINVAL;
		}
	} else if (p->interval) {
		at = next_point(p->offset, p->interval, l->realtime);
	} else {
		/* Timers know no time before 1970. */
		at = p->offset > 0 ? p->offset : 0;
	}
	*ret = at;
	return 0;
}

/* The descriptor that becomes readable when somebody sets the wall clock */

static void drop_timerfd(struct eg_loop *l)
{
	if (l->timerfd < 0)
		return;
	eg__watcher_stop(&l->timerfd_io.watcher);
	eg__sys_close(l->timerfd);
	l->timerfd = -1;
}

static void on_clock_set(eg_loop *l, eg_watcher *w, int events)
{
	uint64_t unused;

	(void)w;
	if (events & (int)EG_ERROR) {
		drop_timerfd(l);
		return;
	}
	/* -ECANCELED is the news, and makes it silent again. */
	eg__sys_read(l->timerfd, &unused, sizeof(unused));
	if (eg__watch_realtime_read(l, true))
		eg__watch_periodics_reschedule(l);
}

static int open_timerfd(struct eg_loop *l)
{
	/* It never fires: only that the clock is set counts. */
	static const struct itimerspec never = {
		.it_value.tv_sec = INT64_MAX / EG_SEC,
	};
	int fd = eg__sys_timerfd_create(CLOCK_REALTIME,
					TFD_NONBLOCK | TFD_CLOEXEC);
	int r;

	if (fd < 0)
		return fd;
	r = eg__sys_timerfd_settime(
		fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never);
	if (r < 0) {
		eg__sys_close(fd);
		return r;
	}
	return eg__own_fd_place(fd, l->poller.keep_high);
}

/* Without it, jumps are found when the loop wakes up: no error. */
static void watch_wall_clock(struct eg_loop *l)
{
	int fd;

	if (l->timerfd >= 0 || l->flags & EG_LOOP_NO_TIMERFD ||
	    eg__watch_clock_is_virtual(l))
		return;
	fd = open_timerfd(l);
	if (fd < 0)
		return;
	eg_watch_io_init(&l->timerfd_io, on_clock_set, fd, EG_READ);
	eg__watcher_make_internal(&l->timerfd_io.watcher);
	if (eg__watcher_start(l, &l->timerfd_io.watcher) < 0)
		eg__sys_close(fd);
	else
		l->timerfd = fd;
}

void eg__watch_periodic_after_fork(struct eg_loop *l)
{
	/* The parent's: what one of the two reads, the other misses. */
	drop_timerfd(l);
	if (l->periodics.count)
		watch_wall_clock(l);
}

void eg__watch_periodic_done(struct eg_loop *l)
{
	drop_timerfd(l);
}

/* The watchers */

static int start_periodic(struct eg_loop *l, eg_watcher *w)
{
	eg_watch_periodic *p = periodic_of(w);
	int r = find_next(l, p, &core_of(p)->deadline);

	if (r < 0)
		return r;
	if (!l->periodics.count)
		watch_wall_clock(l);
	eg__timer_arm(&l->periodics, core_of(p));
	return 0;
}

static void stop_periodic(struct eg_loop *l, eg_watcher *w)
{
	eg__timer_stop(&l->periodics, core_of(periodic_of(w)));
}

const struct eg_watch_kind_ops eg__watch_periodic_ops = {
	.name = "periodic",
	.start = start_periodic,
	.stop = stop_periodic,
};

/* Arms the idle one for the next time; tells it if there can be none. */
static void arm_again(struct eg_loop *l, eg_watch_periodic *p)
{
	if (find_next(l, p, &core_of(p)->deadline) == 0) {
		eg__timer_arm(&l->periodics, core_of(p));
		return;
	}
	eg__watcher_expire(l, &p->watcher);
	eg__watch_feed(l, &p->watcher, (int)EG_ERROR | EG_PERIODIC);
}

static void periodic_due(struct eg_loop *l, eg_watcher *w)
{
	eg_watch_periodic *p = periodic_of(w);

	if (p->interval || p->reschedule)
		arm_again(l, p);
	else
		eg__watcher_expire(l, w);
}

void eg__watch_periodics_feed(struct eg_loop *l)
{
	if (!l->periodics.count)
		return;
	eg__timers_advance(&l->periodics, l->realtime);
	eg__watch_feed_due(l, &l->periodics, periodic_due,
			   offsetof(eg_watch_periodic, _timer) -
				   offsetof(eg_watch_periodic, watcher),
			   EG_PERIODIC);
}

void eg__watch_periodics_reschedule(struct eg_loop *l)
{
	struct eg__timer *all = NULL, **tail = &all, *t;

	if (!l->periodics.count)
		return;
	eg__timers_advance(&l->periodics, INT64_MAX);
	while ((t = eg__timers_pop_due(&l->periodics))) {
		t->next = NULL;
		*tail = t;
		tail = &t->next;
	}
	/* Anew, since the clock may have gone back: the wheel does not. */
	eg__timers_init(&l->periodics, l->realtime);
	while ((t = all)) {
		all = t->next;
		arm_again(l, of_core(t));
	}
}

int eg_watch_periodic_again(eg_loop *loop, eg_watch_periodic *periodic)
{
	eg_watcher *w = periodic ? &periodic->watcher : NULL;
	int64_t at;
	int r;

	if (eg_unlikely(!eg__watcher_is(w, EG_WATCH_PERIODIC)))
		return -EINVAL;
	r = eg__watcher_check(loop, w, "eg_watch_periodic_again");
	if (eg_unlikely(r < 0))
		return r;
	if (eg_unlikely(periodic->interval < 0))
		return -EINVAL;
	if (!eg__watcher_is_active(w)) {
		r = eg__watcher_start(loop, w);
		if (r == 0 && w->_pending_pprev)
			eg__watch_unfeed(w);
		return r;
	}
	/* Not stopped: fibers that wait for it go on waiting. */
	r = find_next(loop, periodic, &at);
	if (r < 0)
		return r;
	if (w->_pending_pprev)
		eg__watch_unfeed(w);
	eg__timer_move(&loop->periodics, core_of(periodic), at);
	eg__watch_kick(loop);
	return 0;
}

int64_t eg_watch_periodic_at(const eg_watch_periodic *periodic)
{
	const struct eg__timer *t;

	if (!periodic || !eg__watcher_is_active(&periodic->watcher))
		return EG_FOREVER;
	t = (const struct eg__timer *)(const void *)periodic->_timer;
	return t->deadline;
}
