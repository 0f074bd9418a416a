/* SPDX-License-Identifier: MIT */
/*
 * 100,000 threads at once under `evergreen run`; the kernel's own end sooner,
 * so that a plain run has a few only.
 */
#include "claim.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int here, threads;
static bool may_go;

static void *body(void *arg)
{
	pthread_mutex_lock(&lock);
	if (++here == threads)
		pthread_cond_broadcast(&changed);
	while (!may_go)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	return arg;
}

int main(void)
{
	static pthread_t t[100000];
	pthread_attr_t small;

	threads = on_fibers() ? 100000 : 1000;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	for (intptr_t i = 0; i < threads; i++)
		CHECK_EQ(pthread_create(&t[i], &small, body, (void *)i), 0);
	pthread_mutex_lock(&lock);
	while (here < threads)
		pthread_cond_wait(&changed, &lock);
	may_go = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	for (intptr_t i = 0; i < threads; i++)
		CHECK_EQ((intptr_t)join(t[i]), i);
	return ok();
}
