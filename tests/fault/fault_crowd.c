/* SPDX-License-Identifier: MIT */
/*
 * More requests in one turn than the ring has room for, while the kernel takes
 * none: cancelled, closed and their numbers reused before they were ever sent.
 */
#include "fault_rig.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Each closed, cancelled, or written to. */
enum { CLOSED = 100, CANCELLED = 100, SERVED = 200 };
enum { CROWD = CLOSED + CANCELLED + SERVED };

struct member {
	int fd;
	eg_fiber *fiber;
	ssize_t result;
};

static struct member crowd[CROWD];

static void *read_count(void *arg)
{
	struct member *m = arg;
	uint64_t count;

	m->result = eg_read(m->fd, &count, sizeof(count), EG_FOREVER);
	return NULL;
}

static void begin(void)
{
	for (int i = 0; i < CROWD; i++) {
		crowd[i].fd = eventfd(0, EFD_CLOEXEC);
		egt_le(0, crowd[i].fd);
		egt_eq(eg_spawn(&crowd[i].fiber, read_count, &crowd[i]), 0);
	}
	/* Each has made its request; not all of them have been sent. */
	egt_eq(eg_yield(), 0);
}

/* A late request that meets the new descriptor would take its count. */
static void close_and_reuse(struct member *m)
{
	int fd;

	egt_eq(eg_close(m->fd), 0);
	fd = eventfd(1, EFD_CLOEXEC);
	egt_eq(fd, m->fd);
}

static void interfere(void)
{
	for (int i = 0; i < CROWD; i++)
		if (i % 4 == 0)
			close_and_reuse(&crowd[i]);
		else if (i % 4 == 1)
			egt_eq(eg_cancel(crowd[i].fiber), 0);
		else
			egt_eq(eventfd_write(crowd[i].fd, 1), 0);
}

static void end(void)
{
	eventfd_t count;

	for (int i = 0; i < CROWD; i++) {
		struct member *m = &crowd[i];

		egt_eq(eg_join(m->fiber, NULL, EG_FOREVER), 0);
		if (i % 4 == 0) {
			egt_eq(m->result, -EBADF);
			egt_eq(eventfd_read(m->fd, &count), 0);
		} else if (i % 4 == 1) {
			egt_eq(m->result, -ECANCELED);
		} else {
			egt_eq(m->result, sizeof(count));
		}
		egt_eq(eg_close(m->fd), 0);
	}
}

static int gather(void *arg)
{
	const struct eg_faults *faults = arg;

	eg__faults = *faults;
	begin();
	interfere();
	end();
	eg__faults.countdown = 0;
	return 0;
}

static int new_file(void)
{
	char path[] = "/tmp/evergreen-test-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	egt_le(0, fd);
	egt_eq(unlink(path), 0);
	return fd;
}

static void *write_byte(void *arg)
{
	struct member *m = arg;

	m->result = eg_pwrite(m->fd, "x", 1, 4096 * (m - crowd), EG_FOREVER);
	return NULL;
}

/* All to one file, closed before most have been sent: none may reach the next
 * file of that number. */
static int write_and_close(void *arg)
{
	const struct eg_faults *faults = arg;
	int other = new_file(), fd = new_file(), next;
	struct stat st;

	eg__faults = *faults;
	for (int i = 0; i < CROWD; i++) {
		crowd[i].fd = fd;
		egt_eq(eg_spawn(&crowd[i].fiber, write_byte, &crowd[i]), 0);
	}
	egt_eq(eg_yield(), 0);
	egt_eq(eg_close(fd), 0);
	next = dup(other);
	for (int i = 0; i < CROWD; i++) {
		egt_eq(eg_join(crowd[i].fiber, NULL, EG_FOREVER), 0);
		if (crowd[i].result != 1)
			egt_eq(crowd[i].result, -EBADF);
	}
	eg__faults.countdown = 0;
	egt_eq(fstat(other, &st), 0);
	egt_eq(st.st_size, 0);
	egt_eq(eg_close(next), 0);
	egt_eq(eg_close(other), 0);
	return 0;
}

static void gather_on(const char *backend, long nr, eg_main_fn *scene)
{
	static const int errors[] = { -EAGAIN, -EBUSY, -EINTR };
	eg_options options = EG_OPTIONS_INIT;
	int status = -1;

	unsetenv("EG_BACKEND");
	options.backend = backend;
	for (size_t i = 0; i < ARRAY_LEN(errors) * 40; i++) {
		struct eg_faults f = {
			.countdown = (int64_t)(i % 5),
			.more = (int64_t)(i / 5 % 8) * 20,
			.error = errors[i / 40],
			.only_nr = nr,
		};

		egt_casef("error %d, point %d and %d more", f.error,
			  (int)f.countdown, (int)f.more);
		if (eg_run(scene, &f, &options, &status) == -ENOSYS)
			egt_skip("the kernel refuses %s", backend);
		egt_eq(status, 0);
	}
}

EG_TEST_PLAIN(fault_of_a_crowd_on_io_uring)
{
	gather_on("io_uring", SYS_io_uring_enter, gather);
}

EG_TEST_PLAIN(fault_of_a_crowd_of_writes_on_io_uring)
{
	gather_on("io_uring", SYS_io_uring_enter, write_and_close);
}

EG_TEST_PLAIN(fault_of_a_crowd_on_epoll)
{
	gather_on("epoll", SYS_epoll_pwait2, gather);
}

EG_TEST_PLAIN(fault_of_a_crowd_of_writes_on_epoll)
{
	gather_on("epoll", SYS_epoll_pwait2, write_and_close);
}
