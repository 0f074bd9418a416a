/* SPDX-License-Identifier: MIT */
/*
 * ppoll(), pselect() and epoll_pwait() wait with the mask they are given: a
 * signal that is otherwise blocked comes in, and is blocked again after.
 */
#include "claim.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>

static atomic_int handled;
static int quiet[2], epoll;
static sigset_t none;

static void handler(int signal)
{
	(void)signal;
	atomic_fetch_add(&handled, 1);
}

static int by_ppoll(void)
{
	struct pollfd p = { .fd = quiet[0], .events = POLLIN };

	return ppoll(&p, 1, NULL, &none);
}

static int by_pselect(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(quiet[0], &set);
	return pselect(quiet[0] + 1, &set, NULL, NULL, NULL, &none);
}

static int by_epoll(void)
{
	struct epoll_event event;

	return epoll_pwait(epoll, &event, 1, -1, &none);
}

static int (*const calls[])(void) = { by_ppoll, by_pselect, by_epoll };

static void *kills(void *arg)
{
	settle();
	pthread_kill(*(pthread_t *)arg, SIGUSR1);
	return NULL;
}

static void *checks(void *arg)
{
	pthread_t self = pthread_self(), t;
	sigset_t set;

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		handled = 0;
		CHECK_EQ(pthread_kill(self, SIGUSR1), 0); /* before */
		CHECK_EQ(handled, 0);
		CHECK_ERROR(calls[i](), EINTR);
		CHECK_EQ(handled, 1);
		t = start(kills, &self); /* meanwhile */
		CHECK_ERROR(calls[i](), EINTR);
		CHECK_EQ(handled, 2);
		join(t);
		pthread_sigmask(SIG_SETMASK, NULL, &set);
		CHECK(sigismember(&set, SIGUSR1));
	}
	return arg;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler };
	struct epoll_event in = { .events = EPOLLIN };
	sigset_t set;

	OK(pipe(quiet));
	epoll = OK(epoll_create1(0));
	OK(epoll_ctl(epoll, EPOLL_CTL_ADD, quiet[0], &in));
	sigaction(SIGUSR1, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigemptyset(&none);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	checks(NULL);
	join(start(checks, NULL));
	return ok();
}
