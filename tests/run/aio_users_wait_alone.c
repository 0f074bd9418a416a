/* SPDX-License-Identifier: MIT */
/*
 * Asynchronous I/O of both kinds: POSIX's, with its helper threads, and the
 * kernel's, whose io_getevents() waits while other threads go on.
 */
#include "claim.h"

#include <aio.h>
#include <linux/aio_abi.h>
#include <poll.h>

static int end[2];
static atomic_int notified;

static void notify(union sigval value)
{
	atomic_fetch_add(&notified, value.sival_int);
}

static void *writes_later(void *arg)
{
	settle();
	OK(write(end[1], "posix", 5));
	return arg;
}

static void posix(void)
{
	char text[16] = "";
	struct aiocb c = {
		.aio_fildes = end[0],
		.aio_buf = text,
		.aio_nbytes = sizeof(text),
		.aio_sigevent = { .sigev_notify = SIGEV_THREAD,
				  .sigev_value.sival_int = 3,
				  .sigev_notify_function = notify },
	};
	const struct aiocb *const list[] = { &c };
	struct timespec soon = timespec_of(MSEC);
	pthread_t t;

	CHECK_EQ(aio_read(&c), 0);
	CHECK_ERROR(aio_suspend(list, 1, &soon), EAGAIN);
	CHECK_EQ(aio_error(&c), EINPROGRESS);
	t = start(writes_later, NULL);
	CHECK_EQ(aio_suspend(list, 1, NULL), 0);
	CHECK_EQ(aio_error(&c), 0);
	CHECK_EQ(aio_return(&c), 5);
	CHECK(memcmp(text, "posix", 5) == 0);
	join(t);
	while (notified < 3)
		usleep(1000);
}

static void *waits_for_events(void *arg)
{
	struct io_event event[2];

	CHECK_EQ(syscall(SYS_io_getevents, *(aio_context_t *)arg, 1, 2, event,
			 NULL),
		 1);
	CHECK_EQ(event[0].data, 77);
	CHECK(event[0].res & POLLIN);
	return NULL;
}

int main(void)
{
	struct timespec limit = timespec_of(20 * MSEC);
	int64_t begin;
	aio_context_t context = 0;
	struct iocb poll_it = { .aio_lio_opcode = IOCB_CMD_POLL,
				.aio_buf = POLLIN,
				.aio_data = 77 };
	struct iocb *list[] = { &poll_it };
	struct io_event event;
	pthread_t t;

	OK(pipe(end));
	posix();
	OK(syscall(SYS_io_setup, 8, &context));
	begin = now(CLOCK_MONOTONIC);
	CHECK_EQ(syscall(SYS_io_getevents, context, 1, 1, &event, &limit), 0);
	CHECK(now(CLOCK_MONOTONIC) - begin >= 20 * MSEC);
	t = start(waits_for_events, &context);
	poll_it.aio_fildes = (unsigned)end[0];
	CHECK_EQ(syscall(SYS_io_submit, context, 1, list), 1);
	settle();
	OK(write(end[1], "x", 1));
	join(t);
	OK(syscall(SYS_io_destroy, context));
	return ok();
}
