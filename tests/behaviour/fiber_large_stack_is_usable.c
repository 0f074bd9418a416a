/* SPDX-License-Identifier: MIT */
/*
 * stack_bytes is usable, all of it, for a fiber and for a hub's default. What
 * lies beyond is overflow_*'s.
 */
#include "fiber_trace.h"

enum {
	FRAME_BYTES = 1024,
	/* For the frames of the test and of the library. */
	RESERVE_BYTES = 8 * 1024,
};

/* Uses the stack down to @lowest. By address: a sanitizer's frames are larger.
 * Returns the number of frames. */
static __attribute__((noinline)) uintptr_t use_down_to(uintptr_t lowest)
{
	volatile char frame[FRAME_BYTES];

	frame[0] = 1;
	frame[FRAME_BYTES - 1] = 1;
	if ((uintptr_t)__builtin_frame_address(0) < lowest)
		return 1;
	return use_down_to(lowest) + (uintptr_t)frame[0];
}

static void *use(void *arg)
{
	size_t bytes = (size_t)(uintptr_t)arg;
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	return (void *)use_down_to(here - bytes + RESERVE_BYTES);
}

static void *stack_argument(size_t bytes)
{
	return (void *)(uintptr_t)bytes;
}

EG_TEST(a_stack_is_as_large_as_was_asked_for)
{
	static const size_t sizes[] = {
		16 * 1024, 64 * 1024, 100 * 1000, 1024 * 1024, 8 * 1024 * 1024,
	};

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		eg_spawn_options o = EG_SPAWN_INIT;
		void *frames;
		eg_fiber *f;

		egt_casef("%zu bytes", sizes[i]);
		o.stack_bytes = sizes[i];
		egt_eq(eg_spawn_with(&f, use, stack_argument(sizes[i]), &o), 0);
		egt_eq(eg_join(f, &frames, EG_FOREVER), 0);
		egt_lt(1, (intptr_t)frames);
	}
}

static int spawn_by_default(void *arg)
{
	eg_fiber *f;

	egt_eq(eg_spawn(&f, use, arg), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	return 0;
}

EG_TEST_PLAIN(a_hub_sets_the_size_of_stacks)
{
	static const size_t sizes[] = { 0, 1024 * 1024, 300 * 1000 };

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		eg_options o = EG_OPTIONS_INIT;
		size_t bytes = sizes[i] ? sizes[i] : 56 * 1024;

		egt_casef("%zu bytes", sizes[i]);
		o.stack_bytes = sizes[i];
		egt_eq(eg_run(spawn_by_default, stack_argument(bytes), &o,
			      NULL),
		       0);
	}
}
