/* SPDX-License-Identifier: MIT */
/*
 * A loop from beginning to end: making it, its settings, taking it down. Its
 * turns are run.c's.
 */
#include "watch/watch.h"

#include "base/log.h"
#include "base/sys.h"

#include <evergreen/time.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void *default_alloc(void *memory, size_t size)
{
	if (size)
		return realloc(memory, size);
	free(memory);
	return NULL;
}

static eg_alloc_fn *allocator = default_alloc;

int eg_loop_set_allocator(eg_alloc_fn *fn)
{
	allocator = fn ? fn : default_alloc;
	return 0;
}

void *eg__watch_alloc(size_t size)
{
	return eg__fault(EG_FAULT_ALLOC) ? NULL : allocator(NULL, size);
}

void eg__watch_free(void *memory)
{
	if (memory)
		allocator(memory, 0);
}

EG_COLD int eg__watch_refuse_thread(const struct eg_loop *l, const char *call)
{
	(void)l;
	eg__log(EG_LOG_ERROR,
		"%s: another thread runs the loop; use an async watcher", call);
	return -EPERM;
}

static int check_options(const eg_loop_options *o)
{
	const uint32_t known = EG_LOOP_FORK_CHECK | EG_LOOP_NO_ENV |
			       EG_LOOP_NO_INOTIFY | EG_LOOP_NO_TIMERFD;

	if (o->size != sizeof(*o) || o->reserved || o->flags & ~known)
		return -EINVAL;
	return 0;
}

static void init_lists(struct eg_loop *l)
{
	struct eg_watch_list *lists[] = {
		&l->prepares, &l->checks,   &l->forks, &l->cleanups, &l->asyncs,
		&l->signals,  &l->children, &l->stats, &l->embeds
	};

	for (size_t i = 0; i < EG_ARRAY_LEN(lists); i++)
		eg__watch_list_init(lists[i]);
	for (int i = 0; i < EG_PRIORITIES; i++)
		eg__watch_list_init(&l->idles[i]);
	eg_list_init(&l->dirty);
	eg_list_init(&l->always);
	eg_list_init(&l->onces);
}

static int open_loop(struct eg_loop *l, const eg_loop_options *o)
{
	const char *backend = o->backend;
	const char *env =
		o->flags & EG_LOOP_NO_ENV ? NULL : secure_getenv("EG_BACKEND");
	int r;

	if (env && *env)
		backend = env;
	/* Of what can be polled the fastest, see decision 0014. */
	r = eg__poller_open(&l->poller, backend ? backend : "epoll");
	if (r < 0)
		return r;
	if (o->flags & EG_LOOP_FORK_CHECK) {
		r = eg__watch_fork_mark_open(l);
		if (r < 0)
			return r;
	}
	if (l->poller.backend->ops == &eg__uring_ops)
		l->issuer = eg__watch_this_thread();
	l->poller.on_ready = eg__watch_io_on_ready;
	l->poller.on_lost = eg__watch_io_on_lost;
	l->uses_hub_clock = eg__hub() != NULL;
	eg__watch_clock_read(l);
	eg__watch_realtime_read(l, true);
	eg__timers_init(&l->poller.timers, l->now);
	eg__timers_init(&l->periodics, l->realtime);
	return 0;
}

/* Of one that is empty, or failed to open. */
static void destroy(struct eg_loop *l)
{
	eg__watch_stat_done(l);
	eg__watch_periodic_done(l);
	eg__watch_fork_mark_close(l);
	eg__watch_driver_done(l);
	eg__poller_close(&l->poller);
	eg__watch_free(l);
}

int eg_loop_new(eg_loop **ret_loop, const eg_loop_options *options)
{
	eg_loop_options o = EG_LOOP_OPTIONS_INIT;
	struct eg_loop *l;
	int r;

	if (!ret_loop)
		return -EINVAL;
	if (options) {
		r = check_options(options);
		if (r < 0)
			return r;
		o = *options;
	}
	l = eg__watch_alloc(sizeof(*l));
	if (!l)
		return -ENOMEM;
	memset(l, 0, sizeof(*l));
	init_lists(l);
	l->flags = (uint8_t)o.flags;
	l->inotify_fd = -1;
	l->timerfd = -1;
	r = open_loop(l, &o);
	if (r < 0) {
		destroy(l);
		return r;
	}
	*ret_loop = l;
	return 0;
}

static pthread_mutex_t default_lock = PTHREAD_MUTEX_INITIALIZER;
static struct eg_loop *default_loop; /* atomic, written under the lock */

int eg_loop_default(eg_loop **ret_loop, const eg_loop_options *options)
{
	struct eg_loop *l;
	int r = 0;

	if (!ret_loop)
		return -EINVAL;
	pthread_mutex_lock(&default_lock);
	l = default_loop;
	if (!l)
		r = eg_loop_new(&l, options);
	else if (options)
		r = -EBUSY;
	__atomic_store_n(&default_loop, l, __ATOMIC_RELEASE);
	if (r == 0)
		*ret_loop = l;
	pthread_mutex_unlock(&default_lock);
	return r;
}

eg_loop *eg_loop_default_peek(void)
{
	return __atomic_load_n(&default_loop, __ATOMIC_ACQUIRE);
}

static void forget_default(const struct eg_loop *l)
{
	pthread_mutex_lock(&default_lock);
	if (default_loop == l)
		__atomic_store_n(&default_loop, NULL, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&default_lock);
}

/* Whatever has a place in @list; their parts are theirs to stop. */
static void stop_list(struct eg_watch_list *list)
{
	while (list->first)
		eg__watcher_stop(list->first);
}

static void stop_timers(struct eg__timers *timers, size_t offset)
{
	struct eg__timer *t;

	eg__timers_advance(timers, INT64_MAX);
	while ((t = eg__timers_pop_due(timers)))
		eg__watcher_stop((eg_watcher *)(void *)((char *)t - offset));
}

static void stop_all(struct eg_loop *l)
{
	struct eg_watch_list *lists[] = {
		&l->embeds, &l->stats, &l->children, &l->signals, &l->prepares,
		&l->checks, &l->forks, &l->cleanups, &l->asyncs
	};
	struct eg_fd *e;

	for (size_t i = 0; i < EG_ARRAY_LEN(lists); i++)
		stop_list(lists[i]);
	for (int i = 0; i < EG_PRIORITIES; i++)
		stop_list(&l->idles[i]);
	eg__watch_onces_drop(l);
	eg__watch_stat_done(l);
	eg__watch_periodic_done(l);
	for (int fd = 0; (e = eg__fd_next(&l->poller.fds, &fd)); fd++)
		while (e->user[0])
			eg__watcher_stop(e->user[0]);
	stop_timers(&l->poller.timers, offsetof(eg_watch_timer, _timer));
	stop_timers(&l->periodics, offsetof(eg_watch_periodic, _timer));
	/* Inactive ones that were fed. */
	for (int i = 0; i < EG_PRIORITIES; i++)
		while (l->pending[i])
			eg__watcher_stop(l->pending[i]);
	/* Files that are closed next shall really be. */
	eg__watch_io_reify(l);
}

/* The callbacks of cleanup watchers are the only ones from here on. */
static void drop_pending(struct eg_loop *l)
{
	for (int i = 0; i < EG_PRIORITIES; i++)
		while (l->pending[i])
			eg_watcher_clear(l->pending[i]);
}

void eg__watch_loop_end(struct eg_loop *l)
{
	/* Cleanup watchers may free it again. */
	if (l->is_ending)
		return;
	l->is_ending = true;
	drop_pending(l);
	eg__watch_feed_list(l, &l->cleanups, EG_CLEANUP);
	eg__watch_invoke_pending(l);
	l->is_freed = true;
	eg__watch_embed_done(l);
	stop_all(l);
	forget_default(l);
	/* Who waits for events has to find out. */
	eg__watch_kick(l);
	eg__watch_loop_leave(l);
}

void eg__watch_loop_leave(struct eg_loop *l)
{
	if (l->is_freed && !l->depth && !l->invoking)
		destroy(l);
}

int eg_loop_free(eg_loop *loop)
{
	int r;

	if (!loop)
		return 0;
	r = eg__watch_check(loop, "eg_loop_free");
	if (r < 0)
		return r;
	if (loop->hub)
		return -EPERM;
	eg__watch_loop_end(loop);
	return 0;
}
