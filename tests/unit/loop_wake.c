/* SPDX-License-Identifier: MIT */
/*
 * Waking: from another thread, before, during and between waits.
 */
#include "loop_rig.h"

#include <pthread.h>

struct waker {
	struct eg_poller *loop;
	int wakes;
	int waits; /* atomic */
};

static void wake(struct eg_poller *l)
{
	l->backend->ops->wake(l->backend);
}

/* Wakes again only when the loop came round, so that none is merged. */
static void *wake_repeatedly(void *arg)
{
	struct waker *w = arg;

	for (int i = 0; i < w->wakes; i++) {
		while (__atomic_load_n(&w->waits, __ATOMIC_ACQUIRE) < i)
			usleep(10);
		wake(w->loop);
	}
	return NULL;
}

LOOP_TEST(wake_from_another_thread_ends_each_wait)
{
	struct waker w = { .loop = l, .wakes = 200 };
	pthread_t thread;

	egt_eq(pthread_create(&thread, NULL, wake_repeatedly, &w), 0);
	for (int i = 1; i <= w.wakes; i++) {
		egt_eq(l->backend->ops->wait(l->backend, INT64_MAX), 0);
		__atomic_store_n(&w.waits, i, __ATOMIC_RELEASE);
	}
	pthread_join(thread, NULL);
}

LOOP_TEST(wake_before_wait_is_not_lost)
{
	for (int i = 0; i < 3; i++) {
		wake(l);
		egt_eq(l->backend->ops->wait(l->backend, INT64_MAX), 0);
	}
	/* Many wakes may be one. */
	wake(l);
	wake(l);
	egt_eq(l->backend->ops->wait(l->backend, INT64_MAX), 0);
}

/* A wake ends a wait early: the clock has not reached the deadline. */
LOOP_TEST(wake_does_not_let_the_time_pass)
{
	int64_t far = l->now + INT64_C(3600) * 1000000000;

	wake(l);
	egt_eq(l->backend->ops->wait(l->backend, far), 0);
	egt_lt(eg__poller_now(l), far);
}
