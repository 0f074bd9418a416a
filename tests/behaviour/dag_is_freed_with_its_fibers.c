/* SPDX-License-Identifier: MIT */
/*
 * Freeing a graph ends its fibers and waits for them; who still uses it keeps
 * it from being freed (semantics PL-14). And one of many keys, at random.
 */
#include "dag_kit.h"

#include <stdio.h>
#include <stdlib.h>

static int free_own(eg_dag *dag, const char *key, void **ret_value, void *arg)
{
	(void)key;
	(void)ret_value;
	*(int *)arg = eg_dag_free(dag);
	return 0;
}

EG_TEST(dag_is_not_freed_by_its_own_fiber)
{
	eg_dag *dag = new_dag(0);
	int result = 1;

	egt_eq(eg_dag_spawn(dag, "a", NULL, free_own, &result), 0);
	egt_eq(eg_dag_wait(dag, NULL, NULL, EG_FOREVER), 0);
	egt_eq(result, -EDEADLK);
	egt_eq(eg_dag_free(dag), 0);
}

static void *get_one(void *arg)
{
	return (void *)(intptr_t)eg_dag_get(arg, "a", NULL, EG_FOREVER);
}

EG_TEST(dag_is_not_freed_under_who_waits)
{
	struct maker m = { .is_held = true, .value = 1 };
	eg_dag *dag = new_dag(0);
	eg_fiber *fiber;
	void *result;

	spawn_maker(dag, "a", NULL, &m);
	egt_eq(eg_spawn(&fiber, get_one, dag), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_dag_free(dag), -EBUSY);
	/* Nothing has happened to it. */
	go(&m);
	egt_eq(eg_join(fiber, &result, EG_FOREVER), 0);
	egt_eq((intptr_t)result, 0);
	egt_eq(eg_dag_free(dag), 0);
}

/* Who was given its key has not looked at it yet. */
EG_TEST(dag_is_not_freed_under_who_was_woken)
{
	eg_dag *dag = new_dag(EG_DAG_OPEN);
	eg_fiber *fiber;
	void *result;

	egt_eq(eg_spawn(&fiber, get_one, dag), 0);
	egt_eq(eg_yield(), 0);
	post(dag, "a", 1);
	egt_eq(eg_dag_free(dag), -EBUSY);
	egt_eq(eg_join(fiber, &result, EG_FOREVER), 0);
	egt_eq((intptr_t)result, 0);
	egt_eq(eg_dag_free(dag), 0);
}

EG_TEST(dag_is_not_freed_under_who_goes_through_it)
{
	eg_dag_info info = { .size = sizeof(info) };
	eg_dag *dag = new_dag(0);
	eg_dag_each *each;

	post(dag, "a", 1);
	egt_eq(eg_dag_each_new(&each, dag, NULL, 0), 0);
	egt_eq(eg_dag_free(dag), -EBUSY);
	/* What is there can still be had, and nothing new. */
	egt_eq(eg_dag_each_next(each, &info, EG_FOREVER), 1);
	egt_eq(eg_dag_each_next(each, &info, EG_FOREVER), 0);
	egt_eq(eg_dag_post(dag, "b", NULL, false), -ESHUTDOWN);
	egt_eq(eg_dag_spawn(dag, "b", NULL, make, NULL), -ESHUTDOWN);
	egt_eq(eg_dag_get(dag, "b", NULL, EG_FOREVER), -ESHUTDOWN);
	egt_eq(eg_dag_get(dag, "a", NULL, EG_FOREVER), 0);
	eg_dag_each_free(each);
	egt_eq(eg_dag_free(dag), 0);
}

static int insist(eg_dag *dag, const char *key, void **ret_value, void *arg)
{
	int *more = arg;
	eg_timeout shield;

	(void)key;
	*ret_value = NULL;
	egt_eq(eg_shield_begin(&shield), 0);
	egt_eq(eg_sleep(EG_MSEC), 0);
	/* Being freed, it takes nothing more. */
	*more = eg_dag_spawn(dag, "more", NULL, make, NULL);
	egt_eq(eg_shield_end(&shield), 0);
	return 0;
}

static void *free_it(void *arg)
{
	return (void *)(intptr_t)eg_dag_free(arg);
}

EG_TEST(dag_waits_for_who_takes_its_time)
{
	eg_dag *dag = new_dag(0);
	eg_fiber *fiber;
	void *result;
	int more = 1;

	egt_eq(eg_dag_spawn(dag, "a", NULL, insist, &more), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_spawn(&fiber, free_it, dag), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_dag_free(dag), -EBUSY);
	/* It is shielded. */
	egt_eq(eg_cancel(fiber), 0);
	egt_eq(eg_join(fiber, &result, EG_FOREVER), 0);
	egt_eq((intptr_t)result, 0);
	egt_eq(more, -ESHUTDOWN);
}

EG_TEST(dag_ends_waits_of_its_own_fibers)
{
	struct maker m = { .is_held = true };
	eg_dag *dag = new_dag(0);

	spawn_maker(dag, "a", NULL, &m);
	for (int i = 0; i < 10; i++) {
		char key[8];

		snprintf(key, sizeof(key), "%d", i);
		egt_eq(eg_dag_spawn(dag, key, NULL, add_up, NULL), 0);
	}
	egt_eq(eg_yield(), 0);
	egt_eq(eg_dag_free(dag), 0);
	egt_eq(m.held, -ECANCELED);
}

/* At random: each needs some of those before it, and one in so many fails. */

enum { KEYS_MAX = 400, DEPS_MAX = 5 };

struct random_node {
	int deps[DEPS_MAX];
	int deps_count;
	bool fails;
	bool is_well; /* neither it nor what it needs fails */
	bool has_run;
	char key[12];
};

struct random_graph {
	unsigned seed;
	struct random_node nodes[KEYS_MAX];
};

static unsigned rnd(struct random_graph *g, unsigned below)
{
	g->seed = g->seed * 1103515245u + 12345u;
	return (g->seed >> 16) % below;
}

static struct random_graph *graph;

static int run_random(eg_dag *dag, const char *key, void **ret_value, void *arg)
{
	struct random_node *n = arg;
	void *value;

	egt_str_eq(key, n->key);
	egt_true(!n->has_run);
	n->has_run = true;
	for (int i = 0; i < n->deps_count; i++) {
		struct random_node *dep = &graph->nodes[n->deps[i]];

		egt_eq(eg_dag_get(dag, dep->key, &value, EG_NOW), 0);
		egt_ptr_eq(value, dep);
	}
	if (rnd(graph, 2))
		egt_eq(eg_sleep(rnd(graph, 30) * EG_USEC), 0);
	*ret_value = n;
	return n->fails ? -EIO : 0;
}

static void make_random(unsigned seed)
{
	graph->seed = seed;
	for (int i = 0; i < KEYS_MAX; i++) {
		struct random_node *n = &graph->nodes[i];

		*n = (struct random_node){ .fails = !rnd(graph, 40) };
		n->is_well = !n->fails;
		snprintf(n->key, sizeof(n->key), "key %d", i);
		n->deps_count = i ? (int)rnd(graph, DEPS_MAX) : 0;
		for (int k = 0; k < n->deps_count; k++) {
			n->deps[k] = (int)rnd(graph, (unsigned)i);
			n->is_well &= graph->nodes[n->deps[k]].is_well;
		}
	}
}

static void spawn_random(eg_dag *dag, int i)
{
	struct random_node *n = &graph->nodes[i];
	const char *deps[DEPS_MAX + 1] = { NULL };

	for (int k = 0; k < n->deps_count; k++)
		deps[k] = graph->nodes[n->deps[k]].key;
	egt_eq(eg_dag_spawn(dag, n->key, deps, run_random, n), 0);
}

/* Each came once, after all that it needed. */
static void check_results(eg_dag *dag)
{
	eg_dag_info info = { .size = sizeof(info) };
	eg_dag_each *each;
	int count = 0, r;

	egt_eq(eg_dag_each_new(&each, dag, NULL, 0), 0);
	while ((r = eg_dag_each_next(each, &info, EG_FOREVER)) == 1)
		count++;
	egt_eq(r, 0);
	egt_eq(count, KEYS_MAX);
	eg_dag_each_free(each);
	for (int i = 0; i < KEYS_MAX; i++) {
		const struct random_node *n = &graph->nodes[i];

		info = info_of(dag, n->key);
		egt_eq(info.state, n->is_well ? EG_DAG_DONE : EG_DAG_FAILED);
		if (n->is_well)
			egt_ptr_eq(info.value, n);
		if (!n->is_well)
			egt_eq(info.error, -EIO);
		if (n->has_run && !n->is_well)
			egt_str_eq(info.failed_key, n->key);
	}
}

EG_TEST(dag_of_many_keys_at_random)
{
	graph = calloc(1, sizeof(*graph));
	for (unsigned seed = 1; seed <= 10; seed++) {
		eg_dag *dag = new_dag(0);
		int step = seed % 2 ? 1 : KEYS_MAX - 1;

		egt_casef("seed %u", seed);
		make_random(seed);
		/* From the first to the last, or the other way. */
		for (int i = 0, at = 0; i < KEYS_MAX; i++) {
			at = (at + step) % KEYS_MAX;
			spawn_random(dag, at);
			if (!rnd(graph, 10))
				egt_eq(eg_yield(), 0);
		}
		check_results(dag);
		egt_eq(eg_dag_free(dag), 0);
	}
	free(graph);
}
