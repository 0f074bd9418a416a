/* SPDX-License-Identifier: MIT */
/*
 * Threads for the tests of shared objects.
 */
#include "shared_kit.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int run_fn(void *arg)
{
	struct shared_thread *t = arg;

	t->fn(t->arg);
	return 0;
}

static void *thread_main(void *arg)
{
	struct shared_thread *t = arg;

	__atomic_store_n(&t->tid, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
	if (t->has_hub)
		egt_eq(eg_run(run_fn, t, NULL, NULL), 0);
	else
		run_fn(t);
	return NULL;
}

void shared_start(struct shared_thread *t, void (*fn)(void *arg), void *arg,
		  bool has_hub)
{
	*t = (struct shared_thread){ .fn = fn, .arg = arg, .has_hub = has_hub };
	egt_eq(pthread_create(&t->thread, NULL, thread_main, t), 0);
}

void shared_end(struct shared_thread *t)
{
	egt_eq(pthread_join(t->thread, NULL), 0);
}

void shared_run(void (*fn)(void *arg), void *arg)
{
	struct shared_thread t;

	shared_start(&t, fn, arg, false);
	shared_end(&t);
}

/* The letter behind the name, which is in brackets. */
static char state_of(int tid)
{
	char path[64], text[256], *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	egt_le(0, fd);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	egt_lt(0, n);
	text[n] = '\0';
	end = strrchr(text, ')');
	egt_true(end && end[1] == ' ');
	return end[2];
}

void shared_until_asleep(struct shared_thread *t)
{
	int tid;

	while (!(tid = __atomic_load_n(&t->tid, __ATOMIC_ACQUIRE)))
		sched_yield();
	while (state_of(tid) != 'S')
		sched_yield();
}

void shared_until(const int *counter, int want)
{
	while (shared_read(counter) < want)
		sched_yield();
}

static int64_t thread_calls(void *arg)
{
	struct shared_thread *t = arg;

	thread_main(t);
	return 0;
}

void shared_call(enum shared_caller caller, void (*fn)(void *arg), void *arg)
{
	struct shared_thread t = {
		.fn = fn,
		.arg = arg,
		.has_hub = caller == SHARED_HUB,
	};

	if (caller == SHARED_FIBER)
		fn(arg);
	else
		egt_eq(eg_offload(thread_calls, &t, NULL, EG_FOREVER), 0);
}

unsigned shared_draw(unsigned *seed, unsigned n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % n;
}

int64_t shared_draw_deadline(unsigned *seed)
{
	switch (shared_draw(seed, 4)) {
	case 0:
		return EG_NOW;
	case 1:
		return eg_after(shared_draw(seed, 50) * EG_USEC);
	default:
		return EG_FOREVER;
	}
}
