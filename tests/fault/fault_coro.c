/* SPDX-License-Identifier: MIT */
/*
 * Coroutines under faults: on a thread of their own, whose first call makes
 * everything, and in fibers.
 */
#include "fault_rig.h"

#include <pthread.h>

enum { COROS = 40, VALUES = 10 };

static eg_coro_result adds_one(void *value)
{
	eg_coro_result r = { 0, value };

	do {
		r = eg_coro_switch(eg_coro_main(), (char *)r.value + 1);
	} while (r.code == 0);
	return r;
}

/* A coroutine that was made can be asked, or there is no stack for it. */
static bool ask(eg_coro *c)
{
	for (intptr_t i = 0; i < VALUES; i++) {
		eg_coro_result r = eg_coro_switch(c, (void *)i);

		if (!fault_ok(r.code))
			return false;
		egt_eq((intptr_t)r.value, i + 1);
	}
	return true;
}

static bool use_many(void)
{
	eg_coro_options o = EG_CORO_INIT;
	eg_coro *c[COROS] = { NULL };
	bool is_well = true;

	/* Of several sizes: slabs of each are mapped. */
	for (int i = 0; i < COROS; i++) {
		o.stack_bytes = (size_t)4096 << i % 4 * 2;
		is_well &=
			fault_ok(eg_coro_new(&c[i], adds_one, &o)) && ask(c[i]);
	}
	for (int i = 0; i < COROS; i++)
		eg_coro_unref(c[i]);
	return is_well;
}

static void *uses_many(void *arg)
{
	(void)arg;
	/* No memory even for the main one: then there is no other. */
	if (!eg_coro_self())
		return FAULT_RESULT(!fault_ok(-ENOMEM));
	return FAULT_RESULT(use_many());
}

static bool in_thread(void *(*fn)(void *))
{
	pthread_t thread;
	void *result;

	egt_eq(pthread_create(&thread, NULL, fn, NULL), 0);
	egt_eq(pthread_join(thread, &result), 0);
	return result;
}

FAULT_TEST(fault_of_coroutines_in_a_thread)
{
	return !in_thread(uses_many);
}

FAULT_TEST(fault_of_coroutines_in_fibers)
{
	eg_fiber *f[3];
	bool is_well = true;

	for (int i = 0; i < 3; i++)
		f[i] = fault_spawn(uses_many, NULL);
	for (int i = 0; i < 3; i++)
		is_well &= fault_join(f[i]);
	return !is_well;
}

static eg_coro_result returns_it(void *value)
{
	return (eg_coro_result){ .value = value };
}

/* A result that would start a parent: without a stack for it, the error goes to
 * the next one, which is this. */
static bool start_parents(void)
{
	eg_coro_options o = EG_CORO_INIT;
	eg_coro *parent = NULL, *c = NULL;
	bool is_well;

	is_well = fault_ok(eg_coro_new(&parent, returns_it, NULL));
	o.parent = parent;
	is_well = is_well && fault_ok(eg_coro_new(&c, returns_it, &o)) &&
		  fault_ok(eg_coro_switch(c, NULL).code) &&
		  eg_coro_is_dead(parent);
	eg_coro_unref(c);
	eg_coro_unref(parent);
	return is_well;
}

FAULT_TEST(fault_of_unstarted_parents)
{
	return !start_parents();
}

static int counts(void *arg)
{
	for (intptr_t i = 0; i < VALUES; i++) {
		int r = eg_gen_yield((void *)i).code;

		if (r < 0)
			return r;
	}
	(void)arg;
	return 0;
}

static int passes_on(void *arg)
{
	eg_coro_result r;

	while ((r = eg_gen_next(arg)).code == 1) {
		r = eg_gen_yield(r.value);
		if (r.code < 0)
			break;
	}
	return r.code;
}

static int ignore_event(enum eg_coro_event event, eg_coro *origin,
			eg_coro *target, void *arg)
{
	int *events = arg;

	(void)event;
	(void)origin;
	(void)target;
	++*events;
	return 0;
}

static bool use_generators(void)
{
	eg_gen *first = NULL, *last = NULL;
	bool is_well;

	is_well = fault_ok(eg_gen_new(&first, counts, NULL, NULL)) &&
		  fault_ok(eg_gen_new(&last, passes_on, first, NULL));
	for (intptr_t i = 0; is_well && i < VALUES / 2; i++) {
		eg_coro_result r = eg_gen_next(last);

		is_well = fault_ok(r.code);
		egt_true(!is_well || (r.code == 1 && (intptr_t)r.value == i));
	}
	eg_gen_free(last);
	eg_gen_free(first);
	return is_well;
}

FAULT_TEST(fault_of_generators)
{
	return !use_generators();
}

FAULT_TEST(fault_of_traced_generators)
{
	int events = 0;
	bool is_well;

	is_well =
		fault_ok(eg_coro_set_trace(ignore_event, &events, NULL, NULL));
	is_well = is_well && use_generators();
	if (eg_coro_self())
		egt_eq(eg_coro_set_trace(NULL, NULL, NULL, NULL), 0);
	egt_true(!is_well || events > VALUES);
	return !is_well;
}
