/* SPDX-License-Identifier: MIT */
/*
 * Places of a pool, who has them and who waits: PL-03, PL-04, PL-08, PL-09.
 * Calls for their result are in pool_apply.c.
 */
#include "../behaviour/pool_kit.h"
#include "conformance.h"

static void size_is_not_negative(long size)
{
	eg_pool *pool = NULL;

	egt_eq(eg_pool_new(&pool, (int)size), -EINVAL);
	egt_ptr_eq(pool, NULL);
	pool = pool_make(1);
	egt_eq(eg_pool_resize(pool, (int)size), -EINVAL);
	egt_eq(pool_stats(pool).places, 1);
	egt_eq(eg_pool_free(pool), 0);
}

static void runs_so_many_at_a_time(long size)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make_filled((int)size, &g, (int)size);
	struct pool_spawner s = { pool, pass_gate, &g, EG_FOREVER, 0, NULL };

	egt_eq(pool_stats(pool).free, 0);
	pool_begin_spawn(&s);
	egt_eq(s.result, POOL_WAITS);
	egt_eq(pool_stats(pool).waiting, 1);
	egt_eq(g.entered, size);
	egt_eq(eg_event_set(&g.open), size);
	egt_eq(pool_end_spawn(&s), 0);
	for (long i = 0; i < 2 * size; i++)
		egt_eq(eg_pool_spawn(pool, pass_gate, &g, EG_FOREVER), 0);
	egt_eq(eg_pool_wait(pool, EG_FOREVER), 0);
	egt_eq(g.left, 3 * size + 1);
	egt_eq(g.inside_max, size);
	pool_drop(pool, &g);
}

static void size_0_runs_nothing(long unused)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make(0);
	struct pool_spawner s = { pool, pass_gate, &g, EG_FOREVER, 0, NULL };

	(void)unused;
	egt_eq(eg_pool_spawn(pool, pass_gate, &g, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_pool_spawn(pool, pass_gate, &g, eg_after(EG_MSEC)),
	       -ETIMEDOUT);
	egt_eq(eg_pool_wait(pool, EG_NOW), 0);
	pool_begin_spawn(&s);
	egt_eq(s.result, POOL_WAITS);
	egt_eq(g.entered, 0);
	egt_eq(eg_pool_resize(pool, 1), 0);
	egt_eq(pool_end_spawn(&s), 0);
	settle();
	egt_eq(g.inside, 1);
	pool_drop(pool, &g);
}

static void trying_does_not_wait(long deadline)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make_filled(2, &g, 1);

	egt_eq(eg_pool_spawn(pool, pass_gate, &g, deadline), 0);
	/* Spawned, not run: nothing was switched to. */
	egt_eq(g.entered, 1);
	egt_eq(eg_pool_spawn(pool, pass_gate, &g, deadline), -ETIMEDOUT);
	egt_eq(g.entered, 1);
	pool_drop(pool, &g);
	egt_eq(g.entered, 2);
}

static void spawn_times_out(long ms)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make_filled(1, &g, 1);
	int64_t start = eg_now();

	egt_eq(eg_pool_spawn(pool, pass_gate, &g, start + ms * EG_MSEC),
	       -ETIMEDOUT);
	egt_le(ms * EG_MSEC, eg_now() - start);
	egt_eq(pool_stats(pool).waiting, 0);
	pool_drop(pool, &g);
	egt_eq(g.entered, 1);
}

static void spawn_is_cancelled(long unused)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make_filled(1, &g, 1);
	struct pool_spawner s[2];

	(void)unused;
	for (int i = 0; i < 2; i++) {
		s[i] = (struct pool_spawner){ pool,	  pass_gate, &g,
					      EG_FOREVER, 0,	     NULL };
		pool_begin_spawn(&s[i]);
	}
	egt_eq(eg_cancel(s[0].fiber), 0);
	egt_eq(pool_end_spawn(&s[0]), -ECANCELED);
	egt_eq(pool_stats(pool).waiting, 1);
	/* The place goes to the other one. */
	egt_eq(eg_event_set(&g.open), 1);
	egt_eq(pool_end_spawn(&s[1]), 0);
	pool_drop(pool, &g);
	egt_eq(g.entered, 2);
}

/* What was handed over is kept, whatever comes before it is used. */
static void place_given_is_kept(long cancels)
{
	struct gate g = { .inside = 0 }, later = { .inside = 0 };
	eg_pool *pool = pool_make_filled(1, &g, 1);
	struct pool_spawner s = {
		pool, pass_gate, &later, EG_FOREVER, 0, NULL
	};

	pool_begin_spawn(&s);
	egt_eq(eg_event_set(&g.open), 1);
	while (pool_stats(pool).waiting)
		egt_eq(eg_yield(), 0);
	egt_eq(s.result, POOL_WAITS);
	/* Nobody who comes later has it. */
	egt_eq(eg_pool_spawn(pool, pass_gate, &g, EG_NOW), -ETIMEDOUT);
	if (cancels)
		egt_eq(eg_cancel(s.fiber), 0);
	egt_eq(pool_end_spawn(&s), 0);
	settle();
	egt_eq(later.inside, 1);
	egt_eq(g.entered, 1);
	pool_drop(pool, &later);
}

static void line_is_first_come_first_served(long n)
{
	struct gate g = { .inside = 0 };
	struct trace t = { .len = 0 };
	eg_pool *pool = pool_make_filled(1, &g, 1);
	struct pool_spawner s[8];
	struct letter letters[8];

	for (long i = 0; i < n; i++) {
		letters[i] = (struct letter){ &t, (char)('a' + i) };
		s[i] = (struct pool_spawner){ pool,	   write_letter,
					      &letters[i], EG_FOREVER,
					      0,	   NULL };
		pool_begin_spawn(&s[i]);
	}
	egt_eq(pool_stats(pool).waiting, n);
	egt_eq(eg_event_set(&g.open), 1);
	for (long i = 0; i < n; i++)
		egt_eq(pool_end_spawn(&s[i]), 0);
	egt_eq(eg_pool_wait(pool, EG_FOREVER), 0);
	egt_eq(t.len, n);
	for (long i = 0; i < n; i++)
		egt_eq(t.text[i], 'a' + i);
	pool_drop(pool, &g);
}

static void linger(void *arg)
{
	egt_eq(eg_event_wait(arg, EG_FOREVER), 0);
}

static void *end_slowly(void *arg)
{
	egt_eq(eg_cleanup_push(linger, arg), 0);
	return NULL;
}

static void place_is_free_at_the_end(long unused)
{
	eg_event let_go = { 0 };
	eg_pool *pool = pool_make(1);

	(void)unused;
	egt_eq(eg_pool_spawn(pool, end_slowly, &let_go, EG_NOW), 0);
	settle();
	/* Its function has returned, but not its fiber ended. */
	egt_eq(pool_stats(pool).free, 0);
	egt_eq(eg_pool_wait(pool, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_event_set(&let_go), 1);
	egt_eq(eg_pool_wait(pool, EG_FOREVER), 0);
	egt_eq(pool_stats(pool).free, 1);
	egt_eq(eg_pool_free(pool), 0);
}

static void *leave_by_exit(void *arg)
{
	eg_exit(arg);
	return NULL;
}

static void every_end_frees_the_place(long how)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make(1);

	egt_eq(eg_pool_spawn(pool, how == 0 ? leave_by_exit : pass_gate, &g,
			     EG_NOW),
	       0);
	if (how == 1)
		settle();
	if (how)
		egt_eq(eg_pool_cancel(pool, EG_FOREVER), 0);
	egt_eq(eg_pool_spawn(pool, leave_by_exit, NULL, EG_FOREVER), 0);
	egt_eq(eg_pool_wait(pool, EG_FOREVER), 0);
	egt_eq(pool_stats(pool).free, 1);
	pool_drop(pool, &g);
}

/* PL-08 */
struct nested {
	eg_pool *pool;
	eg_fiber *self[2]; /* of the member, and of what it spawns */
	int64_t deadline;
	int result, runs;
};

static void *run_nested(void *arg)
{
	struct nested *n = arg;

	n->runs++;
	n->self[1] = eg_self();
	return NULL;
}

static void *spawn_nested(void *arg)
{
	struct nested *n = arg;

	n->self[0] = eg_self();
	n->result = eg_pool_spawn(n->pool, run_nested, n, n->deadline);
	return NULL;
}

static void member_of_a_full_pool_runs_it_itself(long size)
{
	struct gate g = { .inside = 0 };
	struct nested n = { .pool = pool_make_filled((int)size, &g,
						     (int)size - 1),
			    .deadline = EG_FOREVER };

	egt_eq(eg_pool_spawn(n.pool, spawn_nested, &n, EG_NOW), 0);
	settle();
	egt_eq(n.result, 0);
	egt_eq(n.runs, 1);
	egt_ptr_eq(n.self[0], n.self[1]);
	pool_drop(n.pool, &g);
}

static void member_spawns_while_there_is_room(long unused)
{
	struct nested n = { .pool = pool_make(2), .deadline = EG_FOREVER };

	(void)unused;
	egt_eq(eg_pool_spawn(n.pool, spawn_nested, &n, EG_NOW), 0);
	egt_eq(eg_pool_wait(n.pool, EG_FOREVER), 0);
	egt_eq(n.runs, 1);
	egt_true(n.self[0] != n.self[1]);
	egt_eq(eg_pool_free(n.pool), 0);
}

static void member_that_tries_runs_nothing(long deadline)
{
	struct nested n = { .pool = pool_make(1), .deadline = deadline };

	egt_eq(eg_pool_spawn(n.pool, spawn_nested, &n, EG_NOW), 0);
	egt_eq(eg_pool_wait(n.pool, EG_FOREVER), 0);
	egt_eq(n.result, -ETIMEDOUT);
	egt_eq(n.runs, 0);
	egt_eq(eg_pool_free(n.pool), 0);
}

static void smaller_ends_nobody(long size)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make_filled(5, &g, 5);

	egt_eq(eg_pool_resize(pool, (int)size), 0);
	egt_eq(pool_stats(pool).places, size);
	egt_eq(pool_stats(pool).free, size - 5);
	egt_eq(pool_stats(pool).running, 5);
	egt_eq(g.inside, 5);
	egt_eq(eg_pool_spawn(pool, pass_gate, &g, EG_NOW), -ETIMEDOUT);
	pool_drop(pool, &g);
	egt_eq(g.cut, 0);
}

/* Places given back beyond the size are nobody's. */
static void smaller_holds_from_then_on(long size)
{
	struct gate g = { .inside = 0 }, later = { .inside = 0 };
	eg_pool *pool = pool_make_filled(5, &g, 5);
	struct pool_spawner s[5];

	egt_eq(eg_pool_resize(pool, (int)size), 0);
	for (int i = 0; i < 5; i++) {
		s[i] = (struct pool_spawner){ pool,	  pass_gate, &later,
					      EG_FOREVER, 0,	     NULL };
		pool_begin_spawn(&s[i]);
	}
	egt_eq(eg_event_set(&g.open), 5);
	settle();
	egt_eq(later.inside, size);
	egt_eq(pool_stats(pool).free, 0);
	egt_eq(pool_stats(pool).waiting, 5 - size);
	egt_le(0, eg_event_set(&later.open));
	for (int i = 0; i < 5; i++)
		egt_eq(pool_end_spawn(&s[i]), 0);
	pool_drop(pool, &later);
	egt_eq(later.inside_max, size);
}

static void larger_wakes_who_waits(long more)
{
	struct gate g = { .inside = 0 };
	eg_pool *pool = pool_make_filled(1, &g, 1);
	struct pool_spawner s[4];

	for (int i = 0; i < 4; i++) {
		s[i] = (struct pool_spawner){ pool,	  pass_gate, &g,
					      EG_FOREVER, 0,	     NULL };
		pool_begin_spawn(&s[i]);
	}
	egt_eq(eg_pool_resize(pool, 1 + (int)more), 0);
	settle();
	egt_eq(g.inside, 1 + (more < 4 ? more : 4));
	egt_eq(pool_stats(pool).waiting, more < 4 ? 4 - more : 0);
	egt_eq(pool_stats(pool).free, more < 4 ? 0 : more - 4);
	egt_le(0, eg_event_set(&g.open));
	for (int i = 0; i < 4; i++)
		egt_eq(pool_end_spawn(&s[i]), 0);
	pool_drop(pool, &g);
}

static const struct conform places[] = {
	{ "PL-03", "a size below 0", size_is_not_negative, -1 },
	{ "PL-03", "a size below 0", size_is_not_negative, INT_MIN },
	{ "PL-03", "so many at a time", runs_so_many_at_a_time, 1 },
	{ "PL-03", "so many at a time", runs_so_many_at_a_time, 2 },
	{ "PL-03", "so many at a time", runs_so_many_at_a_time, 7 },
	{ "PL-03", "so many at a time", runs_so_many_at_a_time, 100 },
	{ "PL-03", "0 runs nothing", size_0_runs_nothing, 0 },
	{ "PL-08", "0 is legal", size_0_runs_nothing, 0 },
	{ "PL-08", "the size to choose", runs_so_many_at_a_time,
	  EG_POOL_SIZE_DEFAULT },
	{ "PL-03", "trying", trying_does_not_wait, EG_NOW },
	{ "PL-03", "trying, long past", trying_does_not_wait, -1 },
	{ "PL-03", "trying, past", trying_does_not_wait, 1 },
	{ "PL-03", "no place in time", spawn_times_out, 1 },
	{ "PL-03", "no place in time", spawn_times_out, 20 },
	{ "PL-03", "cancelled in line", spawn_is_cancelled, 0 },
	{ "PL-03", "first come, first served", line_is_first_come_first_served,
	  1 },
	{ "PL-03", "first come, first served", line_is_first_come_first_served,
	  2 },
	{ "PL-03", "first come, first served", line_is_first_come_first_served,
	  8 },
	{ "PL-04", "handed to the first in line", place_given_is_kept, 0 },
	{ "PL-04", "kept by who is cancelled then", place_given_is_kept, 1 },
	{ "PL-04", "free at the end", place_is_free_at_the_end, 0 },
	{ "PL-04", "ended by exit", every_end_frees_the_place, 0 },
	{ "PL-04", "ended by cancelling", every_end_frees_the_place, 1 },
	{ "PL-04", "ended before it ran", every_end_frees_the_place, 2 },
	{ "PL-08", "a member of a full pool",
	  member_of_a_full_pool_runs_it_itself, 1 },
	{ "PL-08", "a member of a full pool",
	  member_of_a_full_pool_runs_it_itself, 3 },
	{ "PL-08", "a member, and a place", member_spawns_while_there_is_room,
	  0 },
	{ "PL-08", "a member that tries", member_that_tries_runs_nothing,
	  EG_NOW },
	{ "PL-08", "a member that tries", member_that_tries_runs_nothing, 1 },
	{ "PL-09", "smaller", smaller_ends_nobody, 4 },
	{ "PL-09", "smaller", smaller_ends_nobody, 1 },
	{ "PL-09", "smaller, to none", smaller_ends_nobody, 0 },
	{ "PL-09", "smaller, and used on", smaller_holds_from_then_on, 1 },
	{ "PL-09", "smaller, and used on", smaller_holds_from_then_on, 4 },
	{ "PL-09", "larger", larger_wakes_who_waits, 1 },
	{ "PL-09", "larger", larger_wakes_who_waits, 3 },
	{ "PL-09", "larger than wanted", larger_wakes_who_waits, 10 },
};
CONFORMANCE(pool_has_places, places)
