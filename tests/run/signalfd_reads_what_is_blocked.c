/* SPDX-License-Identifier: MIT */
/*
 * A signalfd gives blocked signals of the process, and of the thread that
 * reads, to readers that wait for them, with who sent what.
 */
#include "claim.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

static sigset_t set;

static void *reads(void *arg)
{
	struct signalfd_siginfo info;

	CHECK_EQ(read(*(int *)arg, &info, sizeof(info)), sizeof(info));
	CHECK_EQ(info.ssi_signo, SIGUSR1);
	CHECK_EQ(info.ssi_pid, getpid());
	CHECK_EQ(info.ssi_uid, getuid());
	return NULL;
}

int main(void)
{
	union sigval value = { .sival_int = 77 };
	struct signalfd_siginfo info[3];
	struct pollfd p = { .events = POLLIN };
	pthread_t t;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	p.fd = fd = OK(signalfd(-1, &set, 0));
	for (int i = 0; i < 20; i++) {
		t = start(reads, &fd);
		if (i % 2)
			settle();
		OK(kill(getpid(), SIGUSR1));
		join(t);
	}
	CHECK_EQ(poll(&p, 1, 0), 0);
	OK(sigqueue(getpid(), SIGRTMIN, value));
	CHECK_EQ(poll(&p, 1, 10000), 1);
	CHECK_EQ(read(fd, info, sizeof(info)), sizeof(info[0]));
	CHECK_EQ(info[0].ssi_signo, SIGRTMIN);
	CHECK_EQ(info[0].ssi_int, 77);
	CHECK_EQ(info[0].ssi_code, SI_QUEUE);
	CHECK_EQ(pthread_kill(pthread_self(), SIGUSR1), 0);
	CHECK_EQ(read(fd, info, sizeof(info)), sizeof(info[0]));
	CHECK_EQ(info[0].ssi_code, SI_TKILL);
	OK(fcntl(fd, F_SETFL, O_NONBLOCK));
	CHECK_ERROR(read(fd, info, sizeof(info)), EAGAIN);
	return ok();
}
