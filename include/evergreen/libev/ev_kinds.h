/* SPDX-License-Identifier: MIT */
/*
 * The calls of <evergreen/ev.h> for signals, children, paths and the kinds
 * without arguments. Included by ev_calls.h, which has what these share.
 */
#ifndef EV_H_
#error "include <evergreen/ev.h>"
#endif
#ifndef EVERGREEN_LIBEV_EV_KINDS_H
#define EVERGREEN_LIBEV_EV_KINDS_H

/* Signals and children */

#define ev_signal_set(w, signum_)        \
	do {                             \
		(w)->signum = (signum_); \
	} while (0)
#define ev_signal_init(w, cb, signum)         \
	do {                                  \
		ev_init((w), (cb));           \
		ev_signal_set((w), (signum)); \
	} while (0)

EV_INLINE void ev_signal_start(EV_P_ ev_signal *w) EV_NOEXCEPT
{
	int fed, r;

	if (ev_is_active(w))
		return;
	fed = ev__make_typed(w);
	r = eg_watch_signal_init(&w->ev__w, ev__call, w->signum);
	ev__start(EV_A_ w, r, fed, EV_SIGNAL, "ev_signal_start");
}

EV_INLINE void ev_signal_stop(EV_P_ ev_signal *w) EV_NOEXCEPT
{
	(void)loop;
	ev__stop(w, "ev_signal_stop");
}

EV_INLINE void ev_feed_signal(int signum) EV_NOEXCEPT
{
	eg_loop_feed_signal(signum);
}

EV_INLINE void ev_feed_signal_event(EV_P_ int signum) EV_NOEXCEPT
{
	(void)loop;
	eg_loop_feed_signal(signum);
}

#define ev_child_set(w, pid_, trace_)    \
	do {                             \
		(w)->pid = (pid_);       \
		(w)->flags = !!(trace_); \
	} while (0)
#define ev_child_init(w, cb, pid, trace)           \
	do {                                       \
		ev_init((w), (cb));                \
		ev_child_set((w), (pid), (trace)); \
	} while (0)

EV_INLINE void ev__on_child(eg_loop *l, eg_watcher *watcher, int revents)
{
	ev_child *w = EV__OF(ev_child, watcher);

	if (revents & EV_CHILD && w->ev__w.rpid) {
		w->rpid = w->ev__w.rpid;
		w->rstatus = w->ev__w.rstatus;
	}
	/* Neither exited nor killed nor stopped, for who does not look. */
	if (revents & EV_ERROR) {
		w->rpid = w->pid;
		w->rstatus = -1;
	}
	ev__call(l, watcher, revents);
}

EV_INLINE void ev_child_start(EV_P_ ev_child *w) EV_NOEXCEPT
{
	int fed, r;

	if (ev_is_active(w))
		return;
	w->priority = EV_MAXPRI;
	fed = ev__make_typed(w);
	r = eg_watch_child_init(&w->ev__w, ev__on_child, w->pid, w->flags & 1);
	ev__start(EV_A_ w, r, fed, EV_CHILD, "ev_child_start");
}

EV_INLINE void ev_child_stop(EV_P_ ev_child *w) EV_NOEXCEPT
{
	(void)loop;
	ev__stop(w, "ev_child_stop");
}

/* Paths */

#define ev_stat_set(w, path_, interval_)     \
	do {                                 \
		(w)->path = (path_);         \
		(w)->interval = (interval_); \
	} while (0)
#define ev_stat_init(w, cb, path, interval)           \
	do {                                          \
		ev_init((w), (cb));                   \
		ev_stat_set((w), (path), (interval)); \
	} while (0)

EV_INLINE void ev__on_stat(eg_loop *l, eg_watcher *watcher, int revents)
{
	ev_stat *w = EV__OF(ev_stat, watcher);

	w->attr = w->ev__w.attr;
	w->prev = w->ev__w.prev;
	ev__call(l, watcher, revents);
}

EV_INLINE void ev_stat_start(EV_P_ ev_stat *w) EV_NOEXCEPT
{
	int fed, r;

	if (ev_is_active(w))
		return;
	fed = ev__make_typed(w);
	r = eg_watch_stat_init(&w->ev__w, ev__on_stat, w->path,
			       ev__ns(w->interval));
	ev__start(EV_A_ w, r, fed, EV_STAT, "ev_stat_start");
	w->attr = w->ev__w.attr;
}

EV_INLINE void ev_stat_stop(EV_P_ ev_stat *w) EV_NOEXCEPT
{
	(void)loop;
	ev__stop(w, "ev_stat_stop");
}

EV_INLINE void ev_stat_stat(EV_P_ ev_stat *w) EV_NOEXCEPT
{
	int fed;

	if (!ev_is_active(w)) {
		fed = ev__make_typed(w);
		eg_watch_stat_init(&w->ev__w, ev__on_stat, w->path,
				   ev__ns(w->interval));
		if (fed)
			ev__feed(EV_A_ EV__W(w), fed, "ev_stat_stat");
	}
	eg_watch_stat_update(&w->ev__w);
	w->attr = w->ev__w.attr;
}

/* Kinds without arguments */

#define EV__PLAIN_KIND(kind, events)                                      \
	EV_INLINE void ev_##kind##_start(EV_P_ ev_##kind *w) EV_NOEXCEPT  \
	{                                                                 \
		int fed, r;                                               \
                                                                          \
		if (ev_is_active(w))                                      \
			return;                                           \
		fed = ev__make_typed(w);                                  \
		r = eg_watch_##kind##_init(&w->ev__w, ev__call);          \
		ev__start(EV_A_ w, r, fed, events, "ev_" #kind "_start"); \
	}                                                                 \
	EV_INLINE void ev_##kind##_stop(EV_P_ ev_##kind *w) EV_NOEXCEPT   \
	{                                                                 \
		(void)loop;                                               \
		ev__stop(w, "ev_" #kind "_stop");                         \
	}

EV__PLAIN_KIND(idle, EV_IDLE)
EV__PLAIN_KIND(prepare, EV_PREPARE)
EV__PLAIN_KIND(check, EV_CHECK)
EV__PLAIN_KIND(fork, EV_FORK)
EV__PLAIN_KIND(cleanup, EV_CLEANUP)
EV__PLAIN_KIND(async, EV_ASYNC)

#define ev_idle_set(w)
#define ev_prepare_set(w)
#define ev_check_set(w)
#define ev_fork_set(w)
#define ev_cleanup_set(w)
#define ev_async_set(w)
#define ev_idle_init(w, cb) ev_init((w), (cb))
#define ev_prepare_init(w, cb) ev_init((w), (cb))
#define ev_check_init(w, cb) ev_init((w), (cb))
#define ev_fork_init(w, cb) ev_init((w), (cb))
#define ev_cleanup_init(w, cb) ev_init((w), (cb))
#define ev_async_init(w, cb) ev_init((w), (cb))

EV_INLINE void ev_async_send(EV_P_ ev_async *w) EV_NOEXCEPT
{
	(void)loop;
	eg_watch_async_send(&w->ev__w);
}

#define ev_async_pending(w) ((int)eg_watch_async_is_sent(&(w)->ev__w))

#endif
