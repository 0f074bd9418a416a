/* SPDX-License-Identifier: MIT */
/*
 * A handler without SA_RESTART makes each waiting call fail with EINTR, once
 * it has run.
 */
#include "interrupts.h"

static int quiet[2], pair[2], full[2], listener, ep, counter;
static sem_t sem;

static long wait_in(int which)
{
	struct timespec long_time = { 1000, 0 };
	struct pollfd p = { .fd = quiet[0], .events = POLLIN };
	struct epoll_event e;
	eventfd_t value;
	char byte;

	switch (which) {
	case 0:
		return read(quiet[0], &byte, 1);
	case 1:
		return write(full[1], "xx", 2);
	case 2:
		return recv(pair[0], &byte, 1, 0);
	case 3:
		return accept(listener, NULL, NULL);
	case 4:
		return poll(&p, 1, -1);
	case 5:
		return epoll_wait(ep, &e, 1, -1);
	case 6:
		return nanosleep(&long_time, NULL);
	case 7:
		return sem_wait(&sem);
	case 8:
		return pause();
	case 9:
		return read(counter, &value, sizeof(value));
	case 10:
		return recv(pair[0], &byte, 1, MSG_PEEK | MSG_WAITALL);
	}
	return waitpid(-1, NULL, 0);
}

#define WAYS 12

struct waiter {
	int which;
	atomic_int interrupted;
};

static void *waits(void *arg)
{
	struct waiter *w = arg;
	int before = atomic_load(&signals_handled);

	errno = 0;
	CHECK_EQ(wait_in(w->which), -1);
	CHECK_EQ(errno, EINTR);
	CHECK(atomic_load(&signals_handled) > before);
	atomic_store(&w->interrupted, 1);
	return NULL;
}

int main(void)
{
	struct sockaddr_un any = { .sun_family = AF_UNIX };
	struct epoll_event in = { .events = EPOLLIN };
	char page[4096] = "";
	pid_t child;

	handle_sigusr1(0);
	OK(pipe(quiet));
	OK(pipe2(full, O_NONBLOCK));
	while (write(full[1], page, sizeof(page)) > 0)
		;
	OK(fcntl(full[1], F_SETFL, 0));
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	listener = OK(socket(AF_UNIX, SOCK_STREAM, 0));
	OK(bind(listener, (struct sockaddr *)&any, sizeof(sa_family_t)));
	OK(listen(listener, 5));
	ep = OK(epoll_create1(0));
	OK(epoll_ctl(ep, EPOLL_CTL_ADD, quiet[0], &in));
	counter = OK(eventfd(0, 0));
	sem_init(&sem, 0, 0);
	child = OK(fork());
	if (!child)
		for (;;)
			pause();
	for (int i = 0; i < WAYS; i++) {
		struct waiter w = { .which = i };
		pthread_t t = start(waits, &w);

		interrupt_until(t, &w.interrupted);
		join(t);
	}
	OK(kill(child, SIGKILL));
	CHECK_EQ(status_of(child), SIGKILL);
	return ok();
}
