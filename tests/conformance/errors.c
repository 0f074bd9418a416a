/* SPDX-License-Identifier: MIT */
/*
 * Errors that nobody asks for, and what another thread may do to a hub: HB-16
 * to HB-19. What comes of a fiber that somebody asks for is in fibers.c.
 */
#include "conform_kit.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static int payload;

static void *fail_with(void *arg)
{
	return eg_fail((int)(intptr_t)arg, &payload);
}

/* What the handler was told, the last time. */
static struct {
	int times, error;
	void *payload;
	char name[EG_NAME_MAX];
	bool has_place;
} told;

static void note_error(const eg_error_info *info, void *arg)
{
	egt_ptr_eq(arg, &told);
	egt_ptr_eq(eg_self(), NULL);
	told.times++;
	told.error = info->error;
	told.payload = info->payload;
	told.has_place = info->spawned_at != NULL;
	snprintf(told.name, sizeof(told.name), "%s", info->name);
}

static void begin_to_listen(void)
{
	memset(&told, 0, sizeof(told));
	egt_eq(eg_set_error_handler(note_error, &told), 0);
}

static void end_listening(int want_times)
{
	settle();
	egt_eq(eg_set_error_handler(NULL, NULL), 0);
	egt_eq(told.times, want_times);
}

static void error_is_handed_over(long error)
{
	eg_spawn_options options = EG_SPAWN_INIT;

	options.name = "unlucky";
	begin_to_listen();
	egt_eq(eg_spawn_with(NULL, fail_with, (void *)(intptr_t)error,
			     &options),
	       0);
	end_listening(1);
	egt_eq(told.error, error);
	egt_ptr_eq(told.payload, &payload);
	egt_str_eq(told.name, "unlucky");
	egt_true(told.has_place);
}

static void each_error_is_handed_over_once(long fibers)
{
	begin_to_listen();
	for (long i = 0; i < fibers; i++)
		egt_eq(eg_spawn(NULL, fail_with, (void *)(intptr_t)-EIO), 0);
	end_listening((int)fibers);
}

/* Told when the last reference goes, for until then somebody may ask. */
static void error_waits_for_the_last_reference(long references)
{
	eg_fiber *f;

	begin_to_listen();
	egt_eq(eg_spawn(&f, fail_with, (void *)(intptr_t)-EIO), 0);
	for (long i = 1; i < references; i++)
		egt_ptr_eq(eg_ref(f), f);
	settle();
	for (long i = 1; i < references; i++)
		eg_unref(f);
	settle();
	egt_eq(told.times, 0);
	eg_unref(f);
	end_listening(1);
}

enum { BY_GET, BY_ERROR, BY_LINK };

static void note_end(eg_fiber *fiber, void *arg)
{
	(void)fiber;
	++*(int *)arg;
}

static void error_asked_for_is_not_handed_over(long how)
{
	eg_link link;
	int linked = 0;
	eg_fiber *f;

	begin_to_listen();
	egt_eq(eg_spawn(&f, fail_with, (void *)(intptr_t)-EIO), 0);
	if (how == BY_LINK)
		egt_eq(eg_fiber_link(f, &link, note_end, &linked,
				     EG_LINK_ERROR),
		       0);
	settle();
	if (how == BY_GET)
		egt_eq(eg_get(f, NULL, EG_NOW), -EIO);
	if (how == BY_ERROR)
		egt_eq(eg_fiber_error(f, NULL), -EIO);
	egt_eq(linked, how == BY_LINK);
	eg_unref(f);
	end_listening(0);
}

static char last_line[512];

static void keep_line(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	snprintf(last_line, sizeof(last_line), "%s", line);
}

static void error_is_logged_without_a_handler(long error)
{
	eg_spawn_options options = EG_SPAWN_INIT;

	options.name = "unlucky";
	last_line[0] = '\0';
	eg_set_log(keep_line, NULL);
	egt_eq(eg_spawn_with(NULL, fail_with, (void *)(intptr_t)error,
			     &options),
	       0);
	settle();
	eg_set_log(NULL, NULL);
	egt_str_has(last_line, "unlucky");
}

static void *sleep_and_fail(void *arg)
{
	int r = eg_sleep(EG_FOREVER);

	return arg ? eg_fail(r, NULL) : NULL;
}

/* Whether it returns the code, returns nothing, or never ran. */
static void being_cancelled_is_no_failure(long how)
{
	eg_fiber *f;

	begin_to_listen();
	egt_eq(eg_spawn(&f, sleep_and_fail, how == 1 ? &payload : NULL), 0);
	if (how < 2)
		settle();
	egt_eq(eg_cancel(f), 0);
	settle();
	egt_true(eg_fiber_is_done(f));
	egt_true(eg_fiber_succeeded(f));
	eg_unref(f);
	end_listening(0);
}

static void killed_with_an_error_is_a_failure(long error)
{
	eg_fiber *f;

	begin_to_listen();
	egt_eq(eg_spawn(&f, sleep_and_fail, &payload), 0);
	settle();
	egt_eq(eg_kill(f, (int)error, EG_NOW), 0);
	settle();
	egt_true(!eg_fiber_succeeded(f));
	eg_unref(f);
	end_listening(1);
	egt_eq(told.error, error);
}

static void *fail_system_with(void *arg)
{
	return eg_fail_system((int)(intptr_t)arg, &payload);
}

static void error_of_the_program_ends_mains_wait(long error)
{
	eg_fiber *f;

	egt_eq(eg_spawn(&f, fail_system_with, (void *)(intptr_t)error), 0);
	egt_eq(eg_sleep(EG_SEC), error);
	egt_eq(eg_sleep(EG_SEC), error);
	egt_true(eg_cancelled());
	egt_eq(eg_uncancel(), 1);
	egt_eq(eg_uncancel(), 0);
	egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(eg_get(f, NULL, EG_NOW), error);
	eg_unref(f);
}

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

static const struct conform error_cases[] = {
	{ "HB-16", "an error that nobody asks for is handed over",
	  error_is_handed_over, -EIO },
	{ "HB-16", "an error that nobody asks for is handed over",
	  error_is_handed_over, -ETIMEDOUT },
	{ "HB-16", "an error that nobody asks for is handed over",
	  error_is_handed_over, -4095 },
	{ "HB-16", "each is handed over once", each_error_is_handed_over_once,
	  1 },
	{ "HB-16", "each is handed over once", each_error_is_handed_over_once,
	  10 },
	{ "HB-16", "it waits for the last reference",
	  error_waits_for_the_last_reference, 1 },
	{ "HB-16", "it waits for the last reference",
	  error_waits_for_the_last_reference, 4 },
	{ "SP-06", "one that was got is not handed over",
	  error_asked_for_is_not_handed_over, BY_GET },
	{ "SP-06", "one that was looked at is not handed over",
	  error_asked_for_is_not_handed_over, BY_ERROR },
	{ "SP-06", "one that a link was told of is not handed over",
	  error_asked_for_is_not_handed_over, BY_LINK },
	{ "HB-16", "it is logged without a handler",
	  error_is_logged_without_a_handler, -EIO },
	{ "HB-17", "an error of the program ends main's wait",
	  error_of_the_program_ends_mains_wait, -EIO },
	{ "HB-17", "an error of the program ends main's wait",
	  error_of_the_program_ends_mains_wait, -EOWNERDEAD },
	{ "HB-18", "being cancelled is no failure",
	  being_cancelled_is_no_failure, 0 },
	{ "HB-18", "returning the cancel is no failure",
	  being_cancelled_is_no_failure, 1 },
	{ "HB-18", "being cancelled before the start is no failure",
	  being_cancelled_is_no_failure, 2 },
	{ "HB-18", "being killed with an error is one",
	  killed_with_an_error_is_a_failure, -EIO },
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
CONFORMANCE(errors_and_other_hubs, error_cases)
