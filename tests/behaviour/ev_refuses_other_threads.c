/* SPDX-License-Identifier: MIT */
/*
 * libev's names: a call of another thread while the loop runs ends the program,
 * and the message names the call. Semantics LV-01.
 */
#include "harness/egt.h"

#include <evergreen/ev.h>

#include <pthread.h>

static pthread_barrier_t barrier;

static void on_timer(EV_P_ ev_timer *w, int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
	pthread_barrier_wait(&barrier);
	/* Until the other thread has had its say. */
	pthread_barrier_wait(&barrier);
}

static void *run_loop(void *arg)
{
	struct ev_loop *loop = (struct ev_loop *)arg;
	ev_timer timer;

	ev_timer_init(&timer, on_timer, 0., 0.);
	ev_timer_start(loop, &timer);
	ev_run(loop, 0);
	return NULL;
}

EG_TEST_PLAIN_DIES(call_of_another_thread, SIGABRT, "evergreen: ev_timer_start")
{
	struct ev_loop *loop = ev_loop_new(0);
	pthread_t thread;
	ev_timer timer;

	egt_eq(pthread_barrier_init(&barrier, NULL, 2), 0);
	egt_eq(pthread_create(&thread, NULL, run_loop, loop), 0);
	pthread_barrier_wait(&barrier);
	ev_timer_init(&timer, on_timer, 1., 0.);
	ev_timer_start(loop, &timer);
}
