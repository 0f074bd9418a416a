/* SPDX-License-Identifier: MIT */
/*
 * What the tests of coroutines share: numbers as values, and a log of letters.
 */
#ifndef TESTS_CORO_KIT_H
#define TESTS_CORO_KIT_H

#include "fiber_trace.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define V(number) ((void *)(intptr_t)(number))
#define N(pointer) ((intptr_t)(pointer))
#define R(code, value) ((eg_coro_result){ (code), (value) })

/* @result_ is this code with this number. */
#define RESULT_EQ(result_, code_, number_)       \
	do {                                     \
		eg_coro_result got_ = (result_); \
		egt_eq(got_.code, code_);        \
		egt_eq(N(got_.value), number_);  \
	} while (0)

/* Made, or the test fails. */
static inline eg_coro *coro_new(eg_coro_fn *fn)
{
	eg_coro *c;

	egt_eq(eg_coro_new(&c, fn, NULL), 0);
	return c;
}

static inline eg_coro *coro_under(eg_coro *parent, eg_coro_fn *fn)
{
	eg_coro_options o = EG_CORO_INIT;
	eg_coro *c;

	o.parent = parent;
	egt_eq(eg_coro_new(&c, fn, &o), 0);
	return c;
}

/* The value that a switch brings back, which must be no error. */
static inline intptr_t coro_ask(eg_coro *to, intptr_t value)
{
	eg_coro_result answer = eg_coro_switch(to, V(value));

	egt_eq(answer.code, 0);
	return N(answer.value);
}

/* Runs @fn on an OS thread of its own, to its end. */
static inline void in_thread(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	egt_eq(pthread_create(&thread, NULL, fn, arg), 0);
	egt_eq(pthread_join(thread, NULL), 0);
}

/* What the log says from now on; the last line of it. */
static char coro_log_line[256] __attribute__((unused));

static inline void coro_log_keep(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	snprintf(coro_log_line, sizeof(coro_log_line), "%s", line);
}

static inline void coro_log_catch(void)
{
	coro_log_line[0] = '\0';
	eg_set_log(coro_log_keep, NULL);
}

/* The bodies that many tests need. */
static inline eg_coro_result coro_returns_it(void *value)
{
	return R(0, value);
}

/* Answers with one more, for ever; ends with what is thrown into it. */
static inline eg_coro_result coro_adds_one(void *value)
{
	eg_coro_result r = R(0, value);

	do {
		r = eg_coro_switch(eg_coro_parent(eg_coro_self()),
				   V(N(r.value) + 1));
	} while (r.code == 0);
	return r;
}

#endif
