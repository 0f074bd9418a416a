/* SPDX-License-Identifier: MIT */
/*
 * The table of who waits where, and waking them. Reads and writes no memory of
 * the program.
 */
#include "run/futex.h"

#include "run/futex_calls.h"

#include <errno.h>

#define TABLE_BYTES (EG_RUN_FUTEX_BUCKETS * sizeof(struct eg_run_futex_bucket))

struct eg_run_futex_bucket *eg__run_futex_table;

/* A timeout or a signal: no waker has found it, and none can any more. */
static void unlink_wait(struct eg_waiter *waiter)
{
	struct eg_run_thread *t = eg__run_thread_of(eg__fiber_of(waiter));

	if (eg_list_is_linked(&t->futex.link))
		eg_list_remove(&t->futex.link);
}

const struct eg_wait_kind eg__run_futex_wait_kind = {
	.what = "futex",
	.unlink = unlink_wait,
};

int eg__run_futex_init(void)
{
	int r;

	eg__run_futex_table = eg__pages_get(TABLE_BYTES);
	if (!eg__run_futex_table)
		return -ENOMEM;
	/* A huge page would be cleared, and paid for, at the first waiter. */
	eg__sys_madvise(eg__run_futex_table, TABLE_BYTES, MADV_NOHUGEPAGE);
	/* Nobody waits in a fork child, and fork need not copy who does here. */
	r = eg__sys_madvise(eg__run_futex_table, TABLE_BYTES, MADV_WIPEONFORK);
	if (r < 0)
		return r;
	return eg__run_futex_adopt(eg__run.main_thread);
}

void eg__run_futex_after_fork(void)
{
	eg__run_futex_pi_after_fork();
	eg__run_futex_shared_after_fork();
	eg__run_self()->robust_list = NULL; /* as the kernel does */
}

void eg__run_futex_fire(struct eg_run_futex_wait *w)
{
	struct eg_waiter *waiter = &w->thread->fiber.wait;

	if (w->kind == EG_RUN_FUTEX_VECTOR)
		waiter->kind->unlink(waiter); /* all its words */
	else
		eg_list_remove(&w->link);
	eg__run_wake(w->thread, w->index);
}

bool eg__run_futex_is_lock(const struct eg_run_futex_wait *w)
{
	return w->kind == EG_RUN_FUTEX_PI || w->kind == EG_RUN_FUTEX_REQUEUE_PI;
}

struct eg_run_futex_wait *eg__run_futex_next(const uint32_t *address,
					     struct eg_run_futex_wait *after)
{
	struct eg_list *head = &eg__run_futex_bucket(address)->waiters;
	struct eg_list *node = after ? after->link.next : head->next;
	struct eg_run_futex_wait *w;

	if (!node)
		return NULL;
	for (; node != head; node = node->next) {
		w = eg_list_entry(node, struct eg_run_futex_wait, link);
		if (w->address == address)
			return w;
	}
	return NULL;
}

int eg__run_futex_wake_some(uint32_t *address, int n, uint32_t bits)
{
	struct eg_run_futex_wait *w = eg__run_futex_next(address, NULL), *next;
	int woken = 0;

	for (; w; w = next) {
		if (eg_unlikely(eg__run_futex_is_lock(w)))
			return -EINVAL;
		next = eg__run_futex_next(address, w);
		if (!(w->bits & bits))
			continue;
		eg__run_futex_fire(w);
		if (++woken >= n)
			break;
		/* The next may have been another word of the same thread. */
		if (w->kind == EG_RUN_FUTEX_VECTOR)
			next = eg__run_futex_next(address, NULL);
	}
	return woken;
}
