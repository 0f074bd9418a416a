/* SPDX-License-Identifier: MIT */
/*
 * Files in a cancelled fiber, and when it is too late: what is in memory comes
 * all the same, and what is not is not waited for.
 */
#include "io_kit.h"

#include "base/fault.h"

#include <sys/syscall.h>
#include <sys/uio.h>

enum { BYTES = 100 };

enum when { NOW, PAST, CANCELLED, WHENS };
static const char *const when_names[WHENS] = { "now", "past", "cancelled" };

static int64_t deadline_of(enum when w)
{
	return w == NOW ? EG_NOW : w == PAST ? 1 : EG_FOREVER;
}

static int error_of(enum when w)
{
	return w == CANCELLED ? -ECANCELED : -ETIMEDOUT;
}

struct scene {
	int fd;
	enum when when;
};

typedef ssize_t call_fn(int fd, char *buf, int64_t deadline);

static ssize_t call_read(int fd, char *buf, int64_t deadline)
{
	egt_eq(lseek(fd, 0, SEEK_SET), 0);
	return eg_read(fd, buf, BYTES, deadline);
}

static ssize_t call_pread(int fd, char *buf, int64_t deadline)
{
	return eg_pread(fd, buf, BYTES, 0, deadline);
}

static ssize_t call_write(int fd, char *buf, int64_t deadline)
{
	kit_fill(buf, BYTES, 0);
	egt_eq(lseek(fd, 0, SEEK_SET), 0);
	return eg_write(fd, buf, BYTES, deadline);
}

static ssize_t call_pwrite(int fd, char *buf, int64_t deadline)
{
	kit_fill(buf, BYTES, 0);
	return eg_pwrite(fd, buf, BYTES, 0, deadline);
}

static const struct {
	const char *name;
	call_fn *call;
	long nr;
} calls[] = {
	{ "read", call_read, SYS_preadv2 },
	{ "pread", call_pread, SYS_preadv2 },
	{ "write", call_write, SYS_pwritev2 },
	{ "pwrite", call_pwrite, SYS_pwritev2 },
};

/* The next request finds that it would have to wait. */
static void refuse_once(long nr)
{
	eg__faults = (struct eg_faults){ .countdown = 1,
					 .error = -EAGAIN,
					 .only_nr = nr };
}

/* Some file systems cannot say whether they would wait. */
static bool can_be_tried(int fd, long nr)
{
	char buf[BYTES];
	struct iovec iov = { buf, BYTES };
	ssize_t r;

	kit_fill(buf, BYTES, 0);
	if (nr == SYS_preadv2)
		r = preadv2(fd, &iov, 1, 0, RWF_NOWAIT);
	else
		r = pwritev2(fd, &iov, 1, 0, RWF_NOWAIT);
	return r == BYTES;
}

static void *use_file(void *arg)
{
	const struct scene *s = arg;
	char buf[BYTES];

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		egt_casef("%s, %s", calls[i].name, when_names[s->when]);
		if (s->when == CANCELLED)
			egt_eq(eg_cancel(eg_self()), 0);
		refuse_once(calls[i].nr);
		egt_eq(calls[i].call(s->fd, buf, deadline_of(s->when)),
		       error_of(s->when));
		egt_eq(eg__faults.countdown, 0);
		if (!can_be_tried(s->fd, calls[i].nr))
			continue;
		egt_eq(calls[i].call(s->fd, buf, deadline_of(s->when)), BYTES);
		kit_expect(buf, BYTES, 0);
	}
	return NULL;
}

EG_TEST(file_in_memory_is_not_waited_for)
{
	struct scene s = { .fd = kit_file(BYTES) };

	for (s.when = NOW; s.when < WHENS; s.when++)
		kit_join(kit_spawn(use_file, &s));
	egt_eq(eg_close(s.fd), 0);
}
