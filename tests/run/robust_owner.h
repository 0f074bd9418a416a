/* SPDX-License-Identifier: MIT */
/*
 * A process ends while one of its threads holds a shared robust mutex: whoever
 * waits for it in another process gets it and is told.
 */
#ifndef ROBUST_OWNER_H
#define ROBUST_OWNER_H

#include "claim.h"

#include <signal.h>
#include <sys/mman.h>

struct shared {
	pthread_mutex_t lock;
	atomic_int held;
};

static struct shared *s;

static void *takes_and_waits(void *arg)
{
	CHECK_EQ(pthread_mutex_lock(&s->lock), 0);
	atomic_store(&s->held, 1);
	pause();
	return arg;
}

static void *inherits(void *arg)
{
	int r = pthread_mutex_lock(&s->lock);

	if (r == EOWNERDEAD)
		CHECK_EQ(pthread_mutex_consistent(&s->lock), 0);
	else
		CHECK_EQ(r, 0);
	CHECK_EQ(pthread_mutex_unlock(&s->lock), 0);
	return r == EOWNERDEAD ? arg : NULL;
}

/* Whoever owns the mutex runs @own in a child; @end ends it. */
static int outlives(void (*own)(void), void (*end)(pid_t child))
{
	pthread_mutexattr_t m;
	pthread_t t[4];
	pid_t child;
	int told = 0;

	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_init(&m);
	pthread_mutexattr_setpshared(&m, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&m, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&s->lock, &m);
	child = OK(fork());
	if (!child) {
		own();
		_exit(1);
	}
	await(&s->held);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(inherits, s);
	end(child);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		told += join(t[i]) != NULL;
	CHECK_EQ(told, 1);
	return ok();
}

#endif
