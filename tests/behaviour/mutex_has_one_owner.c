/* SPDX-License-Identifier: MIT */
/*
 * Mutexes: one owner at a time, handed over in order, given back by the owner
 * alone (semantics LK-08). Cancelling is cancel_and_success_in_one_turn.c's.
 */
#include "fiber_trace.h"

struct locker {
	eg_mutex *mutex;
	struct letter letter;
	int64_t deadline;
	int result;
};

static void *lock_and_write(void *arg)
{
	struct locker *l = arg;

	l->result = eg_mutex_lock(l->mutex, l->deadline);
	write_letter(&l->letter);
	if (l->result == 0) {
		egt_eq(eg_yield(), 0);
		egt_eq(eg_mutex_unlock(l->mutex), 0);
	}
	return NULL;
}

EG_TEST(a_mutex_is_handed_over_in_order)
{
	struct trace t = { .len = 0 };
	struct locker l[5];
	eg_mutex mutex = { 0 };

	egt_eq(eg_mutex_lock(&mutex, EG_FOREVER), 0);
	for (size_t i = 0; i < ARRAY_LEN(l); i++) {
		l[i] = (struct locker){
			&mutex, { &t, (char)('a' + i) }, EG_FOREVER, 1
		};
		egt_eq(eg_spawn(NULL, lock_and_write, &l[i]), 0);
	}
	settle();
	egt_str_eq(t.text, "");
	egt_eq(eg_mutex_unlock(&mutex), 0);
	/* It is the first waiter's now: nobody overtakes. */
	egt_eq(eg_mutex_lock(&mutex, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_mutex_lock(&mutex, EG_FOREVER), 0);
	egt_str_eq(t.text, "abcde");
	egt_eq(eg_mutex_unlock(&mutex), 0);
}

static void *unlock_anothers(void *arg)
{
	egt_eq(eg_mutex_unlock(arg), -EPERM);
	return NULL;
}

EG_TEST(a_mutex_is_its_owners)
{
	eg_mutex mutex;
	eg_fiber *f;

	egt_eq(eg_mutex_init(&mutex), 0);
	egt_eq(eg_mutex_unlock(&mutex), -EPERM);
	egt_eq(eg_mutex_lock(&mutex, EG_NOW), 0);
	egt_eq(eg_mutex_lock(&mutex, EG_FOREVER), -EDEADLK);
	egt_eq(eg_mutex_lock(&mutex, EG_NOW), -EDEADLK);
	egt_eq(eg_spawn(&f, unlock_anothers, &mutex), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(eg_mutex_unlock(&mutex), 0);
	egt_eq(eg_mutex_unlock(&mutex), -EPERM);
}

EG_TEST(who_times_out_leaves_the_line)
{
	struct trace t = { .len = 0 };
	eg_mutex mutex = { 0 };
	struct locker l[] = {
		{ &mutex, { &t, 'a' }, eg_after(EG_MSEC), 1 },
		{ &mutex, { &t, 'b' }, EG_FOREVER, 1 },
	};

	egt_eq(eg_mutex_lock(&mutex, EG_FOREVER), 0);
	egt_eq(eg_spawn(NULL, lock_and_write, &l[0]), 0);
	egt_eq(eg_spawn(NULL, lock_and_write, &l[1]), 0);
	egt_eq(eg_sleep(2 * EG_MSEC), 0);
	egt_eq(l[0].result, -ETIMEDOUT);
	egt_eq(eg_mutex_unlock(&mutex), 0);
	settle();
	egt_eq(l[1].result, 0);
	egt_eq(eg_mutex_lock(&mutex, EG_NOW), 0);
	egt_eq(eg_mutex_unlock(&mutex), 0);
}

struct counter {
	eg_mutex mutex;
	int value;
};

static void *add_slowly(void *arg)
{
	struct counter *c = arg;

	for (int i = 0; i < 10; i++) {
		int value;

		egt_eq(eg_mutex_lock(&c->mutex, EG_FOREVER), 0);
		value = c->value;
		egt_eq(i % 2 ? eg_yield() : eg_sleep(EG_USEC), 0);
		c->value = value + 1;
		egt_eq(eg_mutex_unlock(&c->mutex), 0);
	}
	return NULL;
}

EG_TEST(what_a_mutex_guards_is_changed_by_one_at_a_time)
{
	struct counter c = { .value = 0 };
	eg_group group = { 0 };

	for (int i = 0; i < 50; i++)
		egt_eq(eg_group_spawn(&group, add_slowly, &c, NULL), 0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
	egt_eq(c.value, 500);
}
