/* SPDX-License-Identifier: MIT */
/*
 * With asynchronous cancelling a thread that makes no call at all can be
 * ended; its cleanup handlers run.
 */
#include "claim.h"

static atomic_int spinning, cleaned;
static volatile unsigned long turns;

static void clean(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

static void *spins(void *arg)
{
	int old;

	CHECK_EQ(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old), 0);
	CHECK_EQ(old, PTHREAD_CANCEL_DEFERRED);
	pthread_cleanup_push(clean, &cleaned);
	atomic_store(&spinning, 1);
	for (;;)
		turns++;
	pthread_cleanup_pop(0);
	return arg;
}

int main(void)
{
	for (int i = 1; i <= 5; i++) {
		pthread_t t = start(spins, NULL);

		await(&spinning);
		CHECK_EQ(pthread_cancel(t), 0);
		CHECK(join(t) == PTHREAD_CANCELED);
		CHECK_EQ(cleaned, i);
		atomic_store(&spinning, 0);
	}
	return ok();
}
