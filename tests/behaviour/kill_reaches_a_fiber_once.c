/* SPDX-License-Identifier: MIT */
/*
 * eg_kill(): before the start, while waiting, twice, of oneself, behind a
 * shield; and living on after it (semantics SP-10 to SP-13, SP-22). On each
 * call that waits: cancel_interrupts_every_call.c.
 */
#include "fiber_trace.h"

struct victim {
	struct trace *trace;
	eg_event event;
	int result[3];
	int uncancelled;
};

static void *wait_thrice(void *arg)
{
	struct victim *v = arg;

	for (int i = 0; i < 3; i++)
		v->result[i] = eg_event_wait(&v->event, EG_FOREVER);
	return v;
}

EG_TEST(kill_is_what_each_wait_returns)
{
	static const int errors[] = { -ECANCELED, -EIO, -1, -4095, -EDEADLK };

	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		struct victim v = { .trace = NULL };
		void *value = NULL;
		eg_fiber *f;

		egt_casef("%d", errors[i]);
		egt_eq(eg_spawn(&f, wait_thrice, &v), 0);
		egt_eq(eg_yield(), 0);
		egt_eq(eg_kill(f, errors[i], EG_FOREVER), 0);
		egt_true(eg_fiber_is_done(f));
		for (int k = 0; k < 3; k++)
			egt_eq(v.result[k], errors[i]);
		/* It did not fail: it was told, and ended. */
		egt_eq(eg_get(f, &value, EG_NOW), 0);
		egt_ptr_eq(value, &v);
		egt_eq(eg_detach(f), 0);
	}
}

EG_TEST(first_kill_stays)
{
	struct victim v = { .trace = NULL };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, wait_thrice, &v), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_kill(f, -EPIPE, EG_NOW), 0);
	egt_eq(eg_kill(f, -EIO, EG_NOW), 0);
	egt_eq(eg_cancel(f), 0);
	egt_eq(eg_kill(f, -EIO, EG_FOREVER), 0);
	for (int k = 0; k < 3; k++)
		egt_eq(v.result[k], -EPIPE);
	/* One that has ended is left alone. */
	egt_eq(eg_kill(f, -EIO, EG_FOREVER), 0);
	egt_eq(eg_kill(f, -EIO, EG_NOW), 0);
	egt_eq(eg_fiber_error(f, NULL), 0);
	egt_eq(eg_detach(f), 0);
}

static void *must_not_run(void *arg)
{
	egt_fail("ran with %p", arg);
}

EG_TEST(kill_before_the_start_is_its_error)
{
	static const int errors[] = { -ECANCELED, -EIO };

	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		for (int late = 0; late < 2; late++) {
			void *value = NULL;
			eg_fiber *f;

			egt_casef("%d, %d", errors[i], late);
			egt_eq(eg_spawn_later(&f, must_not_run, NULL,
					      late ? EG_FOREVER : EG_NOW),
			       0);
			egt_eq(eg_kill(f, errors[i], EG_FOREVER), 0);
			egt_eq(eg_fiber_succeeded(f), errors[i] == -ECANCELED);
			egt_eq(eg_get(f, NULL, EG_NOW), errors[i]);
			egt_eq(eg_join(f, &value, EG_NOW), 0);
			egt_ptr_eq(value, EG_CANCELED);
		}
	}
}

static void *yield_once(void *arg)
{
	struct victim *v = arg;

	v->result[0] = eg_yield();
	trace_add(v->trace, 'r');
	v->result[1] = eg_event_wait(&v->event, EG_FOREVER);
	trace_add(v->trace, 'k');
	return NULL;
}

/* SP-12: who is ready keeps what it was woken with, and runs first. */
EG_TEST(kill_of_a_ready_fiber_waits_for_its_next_wait)
{
	struct trace t = { .len = 0 };
	struct victim v = { .trace = &t };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, yield_once, &v), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_kill(f, -EPIPE, EG_NOW), 0);
	egt_str_eq(t.text, "");
	egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
	egt_eq(v.result[0], 0);
	egt_eq(v.result[1], -EPIPE);
	egt_str_eq(t.text, "rk");
	egt_eq(eg_detach(f), 0);
}

EG_TEST(woken_fiber_keeps_its_success)
{
	struct victim v = { .trace = NULL };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, wait_thrice, &v), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_event_set(&v.event), 1);
	egt_eq(eg_event_clear(&v.event), 0);
	egt_eq(eg_kill(f, -EPIPE, EG_FOREVER), 0);
	egt_eq(v.result[0], 0);
	egt_eq(v.result[1], -EPIPE);
	egt_eq(v.result[2], -EPIPE);
	egt_eq(eg_detach(f), 0);
}

/* Delivered first in, first out. */
struct named {
	struct trace *trace;
	char letter;
};

static void *wait_and_sign(void *arg)
{
	struct named *n = arg;

	egt_eq(eg_sleep(EG_FOREVER), -EIO);
	trace_add(n->trace, n->letter);
	return NULL;
}

EG_TEST(kills_are_delivered_in_order)
{
	struct trace t = { .len = 0 };
	struct named n[4];
	struct letter l = { &t, 'x' };
	eg_fiber *f[4];

	for (int i = 0; i < 4; i++) {
		n[i] = (struct named){ &t, (char)('a' + i) };
		egt_eq(eg_spawn(&f[i], wait_and_sign, &n[i]), 0);
	}
	egt_eq(eg_yield(), 0);
	egt_eq(eg_kill(f[2], -EIO, EG_NOW), 0);
	egt_eq(eg_spawn(NULL, write_letter, &l), 0);
	egt_eq(eg_kill(f[0], -EIO, EG_NOW), 0);
	egt_eq(eg_kill(f[3], -EIO, EG_NOW), 0);
	egt_eq(eg_kill(f[1], -EIO, EG_FOREVER), 0);
	egt_str_eq(t.text, "cxadb");
	for (int i = 0; i < 4; i++)
		egt_eq(eg_detach(f[i]), 0);
}

static void *kill_self(void *arg)
{
	struct victim *v = arg;

	egt_eq(eg_kill(eg_self(), -EPIPE, EG_NOW), 0);
	egt_true(eg_cancelled());
	v->result[0] = eg_event_wait(&v->event, EG_FOREVER);
	egt_eq(eg_uncancel(), 1);
	v->result[1] = eg_kill(eg_self(), -EIO, EG_FOREVER);
	return v;
}

EG_TEST(fiber_kills_itself)
{
	struct victim v = { .trace = NULL };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, kill_self, &v), 0);
	egt_eq(eg_get(f, NULL, EG_FOREVER), 0);
	egt_eq(v.result[0], -EPIPE);
	egt_eq(v.result[1], -EIO);
	egt_eq(eg_detach(f), 0);
}

static void *wait_shielded(void *arg)
{
	struct victim *v = arg;
	eg_timeout shield;

	egt_eq(eg_shield_begin(&shield), 0);
	v->result[0] = eg_event_wait(&v->event, EG_FOREVER);
	egt_true(eg_cancelled());
	egt_eq(eg_shield_end(&shield), 0);
	egt_eq(eg_event_clear(&v->event), 0);
	v->result[1] = eg_event_wait(&v->event, EG_FOREVER);
	return NULL;
}

EG_TEST(kill_waits_behind_a_shield)
{
	struct victim v = { .trace = NULL };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, wait_shielded, &v), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_kill(f, -EPIPE, eg_after(EG_MSEC)), -ETIMEDOUT);
	egt_true(!eg_fiber_is_done(f));
	egt_eq(eg_event_set(&v.event), 1);
	egt_eq(eg_kill(f, -EIO, EG_FOREVER), 0);
	egt_eq(v.result[0], 0);
	egt_eq(v.result[1], -EPIPE);
	egt_eq(eg_detach(f), 0);
}

static void *live_on(void *arg)
{
	struct victim *v = arg;

	for (int i = 0; i < 3; i++) {
		v->result[i] = eg_event_wait(&v->event, EG_FOREVER);
		egt_eq(eg_cancelled(), v->result[i] != 0);
		v->uncancelled += eg_uncancel();
		egt_eq(eg_uncancel(), 0);
		egt_true(!eg_cancelled());
	}
	return v;
}

EG_TEST(killed_fiber_may_live_on_and_be_killed_again)
{
	struct victim v = { .trace = NULL };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, live_on, &v), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_kill(f, -EPIPE, eg_after(EG_MSEC)), -ETIMEDOUT);
	egt_eq(eg_kill(f, -EIO, eg_after(EG_MSEC)), -ETIMEDOUT);
	/* And its waits succeed again. */
	egt_eq(eg_event_set(&v.event), 1);
	egt_eq(eg_get(f, NULL, EG_FOREVER), 0);
	egt_eq(v.result[0], -EPIPE);
	egt_eq(v.result[1], -EIO);
	egt_eq(v.result[2], 0);
	egt_eq(v.uncancelled, 2);
	egt_eq(eg_detach(f), 0);
}

static void *uncancel_before(void *arg)
{
	struct victim *v = arg;

	egt_eq(eg_yield(), 0);
	v->uncancelled = eg_uncancel();
	v->result[0] = eg_event_wait(&v->event, EG_FOREVER);
	return NULL;
}

/* A kill that was taken back before a wait met it has no effect. */
EG_TEST(kill_is_taken_back_before_it_is_met)
{
	struct victim v = { .trace = NULL };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, uncancel_before, &v), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_kill(f, -EPIPE, EG_NOW), 0);
	settle();
	egt_eq(v.uncancelled, 1);
	egt_true(!eg_fiber_is_done(f));
	egt_eq(eg_event_set(&v.event), 1);
	egt_eq(eg_get(f, NULL, EG_FOREVER), 0);
	egt_eq(v.result[0], 0);
	egt_eq(eg_detach(f), 0);
}

/* The killer is killed itself while it waits; the victim stays killed. */
struct killer {
	eg_fiber *victim;
	int result;
};

static void *kill_and_wait(void *arg)
{
	struct killer *k = arg;

	k->result = eg_kill(k->victim, -EPIPE, EG_FOREVER);
	return NULL;
}

EG_TEST(killer_may_be_killed_while_it_waits)
{
	struct victim v = { .trace = NULL };
	struct killer k = { .result = 1 };
	eg_fiber *f;

	egt_eq(eg_spawn(&k.victim, wait_shielded, &v), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_spawn(&f, kill_and_wait, &k), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_kill(f, -EIO, EG_FOREVER), 0);
	egt_eq(k.result, -EIO);
	egt_eq(eg_event_set(&v.event), 1);
	egt_eq(eg_get(k.victim, NULL, EG_FOREVER), 0);
	egt_eq(v.result[1], -EPIPE);
	egt_eq(eg_detach(f), 0);
	egt_eq(eg_detach(k.victim), 0);
}

/* Two kill each other, and both wait for the end. */
static void *kill_the_other(void *arg)
{
	struct killer *k = arg;

	egt_eq(eg_yield(), 0);
	k->result = eg_kill(k->victim, -EPIPE, EG_FOREVER);
	return NULL;
}

EG_TEST(two_may_kill_each_other)
{
	struct killer k[2] = { { .result = 1 }, { .result = 1 } };

	egt_eq(eg_spawn(&k[1].victim, kill_the_other, &k[0]), 0);
	egt_eq(eg_spawn(&k[0].victim, kill_the_other, &k[1]), 0);
	egt_eq(eg_fiber_wait(k[0].victim, EG_FOREVER), 0);
	egt_eq(eg_fiber_wait(k[1].victim, EG_FOREVER), 0);
	/* The first waits, and is met by the second's kill; that one meets the
	 * first's at its own wait. */
	egt_eq(k[0].result, -EPIPE);
	egt_eq(k[1].result, -EPIPE);
	egt_eq(eg_detach(k[0].victim), 0);
	egt_eq(eg_detach(k[1].victim), 0);
}

static void kill_in_hub(void *arg)
{
	egt_eq(eg_kill(arg, -EPIPE, EG_NOW), 0);
}

EG_TEST(hub_may_kill_without_waiting)
{
	struct victim v = { .trace = NULL };
	eg_callback c;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, wait_thrice, &v), 0);
	egt_eq(eg_callback_init(&c, kill_in_hub, f), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_callback_queue(&c), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(v.result[0], -EPIPE);
}
