/* SPDX-License-Identifier: MIT */
/*
 * Many threads that wait at the same time, each on its own stack with a mark on
 * it; then all of them end and are joined.
 */
#ifndef LIVE_AT_ONCE_H
#define LIVE_AT_ONCE_H

#include "claim.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int threads, here, gone;
static bool may_go;

static void *body(void *arg)
{
	char mark[512];

	memset(mark, (int)(intptr_t)arg & 0x7f, sizeof(mark));
	pthread_mutex_lock(&lock);
	if (++here == threads)
		pthread_cond_broadcast(&changed);
	while (!may_go)
		pthread_cond_wait(&changed, &lock);
	gone++;
	pthread_mutex_unlock(&lock);
	for (size_t i = 0; i < sizeof(mark); i++)
		CHECK_EQ(mark[i], (intptr_t)arg & 0x7f);
	return arg;
}

static int live_at_once(int n)
{
	pthread_t *t = calloc((size_t)n, sizeof(*t));
	pthread_attr_t small;

	threads = n;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	for (intptr_t i = 0; i < threads; i++)
		CHECK_EQ(pthread_create(&t[i], &small, body, (void *)i), 0);
	pthread_mutex_lock(&lock);
	while (here < threads)
		pthread_cond_wait(&changed, &lock);
	CHECK_EQ(gone, 0);
	may_go = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	for (intptr_t i = 0; i < threads; i++)
		CHECK_EQ((intptr_t)join(t[i]), i);
	CHECK_EQ(gone, threads);
	free(t);
	return ok();
}

#endif
