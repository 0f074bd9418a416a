/* SPDX-License-Identifier: MIT */
/*
 * eg_loop_once(): a descriptor or a time, told once, in memory that is the
 * loop's until then (semantics LV-24).
 */
#include "watch_times.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Where the loop's memory comes from: counted, and on demand refused. */
static int blocks;
static bool is_refused;

static void *counted(void *memory, size_t size)
{
	if (size && is_refused)
		return NULL;
	blocks += (size != 0) - (memory != NULL);
	if (size)
		return realloc(memory, size);
	free(memory);
	return NULL;
}

struct told {
	eg_loop *loop;
	int count;
	int events;
	int blocks; /* then */
	int64_t now;
};

static void tell(int events, void *arg)
{
	struct told *t = arg;

	t->count++;
	t->events = events;
	t->blocks = blocks;
	t->now = eg_loop_now(t->loop);
}

static void make_pipe(int fds[2])
{
	egt_eq(pipe(fds), 0);
}

static void close_pipe(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

EG_TEST_BARE(once_tells_of_a_descriptor_or_the_time)
{
	enum { READ_END, WRITE_END, FULL_READ_END, NO_FD };
	static const struct {
		const char *label;
		int which, events;
		int64_t timeout;
		int told;
	} cases[] = {
		{ "input", FULL_READ_END, EG_READ, -1, EG_READ },
		{ "input in time", FULL_READ_END, EG_READ, EG_SEC, EG_READ },
		{ "output", WRITE_END, EG_WRITE, -1, EG_WRITE },
		{ "no input", READ_END, EG_READ, 20 * EG_MSEC, EG_TIMER },
		{ "the time alone", NO_FD, 0, 20 * EG_MSEC, EG_TIMER },
		{ "no events", FULL_READ_END, 0, 20 * EG_MSEC, EG_TIMER },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		eg_loop *loop = new_loop(0);
		struct told t = { .loop = loop };
		int64_t start = eg_loop_now(loop);
		int empty[2], full[2], fd;

		egt_case(cases[i].label);
		make_pipe(empty);
		make_pipe(full);
		egt_eq(write(full[1], "x", 1), 1);
		fd = cases[i].which == READ_END	       ? empty[0]
		     : cases[i].which == WRITE_END     ? empty[1]
		     : cases[i].which == FULL_READ_END ? full[0]
						       : -1;
		egt_eq(eg_loop_once(loop, fd, cases[i].events, cases[i].timeout,
				    tell, &t),
		       0);
		egt_eq(t.count, 0);
		egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
		egt_eq(t.count, 1);
		egt_eq(t.events, cases[i].told);
		if (t.events == EG_TIMER)
			egt_le(start + 20 * EG_MSEC, t.now);
		if (t.events == EG_TIMER && egt_is_sim())
			egt_eq(t.now, start + 20 * EG_MSEC);
		eg_loop_free(loop);
		close_pipe(empty);
		close_pipe(full);
	}
}

/* What comes in one turn is one call. */
EG_TEST_BARE(input_and_the_time_are_told_together)
{
	eg_loop *loop = new_loop(0);
	struct told t = { .loop = loop };
	int fds[2];

	make_pipe(fds);
	egt_eq(write(fds[1], "x", 1), 1);
	egt_eq(eg_loop_once(loop, fds[0], EG_READ, 0, tell, &t), 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_eq(t.count, 1);
	egt_eq(t.events, EG_READ | EG_TIMER);
	eg_loop_free(loop);
	close_pipe(fds);
}

EG_TEST_BARE(its_memory_is_free_before_the_call)
{
	struct told t = { .count = 0 };
	int before;

	eg_loop_set_allocator(counted);
	t.loop = new_loop(0);
	before = blocks;
	egt_eq(eg_loop_once(t.loop, -1, 0, 0, tell, &t), 0);
	egt_lt(before, blocks);
	egt_eq(eg_loop_run(t.loop, EG_RUN_DEFAULT), 0);
	egt_eq(t.blocks, before);
	eg_loop_free(t.loop);
	egt_eq(blocks, 0);
}

EG_TEST_BARE(what_never_came_goes_with_the_loop)
{
	struct told t = { .count = 0 };
	int fds[2];

	make_pipe(fds);
	eg_loop_set_allocator(counted);
	t.loop = new_loop(0);
	for (int i = 0; i < 3; i++) {
		egt_eq(eg_loop_once(t.loop, fds[0], EG_READ, EG_SEC, tell, &t),
		       0);
		egt_eq(eg_loop_once(t.loop, -1, 0, EG_SEC, tell, &t), 0);
	}
	run_turns(t.loop, 2);
	eg_loop_free(t.loop);
	egt_eq(t.count, 0);
	egt_eq(blocks, 0);
	close_pipe(fds);
}

static void free_loop(int events, void *arg)
{
	struct told *t = arg;

	tell(events, arg);
	egt_eq(eg_loop_free(t->loop), 0);
}

EG_TEST_BARE(its_callback_may_free_the_loop)
{
	struct told t = { .count = 0 }, other = { .count = 0 };

	eg_loop_set_allocator(counted);
	t.loop = other.loop = new_loop(0);
	egt_eq(eg_loop_once(t.loop, -1, 0, 0, free_loop, &t), 0);
	egt_eq(eg_loop_once(t.loop, -1, 0, EG_SEC, tell, &other), 0);
	egt_eq(eg_loop_run(t.loop, EG_RUN_DEFAULT), 0);
	egt_eq(t.count, 1);
	egt_eq(other.count, 0);
	egt_eq(blocks, 0);
}

static void chain(int events, void *arg)
{
	struct told *t = arg;

	tell(events, arg);
	if (t->count < 3)
		egt_eq(eg_loop_once(t->loop, -1, 0, EG_MSEC, chain, t), 0);
}

EG_TEST_BARE(its_callback_may_ask_again)
{
	struct told t = { .loop = new_loop(0) };
	int64_t start = eg_loop_now(t.loop);

	chain(0, &t);
	egt_eq(eg_loop_run(t.loop, EG_RUN_DEFAULT), 0);
	egt_eq(t.count, 3);
	egt_le(start + 2 * EG_MSEC, t.now);
	eg_loop_free(t.loop);
}

EG_TEST_BARE(a_closed_descriptor_is_told_as_an_error)
{
	struct told t = { .loop = new_loop(0) };
	int fds[2];

	make_pipe(fds);
	close_pipe(fds);
	egt_eq(eg_loop_once(t.loop, fds[0], EG_READ, EG_SEC, tell, &t), 0);
	egt_eq(eg_loop_run(t.loop, EG_RUN_DEFAULT), 0);
	egt_eq(t.count, 1);
	egt_eq(t.events, (int)EG_ERROR | EG_READ | EG_WRITE);
	eg_loop_free(t.loop);
}

EG_TEST_BARE(what_cannot_be_waited_for_leaves_nothing)
{
	struct told t = { .count = 0 };
	int before;

	eg_loop_set_allocator(counted);
	t.loop = new_loop(0);
	before = blocks;
	egt_eq(eg_loop_once(t.loop, -1, EG_READ, -1, tell, &t), -EINVAL);
	egt_eq(eg_loop_once(t.loop, 0, 0, -1, tell, &t), -EINVAL);
	egt_eq(eg_loop_once(t.loop, 0, EG_TIMER, 0, tell, &t), -EINVAL);
	egt_eq(eg_loop_once(t.loop, -1, 0, 0, NULL, &t), -EINVAL);
	egt_eq(eg_loop_once(t.loop, 1 << 30, EG_READ, 0, tell, &t), -EBADF);
	is_refused = true;
	egt_eq(eg_loop_once(t.loop, -1, 0, 0, tell, &t), -ENOMEM);
	is_refused = false;
	egt_eq(blocks, before);
	egt_eq(eg_loop_run(t.loop, EG_RUN_DEFAULT), 0);
	egt_eq(t.count, 0);
	eg_loop_free(t.loop);
	egt_eq(blocks, 0);
}
