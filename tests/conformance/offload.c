/* SPDX-License-Identifier: MIT */
/*
 * Helper threads, in place of a thread pool: TP-01 to TP-03, TP-06, TP-09. How
 * many there are is behaviour/offload_runs_what_blocks.c's.
 */
#include "conformance.h"

#include <limits.h>
#include <pthread.h>
#include <unistd.h>

enum { JOBS_MAX = 40 };

static int64_t give(void *arg)
{
	return *(int64_t *)arg;
}

static void value_comes_back(long value)
{
	int64_t in = value, out = ~in;

	egt_eq(eg_offload(give, &in, &out, EG_FOREVER), 0);
	egt_eq(out, value);
	egt_eq(eg_offload(give, &in, NULL, EG_FOREVER), 0);
}

/* What a job returns is its own: even what looks like an error of the call. */
static void error_comes_back(long error)
{
	int64_t in = error, out = 0;

	egt_eq(eg_offload(give, &in, &out, EG_FOREVER), 0);
	egt_eq(out, error);
	egt_eq(eg_sleep(0), 0);
}

struct job {
	int64_t n;
	int64_t square;
	int error;
};

static int64_t square(void *arg)
{
	struct job *j = arg;

	return j->n * j->n;
}

static void *offload_square(void *arg)
{
	struct job *j = arg;

	j->error = eg_offload(square, j, &j->square, EG_FOREVER);
	return NULL;
}

static void each_gets_its_own(long jobs)
{
	struct job j[JOBS_MAX];
	eg_fiber *f[JOBS_MAX];

	for (long i = 0; i < jobs; i++) {
		j[i] = (struct job){ .n = i };
		egt_eq(eg_spawn(&f[i], offload_square, &j[i]), 0);
	}
	for (long i = 0; i < jobs; i++) {
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
		egt_eq(j[i].error, 0);
		egt_eq(j[i].square, i * i);
	}
}

/* The first in is the first to begin: one by one, in the order of the calls. */
struct order {
	int next; /* atomic */
	int at[JOBS_MAX];
};

struct ticket {
	struct order *order;
	int me;
};

static int64_t take_number(void *arg)
{
	struct ticket *t = arg;

	t->order->at[t->me] =
		__atomic_fetch_add(&t->order->next, 1, __ATOMIC_SEQ_CST);
	return 0;
}

static void one_after_the_other(long jobs)
{
	struct order o = { .next = 0 };

	for (int i = 0; i < jobs; i++) {
		struct ticket t = { &o, i };

		egt_eq(eg_offload(take_number, &t, NULL, EG_FOREVER), 0);
	}
	for (int i = 0; i < jobs; i++)
		egt_eq(o.at[i], i);
}

static int64_t whose_thread(void *arg)
{
	return !pthread_equal(*(pthread_t *)arg, pthread_self());
}

static void runs_elsewhere(long deadline)
{
	pthread_t mine = pthread_self();
	int64_t is_other = 0;

	egt_eq(eg_offload(whose_thread, &mine, &is_other, deadline), 0);
	egt_eq(is_other, 1);
}

static int64_t wait_for_byte(void *arg)
{
	char c;

	return read(*(int *)arg, &c, 1);
}

struct waiting {
	int gate[2];
	int64_t deadline;
	int64_t got;
	int error;
};

static void *offload_wait(void *arg)
{
	struct waiting *w = arg;

	w->error = eg_offload(wait_for_byte, &w->gate[0], &w->got, w->deadline);
	return NULL;
}

/* The others go on, and let the job go on. */
static void only_its_fiber_waits(long turns)
{
	struct waiting w = { .deadline = EG_FOREVER };
	eg_fiber *f;

	egt_eq(pipe(w.gate), 0);
	egt_eq(eg_spawn(&f, offload_wait, &w), 0);
	for (long i = 0; i < turns; i++)
		egt_eq(eg_yield(), 0);
	egt_eq(w.got, 0);
	egt_eq(write(w.gate[1], "g", 1), 1);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(w.error, 0);
	egt_eq(w.got, 1);
	close(w.gate[0]);
	close(w.gate[1]);
}

struct begun {
	int fd;
	int has_begun; /* atomic */
};

static int64_t begin_and_wait(void *arg)
{
	struct begun *b = arg;
	char c;

	__atomic_store_n(&b->has_begun, 1, __ATOMIC_RELEASE);
	return read(b->fd, &c, 1);
}

static void *offload_begun(void *arg)
{
	struct begun *b = arg;
	int64_t got = 0;
	int r = eg_offload(begin_and_wait, b, &got, EG_FOREVER);

	return (void *)(intptr_t)(r == 0 ? got : r);
}

/* Its argument is in its hands: the call waits for it, and has its value. */
static void begun_is_waited_for(long kills)
{
	struct begun b = { .has_begun = 0 };
	void *result = NULL;
	eg_fiber *f;
	int gate[2];

	egt_eq(pipe(gate), 0);
	b.fd = gate[0];
	egt_eq(eg_spawn(&f, offload_begun, &b), 0);
	while (!__atomic_load_n(&b.has_begun, __ATOMIC_ACQUIRE))
		egt_eq(eg_yield(), 0);
	for (long i = 0; i < kills; i++)
		egt_eq(eg_cancel(f), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(write(gate[1], "g", 1), 1);
	egt_eq(eg_join(f, &result, EG_FOREVER), 0);
	egt_eq((intptr_t)result, 1);
	close(gate[0]);
	close(gate[1]);
}

static void past_deadline_does_not_begin(long deadline)
{
	int64_t in = 1, out = 7;

	egt_eq(eg_offload(give, &in, &out, deadline), -ETIMEDOUT);
	egt_eq(out, 7);
}

static int64_t mark(void *arg)
{
	*(bool *)arg = true;
	return 0;
}

struct killed {
	int error, result;
	bool has_begun;
};

static void *offload_killed(void *arg)
{
	struct killed *k = arg;

	egt_eq(eg_kill(eg_self(), k->error, EG_NOW), 0);
	k->result = eg_offload(mark, &k->has_begun, NULL, EG_FOREVER);
	return NULL;
}

static void killed_does_not_begin(long error)
{
	struct killed k = { .error = (int)error };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, offload_killed, &k), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(k.result, error);
	egt_true(!k.has_begun);
}

static int64_t offload_again(void *arg)
{
	return eg_offload(give, arg, NULL, EG_FOREVER);
}

static void worker_has_no_hub(long deadline)
{
	int64_t in = 1, out = 0;

	egt_eq(eg_offload(offload_again, &in, &out, deadline), 0);
	egt_eq(out, -EPERM);
}

static const struct conform cases[] = {
	{ "TP-01", "one job", each_gets_its_own, 1 },
	{ "TP-01", "as many jobs as threads", each_gets_its_own, 10 },
	{ "TP-01", "more jobs than threads", each_gets_its_own, JOBS_MAX },
	{ "TP-01", "no job", each_gets_its_own, 0 },
	{ "TP-01", "jobs in the order of the calls", one_after_the_other, 1 },
	{ "TP-01", "jobs in the order of the calls", one_after_the_other, 20 },
	{ "TP-01", "on another thread", runs_elsewhere, EG_FOREVER },
	{ "TP-01", "others run at once", only_its_fiber_waits, 1 },
	{ "TP-01", "others run for long", only_its_fiber_waits, 1000 },
	{ "TP-02", "an error is a value", error_comes_back, -EIO },
	{ "TP-02", "an error like the call's own", error_comes_back,
	  -ECANCELED },
	{ "TP-02", "an error like a deadline", error_comes_back, -ETIMEDOUT },
	{ "TP-03", "a value comes back", value_comes_back, 0 },
	{ "TP-03", "a value comes back", value_comes_back, 42 },
	{ "TP-03", "the least value comes back", value_comes_back, LONG_MIN },
	{ "TP-03", "the greatest value comes back", value_comes_back,
	  LONG_MAX },
	{ "TP-06", "no nesting", worker_has_no_hub, EG_FOREVER },
	{ "TP-09", "begun, and left alone", begun_is_waited_for, 0 },
	{ "TP-09", "begun, and cancelled", begun_is_waited_for, 1 },
	{ "TP-09", "begun, and cancelled twice", begun_is_waited_for, 2 },
	{ "TP-09", "too late to begin", past_deadline_does_not_begin, EG_NOW },
	{ "TP-09", "too late to begin", past_deadline_does_not_begin, -1 },
	{ "TP-09", "cancelled before it begins", killed_does_not_begin,
	  -ECANCELED },
	{ "TP-09", "killed before it begins", killed_does_not_begin, -EIO },
};
CONFORMANCE(offload_conforms, cases)
