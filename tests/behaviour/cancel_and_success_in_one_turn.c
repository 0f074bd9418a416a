/* SPDX-License-Identifier: MIT */
/*
 * A cancel and a success that meet: one of them wins, never both, and what the
 * loser did not take goes to the next (semantics LK-05, QU-04).
 */
#include "fiber_trace.h"

struct taker {
	eg_sem *sem;
	eg_mutex *mutex;
	eg_chan *chan;
	int result;
	long value;
};

static void *take_unit(void *arg)
{
	struct taker *t = arg;

	t->result = eg_sem_wait(t->sem, EG_FOREVER);
	return NULL;
}

static void *take_mutex(void *arg)
{
	struct taker *t = arg;

	t->result = eg_mutex_lock(t->mutex, EG_FOREVER);
	if (t->result == 0)
		egt_eq(eg_mutex_unlock(t->mutex), 0);
	return NULL;
}

static void *take_value(void *arg)
{
	struct taker *t = arg;

	t->result = eg_chan_recv(t->chan, &t->value, EG_FOREVER);
	return NULL;
}

static void *give_value(void *arg)
{
	struct taker *t = arg;

	t->result = eg_chan_send(t->chan, &t->value, EG_FOREVER);
	return NULL;
}

/* Spawns @n takers with @fn, and lets them queue up. */
static void queue_up(eg_fiber **f, struct taker *t, size_t n, eg_fiber_fn *fn)
{
	for (size_t i = 0; i < n; i++)
		egt_eq(eg_spawn(&f[i], fn, &t[i]), 0);
	settle();
}

static void join_all(eg_fiber **f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
}

EG_TEST(a_unit_goes_to_the_next_when_the_first_is_cancelled)
{
	eg_sem sem = { 0 };
	struct taker t[] = { { .sem = &sem }, { .sem = &sem } };
	eg_fiber *f[2];

	queue_up(f, t, 2, take_unit);
	egt_eq(eg_cancel(f[0]), 0);
	egt_eq(eg_sem_post(&sem), 0);
	join_all(f, 2);
	egt_eq(t[0].result, -ECANCELED);
	egt_eq(t[1].result, 0);
	egt_eq(eg_sem_units(&sem), 0);
}

EG_TEST(a_unit_handed_over_is_kept_when_cancelled_after)
{
	eg_sem sem = { 0 };
	struct taker t[] = { { .sem = &sem }, { .sem = &sem } };
	eg_fiber *f[2];

	queue_up(f, t, 2, take_unit);
	egt_eq(eg_sem_post(&sem), 0);
	egt_eq(eg_cancel(f[0]), 0);
	egt_eq(eg_cancel(f[1]), 0);
	join_all(f, 2);
	egt_eq(t[0].result, 0);
	egt_eq(t[1].result, -ECANCELED);
	egt_eq(eg_sem_units(&sem), 0);
}

EG_TEST(a_mutex_is_never_orphaned)
{
	static const struct {
		const char *name;
		bool is_cancel_first;
		int want;
	} cases[] = {
		{ "cancelled, then unlocked", true, -ECANCELED },
		{ "unlocked, then cancelled", false, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		eg_mutex mutex = { 0 };
		struct taker t[] = { { .mutex = &mutex }, { .mutex = &mutex } };
		eg_fiber *f[2];

		egt_case(cases[i].name);
		egt_eq(eg_mutex_lock(&mutex, EG_FOREVER), 0);
		queue_up(f, t, 2, take_mutex);
		if (cases[i].is_cancel_first)
			egt_eq(eg_cancel(f[0]), 0);
		egt_eq(eg_mutex_unlock(&mutex), 0);
		if (!cases[i].is_cancel_first)
			egt_eq(eg_cancel(f[0]), 0);
		join_all(f, 2);
		egt_eq(t[0].result, cases[i].want);
		egt_eq(t[1].result, 0);
		egt_eq(eg_mutex_lock(&mutex, EG_NOW), 0);
		egt_eq(eg_mutex_unlock(&mutex), 0);
	}
}

EG_TEST(a_value_is_not_lost_to_a_cancelled_receiver)
{
	static const struct {
		const char *name;
		bool is_cancel_first;
		size_t capacity;
	} cases[] = {
		{ "cancelled, then sent; rendezvous", true, 0 },
		{ "sent, then cancelled; rendezvous", false, 0 },
		{ "cancelled, then sent; ring", true, 4 },
		{ "sent, then cancelled; ring", false, 4 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct taker t[2] = { { .value = 0 }, { .value = 0 } };
		bool is_cancel_first = cases[i].is_cancel_first;
		eg_fiber *f[2];
		eg_chan *chan;
		long value = 42;

		egt_case(cases[i].name);
		egt_eq(eg_chan_new(&chan, sizeof(value), cases[i].capacity), 0);
		t[0].chan = chan;
		t[1].chan = chan;
		queue_up(f, t, 2, take_value);
		if (is_cancel_first)
			egt_eq(eg_cancel(f[0]), 0);
		egt_eq(eg_chan_send(chan, &value, EG_NOW), 0);
		if (!is_cancel_first)
			egt_eq(eg_cancel(f[0]), 0);
		settle();
		egt_eq(t[is_cancel_first].value, 42);
		egt_eq(t[is_cancel_first].result, 0);
		egt_eq(t[!is_cancel_first].value, 0);
		egt_eq(eg_chan_close(chan), 0);
		join_all(f, 2);
		egt_eq(t[!is_cancel_first].result,
		       is_cancel_first ? -ECANCELED : -EPIPE);
		eg_chan_unref(chan);
	}
}

EG_TEST(a_cancelled_senders_value_is_not_delivered)
{
	static const size_t capacities[] = { 0, 1, 3 };

	for (size_t i = 0; i < ARRAY_LEN(capacities); i++) {
		struct taker t[3] = { { .value = 1 },
				      { .value = 2 },
				      { .value = 3 } };
		eg_fiber *f[3];
		eg_chan *chan;
		long value = 0;

		egt_casef("capacity %zu", capacities[i]);
		egt_eq(eg_chan_new(&chan, sizeof(value), capacities[i]), 0);
		for (size_t j = 0; j < capacities[i]; j++)
			egt_eq(eg_chan_send(chan, &value, EG_NOW), 0);
		for (size_t j = 0; j < 3; j++)
			t[j].chan = chan;
		queue_up(f, t, 3, give_value);
		egt_eq(eg_cancel(f[1]), 0);
		for (size_t j = 0; j < capacities[i]; j++) {
			egt_eq(eg_chan_recv(chan, &value, EG_NOW), 0);
			egt_eq(value, 0);
		}
		egt_eq(eg_chan_recv(chan, &value, EG_NOW), 0);
		egt_eq(value, 1);
		egt_eq(eg_chan_recv(chan, &value, EG_NOW), 0);
		egt_eq(value, 3);
		egt_eq(eg_chan_recv(chan, &value, EG_NOW), -ETIMEDOUT);
		join_all(f, 3);
		egt_eq(t[0].result, 0);
		egt_eq(t[1].result, -ECANCELED);
		egt_eq(t[2].result, 0);
		eg_chan_unref(chan);
	}
}

EG_TEST(a_sender_cancelled_after_its_value_was_taken_has_sent)
{
	struct taker t = { .value = 9 };
	eg_chan *chan;
	eg_fiber *f;
	long value = 0;

	egt_eq(eg_chan_new(&chan, sizeof(value), 0), 0);
	t.chan = chan;
	queue_up(&f, &t, 1, give_value);
	egt_eq(eg_chan_recv(chan, &value, EG_NOW), 0);
	egt_eq(eg_cancel(f), 0);
	join_all(&f, 1);
	egt_eq(value, 9);
	egt_eq(t.result, 0);
	eg_chan_unref(chan);
}

struct sleeper {
	int64_t due;
	int result;
};

static void *sleep_until(void *arg)
{
	struct sleeper *s = arg;

	s->result = eg_sleep_until(s->due);
	return NULL;
}

/* The victim's own timer and the canceller's are due in one turn. */
EG_TEST(a_sleep_that_ends_as_it_is_cancelled, .backends = EGT_SIM)
{
	for (int i = 0; i < 2; i++) {
		struct sleeper s = { .due = eg_after(EG_MSEC) };
		eg_fiber *f;

		egt_case(i ? "cancelled in the same turn" : "a turn earlier");
		egt_eq(eg_spawn(&f, sleep_until, &s), 0);
		egt_eq(eg_sleep_until(s.due - 1 + i), 0);
		egt_eq(eg_cancel(f), 0);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		/* Main set its timer first, so it runs first, but by then
		 * the sleeper is ready: it has slept. */
		egt_eq(s.result, i ? 0 : -ECANCELED);
	}
}
