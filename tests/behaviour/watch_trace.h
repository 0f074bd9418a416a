/* SPDX-License-Identifier: MIT */
/*
 * What callbacks were called, in their order, as a text; and tests of a loop
 * on every backend there is. Asserts nothing of the behaviour itself.
 */
#ifndef WATCH_TRACE_H
#define WATCH_TRACE_H

#include "egt.h"

#include <evergreen/loop.h>
#include <evergreen/time.h>

#include <errno.h>

/* A watcher's data is a text, which its call adds. */
void trace_call(eg_loop *loop, eg_watcher *watcher, int events);
void trace_name(eg_watcher *watcher, const char *text);
void trace_add(const char *text);
/* What was added since the last time; good until the next. */
const char *trace_take(void);

/* The start of a watcher whose call is traced as @text. */
void trace_start(eg_loop *loop, eg_watcher *watcher, const char *text,
		 int priority);

/* A loop of @backend, or of the one under test. */
eg_loop *trace_loop(const char *backend, uint32_t flags);

/* Runs one turn that does not sleep; what the run returns. */
int trace_turn(eg_loop *loop);

void on_loop(const char *backend, void (*body)(eg_loop *loop));

/* The body is called with a new loop of each backend, which is freed after. */
#define WATCH_TEST(name)                     \
	static void name(eg_loop *loop);     \
	EG_TEST_BARE(watch_##name)           \
	{                                    \
		on_loop(NULL, name);         \
	}                                    \
	EG_TEST_PLAIN(watch_##name##_poll)   \
	{                                    \
		on_loop("poll", name);       \
	}                                    \
	EG_TEST_PLAIN(watch_##name##_select) \
	{                                    \
		on_loop("select", name);     \
	}                                    \
	static void name(eg_loop *loop)

#endif
