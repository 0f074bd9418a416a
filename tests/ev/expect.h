/* SPDX-License-Identifier: MIT */
/*
 * What the cases share: each is a program for libev, compiled against evergreen
 * and against libev itself, that says what happens and exits with 0 if all that
 * is expected holds. Not a test harness: see check.
 */
#ifndef EG_TESTS_EV_EXPECT_H
#define EG_TESTS_EV_EXPECT_H

#include <ev.h>

#include <stdio.h>
#include <stdlib.h>

/* Unbuffered, so that a child of fork(2) does not say it again. */
#define say(...) (printf(__VA_ARGS__), fflush(stdout))

#define expect(condition)                                          \
	do {                                                       \
		if (condition)                                     \
			break;                                     \
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, \
			#condition);                               \
		exit(1);                                           \
	} while (0)

#ifdef EVERGREEN_LOOP_H
enum { is_evergreen = 1 };
#else
enum { is_evergreen = 0 };
#endif

/* Longer than any machine takes for what a case waits for. */
#define LONG 60.

#endif
