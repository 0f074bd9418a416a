/* SPDX-License-Identifier: MIT */
/*
 * Waiting for the keys of a graph: for one, for several, for each as it comes.
 * Brings no results about.
 */
#include "pool/dag.h"

#include "base/fault.h"

#include <stdlib.h>

void eg__dag_wake(struct eg_dag *dag, struct eg_waiter *w, int result)
{
	const struct eg__dag_want *want = w->value;

	dag->blocked -= want->is_blocked;
	eg__unpark(w, result);
}

static bool has_node(const struct eg_dag_each *each,
		     const struct eg__dag_node *node)
{
	size_t low = 0, high = each->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((uintptr_t)each->nodes[middle] < (uintptr_t)node)
			low = middle + 1;
		else
			high = middle;
	}
	return low < each->count && each->nodes[low] == node;
}

bool eg__dag_wants(const struct eg__dag_want *want,
		   const struct eg__dag_node *node)
{
	if (want->node)
		return want->node == node;
	return want->each->is_all || has_node(want->each, node);
}

void eg__dag_wake_for(struct eg_dag *dag, struct eg__dag_node *node)
{
	eg_list_for_each(link, &dag->waiters.waiters) {
		struct eg_waiter *w =
			eg_list_entry(link, struct eg_waiter, link);

		if (eg__dag_wants(w->value, node))
			eg__dag_wake(dag, w, 0);
	}
}

void eg__dag_wake_all(struct eg_dag *dag)
{
	if (dag->waiting || dag->making)
		return;
	eg_list_for_each(link, &dag->waiters.waiters) {
		struct eg_waiter *w =
			eg_list_entry(link, struct eg_waiter, link);
		const struct eg__dag_want *want = w->value;

		if (want->each && want->each->is_all)
			eg__dag_wake(dag, w, 0);
	}
}

/* The wait ends early. */
static void unlink_want(struct eg_waiter *w)
{
	const struct eg__dag_want *want = w->value;
	struct eg_dag *dag = w->object;

	dag->blocked -= want->is_blocked;
}

static const struct eg_wait_kind want_wait = {
	.what = "dag",
	.unlink = unlink_want,
};

/* Whether the wait that is about to begin could never end. Who goes on at a
 * deadline may bring something then, and is in nobody's way. */
static bool is_stuck(struct eg_dag *dag, struct eg_waiter *w, bool is_timed)
{
	struct eg__dag_want *want = w->value;
	bool is_hopeless;

	if (!is_timed)
		return eg__dag_check_stuck(dag, w);
	is_hopeless = eg__dag_is_hopeless(dag, want);
	dag->blocked -= want->is_blocked;
	want->is_blocked = false;
	return is_hopeless;
}

EG_MAY_SWITCH static int wait_for(struct eg_dag *dag, struct eg_fiber *self,
				  struct eg__dag_want *want, int64_t deadline)
{
	bool is_timed = eg__effective_deadline(self, deadline) != EG_FOREVER;
	struct eg_waiter *w;
	int r;

	if (dag->is_closed)
		return -ESHUTDOWN;
	r = eg__park_check(self, deadline);
	if (r < 0)
		return r;
	want->self = eg__dag_inside(dag, self);
	want->is_blocked = want->self;
	w = eg__waiter(self, &want_wait, dag);
	w->value = want;
	eg_list_push_back(&dag->waiters.waiters, &w->link);
	dag->blocked += want->is_blocked;
	if (is_stuck(dag, w, is_timed)) {
		dag->blocked -= want->is_blocked;
		eg_list_remove(&w->link);
		return -EDEADLK;
	}
	dag->outsiders += !want->self;
	r = eg__park(self, deadline);
	dag->outsiders -= !want->self;
	return r;
}

/* What all calls that wait refuse: 0, or an error. */
static int check_caller(const struct eg_dag *dag, const char *call)
{
	if (!eg__current())
		return eg__refuse_blocking(call);
	return dag->hub != eg__hub() ? -EPERM : 0;
}

int eg_dag_get(eg_dag *dag, const char *key, void **ret_value, int64_t deadline)
{
	struct eg__dag_want want = { .node = NULL };
	int r;

	if (!dag || !key)
		return -EINVAL;
	r = check_caller(dag, "eg_dag_get");
	if (r == 0)
		r = eg__dag_need(dag, key, &want.node);
	if (r == 0 && !eg__dag_has_result(want.node))
		r = wait_for(dag, eg__current(), &want, deadline);
	if (r < 0)
		return r;
	if (want.node->state == EG_DAG_FAILED)
		return -ENOLINK;
	if (ret_value)
		*ret_value = want.node->value;
	return 0;
}

void eg__dag_fill_info(const struct eg__dag_node *node, eg_dag_info *info)
{
	*info = (eg_dag_info){
		.size = sizeof(*info),
		.key = node->key,
		.state = node->state,
	};
	if (eg__dag_has_result(node))
		info->value = node->value;
	if (node->state != EG_DAG_FAILED)
		return;
	info->error = node->error;
	info->failed_key = node->origin->key;
	info->failed_dep = node->via ? node->via->key : NULL;
}

int eg_dag_get_info(const eg_dag *dag, const char *key, eg_dag_info *info)
{
	const struct eg__dag_node *n;

	if (!dag || !key || !info || info->size < sizeof(*info))
		return -EINVAL;
	n = eg__dag_find(dag, key);
	if (!n || n->state == EG_DAG_UNKNOWN)
		return -ENOENT;
	eg__dag_fill_info(n, info);
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct eg__dag_node *const *x = a, *const *y = b;

	return ((uintptr_t)*x > (uintptr_t)*y) -
	       ((uintptr_t)*x < (uintptr_t)*y);
}

static size_t drop_duplicates(struct eg__dag_node **nodes, size_t count)
{
	size_t kept = 0;

	qsort(nodes, count, sizeof(*nodes), by_address);
	for (size_t i = 0; i < count; i++)
		if (!kept || nodes[kept - 1] != nodes[i])
			nodes[kept++] = nodes[i];
	return kept;
}

/* eg_dag_each_new() of arguments that make sense. */
static int make_each(eg_dag_each **ret_each, struct eg_dag *dag,
		     const char *const *keys, uint32_t flags)
{
	size_t count = 0;
	eg_dag_each *each;

	while (keys && keys[count])
		count++;
	each = eg__fault(EG_FAULT_ALLOC)
		       ? NULL
		       : malloc(sizeof(*each) + count * sizeof(*each->nodes));
	if (!each)
		return -ENOMEM;
	*each = (eg_dag_each){ .dag = dag, .at = &dag->done, .is_all = !keys };
	each->flags = flags ? flags : EG_DAG_VALUES | EG_DAG_FAILURES;
	for (size_t i = 0; i < count; i++) {
		int r = eg__dag_need(dag, keys[i], &each->nodes[i]);

		if (r < 0) {
			free(each);
			return r;
		}
	}
	each->count = drop_duplicates(each->nodes, count);
	each->left = each->count;
	dag->eaches++;
	*ret_each = each;
	return 0;
}

int eg_dag_each_new(eg_dag_each **ret_each, eg_dag *dag,
		    const char *const *keys, uint32_t flags)
{
	if (!ret_each || !dag || flags & ~(EG_DAG_VALUES | EG_DAG_FAILURES))
		return -EINVAL;
	if (dag->hub != eg__hub())
		return -EPERM;
	return make_each(ret_each, dag, keys, flags);
}

eg_dag_each *eg_dag_each_free(eg_dag_each *each)
{
	if (each)
		each->dag->eaches--;
	free(each);
	return NULL;
}

/* The next result that is there and wanted, or NULL. */
static struct eg__dag_node *advance(struct eg_dag_each *each)
{
	struct eg_list *end = &each->dag->done;

	while (each->at->next != end && (each->is_all || each->left)) {
		struct eg__dag_node *n;
		uint32_t kind;

		each->at = each->at->next;
		n = eg_list_entry(each->at, struct eg__dag_node, in_done);
		if (!each->is_all && !has_node(each, n))
			continue;
		each->left -= !each->is_all;
		kind = n->state == EG_DAG_DONE ? EG_DAG_VALUES
					       : EG_DAG_FAILURES;
		if (each->flags & kind)
			return n;
	}
	return NULL;
}

static bool is_over(const struct eg_dag_each *each)
{
	if (!each->is_all)
		return !each->left;
	return !each->dag->waiting && !each->dag->making;
}

/* The next one into @ret_node: 1, or 0 at the end. */
EG_MAY_SWITCH static int next_node(struct eg_dag_each *each,
				   struct eg__dag_node **ret_node,
				   int64_t deadline)
{
	struct eg__dag_want want = { .each = each };
	int r;

	while (!(*ret_node = advance(each))) {
		if (is_over(each))
			return 0;
		r = wait_for(each->dag, eg__current(), &want, deadline);
		if (r < 0)
			return r;
	}
	return 1;
}

int eg_dag_each_next(eg_dag_each *each, eg_dag_info *info, int64_t deadline)
{
	struct eg__dag_node *n;
	int r;

	if (!each || !info || info->size < sizeof(*info))
		return -EINVAL;
	r = check_caller(each->dag, "eg_dag_each_next");
	if (r == 0)
		r = next_node(each, &n, deadline);
	if (r == 1)
		eg__dag_fill_info(n, info);
	return r;
}

int eg_dag_wait(eg_dag *dag, const char *const *keys, void **ret_values,
		int64_t deadline)
{
	struct eg__dag_node *n;
	eg_dag_each *each;
	int r;

	if (!dag)
		return -EINVAL;
	r = check_caller(dag, "eg_dag_wait");
	if (r == 0)
		r = make_each(&each, dag, keys, 0);
	if (r < 0)
		return r;
	do {
		r = next_node(each, &n, deadline);
	} while (r == 1 && n->state == EG_DAG_DONE);
	eg_dag_each_free(each);
	if (r == 1)
		return -ENOLINK;
	if (r < 0)
		return r;
	for (size_t i = 0; ret_values && keys && keys[i]; i++)
		ret_values[i] = eg__dag_find(dag, keys[i])->value;
	return 0;
}
