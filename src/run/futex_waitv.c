/* SPDX-License-Identifier: MIT */
/*
 * Waiting for the first of several words, and the other calls that take a
 * word's size and privacy as flags of its own. Words have 32 bits, as in the
 * kernel; memory nodes mean nothing here.
 */
#include "run/futex_calls.h"
#include "run/user_memory.h"

#include <errno.h>

enum {
	WORDS_ON_STACK = 4, /* it is the program's stack, and may be small */
	SIZE_MASK = 0x03,
	KNOWN_FLAGS = SIZE_MASK | EG_RUN_FUTEX2_PRIVATE,
};

/* Where a thread waits: the words of the table, and those of the kernel. */
struct vector {
	struct eg_run_futex_wait *waits;
	struct eg_run_futex_shared *shared; /* is_done where not in use */
	size_t n;
};

static int check_flags(uint64_t flags)
{
	if (flags & ~(uint64_t)KNOWN_FLAGS)
		return -EINVAL;
	return (flags & SIZE_MASK) == EG_RUN_FUTEX2_SIZE_U32 ? 0 : -EINVAL;
}

static int read_word(const struct futex_waitv *user, struct futex_waitv *ret)
{
	int r;

	if (eg__run_copy_in(ret, user, sizeof(*ret)) < 0)
		return -EFAULT;
	r = check_flags(ret->flags);
	return r < 0 || ret->__reserved || ret->val > UINT32_MAX ? -EINVAL : 0;
}

static int read_deadline(const void *timeout, int clock, int64_t *ret)
{
	if (timeout && clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return -EINVAL;
	return eg__run_deadline_absolute(clock, timeout, ret);
}

static void unlink_vector(struct eg_waiter *w)
{
	struct vector *v = w->value;

	for (size_t i = 0; i < v->n; i++) {
		if (eg_list_is_linked(&v->waits[i].link))
			eg_list_remove(&v->waits[i].link);
		v->shared[i].thread = NULL;
	}
}

static const struct eg_wait_kind vector_kind = {
	.what = "futexes",
	.unlink = unlink_vector,
};

/* Compares the @i-th word and begins to wait for it. */
static int begin(struct vector *v, size_t i, const struct futex_waitv *word)
{
	struct eg_run_futex_wait *w = &v->waits[i];
	bool is_private = word->flags & EG_RUN_FUTEX2_PRIVATE;
	uint32_t found;
	int r;

	w->address = (uint32_t *)word->uaddr;
	r = eg__run_futex_check(w->address, is_private);
	if (r < 0)
		return r;
	if (eg__run_futex_is_shared(w->address, is_private)) {
		v->shared[i].index = (uint8_t)i;
		r = eg__run_futex_shared_begin(&v->shared[i], w->address,
					       (uint32_t)word->val, w->bits);
		if (r < 0)
			return r;
		return v->shared[i].is_done ? v->shared[i].result : 0;
	}
	if (eg__run_load_u32(w->address, &found) < 0)
		return -EFAULT;
	if (found != word->val)
		return -EAGAIN;
	eg__run_futex_push(w);
	return 0;
}

/* The index of a word of the kernel's that was woken, or -EAGAIN. */
static int woken_by_kernel(const struct vector *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->shared[i].is_done && v->shared[i].result == 0)
			return (int)i;
	return -EAGAIN;
}

static int park(struct eg_run_thread *t, struct vector *v, int64_t deadline)
{
	int r = woken_by_kernel(v);

	if (r >= 0)
		return r;
	for (size_t i = 0; i < v->n; i++)
		if (!v->shared[i].is_done)
			v->shared[i].thread = t;
	return eg__run_park(t, deadline, true);
}

/* The index of the word that woke @t, or negative errno. */
static int wait_for(struct vector *v, const struct futex_waitv *words,
		    struct eg_run_thread *t, int64_t deadline)
{
	int r = 0, woken;

	eg__waiter(&t->fiber, &vector_kind, v)->value = v;
	for (size_t i = 0; i < v->n; i++) {
		v->shared[i] = (struct eg_run_futex_shared){
			.result = -EAGAIN,
			.is_done = true,
		};
		v->waits[i] = (struct eg_run_futex_wait){
			.thread = t,
			.bits = FUTEX_BITSET_MATCH_ANY,
			.kind = EG_RUN_FUTEX_VECTOR,
			.index = (uint8_t)i,
		};
	}
	for (size_t i = 0; i < v->n && r == 0; i++)
		r = begin(v, i, &words[i]);
	if (r == 0)
		r = park(t, v, deadline);
	unlink_vector(&t->fiber.wait);
	eg__run_futex_shared_end(v->shared, v->n);
	if (r >= 0)
		return r;
	woken = woken_by_kernel(v);
	return woken < 0 ? r : woken;
}

/* What one word takes while it is waited for. */
struct space {
	struct futex_waitv word;
	struct eg_run_futex_wait wait;
	struct eg_run_futex_shared shared;
};

/* @space holds @n of them, as three arrays. */
static int64_t wait_in(void *space, size_t n, const struct eg_run_call *c,
		       int64_t deadline)
{
	struct futex_waitv *words = space;
	struct vector v = { .n = n };
	bool has_shared = false;
	int r;

	v.waits = (void *)(words + n);
	v.shared = (void *)(v.waits + n);
	for (size_t i = 0; i < n; i++) {
		r = read_word((const struct futex_waitv *)c->a[0] + i,
			      &words[i]);
		if (r < 0)
			return r;
		has_shared |= eg__run_futex_is_shared(
			(uint32_t *)words[i].uaddr,
			words[i].flags & EG_RUN_FUTEX2_PRIVATE);
	}
	if (has_shared && eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	r = wait_for(&v, words, eg__run_self(), deadline);
	if (r == -ENOSYS)
		eg__run_die("futex_waitv on shared memory needs io_uring's "
			    "futex requests (Linux 6.7)");
	return r == -EINTR ? EG_RUN_RESTART : r;
}

int64_t eg__run_futex_waitv(struct eg_run_call *c)
{
	struct space few[WORDS_ON_STACK];
	size_t n = (uint32_t)c->a[1], bytes = n * sizeof(struct space);
	int64_t deadline, r;
	void *space = few;

	if ((uint32_t)c->a[2] || !n || n > FUTEX_WAITV_MAX || !c->a[0])
		return -EINVAL;
	r = read_deadline((const void *)c->a[3], (int)c->a[4], &deadline);
	if (r < 0)
		return r;
	if (n > WORDS_ON_STACK)
		space = eg__pages_get(bytes);
	if (!space)
		return -ENOMEM;
	r = wait_in(space, n, c, deadline);
	if (n > WORDS_ON_STACK)
		eg__pages_put(space, bytes);
	return r;
}

int64_t eg__run_futex2_wait(struct eg_run_call *c)
{
	uint32_t *word = (uint32_t *)c->a[0];
	uint64_t value = (uint64_t)c->a[1], bits = (uint64_t)c->a[2];
	uint32_t flags = (uint32_t)c->a[3];
	bool is_private = flags & EG_RUN_FUTEX2_PRIVATE;
	int64_t deadline;
	int r = check_flags(flags);

	if (r < 0 || value > UINT32_MAX || bits > UINT32_MAX)
		return -EINVAL;
	r = read_deadline((const void *)c->a[4], (int)c->a[5], &deadline);
	if (r < 0)
		return r;
	r = bits ? eg__run_futex_check(word, is_private) : -EINVAL;
	if (r < 0)
		return r;
	if (eg__run_is_alone() && eg__run_futex_is_shared(word, is_private))
		return eg__run_kernel_blocking(c);
	r = eg__run_futex_wait_value(eg__run_self(), word, (uint32_t)value,
				     (uint32_t)bits, is_private, deadline);
	return r == -EINTR ? EG_RUN_RESTART : r;
}

int64_t eg__run_futex2_wake(struct eg_run_call *c)
{
	uint32_t *word = (uint32_t *)c->a[0];
	uint64_t bits = (uint64_t)c->a[1];
	uint32_t flags = (uint32_t)c->a[3];
	bool is_private = flags & EG_RUN_FUTEX2_PRIVATE;
	int n = (int)c->a[2], r = check_flags(flags);

	if (r < 0 || !bits || bits > UINT32_MAX)
		return -EINVAL;
	r = eg__run_futex_check(word, is_private);
	if (r < 0 || !n)
		return r;
	return eg__run_futex_wake_word(word, n, (uint32_t)bits, is_private);
}

int64_t eg__run_futex2_requeue(struct eg_run_call *c)
{
	const struct futex_waitv *user = (const void *)c->a[0];
	struct futex_waitv from, to;
	struct eg_run_futex_args a = { .call = c, .thread = eg__run_self() };
	uint32_t expected;
	int r;

	if ((uint32_t)c->a[1] || !user)
		return -EINVAL;
	r = read_word(user, &from);
	if (r == 0)
		r = read_word(user + 1, &to);
	if (r < 0)
		return r;
	expected = (uint32_t)from.val;
	a.word = (uint32_t *)from.uaddr;
	a.word2 = (uint32_t *)to.uaddr;
	a.value = (uint32_t)c->a[2];
	a.count2 = (int32_t)c->a[3];
	a.is_private = from.flags & EG_RUN_FUTEX2_PRIVATE;
	a.is_private2 = to.flags & EG_RUN_FUTEX2_PRIVATE;
	return eg__run_futex_requeue(&a, &expected);
}
