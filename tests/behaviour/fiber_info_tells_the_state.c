/* SPDX-License-Identifier: MIT */
/*
 * eg_fiber_get_info(): what it says in each state, and that a reference keeps
 * it readable after the end. The text of dumps is deadlock_*'s.
 */
#include "fiber_trace.h"

#include <string.h>
#include <unistd.h>

static eg_fiber_info info_of(eg_fiber *f)
{
	eg_fiber_info info = { .size = sizeof(info) };

	egt_eq(eg_fiber_get_info(f, &info), 0);
	return info;
}

static void *see_myself_run(void *arg)
{
	egt_str_eq(info_of(NULL).state, "running");
	egt_str_eq(info_of(eg_self()).state, "running");
	egt_eq(eg_yield(), 0);
	egt_eq(eg_event_wait(arg, EG_FOREVER), 0);
	return NULL;
}

EG_TEST(info_follows_a_fiber_through_its_states)
{
	eg_event event = { 0 };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, see_myself_run, &event), 0);
	eg_ref(f);
	egt_str_eq(info_of(f).state, "new");
	egt_eq(eg_yield(), 0);
	egt_str_eq(info_of(f).state, "ready");
	egt_eq(eg_yield(), 0);
	egt_str_eq(info_of(f).state, "parked");
	egt_str_eq(info_of(f).waits_for, "event");
	egt_ptr_eq(info_of(f).waits_on, &event);
	egt_eq(eg_event_set(&event), 1);
	egt_str_eq(info_of(f).state, "ready");
	egt_ptr_eq(info_of(f).waits_for, NULL);
	egt_ptr_eq(info_of(f).waits_on, NULL);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_str_eq(info_of(f).state, "dead");
	eg_unref(f);
}

static void *do_nothing(void *arg)
{
	return arg;
}

EG_TEST(a_reference_keeps_a_dead_fiber_readable)
{
	eg_spawn_options o = EG_SPAWN_INIT;
	eg_fiber *dead;
	uint64_t id;

	o.name = "late lamented";
	egt_eq(eg_spawn_with(&dead, do_nothing, NULL, &o), 0);
	id = info_of(dead).id;
	settle();
	/* Others would take its stack, were it free. */
	for (int i = 0; i < 100; i++)
		egt_eq(eg_spawn(NULL, do_nothing, NULL), 0);
	settle();
	egt_str_eq(info_of(dead).name, "late lamented");
	egt_eq(info_of(dead).id, id);
	egt_str_eq(info_of(dead).state, "dead");
	egt_ptr_eq(eg_unref(dead), NULL);
}

EG_TEST(info_of_the_main_fiber)
{
	eg_fiber_info info = info_of(NULL);

	egt_str_eq(info.name, "main");
	egt_str_eq(info.state, "running");
	egt_eq(info.stack_bytes, 0);
	egt_eq(info.stack_used_max, 0);
}

EG_TEST(ids_are_unique)
{
	eg_fiber *f[100];
	uint64_t last = info_of(NULL).id;

	for (size_t i = 0; i < ARRAY_LEN(f); i++) {
		egt_eq(eg_spawn(&f[i], do_nothing, NULL), 0);
		egt_lt(last, info_of(f[i]).id);
		last = info_of(f[i]).id;
		/* Half of the stacks are used again. */
		if (i % 2)
			egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(f); i += 2)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
}

static void *touch_16_pages(void *arg)
{
	volatile char pages[16 * 4096];

	for (size_t i = 0; i < sizeof(pages); i += 512)
		pages[i] = 1;
	return arg;
}

EG_TEST(info_knows_the_stack_and_its_use)
{
	eg_spawn_options o = EG_SPAWN_INIT;
	eg_fiber_info info;
	eg_fiber *f;

	o.stack_bytes = 256 * 1024;
	egt_eq(eg_spawn_with(&f, touch_16_pages, NULL, &o), 0);
	settle();
	info = info_of(f);
	egt_le(256 * 1024, info.stack_bytes);
	egt_le(15 * 4096, info.stack_used_max);
	egt_le(info.stack_used_max, info.stack_bytes);
	eg_unref(f);
}

EG_TEST(info_knows_where_it_was_spawned)
{
	eg_fiber *f;

	egt_eq(eg_spawn(&f, do_nothing, NULL), 0);
	egt_true(info_of(f).spawned_at);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

EG_TEST(names_are_cut)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
		{ "", "" },
		{ "short", "short" },
		{ "exactly twenty-three by", "exactly twenty-three by" },
		{ "exactly twenty-four byte", "exactly twenty-four byt" },
		{ "a name that is far too long for what there is",
		  "a name that is far too " },
	};
	eg_fiber *f;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		eg_spawn_options o = EG_SPAWN_INIT;
		char name[64];

		egt_case(cases[i].name);
		strcpy(name, cases[i].name);
		o.name = name;
		egt_eq(eg_spawn_with(&f, do_nothing, NULL, &o), 0);
		memset(name, 'x', sizeof(name));
		egt_str_eq(info_of(f).name, cases[i].want);
		egt_eq(eg_set_name(f, "other"), 0);
		egt_str_eq(info_of(f).name, "other");
		egt_eq(eg_set_name(NULL, cases[i].name), 0);
		egt_str_eq(info_of(NULL).name, cases[i].want);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	}
}

EG_TEST(dump_writes_a_line_for_each_fiber)
{
	char text[2048] = "";
	eg_event event = { 0 };
	eg_spawn_options o = EG_SPAWN_INIT;
	eg_fiber *f;
	int fd[2];

	egt_eq(pipe(fd), 0);
	o.name = "waits";
	egt_eq(eg_spawn_with(&f, see_myself_run, &event, &o), 0);
	settle();
	egt_eq(eg_dump(fd[1]), 2);
	egt_lt(0, read(fd[0], text, sizeof(text) - 1));
	egt_str_has(text, "'main' running");
	egt_str_has(text, "'waits' parked: waits for event 0x");
	egt_eq(eg_event_set(&event), 1);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(close(fd[0]), 0);
	egt_eq(close(fd[1]), 0);
	egt_eq(eg_dump(fd[1]), -EBADF);
}
