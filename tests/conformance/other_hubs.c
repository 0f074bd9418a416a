/* SPDX-License-Identifier: MIT */
/*
 * What another hub may not do to this one's objects, and what another thread
 * may do to a hub: HB-19. Objects made for threads are in shared_*.c.
 */
#include "conform_kit.h"

#include <pthread.h>

/* What another hub tries with this one's objects, on which fibers wait. */
static eg_event event;
static eg_sem sem;
static eg_mutex mutex;
static eg_queue *queue;
static eg_chan *chan;
static eg_fiber *fiber;
static eg_group group;

static int set_event(void)
{
	return eg_event_set(&event);
}

static int wait_event(void)
{
	return eg_event_wait(&event, EG_FOREVER);
}

static int post_sem(void)
{
	return eg_sem_post(&sem);
}

static int lock_mutex(void)
{
	return eg_mutex_lock(&mutex, EG_FOREVER);
}

static int unlock_mutex(void)
{
	return eg_mutex_unlock(&mutex);
}

static int put_value(void)
{
	return eg_queue_put(queue, "x", EG_FOREVER);
}

static int send_value(void)
{
	return eg_chan_send(chan, "x", EG_FOREVER);
}

static int join_fiber(void)
{
	return eg_join(fiber, NULL, EG_FOREVER);
}

static int kill_fiber(void)
{
	return eg_kill(fiber, -EIO, EG_NOW);
}

static int wait_group(void)
{
	return eg_group_wait(&group, EG_FOREVER);
}

static int (*const foreign[])(void) = {
	set_event, wait_event, post_sem,   lock_mutex, unlock_mutex,
	put_value, send_value, join_fiber, kill_fiber, wait_group,
};

struct stranger {
	long which;
	int result;
};

static int try_it(void *arg)
{
	struct stranger *s = arg;

	s->result = foreign[s->which]();
	return 0;
}

static void *run_another_hub(void *arg)
{
	return (void *)(intptr_t)eg_run(try_it, arg, NULL, NULL);
}

static int wait_for_event(void *arg, int64_t deadline)
{
	return eg_event_wait(arg, deadline);
}

static int wait_for_sem(void *arg, int64_t deadline)
{
	return eg_sem_wait(arg, deadline);
}

static void *sleep_long(void *arg)
{
	return eg_sleep(EG_FOREVER) ? arg : NULL;
}

static void what_is_another_hubs_is_refused(long which)
{
	struct stranger s = { .which = which, .result = ACT_WAITS };
	struct act a = { .trace = NULL }, b = { .trace = NULL };
	pthread_t thread;
	void *error;

	act_begin(&a, wait_for_event, &event);
	act_begin(&b, wait_for_sem, &sem);
	egt_eq(eg_mutex_lock(&mutex, EG_NOW), 0);
	egt_eq(eg_queue_new(&queue, 1, NULL), 0);
	egt_eq(eg_chan_new(&chan, 1, 1), 0);
	egt_eq(eg_spawn(&fiber, sleep_long, NULL), 0);
	egt_eq(eg_group_spawn(&group, sleep_long, NULL, NULL), 0);
	settle();
	egt_eq(pthread_create(&thread, NULL, run_another_hub, &s), 0);
	egt_eq(pthread_join(thread, &error), 0);
	egt_ptr_eq(error, NULL);
	egt_eq(s.result, -EPERM);
	egt_eq(eg_queue_len(queue), 0);
	egt_eq(eg_chan_len(chan), 0);
	egt_eq(eg_mutex_unlock(&mutex), 0);
	egt_eq(eg_event_set(&event), 1);
	egt_eq(eg_event_clear(&event), 0);
	egt_eq(eg_sem_post(&sem), 0);
	egt_eq(act_end(&a), 0);
	egt_eq(act_end(&b), 0);
	egt_eq(eg_group_done(&group), 0);
	egt_eq(eg_cancel(fiber), 0);
	egt_eq(eg_join(fiber, NULL, EG_FOREVER), 0);
	eg_queue_unref(queue);
	eg_chan_unref(chan);
}

struct posts {
	eg_hub *hub;
	eg_task task[26];
	struct trace trace;
	eg_event is_all_here;
	int count;
};

static void write_task(eg_task *task, void *arg)
{
	struct posts *p = arg;

	trace_add(&p->trace, (char)('a' + (task - p->task)));
	if ((int)p->trace.len == p->count)
		egt_eq(eg_event_set(&p->is_all_here), 1);
}

static void *post_all(void *arg)
{
	struct posts *p = arg;

	for (int i = 0; i < p->count; i++) {
		p->task[i] = (eg_task){ .fn = write_task, .arg = p };
		egt_eq(eg_hub_post(p->hub, &p->task[i]), 0);
	}
	eg_hub_unref(p->hub);
	return NULL;
}

static void other_threads_post_in_order(long tasks)
{
	struct posts p = { .hub = eg_hub_ref(eg_hub_self()),
			   .count = (int)tasks };
	pthread_t thread;

	egt_eq(pthread_create(&thread, NULL, post_all, &p), 0);
	egt_eq(eg_event_wait(&p.is_all_here, EG_FOREVER), 0);
	egt_in_order(&p.trace, p.count);
	egt_eq(pthread_join(thread, NULL), 0);
}

static const struct conform other_hub_cases[] = {
	{ "HB-19", "another hub sets an event", what_is_another_hubs_is_refused,
	  0 },
	{ "HB-19", "another hub waits for an event",
	  what_is_another_hubs_is_refused, 1 },
	{ "HB-19", "another hub posts to a semaphore",
	  what_is_another_hubs_is_refused, 2 },
	{ "HB-19", "another hub locks a mutex", what_is_another_hubs_is_refused,
	  3 },
	{ "HB-19", "another hub unlocks a mutex",
	  what_is_another_hubs_is_refused, 4 },
	{ "HB-19", "another hub puts into a queue",
	  what_is_another_hubs_is_refused, 5 },
	{ "HB-19", "another hub sends into a channel",
	  what_is_another_hubs_is_refused, 6 },
	{ "HB-19", "another hub joins a fiber", what_is_another_hubs_is_refused,
	  7 },
	{ "HB-19", "another hub kills a fiber", what_is_another_hubs_is_refused,
	  8 },
	{ "HB-19", "another hub waits for a group",
	  what_is_another_hubs_is_refused, 9 },
	{ "HB-19", "other threads post, in order", other_threads_post_in_order,
	  1 },
	{ "HB-19", "other threads post, in order", other_threads_post_in_order,
	  26 },
};
CONFORMANCE(other_hubs_are_refused, other_hub_cases)
