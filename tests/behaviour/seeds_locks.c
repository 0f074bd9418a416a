/* SPDX-License-Identifier: MIT */
/*
 * Locks in many orders: one owner, hand-over in line, and no unit is lost to
 * who gives up (semantics LK-05, LK-11).
 */
#include "seeds.h"

enum { ROUNDS = 3, UNITS = 2 };

static struct {
	eg_mutex mutex;
	eg_rmutex rmutex;
	eg_rwlock rwlock;
	eg_sem sem;
	int inside;
	int readers, writers;
	int next_ticket, last_ticket;
	int waiting;
} s;

static void *use_mutex(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		int ticket = ++s.next_ticket;
		int r = eg_mutex_lock(&s.mutex, some_deadline());

		if (r == 0) {
			EG_TEST_CHECK(++s.inside == 1);
			EG_TEST_CHECK(ticket > s.last_ticket);
			s.last_ticket = ticket;
			pause_somehow();
			s.inside--;
			EG_TEST_CHECK(eg_mutex_unlock(&s.mutex) == 0);
		}
		EG_TEST_CHECK(r == 0 || is_given_up(r));
		pause_somehow();
	}
	return NULL;
}

SEED_TEST(mutex_has_one_owner_in_line)
{
	struct crowd c = { .count = 0 };

	memset(&s, 0, sizeof(s));
	crowd_spawn(&c, 4, use_mutex);
	crowd_disturb(&c);
	crowd_join(&c);
	EG_TEST_CHECK(eg_mutex_lock(&s.mutex, EG_NOW) == 0);
	EG_TEST_CHECK(eg_mutex_unlock(&s.mutex) == 0);
	return 0;
}

static void *use_rmutex(void *arg)
{
	int depth = (int)(intptr_t)arg % 3 + 1;

	for (int i = 0; i < ROUNDS; i++) {
		int held = 0;

		while (held < depth &&
		       eg_rmutex_lock(&s.rmutex, some_deadline()) == 0) {
			EG_TEST_CHECK(held || s.inside++ == 0);
			held++;
			pause_somehow();
		}
		for (; held; held--) {
			s.inside -= held == 1;
			EG_TEST_CHECK(eg_rmutex_unlock(&s.rmutex) == 0);
			pause_somehow();
		}
	}
	return NULL;
}

SEED_TEST(rmutex_is_free_after_as_many_unlocks)
{
	struct crowd c = { .count = 0 };

	memset(&s, 0, sizeof(s));
	crowd_spawn(&c, 3, use_rmutex);
	crowd_disturb(&c);
	crowd_join(&c);
	EG_TEST_CHECK(eg_rmutex_lock(&s.rmutex, EG_NOW) == 0);
	EG_TEST_CHECK(eg_rmutex_unlock(&s.rmutex) == 0);
	return 0;
}

/* A writer gets it after all who came before, and before all who came after. */
static void read_or_write(bool writes)
{
	int ticket = ++s.next_ticket;
	int r = writes ? eg_rwlock_wrlock(&s.rwlock, some_deadline())
		       : eg_rwlock_rdlock(&s.rwlock, some_deadline());

	EG_TEST_CHECK(r == 0 || is_given_up(r));
	if (r < 0)
		return;
	s.readers += !writes;
	s.writers += writes;
	EG_TEST_CHECK(s.writers == 0 || (s.writers == 1 && s.readers == 0));
	EG_TEST_CHECK(!writes || ticket > s.last_ticket);
	s.last_ticket = ticket > s.last_ticket ? ticket : s.last_ticket;
	pause_somehow();
	s.readers -= !writes;
	s.writers -= writes;
	EG_TEST_CHECK(eg_rwlock_unlock(&s.rwlock) == 0);
}

static void *use_rwlock(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		read_or_write((intptr_t)arg < 2);
		pause_somehow();
	}
	return NULL;
}

SEED_TEST(rwlock_keeps_writers_alone_in_line)
{
	struct crowd c = { .count = 0 };

	memset(&s, 0, sizeof(s));
	crowd_spawn(&c, 5, use_rwlock);
	crowd_disturb(&c);
	crowd_join(&c);
	EG_TEST_CHECK(eg_rwlock_wrlock(&s.rwlock, EG_NOW) == 0);
	EG_TEST_CHECK(eg_rwlock_unlock(&s.rwlock) == 0);
	return 0;
}

static void *write_or_give_up(void *arg)
{
	(void)arg;
	pause_somehow();
	EG_TEST_CHECK(is_given_up(
		eg_rwlock_wrlock(&s.rwlock, eg_after(2 * EG_MSEC))));
	return NULL;
}

static void *read_after_all(void *arg)
{
	(void)arg;
	pause_somehow();
	EG_TEST_CHECK(eg_rwlock_rdlock(&s.rwlock, EG_FOREVER) == 0);
	EG_TEST_CHECK(eg_rwlock_unlock(&s.rwlock) == 0);
	return NULL;
}

/* Main reads all the time: a writer that has given up holds up nobody. */
SEED_TEST(rwlock_lets_readers_in_past_who_gave_up)
{
	struct crowd writers = { .count = 0 }, readers = { .count = 0 };

	memset(&s, 0, sizeof(s));
	EG_TEST_CHECK(eg_rwlock_rdlock(&s.rwlock, EG_FOREVER) == 0);
	crowd_spawn(&writers, 2, write_or_give_up);
	crowd_spawn(&readers, 3, read_after_all);
	crowd_disturb(&writers);
	crowd_join(&readers);
	crowd_join(&writers);
	EG_TEST_CHECK(eg_rwlock_unlock(&s.rwlock) == 0);
	return 0;
}

static void *use_sem(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		int r = eg_sem_wait(&s.sem, some_deadline());

		if (r == 0) {
			EG_TEST_CHECK(++s.inside <= UNITS);
			pause_somehow();
			s.inside--;
			EG_TEST_CHECK(eg_sem_post(&s.sem) == 0);
		}
		EG_TEST_CHECK(r == 0 || is_given_up(r));
		pause_somehow();
	}
	return NULL;
}

SEED_TEST(sem_loses_no_unit)
{
	struct crowd c = { .count = 0 };

	memset(&s, 0, sizeof(s));
	eg_sem_init(&s.sem, UNITS);
	crowd_spawn(&c, 5, use_sem);
	crowd_disturb(&c);
	crowd_join(&c);
	EG_TEST_CHECK(eg_sem_units(&s.sem) == UNITS);
	return 0;
}

static void *fill_sem(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		s.waiting += eg_sem_post_wait(&s.sem, some_deadline()) == 0;
		pause_somehow();
	}
	return NULL;
}

static void *empty_sem(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		int64_t deadline =
			eg_after((int64_t)eg_test_random(4) * EG_MSEC);

		if (eg_test_random(3) == 0)
			eg_sem_peek(&s.sem, deadline);
		s.waiting -= eg_sem_wait(&s.sem, deadline) == 0;
		pause_somehow();
	}
	return NULL;
}

SEED_TEST(sem_with_a_bound_counts_both_sides)
{
	struct crowd c = { .count = 0 };

	memset(&s, 0, sizeof(s));
	eg_sem_init_bounded(&s.sem, 0, UNITS);
	crowd_spawn(&c, 3, fill_sem);
	crowd_spawn(&c, 3, empty_sem);
	crowd_disturb(&c);
	eg_sleep(100 * EG_MSEC);
	/* Who is still in line to post is served by this, or gives up. */
	while (eg_sem_wait(&s.sem, EG_NOW) == 0)
		s.waiting--;
	eg_sleep(100 * EG_MSEC);
	while (eg_sem_wait(&s.sem, eg_after(100 * EG_MSEC)) == 0)
		s.waiting--;
	crowd_join(&c);
	EG_TEST_CHECK(s.waiting == eg_sem_units(&s.sem));
	return 0;
}
