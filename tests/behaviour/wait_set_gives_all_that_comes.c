/* SPDX-License-Identifier: MIT */
/*
 * Wait sets: each case is given once, in the order in which they came, also if
 * nobody waited then (semantics HB-15, SP-16).
 */
#include "fiber_trace.h"

#include <poll.h>
#include <sys/socket.h>

static void *sleep_for(void *arg)
{
	egt_eq(eg_sleep((intptr_t)arg * EG_MSEC), 0);
	return arg;
}

EG_TEST(set_gives_in_the_order_of_coming)
{
	static const long sleeps[] = { 30, 10, 20, 10 };
	enum { N = ARRAY_LEN(sleeps) };
	eg_fiber *f[N];
	eg_case cases[N];
	eg_wait_set set;

	for (int i = 0; i < N; i++) {
		egt_eq(eg_spawn(&f[i], sleep_for, (void *)sleeps[i]), 0);
		cases[i] = eg_case_fiber(f[i], NULL);
	}
	egt_eq(eg_wait_set_begin(&set, cases, N), 0);
	egt_eq(eg_wait_set_next(&set, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_wait_set_next(&set, EG_FOREVER), 1);
	egt_eq(eg_wait_set_next(&set, EG_FOREVER), 3);
	egt_eq(eg_wait_set_next(&set, EG_FOREVER), 2);
	egt_eq(eg_wait_set_next(&set, EG_FOREVER), 0);
	egt_eq(eg_wait_set_next(&set, EG_FOREVER), -ENOENT);
	egt_eq(cases[0].order, 4);
	egt_eq(eg_wait_set_end(&set), 0);
	for (int i = 0; i < N; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
}

EG_TEST(set_loses_nothing_while_nobody_waits)
{
	eg_event e = { 0 };
	eg_sem s = { 0 };
	eg_chan *c;
	long in = 0, out = 9;
	eg_wait_set set;
	eg_case cases[3];

	egt_eq(eg_chan_new(&c, sizeof(long), 0), 0);
	cases[0] = eg_case_event(&e);
	cases[1] = eg_case_sem(&s);
	cases[2] = eg_case_recv(c, &in);
	egt_eq(eg_wait_set_begin(&set, cases, 3), 0);
	egt_eq(eg_chan_send(c, &out, EG_NOW), 0);
	egt_eq(eg_sem_post(&s), 0);
	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_eq(in, 9);
	egt_eq(eg_sem_units(&s), 0);
	egt_eq(eg_wait_set_next(&set, EG_NOW), 2);
	/* Done, and not given. */
	egt_eq(eg_wait_set_end(&set), 1);
	egt_eq(cases[1].order, 2);
	egt_eq(cases[0].order, 0);
	/* Nothing of it stands in line any more. */
	egt_eq(eg_event_set(&e), 0);
	egt_eq(eg_sem_post(&s), 0);
	egt_eq(eg_sem_units(&s), 1);
	egt_eq(eg_chan_send(c, &out, EG_NOW), -ETIMEDOUT);
	eg_chan_unref(c);
}

EG_TEST(set_is_another_fibers)
{
	eg_event e = { 0 };
	eg_case c = eg_case_event(&e);
	eg_wait_set set = { 0 };

	egt_eq(eg_wait_set_next(&set, EG_NOW), -EINVAL);
	egt_eq(eg_wait_set_end(&set), -EINVAL);
	egt_eq(eg_wait_set_begin(&set, &c, 1), 0);
	egt_eq(eg_wait_set_end(&set), 0);
	egt_eq(eg_wait_set_end(&set), -EINVAL);
	egt_eq(eg_wait_set_next(&set, EG_NOW), -EINVAL);
}

static void *wait_in_set(void *arg)
{
	return (void *)(intptr_t)eg_wait_set_next(arg, EG_FOREVER);
}

static void *begin_and_wait(void *arg)
{
	eg_wait_set set;
	intptr_t r;

	egt_eq(eg_wait_set_begin(&set, arg, 1), 0);
	r = eg_wait_set_next(&set, EG_FOREVER);
	egt_eq(eg_wait_set_end(&set), 0);
	return (void *)r;
}

EG_TEST(set_is_ended_by_who_is_killed)
{
	eg_event e = { 0 };
	eg_case c = eg_case_event(&e), other = eg_case_event(&e);
	eg_wait_set set;
	eg_fiber *f;
	void *r;

	egt_eq(eg_wait_set_begin(&set, &other, 1), 0);
	egt_eq(eg_spawn(&f, wait_in_set, &set), 0);
	egt_eq(eg_join(f, &r, EG_FOREVER), 0);
	egt_eq((intptr_t)r, -EPERM);
	egt_eq(eg_spawn(&f, begin_and_wait, &c), 0);
	settle();
	egt_eq(eg_kill(f, -EINTR, EG_FOREVER), 0);
	egt_eq(eg_join(f, &r, EG_FOREVER), 0);
	egt_eq((intptr_t)r, -EINTR);
	egt_eq(eg_wait_set_end(&set), 0);
	egt_eq(eg_event_set(&e), 0);
}

EG_TEST(set_waits_for_descriptors_beside_other_io, .backends = EGT_REAL)
{
	eg_case cases[4];
	int fd[4][2];
	eg_wait_set set;
	char byte;

	for (int i = 0; i < 4; i++) {
		egt_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				  fd[i]),
		       0);
		cases[i] = eg_case_fd(fd[i][0], POLLIN);
	}
	egt_eq(eg_wait_set_begin(&set, cases, 4), 0);
	egt_eq(write(fd[2][1], "a", 1), 1);
	egt_eq(eg_wait_set_next(&set, EG_FOREVER), 2);
	egt_eq(eg_read(fd[2][0], &byte, 1, EG_FOREVER), 1);
	egt_eq(write(fd[0][1], "a", 1), 1);
	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_eq(eg_wait_set_next(&set, EG_FOREVER), 0);
	egt_eq(eg_wait_set_end(&set), 0);
	/* Nobody reads there any more. */
	for (int i = 0; i < 4; i++) {
		egt_eq(eg_wait_fd(fd[i][0], POLLIN, EG_NOW),
		       i == 0 ? POLLIN : -ETIMEDOUT);
		egt_eq(eg_close(fd[i][0]), 0);
		egt_eq(eg_close(fd[i][1]), 0);
	}
}

/* On a busy machine several come in one turn: exact times are the
 * simulation's. */
EG_TEST(many_are_waited_for_up_to_a_count, .backends = EGT_SIM)
{
	static const struct {
		size_t wanted;
		long ms;
		long want;
	} rows[] = {
		{ 0, 1000, 4 }, { 1, 1000, 1 }, { 2, 1000, 2 }, { 9, 1000, 4 },
		{ 0, 15, 1 },	{ 3, 25, 2 },	{ 0, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		eg_fiber *f[4];
		eg_case cases[5] = { { 0 } };

		egt_casef("row %zu", i);
		for (intptr_t n = 0; n < 4; n++) {
			egt_eq(eg_spawn(&f[n], sleep_for,
					(void *)((4 - n) * 10)),
			       0);
			cases[n] = eg_case_fiber(f[n], NULL);
		}
		egt_eq(eg_wait_many(cases, 5, rows[i].wanted,
				    rows[i].ms ? eg_after(rows[i].ms * EG_MSEC)
					       : EG_NOW),
		       rows[i].want);
		for (int n = 0; n < rows[i].want; n++)
			egt_eq(cases[3 - n].order, n + 1);
		for (int n = 0; n < 4; n++)
			egt_eq(eg_join(f[n], NULL, EG_FOREVER), 0);
	}
}
