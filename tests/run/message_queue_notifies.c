/* SPDX-License-Identifier: MIT */
/*
 * mq_notify() by a signal and by a thread, when a message comes to an empty
 * queue, once.
 */
#include "claim.h"

#include <mqueue.h>
#include <signal.h>

static atomic_int signalled, called;

static void handler(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	CHECK_EQ(info->si_code, SI_MESGQ);
	CHECK_EQ(info->si_value.sival_int, 8);
	atomic_fetch_add(&signalled, 1);
}

static void in_a_thread(union sigval value)
{
	atomic_fetch_add(&called, value.sival_int);
}

int main(void)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 16 };
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_SIGINFO };
	struct sigevent by_signal = { .sigev_notify = SIGEV_SIGNAL,
				      .sigev_signo = SIGUSR1,
				      .sigev_value.sival_int = 8 };
	struct sigevent by_thread = { .sigev_notify = SIGEV_THREAD,
				      .sigev_value.sival_int = 5,
				      .sigev_notify_function = in_a_thread };
	char name[64], text[16];
	mqd_t queue;

	snprintf(name, sizeof(name), "/claim-notify-%d", getpid());
	queue = OK(mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attr));
	OK(mq_unlink(name));
	OK(sigaction(SIGUSR1, &action, NULL));
	OK(mq_notify(queue, &by_signal));
	CHECK_ERROR(mq_notify(queue, &by_signal), EBUSY);
	OK(mq_send(queue, "x", 1, 0));
	OK(mq_send(queue, "x", 1, 0));
	while (!atomic_load(&signalled))
		usleep(1000);
	CHECK_EQ(signalled, 1);
	OK(mq_receive(queue, text, 16, NULL));
	OK(mq_receive(queue, text, 16, NULL));
	OK(mq_notify(queue, &by_thread));
	OK(mq_send(queue, "x", 1, 0));
	while (atomic_load(&called) < 5)
		usleep(1000);
	CHECK_EQ(called, 5);
	OK(mq_close(queue));
	return ok();
}
