/* SPDX-License-Identifier: MIT */
/*
 * The futex commands on two words: waking at one and moving to the other, and
 * changing one and waking at both. Plain words only.
 */
#include "run/futex_calls.h"

#include "run/user_memory.h"

#include <errno.h>

static int check_both(const struct eg_run_futex_args *a)
{
	int r = eg__run_futex_check(a->word, a->is_private);

	return r < 0 ? r : eg__run_futex_check(a->word2, a->is_private2);
}

static void move(struct eg_run_futex_wait *w, uint32_t *to)
{
	if (w->address == to)
		return;
	eg_list_remove(&w->link);
	w->address = to;
	eg__run_futex_push(w);
}

/* Wakes the first @wake, moves @count behind them. How many in all. */
static int64_t wake_and_move(uint32_t *from, uint32_t *to, int wake, int count)
{
	struct eg_run_futex_wait *w = eg__run_futex_next(from, NULL), *next;
	int n = 0;

	for (; w && n - wake < count; w = next) {
		if (eg__run_futex_is_lock(w))
			return -EINVAL;
		next = eg__run_futex_next(from, w);
		if (++n > wake) {
			move(w, to);
			continue;
		}
		eg__run_futex_fire(w);
		if (w->kind == EG_RUN_FUTEX_VECTOR)
			next = eg__run_futex_next(from, NULL);
	}
	return n;
}

int64_t eg__run_futex_requeue(struct eg_run_futex_args *a,
			      const uint32_t *expected)
{
	int wake = (int)a->value, all;
	bool from_shared, to_shared;
	uint32_t found;
	int r;

	if (wake < 0 || a->count2 < 0)
		return -EINVAL;
	r = check_both(a);
	if (r < 0)
		return r;
	from_shared = eg__run_futex_is_shared(a->word, a->is_private);
	to_shared = eg__run_futex_is_shared(a->word2, a->is_private2);
	if (from_shared && to_shared)
		return eg__run_kernel(a->call);
	if (expected) {
		if (eg__run_load_u32(a->word, &found) < 0)
			return -EFAULT;
		if (found != *expected)
			return -EAGAIN;
	}
	if (!from_shared && !to_shared)
		return wake_and_move(a->word, a->word2, wake, a->count2);
	/* From the kernel's line to ours or back nobody can be moved. To be
	 * woken early instead is what each waiter must expect anyway. */
	if (__builtin_add_overflow(wake, a->count2, &all))
		all = INT32_MAX;
	return all ? eg__run_futex_wake_word(a->word, all,
					     FUTEX_BITSET_MATCH_ANY, false)
		   : 0;
}

/* The instruction in FUTEX_WAKE_OP's last argument, as FUTEX_OP() makes it. */
struct instruction {
	unsigned operation;
	unsigned comparison;
	int operand;
	int compared;
};

static int sign_extend_12(uint32_t bits)
{
	return (int32_t)(bits << 20) >> 20;
}

static struct instruction decode(uint32_t code)
{
	struct instruction i = {
		.operation = code >> 28 & 7,
		.comparison = code >> 24 & 15,
		.operand = sign_extend_12(code >> 12),
		.compared = sign_extend_12(code),
	};

	if (code >> 28 & FUTEX_OP_OPARG_SHIFT)
		i.operand = (int)(1U << (i.operand & 31));
	return i;
}

static uint32_t operate(const struct instruction *i, uint32_t old)
{
	uint32_t operand = (uint32_t)i->operand;

	switch (i->operation) {
	case FUTEX_OP_ADD:
		return old + operand;
	case FUTEX_OP_OR:
		return old | operand;
	case FUTEX_OP_ANDN:
		return old & ~operand;
	case FUTEX_OP_XOR:
		return old ^ operand;
	default:
		return operand;
	}
}

static int compare(const struct instruction *i, int old)
{
	switch (i->comparison) {
	case FUTEX_OP_CMP_EQ:
		return old == i->compared;
	case FUTEX_OP_CMP_NE:
		return old != i->compared;
	case FUTEX_OP_CMP_LT:
		return old < i->compared;
	case FUTEX_OP_CMP_LE:
		return old <= i->compared;
	case FUTEX_OP_CMP_GT:
		return old > i->compared;
	case FUTEX_OP_CMP_GE:
		return old >= i->compared;
	default:
		return -ENOSYS;
	}
}

/* Changes @word in one step: 1 if the comparison of what was there holds. */
static int execute(const struct instruction *i, uint32_t *word)
{
	uint32_t old, found;

	if (i->operation > FUTEX_OP_XOR)
		return -ENOSYS;
	if (eg__run_load_u32(word, &found) < 0)
		return -EFAULT;
	do {
		old = found;
		if (eg__run_swap_u32(word, old, operate(i, old), &found) < 0)
			return -EFAULT;
	} while (found != old);
	return compare(i, (int)old);
}

int64_t eg__run_futex_wake_op(struct eg_run_futex_args *a)
{
	struct instruction i = decode(a->value3);
	int r = check_both(a), holds, n;

	if (r < 0)
		return r;
	holds = execute(&i, a->word2);
	if (holds < 0)
		return holds;
	n = eg__run_futex_wake_word(a->word, (int)a->value,
				    FUTEX_BITSET_MATCH_ANY, a->is_private);
	if (n < 0 || !holds)
		return n;
	r = eg__run_futex_wake_word(a->word2, a->count2, FUTEX_BITSET_MATCH_ANY,
				    a->is_private);
	return r < 0 ? r : n + r;
}
