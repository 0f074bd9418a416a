/* SPDX-License-Identifier: MIT */
/*
 * fork() while threads wait in every sort of call, again and again, by several
 * threads at once: the children end, and none of the waits is lost.
 */
#include "claim.h"

#include <poll.h>
#include <semaphore.h>

#define WAITERS 100

static int end[2];
static sem_t sem;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool go;

static void *waits(void *arg)
{
	struct pollfd p = { .fd = end[0], .events = POLLIN };
	char byte;

	switch ((intptr_t)arg % 4) {
	case 0:
		CHECK_EQ(read(end[0], &byte, 1), 0);
		break;
	case 1:
		CHECK_EQ(poll(&p, 1, -1), 1);
		break;
	case 2:
		CHECK_EQ(sem_wait(&sem), 0);
		break;
	case 3:
		pthread_mutex_lock(&lock);
		while (!go)
			pthread_cond_wait(&changed, &lock);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static void *forks(void *arg)
{
	for (int i = 0; i < 10; i++) {
		pid_t child = OK(fork());

		if (!child) {
			/* Its copies of the waiters must not run here. */
			OK(close(end[1]));
			sem_post(&sem);
			settle();
			_exit(3);
		}
		CHECK_EQ(status_of(child), 3 << 8);
	}
	return arg;
}

int main(void)
{
	pthread_t t[WAITERS], forker[4];

	OK(pipe(end));
	sem_init(&sem, 0, 0);
	for (intptr_t i = 0; i < WAITERS; i++)
		t[i] = start(waits, (void *)i);
	settle();
	for (size_t i = 0; i < ARRAY_LEN(forker); i++)
		forker[i] = start(forks, NULL);
	for (size_t i = 0; i < ARRAY_LEN(forker); i++)
		join(forker[i]);
	OK(close(end[1]));
	for (int i = 0; i < WAITERS / 4; i++)
		sem_post(&sem);
	pthread_mutex_lock(&lock);
	go = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < WAITERS; i++)
		join(t[i]);
	return ok();
}
