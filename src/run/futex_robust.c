/* SPDX-License-Identifier: MIT */
/*
 * Robust lists: the locks that a thread holds when it ends are marked as a dead
 * owner's, and somebody who waits is told. Kept per thread of the program; the
 * kernel itself knows the list of the process's first thread alone.
 */
#include "run/futex_calls.h"
#include "run/user_memory.h"

#include <errno.h>
#include <linux/prctl.h>

enum { IS_PI = 1 }; /* in the lowest bit of a pointer to an entry */

/* A pointer of the list, as the program's memory has it. */
struct link {
	struct robust_list *entry;
	bool is_pi;
};

int64_t eg__run_futex_set_robust_list(struct eg_run_call *c)
{
	struct eg_run_thread *t = eg__run_self();

	if ((size_t)c->a[1] != sizeof(struct robust_list_head))
		return -EINVAL;
	t->robust_list = (void *)c->a[0];
	/* If the process is killed, it is the kernel that has to walk it. */
	return t->tid == eg__run_worker()->os_thread ? eg__run_kernel(c) : 0;
}

int64_t eg__run_futex_get_robust_list(struct eg_run_call *c)
{
	struct eg_run_thread *t = eg__run_thread_find((int)c->a[0]);
	size_t bytes = sizeof(struct robust_list_head);

	if (!t)
		return eg__run_kernel(c);
	if (eg__run_copy_out((void *)c->a[2], &bytes, sizeof(bytes)) < 0)
		return -EFAULT;
	return eg__run_copy_out((void *)c->a[1], &t->robust_list,
				sizeof(t->robust_list));
}

int eg__run_futex_adopt(struct eg_run_thread *main_thread)
{
	size_t bytes;

	/* Without it (a kernel option) nobody can join the first thread. */
	eg__syscall2(SYS_prctl, PR_GET_TID_ADDRESS, &main_thread->clear_tid);
	return (int)eg__syscall3(SYS_get_robust_list, 0,
				 &main_thread->robust_list, &bytes);
}

static int read_link(struct robust_list *const *user, struct link *ret)
{
	uintptr_t p;

	if (eg__run_copy_in(&p, user, sizeof(p)) < 0)
		return -EFAULT;
	*ret = (struct link){ (struct robust_list *)(p & ~(uintptr_t)IS_PI),
			      p & IS_PI };
	return 0;
}

/* Marks the lock at @word, if it is @t's, and wakes one who waits for it. PI
 * locks are handed over by eg__run_futex_release_pi(). */
static int mark_dead(const struct eg_run_thread *t, uint32_t *word, bool is_pi,
		     bool is_pending)
{
	uint32_t old, found, dead;

	if ((uintptr_t)word % sizeof(*word) ||
	    eg__run_load_u32(word, &found) < 0)
		return -EFAULT;
	/* Killed between the unlock and the wake that belongs to it. */
	if (is_pending && !is_pi && !(found & FUTEX_TID_MASK)) {
		eg__run_futex_wake_anywhere(word, 1, FUTEX_BITSET_MATCH_ANY);
		return 0;
	}
	do {
		if ((found & FUTEX_TID_MASK) != (uint32_t)t->tid)
			return 0;
		old = found;
		dead = (old & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
		if (eg__run_swap_u32(word, old, dead, &found) < 0)
			return -EFAULT;
	} while (found != old);
	if (old & FUTEX_WAITERS &&
	    (!is_pi || eg__run_futex_is_shared(word, false)))
		eg__run_futex_wake_anywhere(word, 1, FUTEX_BITSET_MATCH_ANY);
	return 0;
}

static uint32_t *word_of(const struct link *link, long offset)
{
	return (uint32_t *)((uintptr_t)link->entry + (uintptr_t)offset);
}

/* The list may be broken in every way, and end anywhere. */
static void walk(const struct eg_run_thread *t)
{
	struct robust_list_head *head = t->robust_list;
	struct link at, next = { 0 }, pending;
	long offset;
	int r;

	if (read_link(&head->list.next, &at) < 0 ||
	    eg__run_copy_in(&offset, &head->futex_offset, sizeof(offset)) < 0 ||
	    read_link(&head->list_op_pending, &pending) < 0)
		return;
	for (int i = 0; at.entry != &head->list && i < ROBUST_LIST_LIMIT; i++) {
		/* Before the wake: then the entry may be somebody else's. */
		r = read_link(&at.entry->next, &next);
		if (at.entry != pending.entry &&
		    mark_dead(t, word_of(&at, offset), at.is_pi, false) < 0)
			return;
		if (r < 0)
			return;
		at = next;
	}
	if (pending.entry)
		mark_dead(t, word_of(&pending, offset), pending.is_pi, true);
}

void eg__run_futex_release_robust(struct eg_run_thread *t)
{
	struct robust_list_head *none = NULL;

	/* First, as long as the words still name their owner. */
	eg__run_futex_release_pi(t);
	if (t->robust_list)
		walk(t);
	t->robust_list = NULL;
	/* The OS thread runs on: its list must not be walked a second time. */
	if (t->tid == eg__run_worker()->os_thread)
		eg__raw_syscall(SYS_set_robust_list, (long)none, sizeof(*none),
				0, 0, 0, 0);
}

void eg__run_futex_release_all(void)
{
	eg_list_for_each(node, &eg__run.threads)
		eg__run_futex_release_robust(
			eg_list_entry(node, struct eg_run_thread, link));
}
