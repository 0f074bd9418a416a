/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_WAKE_BITSET wakes those whose bits meet its own; the deadline of
 * FUTEX_WAIT_BITSET is absolute, on the clock asked for.
 */
#include "futexes.h"

static atomic_int word, woken;

static long wake_bits(int count, unsigned bits)
{
	return futex(&word, FUTEX_WAKE_BITSET_PRIVATE, count, NULL, NULL, bits);
}

static void *waits(void *arg)
{
	unsigned bits = (unsigned)(uintptr_t)arg;

	CHECK_EQ(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, bits),
		 0);
	atomic_fetch_or(&woken, (int)bits);
	return NULL;
}

static void times_out(int flag, clockid_t clock)
{
	struct timespec t = after(clock, 20 * MSEC);
	int64_t begin = now(CLOCK_MONOTONIC);

	CHECK_ERROR(futex(&word, FUTEX_WAIT_BITSET_PRIVATE | flag, 0, &t, NULL,
			  ~0u),
		    ETIMEDOUT);
	CHECK(now(CLOCK_MONOTONIC) - begin >= 19 * MSEC);
}

int main(void)
{
	pthread_t t[4];

	for (unsigned i = 0; i < 4; i++)
		t[i] = start(waits, (void *)(uintptr_t)(1u << i));
	while (wake_bits(10, 4) == 0)
		sched_yield();
	join(t[2]);
	CHECK_EQ(woken, 4);
	CHECK_EQ(wake_bits(10, 4 | 64), 0);
	while (wake_bits(10, 8) == 0)
		sched_yield();
	join(t[3]);
	CHECK_EQ(woken, 12);
	/* A plain wake meets every bit. */
	futex_wake_exactly(&word, 2);
	join(t[0]);
	join(t[1]);
	CHECK_EQ(woken, 15);

	CHECK_ERROR(wake_bits(1, 0), EINVAL);
	CHECK_ERROR(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, 0),
		    EINVAL);
	times_out(0, CLOCK_MONOTONIC);
	times_out(FUTEX_CLOCK_REALTIME, CLOCK_REALTIME);
	return ok();
}
