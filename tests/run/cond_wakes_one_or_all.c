/* SPDX-License-Identifier: MIT */
/*
 * A signal lets one waiter go, a broadcast all of them; each has the mutex
 * when it returns.
 */
#include "claim.h"

#define THREADS 40

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ticket = PTHREAD_COND_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int waiting, tickets, served, inside;

static void *waits(void *arg)
{
	pthread_mutex_lock(&lock);
	waiting++;
	pthread_cond_signal(&changed);
	while (tickets == 0)
		pthread_cond_wait(&ticket, &lock);
	CHECK_EQ(inside++, 0);
	tickets--;
	served++;
	pthread_cond_signal(&changed);
	sched_yield();
	CHECK_EQ(--inside, 0);
	pthread_mutex_unlock(&lock);
	return arg;
}

int main(void)
{
	pthread_t t[THREADS];

	for (int i = 0; i < THREADS; i++)
		t[i] = start(waits, NULL);
	pthread_mutex_lock(&lock);
	while (waiting < THREADS)
		pthread_cond_wait(&changed, &lock);
	for (int i = 1; i <= THREADS / 2; i++) {
		tickets++;
		pthread_cond_signal(&ticket);
		while (served < i)
			pthread_cond_wait(&changed, &lock);
		CHECK_EQ(served, i);
	}
	tickets += THREADS / 2;
	pthread_cond_broadcast(&ticket);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	CHECK_EQ(served, THREADS);
	CHECK_EQ(tickets, 0);
	CHECK_EQ(pthread_cond_destroy(&ticket), 0);
	return ok();
}
