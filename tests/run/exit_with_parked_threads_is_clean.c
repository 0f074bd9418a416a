/* SPDX-License-Identifier: MIT */
/* status: 7 */
/*
 * exit() while threads wait in every sort of call: handlers run, streams are
 * flushed, the status is kept, and nobody holds the process up.
 */
#include "claim.h"

#include <poll.h>
#include <semaphore.h>

static int quiet[2];
static sem_t never;
static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t nothing = PTHREAD_COND_INITIALIZER;

static void *parks(void *arg)
{
	static pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
	struct pollfd p = { .fd = quiet[0], .events = POLLIN };
	char byte;

	switch ((intptr_t)arg % 6) {
	case 0:
		return (void *)read(quiet[0], &byte, 1);
	case 1:
		return (void *)(intptr_t)poll(&p, 1, -1);
	case 2:
		return (void *)(intptr_t)sem_wait(&never);
	case 3:
		return (void *)(intptr_t)pthread_mutex_lock(&held);
	case 4:
		pthread_mutex_lock(&own);
		return (void *)(intptr_t)pthread_cond_wait(&nothing, &own);
	}
	sleep(1000);
	return NULL;
}

static void first_handler(void)
{
	printf("handlers ran\nok");
}

int main(void)
{
	OK(pipe(quiet));
	sem_init(&never, 0, 0);
	pthread_mutex_lock(&held);
	atexit(first_handler);
	for (intptr_t i = 0; i < 60; i++)
		start(parks, (void *)i);
	settle();
	printf("not flushed yet\n");
	exit(7);
}
