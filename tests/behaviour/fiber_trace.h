/* SPDX-License-Identifier: MIT */
/*
 * What happened, in order: a letter each, to be compared with a string. Holds
 * nothing but text; who writes which letter is the test's business.
 */
#ifndef TESTS_FIBER_TRACE_H
#define TESTS_FIBER_TRACE_H

#include "egt.h"

#include <evergreen/evergreen.h>

#include <errno.h>
#include <stdint.h>

/* A sanitizer keeps memory and signal handlers of its own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

struct trace {
	char text[128]; /* NUL included; what does not fit fails the test */
	size_t len;
};

static inline void trace_add(struct trace *t, char letter)
{
	egt_lt(t->len + 1, sizeof(t->text));
	t->text[t->len++] = letter;
	t->text[t->len] = '\0';
}

/* A fiber that writes one letter. */
struct letter {
	struct trace *trace;
	char letter;
};

static inline void *write_letter(void *arg)
{
	const struct letter *l = arg;

	trace_add(l->trace, l->letter);
	return NULL;
}

/* Lets everything that is ready run, and what that makes ready. */
static inline void settle(void)
{
	for (int i = 0; i < 8; i++)
		egt_eq(eg_yield(), 0);
}

#endif
