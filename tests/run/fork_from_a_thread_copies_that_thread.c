/* SPDX-License-Identifier: MIT */
/*
 * fork() in a thread: the child has that thread alone, with its variables,
 * its stack and its values; handlers of pthread_atfork() run around it.
 */
#include "claim.h"

static __thread int own = 1;
static pthread_key_t key;
static char trace[16];

static void before_last(void)
{
	strcat(trace, "2");
}

static void before_first(void)
{
	strcat(trace, "1");
}

static void in_parent(void)
{
	strcat(trace, "p");
}

static void in_child(void)
{
	strcat(trace, "c");
}

static void *stays(void *arg)
{
	pause();
	return arg;
}

static void *nothing(void *arg)
{
	return arg;
}

static void *forks(void *arg)
{
	pthread_t self = pthread_self();
	int local = 17;
	pid_t child;

	own = 5;
	pthread_setspecific(key, &local);
	child = OK(fork());
	if (!child) {
		CHECK(pthread_equal(self, pthread_self()));
		CHECK_EQ(own, 5);
		CHECK(pthread_getspecific(key) == &local);
		CHECK_EQ(gettid(), getpid());
		CHECK_EQ(os_threads(), 1);
		CHECK(strcmp(trace, "12c") == 0);
		CHECK(join(start(nothing, &local)) == &local);
		/* From the only thread of this process, this ends it. */
		pthread_exit(NULL);
	}
	child_ends_well(child);
	CHECK(strcmp(trace, "12p") == 0);
	CHECK_EQ(local, 17);
	return arg;
}

int main(void)
{
	pthread_key_create(&key, NULL);
	pthread_atfork(before_last, in_parent, NULL);
	pthread_atfork(before_first, NULL, in_child);
	for (int i = 0; i < 10; i++)
		start(stays, NULL);
	join(start(forks, NULL));
	return ok();
}
