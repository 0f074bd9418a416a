/* SPDX-License-Identifier: MIT */
/*
 * Child watchers: a pidfd says that a child has ended, and only that child is
 * reaped. SIGCHLD is used where nothing else tells: for any child, and for
 * stops. Starting processes is not done here.
 */
#include "watch/watch.h"

#include "base/sys.h"

#include <sys/wait.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static eg_watch_child *child_of(eg_watcher *w)
{
	return eg_container_of(w, eg_watch_child, watcher);
}

int eg_watch_child_init(eg_watch_child *child, eg_watcher_fn *fn, pid_t pid,
			bool trace)
{
	if (!child || pid < 0)
		return -EINVAL;
	*child = (eg_watch_child){ .pid = pid, .trace = trace, ._pidfd = -1 };
	eg__watcher_init(&child->watcher, EG_WATCH_CHILD, fn);
	return 0;
}

static void close_pidfd(eg_watch_child *c)
{
	if (c->_pidfd < 0)
		return;
	eg__watcher_stop(&c->_io.watcher);
	eg__sys_close(c->_pidfd);
	c->_pidfd = -1;
}

/* Nothing more will come: it must not be told again and again either. */
static void leave(eg_watch_child *c)
{
	close_pidfd(c);
	eg__watcher_stop(&c->_signal.watcher);
}

/* Its status went elsewhere, or nowhere. */
static void lose(struct eg_loop *l, eg_watch_child *c)
{
	eg__watcher_stop(&c->watcher);
	eg__watch_feed(l, &c->watcher, EG_ERROR | EG_CHILD);
}

/* As waitpid(2) has it. */
static int status_of(const siginfo_t *info)
{
	switch (info->si_code) {
	case CLD_EXITED:
		return (info->si_status & 0xff) << 8;
	case CLD_DUMPED:
		return info->si_status | WCOREFLAG;
	case CLD_STOPPED:
	case CLD_TRAPPED:
		return (info->si_status & 0xff) << 8 | 0x7f;
	case CLD_CONTINUED:
		return 0xffff;
	default:
		return info->si_status;
	}
}

/* What was queued last is called first: before the next status is taken, so
 * that each watcher has a place for it. */
static void tell(struct eg_loop *l, const siginfo_t *info)
{
	int status = status_of(info);
	bool has_ended = WIFEXITED(status) || WIFSIGNALED(status);

	for (eg_watcher *w = l->children.first; w; w = w->_next) {
		eg_watch_child *c = child_of(w);

		if (c->pid && c->pid != info->si_pid)
			continue;
		if (!has_ended && !c->trace)
			continue;
		if (c->pid && has_ended)
			leave(c);
		c->rpid = info->si_pid;
		c->rstatus = status;
		if (!w->_pending_pprev)
			w->_priority = EG_PRIORITY_MAX;
		eg__watch_feed(l, w, EG_CHILD);
	}
}

/* 1: @ret is a change of state, 0: there was none; or a negative errno. */
static int take(int type, int id, int what, siginfo_t *ret)
{
	int r;

	*ret = (siginfo_t){ 0 };
	do
		r = eg__sys_waitid(type, id, ret, what | WNOHANG);
	while (r == -EINTR);
	return r < 0 ? r : ret->si_pid != 0;
}

static void on_end(eg_loop *l, eg_watcher *w, int events)
{
	eg_watch_child *c = eg_container_of(w, eg_watch_child, _io.watcher);
	siginfo_t info;
	int r = take(P_PIDFD, c->_pidfd, WEXITED, &info);

	if (r > 0)
		tell(l, &info);
	else if (r < 0 || events & EG_ERROR)
		lose(l, c);
}

static bool anybody_traces(const struct eg_loop *l)
{
	for (const eg_watcher *w = l->children.first; w; w = w->_next)
		if (((const eg_watch_child *)(const void *)w)->trace)
			return true;
	return false;
}

static int take_next(struct eg_loop *l, const eg_watch_child *c, siginfo_t *ret)
{
	int changes = WSTOPPED | WCONTINUED;

	if (c->pid)
		return take(P_PIDFD, c->_pidfd, changes, ret);
	return take(P_ALL, 0, WEXITED | (anybody_traces(l) ? changes : 0), ret);
}

/* One at a time, see tell(); and again until there is none. */
static void on_sigchld(eg_loop *l, eg_watcher *w, int events)
{
	eg_watch_child *c = eg_container_of(w, eg_watch_child, _signal.watcher);
	siginfo_t info;

	if (take_next(l, c, &info) <= 0)
		return;
	eg__watch_feed(l, w, events);
	tell(l, &info);
}

/* A zombie is fine, somebody else's child is not. */
static int open_pidfd(eg_watch_child *c)
{
	siginfo_t info;
	int fd = eg__sys_pidfd_open(c->pid, 0), r;

	/* -EINVAL: a thread, no process. */
	if (fd < 0)
		return fd == -EINVAL ? -ESRCH : fd;
	r = take(P_PIDFD, fd, WEXITED | WNOWAIT, &info);
	if (r < 0) {
		eg__sys_close(fd);
		return r == -ECHILD ? -ESRCH : r;
	}
	c->_pidfd = fd;
	return 0;
}

static int watch_pidfd(struct eg_loop *l, eg_watch_child *c)
{
	int r = open_pidfd(c);

	if (r < 0)
		return r;
	eg_watch_io_init(&c->_io, on_end, c->_pidfd, EG_READ);
	eg__watcher_make_internal(&c->_io.watcher);
	r = eg__watcher_start(l, &c->_io.watcher);
	if (r < 0)
		close_pidfd(c);
	return r;
}

static int watch_sigchld(struct eg_loop *l, eg_watch_child *c)
{
	int r;

	eg_watch_signal_init(&c->_signal, on_sigchld, SIGCHLD);
	eg__watcher_make_internal(&c->_signal.watcher);
	r = eg__watcher_start(l, &c->_signal.watcher);
	if (r < 0)
		return r;
	/* For what had happened before. Not fed: that would be over when the
	 * next turn begins to sleep. */
	eg_loop_feed_signal(SIGCHLD);
	return 0;
}

static int start_child(struct eg_loop *l, eg_watcher *w)
{
	eg_watch_child *c = child_of(w);
	int r = 0;

	if (c->pid)
		r = watch_pidfd(l, c);
	if (r == 0 && (!c->pid || c->trace))
		r = watch_sigchld(l, c);
	if (r < 0) {
		close_pidfd(c);
		return r;
	}
	eg__watch_list_add(&l->children, w);
	return 0;
}

static void stop_child(struct eg_loop *l, eg_watcher *w)
{
	eg__watch_list_remove(&l->children, w);
	leave(child_of(w));
}

const struct eg_watch_kind_ops eg__watch_child_ops = {
	.name = "child",
	.start = start_child,
	.stop = stop_child,
};

/* The parent's children are not this process's. */
void eg__watch_child_after_fork(struct eg_loop *l)
{
	siginfo_t info;
	eg_watcher *w, *next;

	for (w = l->children.first; w; w = next) {
		eg_watch_child *c = child_of(w);

		next = w->_next;
		if (c->_pidfd >= 0 &&
		    take(P_PIDFD, c->_pidfd, WEXITED | WNOWAIT, &info) < 0)
			lose(l, c);
	}
}
