/* SPDX-License-Identifier: MIT */
/*
 * Resource pools and graphs of work without memory: what cannot be made is
 * refused or fails, no place is lost, and nobody waits for it in vain
 * (semantics PL-14, PL-15, PL-16).
 */
#include "fault_rig.h"

#include <stdlib.h>

enum { TAKERS = 4, SIZE = 2 };

static int alive;

static int make(void **ret_resource, void *arg)
{
	int r = eg_sleep(EG_USEC);

	(void)arg;
	if (r < 0)
		return r;
	*ret_resource = eg__fault(EG_FAULT_ALLOC) ? NULL : malloc(1);
	if (!*ret_resource)
		return -ENOMEM;
	alive++;
	return 0;
}

static void unmake(void *resource, void *arg)
{
	(void)arg;
	egt_le(0, eg_yield());
	free(resource);
	alive--;
}

static eg_resource_pool *make_pool(int64_t max_idle)
{
	eg_resource_options o = EG_RESOURCE_OPTIONS_INIT;
	eg_resource_pool *pool;

	o.create = make;
	o.destroy = unmake;
	o.max_size = SIZE;
	o.max_idle = max_idle;
	o.min_idle = 1;
	alive = 0;
	return fault_ok(eg_resource_pool_new(&pool, &o)) ? pool : NULL;
}

/* All have come back, and the pool with them. */
static void end_pool(eg_resource_pool *pool)
{
	eg_resource_info info = { .size = sizeof(info) };

	egt_eq(eg_resource_pool_get_info(pool, &info), 0);
	egt_eq(info.lent, 0);
	egt_eq(info.waiting, 0);
	egt_eq(eg_resource_pool_free(pool, EG_FOREVER), 0);
	egt_eq(alive, 0);
}

struct taker {
	eg_resource_pool *pool;
	uint32_t flags;
	bool forgets;
};

static void *take_and_put(void *arg)
{
	const struct taker *t = arg;
	bool is_well = true;
	void *resource;

	for (int i = 0; i < 3; i++) {
		if (!fault_ok(eg_resource_get(t->pool, &resource, t->flags,
					      EG_FOREVER))) {
			is_well = false;
			continue;
		}
		egt_eq(eg_sleep(EG_USEC), 0);
		if (t->forgets)
			break;
		egt_eq(eg_resource_put(t->pool, resource), 0);
	}
	return FAULT_RESULT(is_well);
}

static bool run_takers(int64_t max_idle, bool forgets)
{
	eg_resource_pool *pool = make_pool(max_idle);
	struct taker t = { pool, forgets ? EG_RESOURCE_TIED : 0, forgets };
	eg_fiber *f[TAKERS];
	bool is_well = true;

	if (!pool)
		return false;
	is_well &= fault_ok(eg_resource_pool_fill(pool, EG_FOREVER));
	for (int i = 0; i < TAKERS; i++)
		f[i] = fault_spawn(take_and_put, &t);
	for (int i = 0; i < TAKERS; i++)
		is_well &= fault_join(f[i]);
	is_well &= fault_ok(eg_sleep(10 * EG_USEC));
	end_pool(pool);
	return is_well;
}

FAULT_TEST(fault_of_resources)
{
	return !run_takers(EG_FOREVER, false);
}

/* The fiber that destroys the old ones cannot be had. */
FAULT_TEST(fault_of_old_resources)
{
	return !run_takers(5 * EG_USEC, false);
}

static void ignore(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	if (strstr(line, "deadlock"))
		egt_fail("%s", line);
}

/* Nor the one that destroys what fibers have left behind. */
FAULT_TEST(fault_of_forgotten_resources)
{
	eg_set_log(ignore, NULL);
	return !run_takers(EG_FOREVER, true);
}

enum { LENDINGS = 40 };

FAULT_TEST(fault_of_many_tokens)
{
	eg_resource_options o = EG_RESOURCE_OPTIONS_INIT;
	void *tokens[LENDINGS];
	eg_resource_pool *pool;
	int count = 0;

	o.max_size = LENDINGS;
	if (!fault_ok(eg_resource_pool_new(&pool, &o)))
		return 1;
	for (int i = 0; i < LENDINGS; i++)
		if (fault_ok(eg_resource_get(pool, &tokens[count], 0, EG_NOW)))
			count++;
	for (int i = 0; i < count; i++)
		egt_eq(eg_resource_put(pool, tokens[i]), 0);
	end_pool(pool);
	return count < LENDINGS;
}

static int add(eg_dag *dag, const char *key, void **ret_value, void *arg)
{
	(void)dag;
	(void)arg;
	*ret_value = dag;
	return key[0] == 'e' ? 0 : eg_sleep(EG_USEC);
}

/* A failure is explained by the fault that fired, at its origin. */
static bool check_key(eg_dag *dag, const char *key)
{
	eg_dag_info info = { .size = sizeof(info) };

	if (eg_dag_get_info(dag, key, &info) < 0)
		return false;
	egt_true(info.state == EG_DAG_DONE || info.state == EG_DAG_FAILED);
	if (info.state == EG_DAG_DONE)
		return true;
	egt_true(!fault_ok(info.error));
	egt_eq(eg_dag_get(dag, info.failed_key, NULL, EG_NOW), -ENOLINK);
	return false;
}

/* A wait for all, through all keys in turn where there is no memory for it. */
static bool wait_for_all(eg_dag *dag)
{
	int r = eg_dag_wait(dag, NULL, NULL, EG_FOREVER);

	while (eg_dag_running(dag) || eg_dag_waiting(dag))
		egt_eq(eg_sleep(EG_USEC), 0);
	return r != -ENOLINK && fault_ok(r);
}

FAULT_TEST(fault_of_a_graph)
{
	static const char *const keys[] = { "a", "b", "c", "d", "e" };
	const eg_dag_node nodes[] = {
		{ "a", NULL, add, NULL },
		{ "b", (const char *const[]){ "a", NULL }, add, NULL },
		{ "c", (const char *const[]){ "a", "p", NULL }, add, NULL },
		{ "d", (const char *const[]){ "b", "c", NULL }, add, NULL },
		{ "e", (const char *const[]){ "d", NULL }, add, NULL },
	};
	bool is_well = true, is_spawned;
	eg_dag *dag;

	if (!fault_ok(eg_dag_new(&dag, 0)))
		return 1;
	is_spawned = fault_ok(eg_dag_spawn_many(dag, nodes, ARRAY_LEN(nodes)));
	egt_eq(eg_dag_running(dag) + eg_dag_waiting(dag) <= 5, true);
	if (!is_spawned)
		egt_eq(eg_dag_running(dag) + eg_dag_waiting(dag), 0);
	is_well &= is_spawned;
	if (!fault_ok(eg_dag_post(dag, "p", dag, false))) {
		is_well = false;
		egt_eq(eg_dag_kill_all(dag), 0);
	}
	is_well &= wait_for_all(dag);
	for (size_t i = 0; is_spawned && is_well && i < ARRAY_LEN(keys); i++)
		is_well &= check_key(dag, keys[i]);
	egt_eq(eg_dag_free(dag), 0);
	return !is_well;
}

/* Results as they come, for keys named before anybody has brought them. */
FAULT_TEST(fault_of_results_in_order)
{
	const char *const keys[] = { "x", "y", "x", NULL };
	const char *const deps[] = { "x", NULL };
	eg_dag_info info = { .size = sizeof(info) };
	void *values[3] = { NULL };
	bool is_well = true;
	eg_dag_each *each = NULL;
	eg_dag *dag;
	int r = 0;

	if (!fault_ok(eg_dag_new(&dag, EG_DAG_OPEN)))
		return 1;
	is_well &= fault_ok(eg_dag_each_new(&each, dag, keys, 0));
	is_well &= fault_ok(eg_dag_spawn(dag, "x", NULL, add, NULL));
	is_well &= fault_ok(eg_dag_spawn(dag, "y", deps, add, NULL));
	while (each && is_well &&
	       (r = eg_dag_each_next(each, &info, EG_FOREVER)) == 1)
		is_well &= check_key(dag, info.key);
	if (is_well)
		is_well &= fault_ok(eg_dag_wait(dag, keys, values, EG_NOW));
	eg_dag_each_free(each);
	egt_eq(eg_dag_free(dag), 0);
	return !is_well || r < 0;
}
