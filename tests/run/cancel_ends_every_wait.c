/* SPDX-License-Identifier: MIT */
/*
 * pthread_cancel() ends a thread in each call that is a cancellation point
 * and blocks, whether it waits already or comes to the call later.
 */
#include "claim.h"

#include <netinet/in.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>

static int quiet[2], pair[2], listener, epoll;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static sem_t zero;
static pthread_t main_thread;

static void unlock(void *mutex)
{
	pthread_mutex_unlock(mutex);
}

static void in_cond(const struct timespec *deadline)
{
	pthread_mutex_lock(&lock);
	pthread_cleanup_push(unlock, &lock);
	if (deadline)
		pthread_cond_timedwait(&never, &lock, deadline);
	else
		pthread_cond_wait(&never, &lock);
	pthread_cleanup_pop(1);
}

static void in_sigwait(void)
{
	sigset_t usr2;
	int signal;

	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	sigwait(&usr2, &signal);
}

static void in_select(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(quiet[0], &set);
	select(quiet[0] + 1, &set, NULL, NULL, NULL);
}

static void in_descriptor_call(int which)
{
	struct pollfd p = { .fd = quiet[0], .events = POLLIN };
	struct epoll_event event;
	static char much[1 << 20];
	struct msghdr message = { 0 };
	char byte;

	switch (which) {
	case 0:
		OK(read(quiet[0], &byte, 1));
		break;
	case 1:
		OK(recv(pair[0], &byte, 1, 0));
		break;
	case 2:
		OK(recvmsg(pair[0], &message, 0));
		break;
	case 3:
		OK(accept(listener, NULL, NULL));
		break;
	case 4:
		OK(poll(&p, 1, -1));
		break;
	case 5:
		OK(epoll_wait(epoll, &event, 1, -1));
		break;
	case 6:
		for (;;)
			OK(write(pair[0], much, sizeof(much)));
	}
}

#define DESCRIPTOR_CALLS 7
#define CALLS (DESCRIPTOR_CALLS + 9)

static void *waits(void *arg)
{
	int which = (int)(intptr_t)arg;
	struct timespec far = after(CLOCK_REALTIME, 100000 * MSEC), hour;

	hour = timespec_of(3600000 * MSEC);
	if (which < DESCRIPTOR_CALLS)
		in_descriptor_call(which);
	switch (which - DESCRIPTOR_CALLS) {
	case 0:
		in_cond(NULL);
		break;
	case 1:
		in_cond(&far);
		break;
	case 2:
		sem_wait(&zero);
		break;
	case 3:
		sem_timedwait(&zero, &far);
		break;
	case 4:
		nanosleep(&hour, NULL);
		break;
	case 5:
		pause();
		break;
	case 6:
		in_sigwait();
		break;
	case 7:
		in_select();
		break;
	case 8:
		pthread_join(main_thread, NULL);
		break;
	}
	return NULL;
}

static void cancel_all(bool when_they_wait)
{
	pthread_t t[CALLS];

	for (intptr_t i = 0; i < CALLS; i++)
		t[i] = start(waits, (void *)i);
	if (when_they_wait)
		settle();
	for (int i = 0; i < CALLS; i++)
		CHECK_EQ(pthread_cancel(t[i]), 0);
	for (int i = 0; i < CALLS; i++)
		CHECK(join(t[i]) == PTHREAD_CANCELED);
	CHECK_EQ(pthread_mutex_trylock(&lock), 0);
	pthread_mutex_unlock(&lock);
}

int main(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	struct epoll_event in = { .events = EPOLLIN };
	sigset_t usr2;

	main_thread = pthread_self();
	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &usr2, NULL);
	OK(pipe(quiet));
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	listener = OK(socket(AF_INET, SOCK_STREAM, 0));
	OK(bind(listener, (struct sockaddr *)&any, sizeof(any)));
	OK(listen(listener, 5));
	epoll = OK(epoll_create1(0));
	OK(epoll_ctl(epoll, EPOLL_CTL_ADD, quiet[0], &in));
	sem_init(&zero, 0, 0);
	cancel_all(true);
	cancel_all(false);
	return ok();
}
