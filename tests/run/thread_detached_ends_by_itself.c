/* SPDX-License-Identifier: MIT */
/*
 * A detached thread needs no join, whether it was made so or became so before
 * or after its end, by itself or by another.
 */
#include "claim.h"

#define THREADS 400

static atomic_int ended;

static void *body(void *arg)
{
	if (arg)
		CHECK_EQ(pthread_detach(pthread_self()), 0);
	atomic_fetch_add(&ended, 1);
	return NULL;
}

int main(void)
{
	pthread_attr_t detached;
	pthread_t t;

	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < THREADS; i += 4) {
		CHECK_EQ(pthread_create(&t, &detached, body, NULL), 0);
		start(body, &detached);
		CHECK_EQ(pthread_detach(start(body, NULL)), 0);
		t = start(body, NULL);
		sched_yield();
		CHECK_EQ(pthread_detach(t), 0);
	}
	while (atomic_load(&ended) < THREADS)
		sched_yield();
	return ok();
}
