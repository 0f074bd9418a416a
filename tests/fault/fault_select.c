/* SPDX-License-Identifier: MIT */
/*
 * Select and sets under faults: a descriptor that cannot be waited for fails
 * the call, and leaves no helper and no place in a line, whoever serves it.
 */
#include "fault_rig.h"

#include <poll.h>
#include <pthread.h>

static void *posts(void *arg)
{
	egt_eq(eg_sem_post(arg), 0);
	return FAULT_RESULT(true);
}

static bool open_pair(int fd[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) == 0;
}

static void close_pair(const int fd[2])
{
	eg_close(fd[0]);
	eg_close(fd[1]);
}

FAULT_TEST(fault_of_select)
{
	eg_sem sem = { 0 };
	eg_fiber *f;
	bool is_well;
	int fd[2], r;

	egt_true(open_pair(fd));
	f = fault_spawn(posts, &sem);
	{
		eg_case cases[] = { eg_case_fd(fd[0], POLLIN),
				    eg_case_sem(&sem),
				    eg_case_fd(fd[1], POLLIN) };

		r = eg_select(cases, 3, eg_after(f ? EG_SEC : EG_MSEC), 0);
		/* A descriptor may come with the error that it met. */
		is_well = r == 1 || (r >= 0 && !fault_ok(cases[r].result)) ||
			  (r < 0 && r != -ETIMEDOUT && !fault_ok(r));
		egt_true(is_well || !f);
		is_well = r == 1;
	}
	is_well &= fault_join(f);
	/* The unit is where it was put, or with who took it. */
	egt_eq(eg_sem_units(&sem), f && r != 1);
	close_pair(fd);
	return !is_well;
}

FAULT_TEST(fault_of_wait_sets)
{
	eg_event event = { 0 };
	eg_wait_set set;
	bool is_well;
	int fd[2], r;

	egt_true(open_pair(fd));
	{
		eg_case cases[] = { eg_case_event(&event),
				    eg_case_fd(fd[0], POLLIN) };

		r = eg_wait_set_begin(&set, cases, 2);
		is_well = fault_ok(r);
		if (r == 0) {
			egt_le(0, eg_event_set(&event));
			r = eg_wait_set_next(&set, EG_FOREVER);
			is_well &= fault_ok(r) && r == 0;
			egt_le(0, eg_wait_set_end(&set));
		}
	}
	/* Nobody is left in the line. */
	egt_eq(eg_event_clear(&event), 0);
	egt_eq(eg_event_set(&event), 0);
	close_pair(fd);
	return !is_well;
}

enum { VALUES = 20 };

static void *puts_all(void *queue)
{
	for (long i = 1; i <= VALUES; i++)
		egt_eq(eg_shared_queue_put(queue, &i, EG_FOREVER), 0);
	egt_eq(eg_shared_queue_shutdown(queue, false), 0);
	return NULL;
}

/* A thread serves it at any moment, also while it fails for the descriptor. */
static bool select_all(eg_shared_queue *queue, int fd)
{
	bool is_well = true;
	long sum = 0;

	for (;;) {
		long value = 0;
		eg_case cases[] = { eg_case_shared_get(queue, &value),
				    eg_case_fd(fd, POLLIN) };
		int r = eg_select(cases, 2, EG_FOREVER, 0);

		if (r == 0 && cases[0].result == -ESHUTDOWN)
			break;
		sum += value;
		if (r == 0) {
			egt_eq(cases[0].result, 0);
			continue;
		}
		egt_eq(value, 0);
		egt_true(!fault_ok(r < 0 ? r : cases[r].result));
		is_well = false;
	}
	egt_eq(sum, VALUES * (VALUES + 1) / 2);
	return is_well;
}

FAULT_TEST(fault_of_select_and_a_thread)
{
	eg_shared_queue *queue = NULL;
	pthread_t thread;
	bool is_well;
	int fd[2];

	if (!fault_ok(eg_shared_queue_new(&queue, sizeof(long), 0)))
		return 1;
	egt_true(open_pair(fd));
	egt_eq(pthread_create(&thread, NULL, puts_all, queue), 0);
	is_well = select_all(queue, fd[0]);
	egt_eq(pthread_join(thread, NULL), 0);
	close_pair(fd);
	eg_shared_queue_unref(queue);
	return !is_well;
}
