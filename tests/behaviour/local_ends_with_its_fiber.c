/* SPDX-License-Identifier: MIT */
/*
 * When values are destroyed, in which order, and what a destroy function may do
 * (semantics LT-01).
 */
#include "fiber_trace.h"

#include <stdio.h>
#include <string.h>

enum { KEYS = 3 };

static eg_local keys[KEYS];
static struct trace trace;
static struct letter letters[KEYS];

static void write_value(void *value)
{
	write_letter(value);
}

static void make_keys(eg_local_fn *destroy)
{
	trace = (struct trace){ .len = 0 };
	for (int i = 0; i < KEYS; i++) {
		egt_eq(eg_local_init(&keys[i], destroy, 0), 0);
		letters[i] = (struct letter){ &trace, (char)('a' + i) };
	}
}

static void free_keys(void)
{
	for (int i = 0; i < KEYS; i++)
		egt_eq(eg_local_free(&keys[i]), 0);
}

static void set_all(void)
{
	for (int i = 0; i < KEYS; i++)
		egt_eq(eg_local_set(&keys[i], &letters[i]), 0);
}

static void *set_and_return(void *arg)
{
	set_all();
	return arg;
}

static void *set_and_exit(void *arg)
{
	set_all();
	eg_exit(arg);
	return NULL;
}

static void *set_and_be_cancelled(void *arg)
{
	set_all();
	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	return arg;
}

static void *set_and_fail(void *arg)
{
	set_all();
	return eg_fail(-EIO, arg);
}

static void *set_one_again(void *arg)
{
	set_all();
	egt_eq(eg_local_set(&keys[0], NULL), 0);
	trace_add(&trace, '-');
	egt_eq(eg_local_set(&keys[0], &letters[0]), 0);
	return arg;
}

static void *set_another(void *arg)
{
	set_all();
	egt_eq(eg_local_set(&keys[1], &letters[0]), 0);
	trace_add(&trace, '-');
	return arg;
}

static void *set_the_same(void *arg)
{
	set_all();
	set_all();
	return arg;
}

static void *take_one(void *arg)
{
	void *value = NULL;

	set_all();
	egt_eq(eg_local_take(&keys[1], &value), 0);
	egt_ptr_eq(value, &letters[1]);
	egt_eq(eg_local_take(&keys[1], &value), -ENOENT);
	egt_ptr_eq(eg_local_get(&keys[1]), NULL);
	return arg;
}

static void write_cleanup(void *arg)
{
	egt_ptr_eq(eg_local_get(&keys[0]), &letters[0]);
	trace_add(arg, 'x');
}

static void *set_and_push(void *arg)
{
	egt_eq(eg_cleanup_push(write_cleanup, &trace), 0);
	set_all();
	return arg;
}

EG_TEST(local_values_are_destroyed_at_each_kind_of_end)
{
	static const struct {
		const char *name;
		eg_fiber_fn *fn;
		bool is_cancelled;
		const char *want;
	} cases[] = {
		{ "return", set_and_return, false, "cba" },
		{ "exit", set_and_exit, false, "cba" },
		{ "cancelled", set_and_be_cancelled, true, "cba" },
		{ "failed", set_and_fail, false, "cba" },
		{ "set again: the newest", set_one_again, false, "a-acb" },
		{ "another value, same place", set_another, false, "b-caa" },
		{ "the same value", set_the_same, false, "cba" },
		{ "taken", take_one, false, "ca" },
		{ "after cleanups", set_and_push, false, "xcba" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		eg_fiber *f;

		egt_case(cases[i].name);
		make_keys(write_value);
		egt_eq(eg_spawn(&f, cases[i].fn, &trace), 0);
		egt_eq(eg_yield(), 0);
		if (cases[i].is_cancelled)
			egt_eq(eg_cancel(f), 0);
		/* All of it before join returns. */
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		egt_str_eq(trace.text, cases[i].want);
		free_keys();
	}
}

static int set_in_main(void *arg)
{
	egt_ptr_eq(set_and_return(arg), arg);
	return 0;
}

EG_TEST_PLAIN(local_values_of_main_are_destroyed_before_the_hub_ends)
{
	make_keys(write_value);
	egt_eq(eg_run(set_in_main, &trace, NULL, NULL), 0);
	egt_str_eq(trace.text, "cba");
	free_keys();
}

/* Who depends on whom: what was set before is still there. */
static void look_at_older(void *value)
{
	struct letter *l = value;

	for (int i = 0; i < KEYS; i++)
		egt_ptr_eq(eg_local_get(&keys[i]),
			   &letters[i] < l ? &letters[i] : NULL);
	egt_eq(eg_sleep(EG_MSEC), 0);
	write_letter(l);
}

EG_TEST(local_destroying_may_block_and_look)
{
	int64_t start = eg_now();
	eg_fiber *f;

	make_keys(look_at_older);
	egt_eq(eg_spawn(&f, set_and_be_cancelled, NULL), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_cancel(f), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_str_eq(trace.text, "cba");
	egt_le(KEYS * EG_MSEC, eg_now() - start);
	free_keys();
}

static int sets_left;

/* The first key's is set by whoever is destroyed, so often in all. */
static void set_again(void *value)
{
	write_letter(value);
	if (sets_left-- > 0)
		egt_eq(eg_local_set(&keys[0], &letters[0]), 0);
}

static char log_text[1024];

static void catch_line(int level, const char *line, void *arg)
{
	size_t used = strlen(log_text);

	(void)level;
	(void)arg;
	snprintf(log_text + used, sizeof(log_text) - used, "%s\n", line);
}

static void *set_the_last(void *arg)
{
	egt_eq(eg_local_set(&keys[2], &letters[2]), 0);
	return arg;
}

EG_TEST(local_destroying_goes_in_rounds)
{
	static const struct {
		const char *name;
		int sets;
		const char *want;
		const char *want_log;
	} cases[] = {
		{ "one round", 0, "c", "" },
		{ "two", 1, "ca", "" },
		{ "four", 3, "caaa", "" },
		{ "five: not the last", 4, "caaa", "1 values and 0 handles" },
		{ "for ever", 1000, "caaa", "'again', spawned at 0x" },
	};
	eg_spawn_options options = EG_SPAWN_INIT;

	options.name = "again";
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		eg_fiber *f;

		egt_case(cases[i].name);
		make_keys(set_again);
		sets_left = cases[i].sets;
		log_text[0] = '\0';
		eg_set_log(catch_line, NULL);
		egt_eq(eg_spawn_with(&f, set_the_last, NULL, &options), 0);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		eg_set_log(NULL, NULL);
		egt_str_eq(trace.text, cases[i].want);
		egt_str_has(log_text, cases[i].want_log);
		egt_eq(log_text[0] != '\0', cases[i].want_log[0] != '\0');
		free_keys();
	}
}

/* An older one, which is still to come, is replaced, or taken away. */
static void replace_first(void *value)
{
	write_letter(value);
	if (value == &letters[2])
		egt_eq(eg_local_set(&keys[0], &letters[1]), 0);
}

static void clear_second(void *value)
{
	write_letter(value);
	if (value == &letters[2])
		egt_eq(eg_local_set(&keys[1], NULL), 0);
}

static void exit_at_second(void *value)
{
	write_letter(value);
	if (value == &letters[1])
		eg_exit(value);
}

EG_TEST(local_destroying_may_change_what_is_to_come)
{
	static const struct {
		const char *name;
		eg_local_fn *destroy;
		const char *want;
	} cases[] = {
		{ "replaced", replace_first, "cabb" },
		{ "cleared", clear_second, "cba" },
		{ "exit", exit_at_second, "cba" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		eg_fiber *f;

		egt_case(cases[i].name);
		make_keys(cases[i].destroy);
		egt_eq(eg_spawn(&f, set_and_return, NULL), 0);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		egt_str_eq(trace.text, cases[i].want);
		free_keys();
	}
}

/* Cleanups and values that make each other: all are run. */
static void push_cleanup(void *value)
{
	write_letter(value);
	if (value == &letters[2])
		egt_eq(eg_cleanup_push(write_value, &letters[1]), 0);
}

EG_TEST(local_destroying_may_push_cleanups)
{
	eg_fiber *f;

	make_keys(push_cleanup);
	egt_eq(eg_spawn(&f, set_the_last, NULL), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_str_eq(trace.text, "cb");
	free_keys();
}
