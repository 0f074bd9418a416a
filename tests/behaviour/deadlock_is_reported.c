/* SPDX-License-Identifier: MIT */
/*
 * When nothing can run any more: the report names who waits for what, main's
 * wait ends, and the hub goes on (semantics HB-08).
 */
#include "fiber_trace.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static char text[8192]; /* what was logged, a line each */

static void catch_line(int level, const char *line, void *arg)
{
	size_t used = strlen(text);

	egt_ptr_eq(arg, text);
	if (level >= EG_WARNING_LEVEL)
		snprintf(text + used, sizeof(text) - used, "%s\n", line);
}

static void catch_log(void)
{
	text[0] = '\0';
	eg_set_log(catch_line, text);
}

/* How a fiber is named and waits, for the report. */
struct blocked {
	const char *name;
	eg_fiber_fn *fn;
	const char *want; /* of its line, before the object's address */
	const void *object;
};

static eg_event event;
static eg_sem sem;
static eg_mutex mutex;
static eg_chan *chan;
static eg_group group;
static eg_fiber *joined;

static void *block_on_event(void *arg)
{
	egt_eq(eg_event_wait(&event, EG_FOREVER), -ECANCELED);
	return arg;
}

static void *block_on_sem(void *arg)
{
	egt_eq(eg_sem_wait(&sem, EG_FOREVER), -ECANCELED);
	return arg;
}

static void *block_on_mutex(void *arg)
{
	egt_eq(eg_mutex_lock(&mutex, EG_FOREVER), -ECANCELED);
	return arg;
}

static void *block_on_recv(void *arg)
{
	egt_eq(eg_chan_recv(chan, NULL, EG_FOREVER), -ECANCELED);
	return arg;
}

static void *block_on_join(void *arg)
{
	egt_eq(eg_join(joined, NULL, EG_FOREVER), -ECANCELED);
	return arg;
}

static void *block_on_group(void *arg)
{
	egt_eq(eg_group_wait(&group, EG_FOREVER), -ECANCELED);
	return arg;
}

static void *block_for_ever(void *arg)
{
	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	return arg;
}

static void spawn_blocked(const struct blocked *b, size_t n, eg_group *all)
{
	for (size_t i = 0; i < n; i++) {
		eg_spawn_options o = EG_SPAWN_INIT;

		o.name = b[i].name;
		egt_eq(eg_group_spawn(all, b[i].fn, NULL, &o), 0);
	}
	settle();
}

static void check_lines(const struct blocked *b, size_t n)
{
	char line[256];

	for (size_t i = 0; i < n; i++) {
		egt_case(b[i].name);
		snprintf(line, sizeof(line), "'%s' parked: waits for %s",
			 b[i].name, b[i].want);
		egt_str_has(text, line);
		if (!b[i].object)
			continue;
		snprintf(line, sizeof(line), "'%s' parked: waits for %s %p",
			 b[i].name, b[i].want, b[i].object);
		egt_str_has(text, line);
	}
}

EG_TEST(the_report_names_every_blocked_fiber)
{
	const struct blocked blocked[] = {
		{ "eve", block_on_event, "event", &event },
		{ "sam", block_on_sem, "semaphore", &sem },
		{ "max", block_on_mutex, "mutex", &mutex },
		{ "rita", block_on_recv, "channel (receive)", NULL },
		{ "joe", block_on_join, "join", NULL },
		{ "gus", block_on_group, "group", &group },
		{ "tim", block_for_ever, "time", NULL },
	};
	eg_group all = { 0 };

	egt_eq(eg_mutex_lock(&mutex, EG_NOW), 0);
	egt_eq(eg_chan_new(&chan, 1, 0), 0);
	egt_eq(eg_spawn(&joined, block_for_ever, NULL), 0);
	egt_eq(eg_set_name(joined, "target"), 0);
	egt_eq(eg_group_spawn(&group, block_for_ever, NULL, NULL), 0);
	spawn_blocked(blocked, ARRAY_LEN(blocked), &all);
	catch_log();
	egt_eq(eg_sem_wait(&sem, EG_FOREVER), -EDEADLK);
	eg_set_log(NULL, NULL);
	egt_str_has(text, "deadlock: 10 fibers wait");
	egt_str_has(text, "'main' parked: waits for semaphore");
	egt_str_has(text, "'target' parked: waits for time");
	check_lines(blocked, ARRAY_LEN(blocked));

	/* Main's waiter has left the line: a unit goes to sam. */
	egt_eq(eg_group_done(&all), 0);
	egt_eq(eg_group_done(&group), 0);
	egt_eq(eg_cancel(joined), 0);
	egt_eq(eg_join(joined, NULL, EG_FOREVER), 0);
	egt_eq(eg_mutex_unlock(&mutex), 0);
	eg_chan_unref(chan);
}

static int64_t wait_event(void)
{
	return eg_event_wait(&event, EG_FOREVER);
}

static int64_t wait_sem(void)
{
	return eg_sem_wait(&sem, EG_FOREVER);
}

static int64_t wait_recv(void)
{
	return eg_chan_recv(chan, NULL, EG_FOREVER);
}

static int64_t wait_send(void)
{
	return eg_chan_send(chan, "x", EG_FOREVER);
}

static int64_t wait_join(void)
{
	return eg_join(joined, NULL, EG_FOREVER);
}

static int64_t wait_group(void)
{
	return eg_group_wait(&group, EG_FOREVER);
}

static int64_t wait_time(void)
{
	return eg_sleep(EG_FOREVER);
}

EG_TEST(each_of_mains_waits_ends)
{
	static const struct {
		const char *name;
		int64_t (*wait)(void);
	} cases[] = {
		{ "event", wait_event },   { "sem", wait_sem },
		{ "recv", wait_recv },	   { "send", wait_send },
		{ "join", wait_join },	   { "group", wait_group },
		{ "for ever", wait_time },
	};

	egt_eq(eg_chan_new(&chan, 1, 0), 0);
	egt_eq(eg_spawn(&joined, block_on_event, NULL), 0);
	egt_eq(eg_group_spawn(&group, block_on_event, NULL, NULL), 0);
	catch_log();
	/* Again and again: the hub is usable afterwards. */
	for (int n = 0; n < 2; n++) {
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			egt_case(cases[i].name);
			egt_eq(cases[i].wait(), -EDEADLK);
			egt_eq(eg_sleep(EG_USEC), 0);
		}
	}
	eg_set_log(NULL, NULL);
	egt_eq(eg_group_done(&group), 0);
	egt_eq(eg_cancel(joined), 0);
	egt_eq(eg_join(joined, NULL, EG_FOREVER), 0);
	eg_chan_unref(chan);
}

EG_TEST(a_wait_with_a_deadline_is_no_deadlock)
{
	catch_log();
	egt_eq(eg_event_wait(&event, eg_after(EG_MSEC)), -ETIMEDOUT);
	egt_str_eq(text, "");
	eg_set_log(NULL, NULL);
}

/* In a shield too, or the program could not even end. */
EG_TEST(a_shielded_main_is_told_as_well)
{
	eg_timeout shield;

	catch_log();
	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_event_wait(&event, EG_FOREVER), -EDEADLK);
	egt_eq(eg_shield_end(&shield), 0);
	eg_set_log(NULL, NULL);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_held = true; /* under lock */

static void *drop_reference_later(void *arg)
{
	struct timespec ms = { .tv_nsec = 20000000 };

	nanosleep(&ms, NULL);
	pthread_mutex_lock(&lock);
	is_held = false;
	pthread_mutex_unlock(&lock);
	eg_hub_unref(arg);
	return NULL;
}

EG_TEST(a_reference_held_elsewhere_holds_the_report_off)
{
	eg_hub *hub = eg_hub_ref(eg_hub_self());
	pthread_t thread;
	bool was_held;

	catch_log();
	egt_eq(pthread_create(&thread, NULL, drop_reference_later, hub), 0);
	egt_eq(eg_event_wait(&event, EG_FOREVER), -EDEADLK);
	pthread_mutex_lock(&lock);
	was_held = is_held;
	pthread_mutex_unlock(&lock);
	egt_true(!was_held);
	egt_eq(pthread_join(thread, NULL), 0);
	egt_str_has(text, "deadlock: 1 fibers wait");
	eg_set_log(NULL, NULL);
}
