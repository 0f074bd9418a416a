/* SPDX-License-Identifier: MIT */
/*
 * Each thread has its own alternate signal stack: its handlers run there and
 * may block; an overrun of the normal stack can be handled on it.
 */
#include "claim.h"

#include <setjmp.h>
#include <signal.h>

#define SIZE ((size_t)64 << 10)

static __thread char *own;
static __thread sigjmp_buf back;

static bool is_on_own(void)
{
	char here, *volatile p = &here;

	return p >= own && p < own + SIZE;
}

static void handler(int signal)
{
	stack_t s;

	(void)signal;
	CHECK(is_on_own());
	OK(sigaltstack(NULL, &s));
	CHECK_EQ(s.ss_flags, SS_ONSTACK);
	CHECK(s.ss_sp == own);
	CHECK_ERROR(sigaltstack(&s, NULL), EPERM);
	settle(); /* others run, and handle, meanwhile */
	CHECK(is_on_own());
}

static void overrun(int signal)
{
	(void)signal;
	CHECK(is_on_own());
	siglongjmp(back, 1);
}

static int sink(int depth);
static int (*volatile deeper)(int) = sink;

static int sink(int depth)
{
	volatile int frame[500];

	frame[depth % 500] = depth;
	return deeper(depth + 1) + frame[0];
}

static void *body(void *arg)
{
	stack_t s = { .ss_size = SIZE };

	OK(sigaltstack(NULL, &s));
	CHECK_EQ(s.ss_flags, SS_DISABLE);
	s = (stack_t){ .ss_sp = own = malloc(SIZE), .ss_size = SIZE };
	OK(sigaltstack(&s, NULL));
	for (int i = 0; i < 3; i++) {
		raise(SIGUSR1);
		CHECK(!is_on_own());
		if (sigsetjmp(back, 1) == 0)
			sink(0);
	}
	s.ss_flags = SS_DISABLE;
	OK(sigaltstack(&s, NULL));
	s = (stack_t){ .ss_sp = own, .ss_size = 100 };
	CHECK_ERROR(sigaltstack(&s, NULL), ENOMEM);
	free(own);
	return arg;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler,
				    .sa_flags = SA_ONSTACK };
	pthread_t t[8];

	sigaction(SIGUSR1, &action, NULL);
	action.sa_handler = overrun;
	sigaction(SIGSEGV, &action, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(body, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	return ok();
}
