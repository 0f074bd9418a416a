/* SPDX-License-Identifier: MIT */
/*
 * Callbacks that go on and on keep neither I/O nor fibers nor timers waiting
 * for long (semantics HB-02).
 */
#include "egt.h"

#include <evergreen/evergreen.h>

#include <poll.h>
#include <unistd.h>

struct endless {
	eg_callback callback;
	int64_t spin; /* how long each one takes */
	long calls;
	bool is_over;
};

static void go_on(void *arg)
{
	struct endless *e = arg;
	int64_t end = eg_now() + e->spin;

	while (e->spin && eg_now() < end)
		;
	/* Without end, this one is: the time limit would not say why. */
	egt_lt(++e->calls, 50000000);
	if (!e->is_over)
		egt_eq(eg_callback_queue(&e->callback), 0);
}

static void begin(struct endless *e, int64_t spin)
{
	*e = (struct endless){ .spin = spin };
	egt_eq(eg_callback_init(&e->callback, go_on, e), 0);
	egt_eq(eg_callback_queue(&e->callback), 0);
}

static void *end_it(void *arg)
{
	struct endless *e = arg;

	for (int i = 0; i < 10; i++)
		egt_eq(eg_yield(), 0);
	e->is_over = true;
	return NULL;
}

EG_TEST(callbacks_without_end_let_fibers_run)
{
	struct endless e;

	begin(&e, 0);
	egt_eq(eg_spawn(NULL, end_it, &e), 0);
	while (!e.is_over)
		egt_eq(eg_yield(), 0);
	/* In one line with the fibers: one in each round. */
	egt_le(e.calls, 15);
	egt_eq(eg_yield(), 0);
}

EG_TEST(callbacks_without_end_let_io_in)
{
	struct endless e;
	int fd[2];
	char c;

	egt_eq(pipe(fd), 0);
	begin(&e, 0);
	/* Readable before it is asked for: the next look finds it. */
	egt_eq(write(fd[1], "x", 1), 1);
	egt_eq(eg_wait_fd(fd[0], POLLIN, EG_FOREVER), POLLIN);
	e.is_over = true;
	/* The last one that is queued sees it. */
	egt_eq(eg_yield(), 0);
	egt_true(!eg_callback_is_pending(&e.callback));
	egt_eq(eg_read(fd[0], &c, 1, EG_FOREVER), 1);
	egt_eq(eg_close(fd[0]), 0);
	egt_eq(close(fd[1]), 0);
}

static void end_at(eg_timer *timer, void *arg)
{
	struct endless *e = arg;

	(void)timer;
	e->is_over = true;
}

/* A turn's budget alone would allow a thousand of them before a look. */
EG_TEST(callbacks_that_take_long_are_interrupted, .backends = EGT_REAL)
{
	struct endless e;
	eg_timer timer;

	egt_eq(eg_timer_init(&timer, end_at, &e), 0);
	begin(&e, 200 * EG_USEC);
	egt_eq(eg_timer_start(&timer, EG_NOW), 0);
	while (!e.is_over)
		egt_eq(eg_yield(), 0);
	egt_le(e.calls, 110);
	egt_eq(eg_yield(), 0);
}

/* Also if one batch is what takes long. */
static void spin_once(void *arg)
{
	int64_t end = eg_now() + 200 * EG_USEC;

	while (eg_now() < end)
		;
	++*(int *)arg;
}

struct moment {
	const int *calls;
	int at;
};

static void note_calls(eg_timer *timer, void *arg)
{
	struct moment *m = arg;

	(void)timer;
	m->at = *m->calls;
}

EG_TEST(callbacks_of_one_batch_are_interrupted, .backends = EGT_REAL)
{
	enum { BATCH = 300 };
	static eg_callback c[BATCH];
	int calls = 0;
	struct moment m = { &calls, -1 };
	eg_timer timer;

	egt_eq(eg_timer_init(&timer, note_calls, &m), 0);
	egt_eq(eg_timer_start(&timer, EG_NOW), 0);
	for (int i = 0; i < BATCH; i++) {
		egt_eq(eg_callback_init(&c[i], spin_once, &calls), 0);
		egt_eq(eg_callback_queue(&c[i]), 0);
	}
	while (calls < BATCH)
		egt_eq(eg_yield(), 0);
	egt_le(0, m.at);
	egt_le(m.at, 110);
}

/* Interrupted or not, they run before the fibers that came after them. */
static void *note_count(void *arg)
{
	struct moment *m = arg;

	m->at = *m->calls;
	return NULL;
}

EG_TEST(callbacks_that_are_interrupted_keep_their_place, .backends = EGT_REAL)
{
	enum { BATCH = 120 };
	static eg_callback c[BATCH];
	int calls = 0;
	struct moment m = { &calls, -1 };

	for (int i = 0; i < BATCH; i++) {
		egt_eq(eg_callback_init(&c[i], spin_once, &calls), 0);
		egt_eq(eg_callback_queue(&c[i]), 0);
	}
	egt_eq(eg_spawn(NULL, note_count, &m), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(calls, BATCH);
	egt_eq(m.at, BATCH);
}
