/* SPDX-License-Identifier: MIT */
/* run: --tick=1 */
/*
 * Many threads over one mutex, that give way while they hold it and while they
 * do not: nobody ever meets another inside, and nobody starves.
 */
#include "claim.h"

#define THREADS 32
#define TURNS 300

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t adaptive = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
static volatile int inside[2];
static long total[2];

static void take_a_turn(pthread_mutex_t *m, int which, int i)
{
	while (i % 4 == 1 && pthread_mutex_trylock(m) != 0)
		sched_yield();
	if (i % 4 != 1)
		pthread_mutex_lock(m);
	CHECK_EQ(inside[which], 0);
	inside[which] = 1;
	if (i % 3 == 0)
		sched_yield();
	for (volatile int spin = 0; spin < 50; spin++)
		;
	CHECK_EQ(inside[which], 1);
	inside[which] = 0;
	total[which]++;
	pthread_mutex_unlock(m);
}

static void *body(void *arg)
{
	for (int i = 0; i < TURNS; i++) {
		take_a_turn(&lock, 0, i);
		take_a_turn(&adaptive, 1, i);
	}
	return arg;
}

int main(void)
{
	pthread_t t[THREADS];

	for (int i = 0; i < THREADS; i++)
		t[i] = start(body, NULL);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	CHECK_EQ(total[0], THREADS * TURNS);
	CHECK_EQ(total[1], THREADS * TURNS);
	return ok();
}
