/* SPDX-License-Identifier: MIT */
/*
 * When its function has returned, main has ended: who waits is told, links are
 * called, local timers stopped, and what it has left is closed (semantics EH-03,
 * SP-04, SP-05, SP-07, LT-01, PL-16).
 */
#include "fiber_trace.h"

#include <string.h>

static struct trace trace;
static eg_timer timer;
static eg_fiber *main_fiber;
static char log_text[1024];

static void note_line(int level, const char *line, void *arg)
{
	size_t used = strlen(log_text);

	(void)level;
	(void)arg;
	egt_lt(used + strlen(line) + 1, sizeof(log_text));
	strcpy(log_text + used, line);
}

/* Runs @fn; the log is in log_text. */
static void run(eg_main_fn *fn, void *arg)
{
	trace.len = 0;
	trace.text[0] = '\0';
	log_text[0] = '\0';
	eg_set_log(note_line, NULL);
	egt_eq(eg_run(fn, arg, NULL, NULL), 0);
	eg_set_log(NULL, NULL);
}

static void must_not_fire(eg_timer *t, void *arg)
{
	egt_fail("%p fires with %p", (void *)t, arg);
}

static uint64_t timers_armed(void)
{
	eg_hub_stats stats = { .size = sizeof(stats) };

	egt_eq(eg_hub_get_stats(&stats), 0);
	return stats.timers_armed;
}

/* It outlives main by more than main's timer had to go. */
static void *outlive_main(void *arg)
{
	eg_timeout shield;

	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	egt_eq(timers_armed(), 0);
	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_sleep(3 * EG_MSEC), 0);
	egt_eq(eg_shield_end(&shield), 0);
	trace_add(&trace, 'o');
	return arg;
}

static int leave_a_timer(void *arg)
{
	egt_eq(eg_timer_init(&timer, must_not_fire, NULL), 0);
	egt_eq(eg_spawn(NULL, outlive_main, arg), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_timer_start_local(&timer, eg_after(EG_MSEC)), 0);
	return 0;
}

EG_TEST_BARE(main_takes_its_timers_along)
{
	run(leave_a_timer, NULL);
	egt_str_eq(trace.text, "o");
	egt_str_eq(log_text, "");
}

/* What is the hub's is not main's. */
static void note_fire(eg_timer *t, void *arg)
{
	egt_ptr_eq(t, &timer);
	trace_add(arg, 't');
}

static void arm(void *arg)
{
	egt_eq(eg_timer_start(arg, eg_after(EG_USEC)), 0);
}

static void *outlive_with_timers(void *arg)
{
	eg_timeout shield;

	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	egt_eq(eg_shield_begin(&shield), 0);
	while (!trace.len)
		egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(eg_shield_end(&shield), 0);
	return arg;
}

static int leave_both(void *arg)
{
	egt_eq(eg_spawn(NULL, outlive_with_timers, arg), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_timer_init(&timer, note_fire, &trace), 0);
	return eg_cleanup_push(arm, &timer);
}

EG_TEST_BARE(main_leaves_what_is_the_hubs)
{
	run(leave_both, NULL);
	egt_str_eq(trace.text, "t");
}

/* Links of both kinds, and who waits, in whichever way: each is told once. */
static void note_main(eg_fiber *fiber, void *arg)
{
	egt_ptr_eq(fiber, main_fiber);
	egt_true(eg_fiber_is_done(fiber));
	egt_true(eg_fiber_succeeded(fiber));
	trace_add(&trace, *(const char *)arg);
}

static void *wait_for_main(void *arg)
{
	egt_eq(eg_fiber_wait(main_fiber, EG_FOREVER), 0);
	trace_add(&trace, 'w');
	return arg;
}

static void *get_main(void *arg)
{
	void *value = NULL;

	egt_eq(eg_get(main_fiber, &value, EG_FOREVER), 0);
	egt_eq((intptr_t)value, 7);
	trace_add(&trace, 'g');
	return arg;
}

static void *join_main(void *arg)
{
	void *value = NULL;

	egt_eq(eg_join(eg_ref(main_fiber), &value, EG_FOREVER), 0);
	egt_eq((intptr_t)value, 7);
	trace_add(&trace, 'j');
	return arg;
}

static void *select_main(void *arg)
{
	eg_case c = eg_case_fiber(main_fiber, NULL);

	egt_eq(eg_select(&c, 1, EG_FOREVER, 0), 0);
	trace_add(&trace, 's');
	return arg;
}

/* Told before the others are cancelled, it has ended to who comes later. */
static void *look_after_it(void *arg)
{
	static char letter = 'L';
	static eg_link late;

	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	egt_true(eg_fiber_is_done(main_fiber));
	egt_eq(eg_fiber_wait(main_fiber, EG_NOW), 0);
	egt_eq(eg_kill(main_fiber, -EIO, EG_FOREVER), 0);
	egt_eq(eg_fiber_link(main_fiber, &late, note_main, &letter, 0), 0);
	return arg;
}

static int be_watched(void *arg)
{
	static eg_link in_hub, in_fiber;
	static char letters[] = "hf";
	static eg_fiber_fn *const watchers[] = { wait_for_main, get_main,
						 join_main, select_main,
						 look_after_it };

	main_fiber = eg_self();
	for (size_t i = 0; i < ARRAY_LEN(watchers); i++)
		egt_eq(eg_spawn(NULL, watchers[i], arg), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_fiber_link(main_fiber, &in_hub, note_main, &letters[0], 0),
	       0);
	egt_eq(eg_fiber_link(main_fiber, &in_fiber, note_main, &letters[1],
			     EG_LINK_SPAWN),
	       0);
	return 7;
}

EG_TEST_BARE(main_tells_of_its_end)
{
	run(be_watched, NULL);
	/* In the order of asking; the one that joins comes last. */
	egt_str_eq(trace.text, "wgshfjL");
	egt_str_eq(log_text, "");
}

/* What it owns is closed, and reported. */
static int handle;

static void close_it(void *arg)
{
	egt_ptr_eq(arg, &handle);
	trace_add(&trace, 'c');
}

static int own_and_return(void *arg)
{
	static eg_owned owned;

	(void)arg;
	return eg_own(&owned, "handle", close_it, &handle);
}

EG_TEST_BARE(main_closes_what_it_owns)
{
	run(own_and_return, NULL);
	egt_str_eq(trace.text, "c");
	egt_str_has(log_text, "'main'");
	egt_str_has(log_text, "leaks handle");
}

/* A resource is taken back, for who is still there to see it. */
static int make_it(void **ret_resource, void *arg)
{
	*ret_resource = arg;
	return 0;
}

static void destroy_it(void *resource, void *arg)
{
	egt_ptr_eq(resource, arg);
	trace_add(&trace, 'd');
}

static void *free_pool(void *pool)
{
	eg_resource_info info = { .size = sizeof(info) };
	eg_timeout shield;

	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	egt_eq(eg_resource_pool_get_info(pool, &info), 0);
	egt_eq(info.reclaimed, 1);
	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_resource_pool_free(pool, EG_FOREVER), 0);
	egt_eq(eg_shield_end(&shield), 0);
	return NULL;
}

static int keep_a_resource(void *arg)
{
	eg_resource_options o = EG_RESOURCE_OPTIONS_INIT;
	eg_resource_pool *pool;
	void *resource;

	o.create = make_it;
	o.destroy = destroy_it;
	o.arg = arg;
	egt_eq(eg_resource_pool_new(&pool, &o), 0);
	egt_eq(eg_spawn(NULL, free_pool, pool), 0);
	egt_eq(eg_yield(), 0);
	return eg_resource_get(pool, &resource, EG_RESOURCE_TIED, EG_NOW);
}

EG_TEST_BARE(main_gives_back_what_is_tied_to_it)
{
	run(keep_a_resource, &handle);
	egt_str_eq(trace.text, "d");
	egt_str_has(log_text, "'main' has ended without putting back");
}
