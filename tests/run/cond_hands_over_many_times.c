/* SPDX-License-Identifier: MIT */
/* run: --tick=1 */
/*
 * Two threads pass a token by a condition 100,000 times; then eight do, each
 * with a condition of its own.
 */
#include "claim.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn[8] = {
	PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER,
	PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER,
	PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER,
	PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER,
};
static int token, players, rounds;

static void *plays(void *arg)
{
	int self = (int)(intptr_t)arg;

	pthread_mutex_lock(&lock);
	for (int i = 0; i < rounds; i++) {
		while (token % players != self)
			pthread_cond_wait(&turn[self], &lock);
		token++;
		pthread_cond_signal(&turn[token % players]);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void play(int n, int handoffs)
{
	pthread_t t[8];

	token = 0;
	players = n;
	rounds = handoffs / n;
	for (intptr_t i = 0; i < n; i++)
		t[i] = start(plays, (void *)i);
	for (int i = 0; i < n; i++)
		join(t[i]);
	CHECK_EQ(token, handoffs);
}

int main(void)
{
	play(2, 100000);
	play(8, 16000);
	return ok();
}
