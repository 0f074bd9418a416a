/* SPDX-License-Identifier: MIT */
/*
 * eg_idle() resumes after a look at the kernel that found nothing, with nothing
 * ready (semantics HB-12).
 */
#include "fiber_trace.h"

#include <poll.h>
#include <unistd.h>

static void *idle_once(void *arg)
{
	egt_eq(eg_idle(EG_FOREVER), 0);
	trace_add(arg, 'i');
	return NULL;
}

static void *yield_often(void *arg)
{
	for (int i = 0; i < 5000; i++)
		egt_eq(eg_yield(), 0);
	trace_add(arg, 'y');
	return NULL;
}

static void call(void *arg)
{
	trace_add(arg, 'c');
}

EG_TEST(idle_comes_after_what_is_ready)
{
	struct trace t = { .len = 0 };
	eg_callback c;
	eg_fiber *f;

	egt_eq(eg_callback_init(&c, call, &t), 0);
	egt_eq(eg_spawn(&f, idle_once, &t), 0);
	egt_eq(eg_spawn(NULL, yield_often, &t), 0);
	egt_eq(eg_callback_queue(&c), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_str_eq(t.text, "cyi");
}

struct reader {
	struct trace *trace;
	int fd;
};

static void *read_one(void *arg)
{
	const struct reader *r = arg;

	egt_eq(eg_wait_fd(r->fd, POLLIN, EG_FOREVER), POLLIN);
	trace_add(r->trace, 'r');
	return NULL;
}

/* What is ready in the kernel comes first, too. */
EG_TEST(idle_comes_after_what_the_kernel_has)
{
	struct trace t = { .len = 0 };
	struct reader r = { .trace = &t };
	eg_fiber *f, *g;
	int fd[2];

	egt_eq(pipe(fd), 0);
	r.fd = fd[0];
	egt_eq(eg_spawn(&g, read_one, &r), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_spawn(&f, idle_once, &t), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(write(fd[1], "x", 1), 1);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(eg_join(g, NULL, EG_FOREVER), 0);
	egt_str_eq(t.text, "ri");
	egt_eq(eg_close(fd[0]), 0);
	egt_eq(close(fd[1]), 0);
}

/* It does not wait for what is still to come. */
EG_TEST(idle_does_not_wait_for_timers)
{
	struct trace t = { .len = 0 };
	int64_t before = eg_now();
	eg_fiber *f;

	egt_eq(eg_spawn(&f, idle_once, &t), 0);
	egt_eq(eg_sleep(20 * EG_MSEC), 0);
	egt_str_eq(t.text, "i");
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_le(before + 20 * EG_MSEC, eg_now());
}

EG_TEST(idle_resumes_all_who_wait_in_order)
{
	struct trace t = { .len = 0 };
	eg_fiber *f[3];

	for (int i = 0; i < 3; i++)
		egt_eq(eg_spawn(&f[i], idle_once, &t), 0);
	egt_eq(eg_idle(EG_FOREVER), 0);
	for (int i = 0; i < 3; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
	egt_str_eq(t.text, "iii");
	/* Alone, there is nothing else to do. */
	for (int i = 0; i < 10; i++)
		egt_eq(eg_idle(EG_FOREVER), 0);
}

static void *keep_busy(void *arg)
{
	while (!*(bool *)arg)
		egt_eq(eg_yield(), 0);
	return NULL;
}

/* The virtual clock stands still while anybody is ready. */
EG_TEST(idle_gives_up_at_its_deadline, .backends = EGT_REAL)
{
	bool is_over = false;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, keep_busy, &is_over), 0);
	egt_eq(eg_idle(eg_after(2 * EG_MSEC)), -ETIMEDOUT);
	is_over = true;
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(eg_idle(EG_FOREVER), 0);
}

static void *idle_killed(void *arg)
{
	*(int *)arg = eg_idle(EG_FOREVER);
	return NULL;
}

EG_TEST(idle_ends_when_killed)
{
	int result = 1;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, idle_killed, &result), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_kill(f, -EPIPE, EG_FOREVER), 0);
	egt_eq(eg_unref(f) == NULL, true);
	egt_eq(result, -EPIPE);
	egt_eq(eg_idle(EG_FOREVER), 0);
}
