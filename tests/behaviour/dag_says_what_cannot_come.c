/* SPDX-License-Identifier: MIT */
/*
 * A wait for a key that nobody will bring does not last for ever: it returns
 * -EDEADLK, and the log names what is missing, or the circle (semantics PL-14).
 */
#include "dag_kit.h"

#include <stdio.h>
#include <string.h>

static char said[1024];

static void keep_line(int level, const char *line, void *arg)
{
	size_t used = strlen(said);

	(void)level;
	(void)arg;
	snprintf(said + used, sizeof(said) - used, "%s\n", line);
}

static void hear(void)
{
	said[0] = '\0';
	eg_set_log(keep_line, NULL);
}

/* All of it, without the address of the graph. */
static void check_said(const char *want)
{
	const char *text = strstr(said, ": '");

	if (want) {
		egt_true(text);
		egt_str_eq(text + 2, want);
	} else {
		egt_str_eq(said, "");
	}
	eg_set_log(NULL, NULL);
}

static void get_nothing(eg_dag *dag, const char *key, const char *want)
{
	hear();
	egt_eq(eg_dag_get(dag, key, NULL, EG_FOREVER), -EDEADLK);
	check_said(want);
}

EG_TEST(dag_key_that_nobody_knows)
{
	eg_dag *dag = new_dag(0);

	get_nothing(dag, "x", "'x' cannot come: nobody brings 'x'\n");
	/* A deadline does not change it, but to try is no wait. */
	hear();
	egt_eq(eg_dag_get(dag, "x", NULL, eg_after(EG_SEC)), -EDEADLK);
	check_said("'x' cannot come: nobody brings 'x'\n");
	hear();
	egt_eq(eg_dag_get(dag, "x", NULL, EG_NOW), -ETIMEDOUT);
	check_said(NULL);
	/* It is nobody's yet. */
	post(dag, "x", 3);
	egt_eq(value_of(dag, "x"), 3);
	egt_eq(eg_dag_free(dag), 0);
}

EG_TEST(dag_keys_that_are_missing_below)
{
	struct maker m = { .value = 1 };
	eg_dag *dag = new_dag(0);

	spawn_maker(dag, "app", KEYS("lib", "main.o"), &m);
	spawn_maker(dag, "lib", KEYS("a.o", "b.o"), &m);
	spawn_maker(dag, "main.o", KEYS("main.c"), &m);
	post(dag, "b.o", 1);
	get_nothing(dag, "app",
		    "'app' cannot come: nobody brings 'a.o', 'main.c'\n");
	get_nothing(dag, "lib", "'lib' cannot come: nobody brings 'a.o'\n");
	hear();
	egt_eq(eg_dag_wait(dag, KEYS("b.o", "main.o"), NULL, EG_FOREVER),
	       -EDEADLK);
	check_said("'main.o' cannot come: nobody brings 'main.c'\n");
	hear();
	egt_eq(eg_dag_wait(dag, NULL, NULL, EG_FOREVER), -EDEADLK);
	check_said("'app' cannot come: nobody brings 'a.o', 'main.c'\n");
	/* Nothing is lost: they may be brought now. */
	post(dag, "a.o", 1);
	post(dag, "main.c", 1);
	egt_eq(value_of(dag, "app"), 1);
	egt_eq(eg_dag_free(dag), 0);
}

static const struct {
	uint32_t flags;
	int length;
	const char *want;
} circles[] = {
	{ 0, 1, "'a' cannot come: 'a' needs 'a'\n" },
	{ 0, 2, "'a' cannot come: 'a' needs 'b' needs 'a'\n" },
	{ 0, 4,
	  "'a' cannot come: 'a' needs 'b' needs 'c' needs 'd' needs 'a'\n" },
	{ EG_DAG_OPEN, 1, "'a' cannot come: 'a' needs 'a'\n" },
	{ EG_DAG_OPEN, 3,
	  "'a' cannot come: 'a' needs 'b' needs 'c' needs 'a'\n" },
};

EG_TEST(dag_keys_that_need_each_other)
{
	for (size_t i = 0; i < ARRAY_LEN(circles); i++) {
		struct maker m = { .value = 1 };
		eg_dag *dag = new_dag(circles[i].flags);
		int length = circles[i].length;

		egt_casef("%d, flags %u", length, circles[i].flags);
		for (int k = 0; k < length; k++) {
			const char key[] = { (char)('a' + k), '\0' };
			const char next[] = { (char)('a' + (k + 1) % length),
					      '\0' };

			/* That there is something else in line is no help. */
			spawn_maker(dag, key, KEYS("there", next), &m);
		}
		post(dag, "there", 1);
		get_nothing(dag, "a", circles[i].want);
		/* Killing one opens the circle. */
		egt_eq(eg_dag_kill(dag, "a"), 0);
		post(dag, "a", 1);
		egt_eq(eg_dag_wait(dag, NULL, NULL, EG_FOREVER), 0);
		egt_eq(m.runs, length - 1);
		egt_eq(eg_dag_free(dag), 0);
	}
}

/* What leads into a circle is not of it; what is of it is missing nothing. */
EG_TEST(dag_key_above_a_circle)
{
	struct maker m = { .value = 1 };
	eg_dag *dag = new_dag(EG_DAG_OPEN);

	spawn_maker(dag, "app", KEYS("later", "a"), &m);
	spawn_maker(dag, "a", KEYS("b"), &m);
	spawn_maker(dag, "b", KEYS("a"), &m);
	get_nothing(dag, "app", "'app' cannot come: 'a' needs 'b' needs 'a'\n");
	egt_eq(eg_dag_free(dag), 0);
}

struct getter {
	eg_dag *dag;
	const char *key;
	int result;
	eg_fiber *fiber;
};

static void *get(void *arg)
{
	struct getter *g = arg;

	g->result = eg_dag_get(g->dag, g->key, NULL, EG_FOREVER);
	return NULL;
}

static void begin_get(struct getter *g, eg_dag *dag, const char *key)
{
	*g = (struct getter){ .dag = dag, .key = key, .result = 1 };
	egt_eq(eg_spawn(&g->fiber, get, g), 0);
	egt_eq(eg_yield(), 0);
}

static int end_get(struct getter *g)
{
	egt_eq(eg_join(g->fiber, NULL, EG_FOREVER), 0);
	return g->result;
}

EG_TEST(dag_open_one_waits_for_others)
{
	eg_dag *dag = new_dag(EG_DAG_OPEN);
	struct getter g[2];

	begin_get(&g[0], dag, "x");
	begin_get(&g[1], dag, "=x");
	egt_eq(eg_dag_get(dag, "x", NULL, eg_after(EG_MSEC)), -ETIMEDOUT);
	egt_eq(eg_dag_spawn(dag, "=x", KEYS("x"), add_up, NULL), 0);
	egt_eq(eg_dag_get(dag, "=x", NULL, eg_after(EG_MSEC)), -ETIMEDOUT);
	post(dag, "x", 1);
	egt_eq(end_get(&g[0]), 0);
	egt_eq(end_get(&g[1]), 0);
	egt_eq(value_of(dag, "=x"), 2);
	egt_eq(eg_dag_free(dag), 0);
}

/* Who waits learns it when the last one that might bring it has ended. */
EG_TEST(dag_wait_ends_with_the_last_runner)
{
	struct maker m[2] = { { .is_held = true }, { .is_held = true } };
	eg_dag *dag = new_dag(0);
	struct getter g[3];

	spawn_maker(dag, "r", NULL, &m[0]);
	spawn_maker(dag, "s", NULL, &m[1]);
	spawn_maker(dag, "d", KEYS("s", "y"), &m[0]);
	begin_get(&g[0], dag, "x");
	begin_get(&g[1], dag, "d");
	begin_get(&g[2], dag, "r");
	hear();
	go(&m[1]);
	settle();
	egt_eq(g[0].result, 1);
	egt_str_eq(said, "");
	go(&m[0]);
	egt_eq(end_get(&g[0]), -EDEADLK);
	egt_eq(end_get(&g[1]), -EDEADLK);
	egt_eq(end_get(&g[2]), 0);
	egt_str_has(said, "'x' cannot come: nobody brings 'x'\n");
	egt_str_has(said, "'d' cannot come: nobody brings 'y'\n");
	eg_set_log(NULL, NULL);
	egt_eq(eg_dag_free(dag), 0);
}

EG_TEST(dag_wait_ends_when_what_it_is_for_is_killed)
{
	for (int is_running = 0; is_running < 2; is_running++) {
		struct maker m = { .is_held = true };
		eg_dag *dag = new_dag(0);
		struct getter g;

		egt_casef("running: %d", is_running);
		spawn_maker(dag, "r", NULL, &m);
		spawn_maker(dag, "x", is_running ? NULL : KEYS("r"), &m);
		begin_get(&g, dag, "x");
		hear();
		egt_eq(eg_dag_kill(dag, "x"), 0);
		settle();
		egt_eq(g.result, 1);
		go(&m);
		egt_eq(end_get(&g), -EDEADLK);
		check_said("'x' cannot come: nobody brings 'x'\n");
		egt_eq(eg_dag_free(dag), 0);
	}
}

/* Waits inside of the graph's own fibers. */

struct asker {
	const char *key; /* that it waits for */
	int64_t patience;
	int result;
};

static int ask(eg_dag *dag, const char *key, void **ret_value, void *arg)
{
	struct asker *a = arg;

	(void)key;
	a->result = eg_dag_get(dag, a->key, ret_value, eg_after(a->patience));
	return a->result;
}

static void spawn_asker(eg_dag *dag, const char *key, struct asker *a)
{
	egt_eq(eg_dag_spawn(dag, key, NULL, ask, a), 0);
}

EG_TEST(dag_function_may_wait_for_what_it_has_not_named)
{
	struct maker m = { .value = 4 };
	struct asker a = { "b", EG_FOREVER, 1 }, b = { "c", EG_FOREVER, 1 };
	eg_dag *dag = new_dag(0);

	spawn_asker(dag, "a", &a);
	spawn_asker(dag, "b", &b);
	spawn_maker(dag, "c", NULL, &m);
	egt_eq(value_of(dag, "a"), 4);
	egt_eq(eg_dag_free(dag), 0);
}

/* The cause is told, and the others have what follows from it. */
EG_TEST(dag_function_waits_for_what_nobody_brings)
{
	for (int order = 0; order < 2; order++) {
		struct asker a = { "b", EG_FOREVER, 1 };
		struct asker b = { "x", EG_FOREVER, 1 };
		eg_dag *dag = new_dag(0);

		egt_casef("order %d", order);
		hear();
		if (order)
			spawn_asker(dag, "b", &b);
		spawn_asker(dag, "a", &a);
		if (!order)
			spawn_asker(dag, "b", &b);
		check_failed(dag, "a", -ENOLINK, "a", NULL);
		check_failed(dag, "b", -EDEADLK, "b", NULL);
		check_said("'x' cannot come: nobody brings 'x'\n");
		egt_eq(eg_dag_free(dag), 0);
	}
}

/* The first one to wait while the other still did something else. */
EG_TEST(dag_function_is_left_alone_by_the_last_runner)
{
	struct asker a = { "x", EG_FOREVER, 1 }, b = { "a", EG_FOREVER, 1 };
	struct maker m = { .is_held = true };
	eg_dag *dag = new_dag(0);

	spawn_maker(dag, "r", NULL, &m);
	spawn_asker(dag, "a", &a);
	spawn_asker(dag, "b", &b);
	settle();
	hear();
	go(&m);
	check_failed(dag, "b", -ENOLINK, "b", NULL);
	check_failed(dag, "a", -EDEADLK, "a", NULL);
	egt_eq(a.result, -EDEADLK);
	check_said("'x' cannot come: nobody brings 'x'\n");
	egt_eq(eg_dag_free(dag), 0);
}

EG_TEST(dag_functions_that_wait_for_each_other)
{
	for (int is_late = 0; is_late < 2; is_late++) {
		struct asker a = { "b", EG_FOREVER, 1 };
		struct asker b = { "a", EG_FOREVER, 1 };
		struct maker m = { .is_held = true };
		eg_dag *dag = new_dag(is_late ? EG_DAG_OPEN : 0);

		egt_casef("while another one runs: %d", is_late);
		if (is_late)
			spawn_maker(dag, "r", NULL, &m);
		spawn_asker(dag, "a", &a);
		spawn_asker(dag, "b", &b);
		hear();
		settle();
		egt_eq(a.result == 1, is_late);
		go(&m);
		settle();
		/* One is told, and the other fails by it. */
		egt_true((a.result == -EDEADLK && b.result == -ENOLINK) ||
			 (b.result == -EDEADLK && a.result == -ENOLINK));
		check_said(
			a.result == -EDEADLK
				? "'b' cannot come: 'b' needs 'a' needs 'b'\n"
				: "'a' cannot come: 'a' needs 'b' needs 'a'\n");
		egt_eq(eg_dag_free(dag), 0);
	}
}

EG_TEST(dag_function_waits_for_itself)
{
	struct asker a = { "a", EG_FOREVER, 1 };
	eg_dag *dag = new_dag(EG_DAG_OPEN);

	hear();
	spawn_asker(dag, "a", &a);
	settle();
	egt_eq(a.result, -EDEADLK);
	check_said("'a' cannot come: 'a' needs 'a'\n");
	egt_eq(eg_dag_free(dag), 0);
}

/* Asked once more, the answer is the same. */
static int ask_twice(eg_dag *dag, const char *key, void **ret_value, void *arg)
{
	int *answers = arg;

	(void)key;
	answers[0] = eg_dag_get(dag, "x", ret_value, EG_FOREVER);
	answers[1] = eg_dag_get(dag, "y", ret_value, EG_FOREVER);
	return 0;
}

EG_TEST(dag_function_asks_twice)
{
	int answers[2] = { 1, 1 };
	eg_dag *dag = new_dag(0);

	hear();
	egt_eq(eg_dag_spawn(dag, "a", NULL, ask_twice, answers), 0);
	egt_eq(eg_dag_wait(dag, NULL, NULL, eg_after(EG_SEC)), 0);
	egt_eq(answers[0], -EDEADLK);
	egt_eq(answers[1], -EDEADLK);
	egt_str_has(said, "nobody brings 'x'\n");
	egt_str_has(said, "nobody brings 'y'\n");
	eg_set_log(NULL, NULL);
	egt_eq(eg_dag_free(dag), 0);
}

/* One that was cancelled in its wait is not counted among those who wait. */
EG_TEST(dag_function_is_killed_while_it_waits)
{
	struct asker a = { "x", EG_FOREVER, 1 };
	struct maker m = { .is_held = true };
	eg_dag *dag = new_dag(0);

	spawn_maker(dag, "r", NULL, &m);
	spawn_asker(dag, "a", &a);
	settle();
	egt_eq(eg_dag_kill(dag, "a"), 0);
	settle();
	egt_eq(a.result, -ECANCELED);
	go(&m);
	settle();
	get_nothing(dag, "x", "'x' cannot come: nobody brings 'x'\n");
	egt_eq(eg_dag_free(dag), 0);
}

/* In an open graph: what it waits for may come, so it may come itself. */
EG_TEST(dag_function_waits_for_what_others_may_bring)
{
	struct asker a = { "x", EG_FOREVER, 1 };
	eg_dag *dag = new_dag(EG_DAG_OPEN);

	spawn_asker(dag, "a", &a);
	settle();
	egt_eq(eg_dag_get(dag, "a", NULL, eg_after(EG_MSEC)), -ETIMEDOUT);
	post(dag, "x", 6);
	egt_eq(value_of(dag, "a"), 6);
	egt_eq(eg_dag_free(dag), 0);
}

static void *wait_for_everything(void *arg)
{
	return (void *)(intptr_t)eg_dag_wait(arg, NULL, NULL, EG_FOREVER);
}

/* "All" ends when the last one that was left is taken back. */
EG_TEST(dag_wait_for_all_ends_with_a_kill)
{
	struct maker m = { .value = 1 };
	eg_dag *dag = new_dag(EG_DAG_OPEN);
	eg_fiber *fiber;
	void *result;

	spawn_maker(dag, "a", KEYS("x"), &m);
	spawn_maker(dag, "b", KEYS("x"), &m);
	egt_eq(eg_spawn(&fiber, wait_for_everything, dag), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_dag_kill(dag, "a"), 0);
	settle();
	egt_eq(eg_join(fiber, NULL, EG_NOW), -ETIMEDOUT);
	hear();
	egt_eq(eg_dag_kill(dag, "b"), 0);
	egt_eq(eg_join(fiber, &result, eg_after(EG_SEC)), 0);
	check_said(NULL);
	egt_eq((intptr_t)result, 0);
	egt_eq(eg_dag_free(dag), 0);
}

/* One that gives up in time may bring what the others wait for. */
static int give_up_and_post(eg_dag *dag, const char *key, void **ret_value,
			    void *arg)
{
	(void)key;
	egt_eq(eg_dag_get(dag, arg, ret_value, eg_after(EG_MSEC)), -ETIMEDOUT);
	return eg_dag_post(dag, "x", number(1), false);
}

EG_TEST(dag_function_with_a_deadline_is_not_stuck)
{
	struct asker b = { "x", EG_FOREVER, 1 };
	eg_dag *dag = new_dag(0);
	static char waits_for_b[] = "b";

	egt_eq(eg_dag_spawn(dag, "a", NULL, give_up_and_post, waits_for_b), 0);
	spawn_asker(dag, "b", &b);
	hear();
	egt_eq(value_of(dag, "b"), 1);
	check_said(NULL);
	egt_eq(eg_dag_free(dag), 0);
}

/* "All" is without end for who is one of them. */
static int wait_for_all(eg_dag *dag, const char *key, void **ret_value,
			void *arg)
{
	(void)key;
	(void)ret_value;
	*(int *)arg = eg_dag_wait(dag, NULL, NULL, EG_FOREVER);
	return 0;
}

EG_TEST(dag_function_waits_for_all)
{
	struct maker m = { .value = 1 };
	eg_dag *dag = new_dag(0);
	int result = 1;

	hear();
	egt_eq(eg_dag_spawn(dag, "a", NULL, wait_for_all, &result), 0);
	spawn_maker(dag, "b", NULL, &m);
	egt_eq(eg_dag_wait(dag, NULL, NULL, EG_FOREVER), 0);
	egt_eq(result, -EDEADLK);
	check_said("'a' cannot come: 'a' needs 'a'\n");
	egt_eq(eg_dag_free(dag), 0);
}
