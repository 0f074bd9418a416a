/* SPDX-License-Identifier: MIT */
/*
 * Variables of a thread, and errno, are its own and keep their values across
 * everything that blocks.
 */
#include "claim.h"

#define THREADS 64

static __thread int from_seven = 7;
static _Thread_local char big[3000];
static _Atomic(int *) address[THREADS];
static pthread_barrier_t together;

static void *body(void *arg)
{
	int self = (int)(intptr_t)arg;
	int *own_errno = &errno;

	CHECK_EQ(from_seven, 7);
	for (size_t i = 0; i < sizeof(big); i++)
		CHECK_EQ(big[i], 0);
	from_seven = self;
	memset(big, self, sizeof(big));
	address[self] = &from_seven;
	for (int i = 0; i < 20; i++) {
		errno = self + 1;
		pthread_barrier_wait(&together);
		CHECK_EQ(errno, self + 1);
		CHECK_ERROR(close(-1), EBADF);
		sched_yield();
		CHECK_EQ(errno, EBADF);
		CHECK(own_errno == &errno);
		CHECK_EQ(from_seven, self);
	}
	for (size_t i = 0; i < sizeof(big); i++)
		CHECK_EQ(big[i], self);
	for (int i = 0; i < self; i++)
		CHECK(address[i] != &from_seven);
	return NULL;
}

int main(void)
{
	pthread_t t[THREADS];

	pthread_barrier_init(&together, NULL, THREADS);
	for (intptr_t i = 0; i < THREADS; i++)
		t[i] = start(body, (void *)i);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	CHECK_EQ(from_seven, 7);
	return ok();
}
