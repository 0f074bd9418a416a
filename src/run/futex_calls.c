/* SPDX-License-Identifier: MIT */
/*
 * futex() and its commands for plain words: what is checked in which order, and
 * with which error, is the kernel's. Locks are futex_pi.c's.
 */
#include "run/futex_calls.h"

#include "run/memory.h"
#include "run/user_memory.h"

#include <errno.h>

enum { ADDRESS_BITS = 47 };

int eg__run_futex_check(const uint32_t *word, bool is_private)
{
	uint32_t unused;

	if ((uintptr_t)word % sizeof(*word))
		return -EINVAL;
	if ((uintptr_t)word >> ADDRESS_BITS)
		return -EFAULT;
	return is_private ? 0 : eg__run_load_u32(word, &unused);
}

bool eg__run_futex_is_shared(const uint32_t *word, bool is_private)
{
	return !is_private && eg__run_memory_is_shared(word);
}

int64_t eg__run_futex_interrupted(int r, int64_t deadline)
{
	return r == -EINTR && deadline == EG_FOREVER ? EG_RUN_RESTART : r;
}

int eg__run_futex_wait_value(struct eg_run_thread *t, uint32_t *word,
			     uint32_t value, uint32_t bits, bool is_private,
			     int64_t deadline)
{
	uint32_t found;

	if (eg__run_futex_is_shared(word, is_private))
		return eg__run_futex_shared_wait(t, word, value, bits,
						 deadline);
	if (eg__run_load_u32(word, &found) < 0)
		return -EFAULT;
	if (found != value)
		return -EAGAIN;
	return eg__run_futex_wait(t, word, bits, deadline);
}

int eg__run_futex_wake_word(uint32_t *word, int n, uint32_t bits,
			    bool is_private)
{
	if (eg__run_futex_is_shared(word, is_private))
		return eg__run_futex_shared_wake(word, n, bits);
	return eg__run_futex_wake(word, n, bits);
}

int eg__run_futex_wake_anywhere(uint32_t *address, int n, uint32_t bits)
{
	return eg__run_futex_wake_word(address, n, bits, false);
}

static int64_t wait_bits(struct eg_run_futex_args *a, uint32_t bits)
{
	int r = bits ? eg__run_futex_check(a->word, a->is_private) : -EINVAL;

	if (r < 0)
		return r;
	if (eg__run_is_alone() &&
	    eg__run_futex_is_shared(a->word, a->is_private))
		return eg__run_kernel_blocking(a->call);
	r = eg__run_futex_wait_value(a->thread, a->word, a->value, bits,
				     a->is_private, a->deadline);
	return eg__run_futex_interrupted(r, a->deadline);
}

static int64_t wake_bits(struct eg_run_futex_args *a, uint32_t bits)
{
	int r = bits ? eg__run_futex_check(a->word, a->is_private) : -EINVAL;

	if (r < 0)
		return r;
	return eg__run_futex_wake_word(a->word, (int)a->value, bits,
				       a->is_private);
}

static int64_t futex_wait(struct eg_run_futex_args *a)
{
	return wait_bits(a, FUTEX_BITSET_MATCH_ANY);
}

static int64_t futex_wait_bitset(struct eg_run_futex_args *a)
{
	return wait_bits(a, a->value3);
}

static int64_t futex_wake(struct eg_run_futex_args *a)
{
	return wake_bits(a, FUTEX_BITSET_MATCH_ANY);
}

static int64_t futex_wake_bitset(struct eg_run_futex_args *a)
{
	return wake_bits(a, a->value3);
}

static int64_t futex_requeue(struct eg_run_futex_args *a)
{
	return eg__run_futex_requeue(a, NULL);
}

static int64_t futex_cmp_requeue(struct eg_run_futex_args *a)
{
	return eg__run_futex_requeue(a, &a->value3);
}

/* Gone from the kernel since 2.6.26. */
static int64_t futex_fd(struct eg_run_futex_args *a)
{
	(void)a;
	return -ENOSYS;
}

enum eg_run_futex_time { NO_TIME, RELATIVE, ABSOLUTE, ABSOLUTE_REAL };

struct command {
	int64_t (*fn)(struct eg_run_futex_args *a);
	uint8_t time;	       /* enum eg_run_futex_time */
	bool may_choose_clock; /* FUTEX_CLOCK_REALTIME */
};

static const struct command commands[EG_RUN_FUTEX_COMMANDS] = {
	[FUTEX_WAIT] = { futex_wait, RELATIVE, false },
	[FUTEX_WAKE] = { futex_wake, NO_TIME, false },
	[FUTEX_FD] = { futex_fd, NO_TIME, false },
	[FUTEX_REQUEUE] = { futex_requeue, NO_TIME, false },
	[FUTEX_CMP_REQUEUE] = { futex_cmp_requeue, NO_TIME, false },
	[FUTEX_WAKE_OP] = { eg__run_futex_wake_op, NO_TIME, false },
	[FUTEX_LOCK_PI] = { eg__run_futex_lock_pi, ABSOLUTE_REAL, false },
	[FUTEX_UNLOCK_PI] = { eg__run_futex_unlock_pi, NO_TIME, false },
	[FUTEX_TRYLOCK_PI] = { eg__run_futex_trylock_pi, NO_TIME, false },
	[FUTEX_WAIT_BITSET] = { futex_wait_bitset, ABSOLUTE, true },
	[FUTEX_WAKE_BITSET] = { futex_wake_bitset, NO_TIME, false },
	[FUTEX_WAIT_REQUEUE_PI] = { eg__run_futex_wait_requeue_pi, ABSOLUTE,
				    true },
	[FUTEX_CMP_REQUEUE_PI] = { eg__run_futex_cmp_requeue_pi, NO_TIME,
				   false },
	[FUTEX_LOCK_PI2] = { eg__run_futex_lock_pi, ABSOLUTE, true },
};

static int read_deadline(uint8_t time, bool is_real, const void *timeout,
			 int64_t *ret)
{
	*ret = EG_FOREVER;
	if (time == NO_TIME || !timeout)
		return 0;
	if (time == RELATIVE)
		return eg__run_deadline_relative(timeout, ret);
	if (time == ABSOLUTE_REAL || is_real)
		return eg__run_deadline_absolute(CLOCK_REALTIME, timeout, ret);
	return eg__run_deadline_absolute(CLOCK_MONOTONIC, timeout, ret);
}

static int64_t call_futex(struct eg_run_call *c)
{
	int op = (int)c->a[1];
	unsigned number = (unsigned)op & (unsigned)FUTEX_CMD_MASK;
	bool is_real = op & FUTEX_CLOCK_REALTIME;
	struct eg_run_futex_args a = {
		.call = c,
		.thread = eg__run_self(),
		.word = (uint32_t *)c->a[0],
		.word2 = (uint32_t *)c->a[4],
		.value = (uint32_t)c->a[2],
		.count2 = (int32_t)c->a[3],
		.value3 = (uint32_t)c->a[5],
		.is_private = op & FUTEX_PRIVATE_FLAG,
		.is_private2 = op & FUTEX_PRIVATE_FLAG,
	};
	const struct command *command;
	int r;

	if (eg_unlikely(number >= EG_RUN_FUTEX_COMMANDS))
		eg__run_die("futex operation %d is not supported", op);
	command = &commands[number];
	r = read_deadline(command->time, is_real, (const void *)c->a[3],
			  &a.deadline);
	if (r < 0)
		return r;
	if (is_real && !command->may_choose_clock)
		return -ENOSYS;
	return command->fn(&a);
}

/* Younger than some headers. */
enum {
	NR_FUTEX_WAKE = 454,
	NR_FUTEX_WAIT = 455,
	NR_FUTEX_REQUEUE = 456,
};

const struct eg_run_row eg__run_futex_rows[] = {
	{ SYS_futex, call_futex },
	{ SYS_futex_waitv, eg__run_futex_waitv },
	{ NR_FUTEX_WAKE, eg__run_futex2_wake },
	{ NR_FUTEX_WAIT, eg__run_futex2_wait },
	{ NR_FUTEX_REQUEUE, eg__run_futex2_requeue },
	{ SYS_set_robust_list, eg__run_futex_set_robust_list },
	{ SYS_get_robust_list, eg__run_futex_get_robust_list },
	{ -1, NULL },
};
