/* SPDX-License-Identifier: MIT */
/*
 * What comes out of graphs of work (semantics PL-14): results in the order in
 * which they come, several at once, failures and what they take along.
 */
#include "../behaviour/dag_kit.h"
#include "conformance.h"

#include <stdio.h>
#include <string.h>

enum { MAKERS = 4 };

/* "a" to "d", held; the value is the place in the alphabet. */
struct crowd {
	eg_dag *dag; /* owned */
	struct maker makers[MAKERS];
};

static void crowd_begin(struct crowd *c)
{
	c->dag = new_dag(0);
	for (int i = 0; i < MAKERS; i++) {
		const char key[] = { (char)('a' + i), '\0' };

		c->makers[i] =
			(struct maker){ .is_held = true, .value = i + 1 };
		spawn_maker(c->dag, key, NULL, &c->makers[i]);
	}
	egt_eq(eg_yield(), 0);
}

static struct maker *maker_of(struct crowd *c, char letter)
{
	return &c->makers[letter - 'a'];
}

/* In this order, each after what the one before has set going. */
static void finish(struct crowd *c, const char *order)
{
	for (; *order; order++) {
		go(maker_of(c, *order));
		settle();
	}
}

static eg_dag_each *each_of(eg_dag *dag, const char *const *keys,
			    uint32_t flags)
{
	eg_dag_each *each;

	egt_eq(eg_dag_each_new(&each, dag, keys, flags), 0);
	return each;
}

/* The keys that come, until the end or an error, which is returned. */
static int collect(eg_dag_each *each, struct trace *t, int64_t deadline)
{
	eg_dag_info info = { .size = sizeof(info) };
	int r;

	while ((r = eg_dag_each_next(each, &info, deadline)) == 1) {
		trace_add(t, info.key[0]);
		if (info.state == EG_DAG_DONE)
			egt_eq((intptr_t)info.value, info.key[0] - 'a' + 1);
		else
			egt_eq(info.state, EG_DAG_FAILED);
	}
	return r;
}

struct collector {
	eg_dag_each *each;
	struct trace trace;
	int result;
};

static void *collect_all(void *arg)
{
	struct collector *c = arg;

	c->result = collect(c->each, &c->trace, EG_FOREVER);
	eg_dag_each_free(c->each);
	return NULL;
}

static const char *const orders[] = { "abcd", "dcba", "cadb" };

static void comes_in_order(long order)
{
	struct collector l[2] = { { .each = NULL } };
	eg_fiber *fibers[2];
	struct crowd c;

	crowd_begin(&c);
	/* Two at once, each of all. */
	l[0].each = each_of(c.dag, NULL, 0);
	l[1].each = each_of(c.dag, KEYS("d", "b", "c", "a"), 0);
	for (int i = 0; i < 2; i++)
		egt_eq(eg_spawn(&fibers[i], collect_all, &l[i]), 0);
	egt_eq(eg_yield(), 0);
	finish(&c, orders[order]);
	for (int i = 0; i < 2; i++) {
		egt_eq(eg_join(fibers[i], NULL, EG_FOREVER), 0);
		egt_eq(l[i].result, 0);
		egt_str_eq(l[i].trace.text, orders[order]);
	}
	egt_eq(eg_dag_free(c.dag), 0);
}

/* Those there already, then those to come. */
static void comes_from_the_first_on(long there)
{
	const char *order = orders[2];
	struct trace t = { .len = 0 };
	char before[8];
	eg_dag_each *each;
	struct crowd c;

	crowd_begin(&c);
	snprintf(before, sizeof(before), "%.*s", (int)there, order);
	finish(&c, before);
	each = each_of(c.dag, NULL, 0);
	egt_eq(collect(each, &t, EG_NOW), there == MAKERS ? 0 : -ETIMEDOUT);
	egt_str_eq(t.text, before);
	finish(&c, order + there);
	egt_eq(collect(each, &t, EG_NOW), 0);
	egt_str_eq(t.text, order);
	egt_eq(collect(each, &t, EG_NOW), 0);
	eg_dag_each_free(each);
	egt_eq(eg_dag_free(c.dag), 0);
}

static void comes_for_some_keys(long which)
{
	const char *const *const keys[] = {
		(const char *const[]){ NULL },
		(const char *const[]){ "d", NULL },
		(const char *const[]){ "b", "d", "b", "d", "b", NULL },
	};
	static const char *const want[] = { "", "d", "db" };
	struct trace t = { .len = 0 };
	eg_dag_each *each;
	struct crowd c;

	crowd_begin(&c);
	each = each_of(c.dag, keys[which], 0);
	finish(&c, "adbc");
	egt_eq(collect(each, &t, EG_NOW), 0);
	egt_str_eq(t.text, want[which]);
	eg_dag_each_free(each);
	egt_eq(eg_dag_free(c.dag), 0);
}

static void comes_of_one_kind(long kind)
{
	static const char *const want[] = { "abcd", "ac", "bd", "abcd" };
	struct trace t = { .len = 0 };
	eg_dag_each *each;
	struct crowd c;

	crowd_begin(&c);
	maker_of(&c, 'b')->result = -EIO;
	maker_of(&c, 'd')->result = -EPIPE;
	each = each_of(c.dag, kind % 2 ? KEYS("a", "b", "c", "d") : NULL,
		       (uint32_t)kind);
	egt_eq(collect(each, &t, EG_NOW), -ETIMEDOUT);
	finish(&c, "abcd");
	egt_eq(collect(each, &t, EG_NOW), 0);
	egt_str_eq(t.text, want[kind]);
	eg_dag_each_free(each);
	egt_eq(eg_dag_free(c.dag), 0);
}

/* What is spawned by those that run comes, too. */
static int spawn_the_next(eg_dag *dag, const char *key, void **ret_value,
			  void *arg)
{
	const char next[] = { (char)(key[0] + 1), '\0' };
	const char *last = arg;

	*ret_value = number(key[0] - 'a' + 1);
	if (key[0] == *last)
		return 0;
	return eg_dag_spawn(dag, next, NULL, spawn_the_next, arg);
}

static void comes_of_all_that_is_spawned(long count)
{
	char last[] = { (char)('a' + count - 1), '\0' };
	struct trace t = { .len = 0 };
	eg_dag *dag = new_dag(0);
	eg_dag_each *each = each_of(dag, NULL, 0);

	egt_eq(collect(each, &t, EG_NOW), 0);
	egt_eq(eg_dag_spawn(dag, "a", NULL, spawn_the_next, last), 0);
	egt_eq(collect(each, &t, EG_FOREVER), 0);
	egt_eq(t.len, count);
	egt_eq(eg_dag_wait(dag, NULL, NULL, EG_NOW), 0);
	eg_dag_each_free(each);
	egt_eq(eg_dag_free(dag), 0);
}

static void goes_on_after_a_deadline(long takes)
{
	struct trace t = { .len = 0 };
	eg_dag_each *each;
	struct crowd c;

	crowd_begin(&c);
	each = each_of(c.dag, KEYS("a", "b"), 0);
	finish(&c, "b");
	egt_eq(collect(each, &t, eg_after(takes)), -ETIMEDOUT);
	egt_eq(collect(each, &t, eg_after(takes)), -ETIMEDOUT);
	egt_str_eq(t.text, "b");
	finish(&c, "a");
	egt_eq(collect(each, &t, EG_FOREVER), 0);
	egt_str_eq(t.text, "ba");
	eg_dag_each_free(each);
	egt_eq(eg_dag_free(c.dag), 0);
}

static void gives_values_as_asked(long order)
{
	void *values[5] = { NULL };
	struct crowd c;

	crowd_begin(&c);
	egt_eq(eg_dag_wait(c.dag, KEYS("d", "a"), values, EG_NOW), -ETIMEDOUT);
	egt_ptr_eq(values[0], NULL);
	finish(&c, orders[order]);
	egt_eq(eg_dag_wait(c.dag, KEYS("d", "a", "c", "a"), values, EG_NOW), 0);
	egt_eq((intptr_t)values[0], 4);
	egt_eq((intptr_t)values[1], 1);
	egt_eq((intptr_t)values[2], 3);
	egt_eq((intptr_t)values[3], 1);
	egt_ptr_eq(values[4], NULL);
	egt_eq(eg_dag_wait(c.dag, KEYS("b"), NULL, EG_NOW), 0);
	egt_eq(eg_dag_wait(c.dag, NULL, values, EG_NOW), 0);
	egt_eq((intptr_t)values[0], 4);
	egt_eq(eg_dag_free(c.dag), 0);
}

static void *wait_for_two(void *arg)
{
	struct crowd *c = arg;
	void *values[2] = { c, c };
	int r = eg_dag_wait(c->dag, KEYS("a", "b"), values, EG_FOREVER);

	egt_ptr_eq(values[0], r == 0 ? number(1) : c);
	egt_ptr_eq(values[1], r == 0 ? number(2) : c);
	return (void *)(intptr_t)r;
}

static void ends_with_the_last_or_the_first_failure(long order)
{
	static const struct {
		const char *order;
		char failing;
		const char *needed; /* of these, to end the wait */
		int result;
	} rows[] = {
		{ "ab", '-', "ab", 0 },	       { "ba", '-', "ba", 0 },
		{ "ab", 'b', "ab", -ENOLINK }, { "ba", 'b', "b", -ENOLINK },
		{ "cab", 'c', "cab", 0 },
	};
	eg_fiber *fiber;
	void *result;
	struct crowd c;

	crowd_begin(&c);
	if (rows[order].failing != '-')
		maker_of(&c, rows[order].failing)->result = -EIO;
	egt_eq(eg_spawn(&fiber, wait_for_two, &c), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_join(fiber, NULL, EG_NOW), -ETIMEDOUT);
	finish(&c, rows[order].needed);
	egt_eq(eg_join(fiber, &result, EG_NOW), 0);
	egt_eq((intptr_t)result, rows[order].result);
	/* The others go on. */
	egt_eq(eg_dag_running(c.dag),
	       MAKERS - (long)strlen(rows[order].needed));
	egt_eq(eg_dag_free(c.dag), 0);
}

static void keeps_its_error(long error)
{
	struct maker m = { .result = (int)error, .value = 77 };
	eg_dag *dag = new_dag(0);
	eg_dag_info info;
	void *value = dag;

	spawn_maker(dag, "a", NULL, &m);
	egt_eq(eg_dag_get(dag, "a", &value, EG_FOREVER), -ENOLINK);
	egt_ptr_eq(value, dag);
	info = info_of(dag, "a");
	check_failed(dag, "a", (int)error, "a", NULL);
	egt_eq((intptr_t)info.value, 77);
	egt_str_eq(info.key, "a");
	egt_eq(eg_dag_free(dag), 0);
}

/* It takes along all that needs it, each of which tells by what it came. */
static void takes_along_a_chain(long length)
{
	struct maker bad = { .result = -EIO, .value = 77, .is_held = true };
	struct maker m = { .value = 1 };
	eg_dag *dag = new_dag(0);
	char key[32], needs[32];

	spawn_maker(dag, "0", NULL, &bad);
	for (long i = 1; i <= length; i++) {
		snprintf(key, sizeof(key), "%ld", i);
		snprintf(needs, sizeof(needs), "%ld", i - 1);
		spawn_maker(dag, key, KEYS(needs), &m);
	}
	go(&bad);
	egt_eq(eg_dag_wait(dag, NULL, NULL, EG_FOREVER), -ENOLINK);
	egt_eq(m.runs, 0);
	for (long i = 1; i <= length; i++) {
		snprintf(key, sizeof(key), "%ld", i);
		snprintf(needs, sizeof(needs), "%ld", i - 1);
		check_failed(dag, key, -EIO, "0", needs);
		egt_eq((intptr_t)info_of(dag, key).value, 77);
	}
	egt_eq(eg_dag_waiting(dag), 0);
	egt_eq(eg_dag_free(dag), 0);
}

/* At once, though the other one that is needed still runs. */
static void fails_by_the_first(long is_there)
{
	struct maker m = { .value = 1 };
	struct crowd c;

	crowd_begin(&c);
	maker_of(&c, 'b')->result = -EIO;
	maker_of(&c, 'c')->result = -EPIPE;
	if (is_there)
		finish(&c, "b");
	spawn_maker(c.dag, "x", KEYS("a", "b", "c"), &m);
	spawn_maker(c.dag, "y", KEYS("x"), &m);
	if (!is_there)
		finish(&c, "b");
	check_failed(c.dag, "x", -EIO, "b", "b");
	check_failed(c.dag, "y", -EIO, "b", "x");
	finish(&c, "ca");
	check_failed(c.dag, "x", -EIO, "b", "b");
	egt_eq(m.runs, 0);
	egt_eq(value_of(c.dag, "a"), 1);
	egt_eq(eg_dag_free(c.dag), 0);
}

static int leave(eg_dag *dag, const char *key, void **ret_value, void *arg)
{
	(void)dag;
	(void)key;
	*ret_value = arg;
	eg_exit(NULL);
	return 0;
}

static void fails_by_leaving(long needs)
{
	struct maker m = { .value = 1 };
	eg_dag *dag = new_dag(0);

	if (needs)
		spawn_maker(dag, "d", KEYS("x"), &m);
	egt_eq(eg_dag_spawn(dag, "x", NULL, leave, NULL), 0);
	check_failed(dag, "x", -ECANCELED, "x", NULL);
	if (needs)
		check_failed(dag, "d", -ECANCELED, "x", "x");
	egt_eq(eg_dag_free(dag), 0);
}

static void succeeds_with(long result)
{
	struct maker m = { .result = (int)result, .value = 5 };
	eg_dag *dag = new_dag(0);

	spawn_maker(dag, "a", NULL, &m);
	egt_eq(value_of(dag, "a"), 5);
	egt_eq(eg_dag_free(dag), 0);
}

/* A graph of two roots, and one of a diamond, added up. */
static void adds_up(long way)
{
	struct maker m = { .value = 100 };
	const eg_dag_node nodes[] = {
		{ "a", NULL, add_up, NULL },
		{ "b", NULL, add_up, NULL },
		{ "c", KEYS("a", "b"), make, &m },
	};
	eg_dag *dag = new_dag(0);

	egt_eq(eg_dag_spawn_many(dag, nodes, 3), 0);
	egt_eq(eg_dag_spawn(dag, "=abc", KEYS("a", "b", "c"), add_up, NULL), 0);
	if (way)
		egt_eq(eg_dag_wait(dag, NULL, NULL, EG_FOREVER), 0);
	egt_eq(value_of(dag, "=abc"), 103);
	egt_eq(eg_dag_free(dag), 0);
}

/* clang-format off */
static const struct conform cases[] = {
	{ "PL-14", "results come in the order of finishing", comes_in_order, 0 },
	{ "PL-14", "results come in the order of finishing", comes_in_order, 1 },
	{ "PL-14", "results come in the order of finishing", comes_in_order, 2 },
	{ "PL-14", "results that are there come first", comes_from_the_first_on, 0 },
	{ "PL-14", "results that are there come first", comes_from_the_first_on, 2 },
	{ "PL-14", "results that are there come first", comes_from_the_first_on, 4 },
	{ "PL-14", "no results are asked for", comes_for_some_keys, 0 },
	{ "PL-14", "one result is asked for", comes_for_some_keys, 1 },
	{ "PL-14", "results are given once, however often asked for", comes_for_some_keys, 2 },
	{ "PL-14", "results of both kinds come", comes_of_one_kind, 0 },
	{ "PL-14", "values alone come", comes_of_one_kind, EG_DAG_VALUES },
	{ "PL-14", "failures alone come", comes_of_one_kind, EG_DAG_FAILURES },
	{ "PL-14", "results of both kinds come", comes_of_one_kind, EG_DAG_VALUES | EG_DAG_FAILURES },
	{ "PL-14", "results of what is spawned meanwhile come", comes_of_all_that_is_spawned, 1 },
	{ "PL-14", "results of what is spawned meanwhile come", comes_of_all_that_is_spawned, 20 },
	{ "PL-14", "a deadline loses no result", goes_on_after_a_deadline, 0 },
	{ "PL-14", "a deadline loses no result", goes_on_after_a_deadline, EG_MSEC },
	{ "PL-14", "values come as asked, not as finished", gives_values_as_asked, 0 },
	{ "PL-14", "values come as asked, not as finished", gives_values_as_asked, 1 },
	{ "PL-14", "values come as asked, not as finished", gives_values_as_asked, 2 },
	{ "PL-14", "a wait ends with the last value", ends_with_the_last_or_the_first_failure, 0 },
	{ "PL-14", "a wait ends with the last value", ends_with_the_last_or_the_first_failure, 1 },
	{ "PL-14", "a wait ends with the failure", ends_with_the_last_or_the_first_failure, 2 },
	{ "PL-14", "a wait ends with the first failure", ends_with_the_last_or_the_first_failure, 3 },
	{ "PL-14", "another one's failure does not end a wait", ends_with_the_last_or_the_first_failure, 4 },
	{ "PL-14", "a failure keeps its error and what came with it", keeps_its_error, -EIO },
	{ "PL-14", "a failure keeps its error, whatever that is", keeps_its_error, -ENOLINK },
	{ "PL-14", "a failure keeps its error, whatever that is", keeps_its_error, -ECANCELED },
	{ "PL-14", "a failure takes along what needs it", takes_along_a_chain, 1 },
	{ "PL-14", "a failure takes along a chain", takes_along_a_chain, 2 },
	{ "PL-14", "a failure takes along a chain", takes_along_a_chain, 50 },
	{ "PL-14", "the first failure counts", fails_by_the_first, false },
	{ "PL-14", "a failure that is there already counts", fails_by_the_first, true },
	{ "PL-14", "leaving by eg_exit() is a failure", fails_by_leaving, false },
	{ "PL-14", "leaving by eg_exit() is a failure for others", fails_by_leaving, true },
	{ "PL-14", "0 is success", succeeds_with, 0 },
	{ "PL-14", "what is above 0 is success", succeeds_with, 3 },
	{ "PL-14", "values flow from key to key", adds_up, 0 },
	{ "PL-14", "values flow from key to key", adds_up, 1 },
};
/* clang-format on */

CONFORMANCE(dag_results, cases)
