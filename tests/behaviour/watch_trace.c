/* SPDX-License-Identifier: MIT */
/*
 * What callbacks were called, in their order, as a text; and a loop on every
 * backend there is.
 */
#include "watch_trace.h"

#include <string.h>

static char text_now[4096], text_taken[4096];

void trace_add(const char *text)
{
	egt_lt(strlen(text_now) + strlen(text), sizeof(text_now));
	strcat(text_now, text);
}

void trace_name(eg_watcher *watcher, const char *text)
{
	watcher->data = (void *)(intptr_t)text;
}

void trace_call(eg_loop *loop, eg_watcher *watcher, int events)
{
	(void)loop;
	(void)events;
	trace_add(watcher->data);
}

const char *trace_take(void)
{
	strcpy(text_taken, text_now);
	text_now[0] = '\0';
	return text_taken;
}

void trace_start(eg_loop *loop, eg_watcher *watcher, const char *text,
		 int priority)
{
	trace_name(watcher, text);
	egt_eq(eg_watcher_set_priority(watcher, priority), 0);
	egt_eq(eg_watcher_start(loop, watcher), 0);
}

eg_loop *trace_loop(const char *backend, uint32_t flags)
{
	eg_loop_options options = EG_LOOP_OPTIONS_INIT;
	eg_loop *loop;

	options.backend = backend;
	options.flags = flags | (backend ? EG_LOOP_NO_ENV : 0u);
	egt_eq(eg_loop_new(&loop, &options), 0);
	return loop;
}

int trace_turn(eg_loop *loop)
{
	return eg_loop_run(loop, EG_RUN_NOWAIT);
}

void on_loop(const char *backend, void (*body)(eg_loop *loop))
{
	eg_loop *loop = trace_loop(backend, 0);

	body(loop);
	egt_eq(eg_loop_verify(loop), 0);
	egt_eq(eg_loop_free(loop), 0);
}
