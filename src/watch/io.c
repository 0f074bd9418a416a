/* SPDX-License-Identifier: MIT */
/*
 * Io watchers: which descriptors the backend is told to report, and whom a
 * report feeds. Changes are gathered and told once, before the wait.
 *
 * In an entry of the poller's table, user[0] is the first watcher, user[1] the
 * number, line[0] the place among the dirty ones, line[1] among those that are
 * always ready.
 */
#include "watch/watch.h"

enum {
	/* eg_watcher._flags: the number may mean another file than before. */
	IS_NEW = 1 << 0,
	EVENTS = EG_READ | EG_WRITE,
};

static eg_watch_io *io_of(eg_watcher *w)
{
	return eg_container_of(w, eg_watch_io, watcher);
}

static int check_arguments(int fd, int events)
{
	if (events & ~EVENTS || !events)
		return -EINVAL;
	return fd < 0 ? -EBADF : 0;
}

static void set(eg_watch_io *io, int fd, int events)
{
	io->fd = fd;
	io->events = events;
	io->watcher._flags |= IS_NEW;
}

int eg_watch_io_init(eg_watch_io *io, eg_watcher_fn *fn, int fd, int events)
{
	int r = io ? check_arguments(fd, events) : -EINVAL;

	if (r < 0)
		return r;
	eg__watcher_init(&io->watcher, EG_WATCH_IO, fn);
	set(io, fd, events);
	return 0;
}

int eg_watch_io_set(eg_watch_io *io, int fd, int events)
{
	int r = io && eg__watcher_is(&io->watcher, EG_WATCH_IO)
			? check_arguments(fd, events)
			: -EINVAL;

	if (r < 0)
		return r;
	if (eg__watcher_is_active(&io->watcher))
		return -EBUSY;
	set(io, fd, events);
	return 0;
}

static int number_of(const struct eg_fd *e)
{
	return (int)(intptr_t)e->user[1];
}

static void make_dirty(struct eg_loop *l, struct eg_fd *e)
{
	if (!eg_list_is_linked(&e->line[0]))
		eg_list_push_back(&l->dirty, &e->line[0]);
}

static int start_io(struct eg_loop *l, eg_watcher *w)
{
	eg_watch_io *io = io_of(w);
	eg_watcher *first;
	struct eg_fd *e;
	int r = eg__fd_table_make(&l->poller.fds, io->fd, &e);

	if (eg_unlikely(r < 0))
		return r;
	first = e->user[0];
	w->_next = first;
	w->_pprev = (eg_watcher **)(void *)&e->user[0];
	if (first)
		first->_pprev = &w->_next;
	e->user[0] = w;
	e->user[1] = (void *)(intptr_t)io->fd;
	e->is_new |= (w->_flags & IS_NEW) != 0;
	w->_flags &= (uint8_t)~IS_NEW;
	make_dirty(l, e);
	return 0;
}

static void stop_io(struct eg_loop *l, eg_watcher *w)
{
	struct eg_fd *e = eg__fd_find(&l->poller.fds, io_of(w)->fd);

	*w->_pprev = w->_next;
	if (w->_next)
		w->_next->_pprev = w->_pprev;
	make_dirty(l, e);
	/* The next call may close it, and somebody wait for that. */
	if (l->poller.backend->caps & EG_CAP_HOLDS && !e->user[0])
		eg__poller_want(&l->poller, number_of(e), e, 0, false);
}

const struct eg_watch_kind_ops eg__watch_io_ops = {
	.name = "io",
	.start = start_io,
	.stop = stop_io,
};

static void feed_fd(struct eg_loop *l, struct eg_fd *e, int events)
{
	for (eg_watcher *w = e->user[0]; w; w = w->_next) {
		int got = io_of(w)->events & events;

		if (got)
			eg__watch_feed(l, w, got);
	}
}

void eg__watch_io_on_ready(struct eg_poller *p, int fd, struct eg_fd *e,
			   uint32_t events)
{
	struct eg_loop *l = eg_container_of(p, struct eg_loop, poller);
	int got = 0;

	(void)fd;
	eg__watch_acquire(l);
	/* An error and an end are for whoever reads or writes to find out. */
	if (events & ~(uint32_t)EPOLLOUT)
		got |= EG_READ;
	if (events & ~(uint32_t)(EPOLLIN | EPOLLPRI | EPOLLRDHUP))
		got |= EG_WRITE;
	feed_fd(l, e, got);
}

/* Stops everybody who watches what cannot be watched, and tells them: fibers
 * that wait too. */
static void give_up(struct eg_loop *l, struct eg_fd *e)
{
	eg_watcher *w;
	void *waiters;

	while ((w = e->user[0])) {
		waiters = w->_waiters;
		w->_waiters = NULL;
		eg__watcher_stop(w);
		w->_waiters = waiters;
		eg__watch_feed(l, w, EG_ERROR | EVENTS);
	}
}

void eg__watch_io_on_lost(struct eg_poller *p, int fd, struct eg_fd *e)
{
	struct eg_loop *l = eg_container_of(p, struct eg_loop, poller);

	(void)fd;
	eg__watch_acquire(l);
	give_up(l, e);
}

static uint32_t wanted_events(const struct eg_fd *e)
{
	const eg_watcher *w = e->user[0];
	uint32_t events = 0;
	int wanted = 0;

	for (; w; w = w->_next)
		wanted |= ((const eg_watch_io *)(const void *)w)->events;
	if (wanted & EG_READ)
		events |= EPOLLIN;
	if (wanted & EG_WRITE)
		events |= EPOLLOUT;
	return events;
}

static void set_always(struct eg_loop *l, struct eg_fd *e, bool is_always)
{
	bool was = eg_list_is_linked(&e->line[1]);

	if (is_always && !was)
		eg_list_push_back(&l->always, &e->line[1]);
	else if (!is_always && was)
		eg_list_remove(&e->line[1]);
}

static void reify(struct eg_loop *l, struct eg_fd *e)
{
	uint32_t events = wanted_events(e);
	int r;

	if (events == e->wanted && !e->is_new &&
	    !eg_list_is_linked(&e->line[1]))
		return;
	r = eg__poller_want(&l->poller, number_of(e), e, events, e->is_new);
	e->is_new = false;
	/* A file is always ready, also to those who asked for it before. */
	set_always(l, e, events && r == -EPERM);
	if (eg_unlikely(r < 0 && r != -EPERM))
		give_up(l, e);
}

void eg__watch_io_reify(struct eg_loop *l)
{
	struct eg_list now, *node;

	if (eg_list_is_empty(&l->dirty))
		return;
	/* Who is given up makes its entry dirty again, for the next turn. */
	eg_list_take_all(&now, &l->dirty);
	while ((node = eg_list_pop_front(&now)))
		reify(l, eg_list_entry(node, struct eg_fd, line[0]));
}

void eg__watch_io_feed_always(struct eg_loop *l)
{
	eg_list_for_each(it, &l->always)
		feed_fd(l, eg_list_entry(it, struct eg_fd, line[1]), EVENTS);
}

int eg_loop_feed_fd(eg_loop *loop, int fd, int events)
{
	struct eg_fd *e;
	int r;

	if (!loop || events & ~EVENTS)
		return -EINVAL;
	if (fd < 0 || fd >= EG_FD_MAX)
		return -EBADF;
	r = eg__watch_check(loop, "eg_loop_feed_fd");
	if (r < 0)
		return r;
	e = eg__fd_find(&loop->poller.fds, fd);
	if (e) {
		feed_fd(loop, e, events);
		eg__watch_kick(loop);
	}
	return 0;
}
