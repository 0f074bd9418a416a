/* SPDX-License-Identifier: MIT */
/*
 * What can never come: keys that nobody brings, and circles of keys that need
 * each other. Looked for only when every fiber of the graph waits for keys.
 */
#include "pool/dag.h"

#include "base/log.h"

static struct eg__dag_node *node_of(struct eg_list *link)
{
	return eg_list_entry(link, struct eg__dag_node, in_all);
}

static struct eg_waiter *waiter_of(struct eg_list *link)
{
	return eg_list_entry(link, struct eg_waiter, link);
}

/* Who waits in a blocked node's fiber, or NULL: it is not blocked. */
static const struct eg__dag_want *want_of(const struct eg_dag *dag,
					  const struct eg__dag_node *node)
{
	eg_list_for_each(link, &dag->waiters.waiters) {
		const struct eg__dag_want *want = waiter_of(link)->value;

		if (want->is_blocked && want->self == node)
			return want;
	}
	return NULL;
}

/* Has @node searched from, unless it was. */
static void visit(struct eg_list *search, struct eg__dag_node *node, bool *flag)
{
	if (*flag)
		return;
	*flag = true;
	eg_list_push_back(search, &node->in_search);
}

static void mark(struct eg_list *search, struct eg__dag_node *node)
{
	visit(search, node, &node->is_possible);
}

/* Whether @want is for @node, and that has no result yet. */
static bool is_awaited(const struct eg__dag_want *want,
		       const struct eg__dag_node *node)
{
	bool is_any = want->each && want->each->is_all;

	return !eg__dag_has_result(node) && eg__dag_wants(want, node) &&
	       !(is_any && node->state == EG_DAG_UNKNOWN);
}

/* Whether one that @want is for can come, as it is marked. */
static bool can_come(const struct eg_dag *dag, const struct eg__dag_want *want)
{
	if (want->node)
		return want->node->is_possible;
	eg_list_for_each(link, &dag->all) {
		const struct eg__dag_node *n = node_of(link);

		if (n->is_possible && is_awaited(want, n))
			return true;
	}
	return false;
}

/* Marks blocked nodes whose wait can end. */
static void mark_unblocked(struct eg_dag *dag, struct eg_list *search)
{
	eg_list_for_each(link, &dag->waiters.waiters) {
		const struct eg__dag_want *want = waiter_of(link)->value;

		if (want->is_blocked && !want->self->is_possible &&
		    can_come(dag, want))
			mark(search, want->self);
	}
}

/* Marks those that run, and those that others may bring. */
static void mark_sources(struct eg_dag *dag, struct eg_list *search)
{
	eg_list_for_each(link, &dag->all) {
		struct eg__dag_node *n = node_of(link);

		n->is_possible = false;
		n->left = n->missing;
		if ((n->state == EG_DAG_RUNNING && !want_of(dag, n)) ||
		    (n->state == EG_DAG_UNKNOWN && dag->is_open))
			mark(search, n);
	}
}

/* Marks those that need nothing more once @n is there. */
static void mark_dependants(struct eg__dag_node *n, struct eg_list *search)
{
	eg_list_for_each(link, &n->dependants) {
		struct eg__dag_node *dependant =
			eg_list_entry(link, struct eg__dag_edge, link)->node;

		if (--dependant->left == 0)
			mark(search, dependant);
	}
}

/* Marks what may still come. */
static void mark_possible(struct eg_dag *dag)
{
	struct eg_list search, *link;

	eg_list_init(&search);
	mark_sources(dag, &search);
	do {
		while ((link = eg_list_pop_front(&search)))
			mark_dependants(eg_list_entry(link, struct eg__dag_node,
						      in_search),
					&search);
		mark_unblocked(dag, &search);
	} while (!eg_list_is_empty(&search));
}

/* What is missing, to be told. */
struct text {
	char s[384];
	size_t len;
};

static void add(struct text *t, const char *before, const char *key)
{
	if (t->len < sizeof(t->s))
		t->len += eg__format(t->s + t->len, sizeof(t->s) - t->len,
				     "%s'%s'", before, key);
}

/* Whether @want waits for @node, which cannot come. */
static bool is_lost(const struct eg__dag_want *want,
		    const struct eg__dag_node *node)
{
	return !node->is_possible && is_awaited(want, node);
}

static struct eg__dag_node *first_lost(const struct eg_dag *dag,
				       const struct eg__dag_want *want)
{
	eg_list_for_each(link, &dag->all) {
		if (is_lost(want, node_of(link)))
			return node_of(link);
	}
	return NULL;
}

static void see_nothing(struct eg_dag *dag)
{
	eg_list_for_each(link, &dag->all)
		node_of(link)->is_seen = false;
}

static void see_lost(struct eg_dag *dag, struct eg_list *search,
		     const struct eg__dag_want *want)
{
	eg_list_for_each(link, &dag->all) {
		struct eg__dag_node *n = node_of(link);

		if (is_lost(want, n))
			visit(search, n, &n->is_seen);
	}
}

/* A dependency that has no result, and cannot have one. */
static bool is_lost_edge(const struct eg__dag_edge *e)
{
	return eg_list_is_linked(&e->link) && !e->dep->is_possible;
}

/* The keys that nobody brings, of all that @want is for or that that needs. */
static void name_missing(struct eg_dag *dag, const struct eg__dag_want *want,
			 struct text *t)
{
	struct eg_list search, *link;

	see_nothing(dag);
	eg_list_init(&search);
	see_lost(dag, &search, want);
	while ((link = eg_list_pop_front(&search))) {
		struct eg__dag_node *n =
			eg_list_entry(link, struct eg__dag_node, in_search);
		const struct eg__dag_want *own = want_of(dag, n);

		if (n->state == EG_DAG_UNKNOWN)
			add(t, t->len ? ", " : "nobody brings ", n->key);
		for (size_t i = 0; i < n->edges_count; i++) {
			struct eg__dag_edge *e = &n->edges[i];

			if (is_lost_edge(e))
				visit(&search, e->dep, &e->dep->is_seen);
		}
		if (own)
			see_lost(dag, &search, own);
	}
}

/* What @n waits for first, of what cannot come. Nothing that cannot come itself
 * is without. */
static struct eg__dag_node *next_lost(const struct eg_dag *dag,
				      const struct eg__dag_node *n)
{
	const struct eg__dag_want *own = want_of(dag, n);

	for (size_t i = 0; !own && i < n->edges_count; i++)
		if (is_lost_edge(&n->edges[i]))
			return n->edges[i].dep;
	EG_CHECK(own);
	return first_lost(dag, own);
}

/* Nothing is missing: following what is needed leads into a circle. */
static void name_circle(struct eg_dag *dag, struct eg__dag_node *n,
			struct text *t)
{
	const struct eg__dag_node *first;

	see_nothing(dag);
	while (!n->is_seen) {
		n->is_seen = true;
		n = next_lost(dag, n);
	}
	first = n;
	add(t, "", first->key);
	do {
		n = next_lost(dag, n);
		add(t, " needs ", n->key);
	} while (n != first);
}

static void report(struct eg_dag *dag, const struct eg__dag_want *want)
{
	struct eg__dag_node *first = first_lost(dag, want);
	struct text t = { .len = 0 };

	name_missing(dag, want, &t);
	if (!t.len)
		name_circle(dag, first, &t);
	eg__log(EG_LOG_ERROR, "graph %p: '%s' cannot come: %s", (void *)dag,
		first->key, t.s);
}

bool eg__dag_is_hopeless(struct eg_dag *dag, const struct eg__dag_want *want)
{
	if (dag->running != dag->blocked)
		return false;
	mark_possible(dag);
	if (can_come(dag, want))
		return false;
	report(dag, want);
	return true;
}

/* How far from the cause a hopeless wait is: who waits for a fiber that waits
 * itself may still get something, when that one's wait ends. */
static int distance(const struct eg__dag_want *want)
{
	if (!want->is_blocked)
		return 2;
	return want->node && want->node->state == EG_DAG_RUNNING;
}

static struct eg_waiter *find_hopeless(struct eg_dag *dag)
{
	struct eg_waiter *nearest = NULL;

	mark_possible(dag);
	eg_list_for_each(link, &dag->waiters.waiters) {
		struct eg_waiter *w = waiter_of(link);

		if (can_come(dag, w->value))
			continue;
		if (!nearest || distance(w->value) < distance(nearest->value))
			nearest = w;
	}
	return nearest;
}

bool eg__dag_check_stuck(struct eg_dag *dag, const struct eg_waiter *self)
{
	struct eg_waiter *w;

	/* One that is woken inside may bring what the others wait for. */
	while (dag->running == dag->blocked &&
	       !eg_list_is_empty(&dag->waiters.waiters) &&
	       (w = find_hopeless(dag))) {
		report(dag, w->value);
		if (w == self)
			return true;
		eg__dag_wake(dag, w, -EDEADLK);
	}
	return false;
}
