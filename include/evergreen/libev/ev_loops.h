/* SPDX-License-Identifier: MIT */
/*
 * The calls of <evergreen/ev.h> that are about loops: making, running and
 * asking them, and embedding one in another. Included by ev_calls.h.
 */
#ifndef EV_H_
#error "include <evergreen/ev.h>"
#endif
#ifndef EVERGREEN_LIBEV_EV_LOOPS_H
#define EVERGREEN_LIBEV_EV_LOOPS_H

/* The process */

EV_INLINE int ev_version_major(void) EV_NOEXCEPT
{
	return EV_VERSION_MAJOR;
}

EV_INLINE int ev_version_minor(void) EV_NOEXCEPT
{
	return EV_VERSION_MINOR;
}

EV_INLINE unsigned int ev_supported_backends(void) EV_NOEXCEPT
{
	return (unsigned int)eg_loop_backends(EG_BACKENDS_SUPPORTED);
}

EV_INLINE unsigned int ev_recommended_backends(void) EV_NOEXCEPT
{
	return (unsigned int)eg_loop_backends(EG_BACKENDS_RECOMMENDED);
}

EV_INLINE unsigned int ev_embeddable_backends(void) EV_NOEXCEPT
{
	return (unsigned int)eg_loop_backends(EG_BACKENDS_EMBEDDABLE);
}

/* Without the calls that strict C hides. */
EV_INLINE ev_tstamp ev_time(void) EV_NOEXCEPT
{
	struct timeval now;

	gettimeofday(&now, NULL);
	return (ev_tstamp)now.tv_sec + (ev_tstamp)now.tv_usec * 1e-6;
}

EV_INLINE void ev_sleep(ev_tstamp delay) EV_NOEXCEPT
{
	int64_t us = ev__ns(delay) / 1000;
	struct timeval time;

	if (us <= 0)
		return;
	time.tv_sec = (time_t)(us / 1000000);
	time.tv_usec = (suseconds_t)(us % 1000000);
	select(0, NULL, NULL, NULL, &time);
}

/* long and size_t are passed alike. */
EV_INLINE void ev_set_allocator(void *(*cb)(void *memory, long size)
					EV_NOEXCEPT) EV_NOEXCEPT
{
	eg_loop_set_allocator((eg_alloc_fn *)(void (*)(void))cb);
}

EV_INLINE void ev_set_syserr_cb(void (*cb)(const char *message)
					EV_NOEXCEPT) EV_NOEXCEPT
{
	ev__syserr = cb;
}

/* Making loops */

EV_INLINE unsigned int ev__flags(unsigned int flags)
{
	const char *env = NULL;

	if (!(flags & EVFLAG_NOENV) && getuid() == geteuid() &&
	    getgid() == getegid())
		env = getenv("LIBEV_FLAGS");
	return env ? (unsigned int)strtoul(env, NULL, 10) : flags;
}

EV_INLINE struct ev_loop *
ev__open(unsigned int flags, int (*make)(eg_loop **, const eg_loop_options *))
{
	static const struct {
		unsigned int bit;
		const char *name;
	} backends[] = {
		{ EVBACKEND_IOURING, "io_uring" },
		{ EVBACKEND_EPOLL, "epoll" },
		{ EVBACKEND_POLL, "poll" },
		{ EVBACKEND_SELECT, "select" },
		{ 0, NULL },
	};
	eg_loop_options o = EG_LOOP_OPTIONS_INIT;
	eg_loop *l = NULL;
	int i;

	flags = ev__flags(flags);
	if (flags & EVFLAG_FORKCHECK)
		o.flags |= EG_LOOP_FORK_CHECK;
	if (flags & EVFLAG_NOENV)
		o.flags |= EG_LOOP_NO_ENV;
	if (flags & EVFLAG_NOINOTIFY)
		o.flags |= EG_LOOP_NO_INOTIFY;
	if (flags & EVFLAG_NOTIMERFD)
		o.flags |= EG_LOOP_NO_TIMERFD;
	/* None asked for: the library's choice, which is the last one. */
	for (i = 0; i < 5 && !l; i++) {
		o.backend = backends[i].name;
		if (o.backend ? flags & backends[i].bit
			      : !(flags & EVBACKEND_MASK))
			make(&l, &o);
	}
	return (struct ev_loop *)(void *)l;
}

EV_INLINE struct ev_loop *
ev_loop_new(unsigned int flags EV_CPP(= 0)) EV_NOEXCEPT
{
	return ev__open(flags, eg_loop_new);
}

EV_INLINE struct ev_loop *ev_default_loop_uc_(void) EV_NOEXCEPT
{
	return (struct ev_loop *)(void *)eg_loop_default_peek();
}

EV_INLINE struct ev_loop *
ev_default_loop(unsigned int flags EV_CPP(= 0)) EV_NOEXCEPT
{
	struct ev_loop *l = ev_default_loop_uc_();

	if (!l)
		l = ev__open(flags, eg_loop_default);
	/* Another thread may have been quicker. */
	return l ? l : ev_default_loop_uc_();
}

EV_INLINE int ev_is_default_loop(EV_P) EV_NOEXCEPT
{
	return loop == EV_DEFAULT_UC;
}

EV_INLINE void ev_loop_destroy(EV_P)
{
	int r = eg_loop_free(EV__LOOP);

	if (r < 0)
		ev__die("ev_loop_destroy", r);
}

EV_INLINE void ev_loop_fork(EV_P) EV_NOEXCEPT
{
	eg_loop_after_fork(EV__LOOP);
}

/* Running them */

EV__COLD int ev__run_failed(int error)
{
	switch (-error) {
	/* What is active still is. */
	case ECANCELED:
	case ETIMEDOUT:
		return 1;
	case EPERM:
	case EBUSY:
	case EINVAL:
	case ENOTSUP:
		ev__die("ev_run", error);
		break;
	default:
		if (!ev__syserr)
			ev__die("ev_run", error);
		errno = -error;
		ev__syserr("evergreen: ev_run");
	}
	return 1;
}

EV_INLINE int ev_run(EV_P_ int flags EV_CPP(= 0))
{
	int mode = flags & EVRUN_NOWAIT ? EVRUN_NOWAIT : flags & EVRUN_ONCE;
	int r = eg_loop_run(EV__LOOP, mode);

	return r < 0 ? ev__run_failed(r) : r;
}

EV_INLINE void ev_break(EV_P_ int how EV_CPP(= EVBREAK_ONE)) EV_NOEXCEPT
{
	if (eg_loop_break(EV__LOOP, how) == -EPERM)
		ev__die("ev_break", -EPERM);
}

EV_INLINE void ev_ref(EV_P) EV_NOEXCEPT
{
	eg_loop_ref(EV__LOOP);
}

EV_INLINE void ev_unref(EV_P) EV_NOEXCEPT
{
	eg_loop_unref(EV__LOOP);
}

EV_INLINE void ev_invoke_pending(EV_P)
{
	eg_loop_invoke_pending(EV__LOOP);
}

EV_INLINE ev_tstamp ev_now(EV_P) EV_NOEXCEPT
{
	return ev__seconds(eg_loop_realtime(EV__LOOP));
}

EV_INLINE void ev_now_update(EV_P) EV_NOEXCEPT
{
	eg_loop_update(EV__LOOP);
}

EV_INLINE void ev_suspend(EV_P) EV_NOEXCEPT
{
	eg_loop_suspend(EV__LOOP);
}

EV_INLINE void ev_resume(EV_P) EV_NOEXCEPT
{
	eg_loop_resume(EV__LOOP);
}

/* What they say of themselves */

EV_INLINE unsigned int ev_backend(EV_P) EV_NOEXCEPT
{
	return (unsigned int)eg_loop_backend(EV__LOOP);
}

EV_INLINE eg_loop_stats ev__stats(EV_P)
{
	eg_loop_stats stats;

	memset(&stats, 0, sizeof(stats));
	stats.size = sizeof(stats);
	eg_loop_get_stats(EV__LOOP, &stats);
	return stats;
}

EV_INLINE unsigned int ev_iteration(EV_P) EV_NOEXCEPT
{
	return (unsigned int)ev__stats(EV_A).turns;
}

EV_INLINE unsigned int ev_depth(EV_P) EV_NOEXCEPT
{
	return ev__stats(EV_A).depth;
}

EV_INLINE unsigned int ev_pending_count(EV_P) EV_NOEXCEPT
{
	return ev__stats(EV_A).pending;
}

EV_INLINE void ev_verify(EV_P) EV_NOEXCEPT
{
	eg_loop_verify(EV__LOOP);
}

/* Settings */

EV_INLINE void ev_set_userdata(EV_P_ void *data) EV_NOEXCEPT
{
	eg_loop_set_data(EV__LOOP, data);
}

EV_INLINE void *ev_userdata(EV_P) EV_NOEXCEPT
{
	return eg_loop_data(EV__LOOP);
}

EV_INLINE void ev_set_io_collect_interval(EV_P_ ev_tstamp interval) EV_NOEXCEPT
{
	eg_loop_set_collect(EV__LOOP, interval > 0. ? ev__ns(interval) : 0, -1);
}

EV_INLINE void
ev_set_timeout_collect_interval(EV_P_ ev_tstamp interval) EV_NOEXCEPT
{
	eg_loop_set_collect(EV__LOOP, -1, interval > 0. ? ev__ns(interval) : 0);
}

typedef void (*ev_loop_callback)(EV_P);
typedef void ev__loop_fn(eg_loop *l);

EV_INLINE eg_loop_hooks ev__hooks(EV_P)
{
	eg_loop_hooks hooks;

	memset(&hooks, 0, sizeof(hooks));
	hooks.size = sizeof(hooks);
	eg_loop_get_hooks(EV__LOOP, &hooks);
	return hooks;
}

EV_INLINE void
ev_set_invoke_pending_cb(EV_P_ ev_loop_callback invoke) EV_NOEXCEPT
{
	eg_loop_hooks hooks = ev__hooks(EV_A);

	hooks.invoke = (ev__loop_fn *)(void (*)(void))invoke;
	eg_loop_set_hooks(EV__LOOP, &hooks);
}

EV_INLINE void
ev_set_loop_release_cb(EV_P_ void (*release)(EV_P) EV_NOEXCEPT,
		       void (*acquire)(EV_P) EV_NOEXCEPT) EV_NOEXCEPT
{
	eg_loop_hooks hooks = ev__hooks(EV_A);
	int r;

	hooks.release = (ev__loop_fn *)(void (*)(void))release;
	hooks.acquire = (ev__loop_fn *)(void (*)(void))acquire;
	r = eg_loop_set_hooks(EV__LOOP, &hooks);
	if (r < 0)
		ev__die("ev_set_loop_release_cb", r);
}

/* One in another */

#define ev_embed_set(w, other_)        \
	do {                           \
		(w)->other = (other_); \
	} while (0)
#define ev_embed_init(w, cb, other)         \
	do {                                \
		ev_init((w), (cb));         \
		ev_embed_set((w), (other)); \
	} while (0)

EV_INLINE void ev_embed_sweep(EV_P_ ev_embed *w) EV_NOEXCEPT
{
	(void)loop;
	if (ev_is_active(w))
		eg_watch_embed_sweep(&w->ev__w);
	else
		ev_run(w->other, EVRUN_NOWAIT);
}

EV_INLINE void ev__on_embed(eg_loop *l, eg_watcher *watcher, int revents)
{
	ev_embed *w = EV__OF(ev_embed, watcher);

	if (ev_cb_(w))
		ev__call(l, watcher, revents);
	else
		ev_embed_sweep((struct ev_loop *)(void *)l, w);
}

EV_INLINE void ev_embed_start(EV_P_ ev_embed *w) EV_NOEXCEPT
{
	int fed, r;

	if (ev_is_active(w))
		return;
	fed = ev__make_typed(w);
	r = eg_watch_embed_init(&w->ev__w, ev__on_embed,
				(eg_loop *)(void *)w->other);
	ev__start(EV_A_ w, r, fed, EV_EMBED, "ev_embed_start");
}

EV_INLINE void ev_embed_stop(EV_P_ ev_embed *w) EV_NOEXCEPT
{
	(void)loop;
	ev__stop(w, "ev_embed_stop");
}

/* Of libev before 4.0 */

#if EV_COMPAT3
#define EVLOOP_NONBLOCK EVRUN_NOWAIT
#define EVLOOP_ONESHOT EVRUN_ONCE
#define EVUNLOOP_CANCEL EVBREAK_CANCEL
#define EVUNLOOP_ONE EVBREAK_ONE
#define EVUNLOOP_ALL EVBREAK_ALL

EV_INLINE void ev_loop(EV_P_ int flags)
{
	ev_run(EV_A_ flags);
}

EV_INLINE void ev_unloop(EV_P_ int how)
{
	ev_break(EV_A_ how);
}

EV_INLINE void ev_default_destroy(void)
{
	ev_loop_destroy(EV_DEFAULT);
}

EV_INLINE void ev_default_fork(void)
{
	ev_loop_fork(EV_DEFAULT);
}

EV_INLINE unsigned int ev_loop_count(EV_P)
{
	return ev_iteration(EV_A);
}

EV_INLINE unsigned int ev_loop_depth(EV_P)
{
	return ev_depth(EV_A);
}

EV_INLINE void ev_loop_verify(EV_P)
{
	ev_verify(EV_A);
}
#else
typedef struct ev_loop ev_loop;
#endif

#endif
