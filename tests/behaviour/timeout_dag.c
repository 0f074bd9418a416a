/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait for the values of keys: rows for timeout_calls.h. Each wake
 * posts one key, and the next wait is for another. Tests no behaviour itself.
 */
#include "timeout_calls.h"

#include <stdio.h>
#include <stdlib.h>

struct own {
	eg_dag *dag; /* owned */
	int number;  /* of the key that is waited for now */
	char key[16];
};

static void name_key(struct own *o)
{
	snprintf(o->key, sizeof(o->key), "key %d", ++o->number);
}

static void set_up(struct call_rig *r)
{
	struct own *o = calloc(1, sizeof(*o));

	r->own = o;
	egt_eq(eg_dag_new(&o->dag, EG_DAG_OPEN), 0);
	name_key(o);
}

static void tear_down(struct call_rig *r)
{
	struct own *o = r->own;

	egt_eq(eg_dag_free(o->dag), 0);
	free(o);
}

static void wake(struct call_rig *r)
{
	struct own *o = r->own;

	egt_eq(eg_dag_post(o->dag, o->key, r, false), 0);
	name_key(o);
}

static int64_t call_get(struct call_rig *r, int64_t deadline)
{
	struct own *o = r->own;
	void *value = NULL;
	int result = eg_dag_get(o->dag, o->key, &value, deadline);

	egt_ptr_eq(value, result == 0 ? r : NULL);
	return result;
}

static int64_t call_wait(struct call_rig *r, int64_t deadline)
{
	struct own *o = r->own;
	const char *const keys[] = { o->key, NULL };

	return eg_dag_wait(o->dag, keys, NULL, deadline);
}

static int64_t call_next(struct call_rig *r, int64_t deadline)
{
	struct own *o = r->own;
	const char *const keys[] = { o->key, NULL };
	eg_dag_info info = { .size = sizeof(info) };
	eg_dag_each *each;
	int result;

	egt_eq(eg_dag_each_new(&each, o->dag, keys, 0), 0);
	result = eg_dag_each_next(each, &info, deadline);
	eg_dag_each_free(each);
	return result;
}

static const struct blocking_call rows[] = {
	{ "dag_get", set_up, call_get, wake, tear_down, 0 },
	{ "dag_wait", set_up, call_wait, wake, tear_down, 0 },
	{ "dag_each_next", set_up, call_next, wake, tear_down, 0 },
};

BLOCKING_CALLS(rows)
