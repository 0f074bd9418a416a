/* SPDX-License-Identifier: MIT */
/*
 * Semaphores: units are neither lost nor made up, waits time out, and a named
 * one is the same for all who open it.
 */
#include "claim.h"

#include <semaphore.h>

#define THREADS 20
#define UNITS 500

static sem_t full, empty;
static atomic_int consumed;

static void *consumes(void *arg)
{
	for (int i = 0; i < UNITS; i++) {
		CHECK_EQ(sem_wait(&full), 0);
		consumed++;
		CHECK_EQ(sem_post(&empty), 0);
	}
	return arg;
}

static void *produces(void *arg)
{
	for (int i = 0; i < UNITS; i++) {
		CHECK_EQ(sem_wait(&empty), 0);
		CHECK_EQ(sem_post(&full), 0);
	}
	return arg;
}

static void *posts_later(void *arg)
{
	settle();
	CHECK_EQ(sem_post(arg), 0);
	return NULL;
}

int main(void)
{
	struct timespec t;
	pthread_t thread[THREADS];
	char name[64];
	sem_t *named;
	int value;

	CHECK_EQ(sem_init(&full, 0, 0), 0);
	CHECK_EQ(sem_init(&empty, 0, 3), 0);
	for (int i = 0; i < THREADS; i++)
		thread[i] = start(i % 2 ? consumes : produces, NULL);
	for (int i = 0; i < THREADS; i++)
		join(thread[i]);
	CHECK_EQ(consumed, THREADS / 2 * UNITS);
	sem_getvalue(&empty, &value);
	CHECK_EQ(value, 3);

	CHECK_ERROR(sem_trywait(&full), EAGAIN);
	t = after(CLOCK_REALTIME, 20 * MSEC);
	CHECK_ERROR(sem_timedwait(&full, &t), ETIMEDOUT);
	t = after(CLOCK_MONOTONIC, 20 * MSEC);
	CHECK_ERROR(sem_clockwait(&full, CLOCK_MONOTONIC, &t), ETIMEDOUT);
	t.tv_nsec = 1000000000;
	CHECK_ERROR(sem_timedwait(&full, &t), EINVAL);
	CHECK_ERROR(sem_init(&full, 0, ~0u), EINVAL);

	snprintf(name, sizeof(name), "/claim-%d", getpid());
	named = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
	CHECK(named != SEM_FAILED);
	CHECK(sem_open(name, 0) == named);
	CHECK_EQ(sem_unlink(name), 0);
	CHECK_EQ(sem_wait(named), 0);
	thread[0] = start(posts_later, named);
	CHECK_EQ(sem_wait(named), 0);
	join(thread[0]);
	return ok();
}
