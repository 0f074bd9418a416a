/* SPDX-License-Identifier: MIT */
/*
 * A pidfd is readable when its process has ended, can signal it, and can be
 * waited for in poll and epoll by several threads.
 */
#include "claim.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>

static void *polls(void *arg)
{
	struct pollfd p = { .fd = *(int *)arg, .events = POLLIN };

	CHECK_EQ(poll(&p, 1, -1), 1);
	CHECK_EQ(p.revents & POLLIN, POLLIN);
	return NULL;
}

static void *waits_in_epoll(void *arg)
{
	struct epoll_event e = { .events = EPOLLIN };
	int ep = OK(epoll_create1(EPOLL_CLOEXEC));

	OK(epoll_ctl(ep, EPOLL_CTL_ADD, *(int *)arg, &e));
	CHECK_EQ(epoll_wait(ep, &e, 1, -1), 1);
	OK(close(ep));
	return NULL;
}

int main(void)
{
	for (int i = 0; i < 5; i++) {
		pid_t child = OK(fork());
		pthread_t t[4];
		int fd;

		if (!child)
			for (;;)
				pause();
		fd = (int)OK(syscall(SYS_pidfd_open, child, 0));
		for (size_t j = 0; j < ARRAY_LEN(t); j++)
			t[j] = start(j % 2 ? polls : waits_in_epoll, &fd);
		settle();
		OK(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0));
		for (size_t j = 0; j < ARRAY_LEN(t); j++)
			join(t[j]);
		CHECK_EQ(status_of(child), SIGTERM);
		CHECK_ERROR(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0),
			    ESRCH);
		OK(close(fd));
	}
	return ok();
}
