/* SPDX-License-Identifier: MIT */
/*
 * Each fiber has values of its own, whatever others have, and however many keys
 * there are or have been (semantics LT-01, LT-02).
 */
#include "coro_kit.h"
#include "fiber_trace.h"

#include <pthread.h>
#include <stdlib.h>

static eg_local key;
static int destroyed;

static void count_destroyed(void *value)
{
	(void)value;
	__atomic_add_fetch(&destroyed, 1, __ATOMIC_RELAXED);
}

static void *set_and_look_again(void *arg)
{
	egt_ptr_eq(eg_local_get(&key), NULL);
	egt_eq(eg_local_set(&key, arg), 0);
	settle();
	egt_ptr_eq(eg_local_get(&key), arg);
	return arg;
}

EG_TEST(local_values_do_not_mix)
{
	enum { FIBERS = 100 };
	char values[FIBERS];
	eg_fiber *f[FIBERS];

	egt_eq(eg_local_init(&key, count_destroyed, 0), 0);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(eg_spawn(&f[i], set_and_look_again, &values[i]), 0);
	for (int i = 0; i < FIBERS; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
	egt_ptr_eq(eg_local_get(&key), NULL);
	egt_eq(destroyed, FIBERS);
	egt_eq(eg_local_free(&key), 0);
}

enum { KEYS = 300 };

struct many {
	eg_local keys[KEYS];
	char values[KEYS];
};

/* From the last to the first, and then in between: what is there moves. */
static void *set_many(void *arg)
{
	struct many *m = arg;

	for (int i = 0; i < KEYS; i += 2)
		egt_eq(eg_local_set(&m->keys[i], &m->values[i]), 0);
	settle();
	for (int i = KEYS - 1; i > 0; i -= 2)
		egt_eq(eg_local_set(&m->keys[i], &m->values[i]), 0);
	for (int i = 0; i < KEYS; i++)
		egt_ptr_eq(eg_local_get(&m->keys[i]), &m->values[i]);
	return arg;
}

EG_TEST(local_keys_are_told_apart)
{
	static struct many m;
	eg_fiber *f;

	for (int i = 0; i < KEYS; i++)
		egt_eq(eg_local_init(&m.keys[i], count_destroyed, 0), 0);
	egt_eq(eg_spawn(&f, set_many, &m), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(destroyed, KEYS);
	for (int i = 0; i < KEYS; i++) {
		egt_ptr_eq(eg_local_get(&m.keys[i]), NULL);
		egt_eq(eg_local_free(&m.keys[i]), 0);
	}
}

/* The new key has the place of the old one. */
static void *meet_an_old_value(void *arg)
{
	static int other;

	egt_eq(eg_local_init(&key, count_destroyed, 0), 0);
	egt_eq(eg_local_set(&key, arg), 0);
	egt_eq(eg_local_free(&key), 0);
	egt_ptr_eq(eg_local_get(&key), NULL);
	for (int i = 0; i < 3; i++) {
		egt_eq(eg_local_init(&key, NULL, 0), 0);
		egt_ptr_eq(eg_local_get(&key), NULL);
		egt_eq(eg_local_free(&key), 0);
	}
	egt_eq(destroyed, 0);
	egt_eq(eg_local_init(&key, NULL, 0), 0);
	egt_eq(eg_local_set(&key, NULL), 0);
	egt_ptr_eq(eg_local_get(&key), NULL);
	egt_eq(eg_local_set(&key, &other), 0);
	/* By the function of the key that it was set with. */
	egt_eq(destroyed, 1);
	egt_ptr_eq(eg_local_get(&key), &other);
	return arg;
}

EG_TEST(local_key_made_anew_has_no_values)
{
	eg_fiber *f;

	egt_eq(eg_spawn(&f, meet_an_old_value, &destroyed), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(destroyed, 1);
	egt_eq(eg_local_free(&key), 0);
}

static void *leave_the_key_behind(void *arg)
{
	egt_eq(eg_local_set(&key, arg), 0);
	egt_eq(eg_local_free(&key), 0);
	return arg;
}

EG_TEST(local_values_outlive_their_key)
{
	eg_fiber *f;

	egt_eq(eg_local_init(&key, count_destroyed, 0), 0);
	egt_eq(eg_spawn(&f, leave_the_key_behind, &key), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(destroyed, 1);
}

EG_TEST_PLAIN(local_keys_come_to_an_end)
{
	enum { MANY = 5000 };
	static eg_local keys[MANY];
	int made = 0;

	while (made < MANY && eg_local_init(&keys[made], NULL, 0) == 0)
		made++;
	egt_eq(made, 4096);
	egt_eq(eg_local_init(&keys[made], NULL, 0), -EAGAIN);
	egt_eq(eg_local_free(&keys[1000]), 0);
	egt_eq(eg_local_init(&keys[made], NULL, 0), 0);
	egt_eq(eg_local_init(&keys[1000], NULL, 0), -EAGAIN);
}

static eg_coro_result set_in_a_coroutine(void *value)
{
	egt_ptr_eq(eg_local_get(&key), &key);
	egt_eq(eg_local_set(&key, value), 0);
	return R(0, value);
}

EG_TEST(local_values_are_shared_by_the_coroutines_of_a_fiber)
{
	static int value;
	eg_coro *c = coro_new(set_in_a_coroutine);

	egt_eq(eg_local_init(&key, NULL, 0), 0);
	egt_eq(eg_local_set(&key, &key), 0);
	egt_eq(eg_coro_switch(c, &value).code, 0);
	egt_ptr_eq(eg_local_get(&key), &value);
	eg_coro_unref(c);
	egt_eq(eg_local_free(&key), 0);
}

static char of_callbacks;

static void look_in_a_callback(eg_timer *timer, void *arg)
{
	(void)timer;
	egt_ptr_eq(eg_local_get(&key), &of_callbacks);
	egt_le(0, eg_event_set(arg));
}

static void set_in_a_task(eg_task *task, void *arg)
{
	(void)task;
	egt_ptr_eq(eg_local_get(&key), NULL);
	egt_eq(eg_local_set(&key, &of_callbacks), 0);
	egt_eq(eg_timer_start(arg, EG_NOW), 0);
}

static int use_callbacks(void *arg)
{
	eg_event event = { 0 };
	eg_timer timer;
	eg_task task = { .fn = set_in_a_task, .arg = &timer };

	egt_eq(eg_local_set(&key, arg), 0);
	egt_eq(eg_timer_init(&timer, look_in_a_callback, &event), 0);
	egt_eq(eg_hub_post(eg_hub_self(), &task), 0);
	egt_eq(eg_event_wait(&event, EG_FOREVER), 0);
	egt_ptr_eq(eg_local_get(&key), arg);
	egt_eq(destroyed, 0);
	return 0;
}

/* Main's first, then the hub's. */
static void count_in_order(void *value)
{
	egt_eq(destroyed++, value == &of_callbacks);
	egt_eq(eg_self() == NULL, value == &of_callbacks);
}

EG_TEST_PLAIN(local_values_of_callbacks_are_the_hubs)
{
	egt_eq(eg_local_init(&key, count_in_order, 0), 0);
	egt_eq(eg_run(use_callbacks, &key, NULL, NULL), 0);
	egt_eq(destroyed, 2);
	egt_ptr_eq(eg_local_get(&key), NULL);
	egt_eq(eg_local_free(&key), 0);
}

static eg_coro_result give_back(void *value)
{
	return R(0, value);
}

static void use_a_coroutine(void *value)
{
	eg_coro *c = coro_new(give_back);

	egt_ptr_eq(eg_coro_switch(c, value).value, value);
	eg_coro_unref(c);
	destroyed++;
}

static void use_all(eg_task *task, void *arg)
{
	(void)task;
	egt_eq(eg_local_set(&key, arg), 0);
	use_a_coroutine(arg);
}

static int use_all_in_a_callback(void *arg)
{
	eg_task task = { .fn = use_all, .arg = arg };

	egt_eq(eg_hub_post(eg_hub_self(), &task), 0);
	while (!destroyed)
		egt_eq(eg_sleep(EG_USEC), 0);
	return 0;
}

/* The hub's coroutines end first, and there are some again. */
EG_TEST_PLAIN(local_values_of_callbacks_may_use_coroutines_at_their_end)
{
	egt_eq(eg_local_init(&key, use_a_coroutine, 0), 0);
	egt_eq(eg_run(use_all_in_a_callback, &key, NULL, NULL), 0);
	egt_eq(destroyed, 2);
	egt_eq(eg_local_free(&key), 0);
}

/* Keys that come and go, on several threads at once. */
static void *make_keys(void *arg)
{
	enum { OWN = 40 };
	eg_local own[OWN];
	char values[OWN];

	for (int i = 0; i < OWN; i++)
		egt_eq(eg_local_init(&own[i], count_destroyed, 0), 0);
	egt_eq(eg_local_set(&key, arg), 0);
	for (int i = 0; i < OWN; i++) {
		egt_ptr_eq(eg_local_get(&own[i]), NULL);
		egt_eq(eg_local_set(&own[i], &values[i]), 0);
	}
	egt_eq(eg_yield(), 0);
	for (int i = 0; i < OWN; i++)
		egt_ptr_eq(eg_local_get(&own[i]), &values[i]);
	egt_ptr_eq(eg_local_get(&key), arg);
	for (int i = 0; i < OWN; i++)
		egt_eq(eg_local_free(&own[i]), 0);
	return arg;
}

enum { THREADS = 4, FIBERS_EACH = 20 };

static int make_keys_in_fibers(void *arg)
{
	eg_fiber *f[FIBERS_EACH];

	for (int i = 0; i < FIBERS_EACH; i++)
		egt_eq(eg_spawn(&f[i], make_keys, arg), 0);
	for (int i = 0; i < FIBERS_EACH; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
	return 0;
}

static void *run_a_hub(void *arg)
{
	egt_eq(eg_run(make_keys_in_fibers, arg, NULL, NULL), 0);
	return NULL;
}

EG_TEST_PLAIN(local_keys_serve_several_hubs)
{
	pthread_t threads[THREADS];

	egt_eq(eg_local_init(&key, count_destroyed, 0), 0);
	for (int i = 0; i < THREADS; i++)
		egt_eq(pthread_create(&threads[i], NULL, run_a_hub, &key), 0);
	for (int i = 0; i < THREADS; i++)
		egt_eq(pthread_join(threads[i], NULL), 0);
	egt_eq(destroyed, THREADS * FIBERS_EACH * 41);
	egt_eq(eg_local_free(&key), 0);
}
