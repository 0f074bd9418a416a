/* SPDX-License-Identifier: MIT */
/*
 * A stack overflow is a SIGSEGV with a sentence that names the fiber; a
 * program's own handler is left alone.
 */
#include "fiber_trace.h"

#include <pthread.h>
#include <signal.h>

static void skip_if_sanitized(void)
{
	if (IS_SANITIZED)
		egt_skip("the sanitizer has a handler of its own");
}

static volatile char sink;

static __attribute__((noinline)) int dive(int depth)
{
	volatile char frame[512];

	frame[0] = (char)depth;
	sink = frame[0];
	/* Never 0: the compiler is not to know. */
	return sink == 0x7f && depth < 0 ? 0 : dive(depth + 1) + frame[0];
}

static void *overflow(void *arg)
{
	(void)arg;
	dive(1);
	return NULL;
}

static int spawn_deep(void *arg)
{
	eg_spawn_options o = EG_SPAWN_INIT;
	eg_fiber *f;

	o.name = "deep";
	o.stack_bytes = (size_t)(uintptr_t)arg;
	egt_eq(eg_spawn_with(&f, overflow, NULL, &o), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	return 0;
}

EG_TEST_DIES(an_overflow_names_the_fiber, SIGSEGV,
	     "'deep' overflowed its stack of ")
{
	skip_if_sanitized();
	spawn_deep(NULL);
}

EG_TEST_DIES(an_overflow_of_a_large_stack_too, SIGSEGV,
	     "'deep' overflowed its stack of ")
{
	skip_if_sanitized();
	spawn_deep((void *)(uintptr_t)(1 << 20));
}

static void *run_hub(void *arg)
{
	eg_run(spawn_deep, arg, NULL, NULL);
	return NULL;
}

EG_TEST_PLAIN_DIES(an_overflow_in_another_thread_too, SIGSEGV,
		   "'deep' overflowed its stack of ")
{
	pthread_t thread;

	skip_if_sanitized();
	egt_eq(pthread_create(&thread, NULL, run_hub, NULL), 0);
	pthread_join(thread, NULL);
}

static void *touch_nothing(void *arg)
{
	*(volatile int *)arg = 1;
	return NULL;
}

/* A plain mistake is no overflow, and is as fatal as without evergreen. */
EG_TEST_DIES(another_fault_stays_a_fault, SIGSEGV, "")
{
	eg_fiber *f;

	skip_if_sanitized();
	egt_eq(eg_spawn(&f, touch_nothing, (void *)16), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

static void own_handler(int signal)
{
	(void)signal;
}

static int check_handler(void *arg)
{
	struct sigaction now;

	egt_eq(sigaction(SIGSEGV, NULL, &now), 0);
	egt_eq(now.sa_handler == own_handler, arg != NULL);
	egt_eq(now.sa_handler == SIG_DFL, false);
	return 0;
}

EG_TEST_PLAIN(a_programs_own_handler_is_left_alone)
{
	struct sigaction mine = { .sa_handler = own_handler }, now;

	skip_if_sanitized();
	egt_eq(eg_run(check_handler, NULL, NULL, NULL), 0);
	egt_eq(sigaction(SIGSEGV, NULL, &now), 0);
	egt_true(now.sa_handler == SIG_DFL);

	egt_eq(sigaction(SIGSEGV, &mine, NULL), 0);
	egt_eq(eg_run(check_handler, &mine, NULL, NULL), 0);
	egt_eq(sigaction(SIGSEGV, NULL, &now), 0);
	egt_true(now.sa_handler == own_handler);
}
