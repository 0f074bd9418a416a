/* SPDX-License-Identifier: MIT */
/*
 * Events, results, conditions and barriers in many orders: as many wake as
 * were woken, with what they were woken with (semantics EV-02, EV-06, LK-10).
 */
#include "seeds.h"

enum { ROUNDS = 3, ROOM = 2, ITEMS = 4, BARRIER = 3 };

static struct {
	eg_event event;
	eg_result result;
	eg_mutex mutex;
	eg_cond cond, not_full, not_empty;
	eg_barrier barrier;
	int told;  /* to be woken, by the calls that wake */
	int woken; /* by what the waits returned */
	int value_told[ROUNDS + 1], value_woken[ROUNDS + 1];
	int inside;
	int made, taken, held;
	int makers;
	int opened, passed;
} s;

static void *wait_for_event(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		bool waits = !eg_event_is_set(&s.event);
		int r = eg_event_wait(&s.event, some_deadline());

		EG_TEST_CHECK(r == 0 || is_given_up(r));
		s.woken += waits && r == 0;
		pause_somehow();
	}
	return NULL;
}

static void *set_and_clear(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		int woken = eg_event_set(&s.event);

		EG_TEST_CHECK(woken >= 0);
		s.told += woken;
		pause_somehow();
		EG_TEST_CHECK(eg_event_clear(&s.event) == 0);
		pause_somehow();
	}
	return NULL;
}

SEED_TEST(event_wakes_all_it_counts)
{
	struct crowd c = { .count = 0 };

	memset(&s, 0, sizeof(s));
	crowd_spawn(&c, 4, wait_for_event);
	crowd_spawn(&c, 1, set_and_clear);
	crowd_disturb(&c);
	eg_sleep(50 * EG_MSEC);
	s.told += eg_event_set(&s.event); /* for who waits for ever */
	crowd_join(&c);
	EG_TEST_CHECK(s.told == s.woken);
	return 0;
}

static void *get_result(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		bool waits = !eg_result_is_set(&s.result);
		void *value = NULL;
		int r = eg_result_get(&s.result, &value, some_deadline());

		EG_TEST_CHECK(r == 0 || is_given_up(r));
		EG_TEST_CHECK((r == 0) == (value != NULL));
		if (waits && r == 0)
			s.value_woken[(intptr_t)value - 1]++;
		pause_somehow();
	}
	return NULL;
}

static void *set_and_reset(void *arg)
{
	(void)arg;
	for (intptr_t i = 0; i < ROUNDS; i++) {
		int woken = eg_result_set(&s.result, (void *)(i + 1));

		EG_TEST_CHECK(woken >= 0);
		s.value_told[i] += woken;
		EG_TEST_CHECK(eg_result_set(&s.result, NULL) == -EALREADY);
		pause_somehow();
		EG_TEST_CHECK(eg_result_reset(&s.result) == 0);
		pause_somehow();
	}
	return NULL;
}

SEED_TEST(result_gives_each_what_woke_it)
{
	struct crowd c = { .count = 0 };

	memset(&s, 0, sizeof(s));
	crowd_spawn(&c, 4, get_result);
	crowd_spawn(&c, 1, set_and_reset);
	eg_sleep(50 * EG_MSEC);
	s.value_told[ROUNDS] =
		eg_result_set(&s.result, (void *)(intptr_t)(ROUNDS + 1));
	crowd_join(&c);
	for (int i = 0; i <= ROUNDS; i++)
		EG_TEST_CHECK(s.value_told[i] == s.value_woken[i]);
	return 0;
}

static void *wait_for_signal(void *arg)
{
	int r;

	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		r = eg_mutex_lock(&s.mutex, EG_FOREVER);
		if (r < 0)
			break;
		EG_TEST_CHECK(s.inside++ == 0);
		s.inside--;
		r = eg_cond_wait(&s.cond, &s.mutex, some_deadline());
		EG_TEST_CHECK(r == 0 || is_given_up(r));
		EG_TEST_CHECK(s.inside++ == 0);
		s.woken += r == 0;
		pause_somehow();
		s.inside--;
		EG_TEST_CHECK(eg_mutex_unlock(&s.mutex) == 0);
	}
	return NULL;
}

static void *signal_some(void *arg)
{
	(void)arg;
	for (int i = 0; i < 2 * ROUNDS; i++) {
		int told = eg_test_random(3) ? eg_cond_signal(&s.cond)
					     : eg_cond_broadcast(&s.cond);

		EG_TEST_CHECK(told >= 0);
		s.told += told;
		pause_somehow();
	}
	return NULL;
}

SEED_TEST(cond_loses_no_signal)
{
	struct crowd c = { .count = 0 };

	memset(&s, 0, sizeof(s));
	crowd_spawn(&c, 4, wait_for_signal);
	crowd_spawn(&c, 1, signal_some);
	crowd_disturb(&c);
	for (int i = 0; i < 4 * ROUNDS; i++) {
		eg_sleep(50 * EG_MSEC);
		s.told += eg_cond_broadcast(&s.cond);
	}
	crowd_join(&c);
	EG_TEST_CHECK(s.told == s.woken);
	return 0;
}

static void *make_items(void *arg)
{
	(void)arg;
	for (int i = 0; i < ITEMS; i++) {
		EG_TEST_CHECK(eg_mutex_lock(&s.mutex, EG_FOREVER) == 0);
		while (s.held == ROOM)
			EG_TEST_CHECK(eg_cond_wait(&s.not_full, &s.mutex,
						   EG_FOREVER) == 0);
		EG_TEST_CHECK(++s.held <= ROOM);
		s.made++;
		eg_cond_signal(&s.not_empty);
		pause_somehow();
		EG_TEST_CHECK(eg_mutex_unlock(&s.mutex) == 0);
	}
	if (--s.makers == 0)
		eg_cond_broadcast(&s.not_empty);
	return NULL;
}

static void *take_items(void *arg)
{
	int r = 0;

	(void)arg;
	EG_TEST_CHECK(eg_mutex_lock(&s.mutex, EG_FOREVER) == 0);
	while (r == 0) {
		while (s.held == 0 && s.makers)
			EG_TEST_CHECK(eg_cond_wait(&s.not_empty, &s.mutex,
						   EG_FOREVER) == 0);
		if (s.held == 0)
			break;
		s.held--;
		s.taken++;
		eg_cond_signal(&s.not_full);
		pause_somehow();
	}
	EG_TEST_CHECK(eg_mutex_unlock(&s.mutex) == 0);
	return NULL;
}

SEED_TEST(cond_makes_a_bounded_buffer)
{
	struct crowd c = { .count = 0 };

	memset(&s, 0, sizeof(s));
	s.makers = 2;
	crowd_spawn(&c, 2, make_items);
	crowd_spawn(&c, 2, take_items);
	crowd_join(&c);
	EG_TEST_CHECK(s.made == 2 * ITEMS && s.taken == s.made);
	return 0;
}

static void *come(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		int r = eg_barrier_wait(&s.barrier, some_deadline());

		EG_TEST_CHECK(r == 0 || r == 1 || is_given_up(r));
		s.opened += r == 1;
		s.passed += r == 0;
		pause_somehow();
	}
	return NULL;
}

SEED_TEST(barrier_opens_for_so_many)
{
	struct crowd c = { .count = 0 };

	memset(&s, 0, sizeof(s));
	eg_barrier_init(&s.barrier, BARRIER);
	crowd_spawn(&c, 5, come);
	crowd_disturb(&c);
	eg_sleep(50 * EG_MSEC);
	for (int i = 0; i < c.count; i++)
		eg_cancel(c.fibers[i]); /* who waits for too few */
	crowd_join(&c);
	EG_TEST_CHECK(s.passed == (BARRIER - 1) * s.opened);
	return 0;
}
