/* SPDX-License-Identifier: MIT */
/*
 * Calls that make no sense, a row each: what is wrong, from where it is called
 * and the error it must get. A file per public header has the rows.
 */
#ifndef TESTS_BAD_INPUT_H
#define TESTS_BAD_INPUT_H

#include "egt.h"

#include <evergreen/evergreen.h>

#include <errno.h>
#include <limits.h>
#include <stdint.h>

/* From where a row is called; it may be several. */
enum bad_place {
	OUTSIDE = 1, /* no hub runs on the thread */
	FIBER = 2,   /* an ordinary fiber */
	HUB = 4,     /* a timer's callback: there is a hub, but no fiber */
	FOREIGN = 8, /* a fiber; bad_theirs is another thread's hub's */
	LOGGED = 16, /* in HUB, the log must name the call */
	NO_FIBER = OUTSIDE | HUB | LOGGED,
	ANYWHERE = OUTSIDE | FIBER | HUB,
};

struct bad_row {
	const char *call;
	const char *what;
	unsigned places;
	intmax_t want;
	intmax_t (*fn)(void);
};

struct bad_table {
	const char *header; /* "fiber.h" */
	const struct bad_row *rows;
	size_t count;
};

extern const struct bad_table bad_callback, bad_chan, bad_coro, bad_dag,
	bad_debug, bad_error, bad_fiber, bad_group, bad_hub, bad_io, bad_local,
	bad_net, bad_pool, bad_queue, bad_resource, bad_select, bad_shared,
	bad_spawn, bad_sync, bad_time, bad_test, bad_version, bad_watch,
	bad_watcher, bad_loop;

/* Objects to be called with: this hub's, made anew for each row. */
struct bad_objects {
	eg_fiber *fiber;
	eg_event event;
	eg_sem sem;
	eg_sem full_sem;
	eg_mutex mutex;
	eg_rmutex rmutex;
	eg_cond cond;
	eg_rwlock read, written;
	eg_barrier barrier;
	eg_result result;
	eg_group group;
	eg_chan *chan;
	eg_queue *queue;
	eg_pool *pool; /* full */
	eg_imap *imap;
	eg_pile *pile;
	eg_resource_pool *resources;
	void *resource; /* lent */
	eg_dag *dag;	/* with a value posted, and a key that waits */
	eg_dag_each *dag_each;
	eg_timer timer;
	eg_link link;
	eg_callback callback;
	eg_hub *hub;
	int fd; /* of a socket pair */
	int peer;
};

extern struct bad_objects bad_ours;
/* Another hub's, in use there: with waiters, members, an owner. */
extern struct bad_objects bad_theirs;

/*
 * A list of rows is X(call, name, places, want, expression). It becomes a
 * function each, and a table.
 */
#define BAD_FUNCTION(call_, name, places_, want_, expression) \
	static intmax_t call_##_##name(void)                  \
	{                                                     \
		return (intmax_t)(expression);                \
	}
#define BAD_ROW(call_, name, places_, want_, expression) \
	{ #call_, #name, (places_), (want_), call_##_##name },

#define BAD_TABLE(id, header_, LIST)                                 \
	LIST(BAD_FUNCTION)                                           \
	static const struct bad_row id##_rows[] = { LIST(BAD_ROW) }; \
	const struct bad_table id = { header_, id##_rows,            \
				      ARRAY_LEN(id##_rows) };        \
	EG_TEST(id##_input_in_a_hub)                                 \
	{                                                            \
		bad_run_in_hub(&id);                                 \
	}                                                            \
	EG_TEST_PLAIN(id##_input_outside)                            \
	{                                                            \
		bad_run_outside(&id);                                \
	}

void bad_run_in_hub(const struct bad_table *table);
void bad_run_outside(const struct bad_table *table);

#endif
