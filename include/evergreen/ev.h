/* SPDX-License-Identifier: MIT */
/*
 * libev's names over <evergreen/loop.h>: a program written for libev 4.33 is
 * compiled with this header and linked with evergreen instead. Only what is
 * inlined into that program: the library has no ev_ symbol, see decision 0015.
 *
 * Known differences, by what libev does:
 *
 *   children	   reaps every child of the process; here a child that nobody
 *		   watches stays the program's to wait for, and a child may be
 *		   watched in any loop. One that is not ours to watch: EV_ERROR.
 *   refused start undefined, or an assertion; here an assertion if the program
 *		   is wrong (message, abort), EV_ERROR if the system refuses
 *   no memory	   message, abort; so here
 *   destruction   watchers stay active; here they become inactive
 *   signals	   unblocked and delivered by signalfd as EVFLAG_SIGNALFD and
 *		   EVFLAG_NOSIGMASK say; here always by a handler, unblocked,
 *		   and the last stop brings back the handler of before
 *   ev_feed_signal_event(3) feeds at once; here in the next turn
 *   backends	   kqueue, port, linuxaio are none here; io_uring is. The
 *		   variable EG_BACKEND wins over what a program asks for.
 *   fibers	   has none; here ev_run(3) in a fiber lets others run, and
 *		   returns 1 if the fiber is cancelled or out of time
 *   private	   members (active, pending, next, sent, wd; at of what is
 *		   active) are not there or not kept up to date: use the macros
 *   build options EV_MULTIPLICITY, EV_FEATURES and the like are those of a full
 *		   build; EV_COMMON and EV_CB_DECLARE may be set
 */
#ifndef EV_H_
#define EV_H_

#include <evergreen/error.h>
#include <evergreen/loop.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#ifdef __cplusplus
#define EV_CPP(x) x
#if __cplusplus >= 201103L
#define EV_NOEXCEPT noexcept
#else
#define EV_NOEXCEPT
#endif
#else
#define EV_CPP(x)
#define EV_NOEXCEPT
#endif
#define EV_THROW EV_NOEXCEPT

#ifdef __cplusplus
extern "C" {
#endif

#ifndef EV_COMPAT3
#define EV_COMPAT3 1
#endif
#if defined(EV_MULTIPLICITY) && !EV_MULTIPLICITY
#error "evergreen's ev.h has loops as parameters only"
#endif

#undef EV_FEATURES
#undef EV_MULTIPLICITY
#define EV_FEATURES 0x7f
#define EV_FEATURE_CODE 1
#define EV_FEATURE_DATA 2
#define EV_FEATURE_CONFIG 4
#define EV_FEATURE_API 8
#define EV_FEATURE_WATCHERS 16
#define EV_FEATURE_BACKENDS 32
#define EV_FEATURE_OS 64
#define EV_MULTIPLICITY 1
#define EV_WALK_ENABLE 0
#ifndef EV_PERIODIC_ENABLE
#define EV_PERIODIC_ENABLE 1
#endif
#ifndef EV_STAT_ENABLE
#define EV_STAT_ENABLE 1
#endif
#ifndef EV_PREPARE_ENABLE
#define EV_PREPARE_ENABLE 1
#endif
#ifndef EV_CHECK_ENABLE
#define EV_CHECK_ENABLE 1
#endif
#ifndef EV_IDLE_ENABLE
#define EV_IDLE_ENABLE 1
#endif
#ifndef EV_FORK_ENABLE
#define EV_FORK_ENABLE 1
#endif
#ifndef EV_CLEANUP_ENABLE
#define EV_CLEANUP_ENABLE 1
#endif
#ifndef EV_SIGNAL_ENABLE
#define EV_SIGNAL_ENABLE 1
#endif
#ifndef EV_CHILD_ENABLE
#define EV_CHILD_ENABLE 1
#endif
#ifndef EV_ASYNC_ENABLE
#define EV_ASYNC_ENABLE 1
#endif
#ifndef EV_EMBED_ENABLE
#define EV_EMBED_ENABLE 1
#endif

#define EV_VERSION_MAJOR 4
#define EV_VERSION_MINOR 33
#undef EV_MINPRI
#undef EV_MAXPRI
#define EV_MINPRI EG_PRIORITY_MIN
#define EV_MAXPRI EG_PRIORITY_MAX

typedef double ev_tstamp;
typedef struct stat ev_statdata;

struct ev_loop; /* in truth an eg_loop */
#define EV_P struct ev_loop *loop
#define EV_P_ EV_P,
#define EV_A loop
#define EV_A_ EV_A,
#define EV_DEFAULT ev_default_loop(0)
#define EV_DEFAULT_ EV_DEFAULT,
#define EV_DEFAULT_UC ev_default_loop_uc_()
#define EV_DEFAULT_UC_ EV_DEFAULT_UC,
#define EV_INLINE static __inline__
#define EV__COLD static __attribute__((__cold__, __noinline__, __unused__))

enum {
	EV_UNDEF = (int)0xFFFFFFFF,
	EV_NONE = 0,
	EV_READ = EG_READ,
	EV_WRITE = EG_WRITE,
	EV__IOFDSET = 0x80, /* in ev_io.events: set since the last start */
	EV_IO = EV_READ,
	EV_TIMER = EG_TIMER,
#if EV_COMPAT3
	EV_TIMEOUT = EV_TIMER,
#endif
	EV_PERIODIC = EG_PERIODIC,
	EV_SIGNAL = EG_SIGNAL,
	EV_CHILD = EG_CHILD,
	EV_STAT = EG_STAT,
	EV_IDLE = EG_IDLE,
	EV_PREPARE = EG_PREPARE,
	EV_CHECK = EG_CHECK,
	EV_EMBED = EG_EMBED,
	EV_FORK = EG_FORK,
	EV_CLEANUP = EG_CLEANUP,
	EV_ASYNC = EG_ASYNC,
	EV_CUSTOM = EG_CUSTOM,
	EV_ERROR = EG_ERROR
};

enum {
	EVFLAG_AUTO = 0,
#if EV_COMPAT3
	EVFLAG_NOSIGFD = 0,
#endif
	EVFLAG_NOINOTIFY = 0x00100000,
	EVFLAG_SIGNALFD = 0x00200000,
	EVFLAG_NOSIGMASK = 0x00400000,
	EVFLAG_NOTIMERFD = 0x00800000,
	EVFLAG_NOENV = 0x01000000,
	EVFLAG_FORKCHECK = 0x02000000
};

enum {
	EVBACKEND_SELECT = EG_BACKEND_SELECT,
	EVBACKEND_POLL = EG_BACKEND_POLL,
	EVBACKEND_EPOLL = EG_BACKEND_EPOLL,
	EVBACKEND_KQUEUE = 0x08,
	EVBACKEND_DEVPOLL = 0x10,
	EVBACKEND_PORT = 0x20,
	EVBACKEND_LINUXAIO = 0x40,
	EVBACKEND_IOURING = EG_BACKEND_IO_URING,
	EVBACKEND_ALL = 0xff,
	EVBACKEND_MASK = 0xffff
};

enum { EVRUN_NOWAIT = EG_RUN_NOWAIT, EVRUN_ONCE = EG_RUN_ONCE };

enum {
	EVBREAK_CANCEL = EG_BREAK_CANCEL,
	EVBREAK_ONE = EG_BREAK_ONE,
	EVBREAK_ALL = EG_BREAK_ALL
};

/* The watchers */

#ifndef EV_COMMON
#define EV_COMMON void *data;
#endif
#ifndef EV_CB_DECLARE
#define EV_CB_DECLARE(type) void (*cb)(EV_P_ struct type * w, int revents);
#endif
#ifndef EV_CB_INVOKE
#define EV_CB_INVOKE(w, revents) (w)->cb(EV_A_(w), (revents))
#endif
#define EV_CB(type, name) void name(EV_P_ struct ev_##type *w, int revents)

/* ev__state: what stands in ev__w. */
enum {
	EV__READY = 1 << 0, /* some kind of watcher */
	EV__TYPED = 1 << 1, /* the kind that it is */
	EV__ARMED = 1 << 2  /* a timer or periodic started, not stopped nor set
			     * anew; it may have expired */
};

/* Before the library's watcher, so that all are of one form. */
#define EV__WATCHER(type)        \
	unsigned char ev__state; \
	int priority;            \
	EV_COMMON                \
	EV_CB_DECLARE(type)

/* Any of the others is looked at by it. */
typedef struct __attribute__((__may_alias__)) ev_watcher {
	EV__WATCHER(ev_watcher)
	eg_watcher ev__w;
} ev_watcher;
typedef ev_watcher ev_watcher_list;
typedef ev_watcher ev_watcher_time;

typedef struct ev_io {
	EV__WATCHER(ev_io)
	eg_watch_io ev__w;
	int fd;
	int events;
} ev_io;

typedef struct ev_timer {
	EV__WATCHER(ev_timer)
	eg_watch_timer ev__w;
	ev_tstamp at; /* inactive: from the start on */
	ev_tstamp repeat;
} ev_timer;

typedef struct ev_periodic {
	EV__WATCHER(ev_periodic)
	eg_watch_periodic ev__w;
	ev_tstamp at;
	ev_tstamp offset;
	ev_tstamp interval;
	ev_tstamp (*reschedule_cb)(struct ev_periodic *w,
				   ev_tstamp now) EV_NOEXCEPT;
} ev_periodic;

typedef struct ev_signal {
	EV__WATCHER(ev_signal)
	eg_watch_signal ev__w;
	int signum;
} ev_signal;

typedef struct ev_child {
	EV__WATCHER(ev_child)
	eg_watch_child ev__w;
	int flags;
	int pid;
	int rpid;
	int rstatus;
} ev_child;

typedef struct ev_stat {
	EV__WATCHER(ev_stat)
	eg_watch_stat ev__w;
	ev_tstamp interval;
	const char *path;
	ev_statdata prev;
	ev_statdata attr;
} ev_stat;

typedef struct ev_idle {
	EV__WATCHER(ev_idle)
	eg_watch_idle ev__w;
} ev_idle;

typedef struct ev_prepare {
	EV__WATCHER(ev_prepare)
	eg_watch_prepare ev__w;
} ev_prepare;

typedef struct ev_check {
	EV__WATCHER(ev_check)
	eg_watch_check ev__w;
} ev_check;

typedef struct ev_fork {
	EV__WATCHER(ev_fork)
	eg_watch_fork ev__w;
} ev_fork;

typedef struct ev_cleanup {
	EV__WATCHER(ev_cleanup)
	eg_watch_cleanup ev__w;
} ev_cleanup;

typedef struct ev_async {
	EV__WATCHER(ev_async)
	eg_watch_async ev__w;
} ev_async;

typedef struct ev_embed {
	EV__WATCHER(ev_embed)
	eg_watch_embed ev__w;
	struct ev_loop *other;
} ev_embed;

union ev_any_watcher {
	struct ev_watcher w;
	struct ev_io io;
	struct ev_timer timer;
	struct ev_periodic periodic;
	struct ev_signal signal;
	struct ev_child child;
	struct ev_stat stat;
	struct ev_idle idle;
	struct ev_prepare prepare;
	struct ev_check check;
	struct ev_fork fork;
	struct ev_cleanup cleanup;
	struct ev_async async;
	struct ev_embed embed;
};

/* By a name that no template's parameter has, as ev_watcher in ev++.h. */
typedef ev_watcher ev__any;
#define EV__W(w) ((ev__any *)(void *)(w))
#define EV__LOOP ((eg_loop *)(void *)loop)
/* The ev_TYPE that an eg_watcher stands in. */
#define EV__OF(type, w) \
	((struct type *)(void *)((char *)(w)-offsetof(struct type, ev__w)))

#include <evergreen/libev/ev_calls.h>

#ifdef __cplusplus
}
#endif
#endif
