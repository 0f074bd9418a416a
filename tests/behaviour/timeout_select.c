/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait for several things at once: rows for timeout_calls.h. Tests
 * no behaviour itself.
 */
#include "timeout_calls.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

static int64_t call_select(struct call_rig *r, int64_t deadline)
{
	eg_case cases[] = { eg_case_event(&r->event), eg_case_sem(&r->sem),
			    eg_case_time(EG_FOREVER) };

	return eg_select(cases, ARRAY_LEN(cases), deadline, EG_SELECT_FAIR);
}

/* Nothing ever comes through it: a helper waits, and is called back. */
static void set_up_pipe(struct call_rig *r)
{
	int fd[2];

	egt_eq(pipe2(fd, O_CLOEXEC | O_NONBLOCK), 0);
	r->fd[0] = fd[0];
	r->peer[r->peers++] = fd[1];
}

static int64_t call_select_fd(struct call_rig *r, int64_t deadline)
{
	eg_case cases[] = { eg_case_sem(&r->sem),
			    eg_case_fd(r->fd[0], POLLIN) };

	return eg_select(cases, ARRAY_LEN(cases), deadline, 0);
}

static void wake_sem(struct call_rig *r)
{
	egt_eq(eg_sem_post(&r->sem), 0);
}

/* Where there is no fiber, none can be begun: this one was before. */
struct begun {
	eg_case never;
	eg_wait_set set;
};

static void set_up_set(struct call_rig *r)
{
	struct begun *b = calloc(1, sizeof(*b));

	egt_true(b);
	egt_eq(eg_wait_set_begin(&b->set, &b->never, 1), 0);
	r->own = b;
}

static void tear_down_set(struct call_rig *r)
{
	struct begun *b = r->own;

	egt_eq(eg_wait_set_end(&b->set), 0);
	free(b);
}

static int64_t call_set(struct call_rig *r, int64_t deadline)
{
	eg_case c = eg_case_sem(&r->sem);
	struct begun *b = r->own;
	eg_wait_set set;
	int64_t result;

	if (eg_wait_set_begin(&set, &c, 1) == -EPERM)
		return eg_wait_set_next(&b->set, deadline);
	result = eg_wait_set_next(&set, deadline);
	egt_eq(eg_wait_set_end(&set), 0);
	return result;
}

/* Its own deadline is no error: what has come is counted. */
static int64_t call_many(struct call_rig *r, int64_t deadline)
{
	eg_case c = eg_case_sem(&r->sem);
	ssize_t n = eg_wait_many(&c, 1, 1, deadline);

	return n == 0 ? -ETIMEDOUT : n;
}

static const struct blocking_call rows[] = {
	{ "select", NULL, call_select, wake_sem, NULL, 0 },
	{ "select, descriptor", set_up_pipe, call_select_fd, wake_sem, NULL,
	  CALL_BY_ONE },
	/* A set takes what comes until it is ended: after a cancel, too. */
	{ "wait_set_next", set_up_set, call_set, wake_sem, tear_down_set,
	  CALL_BY_ONE },
	{ "wait_many", NULL, call_many, wake_sem, NULL, CALL_BY_ONE },
};

BLOCKING_CALLS(rows)
