/* SPDX-License-Identifier: MIT */
/*
 * A wait in io_uring_enter() with a time ends by it; one that a signal
 * interrupts fails with EINTR; wrong uses fail at once.
 */
#include "rings.h"

#include <poll.h>
#include <signal.h>

static atomic_int interrupted;

static void handler(int signal)
{
	(void)signal;
}

static void *is_interrupted(void *arg)
{
	struct ring r;

	ring_open(&r, 0);
	CHECK_ERROR(ring_enter(&r, 0, 1), EINTR);
	atomic_store(&interrupted, 1);
	return arg;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler };
	struct __kernel_timespec t = { 0, 20 * MSEC };
	struct io_uring_getevents_arg arg = { .ts = (uintptr_t)&t };
	int64_t begin = now(CLOCK_MONOTONIC);
	struct pollfd p = { .events = POLLIN };
	pthread_t thread;
	struct ring r;

	ring_open(&r, 0);
	CHECK_ERROR(syscall(SYS_io_uring_enter, r.fd, 0, 1,
			    IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &arg,
			    sizeof(arg)),
		    ETIME);
	CHECK(now(CLOCK_MONOTONIC) - begin >= 20 * MSEC);
	/* A ring is a descriptor that can be polled. */
	p.fd = r.fd;
	CHECK_EQ(poll(&p, 1, 0), 0);
	t.tv_nsec = MSEC;
	ring_put(&r, (struct io_uring_sqe){ .opcode = IORING_OP_TIMEOUT,
					    .fd = -1,
					    .addr = (uintptr_t)&t,
					    .len = 1 });
	CHECK_EQ(ring_enter(&r, 1, 0), 1);
	CHECK_EQ(poll(&p, 1, -1), 1);
	CHECK_EQ(ring_take(&r, 0), -ETIME);
	CHECK_ERROR(syscall(SYS_io_uring_enter, -1, 0, 1, 0, NULL, 0), EBADF);
	CHECK_ERROR(syscall(SYS_io_uring_setup, 0, NULL), EFAULT);

	sigaction(SIGUSR1, &action, NULL);
	thread = start(is_interrupted, NULL);
	while (!atomic_load(&interrupted)) {
		pthread_kill(thread, SIGUSR1);
		settle();
	}
	join(thread);
	return ok();
}
