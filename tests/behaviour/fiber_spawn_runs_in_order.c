/* SPDX-License-Identifier: MIT */
/*
 * Spawning: does not switch, first in first out (semantics SP-01, HB-01).
 * Results are join's business.
 */
#include "fiber_trace.h"

EG_TEST(spawn_does_not_switch)
{
	struct trace t = { .len = 0 };
	struct letter l = { &t, 'a' };

	egt_eq(eg_spawn(NULL, write_letter, &l), 0);
	egt_str_eq(t.text, "");
	egt_eq(eg_yield(), 0);
	egt_str_eq(t.text, "a");
}

EG_TEST(fibers_run_in_the_order_of_spawning)
{
	struct trace t = { .len = 0 };
	struct letter l[26];

	for (int i = 0; i < 26; i++) {
		l[i] = (struct letter){ &t, (char)('a' + i) };
		egt_eq(eg_spawn(NULL, write_letter, &l[i]), 0);
	}
	egt_eq(eg_yield(), 0);
	egt_str_eq(t.text, "abcdefghijklmnopqrstuvwxyz");
}

struct parent {
	struct trace *trace;
	struct letter child;
};

static void *spawn_then_write(void *arg)
{
	struct parent *p = arg;

	egt_eq(eg_spawn(NULL, write_letter, &p->child), 0);
	trace_add(p->trace, 'p');
	return NULL;
}

EG_TEST(a_child_runs_behind_those_already_waiting)
{
	struct trace t = { .len = 0 };
	struct parent p = { &t, { &t, 'c' } };
	struct letter l = { &t, 's' };

	egt_eq(eg_spawn(NULL, spawn_then_write, &p), 0);
	egt_eq(eg_spawn(NULL, write_letter, &l), 0);
	settle();
	egt_str_eq(t.text, "psc");
}

static void *write_thrice(void *arg)
{
	for (int i = 0; i < 3; i++) {
		write_letter(arg);
		egt_eq(eg_yield(), 0);
	}
	return NULL;
}

EG_TEST(yielding_fibers_take_turns)
{
	struct trace t = { .len = 0 };
	struct letter l[] = { { &t, 'a' }, { &t, 'b' }, { &t, 'c' } };

	for (size_t i = 0; i < ARRAY_LEN(l); i++)
		egt_eq(eg_spawn(NULL, write_thrice, &l[i]), 0);
	settle();
	egt_str_eq(t.text, "abcabcabc");
}

EG_TEST(a_spawn_with_bad_options_makes_no_fiber)
{
	static const struct {
		const char *name;
		eg_spawn_options options;
	} cases[] = {
		{ "no size", { .size = 0 } },
		{ "size too small", { .size = sizeof(eg_spawn_options) - 1 } },
		{ "unknown flag",
		  { .size = sizeof(eg_spawn_options), .flags = 1u << 31 } },
		{ "reserved in use",
		  { .size = sizeof(eg_spawn_options), .reserved = 1 } },
		{ "absurd stack",
		  { .size = sizeof(eg_spawn_options),
		    .stack_bytes = SIZE_MAX } },
	};
	eg_hub_stats before = { .size = sizeof(before) }, after = before;
	struct letter unused = { NULL, 'x' };
	eg_fiber *f = NULL;

	egt_eq(eg_hub_get_stats(&before), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		egt_case(cases[i].name);
		egt_eq(eg_spawn_with(&f, write_letter, &unused,
				     &cases[i].options),
		       -EINVAL);
		egt_ptr_eq(f, NULL);
	}
	egt_eq(eg_hub_get_stats(&after), 0);
	egt_eq(after.fibers_spawned, before.fibers_spawned);
}
