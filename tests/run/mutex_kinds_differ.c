/* SPDX-License-Identifier: MIT */
/*
 * Normal, recursive and error-checking mutexes: what each says to its owner's
 * second lock, and to who does not own it.
 */
#include "claim.h"

static void *cannot_take(void *arg)
{
	CHECK_EQ(pthread_mutex_trylock(arg), EBUSY);
	return NULL;
}

static void *must_not_unlock(void *arg)
{
	CHECK_EQ(pthread_mutex_unlock(arg), EPERM);
	return cannot_take(arg);
}

static void *takes(void *arg)
{
	CHECK_EQ(pthread_mutex_lock(arg), 0);
	CHECK_EQ(pthread_mutex_unlock(arg), 0);
	return NULL;
}

static void make(pthread_mutex_t *m, int kind)
{
	pthread_mutexattr_t a;

	pthread_mutexattr_init(&a);
	CHECK_EQ(pthread_mutexattr_settype(&a, kind), 0);
	CHECK_EQ(pthread_mutex_init(m, &a), 0);
}

int main(void)
{
	pthread_mutex_t m;
	pthread_t waiter;

	make(&m, PTHREAD_MUTEX_NORMAL);
	CHECK_EQ(pthread_mutex_lock(&m), 0);
	CHECK_EQ(pthread_mutex_trylock(&m), EBUSY);
	join(start(cannot_take, &m));
	waiter = start(takes, &m);
	settle();
	CHECK_EQ(pthread_mutex_unlock(&m), 0);
	join(waiter);
	CHECK_EQ(pthread_mutex_destroy(&m), 0);

	make(&m, PTHREAD_MUTEX_RECURSIVE);
	for (int i = 0; i < 5; i++)
		CHECK_EQ(pthread_mutex_lock(&m), 0);
	waiter = start(takes, &m);
	for (int i = 0; i < 5; i++) {
		join(start(must_not_unlock, &m));
		CHECK_EQ(pthread_mutex_unlock(&m), 0);
	}
	join(waiter);
	CHECK_EQ(pthread_mutex_unlock(&m), EPERM);

	make(&m, PTHREAD_MUTEX_ERRORCHECK);
	CHECK_EQ(pthread_mutex_unlock(&m), EPERM);
	CHECK_EQ(pthread_mutex_lock(&m), 0);
	CHECK_EQ(pthread_mutex_lock(&m), EDEADLK);
	join(start(must_not_unlock, &m));
	waiter = start(takes, &m);
	settle();
	CHECK_EQ(pthread_mutex_unlock(&m), 0);
	join(waiter);
	return ok();
}
