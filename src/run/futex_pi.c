/* SPDX-License-Identifier: MIT */
/*
 * Futexes that are locks: the word holds the owner's thread id, and who unlocks
 * writes the next one's into it. First come, first served: there are no
 * priorities to inherit where one thread runs at a time.
 */
#include "run/futex_calls.h"
#include "run/signals.h"
#include "run/user_memory.h"

#include <errno.h>

/* Everybody who waits for a lock's owner, by the fiber's waiter: for the end of
 * an owner. next == NULL: never used. */
static struct eg_list lock_waiters;

void eg__run_futex_pi_after_fork(void)
{
	lock_waiters.next = NULL;
}

static struct eg_run_futex_wait *first_at(const uint32_t *word)
{
	return eg__run_futex_next(word, NULL);
}

/* A signal does not end a wait for a lock, whatever its handlers say. */
static void run_handlers(struct eg_run_thread *t)
{
	uint8_t entry = t->entry;

	eg__run_signals_deliver(t);
	t->entry = entry;
}

/* A try to take the lock for @t. */
struct attempt {
	uint32_t *word;
	bool is_shared; /* then others may own it that are not known here */
	bool has_more;	/* leave it so that unlocking asks who waits */
	uint32_t left;	/* what is in the word now */
};

/* 1: @t owns it; 0: it must wait, and the owner has been told. */
static int try_lock(const struct eg_run_thread *t, struct attempt *a)
{
	struct eg_run_futex_wait *first =
		a->is_shared ? NULL : first_at(a->word);
	uint32_t found, owner, old;

	if (eg__run_load_u32(a->word, &found) < 0)
		return -EFAULT;
	do {
		old = found;
		owner = old & FUTEX_TID_MASK;
		if (owner == (uint32_t)t->tid)
			return -EDEADLK;
		if (first && (first->kind != EG_RUN_FUTEX_PI || !owner))
			return -EINVAL; /* the program wrote into the word */
		if (owner)
			a->left = old | FUTEX_WAITERS;
		else
			a->left = (old & FUTEX_OWNER_DIED) | (uint32_t)t->tid |
				  (a->has_more ? FUTEX_WAITERS : 0);
		if (eg__run_swap_u32(a->word, old, a->left, &found) < 0)
			return -EFAULT;
	} while (found != old);
	if (!owner)
		return 1;
	return a->is_shared || eg__run_thread_find((int)owner) ? 0 : -ESRCH;
}

static void stand_in_line(struct eg_run_futex_wait *w, uint32_t *word)
{
	if (!lock_waiters.next)
		eg_list_init(&lock_waiters);
	w->kind = EG_RUN_FUTEX_PI;
	w->address = word;
	eg__run_futex_push(w);
	eg_list_push_back(&lock_waiters, &w->thread->fiber.wait.link);
}

static void prepare(struct eg_run_thread *t, uint32_t *word)
{
	eg__waiter(&t->fiber, &eg__run_futex_wait_kind, word);
	t->futex.thread = t;
	t->futex.bits = 0;
}

/* 0: the lock is @t's. */
static int wait_for_owner(struct eg_run_thread *t, uint32_t *word,
			  int64_t deadline)
{
	int r;

	prepare(t, word);
	stand_in_line(&t->futex, word);
	r = eg__run_futex_park(t, deadline);
	t->futex.kind = EG_RUN_FUTEX_PLAIN;
	return r;
}

static int64_t lock(struct eg_run_thread *t, uint32_t *word, bool is_private,
		    int64_t deadline)
{
	struct attempt a = {
		.word = word,
		.is_shared = eg__run_futex_is_shared(word, is_private),
	};
	int r;

	for (;;) {
		r = try_lock(t, &a);
		if (r)
			return r < 0 ? r : 0;
		if (a.is_shared)
			r = eg__run_futex_shared_wait(t, word, a.left,
						      FUTEX_BITSET_MATCH_ANY,
						      deadline);
		else
			r = wait_for_owner(t, word, deadline);
		if (r == 0 && !a.is_shared)
			return 0;
		if (r == -EINTR)
			run_handlers(t);
		else if (r < 0 && r != -EAGAIN)
			return r;
		/* In shared memory nobody knows whether others wait, too. */
		a.has_more = a.is_shared;
	}
}

int64_t eg__run_futex_lock_pi(struct eg_run_futex_args *a)
{
	int r = eg__run_futex_check(a->word, a->is_private);

	if (r < 0)
		return r;
	return lock(a->thread, a->word, a->is_private, a->deadline);
}

int64_t eg__run_futex_trylock_pi(struct eg_run_futex_args *a)
{
	struct attempt attempt = { .word = a->word };
	int r = eg__run_futex_check(a->word, a->is_private);

	if (r < 0)
		return r;
	attempt.is_shared = eg__run_futex_is_shared(a->word, a->is_private);
	r = try_lock(a->thread, &attempt);
	if (r < 0)
		return r;
	return r ? 0 : -EAGAIN;
}

/* From @owner to the first in line, or to nobody. @died: the flag, if it has
 * died. -EPERM: the lock is not its. */
static int hand_over(uint32_t *word, uint32_t owner, uint32_t died)
{
	struct eg_run_futex_wait *first = first_at(word);
	uint32_t to = 0, found, old;

	/* The kernel leaves the flag set even if nobody else waits. */
	if (first)
		to = (uint32_t)first->thread->tid | FUTEX_WAITERS | died;
	if (eg__run_load_u32(word, &found) < 0)
		return -EFAULT;
	do {
		old = found;
		if ((old & FUTEX_TID_MASK) != owner)
			return -EPERM;
		if (first && first->kind != EG_RUN_FUTEX_PI)
			return -EINVAL;
		if (eg__run_swap_u32(word, old, to, &found) < 0)
			return -EFAULT;
	} while (found != old);
	if (first)
		eg__run_futex_fire(first);
	return 0;
}

int64_t eg__run_futex_unlock_pi(struct eg_run_futex_args *a)
{
	int r = eg__run_futex_check(a->word, a->is_private);

	if (r < 0)
		return r;
	r = hand_over(a->word, (uint32_t)a->thread->tid, 0);
	if (r < 0 || !eg__run_futex_is_shared(a->word, a->is_private))
		return r;
	eg__run_futex_shared_wake(a->word, 1, FUTEX_BITSET_MATCH_ANY);
	return 0;
}

static struct eg_run_futex_wait *wait_of(struct eg_list *node)
{
	struct eg_waiter *w = eg_list_entry(node, struct eg_waiter, link);

	return &eg__run_thread_of(eg__fiber_of(w))->futex;
}

/* A lock of @owner's that somebody waits for. */
static uint32_t *wanted_lock(uint32_t owner)
{
	uint32_t *word, found;

	eg_list_for_each(node, &lock_waiters) {
		word = wait_of(node)->address;
		if (eg__run_load_u32(word, &found) == 0 &&
		    (found & FUTEX_TID_MASK) == owner)
			return word;
	}
	return NULL;
}

void eg__run_futex_release_pi(const struct eg_run_thread *t)
{
	uint32_t *word;

	if (!lock_waiters.next)
		return;
	while ((word = wanted_lock((uint32_t)t->tid)))
		if (hand_over(word, (uint32_t)t->tid, FUTEX_OWNER_DIED) < 0)
			return;
}

/* Requeueing: from a plain word to a lock */

static int check_pair(const struct eg_run_futex_args *a)
{
	int r;

	if (a->word == a->word2)
		return -EINVAL;
	r = eg__run_futex_check(a->word, a->is_private);
	return r < 0 ? r : eg__run_futex_check(a->word2, a->is_private);
}

static bool is_pair_shared(const struct eg_run_futex_args *a)
{
	return eg__run_futex_is_shared(a->word, a->is_private) ||
	       eg__run_futex_is_shared(a->word2, a->is_private);
}

/* Until somebody has moved us to the lock, and the lock is ours. */
static int wait_to_be_moved(const struct eg_run_futex_args *a)
{
	struct eg_run_thread *t = a->thread;
	bool is_moved;
	uint32_t found;
	int r;

	if (eg__run_load_u32(a->word, &found) < 0)
		return -EFAULT;
	if (found != a->value)
		return -EAGAIN;
	prepare(t, a->word);
	t->futex.kind = EG_RUN_FUTEX_REQUEUE_PI;
	t->futex.address = a->word;
	t->fiber.wait.value = a->word2;
	eg__run_futex_push(&t->futex);
	r = eg__run_futex_park(t, a->deadline);
	is_moved = t->futex.kind == EG_RUN_FUTEX_PI;
	t->futex.kind = EG_RUN_FUTEX_PLAIN;
	/* Begun again, it would find another value in the word. */
	return r == -EINTR && is_moved ? -EAGAIN : r;
}

int64_t eg__run_futex_wait_requeue_pi(struct eg_run_futex_args *a)
{
	bool is_shared;
	int r = check_pair(a);

	if (r < 0)
		return r;
	is_shared = is_pair_shared(a);
	do {
		if (is_shared)
			r = eg__run_futex_wait_value(
				a->thread, a->word, a->value,
				FUTEX_BITSET_MATCH_ANY, a->is_private,
				a->deadline);
		else
			r = wait_to_be_moved(a);
		if (r == -EINTR)
			run_handlers(a->thread);
	} while (r == -EINTR);
	if (r < 0 || !is_shared)
		return r;
	return lock(a->thread, a->word2, a->is_private, a->deadline);
}

static bool wants(const struct eg_run_futex_wait *w, const uint32_t *lock)
{
	return w->kind == EG_RUN_FUTEX_REQUEUE_PI &&
	       w->thread->fiber.wait.value == lock;
}

static int64_t move_to_lock(const struct eg_run_futex_args *a)
{
	struct eg_run_futex_wait *w = first_at(a->word), *next;
	struct attempt attempt = { .word = a->word2, .has_more = a->count2 };
	int n = 0, r;

	if (!w)
		return 0;
	if (!wants(w, a->word2))
		return -EINVAL;
	r = try_lock(w->thread, &attempt);
	if (r < 0)
		return r;
	if (r) {
		eg__run_futex_fire(w);
		n = 1;
	}
	for (w = first_at(a->word); w && n <= a->count2; w = next, n++) {
		next = eg__run_futex_next(a->word, w);
		if (!wants(w, a->word2))
			return -EINVAL;
		eg_list_remove(&w->link);
		stand_in_line(w, a->word2);
	}
	return n;
}

int64_t eg__run_futex_cmp_requeue_pi(struct eg_run_futex_args *a)
{
	uint32_t found;
	int r;

	if ((int)a->value != 1 || a->count2 < 0)
		return -EINVAL;
	r = check_pair(a);
	if (r < 0)
		return r;
	if (eg__run_load_u32(a->word, &found) < 0)
		return -EFAULT;
	if (found != a->value3)
		return -EAGAIN;
	if (!is_pair_shared(a))
		return move_to_lock(a);
	/* The lock's word is all that its waiters there have: they try it. */
	return eg__run_futex_wake_word(
		a->word, a->count2 == INT32_MAX ? INT32_MAX : a->count2 + 1,
		FUTEX_BITSET_MATCH_ANY, a->is_private);
}
