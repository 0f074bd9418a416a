/* SPDX-License-Identifier: MIT */
/*
 * A thread cancelled in a wait on a condition has the mutex again before its
 * cleanup handlers run, last pushed first, and its keys are destroyed after.
 */
#include "claim.h"

static pthread_mutex_t lock;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static pthread_key_t key;
static char trace[8];
static int length, waiting;

static void note(void *letter)
{
	trace[length++] = *(char *)letter;
}

static void note_and_unlock(void *letter)
{
	/* An error-checking mutex: this works for its owner alone. */
	note(letter);
	CHECK_EQ(pthread_mutex_unlock(&lock), 0);
}

static void *waits(void *arg)
{
	static char a = 'a', b = 'b', k = 'k';

	pthread_setspecific(key, &k);
	pthread_cleanup_push(note, &a);
	pthread_mutex_lock(&lock);
	pthread_cleanup_push(note_and_unlock, &b);
	waiting++;
	for (;;)
		pthread_cond_wait(&never, &lock);
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return arg;
}

static void is_waiting(void)
{
	for (;;) {
		pthread_mutex_lock(&lock);
		if (waiting)
			return;
		pthread_mutex_unlock(&lock);
		sched_yield();
	}
}

int main(void)
{
	pthread_mutexattr_t attr;
	pthread_t t;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&lock, &attr);
	pthread_key_create(&key, note);
	for (int i = 0; i < 50; i++) {
		memset(trace, 0, sizeof(trace));
		length = waiting = 0;
		t = start(waits, NULL);
		is_waiting();
		CHECK_EQ(pthread_cancel(t), 0);
		sched_yield();
		/* It cannot get on while this thread has the mutex. */
		CHECK_EQ(length, 0);
		CHECK_EQ(pthread_mutex_unlock(&lock), 0);
		CHECK(join(t) == PTHREAD_CANCELED);
		CHECK(strcmp(trace, "bak") == 0);
	}
	return ok();
}
