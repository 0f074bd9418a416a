/* SPDX-License-Identifier: MIT */
/*
 * Two hubs, each on a thread of its own, and a thread without one. The plain
 * thread puts numbers into a queue; fibers of both hubs square them; the main
 * thread, which has no hub either, adds up what comes back.
 */
#include <evergreen/evergreen.h>

#include <pthread.h>
#include <stdio.h>

enum { HUBS = 2, FIBERS = 4, NUMBERS = 1000 };

static eg_shared_queue *numbers, *squares;

static void *square(void *arg)
{
	long n;

	/* Parks the fiber, not the thread; -ESHUTDOWN ends it. */
	while (eg_shared_queue_get(numbers, &n, EG_FOREVER) == 0) {
		n *= n;
		eg_shared_queue_put(squares, &n, EG_FOREVER);
	}
	return arg;
}

static int run(void *arg)
{
	eg_group fibers = { 0 };

	(void)arg;
	for (int i = 0; i < FIBERS; i++)
		eg_group_spawn(&fibers, square, NULL, NULL);
	return eg_group_wait(&fibers, EG_FOREVER);
}

static void *hub(void *arg)
{
	eg_run(run, NULL, NULL, NULL);
	return arg;
}

static void *count(void *arg)
{
	for (long n = 1; n <= NUMBERS; n++)
		eg_shared_queue_put(numbers, &n, EG_FOREVER); /* may block */
	eg_shared_queue_shutdown(numbers, false);
	return arg;
}

int main(void)
{
	pthread_t thread[HUBS + 1];
	long sum = 0, n;

	if (eg_shared_queue_new(&numbers, sizeof(long), 16) < 0 ||
	    eg_shared_queue_new(&squares, sizeof(long), EG_QUEUE_UNBOUNDED) < 0)
		return 1;
	for (int i = 0; i <= HUBS; i++)
		if (pthread_create(&thread[i], NULL, i < HUBS ? hub : count,
				   NULL))
			return 1;
	for (int i = 0; i < NUMBERS; i++)
		if (eg_shared_queue_get(squares, &n, EG_FOREVER) == 0)
			sum += n;
	for (int i = 0; i <= HUBS; i++)
		pthread_join(thread[i], NULL);
	eg_shared_queue_unref(numbers);
	eg_shared_queue_unref(squares);
	printf("the squares of 1 to %d are %ld in sum\n", NUMBERS, sum);
	return 0;
}
