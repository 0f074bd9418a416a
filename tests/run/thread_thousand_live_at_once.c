/* SPDX-License-Identifier: MIT */
/*
 * 1000 threads wait at the same time, each on its own stack; then all of
 * them end and are joined.
 */
#include "claim.h"

#define THREADS 1000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int here, gone;
static bool may_go;

static void *body(void *arg)
{
	char mark[512];

	memset(mark, (int)(intptr_t)arg & 0x7f, sizeof(mark));
	pthread_mutex_lock(&lock);
	if (++here == THREADS)
		pthread_cond_broadcast(&changed);
	while (!may_go)
		pthread_cond_wait(&changed, &lock);
	gone++;
	pthread_mutex_unlock(&lock);
	for (size_t i = 0; i < sizeof(mark); i++)
		CHECK_EQ(mark[i], (intptr_t)arg & 0x7f);
	return arg;
}

int main(void)
{
	static pthread_t t[THREADS];
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	for (intptr_t i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&t[i], &small, body, (void *)i), 0);
	pthread_mutex_lock(&lock);
	while (here < THREADS)
		pthread_cond_wait(&changed, &lock);
	CHECK_EQ(gone, 0);
	may_go = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	for (intptr_t i = 0; i < THREADS; i++)
		CHECK_EQ((intptr_t)join(t[i]), i);
	CHECK_EQ(gone, THREADS);
	return ok();
}
