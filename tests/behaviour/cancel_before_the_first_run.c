/* SPDX-License-Identifier: MIT */
/*
 * A fiber cancelled before it ran is completed without running (semantics
 * SP-11; class 3 of section 4).
 */
#include "fiber_trace.h"

EG_TEST(a_new_fiber_never_runs)
{
	struct trace t = { .len = 0 };
	struct letter l = { &t, 'x' };
	void *result = NULL;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, write_letter, &l), 0);
	egt_eq(eg_cancel(f), 0);
	egt_eq(eg_join(f, &result, EG_FOREVER), 0);
	egt_ptr_eq(result, EG_CANCELED);
	egt_str_eq(t.text, "");
}

static void *own_fp_fiber(void *arg)
{
	return write_letter(arg);
}

EG_TEST(a_new_fiber_of_each_kind_never_runs)
{
	static const eg_spawn_options options[] = {
		EG_SPAWN_INIT,
		{ .size = sizeof(eg_spawn_options), .flags = EG_SPAWN_OWN_FP },
		{ .size = sizeof(eg_spawn_options), .stack_bytes = 1 << 20 },
		{ .size = sizeof(eg_spawn_options), .name = "named" },
	};
	struct trace t = { .len = 0 };
	struct letter l = { &t, 'x' };

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		eg_group group = { 0 };
		void *result = NULL;
		eg_fiber *f;

		egt_casef("options %zu", i);
		egt_eq(eg_spawn_with(&f, own_fp_fiber, &l, &options[i]), 0);
		egt_eq(eg_cancel(f), 0);
		egt_eq(eg_join(f, &result, EG_FOREVER), 0);
		egt_ptr_eq(result, EG_CANCELED);
		egt_eq(eg_group_spawn(&group, own_fp_fiber, &l, &options[i]),
		       0);
		egt_eq(eg_group_done(&group), 0);
	}
	egt_str_eq(t.text, "");
}

static void *cancel_other(void *arg)
{
	egt_eq(eg_cancel(*(eg_fiber **)arg), 0);
	return NULL;
}

EG_TEST(a_new_fiber_cancelled_by_one_spawned_earlier)
{
	struct trace t = { .len = 0 };
	struct letter l = { &t, 'x' };
	eg_fiber *canceller, *f;

	egt_eq(eg_spawn(&canceller, cancel_other, &f), 0);
	egt_eq(eg_spawn(&f, write_letter, &l), 0);
	egt_eq(eg_join(canceller, NULL, EG_FOREVER), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_str_eq(t.text, "");
}
