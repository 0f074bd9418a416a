/* SPDX-License-Identifier: MIT */
/*
 * The threads of C11 itself: create, join, mutex, condition, once, sleep.
 */
#include "claim.h"

#include <threads.h>

static mtx_t lock;
static cnd_t changed;
static once_flag once = ONCE_FLAG_INIT;
static int turns, onces;

static void count_once(void)
{
	thrd_yield();
	onces++;
}

static int body(void *arg)
{
	int parity = *(int *)arg;

	call_once(&once, count_once);
	for (int i = 0; i < 100; i++) {
		mtx_lock(&lock);
		while (turns % 2 != parity)
			cnd_wait(&changed, &lock);
		turns++;
		cnd_signal(&changed);
		mtx_unlock(&lock);
	}
	return 40 + parity;
}

int main(void)
{
	struct timespec t;
	int parity[2] = { 0, 1 }, result;
	thrd_t thread[2];

	CHECK_EQ(mtx_init(&lock, mtx_timed), thrd_success);
	CHECK_EQ(cnd_init(&changed), thrd_success);
	for (int i = 0; i < 2; i++)
		CHECK_EQ(thrd_create(&thread[i], body, &parity[i]),
			 thrd_success);
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(thrd_join(thread[i], &result), thrd_success);
		CHECK_EQ(result, 40 + i);
	}
	CHECK_EQ(turns, 200);
	CHECK_EQ(onces, 1);
	mtx_lock(&lock);
	t = after(CLOCK_REALTIME, 5 * MSEC);
	CHECK_EQ(cnd_timedwait(&changed, &lock, &t), thrd_timedout);
	mtx_unlock(&lock);
	t = timespec_of(MSEC);
	CHECK_EQ(thrd_sleep(&t, NULL), 0);
	return ok();
}
