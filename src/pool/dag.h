/* SPDX-License-Identifier: MIT */
/*
 * A graph, its nodes and those who wait for them, as the files of
 * src/pool/dag*.c share them. Owns no values.
 */
#ifndef EG_POOL_DAG_H
#define EG_POOL_DAG_H

#include "core/fiber.h"
#include "pool/table.h"
#include "sync/wait_queue.h"

#include <evergreen/dag.h>

/* The state of a key that is only asked for, or needed by others. */
enum { EG_DAG_UNKNOWN };

struct eg__dag_node;

/* @node needs @dep. In @dep's list as long as that has no result. */
struct eg__dag_edge {
	struct eg_list link;
	struct eg__dag_node *dep;
	struct eg__dag_node *node;
};

/* From the first time that a key is named to the end of the graph. */
struct eg__dag_node {
	struct eg__table_node in_table; /* by key */
	struct eg_list in_all;		/* in the order of being named */
	struct eg_list in_done;		/* DONE, FAILED: in that order */
	struct eg_list dependants;	/* edges from who waits for it */
	struct eg__dag_edge *edges;	/* owned; WAITING, else NULL */
	size_t edges_count;
	size_t missing; /* edges that are linked */
	eg_dag_fn *fn;
	void *arg;
	struct eg_dag *dag;	/* borrowed */
	struct eg_fiber *fiber; /* borrowed: while it lives */
	struct eg_fiber_end end;
	int state; /* enum eg_dag_state, or EG_DAG_UNKNOWN */
	int error; /* of itself */
	void *value;
	struct eg__dag_node *via;    /* FAILED: borrowed; NULL: itself */
	struct eg__dag_node *origin; /* FAILED: borrowed: whose error it is */
	bool has_returned;
	bool is_killed;
	/* Of the last search (dag_stuck.c): */
	bool is_possible;
	bool is_seen;
	size_t left;
	struct eg_list in_search;
	char key[];
};

struct eg_dag {
	struct eg_hub *hub; /* borrowed */
	struct eg__table table;
	struct eg_list all;
	struct eg_list done;
	struct eg_list *announced;    /* the last of @done that was */
	struct eg_wait_queue waiters; /* with a struct eg__dag_want each */
	struct eg_waiter *ender;      /* borrowed: waits for @running to be 0 */
	size_t waiting;		      /* nodes */
	size_t making;		      /* nodes RUNNING */
	size_t running;		      /* fibers, those with a result too */
	size_t blocked;		      /* of those: wait, for ever, for keys */
	size_t outsiders; /* who waits, or was woken: no fibers of it */
	size_t eaches;
	bool is_open;
	bool is_closed; /* takes no more keys, and no more waits */
	bool is_ending; /* somebody is in eg_dag_free() */
};

/* What a fiber waits for: one key, or the next of several. */
struct eg__dag_want {
	struct eg__dag_node *node; /* or NULL */
	struct eg_dag_each *each;  /* or NULL */
	struct eg__dag_node *self; /* whose fiber waits; NULL: none of them */
	bool is_blocked;	   /* counted in @blocked */
};

struct eg_dag_each {
	struct eg_dag *dag; /* borrowed */
	struct eg_list *at; /* in @done: the last one looked at */
	uint32_t flags;
	bool is_all;
	size_t left;		      /* of @nodes, not looked at yet */
	size_t count;		      /* of @nodes */
	struct eg__dag_node *nodes[]; /* borrowed, sorted by address */
};

static inline bool eg__dag_has_result(const struct eg__dag_node *n)
{
	return n->state == EG_DAG_DONE || n->state == EG_DAG_FAILED;
}

/* The node of @key, or NULL. */
struct eg__dag_node *eg__dag_find(const struct eg_dag *dag, const char *key);
/* The node of @key, made if need be. -ENOMEM. */
int eg__dag_need(struct eg_dag *dag, const char *key,
		 struct eg__dag_node **ret_node);
/* The node that @self is the fiber of, or NULL. */
struct eg__dag_node *eg__dag_inside(const struct eg_dag *dag,
				    const struct eg_fiber *self);

/* Waits: */

/* Wakes those who want @node, which has a result. */
void eg__dag_wake_for(struct eg_dag *dag, struct eg__dag_node *node);
/* Wakes those who want all, of whom nothing is left to come. */
void eg__dag_wake_all(struct eg_dag *dag);
void eg__dag_wake(struct eg_dag *dag, struct eg_waiter *w, int result);
/* Whether @node is one of those that @want is for. */
bool eg__dag_wants(const struct eg__dag_want *want,
		   const struct eg__dag_node *node);
void eg__dag_fill_info(const struct eg__dag_node *node, eg_dag_info *info);

/* Hopeless waits: */

/* Both look only when every fiber of the graph waits for keys, for ever as far
 * as is known; and say in the log what cannot come. */

/* Whether nothing that @want is for can come any more. */
bool eg__dag_is_hopeless(struct eg_dag *dag, const struct eg__dag_want *want);
/* Ends waits for what cannot come, those nearest to the cause first. True when
 * it is @self's turn, which is in line and has not parked yet; or NULL. */
bool eg__dag_check_stuck(struct eg_dag *dag, const struct eg_waiter *self);

#endif
