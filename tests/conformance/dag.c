/* SPDX-License-Identifier: MIT */
/*
 * Graphs of work, as eventlet's DAGPool (semantics PL-14): how keys get values,
 * in which order, and what replacing and killing do. Waiting for several and
 * failing are in dag_results.c.
 */
#include "../behaviour/dag_kit.h"
#include "conformance.h"

#include <stdio.h>

static void *count(void *arg)
{
	++*(int *)arg;
	return NULL;
}

static void has_what_was_posted(long value)
{
	eg_dag *dag = new_dag(0);
	int others = 0;

	post(dag, "a", value);
	egt_eq(eg_spawn(NULL, count, &others), 0);
	for (int i = 0; i < 2; i++)
		egt_eq(value_of(dag, "a"), value);
	egt_eq(eg_dag_get(dag, "a", NULL, EG_NOW), 0);
	egt_eq(state_of(dag, "a"), EG_DAG_DONE);
	egt_eq(others, 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_dag_free(dag), 0);
}

static int tell_name(eg_dag *dag, const char *key, void **ret_value, void *arg)
{
	eg_fiber_info info = { .size = sizeof(info) };

	(void)dag;
	egt_ptr_eq(arg, dag);
	egt_eq(eg_fiber_get_info(NULL, &info), 0);
	egt_str_eq(info.name, key);
	*ret_value = eg_self();
	return 0;
}

static void runs_in_a_fiber_of_its_own(long deps)
{
	eg_dag *dag = new_dag(0);

	if (deps)
		post(dag, "a", 1);
	egt_eq(eg_dag_spawn(dag, "build it", deps ? KEYS("a") : NULL, tell_name,
			    dag),
	       0);
	/* Not begun yet. */
	egt_eq(state_of(dag, "build it"), EG_DAG_RUNNING);
	egt_eq(eg_dag_running(dag), 1);
	egt_true(value_of(dag, "build it") != (intptr_t)eg_self());
	egt_eq(eg_dag_running(dag), 0);
	egt_eq(eg_dag_free(dag), 0);
}

static void waits_for_all_it_needs(long order)
{
	static const char *const orders[] = { "abc", "cba", "bac" };
	const char *missing[3];
	eg_dag *dag = new_dag(0);

	egt_eq(eg_dag_spawn(dag, "=abc", KEYS("a", "b", "c"), add_up, NULL), 0);
	for (int i = 0; i < 3; i++) {
		const char key[] = { orders[order][i], '\0' };

		egt_eq(state_of(dag, "=abc"), EG_DAG_WAITING);
		egt_eq(eg_dag_waiting(dag), 1);
		egt_eq(eg_dag_running(dag), 0);
		egt_eq(eg_dag_waits_for(dag, "=abc", missing, 3), 3 - i);
		post(dag, key, 10);
	}
	egt_eq(eg_dag_waiting(dag), 0);
	egt_eq(eg_dag_running(dag), 1);
	egt_eq(eg_dag_waits_for(dag, "=abc", NULL, 0), 0);
	egt_eq(value_of(dag, "=abc"), 31);
	egt_eq(eg_dag_free(dag), 0);
}

static void tells_what_it_waits_for(long room)
{
	const char *missing[4] = { "-", "-", "-", "-" };
	eg_dag *dag = new_dag(0);
	struct maker m = { .value = 1 };

	post(dag, "b", 1);
	spawn_maker(dag, "=", KEYS("a", "b", "c", "d"), &m);
	egt_eq(eg_dag_waits_for(dag, "=", missing, (size_t)room), 3);
	egt_str_eq(missing[0], room > 0 ? "a" : "-");
	egt_str_eq(missing[1], room > 1 ? "c" : "-");
	egt_str_eq(missing[2], room > 2 ? "d" : "-");
	egt_str_eq(missing[3], "-");
	egt_eq(eg_dag_waits_for(dag, "b", missing, 1), 0);
	egt_eq(eg_dag_free(dag), 0);
	egt_eq(m.runs, 0);
}

static void needs_one_twice(long is_there)
{
	eg_dag *dag = new_dag(0);

	if (is_there)
		post(dag, "a", 1);
	egt_eq(eg_dag_spawn(dag, "=aa", KEYS("a", "a"), add_up, NULL), 0);
	if (!is_there)
		post(dag, "a", 1);
	egt_eq(value_of(dag, "=aa"), 3);
	egt_eq(eg_dag_free(dag), 0);
}

/* Each needs the one before; spawned from the last to the first, or not. */
static void runs_through_a_chain(long length)
{
	bool is_backwards = length < 0;
	long n = is_backwards ? -length : length;
	char key[32], needs[32];
	struct maker m = { .value = 7 };
	eg_dag *dag = new_dag(0);

	for (long i = 0; i < n; i++) {
		long k = is_backwards ? n - 1 - i : i;

		snprintf(key, sizeof(key), "%ld", k + 1);
		snprintf(needs, sizeof(needs), "%ld", k);
		spawn_maker(dag, key, KEYS(needs), &m);
	}
	egt_eq(m.runs, 0);
	post(dag, "0", 0);
	snprintf(key, sizeof(key), "%ld", n);
	egt_eq(value_of(dag, key), 7);
	egt_eq(m.runs, n);
	egt_eq(eg_dag_free(dag), 0);
}

enum { AS_WAITING, AS_RUNNING, AS_DONE, AS_FAILED };

/* "x", as far as it is said. */
static eg_dag *make_x(long as, struct maker *m)
{
	eg_dag *dag = new_dag(EG_DAG_OPEN);

	*m = (struct maker){ .value = 1, .is_held = as == AS_RUNNING };
	m->result = as == AS_FAILED ? -EIO : 0;
	spawn_maker(dag, "x", as == AS_WAITING ? KEYS("never") : NULL, m);
	settle();
	return dag;
}

static void is_not_spawned_again(long as)
{
	struct maker m, again = { .value = 2 };
	eg_dag *dag = make_x(as, &m);
	int state = state_of(dag, "x");

	egt_eq(eg_dag_spawn(dag, "x", NULL, make, &again), -EEXIST);
	settle();
	egt_eq(again.runs, 0);
	egt_eq(state_of(dag, "x"), state);
	egt_eq(eg_dag_free(dag), 0);
}

static void is_not_posted_again(long as)
{
	bool has_result = as == AS_DONE || as == AS_FAILED;
	struct maker m;
	eg_dag *dag = make_x(as, &m);

	egt_eq(eg_dag_post(dag, "x", number(3), false),
	       has_result ? -EEXIST : -EBUSY);
	egt_eq(eg_dag_post(dag, "x", number(3), true), has_result ? 0 : -EBUSY);
	if (has_result)
		egt_eq(value_of(dag, "x"), 3);
	egt_eq(eg_dag_free(dag), 0);
}

/* What has run with the old value does not run again. */
static void is_replaced(long as)
{
	struct maker m, dependant = { .value = 5 }, later = { .value = 6 };
	eg_dag *dag = make_x(as, &m);

	spawn_maker(dag, "d", KEYS("x"), &dependant);
	settle();
	egt_eq(dependant.runs, as == AS_DONE);
	egt_eq(eg_dag_post(dag, "x", number(9), true), 0);
	settle();
	egt_eq(dependant.runs, as == AS_DONE);
	if (as == AS_FAILED)
		check_failed(dag, "d", -EIO, "x", "x");
	spawn_maker(dag, "l", KEYS("x"), &later);
	egt_eq(value_of(dag, "l"), 6);
	egt_eq(value_of(dag, "x"), 9);
	egt_eq(eg_dag_free(dag), 0);
}

static int post_itself(eg_dag *dag, const char *key, void **ret_value,
		       void *arg)
{
	struct maker *m = arg;

	post(dag, key, 4);
	egt_eq(eg_dag_post(dag, key, number(5), false), -EEXIST);
	egt_eq(eg_dag_post(dag, key, number(5), true), 0);
	m->held = eg_event_wait(&m->go, EG_FOREVER);
	*ret_value = number(6);
	return m->result;
}

static void posts_its_own_value(long result)
{
	struct maker m = { .result = (int)result }, other = { .value = 1 };
	eg_dag *dag = new_dag(0);

	spawn_maker(dag, "d", KEYS("x"), &other);
	egt_eq(eg_dag_spawn(dag, "x", NULL, post_itself, &m), 0);
	egt_eq(value_of(dag, "d"), 1);
	egt_eq(value_of(dag, "x"), 5);
	/* It runs on, and the key is its own till then. */
	egt_eq(eg_dag_running(dag), 1);
	egt_eq(eg_dag_post(dag, "x", number(7), true), -EBUSY);
	go(&m);
	settle();
	egt_eq(eg_dag_running(dag), 0);
	egt_eq(value_of(dag, "x"), 5);
	egt_eq(eg_dag_post(dag, "x", number(7), true), 0);
	egt_eq(eg_dag_free(dag), 0);
}

static void spawns_many_in_any_order(long first)
{
	eg_dag_node nodes[] = {
		{ "c", KEYS("b"), make, NULL },
		{ "a", NULL, make, NULL },
		{ "b", KEYS("a"), make, NULL },
	};
	struct trace trace = { .len = 0 };
	struct maker m = { .trace = &trace };
	eg_dag_node turned[3];
	eg_dag *dag = new_dag(0);

	for (long i = 0; i < 3; i++) {
		turned[i] = nodes[(i + first) % 3];
		turned[i].arg = &m;
	}
	egt_eq(eg_dag_spawn_many(dag, turned, 3), 0);
	egt_eq(eg_dag_wait(dag, NULL, NULL, EG_FOREVER), 0);
	egt_str_eq(trace.text, "abc");
	egt_eq(eg_dag_free(dag), 0);
}

static void spawns_all_or_none(long duplicate)
{
	struct maker m = { .value = 1 };
	eg_dag_node nodes[4] = {
		{ "a", NULL, make, &m },
		{ "b", KEYS("a"), make, &m },
		{ "c", KEYS("a", "d"), make, &m },
		{ "d", NULL, make, &m },
	};
	eg_dag *dag = new_dag(0);

	if (duplicate == 4)
		nodes[3].key = "a";
	else
		post(dag, nodes[duplicate].key, 1);
	egt_eq(eg_dag_spawn_many(dag, nodes, 4), -EEXIST);
	egt_eq(eg_dag_running(dag), 0);
	egt_eq(eg_dag_waiting(dag), 0);
	for (int i = 0; i < 4; i++)
		egt_eq(state_of(dag, nodes[i].key),
		       i == duplicate ? EG_DAG_DONE : -ENOENT);
	/* Nothing is in the way of a second try. */
	if (duplicate == 4) {
		nodes[3].key = "d";
		egt_eq(eg_dag_spawn_many(dag, nodes, 4), 0);
		egt_eq(eg_dag_wait(dag, NULL, NULL, EG_FOREVER), 0);
		egt_eq(m.runs, 4);
	}
	egt_eq(eg_dag_free(dag), 0);
}

static void spawns_none(long count)
{
	eg_dag *dag = new_dag(0);
	eg_dag_node node = { "a", NULL, make, NULL };

	egt_eq(eg_dag_spawn_many(dag, &node, (size_t)count), 0);
	egt_eq(eg_dag_wait(dag, NULL, NULL, EG_NOW), 0);
	egt_eq(eg_dag_free(dag), 0);
}

static void is_killed(long as)
{
	struct maker m, dependant = { .value = 5 }, again = { .value = 8 };
	eg_dag *dag = make_x(as, &m);

	spawn_maker(dag, "d", KEYS("x"), &dependant);
	egt_eq(eg_dag_kill(dag, "x"), 0);
	settle();
	egt_eq(m.runs, as == AS_RUNNING);
	egt_eq(state_of(dag, "x"), -ENOENT);
	egt_eq(state_of(dag, "d"), EG_DAG_WAITING);
	egt_eq(eg_dag_kill(dag, "x"), -ENOENT);
	/* It can be brought by others now. */
	spawn_maker(dag, "x", NULL, &again);
	egt_eq(value_of(dag, "d"), 5);
	egt_eq(value_of(dag, "x"), 8);
	egt_eq(eg_dag_free(dag), 0);
}

static void is_killed_before_it_ran(long needs)
{
	struct maker m = { .value = 1 };
	eg_dag *dag = new_dag(EG_DAG_OPEN);

	if (needs)
		post(dag, "a", 1);
	spawn_maker(dag, "x", needs ? KEYS("a") : NULL, &m);
	egt_eq(eg_dag_kill(dag, "x"), 0);
	/* It has not ended yet. */
	egt_eq(eg_dag_post(dag, "x", NULL, false), -EBUSY);
	settle();
	egt_eq(m.runs, 0);
	egt_eq(eg_dag_running(dag), 0);
	post(dag, "x", 2);
	egt_eq(value_of(dag, "x"), 2);
	egt_eq(eg_dag_free(dag), 0);
}

static int finish_shielded(eg_dag *dag, const char *key, void **ret_value,
			   void *arg)
{
	struct maker *m = arg;
	eg_timeout shield;

	(void)dag;
	(void)key;
	egt_eq(eg_shield_begin(&shield), 0);
	m->held = eg_event_wait(&m->go, EG_FOREVER);
	egt_eq(eg_shield_end(&shield), 0);
	*ret_value = number(3);
	return m->result;
}

static void is_killed_and_ends_its_own_way(long result)
{
	struct maker m = { .result = (int)result };
	eg_dag *dag = new_dag(EG_DAG_OPEN);

	egt_eq(eg_dag_spawn(dag, "x", NULL, finish_shielded, &m), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_dag_kill(dag, "x"), 0);
	egt_eq(eg_dag_kill(dag, "x"), 0);
	settle();
	egt_eq(state_of(dag, "x"), EG_DAG_RUNNING);
	go(&m);
	settle();
	egt_eq(state_of(dag, "x"), result < 0 ? -ENOENT : EG_DAG_DONE);
	egt_eq(eg_dag_free(dag), 0);
}

static void kills_all(long running)
{
	struct maker m = { .is_held = true };
	eg_dag *dag = new_dag(EG_DAG_OPEN);
	char key[32];

	post(dag, "done", 1);
	for (long i = 0; i < running; i++) {
		snprintf(key, sizeof(key), "r%ld", i);
		spawn_maker(dag, key, NULL, &m);
		snprintf(key, sizeof(key), "w%ld", i);
		spawn_maker(dag, key, KEYS("r0", "never"), &m);
	}
	settle();
	egt_eq(eg_dag_running(dag), running);
	egt_eq(eg_dag_waiting(dag), running);
	egt_eq(eg_dag_kill_all(dag), 0);
	egt_eq(eg_dag_waiting(dag), 0);
	settle();
	egt_eq(eg_dag_running(dag), 0);
	egt_eq(eg_dag_wait(dag, NULL, NULL, EG_NOW), 0);
	egt_eq(value_of(dag, "done"), 1);
	egt_eq(eg_dag_free(dag), 0);
}

static void is_freed_with_what_runs(long running)
{
	struct maker m = { .is_held = true };
	eg_dag *dag = new_dag(0);
	char key[32];

	for (long i = 0; i < running; i++) {
		snprintf(key, sizeof(key), "r%ld", i);
		spawn_maker(dag, key, NULL, &m);
	}
	spawn_maker(dag, "never", KEYS("r0", "r1"), &m);
	settle();
	egt_eq(eg_dag_free(dag), 0);
	egt_eq(m.runs, running);
	egt_eq(m.held, running ? -ECANCELED : 0);
}

/* clang-format off */
static const struct conform cases[] = {
	{ "PL-14", "what is posted is there at once", has_what_was_posted, 0 },
	{ "PL-14", "what is posted is there at once", has_what_was_posted, 42 },
	{ "PL-14", "a key's function runs in a fiber of that name", runs_in_a_fiber_of_its_own, 0 },
	{ "PL-14", "a key's function runs in a fiber of that name", runs_in_a_fiber_of_its_own, 1 },
	{ "PL-14", "it runs when all values are there", waits_for_all_it_needs, 0 },
	{ "PL-14", "it runs when all values are there", waits_for_all_it_needs, 1 },
	{ "PL-14", "it runs when all values are there", waits_for_all_it_needs, 2 },
	{ "PL-14", "what it waits for can be asked", tells_what_it_waits_for, 0 },
	{ "PL-14", "what it waits for can be asked", tells_what_it_waits_for, 2 },
	{ "PL-14", "what it waits for can be asked", tells_what_it_waits_for, 4 },
	{ "PL-14", "a key may be needed twice", needs_one_twice, false },
	{ "PL-14", "a key may be needed twice", needs_one_twice, true },
	{ "PL-14", "a chain runs to its end", runs_through_a_chain, 1 },
	{ "PL-14", "a chain runs to its end", runs_through_a_chain, 50 },
	{ "PL-14", "a chain that was spawned backwards, too", runs_through_a_chain, -50 },
	{ "PL-14", "who waits is not spawned again", is_not_spawned_again, AS_WAITING },
	{ "PL-14", "who runs is not spawned again", is_not_spawned_again, AS_RUNNING },
	{ "PL-14", "who is done is not spawned again", is_not_spawned_again, AS_DONE },
	{ "PL-14", "who has failed is not spawned again", is_not_spawned_again, AS_FAILED },
	{ "PL-14", "who waits is not posted", is_not_posted_again, AS_WAITING },
	{ "PL-14", "who runs is not posted", is_not_posted_again, AS_RUNNING },
	{ "PL-14", "a value is only posted again to replace it", is_not_posted_again, AS_DONE },
	{ "PL-14", "a failure is only posted to replace it", is_not_posted_again, AS_FAILED },
	{ "PL-14", "who has seen a value that is replaced does not run again", is_replaced, AS_DONE },
	{ "PL-14", "who failed by one that is replaced has failed", is_replaced, AS_FAILED },
	{ "PL-14", "it may post its own value, and what it returns is dropped", posts_its_own_value, 0 },
	{ "PL-14", "it may post its own value, and fail", posts_its_own_value, -EIO },
	{ "PL-14", "many are spawned in any order", spawns_many_in_any_order, 0 },
	{ "PL-14", "many are spawned in any order", spawns_many_in_any_order, 1 },
	{ "PL-14", "many are spawned in any order", spawns_many_in_any_order, 2 },
	{ "PL-14", "many with one that is there already: none is spawned", spawns_all_or_none, 0 },
	{ "PL-14", "many with one that is there already: none is spawned", spawns_all_or_none, 2 },
	{ "PL-14", "many with one that is there already: none is spawned", spawns_all_or_none, 3 },
	{ "PL-14", "many with one twice: none is spawned", spawns_all_or_none, 4 },
	{ "PL-14", "many may be none", spawns_none, 0 },
	{ "PL-14", "killed while it waits, its key is free", is_killed, AS_WAITING },
	{ "PL-14", "killed while it runs, its key is free", is_killed, AS_RUNNING },
	{ "PL-14", "killed before it ran, it never does", is_killed_before_it_ran, 0 },
	{ "PL-14", "killed before it ran, it never does", is_killed_before_it_ran, 1 },
	{ "PL-14", "killed, and a value comes all the same", is_killed_and_ends_its_own_way, 0 },
	{ "PL-14", "killed, and another error comes: its key is free", is_killed_and_ends_its_own_way, -EIO },
	{ "PL-14", "all are killed", kills_all, 0 },
	{ "PL-14", "all are killed", kills_all, 1 },
	{ "PL-14", "all are killed", kills_all, 20 },
	{ "PL-14", "freeing a graph ends what runs", is_freed_with_what_runs, 0 },
	{ "PL-14", "freeing a graph ends what runs", is_freed_with_what_runs, 1 },
	{ "PL-14", "freeing a graph ends what runs", is_freed_with_what_runs, 20 },
};
/* clang-format on */

CONFORMANCE(dags, cases)
