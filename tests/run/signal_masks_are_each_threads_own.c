/* SPDX-License-Identifier: MIT */
/*
 * A signal of the process goes to a thread that does not block it; one of a
 * thread waits until that thread lets it in; new threads inherit the mask.
 */
#include "claim.h"

#include <signal.h>

static atomic_int handled, handled_by, open_id, is_pending, may_open;

static void handler(int signal)
{
	(void)signal;
	handled_by = gettid();
	atomic_fetch_add(&handled, 1);
}

static void mask(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK_EQ(pthread_sigmask(how, &set, NULL), 0);
}

static void *is_open(void *arg)
{
	mask(SIG_UNBLOCK);
	open_id = gettid();
	while (atomic_load(&handled) < *(int *)arg)
		usleep(1000);
	return NULL;
}

static void *opens_later(void *arg)
{
	sigset_t set;

	pthread_sigmask(SIG_BLOCK, NULL, &set);
	CHECK(sigismember(&set, SIGUSR1)); /* inherited */
	do
		sigpending(&set);
	while (!sigismember(&set, SIGUSR1));
	atomic_store(&is_pending, 1);
	await(&may_open);
	CHECK_EQ(handled, 0);
	mask(SIG_UNBLOCK);
	CHECK_EQ(handled, 1);
	CHECK_EQ(handled_by, gettid());
	return arg;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler };
	pthread_t t[10], one;
	int want = 20;
	sigset_t set;

	sigaction(SIGUSR1, &action, NULL);
	mask(SIG_BLOCK);
	one = start(is_open, &want);
	await(&open_id);
	for (int i = 1; i <= want; i++) {
		OK(kill(getpid(), SIGUSR1));
		while (atomic_load(&handled) < i)
			sched_yield();
		CHECK_EQ(handled_by, open_id);
	}
	join(one);

	handled = 0;
	for (size_t i = 1; i < ARRAY_LEN(t); i++)
		t[i] = start(is_open, &(int){ 1 });
	sched_yield();
	one = start(opens_later, NULL);
	CHECK_EQ(pthread_kill(one, SIGUSR1), 0);
	await(&is_pending);
	sigpending(&set);
	CHECK(!sigismember(&set, SIGUSR1)); /* it is not this thread's */
	settle();
	CHECK_EQ(handled, 0);
	atomic_store(&may_open, 1);
	join(one);
	for (size_t i = 1; i < ARRAY_LEN(t); i++)
		join(t[i]);
	CHECK_ERROR(sigprocmask(77, &set, NULL), EINVAL);
	return ok();
}
