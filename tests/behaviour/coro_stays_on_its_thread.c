/* SPDX-License-Identifier: MIT */
/*
 * Coroutines and OS threads: no switch between them, references from any, and
 * the end of a thread (semantics GL-18, GL-21, GL-22).
 */
#include "coro_kit.h"

#include <semaphore.h>

/* A thread that lives on with a coroutine until it is told to end. */
struct other {
	pthread_t thread;
	sem_t is_ready, may_end;
	eg_coro_fn *fn;
	eg_coro *coro;
	bool is_started;
	void (*last)(struct other *o); /* in the thread, before it ends */
};

static int cleaned; /* ends that coroutines have lived through */

static eg_coro_result cleans_up(void *value)
{
	eg_coro_result r = eg_coro_switch(eg_coro_main(), value);

	__atomic_fetch_add(&cleaned, r.code == -ECANCELED, __ATOMIC_RELAXED);
	return r;
}

static void *other_main(void *arg)
{
	struct other *o = arg;

	o->coro = coro_new(o->fn);
	if (o->is_started)
		egt_eq(coro_ask(o->coro, 3), 3);
	sem_post(&o->is_ready);
	sem_wait(&o->may_end);
	if (o->last)
		o->last(o);
	return NULL;
}

static void other_start(struct other *o)
{
	sem_init(&o->is_ready, 0, 0);
	sem_init(&o->may_end, 0, 0);
	egt_eq(pthread_create(&o->thread, NULL, other_main, o), 0);
	sem_wait(&o->is_ready);
}

static void other_end(struct other *o)
{
	sem_post(&o->may_end);
	egt_eq(pthread_join(o->thread, NULL), 0);
}

static void must_be_refused(eg_coro *c, const char *why)
{
	coro_log_catch();
	RESULT_EQ(eg_coro_switch(c, V(1)), -EPERM, 0);
	egt_str_has(coro_log_line, "eg_coro_switch");
	egt_str_has(coro_log_line, why);
	coro_log_catch();
	RESULT_EQ(eg_coro_throw(c, -EDOM, V(1)), -EPERM, 0);
	egt_str_has(coro_log_line, "eg_coro_throw");
	egt_str_has(coro_log_line, why);
}

/* GL-18: in each state. */
EG_TEST_PLAIN(coro_of_another_thread_is_refused)
{
	for (int i = 0; i < 2; i++) {
		struct other o = { .fn = cleans_up, .is_started = i };

		other_start(&o);
		must_be_refused(o.coro, "belongs to another thread");
		must_be_refused(o.coro, "another thread");
		egt_eq(eg_coro_set_fn(o.coro, cleans_up), -EPERM);
		other_end(&o);
		eg_coro_unref(o.coro);
	}
	egt_eq(cleaned, 1);
}

/* GL-18 */
EG_TEST_PLAIN(coro_of_a_thread_that_ended_is_refused)
{
	for (int i = 0; i < 2; i++) {
		struct other o = { .fn = cleans_up, .is_started = i };

		other_start(&o);
		other_end(&o);
		must_be_refused(o.coro, "has ended");
		egt_eq(eg_coro_is_dead(o.coro), i);
		eg_coro_unref(o.coro);
	}
}

/* GL-18: the main coroutine is no way in either. */
EG_TEST_PLAIN(coro_main_of_another_thread_is_refused)
{
	struct other o = { .fn = cleans_up };

	other_start(&o);
	must_be_refused(eg_coro_parent(o.coro), "another thread");
	other_end(&o);
	must_be_refused(eg_coro_parent(o.coro), "has ended");
	eg_coro_unref(o.coro);
}

/* GL-22: what is left is ended with the thread. */
EG_TEST_PLAIN(coro_suspended_unwinds_when_its_thread_ends)
{
	struct other o = { .fn = cleans_up, .is_started = true };

	other_start(&o);
	egt_eq(cleaned, 0);
	other_end(&o);
	egt_eq(cleaned, 1);
	egt_true(eg_coro_is_dead(o.coro));
	eg_coro_unref(o.coro);
}

enum { LEFT = 100 };

static eg_coro *left[2][LEFT];

static void *leaves_many(void *arg)
{
	(void)arg;
	for (int i = 0; i < LEFT; i++) {
		left[0][i] = coro_new(cleans_up);
		coro_ask(left[0][i], i);
		left[1][i] = coro_new(cleans_up);
	}
	return NULL;
}

/* GL-22: those that never ran have nothing to unwind. */
EG_TEST_PLAIN(coro_all_left_unwind_when_the_thread_ends)
{
	in_thread(leaves_many, NULL);
	egt_eq(cleaned, LEFT);
	for (int i = 0; i < LEFT; i++) {
		egt_true(eg_coro_is_dead(left[0][i]));
		egt_true(!eg_coro_is_started(left[1][i]));
		eg_coro_unref(left[0][i]);
		eg_coro_unref(left[1][i]);
	}
}

static eg_coro_result starts_another(void *value)
{
	eg_coro_result r = eg_coro_switch(eg_coro_main(), value);
	eg_coro *c;

	egt_eq(r.code, -ECANCELED);
	c = coro_new(cleans_up);
	/* Too late for a new one. */
	egt_eq(eg_coro_switch(c, V(1)).code, -ECANCELED);
	eg_coro_unref(c);
	cleaned++;
	return r;
}

/* GL-22 */
EG_TEST_PLAIN(coro_starts_nothing_while_its_thread_ends)
{
	struct other o = { .fn = starts_another, .is_started = true };

	other_start(&o);
	other_end(&o);
	egt_eq(cleaned, 1);
	eg_coro_unref(o.coro);
}

static eg_coro_result refuses_to_end(void *value)
{
	for (;;)
		if (eg_coro_switch(eg_coro_main(), value).code < 0)
			cleaned++;
	return R(0, NULL);
}

/* GL-20, GL-22: it is named, and not asked again. */
EG_TEST_PLAIN(coro_that_outlives_its_thread_is_reported)
{
	struct other o = { .fn = refuses_to_end, .is_started = true };

	coro_log_catch();
	other_start(&o);
	other_end(&o);
	egt_str_has(coro_log_line, "did not end when it was killed");
	egt_eq(cleaned, 1);
	egt_true(eg_coro_is_active(o.coro));
	must_be_refused(o.coro, "has ended");
	/* GL-21: its stack is dropped as it is. */
	eg_coro_unref(o.coro);
	egt_eq(cleaned, 1);
}

static void look_again(struct other *o)
{
	(void)o;
	egt_eq(cleaned, 0);
	/* Any call of these looks at what was dropped. */
	eg_coro_unref(coro_new(cleans_up));
	egt_eq(cleaned, 1);
}

/* GL-21 */
EG_TEST_PLAIN(coro_dropped_elsewhere_ends_on_its_own_thread)
{
	struct other o = { .fn = cleans_up,
			   .is_started = true,
			   .last = look_again };

	other_start(&o);
	egt_ptr_eq(eg_coro_unref(o.coro), NULL);
	egt_eq(cleaned, 0);
	other_end(&o);
	egt_eq(cleaned, 1);
}

/* GL-21: at the end of the thread, if it makes no call any more. */
EG_TEST_PLAIN(coro_dropped_elsewhere_ends_with_its_thread)
{
	struct other o = { .fn = cleans_up, .is_started = true };

	other_start(&o);
	eg_coro_unref(o.coro);
	other_end(&o);
	egt_eq(cleaned, 1);
}

/* GL-21: neither has a stack, and still they are the owner's to free. */
EG_TEST_PLAIN(coro_unstarted_is_dropped_elsewhere)
{
	struct other o = { .fn = cleans_up };

	other_start(&o);
	eg_coro_unref(o.coro);
	other_end(&o);
	egt_eq(cleaned, 0);
}

enum { SHARED = 2000 };

static eg_coro *volatile shared[SHARED];

static void *drops_shared(void *arg)
{
	(void)arg;
	for (int i = 0; i < SHARED; i++) {
		while (!__atomic_load_n(&shared[i], __ATOMIC_ACQUIRE))
			sched_yield();
		eg_coro_unref(shared[i]);
	}
	return NULL;
}

/* GL-21: each of both may be the last, at any moment of the other's. */
EG_TEST_PLAIN(coro_is_dropped_by_two_threads_at_once)
{
	pthread_t thread;

	egt_eq(pthread_create(&thread, NULL, drops_shared, NULL), 0);
	for (int i = 0; i < SHARED; i++) {
		eg_coro *c = coro_new(cleans_up);

		coro_ask(c, 1);
		__atomic_store_n(&shared[i], eg_coro_ref(c), __ATOMIC_RELEASE);
		eg_coro_unref(c);
	}
	egt_eq(pthread_join(thread, NULL), 0);
	eg_coro_unref(coro_new(cleans_up));
	egt_eq(cleaned, SHARED);
}

static eg_coro_result exits_thread(void *value)
{
	(void)value;
	pthread_exit(NULL);
}

static void *ends_inside(void *arg)
{
	eg_coro **ret = arg;

	coro_ask(ret[0] = coro_new(cleans_up), 1);
	ret[1] = coro_new(exits_thread);
	eg_coro_switch(ret[1], NULL);
	egt_fail("it came back");
	return NULL;
}

/* GL-22: the frames of the one that ran were unwound by pthread_exit(). */
EG_TEST_PLAIN(coro_may_be_where_a_thread_exits)
{
	eg_coro *c[2];

	if (IS_SANITIZED)
		egt_skip("the sanitizer is not told of this way out");
	in_thread(ends_inside, c);
	egt_eq(cleaned, 1);
	for (int i = 0; i < 2; i++) {
		egt_true(eg_coro_is_dead(c[i]));
		eg_coro_unref(c[i]);
	}
}
