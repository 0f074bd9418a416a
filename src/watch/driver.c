/* SPDX-License-Identifier: MIT */
/*
 * Loops inside hubs: sleeping in a fiber instead of the thread, and the fiber
 * by which a hub runs its own loop while a watcher is active.
 */
#include "watch/watch.h"

#include "base/log.h"
#include "core/park.h"

#include <evergreen/io.h>
#include <evergreen/time.h>

#include <poll.h>

int eg__watch_sleep_in_fiber(struct eg_loop *l, int64_t deadline)
{
	struct eg_worker *worker = eg__worker();
	struct eg_fiber *self = l->runner, *current = worker->current;
	int fd = l->poller.backend->ops->pollable_fd(l->poller.backend);
	int64_t at = deadline;
	uint64_t switches;
	int r;

	if (fd < 0)
		return fd == -ENOSYS ? -ENOTSUP : fd;
	/* A loop that was made elsewhere has a clock of its own. */
	if (!l->uses_hub_clock && deadline != INT64_MAX)
		at = eg_after(deadline - l->shift - l->now);
	/* Below a callback, the fiber is the hub: see pending.c. */
	worker->current = self;
	switches = eg__switches(worker->hub);
	r = eg_wait_fd(fd, POLLIN, at);
	l->has_slept_in_hub = true;
	/* It did not wait: others get their turn all the same. */
	if (r >= 0 && switches == eg__switches(worker->hub))
		eg_yield();
	worker->current = current;
	if (r == -ETIMEDOUT && eg__park_check(self, EG_FOREVER) == 0)
		return 0; /* a timer of the loop's, no region of the fiber's */
	return r < 0 ? r : 0;
}

int eg__watch_give_way_in_fiber(struct eg_loop *l)
{
	struct eg_worker *worker = eg__worker();
	struct eg_fiber *current = worker->current;
	int r = eg__park_check(l->runner, EG_FOREVER);

	if (r < 0)
		return r;
	worker->current = l->runner;
	r = eg_yield();
	worker->current = current;
	return r;
}

void eg__watch_driver_done(struct eg_loop *l)
{
	int fd;

	if (!l->has_slept_in_hub || !eg__hub())
		return;
	fd = l->poller.backend->ops->pollable_fd(l->poller.backend);
	if (fd >= 0)
		eg_fd_forget(fd);
}

/* The hub's own loop */

static void *drive(void *arg)
{
	struct eg_loop *l = arg;
	int r = 0;

	l->runner = eg__current();
	l->depth++;
	while (r == 0 && (l->active || l->pending_mask)) {
		l->break_how = EG_BREAK_CANCEL;
		r = eg__watch_turn(l, true);
	}
	if (r < 0 && r != -ECANCELED)
		eg__log(EG_LOG_ERROR, "the hub's loop cannot wait: error %d",
			-r);
	l->depth--;
	l->runner = NULL;
	l->driver = NULL;
	return NULL;
}

int eg__watch_driver_start(struct eg_loop *l)
{
	eg_spawn_options o = EG_SPAWN_INIT;
	int r;

	if (l->driver)
		return 0;
	o.name = "loop";
	r = eg_spawn_with(&l->driver, drive, l, &o);
	/* The handle tells that there is one; nobody joins it. */
	return r < 0 ? r : eg_detach(l->driver);
}

static void close_hub_loop(struct eg_hub *hub)
{
	struct eg_loop *l = hub->callbacks;

	hub->callbacks = NULL;
	l->hub = NULL;
	eg__watch_loop_end(l);
}

int eg_loop_hub(eg_loop **ret_loop)
{
	struct eg_hub *hub = eg__hub();
	int r;

	if (!ret_loop)
		return -EINVAL;
	if (!hub)
		return -EPERM;
	if (!hub->callbacks) {
		eg_loop_options o = EG_LOOP_OPTIONS_INIT;

		/* It is polled by the hub, whatever that itself runs on. */
		o.backend = "epoll";
		o.flags = EG_LOOP_NO_ENV;
		r = eg_loop_new(&hub->callbacks, &o);
		if (r < 0)
			return r;
		hub->callbacks->hub = hub;
		hub->callbacks->owner = eg__watch_this_thread();
		hub->close_callbacks = close_hub_loop;
	}
	*ret_loop = hub->callbacks;
	return 0;
}
