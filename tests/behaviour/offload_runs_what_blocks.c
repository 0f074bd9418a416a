/* SPDX-License-Identifier: MIT */
/*
 * eg_offload(): blocking functions on helper threads, at most so many at once,
 * while the hub serves the others; cancelling and deadlines until one begins.
 */
#include "io_kit.h"

#include "io/offload.h"

#include <pthread.h>

enum { JOBS = 100, THREADS_MAX = 10 };

/* A function that blocks until the test lets it go on. */
struct gate {
	int pipe[2];
	int begun;     /* atomic */
	int most, now; /* atomic: how many at once */
	pthread_t thread;
};

static int64_t pass_gate(void *arg)
{
	struct gate *g = arg;
	int now = __atomic_add_fetch(&g->now, 1, __ATOMIC_SEQ_CST);
	int most = __atomic_load_n(&g->most, __ATOMIC_SEQ_CST);
	char c;

	while (now > most &&
	       !__atomic_compare_exchange_n(&g->most, &most, now, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
	__atomic_store_n(&g->thread, pthread_self(), __ATOMIC_RELAXED);
	__atomic_fetch_add(&g->begun, 1, __ATOMIC_SEQ_CST);
	if (read(g->pipe[0], &c, 1) != 1)
		return -1;
	__atomic_fetch_sub(&g->now, 1, __ATOMIC_SEQ_CST);
	return 42;
}

static void wait_for_begin(struct gate *g, int n)
{
	while (__atomic_load_n(&g->begun, __ATOMIC_SEQ_CST) < n)
		egt_eq(eg_yield(), 0);
}

struct call {
	struct gate *gate;
	int64_t deadline;
	int64_t result;
};

static void *offload(void *arg)
{
	struct call *c = arg;

	return KIT_RESULT(
		eg_offload(pass_gate, c->gate, &c->result, c->deadline));
}

EG_TEST(offload_runs_on_another_thread)
{
	struct gate g = { .begun = 0 };
	int64_t result = 0;

	kit_pipe(g.pipe);
	kit_put(g.pipe[1], "g");
	egt_eq(eg_offload(pass_gate, &g, &result, EG_FOREVER), 0);
	egt_eq(result, 42);
	egt_true(!pthread_equal(g.thread, pthread_self()));
	kit_put(g.pipe[1], "g");
	egt_eq(eg_offload(pass_gate, &g, NULL, EG_FOREVER), 0);
	egt_eq(eg_offload(NULL, NULL, NULL, EG_FOREVER), -EINVAL);
	egt_eq(eg_offload(pass_gate, &g, NULL, EG_NOW), -ETIMEDOUT);
	kit_close_pair(g.pipe);
}

static int64_t call_the_library(void *arg)
{
	const int *fd = arg;
	char c;

	egt_true(!eg_hub_self());
	egt_true(!eg_self());
	egt_eq(eg_read(*fd, &c, 1, EG_FOREVER), -EPERM);
	egt_eq(eg_offload(pass_gate, NULL, NULL, EG_FOREVER), -EPERM);
	return eg_close(*fd);
}

EG_TEST(offload_gives_its_function_no_hub)
{
	int64_t result;
	int pair[2];

	kit_pipe(pair);
	egt_eq(eg_offload(call_the_library, &pair[0], &result, EG_FOREVER), 0);
	egt_eq(result, -EPERM);
	kit_close_pair(pair);
}

/* As many as are wanted, up to 10 (semantics TP-04). */
EG_TEST(offload_does_many_jobs_on_few_threads)
{
	struct gate g = { .begun = 0 };
	struct call c[JOBS];
	eg_fiber *f[JOBS];

	kit_pipe(g.pipe);
	for (int i = 0; i < JOBS; i++) {
		c[i] = (struct call){ &g, EG_FOREVER, 0 };
		f[i] = kit_spawn(offload, &c[i]);
	}
	wait_for_begin(&g, THREADS_MAX);
	egt_eq(eg__offload_threads(), THREADS_MAX);
	for (int i = 0; i < JOBS; i++)
		kit_put(g.pipe[1], "g");
	for (int i = 0; i < JOBS; i++) {
		egt_eq(kit_join(f[i]), 0);
		egt_eq(c[i].result, 42);
	}
	egt_eq(g.begun, JOBS);
	egt_eq(g.most, THREADS_MAX);
	kit_close_pair(g.pipe);
}

EG_TEST(offload_that_has_not_begun_can_be_left)
{
	struct gate g = { .begun = 0 };
	struct call c[THREADS_MAX + 1];
	eg_fiber *f[THREADS_MAX + 1];

	kit_pipe(g.pipe);
	for (int i = 0; i <= THREADS_MAX; i++) {
		c[i] = (struct call){ &g, EG_FOREVER, 0 };
		f[i] = kit_spawn(offload, &c[i]);
	}
	wait_for_begin(&g, THREADS_MAX);
	egt_eq(eg_cancel(f[THREADS_MAX]), 0);
	egt_eq(kit_join(f[THREADS_MAX]), -ECANCELED);
	if (!egt_is_sim()) /* its clock stands while threads work */
		egt_eq(eg_offload(pass_gate, &g, NULL, eg_after(EG_MSEC)),
		       -ETIMEDOUT);
	for (int i = 0; i < THREADS_MAX; i++)
		kit_put(g.pipe[1], "g");
	for (int i = 0; i < THREADS_MAX; i++)
		egt_eq(kit_join(f[i]), 0);
	egt_eq(g.begun, THREADS_MAX);
	kit_close_pair(g.pipe);
}

EG_TEST(offload_that_has_begun_is_waited_for)
{
	struct gate g = { .begun = 0 };
	struct call c = { &g, EG_FOREVER, 0 };
	eg_fiber *f;

	kit_pipe(g.pipe);
	f = kit_spawn(offload, &c);
	wait_for_begin(&g, 1);
	egt_eq(eg_cancel(f), 0);
	for (int i = 0; i < 10; i++)
		egt_eq(eg_yield(), 0);
	kit_put(g.pipe[1], "g");
	egt_eq(kit_join(f), 0);
	egt_eq(c.result, 42);
	kit_close_pair(g.pipe);
}

/* By its deadline @c has begun, or not, on a machine that has no time for it. */
static bool begins_in_time(struct call *c, int64_t time, eg_fiber **ret_fiber)
{
	int begun = __atomic_load_n(&c->gate->begun, __ATOMIC_SEQ_CST);

	c->deadline = eg_after(time);
	*ret_fiber = kit_spawn(offload, c);
	while (__atomic_load_n(&c->gate->begun, __ATOMIC_SEQ_CST) == begun) {
		if (eg_fiber_is_done(*ret_fiber)) {
			egt_eq(kit_join(*ret_fiber), -ETIMEDOUT);
			return false;
		}
		egt_eq(eg_yield(), 0);
	}
	return true;
}

EG_TEST(offload_outlasts_its_deadline_once_begun, .backends = EGT_REAL)
{
	struct gate g = { .begun = 0 };
	struct call c = { &g, EG_FOREVER, 0 };
	int64_t time = 20 * EG_MSEC;
	eg_fiber *f;

	kit_pipe(g.pipe);
	kit_put(g.pipe[1], "g");
	egt_eq(eg_offload(pass_gate, &g, NULL, EG_FOREVER), 0);
	while (!begins_in_time(&c, time, &f))
		time *= 2;
	egt_eq(eg_sleep_until(c.deadline + 5 * EG_MSEC), 0);
	kit_put(g.pipe[1], "g");
	egt_eq(kit_join(f), 0);
	kit_close_pair(g.pipe);
}

static void *echo(void *arg)
{
	const int *fd = arg;
	char buf[16];
	ssize_t r;

	while ((r = eg_read(*fd, buf, sizeof(buf), EG_FOREVER)) > 0)
		egt_eq(eg_write(*fd, buf, (size_t)r, EG_FOREVER), r);
	return NULL;
}

/* The clock of the simulated backend stands while the thread works. */
EG_TEST(offload_lets_the_hub_serve_the_others)
{
	struct gate g = { .begun = 0 };
	struct call c = { &g, EG_FOREVER, 0 };
	int64_t start = eg_now();
	eg_fiber *f, *server;
	int pair[2];

	kit_pipe(g.pipe);
	kit_unix_pair(SOCK_STREAM, pair);
	server = kit_spawn(echo, &pair[1]);
	f = kit_spawn(offload, &c);
	wait_for_begin(&g, 1);
	for (int i = 0; i < 50; i++) {
		kit_put(pair[0], "ping");
		kit_get(pair[0], "ping");
	}
	if (egt_is_sim())
		egt_eq(eg_now(), start);
	kit_put(g.pipe[1], "g");
	egt_eq(kit_join(f), 0);
	egt_eq(eg_shutdown(pair[0], SHUT_WR), 0);
	egt_eq(kit_join(server), 0);
	kit_close_pair(pair);
	kit_close_pair(g.pipe);
}
