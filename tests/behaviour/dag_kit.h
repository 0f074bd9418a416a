/* SPDX-License-Identifier: MIT */
/*
 * Functions for graphs that do what they are told: what tests of graphs share.
 * Holds no graph, and claims nothing.
 */
#ifndef TESTS_DAG_KIT_H
#define TESTS_DAG_KIT_H

#include "fiber_trace.h"

/* A list of keys, as the calls want it. */
#define KEYS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* A number as a value. */
static inline void *number(intptr_t n)
{
	return (void *)n;
}

/* What one key's function does. */
struct maker {
	struct trace *trace; /* borrowed: the key's letter, as it begins */
	bool is_held;	     /* until @go */
	eg_event go;
	int result; /* that it returns */
	intptr_t value;
	int runs;
	int held; /* what the wait for @go returned */
};

static inline int make(eg_dag *dag, const char *key, void **ret_value,
		       void *arg)
{
	struct maker *m = arg;

	(void)dag;
	m->runs++;
	if (m->trace)
		trace_add(m->trace, key[0]);
	if (m->is_held)
		m->held = eg_event_wait(&m->go, EG_FOREVER);
	if (m->is_held && m->held < 0)
		return m->held;
	*ret_value = number(m->value);
	return m->result;
}

static inline void go(struct maker *m)
{
	egt_le(0, eg_event_set(&m->go));
}

/* One more than the sum of what it depends on, whose keys are its letters. */
static inline int add_up(eg_dag *dag, const char *key, void **ret_value,
			 void *arg)
{
	intptr_t sum = 1;

	(void)arg;
	for (const char *c = key + 1; *c; c++) {
		const char dep[] = { *c, '\0' };
		void *value;

		egt_eq(eg_dag_get(dag, dep, &value, EG_NOW), 0);
		sum += (intptr_t)value;
	}
	*ret_value = number(sum);
	return 0;
}

static inline eg_dag *new_dag(uint32_t flags)
{
	eg_dag *dag;

	egt_eq(eg_dag_new(&dag, flags), 0);
	return dag;
}

static inline void spawn_maker(eg_dag *dag, const char *key,
			       const char *const *deps, struct maker *m)
{
	egt_eq(eg_dag_spawn(dag, key, deps, make, m), 0);
}

static inline void post(eg_dag *dag, const char *key, intptr_t value)
{
	egt_eq(eg_dag_post(dag, key, number(value), false), 0);
}

/* The value of @key, which must come. */
static inline intptr_t value_of(eg_dag *dag, const char *key)
{
	void *value = number(-1);

	egt_eq(eg_dag_get(dag, key, &value, EG_FOREVER), 0);
	return (intptr_t)value;
}

static inline eg_dag_info info_of(const eg_dag *dag, const char *key)
{
	eg_dag_info info = { .size = sizeof(info) };

	egt_eq(eg_dag_get_info(dag, key, &info), 0);
	return info;
}

static inline int state_of(const eg_dag *dag, const char *key)
{
	eg_dag_info info = { .size = sizeof(info) };
	int r = eg_dag_get_info(dag, key, &info);

	return r < 0 ? r : info.state;
}

/* Whose error the failure of @key is, and by what it came to it. */
static inline void check_failed(eg_dag *dag, const char *key, int error,
				const char *failed_key, const char *failed_dep)
{
	eg_dag_info info;

	egt_eq(eg_dag_get(dag, key, NULL, EG_FOREVER), -ENOLINK);
	info = info_of(dag, key);
	egt_eq(info.state, EG_DAG_FAILED);
	egt_eq(info.error, error);
	egt_str_eq(info.failed_key, failed_key);
	if (failed_dep)
		egt_str_eq(info.failed_dep, failed_dep);
	else
		egt_ptr_eq(info.failed_dep, NULL);
}

#endif
