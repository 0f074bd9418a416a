/* SPDX-License-Identifier: MIT */
/*
 * What other threads may do to a hub: hold it, and post work to it. A lock-free
 * stack of tasks, turned over when it is drained; one wake-up per sleep.
 */
#include "core/hub.h"

#include "base/check.h"
#include "base/sys.h"

#include <errno.h>

/* The inbox of a hub that takes nothing more. */
static struct eg_task shut;

eg_hub *eg_hub_self(void)
{
	return eg__hub();
}

eg_hub *eg_hub_ref(eg_hub *hub)
{
	if (hub)
		__atomic_fetch_add(&hub->references, 1, __ATOMIC_RELAXED);
	return hub;
}

eg_hub *eg_hub_unref(eg_hub *hub)
{
	uint32_t before;

	if (!hub)
		return NULL;
	/* A hub that sleeps may learn by this that nobody can wake it. */
	__atomic_fetch_add(&hub->posters, 1, __ATOMIC_SEQ_CST);
	before = __atomic_fetch_sub(&hub->references, 1, __ATOMIC_SEQ_CST);
	if (before == 2 && __atomic_load_n(&hub->inbox, __ATOMIC_SEQ_CST) !=
				   &shut &&
	    __atomic_exchange_n(&hub->is_sleeping, 0, __ATOMIC_SEQ_CST))
		hub->loop.backend->ops->wake(hub->loop.backend);
	__atomic_fetch_sub(&hub->posters, 1, __ATOMIC_SEQ_CST);
	if (before > 1)
		return NULL;
	/* Who gave back the last but one may still be on its way out. */
	while (__atomic_load_n(&hub->posters, __ATOMIC_SEQ_CST))
		eg__cpu_relax();
	eg__pages_put(hub, sizeof(*hub));
	return NULL;
}

static int push(struct eg_hub *hub, struct eg_task *task)
{
	struct eg_task *first = __atomic_load_n(&hub->inbox, __ATOMIC_RELAXED);

	do {
		if (first == &shut)
			return -ESHUTDOWN;
		task->_next = first;
	} while (!__atomic_compare_exchange_n(&hub->inbox, &first, task, true,
					      __ATOMIC_SEQ_CST,
					      __ATOMIC_RELAXED));
	return 0;
}

int eg_hub_post(eg_hub *hub, eg_task *task)
{
	int r;

	if (!hub || !task || !task->fn)
		return -EINVAL;
	/* Counted, so that the backend is not closed under the wake-up. */
	__atomic_fetch_add(&hub->posters, 1, __ATOMIC_SEQ_CST);
	r = push(hub, task);
	if (r == 0 &&
	    __atomic_exchange_n(&hub->is_sleeping, 0, __ATOMIC_SEQ_CST))
		hub->loop.backend->ops->wake(hub->loop.backend);
	__atomic_fetch_sub(&hub->posters, 1, __ATOMIC_SEQ_CST);
	return r;
}

bool eg__inbox_sleep(struct eg_hub *hub)
{
	/* First say so, then look: a post after the look sees the flag. */
	__atomic_store_n(&hub->is_sleeping, 1, __ATOMIC_SEQ_CST);
	return !__atomic_load_n(&hub->inbox, __ATOMIC_SEQ_CST);
}

void eg__inbox_awake(struct eg_hub *hub)
{
	if (__atomic_load_n(&hub->is_sleeping, __ATOMIC_RELAXED))
		__atomic_store_n(&hub->is_sleeping, 0, __ATOMIC_RELAXED);
}

static void run_tasks(struct eg_task *last_posted_first)
{
	struct eg_task *in_order = NULL;
	struct eg_task *t, *next;

	for (t = last_posted_first; t; t = next) {
		next = t->_next;
		t->_next = in_order;
		in_order = t;
	}
	for (t = in_order; t; t = next) {
		next = t->_next;
		t->fn(t, t->arg);
	}
}

void eg__inbox_drain(struct eg_hub *hub)
{
	struct eg_task *tasks = __atomic_load_n(&hub->inbox, __ATOMIC_ACQUIRE);

	if (eg_likely(!tasks) || tasks == &shut)
		return;
	run_tasks(__atomic_exchange_n(&hub->inbox, NULL, __ATOMIC_SEQ_CST));
}

void eg__inbox_shut(struct eg_hub *hub)
{
	struct eg_task *tasks =
		__atomic_exchange_n(&hub->inbox, &shut, __ATOMIC_SEQ_CST);
	struct eg_fiber *current = hub->worker.current;

	while (__atomic_load_n(&hub->posters, __ATOMIC_SEQ_CST))
		eg__cpu_relax();
	/* What was taken is run, in the hub's name like any other. */
	hub->worker.current = NULL;
	run_tasks(tasks);
	hub->worker.current = current;
}
