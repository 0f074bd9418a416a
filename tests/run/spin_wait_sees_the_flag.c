/* SPDX-License-Identifier: MIT */
/* run: --tick=1 */
/*
 * Threads hand a baton round by atomic flags alone, without a system call:
 * the one whose turn it is gets to run.
 */
#include "claim.h"

#define THREADS 3
#define ROUNDS 6

static atomic_int turn;

static void *body(void *arg)
{
	int self = (int)(intptr_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		while (atomic_load(&turn) % THREADS != self)
			__builtin_ia32_pause();
		atomic_fetch_add(&turn, 1);
	}
	return NULL;
}

int main(void)
{
	pthread_t t[THREADS];

	for (intptr_t i = 0; i < THREADS; i++)
		t[i] = start(body, (void *)i);
	while (atomic_load(&turn) < THREADS * ROUNDS)
		;
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	return ok();
}
