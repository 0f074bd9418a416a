/* SPDX-License-Identifier: MIT */
/*
 * Fibers of a program that calls the library, parked: for tests/gdb/check.
 */
#include <evergreen/evergreen.h>

#include <stdlib.h>

#define SHOWN __attribute__((noinline)) static
#define NO_TAIL_CALL() __asm__ volatile("" ::: "memory")

static eg_mutex lock;
static eg_event never;

SHOWN void waits_for_an_event(void)
{
	eg_event_wait(&never, EG_FOREVER);
	NO_TAIL_CALL();
}

SHOWN void locks_a_held_mutex(void)
{
	eg_mutex_lock(&lock, EG_FOREVER);
	NO_TAIL_CALL();
}

SHOWN void sleeps_long(void)
{
	eg_sleep(1000 * EG_SEC);
	NO_TAIL_CALL();
}

SHOWN void sleeps_deep(void)
{
	sleeps_long();
	NO_TAIL_CALL();
}

static void (*const parts[])(void) = {
	waits_for_an_event,
	locks_a_held_mutex,
	sleeps_deep,
};
static const char *const names[] = { "waiter", "locker", "sleeper" };

static void *begins(void *arg)
{
	size_t i = (size_t)arg;

	eg_set_name(NULL, names[i]);
	parts[i]();
	return NULL;
}

static int main_fiber(void *arg)
{
	(void)arg;
	eg_mutex_init(&lock);
	eg_event_init(&never);
	eg_mutex_lock(&lock, EG_FOREVER);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (eg_spawn(NULL, begins, (void *)i) < 0)
			return 1;
	eg_sleep(50 * EG_MSEC);
	abort();
}

int main(void)
{
	return eg_run(main_fiber, NULL, NULL, NULL);
}
