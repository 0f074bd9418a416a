/* SPDX-License-Identifier: MIT */
/*
 * What is given to a switch comes out of the target's pending one (semantics
 * GL-03, GL-04).
 */
#include "coro_kit.h"

/* GL-03 */
EG_TEST_PLAIN(coro_switch_gives_and_takes_values)
{
	eg_coro *c = coro_new(coro_adds_one);

	for (int i = 0; i < 1000; i++)
		egt_eq(coro_ask(c, 2 * i), 2 * i + 1);
	eg_coro_unref(c);
}

/* GL-03 */
EG_TEST_PLAIN(coro_switch_may_ignore_the_value)
{
	eg_coro *c = coro_new(coro_adds_one);

	for (int i = 0; i < 10; i++) {
		egt_eq(eg_coro_switch(c, V(i)).code, 0);
		egt_eq(coro_ask(c, i), i + 1);
	}
	eg_coro_unref(c);
}

static eg_coro_result ignores_it_once(void *value)
{
	(void)value;
	egt_eq(eg_coro_switch(eg_coro_main(), V(1)).code, 0);
	return eg_coro_switch(eg_coro_main(), V(2));
}

/* GL-03: a value that one did not want is not another's. */
EG_TEST_PLAIN(coro_value_not_wanted_is_gone)
{
	eg_coro *c = coro_new(ignores_it_once);

	egt_eq(coro_ask(c, 10), 1);
	egt_eq(coro_ask(c, 11), 2);
	egt_eq(coro_ask(c, 12), 12);
	egt_true(eg_coro_is_dead(c));
	eg_coro_unref(c);
}

/* GL-04 */
EG_TEST_PLAIN(coro_switch_to_itself_returns_the_value)
{
	RESULT_EQ(eg_coro_switch(eg_coro_self(), V(5)), 0, 5);
	RESULT_EQ(eg_coro_switch(eg_coro_self(), NULL), 0, 0);
}

static eg_coro_result switches_to_itself(void *value)
{
	eg_coro *self = eg_coro_self();

	return R(0, V(coro_ask(self, N(value)) + coro_ask(self, 1)));
}

/* GL-04 */
EG_TEST_PLAIN(coro_switch_to_itself_works_everywhere)
{
	eg_coro *c = coro_new(switches_to_itself);

	egt_eq(coro_ask(c, 5), 6);
	eg_coro_unref(c);
}

enum { RING = 100 };

static eg_coro *ring[RING];

static eg_coro_result passes_on(void *value)
{
	intptr_t self = N(eg_coro_data(eg_coro_self()));
	eg_coro *next = self + 1 < RING ? ring[self + 1] : eg_coro_main();

	for (;;) {
		eg_coro_result r = eg_coro_switch(next, V(N(value) + 1));

		if (r.code < 0)
			return r;
		value = r.value;
	}
	return R(0, NULL);
}

/* GL-03: not only to and fro. */
EG_TEST_PLAIN(coro_switch_goes_round_a_ring)
{
	for (int i = 0; i < RING; i++) {
		ring[i] = coro_new(passes_on);
		egt_eq(eg_coro_set_data(ring[i], V(i)), 0);
	}
	for (int i = 0; i < 50; i++)
		egt_eq(coro_ask(ring[0], i), i + RING);
	for (int i = 0; i < RING; i++)
		eg_coro_unref(ring[i]);
}

static eg_coro_result holds_registers(void *value)
{
	intptr_t a = N(value), b = a * 3, c = a ^ 0x55, d = a + 7, e = ~a;
	double x = (double)a / 3;

	for (int i = 0; i < 20; i++) {
		egt_eq(coro_ask(eg_coro_main(), 0), 0);
		a += b, b += c, c += d, d += e, e += a, x += 1;
	}
	return R(0, V(a + b + c + d + e + (intptr_t)x));
}

static intptr_t without_switches(intptr_t a)
{
	intptr_t b = a * 3, c = a ^ 0x55, d = a + 7, e = ~a;
	double x = (double)a / 3;

	for (int i = 0; i < 20; i++)
		a += b, b += c, c += d, d += e, e += a, x += 1;
	return a + b + c + d + e + (intptr_t)x;
}

/* GL-19: what is saved is what the ABI says survives a call. */
EG_TEST_PLAIN(coro_switch_keeps_what_a_call_keeps)
{
	eg_coro *c[5];

	for (int i = 0; i < 5; i++) {
		c[i] = coro_new(holds_registers);
		egt_eq(coro_ask(c[i], 100 * i), 0);
	}
	for (int n = 0; n < 19; n++)
		for (int i = 0; i < 5; i++)
			egt_eq(coro_ask(c[i], 0), 0);
	for (int i = 0; i < 5; i++) {
		egt_eq(coro_ask(c[i], 0), without_switches(100 * i));
		eg_coro_unref(c[i]);
	}
}

static eg_coro_result lends_its_stack(void *value)
{
	int local = 17;

	(void)value;
	egt_eq(eg_coro_switch(eg_coro_main(), &local).code, 0);
	return R(0, V(local));
}

/* GL-27: stacks stay in place. */
EG_TEST_PLAIN(coro_suspended_has_its_stack_in_place)
{
	eg_coro *c = coro_new(lends_its_stack);
	int *local = V(coro_ask(c, 0));

	egt_eq(*local, 17);
	*local = 18;
	egt_eq(coro_ask(c, 0), 18);
	eg_coro_unref(c);
}

static volatile char sink;

static __attribute__((noinline)) int dive(int depth)
{
	volatile char frame[512];

	frame[0] = (char)depth;
	sink = frame[0];
	/* Never 0: the compiler is not to know. */
	return sink == 0x7f && depth < 0 ? 0 : dive(depth + 1) + frame[0];
}

static eg_coro_result dives(void *value)
{
	return R(dive(1), value);
}

/* GL-27: a guard page is below each stack. */
EG_TEST_PLAIN_DIES(coro_overflow_hits_the_guard, SIGSEGV, "")
{
	if (IS_SANITIZED)
		egt_skip("the sanitizer has a handler of its own");
	coro_ask(coro_new(dives), 0);
}
