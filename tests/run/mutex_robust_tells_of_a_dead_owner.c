/* SPDX-License-Identifier: MIT */
/*
 * The owner of a robust mutex ends without an unlock: the next one gets it
 * with EOWNERDEAD, waiting or not; if it is not made consistent nobody can
 * have it again.
 */
#include "claim.h"

static pthread_mutex_t a, b;
static atomic_int held;

static void *takes_both_and_ends(void *arg)
{
	CHECK_EQ(pthread_mutex_lock(&a), 0);
	CHECK_EQ(pthread_mutex_lock(&b), 0);
	atomic_store(&held, 1);
	if (arg)
		settle(); /* the other waits by now, or comes later */
	return NULL;
}

static void *inherits(void *arg)
{
	(void)arg;
	CHECK_EQ(pthread_mutex_lock(&a), EOWNERDEAD);
	CHECK_EQ(pthread_mutex_consistent(&a), 0);
	CHECK_EQ(pthread_mutex_unlock(&a), 0);
	CHECK_EQ(pthread_mutex_lock(&a), 0);
	CHECK_EQ(pthread_mutex_unlock(&a), 0);
	return NULL;
}

static void make(pthread_mutex_t *m, int kind, int protocol)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, kind);
	pthread_mutexattr_setprotocol(&attr, protocol);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	CHECK_EQ(pthread_mutex_init(m, &attr), 0);
}

static void owner_dies(int kind, int protocol)
{
	pthread_t owner, waiter;

	make(&a, kind, protocol);
	make(&b, kind, protocol);
	atomic_store(&held, 0);
	owner = start(takes_both_and_ends, &a);
	await(&held);
	waiter = start(inherits, NULL);
	join(owner);
	join(waiter);

	CHECK_EQ(pthread_mutex_lock(&b), EOWNERDEAD);
	CHECK_EQ(pthread_mutex_unlock(&b), 0);
	CHECK_EQ(pthread_mutex_lock(&b), ENOTRECOVERABLE);

	make(&b, kind, protocol);
	join(start(takes_both_and_ends, NULL));
	CHECK_EQ(pthread_mutex_trylock(&a), EOWNERDEAD);
	CHECK_EQ(pthread_mutex_consistent(&a), 0);
	CHECK_EQ(pthread_mutex_unlock(&a), 0);
}

int main(void)
{
	owner_dies(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE);
	owner_dies(PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE);
	owner_dies(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_NONE);
	owner_dies(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_INHERIT);
	return ok();
}
