/* SPDX-License-Identifier: MIT */
/*
 * Wait sets over objects that threads share: each case is done when it comes,
 * whoever serves it and whatever the owner does meanwhile (semantics SP-16,
 * HB-15, LK-07).
 */
#include "select_shared_rig.h"

#include <poll.h>
#include <sys/socket.h>

static void bring_all(void *arg)
{
	struct world *w = arg;

	/* Last first: given in the order in which they came. */
	for (int kind = W_SHARED - 1; kind >= 0; kind--)
		egt_le(0, world_bring(w, (enum world_case)kind));
}

static void give_all(struct world *w, eg_wait_set *set)
{
	for (int kind = W_SHARED - 1; kind >= 0; kind--) {
		egt_eq(eg_wait_set_next(set, EG_FOREVER), kind);
		egt_eq(w->cases[kind].result, 0);
		egt_eq(w->cases[kind].order, W_SHARED - kind);
	}
	egt_eq(eg_wait_set_next(set, EG_FOREVER), -ENOENT);
	egt_eq(eg_wait_set_end(set), 0);
	egt_eq(w->in, WORLD_IN);
}

EG_TEST(select_shared_set_gives_what_threads_bring)
{
	for (int waits = 0; waits < 2; waits++) {
		struct shared_thread t;
		eg_wait_set set;
		struct world w;

		egt_casef("waits %d", waits);
		world_open(&w);
		egt_eq(eg_wait_set_begin(&set, w.cases, W_SHARED), 0);
		if (waits) {
			shared_start(&t, bring_all, &w, false);
			give_all(&w, &set);
			shared_end(&t);
		} else {
			shared_run(bring_all, &w);
			give_all(&w, &set);
		}
		world_close(&w);
	}
}

/* Nobody waits for the set, and what it has is in its values. */
EG_TEST(select_shared_set_is_served_while_its_owner_does_not_wait)
{
	eg_wait_set set;
	struct world w;

	world_open(&w);
	egt_eq(eg_wait_set_begin(&set, w.cases, W_SHARED), 0);
	shared_run(bring_all, &w);
	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_eq(w.in, WORLD_IN);
	egt_eq(eg_wait_set_end(&set), W_SHARED);
	world_close(&w);
}

/* Served, and the hub has not heard of it: the end waits for that. */
EG_TEST(select_shared_set_counts_what_is_on_its_way)
{
	for (int kind = 0; kind < W_SHARED; kind++) {
		eg_wait_set set;
		struct world w;

		egt_casef("case %d", kind);
		world_open(&w);
		w.kind = (enum world_case)kind;
		egt_eq(eg_wait_set_begin(&set, w.cases, W_SHARED), 0);
		shared_run(world_bring_kind, &w);
		egt_eq(eg_wait_set_end(&set), 1);
		world_check(&w, w.kind);
		world_close(&w);
	}
}

static void *end_cancelled(void *arg)
{
	struct world *w = arg;
	eg_wait_set set;

	egt_eq(eg_wait_set_begin(&set, w->cases, W_SHARED), 0);
	egt_eq(eg_wait_set_next(&set, EG_FOREVER), -ECANCELED);
	shared_run(world_bring_kind, w);
	w->result = eg_wait_set_end(&set);
	return NULL;
}

EG_TEST(select_shared_set_of_the_cancelled_ends_as_well)
{
	struct world w;
	eg_fiber *f;

	world_open(&w);
	w.kind = W_GET;
	egt_eq(eg_spawn(&f, end_cancelled, &w), 0);
	settle();
	egt_eq(eg_cancel(f), 0);
	world_join(f);
	egt_eq(w.result, 1);
	world_check(&w, W_GET);
	world_close(&w);
}

EG_TEST(select_shared_set_ended_has_left_every_line)
{
	eg_wait_set set;
	struct world w;

	world_open(&w);
	egt_eq(eg_wait_set_begin(&set, w.cases, W_CASES), 0);
	egt_eq(eg_wait_set_next(&set, eg_after(EG_MSEC)), -ETIMEDOUT);
	egt_eq(eg_wait_set_end(&set), 0);
	for (int k = 0; k < W_CASES; k++)
		egt_eq(w.cases[k].order, 0);
	world_close(&w);
}

/* What is ready at the beginning is done there, and the rest waited for. */
EG_TEST(select_shared_set_begins_with_what_is_ready)
{
	eg_wait_set set;
	struct world w;

	world_open(&w);
	w.kind = W_PUT;
	shared_run(world_bring_kind, &w);
	egt_eq(eg_wait_set_begin(&set, w.cases, W_SHARED), 0);
	w.kind = W_SEM;
	shared_run(world_bring_kind, &w);
	egt_eq(eg_wait_set_next(&set, EG_FOREVER), W_PUT);
	egt_eq(eg_wait_set_next(&set, EG_FOREVER), W_SEM);
	egt_eq(eg_wait_set_next(&set, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_wait_set_end(&set), 0);
	world_close(&w);
}

EG_TEST(select_shared_many_counts_what_came)
{
	struct world w;

	world_open(&w);
	egt_eq(eg_wait_many(w.cases, W_SHARED, 0, eg_after(EG_MSEC)), 0);
	w.kind = W_EVENT;
	shared_run(world_bring_kind, &w);
	egt_eq(eg_wait_many(w.cases, W_SHARED, 1, EG_FOREVER), 1);
	world_check(&w, W_EVENT);
	world_close(&w);
}

/* A deadlock is reported when nothing of the set is a thread's any more. */
EG_TEST(select_shared_set_that_has_come_holds_up_no_report)
{
	eg_wait_set set;
	struct world w;

	world_open(&w);
	w.cases[W_SHARED] = w.cases[W_LOCAL_EVENT];
	egt_eq(eg_wait_set_begin(&set, w.cases, W_SHARED + 1), 0);
	shared_run(bring_all, &w);
	for (int i = 0; i < W_SHARED; i++)
		egt_le(0, eg_wait_set_next(&set, EG_FOREVER));
	egt_eq(eg_wait_set_next(&set, EG_FOREVER), -EDEADLK);
	egt_eq(eg_wait_set_end(&set), 0);
	world_close(&w);
}

/* Descriptors beside them: a helper has to end, whoever came first. */
EG_TEST(select_shared_beside_a_descriptor, .backends = EGT_REAL)
{
	struct world w;
	int fd[2];

	world_open(&w);
	egt_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	for (int i = 0; i < 2; i++) {
		eg_case cases[] = { eg_case_fd(fd[0], POLLIN),
				    eg_case_shared_get(w.queue, &w.in),
				    eg_case_time(EG_FOREVER) };
		struct shared_thread t;

		w.kind = W_GET;
		shared_start(&t, world_bring_kind, &w, false);
		egt_eq(eg_select(cases, 3, EG_FOREVER, 0), 1);
		shared_end(&t);
		egt_eq(eg_write(fd[1], "x", 1, EG_NOW), 1);
		egt_eq(eg_select(cases, 3, EG_FOREVER, 0), 0);
		egt_eq(cases[0].result, POLLIN);
		egt_eq(eg_read(fd[0], &w.value, 1, EG_NOW), 1);
	}
	egt_eq(eg_close(fd[0]), 0);
	egt_eq(eg_close(fd[1]), 0);
	world_close(&w);
}
