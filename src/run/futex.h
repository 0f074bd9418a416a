/* SPDX-License-Identifier: MIT */
/*
 * Futexes within the process: who waits at which address, first in, first out.
 * The table behind the futex calls and the fast paths alike. Knows no word's
 * meaning: who waits has compared it, who wakes has changed it.
 */
#ifndef EG_RUN_FUTEX_H
#define EG_RUN_FUTEX_H

#include "run/schedule.h"

enum {
	EG_RUN_FUTEX_BUCKETS = 1 << 20,
	EG_RUN_FUTEX_PER_PAGE = 1 << 8, /* buckets in a page of the table */
};

/* What several workers would lock. All zero: never used, empty. */
struct eg_run_futex_bucket {
	struct eg_list waiters; /* of all its addresses, the oldest first */
};

extern struct eg_run_futex_bucket *eg__run_futex_table;
extern const struct eg_wait_kind eg__run_futex_wait_kind;

/* When there is a main thread. */
int eg__run_futex_init(void);
/* In a fork child: nobody waits any more. */
void eg__run_futex_after_fork(void);

/* Words of one page share a page of the table: a program touches as much of it
 * as it has pages with futexes, not as it has futexes. */
static inline struct eg_run_futex_bucket *
eg__run_futex_bucket(const uint32_t *address)
{
	uint64_t a = (uint64_t)address;
	uint64_t page = (a >> 12) * UINT64_C(0x9e3779b97f4a7c15) >> 44;

	return &eg__run_futex_table[page ^ (a >> 3) % EG_RUN_FUTEX_PER_PAGE];
}

/* Puts @w, whose fields are set, in line. */
static inline void eg__run_futex_push(struct eg_run_futex_wait *w)
{
	struct eg_run_futex_bucket *b = eg__run_futex_bucket(w->address);

	if (eg_unlikely(!b->waiters.next))
		eg_list_init(&b->waiters);
	eg_list_push_back(&b->waiters, &w->link);
}

/*
 * The halves of a wait, for a fast path that must unlock in between: enlist at
 * @address, which the caller has compared; then park. 0: woken; -ETIMEDOUT;
 * -EINTR. The second may switch.
 */
static inline void eg__run_futex_enlist(struct eg_run_thread *t,
					uint32_t *address, uint32_t bits)
{
	struct eg_run_futex_wait *w = &t->futex;

	eg__waiter(&t->fiber, &eg__run_futex_wait_kind, address);
	w->address = address;
	w->thread = t;
	w->bits = bits;
	eg__run_futex_push(w);
}

static inline int eg__run_futex_park(struct eg_run_thread *t, int64_t deadline)
{
	return eg__run_park(t, deadline, true);
}

static inline int eg__run_futex_wait(struct eg_run_thread *t, uint32_t *address,
				     uint32_t bits, int64_t deadline)
{
	eg__run_futex_enlist(t, address, bits);
	return eg__run_futex_park(t, deadline);
}

/* eg__run_futex_wake() beyond its first try. -EINVAL: locks wait there. */
int eg__run_futex_wake_some(uint32_t *address, int n, uint32_t bits);

/* Wakes up to @n (as the kernel does: one, if @n is less) of those who wait
 * with one of @bits; how many it were. */
static inline int eg__run_futex_wake(uint32_t *address, int n, uint32_t bits)
{
	struct eg_list *waiters = &eg__run_futex_bucket(address)->waiters;
	struct eg_run_futex_wait *w;

	if (!waiters->next || eg_list_is_empty(waiters))
		return 0;
	w = eg_list_entry(waiters->next, struct eg_run_futex_wait, link);
	if (eg_unlikely(n > 1 || w->address != address || !(w->bits & bits) ||
			w->kind != EG_RUN_FUTEX_PLAIN))
		return eg__run_futex_wake_some(address, n, bits);
	eg_list_remove(&w->link);
	eg__unpark_unlinked(eg__worker()->hub, &w->thread->fiber.wait, 0);
	return 1;
}

/* The same wherever the word is: those of other processes too, if it is in
 * memory shared with them. */
int eg__run_futex_wake_anywhere(uint32_t *address, int n, uint32_t bits);

/* For waits in shared memory: the ring in which the kernel says that they have
 * ended, and the eventfd whose edges say that it has something to say. Both -1
 * as long as there was none. */
struct eg_run_futex_fds {
	int ring;
	int event;
};
extern struct eg_run_futex_fds eg__run_futex_fds;
void eg__run_futex_on_edge(void);

/* The end of a thread: what the kernel does with its robust list, and with the
 * PI locks that it holds. */
void eg__run_futex_release_robust(struct eg_run_thread *t);
/* The end of the process, by exit_group: the same for all. */
void eg__run_futex_release_all(void);

#endif
