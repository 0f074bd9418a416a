/* SPDX-License-Identifier: MIT */
/*
 * Counts the calls of a watcher, and runs a loop until they have come. For
 * kinds that something outside of the loop sets off. Asserts nothing itself.
 */
#ifndef WATCH_CALLS_H
#define WATCH_CALLS_H

#include "egt.h"

#include <evergreen/loop.h>

#include <errno.h>

/* A watcher's data. */
struct calls {
	int count;
	int events; /* of the last one */
};

/* The callback that does nothing else. */
void count_call(eg_loop *loop, eg_watcher *watcher, int events);

/* A loop of the backend under test. */
eg_loop *make_loop(uint32_t flags);

/* Until @calls are that many: the test's time limit is the other end. */
void run_until(eg_loop *loop, const struct calls *calls, int count);
/* Turns that do not sleep, enough for what has happened to be told. */
void run_what_is_there(eg_loop *loop);

#endif
