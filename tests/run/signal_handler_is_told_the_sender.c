/* SPDX-License-Identifier: MIT */
/*
 * Each way to send a signal runs the handler, with who sent it, how, and the
 * value; one sent to a thread runs on that thread.
 */
#include "claim.h"

#include <signal.h>

static siginfo_t last;
static atomic_int handled, handled_by;

static void handler(int signal, siginfo_t *info, void *context)
{
	(void)context;
	CHECK_EQ(signal, info->si_signo);
	last = *info;
	handled_by = gettid();
	atomic_fetch_add(&handled, 1);
}

static void *waits_for_three(void *arg)
{
	*(atomic_int *)arg = gettid();
	while (atomic_load(&handled) < 3) {
		struct timespec t = timespec_of(MSEC);

		nanosleep(&t, NULL);
	}
	return NULL;
}

static void check(int code)
{
	CHECK_EQ(handled, 1);
	CHECK_EQ(last.si_code, code);
	CHECK_EQ(last.si_pid, getpid());
	CHECK_EQ(last.si_uid, getuid());
	CHECK_EQ(handled_by, gettid());
	handled = 0;
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_SIGINFO };
	union sigval value = { .sival_ptr = &action };
	atomic_int thread_id = 0;
	pthread_t t;

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGRTMIN + 2, &action, NULL);
	OK(kill(getpid(), SIGUSR1));
	check(SI_USER);
	raise(SIGUSR1);
	check(SI_TKILL);
	CHECK_EQ(pthread_kill(pthread_self(), SIGUSR1), 0);
	check(SI_TKILL);
	OK(syscall(SYS_tgkill, getpid(), gettid(), SIGRTMIN + 2));
	check(SI_TKILL);
	OK(syscall(SYS_tkill, gettid(), SIGRTMIN + 2));
	check(SI_TKILL);
	OK(sigqueue(getpid(), SIGRTMIN + 2, value));
	CHECK(last.si_value.sival_ptr == &action);
	check(SI_QUEUE);
	CHECK_EQ(pthread_sigqueue(pthread_self(), SIGUSR1, value), 0);
	CHECK(last.si_value.sival_ptr == &action);
	check(SI_QUEUE);

	t = start(waits_for_three, &thread_id);
	await(&thread_id);
	for (int i = 1; i <= 3; i++) {
		CHECK_EQ(pthread_kill(t, SIGUSR1), 0);
		while (atomic_load(&handled) < i)
			sched_yield();
		CHECK_EQ(handled_by, thread_id);
	}
	join(t);
	CHECK_ERROR(kill(getpid(), 65), EINVAL);
	CHECK_EQ(pthread_kill(pthread_self(), 65), EINVAL);
	return ok();
}
