/* SPDX-License-Identifier: MIT */
/*
 * Graphs of work: how keys get their values, and what a result sets going. Who
 * waits for keys is dag_wait.c's, what can never come dag_stuck.c's.
 */
#include "pool/dag.h"

#include "base/fault.h"

#include <evergreen/fiber.h>

#include <stdlib.h>
#include <string.h>

int eg_dag_new(eg_dag **ret_dag, uint32_t flags)
{
	struct eg_hub *hub = eg__hub();
	eg_dag *dag;

	if (!ret_dag || flags & ~EG_DAG_OPEN)
		return -EINVAL;
	if (!hub)
		return -EPERM;
	dag = eg__fault(EG_FAULT_ALLOC) ? NULL : malloc(sizeof(*dag));
	if (!dag)
		return -ENOMEM;
	*dag = (eg_dag){ .hub = hub, .is_open = flags & EG_DAG_OPEN };
	eg__table_init(&dag->table);
	eg_list_init(&dag->all);
	eg_list_init(&dag->done);
	eg_list_init(&dag->waiters.waiters);
	dag->announced = &dag->done;
	*ret_dag = dag;
	return 0;
}

struct eg__dag_node *eg__dag_find(const struct eg_dag *dag, const char *key)
{
	struct eg__table_node *at =
		eg__table_first(&dag->table, eg__hash_string(key));

	for (; at; at = eg__table_next(at)) {
		struct eg__dag_node *n =
			eg_container_of(at, struct eg__dag_node, in_table);

		if (!strcmp(n->key, key))
			return n;
	}
	return NULL;
}

int eg__dag_need(struct eg_dag *dag, const char *key,
		 struct eg__dag_node **ret_node)
{
	struct eg__dag_node *n = eg__dag_find(dag, key);
	size_t key_bytes = strlen(key) + 1;

	if (!n) {
		n = eg__fault(EG_FAULT_ALLOC)
			    ? NULL
			    : calloc(1, sizeof(*n) + key_bytes);
		if (!n)
			return -ENOMEM;
		memcpy(n->key, key, key_bytes);
		n->dag = dag;
		eg_list_init(&n->dependants);
		eg_list_push_back(&dag->all, &n->in_all);
		eg__table_add(&dag->table, &n->in_table, eg__hash_string(key));
	}
	*ret_node = n;
	return 0;
}

/* It waits for nothing any more. */
static void drop_edges(struct eg__dag_node *n)
{
	for (size_t i = 0; i < n->edges_count; i++)
		if (eg_list_is_linked(&n->edges[i].link))
			eg_list_remove(&n->edges[i].link);
	free(n->edges);
	n->edges = NULL;
	n->edges_count = 0;
	n->missing = 0;
}

static void set_state(struct eg__dag_node *n, int state)
{
	struct eg_dag *dag = n->dag;

	dag->waiting -= n->state == EG_DAG_WAITING;
	dag->making -= n->state == EG_DAG_RUNNING;
	n->state = state;
	dag->waiting += n->state == EG_DAG_WAITING;
	dag->making += n->state == EG_DAG_RUNNING;
}

static void set_result(struct eg__dag_node *n, int state, void *value)
{
	if (!eg__dag_has_result(n))
		eg_list_push_back(&n->dag->done, &n->in_done);
	set_state(n, state);
	n->value = value;
}

static void succeed(struct eg__dag_node *n, void *value)
{
	set_result(n, EG_DAG_DONE, value);
}

static void fail(struct eg__dag_node *n, int error, void *payload)
{
	n->error = error;
	n->via = NULL;
	n->origin = n;
	set_result(n, EG_DAG_FAILED, payload);
}

static void fail_by(struct eg__dag_node *n, struct eg__dag_node *dep)
{
	drop_edges(n);
	n->error = dep->error;
	n->via = dep;
	n->origin = dep->origin;
	set_result(n, EG_DAG_FAILED, dep->value);
}

/* Nobody has spawned it, as it were. */
static void forget(struct eg__dag_node *n)
{
	drop_edges(n);
	set_state(n, EG_DAG_UNKNOWN);
	eg__dag_wake_all(n->dag);
}

static void *run_node(void *arg)
{
	struct eg__dag_node *n = arg;
	void *value = NULL;
	int r = n->fn(n->dag, n->key, &value, n->arg);

	n->has_returned = true;
	/* It has posted a value itself. */
	if (n->state != EG_DAG_RUNNING)
		return NULL;
	n->error = r;
	n->value = value;
	return NULL;
}

static void settle(struct eg_dag *dag);

/* Also of a fiber that was cancelled before it ran, or has called eg_exit(). */
static void node_ended(struct eg_fiber_end *end, struct eg_fiber *f)
{
	struct eg__dag_node *n = eg_container_of(end, struct eg__dag_node, end);
	struct eg_dag *dag = n->dag;
	struct eg_waiter *w = dag->ender;

	(void)f;
	n->fiber = NULL;
	dag->running--;
	if (n->state == EG_DAG_RUNNING) {
		if (!n->has_returned) {
			n->error = -ECANCELED;
			n->value = NULL;
		}
		if (n->error >= 0)
			succeed(n, n->value);
		else if (n->is_killed)
			forget(n);
		else
			fail(n, n->error, n->value);
		settle(dag);
	}
	eg__dag_check_stuck(dag, NULL);
	if (w && !dag->running) {
		dag->ender = NULL;
		eg__unpark(w, 0);
	}
}

struct eg__dag_node *eg__dag_inside(const struct eg_dag *dag,
				    const struct eg_fiber *self)
{
	struct eg__dag_node *n = self->arg;

	return self->fn == run_node && n->dag == dag ? n : NULL;
}

/* All that @n needs is there. */
static void start(struct eg__dag_node *n)
{
	eg_spawn_options options = EG_SPAWN_INIT;
	eg_fiber *f;
	int r;

	drop_edges(n);
	options.name = n->key;
	r = eg_spawn_with(&f, run_node, n, &options);
	if (r < 0) {
		fail(n, r, NULL);
		return;
	}
	n->fiber = f;
	n->has_returned = false;
	n->is_killed = false;
	n->end.fn = node_ended;
	eg__fiber_at_end(f, &n->end);
	EG_CHECK(eg_detach(f) == 0);
	n->dag->running++;
	set_state(n, EG_DAG_RUNNING);
}

static void announce(struct eg__dag_node *n)
{
	struct eg_list *node;

	eg__dag_wake_for(n->dag, n);
	while ((node = eg_list_pop_front(&n->dependants))) {
		struct eg__dag_node *dependant =
			eg_list_entry(node, struct eg__dag_edge, link)->node;

		if (n->state == EG_DAG_FAILED)
			fail_by(dependant, n);
		else if (--dependant->missing == 0)
			start(dependant);
	}
}

/* A result may bring about others, which are appended and come next. */
static void settle(struct eg_dag *dag)
{
	while (dag->announced->next != &dag->done) {
		dag->announced = dag->announced->next;
		announce(eg_list_entry(dag->announced, struct eg__dag_node,
				       in_done));
	}
}

static int check_caller(const struct eg_dag *dag)
{
	if (dag->hub != eg__hub())
		return -EPERM;
	return dag->is_closed ? -ESHUTDOWN : 0;
}

int eg_dag_post(eg_dag *dag, const char *key, void *value, bool replace)
{
	struct eg__dag_node *n;
	int r;

	if (!dag || !key)
		return -EINVAL;
	r = check_caller(dag);
	if (r == 0)
		r = eg__dag_need(dag, key, &n);
	if (r < 0)
		return r;
	if (n->state == EG_DAG_WAITING ||
	    (n->fiber && n->fiber != eg__current()))
		return -EBUSY;
	if (eg__dag_has_result(n) && !replace)
		return -EEXIST;
	succeed(n, value);
	settle(dag);
	return 0;
}

static size_t count_keys(const char *const *keys)
{
	size_t count = 0;

	while (keys && keys[count])
		count++;
	return count;
}

/* Gets all the memory that a node needs. Undone by forget(). */
static int prepare(struct eg_dag *dag, const eg_dag_node *from)
{
	size_t count = count_keys(from->deps);
	struct eg__dag_edge *edges = NULL;
	struct eg__dag_node *n;
	int r = eg__dag_need(dag, from->key, &n);

	if (r < 0)
		return r;
	if (n->state != EG_DAG_UNKNOWN)
		return -EEXIST;
	if (count) {
		edges = eg__fault(EG_FAULT_ALLOC)
				? NULL
				: calloc(count, sizeof(*edges));
		if (!edges)
			return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		edges[i].node = n;
		r = eg__dag_need(dag, from->deps[i], &edges[i].dep);
		if (r < 0) {
			free(edges);
			return r;
		}
	}
	n->edges = edges;
	n->edges_count = count;
	n->fn = from->fn;
	n->arg = from->arg;
	set_state(n, EG_DAG_WAITING);
	return 0;
}

/* Has a prepared node wait, run or fail, as what it needs is there. */
static void launch(struct eg__dag_node *n)
{
	for (size_t i = 0; i < n->edges_count; i++) {
		struct eg__dag_edge *e = &n->edges[i];

		if (e->dep->state == EG_DAG_FAILED) {
			fail_by(n, e->dep);
			return;
		}
		if (e->dep->state == EG_DAG_DONE)
			continue;
		eg_list_push_back(&e->dep->dependants, &e->link);
		n->missing++;
	}
	if (!n->missing)
		start(n);
}

/* All or none. */
static int prepare_all(struct eg_dag *dag, const eg_dag_node *nodes,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int r = prepare(dag, &nodes[i]);

		if (r == 0)
			continue;
		while (i-- > 0)
			forget(eg__dag_find(dag, nodes[i].key));
		return r;
	}
	return 0;
}

int eg_dag_spawn_many(eg_dag *dag, const eg_dag_node *nodes, size_t count)
{
	int r;

	if (!dag || !nodes)
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (!nodes[i].key || !nodes[i].fn)
			return -EINVAL;
	r = check_caller(dag);
	if (r == 0)
		r = prepare_all(dag, nodes, count);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		launch(eg__dag_find(dag, nodes[i].key));
	settle(dag);
	return 0;
}

int eg_dag_spawn(eg_dag *dag, const char *key, const char *const *deps,
		 eg_dag_fn *fn, void *arg)
{
	const eg_dag_node node = { key, deps, fn, arg };

	return eg_dag_spawn_many(dag, &node, 1);
}

static bool kill_node(struct eg__dag_node *n)
{
	if (n->fiber) {
		n->is_killed = true;
		EG_CHECK(eg_cancel(n->fiber) == 0);
		return true;
	}
	if (n->state != EG_DAG_WAITING)
		return false;
	forget(n);
	return true;
}

int eg_dag_kill(eg_dag *dag, const char *key)
{
	struct eg__dag_node *n;

	if (!dag || !key)
		return -EINVAL;
	if (dag->hub != eg__hub())
		return -EPERM;
	n = eg__dag_find(dag, key);
	if (!n || !kill_node(n))
		return -ENOENT;
	eg__dag_check_stuck(dag, NULL);
	return 0;
}

int eg_dag_kill_all(eg_dag *dag)
{
	if (!dag)
		return -EINVAL;
	if (dag->hub != eg__hub())
		return -EPERM;
	eg_list_for_each(node, &dag->all)
		kill_node(eg_list_entry(node, struct eg__dag_node, in_all));
	eg__dag_check_stuck(dag, NULL);
	return 0;
}

ssize_t eg_dag_running(const eg_dag *dag)
{
	return dag ? (ssize_t)dag->running : -EINVAL;
}

ssize_t eg_dag_waiting(const eg_dag *dag)
{
	return dag ? (ssize_t)dag->waiting : -EINVAL;
}

ssize_t eg_dag_waits_for(const eg_dag *dag, const char *key,
			 const char **ret_keys, size_t room)
{
	const struct eg__dag_node *n;
	size_t count = 0;

	if (!dag || !key)
		return -EINVAL;
	n = eg__dag_find(dag, key);
	if (!n || n->state == EG_DAG_UNKNOWN)
		return -ENOENT;
	for (size_t i = 0; i < n->edges_count; i++) {
		if (!eg_list_is_linked(&n->edges[i].link))
			continue;
		if (ret_keys && count < room)
			ret_keys[count] = n->edges[i].dep->key;
		count++;
	}
	return (ssize_t)count;
}

static void unlink_ender(struct eg_waiter *w)
{
	struct eg_dag *dag = w->object;

	dag->ender = NULL;
}

static const struct eg_wait_kind end_wait = {
	.what = "dag (end)",
	.unlink = unlink_ender,
};

/* Shielded: those who run are cancelled, and end. */
EG_MAY_SWITCH static int wait_for_end(struct eg_dag *dag)
{
	struct eg_fiber *self = eg__current();
	eg_timeout shield;
	int r;

	if (!dag->running)
		return 0;
	EG_CHECK(eg_shield_begin(&shield) == 0);
	dag->ender = eg__waiter(self, &end_wait, dag);
	r = eg__park(self, EG_FOREVER);
	EG_CHECK(eg_shield_end(&shield) == 0);
	return r;
}

/* Whether somebody outside of the graph uses it. */
static bool is_in_use(const struct eg_dag *dag)
{
	return dag->is_ending || dag->outsiders;
}

static void free_nodes(struct eg_dag *dag)
{
	eg_list_for_each(node, &dag->all) {
		struct eg__dag_node *n =
			eg_list_entry(node, struct eg__dag_node, in_all);

		eg__table_remove(&dag->table, &n->in_table);
		free(n);
	}
}

int eg_dag_free(eg_dag *dag)
{
	struct eg_fiber *self = eg__current();
	int r;

	if (!dag)
		return 0;
	if (!self)
		return eg__refuse_blocking("eg_dag_free");
	if (dag->hub != eg__hub())
		return -EPERM;
	if (eg__dag_inside(dag, self))
		return -EDEADLK;
	if (is_in_use(dag))
		return -EBUSY;
	dag->is_ending = true;
	dag->is_closed = true;
	EG_CHECK(eg_dag_kill_all(dag) == 0);
	r = wait_for_end(dag);
	/* Those of its own fibers are gone by now. */
	if (r == 0 && dag->eaches)
		r = -EBUSY;
	if (r < 0) {
		dag->is_ending = false;
		return r;
	}
	free_nodes(dag);
	eg__table_done(&dag->table);
	free(dag);
	return 0;
}
