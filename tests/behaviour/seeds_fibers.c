/* SPDX-License-Identifier: MIT */
/*
 * Ends, links, kills, groups, timeouts and timers in many orders: each is told
 * once, and what was taken back does not come (semantics SP-07, SP-12, TM-05).
 */
#include "seeds.h"

enum { ANSWER = 42 };

static struct {
	eg_fiber *target;
	eg_link link;
	eg_sem sem;
	eg_group group;
	eg_timer timer;
	eg_callback callback;
	int called, unlinked, got;
	int units;
	int first_kill, told, killed;
	int failed_first;
	bool is_stopped;
} s;

static void *answer(void *arg)
{
	(void)arg;
	pause_somehow();
	pause_somehow();
	if (eg_cancelled())
		return eg_fail(-ECANCELED, NULL);
	return eg_test_random(2) ? eg_fail(-EIO, NULL) : (void *)ANSWER;
}

static void *answer_well(void *arg)
{
	(void)arg;
	pause_somehow();
	pause_somehow();
	return (void *)ANSWER;
}

static void *get_answer(void *arg)
{
	void *value = NULL;
	int r;

	(void)arg;
	pause_somehow();
	r = eg_get(s.target, &value, some_deadline());
	EG_TEST_CHECK(r != 0 || value == (void *)ANSWER);
	EG_TEST_CHECK(r == 0 || r == -EIO || is_given_up(r));
	if (r == 0 || r == -EIO) {
		EG_TEST_CHECK(eg_fiber_is_done(s.target));
		EG_TEST_CHECK(!s.got || s.got == r + ANSWER);
		s.got = r + ANSWER;
	}
	return NULL;
}

SEED_TEST(get_is_the_same_for_all)
{
	struct crowd c = { .count = 0 };

	memset(&s, 0, sizeof(s));
	EG_TEST_CHECK(eg_spawn(&s.target, answer, NULL) == 0);
	crowd_spawn(&c, 4, get_answer);
	crowd_disturb(&c);
	pause_somehow();
	if (eg_test_random(3) == 0)
		eg_cancel(s.target);
	crowd_join(&c);
	/* Perhaps all have given up; then this one asks. */
	EG_TEST_CHECK(eg_fiber_wait(s.target, EG_FOREVER) == 0);
	eg_fiber_error(s.target, NULL);
	EG_TEST_CHECK(eg_join(s.target, NULL, EG_FOREVER) == 0);
	return 0;
}

static void *join_or_give_up(void *arg)
{
	void *value = NULL;
	int r;

	(void)arg;
	pause_somehow();
	r = eg_join(s.target, &value, eg_after(EG_MSEC));
	if (r == 0)
		s.got++;
	EG_TEST_CHECK(r == 0 || is_given_up(r));
	return NULL;
}

/* Who gave up has not joined: the next one can. */
SEED_TEST(join_is_once_whoever_gives_up)
{
	struct crowd c = { .count = 0 };

	memset(&s, 0, sizeof(s));
	EG_TEST_CHECK(eg_spawn(&s.target, answer_well, NULL) == 0);
	crowd_spawn(&c, 1, join_or_give_up);
	crowd_disturb(&c);
	crowd_join(&c);
	if (!s.got) {
		void *value = NULL;

		EG_TEST_CHECK(eg_join(s.target, &value, EG_FOREVER) == 0);
		EG_TEST_CHECK(value == (void *)ANSWER);
	}
	return 0;
}

static void count_call(eg_fiber *fiber, void *arg)
{
	(void)arg;
	EG_TEST_CHECK(fiber == s.target && eg_fiber_is_done(fiber));
	s.called++;
}

static void *take_link_back(void *arg)
{
	int r;

	(void)arg;
	pause_somehow();
	r = eg_fiber_unlink(&s.link);
	EG_TEST_CHECK(r == 0 || r == 1);
	s.unlinked += r;
	return NULL;
}

SEED_TEST(link_is_called_or_taken_back)
{
	struct crowd c = { .count = 0 };
	uint32_t flags = eg_test_random(2) ? EG_LINK_SPAWN : 0;

	memset(&s, 0, sizeof(s));
	EG_TEST_CHECK(eg_spawn(&s.target, answer, NULL) == 0);
	pause_somehow();
	EG_TEST_CHECK(
		eg_fiber_link(s.target, &s.link, count_call, NULL, flags) == 0);
	crowd_spawn(&c, (int)eg_test_random(3), take_link_back);
	crowd_join(&c);
	eg_fiber_wait(s.target, EG_FOREVER);
	eg_fiber_error(s.target, NULL);
	eg_sleep(EG_MSEC);
	EG_TEST_CHECK(s.called + s.unlinked == 1);
	EG_TEST_CHECK(eg_join(s.target, NULL, EG_FOREVER) == 0);
	return 0;
}

/* Lives until it is told to end, and says what it was told. */
static void *live(void *arg)
{
	int r;

	(void)arg;
	do {
		r = eg_test_random(2) ? eg_sleep(EG_MSEC)
				      : eg_sem_wait(&s.sem, some_deadline());
	} while (r == 0 || r == -ETIMEDOUT);
	s.told = r;
	EG_TEST_CHECK(eg_sleep(EG_SEC) == r);
	return NULL;
}

static void *kill_target(void *arg)
{
	static const int errors[] = { -ECANCELED, -EIO, -EPIPE };
	int error = errors[(intptr_t)arg % 3];
	bool waits = eg_test_random(2);
	int r;

	pause_somehow();
	if (!eg_fiber_is_done(s.target) && !s.first_kill)
		s.first_kill = error;
	r = eg_kill(s.target, error, waits ? EG_FOREVER : EG_NOW);
	EG_TEST_CHECK(r == 0);
	EG_TEST_CHECK(!waits || eg_fiber_is_done(s.target));
	return NULL;
}

SEED_TEST(kill_is_delivered_once)
{
	struct crowd c = { .count = 0 };

	memset(&s, 0, sizeof(s));
	EG_TEST_CHECK(eg_spawn(&s.target, live, NULL) == 0);
	crowd_spawn(&c, 3, kill_target);
	pause_somehow();
	eg_sem_post(&s.sem);
	crowd_join(&c);
	EG_TEST_CHECK(eg_fiber_wait(s.target, EG_FOREVER) == 0);
	/* Killed before it ran, it was told nothing. */
	EG_TEST_CHECK(s.told == 0 || s.told == s.first_kill);
	eg_fiber_error(s.target, NULL);
	EG_TEST_CHECK(eg_join(s.target, NULL, EG_FOREVER) == 0);
	return 0;
}

static int fail_somehow(void)
{
	pause_somehow();
	pause_somehow();
	return eg_cancelled() || eg_test_random(2) ? 0 : -EIO;
}

static void *member(void *arg)
{
	int r = fail_somehow();

	(void)arg;
	if (!r)
		return NULL;
	if (!s.failed_first)
		s.failed_first = r;
	return eg_fail(r, NULL);
}

static void *wait_for_group(void *arg)
{
	int r = eg_group_wait(&s.group, some_deadline());

	(void)arg;
	EG_TEST_CHECK(is_given_up(r) || eg_group_count(&s.group) == 0);
	return NULL;
}

SEED_TEST(group_ends_with_the_first_error)
{
	struct crowd c = { .count = 0 };
	int r;

	memset(&s, 0, sizeof(s));
	eg_group_init_with(&s.group, EG_GROUP_FAIL_FAST);
	for (int i = 0; i < 3; i++)
		EG_TEST_CHECK(eg_group_spawn(&s.group, member, NULL, NULL) ==
			      0);
	crowd_spawn(&c, 2, wait_for_group);
	crowd_disturb(&c);
	r = eg_test_random(2) ? eg_group_wait(&s.group, EG_FOREVER)
			      : eg_group_done(&s.group);
	EG_TEST_CHECK(r == s.failed_first);
	EG_TEST_CHECK(eg_group_count(&s.group) == 0);
	crowd_join(&c);
	return 0;
}

/* A wait lasts until the least of its deadlines, and no nanosecond longer. */
static void wait_until(int64_t least)
{
	int r = eg_sem_wait(&s.sem, EG_FOREVER);

	EG_TEST_CHECK(r == 0 || is_given_up(r));
	EG_TEST_CHECK(r != -ETIMEDOUT || least <= eg_now());
	EG_TEST_CHECK(eg_now() <= least);
	s.got += r == 0;
}

/* Waits in two regions, for a unit that may come at that very instant. */
static void *wait_in_regions(void *arg)
{
	int64_t outer_deadline = some_deadline();
	int64_t inner_deadline = some_deadline();
	eg_timeout outer, inner;
	bool has_passed;

	(void)arg;
	EG_TEST_CHECK(eg_timeout_begin(&outer, outer_deadline) == 0);
	EG_TEST_CHECK(eg_timeout_begin(&inner, inner_deadline) == 0);
	wait_until(inner_deadline < outer_deadline ? inner_deadline
						   : outer_deadline);
	has_passed = inner_deadline <= eg_now();
	EG_TEST_CHECK((eg_timeout_end(&inner) == 0) == !has_passed);
	if (outer_deadline > eg_now())
		wait_until(outer_deadline);
	has_passed = outer_deadline <= eg_now();
	EG_TEST_CHECK((eg_timeout_end(&outer) == 0) == !has_passed);
	return NULL;
}

static void *post_units(void *arg)
{
	(void)arg;
	for (int i = 0; i < 3; i++) {
		pause_somehow();
		EG_TEST_CHECK(eg_sem_post(&s.sem) == 0);
		s.units++;
	}
	return NULL;
}

SEED_TEST(timeout_costs_no_unit)
{
	struct crowd c = { .count = 0 };

	memset(&s, 0, sizeof(s));
	crowd_spawn(&c, 4, wait_in_regions);
	crowd_spawn(&c, 1, post_units);
	crowd_disturb(&c);
	eg_sleep(20 * EG_MSEC);
	for (int i = 0; i < c.count; i++)
		eg_cancel(c.fibers[i]); /* there may be fewer units */
	crowd_join(&c);
	EG_TEST_CHECK(s.got + eg_sem_units(&s.sem) == s.units);
	return 0;
}

static void fired(eg_timer *timer, void *arg)
{
	(void)arg;
	EG_TEST_CHECK(timer == &s.timer && !s.is_stopped);
	s.called++;
}

static void called(void *arg)
{
	(void)arg;
	EG_TEST_CHECK(!s.is_stopped);
	s.called++;
}

static void *start_and_stop(void *arg)
{
	for (int i = 0; i < 4; i++) {
		bool is_timer = arg == NULL;

		s.is_stopped = false;
		EG_TEST_CHECK(
			(is_timer ? eg_timer_start(&s.timer, some_deadline())
				  : eg_callback_queue(&s.callback)) == 0);
		pause_somehow();
		EG_TEST_CHECK((is_timer ? eg_timer_stop(&s.timer)
					: eg_callback_stop(&s.callback)) == 0);
		s.is_stopped = true;
		pause_somehow();
	}
	return NULL;
}

SEED_TEST(timer_stopped_does_not_fire)
{
	eg_fiber *f;

	memset(&s, 0, sizeof(s));
	eg_timer_init(&s.timer, fired, NULL);
	EG_TEST_CHECK(eg_spawn(&f, start_and_stop, NULL) == 0);
	EG_TEST_CHECK(eg_join(f, NULL, EG_FOREVER) == 0);
	return 0;
}

SEED_TEST(callback_stopped_is_not_called)
{
	eg_fiber *f;

	memset(&s, 0, sizeof(s));
	eg_callback_init(&s.callback, called, NULL);
	EG_TEST_CHECK(eg_spawn(&f, start_and_stop, &s) == 0);
	EG_TEST_CHECK(eg_join(f, NULL, EG_FOREVER) == 0);
	return 0;
}
