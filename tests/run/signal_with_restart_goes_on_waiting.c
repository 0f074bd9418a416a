/* SPDX-License-Identifier: MIT */
/*
 * A handler with SA_RESTART runs while a thread waits, and the call goes on:
 * read, write, recv, accept, wait, locks of files, a mutex; but poll, sleep
 * and their kind fail with EINTR even so.
 */
#include "interrupts.h"

static int in[2], pair[2], full[2], listener;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static socklen_t length = sizeof(address);
static pid_t child;

static void *goes_on(void *arg)
{
	char byte;

	switch ((intptr_t)arg) {
	case 0:
		CHECK_EQ(read(in[0], &byte, 1), 1);
		break;
	case 1:
		CHECK_EQ(recv(pair[0], &byte, 1, 0), 1);
		break;
	case 2:
		CHECK_EQ(write(full[1], "xx", 2), 2);
		break;
	case 3:
		OK(accept(listener, NULL, NULL));
		break;
	case 4:
		CHECK_EQ(pthread_mutex_lock(&lock), 0);
		break;
	case 5:
		CHECK_EQ(status_of(child), 0);
		break;
	}
	return NULL;
}

#define WAYS 6

static void let_go(int hold_child)
{
	char page[65536];
	int fd;

	OK(write(in[1], "x", 1));
	OK(write(pair[1], "x", 1));
	OK(read(full[0], page, sizeof(page)));
	fd = OK(socket(AF_UNIX, SOCK_STREAM, 0));
	OK(connect(fd, (struct sockaddr *)&address, length));
	pthread_mutex_unlock(&lock);
	OK(close(hold_child));
}

static void prepare(int hold[2])
{
	char page[4096] = "";

	OK(pipe(in));
	OK(pipe2(full, O_NONBLOCK));
	while (write(full[1], page, sizeof(page)) > 0)
		;
	OK(fcntl(full[1], F_SETFL, 0));
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	listener = OK(socket(AF_UNIX, SOCK_STREAM, 0));
	OK(bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)));
	OK(listen(listener, 5));
	OK(getsockname(listener, (struct sockaddr *)&address, &length));
	OK(pipe(hold));
	child = OK(fork());
	if (!child) {
		close(hold[1]);
		_exit((int)read(hold[0], page, 1));
	}
	pthread_mutex_lock(&lock);
}

static void *is_interrupted(void *arg)
{
	struct pollfd p = { .fd = in[0], .events = POLLIN };

	CHECK_ERROR(poll(&p, 1, -1), EINTR);
	CHECK_ERROR(usleep(100000000), EINTR);
	atomic_store((atomic_int *)arg, 1);
	return NULL;
}

int main(void)
{
	atomic_int interrupted = 0;
	pthread_t t[WAYS], other;
	int hold[2];

	prepare(hold);
	handle_sigusr1(SA_RESTART);
	for (intptr_t i = 0; i < WAYS; i++)
		t[i] = start(goes_on, (void *)i);
	for (int round = 1; round <= 5; round++) {
		settle();
		for (int i = 0; i < WAYS; i++)
			CHECK_EQ(pthread_kill(t[i], SIGUSR1), 0);
		while (atomic_load(&signals_handled) < round * WAYS)
			sched_yield();
	}
	let_go(hold[1]);
	for (int i = 0; i < WAYS; i++)
		join(t[i]);
	other = start(is_interrupted, &interrupted);
	interrupt_until(other, &interrupted);
	join(other);
	return ok();
}
