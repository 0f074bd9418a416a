/* SPDX-License-Identifier: MIT */
/*
 * The calls of <evergreen/ev.h>, which includes this file, inline over those of
 * <evergreen/loop.h>. Types and constants are in ev.h.
 */
#ifndef EV_H_
#error "include <evergreen/ev.h>"
#endif
#ifndef EVERGREEN_LIBEV_EV_CALLS_H
#define EVERGREEN_LIBEV_EV_CALLS_H

/* One for each program or shared object, however many files include this. */
__attribute__((__weak__, __visibility__("hidden"))) void (*ev__syserr)(
	const char *message) EV_NOEXCEPT;

/* What libev asserts, and memory that is not there. */
EV__COLD void ev__die(const char *call, int error)
{
	fprintf(stderr, "evergreen: %s: %s\n", call, eg_strerror(error));
	abort();
}

/* Seconds as ns. What is positive stays so: 0 has a meaning of its own. */
EV_INLINE int64_t ev__ns(ev_tstamp s)
{
	const ev_tstamp most = 9.2e9;

	if (s >= most)
		return INT64_MAX;
	if (!(s > 0.))
		return s > -most ? (int64_t)(s * 1e9) : s < 0. ? -INT64_MAX : 0;
	return s < 1e-9 ? 1 : (int64_t)(s * 1e9 + .5);
}

EV_INLINE ev_tstamp ev__seconds(int64_t ns)
{
	return (ev_tstamp)ns * 1e-9;
}

/* What all watchers have in common */

EV_INLINE void ev__init(void *watcher)
{
	ev_watcher *w = EV__W(watcher);

	memset(&w->ev__w, 0, sizeof(w->ev__w));
	w->ev__state = 0;
	w->priority = 0;
}

#define ev_cb_(w) (w)->cb
#define ev_cb(w) ((w)->cb)
#ifndef ev_set_cb
#define ev_set_cb(w, cb_) ((w)->cb = (cb_))
#endif
#define ev_init(w, cb_)              \
	do {                         \
		ev__init(w);         \
		ev_set_cb((w), cb_); \
	} while (0)
#define ev_priority(w) (EV__W(w)->priority + 0)
#define ev_set_priority(w, pri) (EV__W(w)->priority = (pri))
#define ev_is_active(w) ((int)eg_watcher_is_active(&EV__W(w)->ev__w))
#define ev_is_pending(w) ((int)eg_watcher_is_pending(&EV__W(w)->ev__w))

/* The callback of all kinds, or its last part. */
EV_INLINE void ev__call(eg_loop *l, eg_watcher *watcher, int revents)
{
	struct ev_loop *loop = (struct ev_loop *)(void *)l;
	ev_watcher *w = EV__OF(ev_watcher, watcher);

	EV_CB_INVOKE(w, revents);
}

/* One that was never started can be fed too: then its kind does not matter. */
EV_INLINE void ev__make_ready(ev_watcher *w)
{
	if (w->ev__state & EV__READY)
		return;
	w->ev__state |= EV__READY;
	eg_watch_prepare_init((eg_watch_prepare *)(void *)&w->ev__w, ev__call);
}

/* Before the init function of its kind, which forgets that it was pending; the
 * events that are to be fed again. */
EV_INLINE int ev__make_typed(void *watcher)
{
	ev_watcher *w = EV__W(watcher);
	int fed = 0;

	if (w->ev__state & EV__READY && eg_watcher_is_pending(&w->ev__w))
		fed = eg_watcher_clear(&w->ev__w);
	w->ev__state |= EV__READY | EV__TYPED;
	return fed;
}

EV_INLINE void ev__clamp_priority(ev_watcher *w)
{
	if (w->priority < EV_MINPRI)
		w->priority = EV_MINPRI;
	if (w->priority > EV_MAXPRI)
		w->priority = EV_MAXPRI;
	eg_watcher_set_priority(&w->ev__w, w->priority);
}

EV_INLINE void ev__feed(EV_P_ ev_watcher *w, int revents, const char *call)
{
	int r;

	if (!eg_watcher_is_active(&w->ev__w))
		ev__clamp_priority(w);
	r = eg_watcher_feed(EV__LOOP, &w->ev__w, revents);
	if (r < 0)
		ev__die(call, r);
}

/* What the system refuses the callback is told; what the program may not do,
 * everybody. */
EV__COLD void ev__refused(EV_P_ ev_watcher *w, int events, int error,
			  const char *call)
{
	switch (-error) {
	case EMFILE:
	case ENFILE:
	case ENOSPC:
	case ESRCH:
		ev__feed(EV_A_ w, EV_ERROR | events, call);
		break;
	default:
		ev__die(call, error);
	}
}

/* @error: of its init function. @fed: ev__make_typed()'s. */
EV_INLINE void ev__start(EV_P_ void *watcher, int error, int fed, int events,
			 const char *call)
{
	ev_watcher *w = EV__W(watcher);

	if (error == 0) {
		ev__clamp_priority(w);
		error = eg_watcher_start(EV__LOOP, &w->ev__w);
	}
	if (error < 0)
		ev__refused(EV_A_ w, events, error, call);
	if (fed)
		ev__feed(EV_A_ w, fed, call);
}

EV_INLINE void ev__stop(void *watcher, const char *call)
{
	/* -EINVAL: never initialised, so never started. */
	if (eg_watcher_stop(&EV__W(watcher)->ev__w) == -EPERM)
		ev__die(call, -EPERM);
}

EV_INLINE void ev_feed_event(EV_P_ void *w, int revents) EV_NOEXCEPT
{
	ev__make_ready(EV__W(w));
	ev__feed(EV_A_ EV__W(w), revents, "ev_feed_event");
}

EV_INLINE void ev_invoke(EV_P_ void *w, int revents)
{
	ev__make_ready(EV__W(w));
	eg_watcher_invoke(EV__LOOP, &EV__W(w)->ev__w, revents);
}

EV_INLINE int ev_clear_pending(EV_P_ void *w) EV_NOEXCEPT
{
	(void)loop;
	if (!(EV__W(w)->ev__state & EV__READY))
		return 0;
	return eg_watcher_clear(&EV__W(w)->ev__w);
}

/* Descriptors */

#define ev_io_modify(w, events_)                                       \
	do {                                                           \
		(w)->events = ((w)->events & EV__IOFDSET) | (events_); \
	} while (0)
#define ev_io_set(w, fd_, events_)                     \
	do {                                           \
		(w)->fd = (fd_);                       \
		(w)->events = (events_) | EV__IOFDSET; \
	} while (0)
#define ev_io_init(w, cb, fd, events)           \
	do {                                    \
		ev_init((w), (cb));             \
		ev_io_set((w), (fd), (events)); \
	} while (0)

EV_INLINE void ev_io_start(EV_P_ ev_io *w) EV_NOEXCEPT
{
	int r = 0, fed = 0;

	if (ev_is_active(w))
		return;
	if (!(w->ev__state & EV__TYPED)) {
		fed = ev__make_typed(w);
		r = eg_watch_io_init(&w->ev__w, ev__call, w->fd, EG_READ);
	} else if (w->events & EV__IOFDSET || w->fd != w->ev__w.fd) {
		r = eg_watch_io_set(&w->ev__w, w->fd, EG_READ);
	}
	w->events &= ~EV__IOFDSET;
	if (w->events & ~(EV_READ | EV_WRITE))
		r = -EINVAL;
	/* None is allowed here: it keeps the loop, and waits for nothing. */
	w->ev__w.events = w->events;
	ev__start(EV_A_ w, r, fed, EV_READ | EV_WRITE, "ev_io_start");
}

EV_INLINE void ev_io_stop(EV_P_ ev_io *w) EV_NOEXCEPT
{
	(void)loop;
	ev__stop(w, "ev_io_stop");
}

EV_INLINE void ev_feed_fd_event(EV_P_ int fd, int revents) EV_NOEXCEPT
{
	eg_loop_feed_fd(EV__LOOP, fd, revents & (EV_READ | EV_WRITE));
}

EV_INLINE void ev_once(EV_P_ int fd, int events, ev_tstamp timeout,
		       void (*cb)(int revents, void *arg),
		       void *arg) EV_NOEXCEPT
{
	int64_t ns = timeout < 0. ? -1 : ev__ns(timeout);
	int r = eg_loop_once(EV__LOOP, fd, events & (EV_READ | EV_WRITE), ns,
			     cb, arg);

	if (r < 0)
		ev__die("ev_once", r);
}

/* Timers */

EV_INLINE void ev__disarm(void *w)
{
	EV__W(w)->ev__state &= (unsigned char)~EV__ARMED;
}

#define ev_timer_set(w, after_, repeat_) \
	do {                             \
		ev__disarm(w);           \
		(w)->at = (after_);      \
		(w)->repeat = (repeat_); \
	} while (0)
#define ev_timer_init(w, cb, after, repeat)           \
	do {                                          \
		ev_init((w), (cb));                   \
		ev_timer_set((w), (after), (repeat)); \
	} while (0)

EV_INLINE void ev__on_timer(eg_loop *l, eg_watcher *watcher, int revents);

EV_INLINE void ev_timer_start(EV_P_ ev_timer *w) EV_NOEXCEPT
{
	int fed, r;

	if (ev_is_active(w))
		return;
	/* It has expired and was not set since: it is as late as it was. */
	if (w->ev__state & EV__ARMED)
		w->at = 0.;
	w->ev__state |= EV__ARMED;
	fed = ev__make_typed(w);
	r = eg_watch_timer_init(&w->ev__w, ev__on_timer, ev__ns(w->at),
				ev__ns(w->repeat));
	ev__start(EV_A_ w, r, fed, EV_TIMER, "ev_timer_start");
}

EV_INLINE ev_tstamp ev_timer_remaining(EV_P_ ev_timer *w) EV_NOEXCEPT
{
	if (ev_is_active(w))
		return ev__seconds(
			eg_watch_timer_remaining(EV__LOOP, &w->ev__w));
	return w->ev__state & EV__ARMED ? 0. : w->at;
}

/* Started again, it goes on where it was. */
EV_INLINE void ev_timer_stop(EV_P_ ev_timer *w) EV_NOEXCEPT
{
	if (ev_is_active(w)) {
		w->at = ev_timer_remaining(EV_A_ w);
		ev__disarm(w);
	}
	ev__stop(w, "ev_timer_stop");
}

EV_INLINE void ev_timer_again(EV_P_ ev_timer *w) EV_NOEXCEPT
{
	int r;

	ev_clear_pending(EV_A_ w);
	if (!ev_is_active(w)) {
		if (w->repeat > 0. || w->repeat < 0.) {
			ev_timer_set(w, w->repeat, w->repeat);
			ev_timer_start(EV_A_ w);
		}
		return;
	}
	w->ev__w.repeat = ev__ns(w->repeat);
	if (!w->ev__w.repeat) {
		ev_timer_stop(EV_A_ w);
		return;
	}
	r = eg_watch_timer_again(EV__LOOP, &w->ev__w);
	if (r < 0)
		ev__die("ev_timer_again", r);
}

/* It has expired and was armed again by what repeat was at its start, but
 * repeat was changed since. */
EV__COLD void ev__rearm(EV_P_ ev_timer *w)
{
	ev_tstamp rest = 0.;

	if (ev_is_active(w))
		rest = ev_timer_remaining(EV_A_ w) -
		       ev__seconds(w->ev__w.repeat);
	eg_watcher_stop(&w->ev__w.watcher);
	if (ev__ns(w->repeat) <= 0)
		return;
	ev_timer_set(w, rest + w->repeat, w->repeat);
	ev_timer_start(EV_A_ w);
}

EV_INLINE void ev__on_timer(eg_loop *l, eg_watcher *watcher, int revents)
{
	ev_timer *w = EV__OF(ev_timer, watcher);

	if (w->ev__w.repeat != ev__ns(w->repeat) && w->ev__state & EV__ARMED &&
	    revents & EV_TIMER)
		ev__rearm((struct ev_loop *)(void *)l, w);
	ev__call(l, watcher, revents);
}

/* Periodics */

#define ev_periodic_set(w, offset_, interval_, reschedule_cb_) \
	do {                                                   \
		ev__disarm(w);                                 \
		(w)->offset = (offset_);                       \
		(w)->interval = (interval_);                   \
		(w)->reschedule_cb = (reschedule_cb_);         \
	} while (0)
#define ev_periodic_init(w, cb, offset, interval, reschedule_cb)             \
	do {                                                                 \
		ev_init((w), (cb));                                          \
		ev_periodic_set((w), (offset), (interval), (reschedule_cb)); \
	} while (0)

EV_INLINE void ev__on_periodic(eg_loop *l, eg_watcher *watcher, int revents);

/* A double is too coarse for the ns of a date: a bit before now is now. */
EV_INLINE int64_t ev__reschedule(eg_watch_periodic *periodic, int64_t now)
{
	ev_periodic *w = EV__OF(ev_periodic, periodic);
	ev_tstamp next = w->reschedule_cb(w, ev__seconds(now));
	int64_t ns = ev__ns(next);

	if (next < ev__seconds(now))
		ev__die("ev_periodic reschedule callback", -EINVAL);
	return ns < now ? now : ns;
}

/* What its fields say, to the library. */
EV_INLINE void ev__tell_periodic(ev_periodic *w)
{
	w->ev__w.offset = ev__ns(w->offset);
	w->ev__w.interval = ev__ns(w->interval);
	w->ev__w.reschedule = w->reschedule_cb ? ev__reschedule : NULL;
}

EV_INLINE void ev__note_periodic(ev_periodic *w)
{
	if (ev_is_active(w))
		w->at = ev__seconds(eg_watch_periodic_at(&w->ev__w));
}

EV_INLINE void ev_periodic_start(EV_P_ ev_periodic *w) EV_NOEXCEPT
{
	int fed, r;

	if (ev_is_active(w))
		return;
	w->ev__state |= EV__ARMED;
	fed = ev__make_typed(w);
	r = eg_watch_periodic_init(&w->ev__w, ev__on_periodic, 0,
				   ev__ns(w->interval), NULL);
	ev__tell_periodic(w);
	ev__start(EV_A_ w, r, fed, EV_PERIODIC, "ev_periodic_start");
	ev__note_periodic(w);
}

EV_INLINE void ev_periodic_stop(EV_P_ ev_periodic *w) EV_NOEXCEPT
{
	(void)loop;
	ev__disarm(w);
	ev__stop(w, "ev_periodic_stop");
}

EV_INLINE void ev_periodic_again(EV_P_ ev_periodic *w) EV_NOEXCEPT
{
	ev_periodic_stop(EV_A_ w);
	ev_periodic_start(EV_A_ w);
}

EV_INLINE ev_tstamp ev__periodic_at(ev_periodic *w)
{
	ev__note_periodic(w);
	return w->at;
}

#define ev_periodic_at(w) ev__periodic_at((ev_periodic *)(void *)(w))

EV_INLINE void ev__on_periodic(eg_loop *l, eg_watcher *watcher, int revents)
{
	ev_periodic *w = EV__OF(ev_periodic, watcher);

	if (w->ev__state & EV__ARMED &&
	    (w->ev__w.offset != ev__ns(w->offset) ||
	     w->ev__w.interval != ev__ns(w->interval) ||
	     !w->ev__w.reschedule != !w->reschedule_cb)) {
		eg_watcher_stop(watcher);
		if (w->interval > 0. || w->reschedule_cb)
			ev_periodic_start((struct ev_loop *)(void *)l, w);
	}
	ev__note_periodic(w);
	ev__call(l, watcher, revents);
}

#include <evergreen/libev/ev_kinds.h>
#include <evergreen/libev/ev_loops.h>

#endif
