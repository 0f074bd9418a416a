/* SPDX-License-Identifier: MIT */
/*
 * Calls about descriptors themselves: making, duplicating and closing them,
 * their flags, and locks on files. Transfers nothing.
 */
#include "base/mem.h"
#include "run/descriptor.h"
#include "run/guard.h"
#include "run/offload.h"
#include "run/user_memory.h"

#include <asm/ioctls.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sys/file.h>

/* Closing */

static int64_t call_close(struct eg_run_call *c)
{
	int fd = (int)c->a[0];
	struct eg_fd *e = eg__fd_find(&eg__run.hub->loop.fds, fd);

	/* Known is also what was only polled. */
	if (e && (e->kind != EG_FD_UNKNOWN || e->is_watched))
		eg__run_fd_forget(fd);
	else if (eg__run_fd_is_own(fd))
		return -EBADF;
	return eg__run_kernel(c);
}

static void release_range(unsigned first, unsigned last)
{
	const struct eg_fd_table *fds = &eg__run.hub->loop.fds;

	for (unsigned fd = first; fd <= last && fd < EG_FD_MAX; fd++) {
		if (!fds->chunks || !fds->chunks[fd / EG_FD_CHUNK]) {
			fd |= EG_FD_CHUNK - 1;
			continue;
		}
		if (!eg__run_fd_is_own((int)fd))
			eg__run_fd_forget((int)fd);
	}
}

static int64_t call_close_range(struct eg_run_call *c)
{
	unsigned first = (unsigned)c->a[0], last = (unsigned)c->a[1];
	/* The table is shared with the layer's helper threads, and with no
	 * thread of the program that the kernel knows. */
	int64_t flags = c->a[2] & ~(int64_t)CLOSE_RANGE_UNSHARE;
	int64_t r = 0;

	if (first > last || flags)
		return eg__run_kernel(c);
	release_range(first, last);
	for (;;) {
		unsigned own = eg__run_fd_next_own(first);
		unsigned end = own <= last ? own - 1 : last;

		if (own != first)
			r = eg__syscall3(SYS_close_range, first, end, 0);
		if (r < 0 || end == last || own == last)
			return r;
		first = own + 1;
	}
}

/* Duplicating */

/* From now on the flags of one are the flags of the other. */
static void note_duplicate(int from, int to)
{
	struct eg_fd *e = eg__fd_find(&eg__run.hub->loop.fds, from);
	struct eg_fd *copy;

	eg__run_fd_is_new(to);
	if (!e || e->kind == EG_FD_UNKNOWN)
		return;
	e->is_duplicated = true;
	if (eg__fd_table_make(&eg__run.hub->loop.fds, to, &copy) < 0)
		return;
	copy->kind = e->kind;
	copy->type = e->type;
	copy->is_stream = e->is_stream;
	copy->is_duplicated = true;
}

static int64_t duplicate(const struct eg_run_call *c)
{
	int64_t r;

	if (eg__run_fd_is_own((int)c->a[0]))
		return -EBADF;
	r = eg__run_kernel(c);
	if (r >= 0)
		note_duplicate((int)c->a[0], (int)r);
	return r;
}

static int64_t call_dup(struct eg_run_call *c)
{
	return duplicate(c);
}

/* dup2 and dup3: the target's file is closed, if the call succeeds. */
static int64_t call_dup_to(struct eg_run_call *c)
{
	int from = (int)c->a[0], to = (int)c->a[1];
	int64_t r;

	if (eg__run_fd_is_own(from))
		return -EBADF;
	if (from == to || eg__sys_fcntl(from, F_GETFD, 0) < 0)
		return eg__run_kernel(c);
	if (eg__run_fd_is_own(to) && eg__run_fd_make_way(to) < 0)
		return -EBADF;
	eg__run_fd_forget(to);
	r = eg__run_kernel(c);
	if (r >= 0)
		note_duplicate(from, to);
	return r;
}

/* Listing */

/* Whether @fd is /proc/N/fd or /proc/N/fdinfo, of whoever. */
static bool lists_descriptors(int fd)
{
	char path[64];
	long n = eg__run_fd_path(fd, path, sizeof(path));
	const char *last = path;

	for (const char *p = path; n > 0 && *p; p++)
		if (*p == '/')
			last = p + 1;
	return n > 0 && path[0] == '/' && path[1] == 'p' &&
	       (!eg__strcmp(last, "fd") || !eg__strcmp(last, "fdinfo"));
}

static bool names_own(const char *name)
{
	unsigned fd = 0;

	for (; *name >= '0' && *name <= '9' && fd < EG_FD_MAX; name++)
		fd = fd * 10 + (unsigned)(*name - '0');
	return !*name && eg__run_fd_is_own((int)fd);
}

/* Takes the layer's own out of @bytes of entries of @fd, which the kernel has
 * just written; what is left. */
static int64_t without_own(int fd, char *entries, int64_t bytes)
{
	enum { LENGTH = 16, NAME = 19 }; /* in struct linux_dirent64 */
	int64_t from = 0, to = 0;
	uint16_t length;

	for (; from < bytes; from += length) {
		eg__memcpy(&length, entries + from + LENGTH, sizeof(length));
		/* A folder of the program's may have such a name, too. */
		if (names_own(entries + from + NAME) && lists_descriptors(fd))
			continue;
		if (to != from)
			eg__memcpy(entries + to, entries + from, length);
		to += length;
	}
	return to;
}

static int64_t call_getdents64(struct eg_run_call *c)
{
	int64_t r, left;

	do {
		r = left = eg__run.options.files == EG_RUN_FILES_OFFLOAD
				   ? eg__run_offload(c, false)
				   : eg__run_kernel(c);
		if (r > 0)
			left = without_own((int)c->a[0], (char *)c->a[1], r);
	} while (r > 0 && !left); /* 0 would say that it was the end */
	return left;
}

/* Programs look by fstat(), too, which of all numbers are descriptors. */
static int64_t call_fstat(struct eg_run_call *c)
{
	return eg__run_fd_is_own((int)c->a[0]) ? -EBADF : eg__run_kernel(c);
}

static int64_t call_fstatat(struct eg_run_call *c)
{
	int64_t flags = c->a[c->nr == SYS_statx ? 2 : 3];

	return flags & AT_EMPTY_PATH ? call_fstat(c) : eg__run_kernel(c);
}

/* Flags and locks */

static void note_mode(int fd, bool is_nonblocking)
{
	struct eg_fd *e = eg__fd_find(&eg__run.hub->loop.fds, fd);

	if (e)
		e->is_nonblocking = is_nonblocking;
}

/* @c waits, and would answer -EAGAIN or -EACCES as @now instead. */
static int64_t lock(const struct eg_run_call *c, const struct eg_run_call *now)
{
	int64_t r;

	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	r = eg__run_kernel(now);
	if (r != -EAGAIN && r != -EACCES)
		return r;
	return eg__run_offload(c, true);
}

static int64_t call_fcntl(struct eg_run_call *c)
{
	int fd = (int)c->a[0];
	struct eg_run_call now = *c;
	int64_t r;

	if (eg_unlikely(eg__run_fd_is_own(fd)))
		return -EBADF;
	switch ((int)c->a[1]) {
	case F_SETFL:
		r = eg__run_kernel(c);
		if (r >= 0)
			note_mode(fd, c->a[2] & O_NONBLOCK);
		return r;
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return duplicate(c);
	case F_SETLKW:
		now.a[1] = F_SETLK;
		return lock(c, &now);
	case F_OFD_SETLKW:
		now.a[1] = F_OFD_SETLK;
		return lock(c, &now);
	}
	return eg__run_kernel(c);
}

static int64_t call_flock(struct eg_run_call *c)
{
	struct eg_run_call now = *c;

	if (c->a[1] & LOCK_NB)
		return eg__run_kernel(c);
	now.a[1] |= LOCK_NB;
	return lock(c, &now);
}

static int64_t call_ioctl(struct eg_run_call *c)
{
	int fd = (int)c->a[0];
	int64_t r;
	int value;

	switch ((unsigned)c->a[1]) {
	case FIONBIO:
		if (eg__run_fd_is_own(fd))
			return -EBADF;
		r = eg__run_kernel(c);
		if (r >= 0 && eg__run_copy_in(&value, (void *)c->a[2],
					      sizeof(value)) == 0)
			note_mode(fd, value != 0);
		return r;
	case TCSBRK: /* tcdrain() and its kin wait for the line */
	case TCSBRKP:
	case TCSETSW:
	case TCSETSF:
		return eg__run_guarded_or_offload(c);
	}
	return eg__run_kernel(c);
}

/* Making */

/*
 * The open of a FIFO waits for its other end. No flag says "unless it blocks"
 * and changes nothing else (O_NONBLOCK is an error for a writer, and stays); to
 * ask for the kind of file first costs half an open. So it is made under guard,
 * which costs nothing.
 */
static int64_t open_file(const struct eg_run_call *c, int flags)
{
	int64_t r;

	if (eg__run.options.files == EG_RUN_FILES_OFFLOAD)
		r = eg__run_offload(c, true);
	else if (flags & (O_NONBLOCK | O_PATH | O_DIRECTORY) ||
		 (flags & O_ACCMODE) == O_RDWR)
		r = eg__run_kernel(c);
	else
		r = eg__run_guarded_or_offload(c);
	if (r >= 0)
		eg__run_fd_is_new((int)r);
	return r;
}

static int64_t call_open(struct eg_run_call *c)
{
	return open_file(c, (int)c->a[1]);
}

static int64_t call_openat(struct eg_run_call *c)
{
	return open_file(c, (int)c->a[2]);
}

static int64_t call_creat(struct eg_run_call *c)
{
	return open_file(c, O_WRONLY | O_CREAT | O_TRUNC);
}

static int64_t call_openat2(struct eg_run_call *c)
{
	return open_file(c, 0);
}

static void note_pipe(const int *user, int64_t flags)
{
	int fds[2];

	if (eg__run_copy_in(fds, user, sizeof(fds)) < 0)
		return;
	for (int i = 0; i < 2; i++)
		eg__run_fd_made(fds[i], EG_FD_STREAM, EG_RUN_FD_PIPE,
				flags & O_NONBLOCK);
}

static int64_t call_pipe(struct eg_run_call *c)
{
	int64_t r = eg__run_kernel(c);

	if (r == 0)
		note_pipe((const int *)c->a[0],
			  c->nr == SYS_pipe2 ? c->a[1] : 0);
	return r;
}

static int64_t call_eventfd(struct eg_run_call *c)
{
	int64_t r = eg__run_kernel(c);

	if (r >= 0)
		eg__run_fd_made((int)r, EG_FD_STREAM, EG_RUN_FD_EVENT,
				c->nr == SYS_eventfd2 && c->a[1] & O_NONBLOCK);
	return r;
}

const struct eg_run_row eg__run_descriptor_rows[] = {
	{ SYS_close, call_close },
	{ SYS_close_range, call_close_range },
	{ SYS_dup, call_dup },
	{ SYS_dup2, call_dup_to },
	{ SYS_dup3, call_dup_to },
	{ SYS_fcntl, call_fcntl },
	{ SYS_flock, call_flock },
	{ SYS_fstat, call_fstat },
	{ SYS_newfstatat, call_fstatat },
	{ SYS_statx, call_fstatat },
	{ SYS_ioctl, call_ioctl },
	{ SYS_open, call_open },
	{ SYS_openat, call_openat },
	{ SYS_openat2, call_openat2 },
	{ SYS_creat, call_creat },
	{ SYS_getdents64, call_getdents64 },
	{ SYS_pipe, call_pipe },
	{ SYS_pipe2, call_pipe },
	{ SYS_eventfd, call_eventfd },
	{ SYS_eventfd2, call_eventfd },
	{ -1, NULL },
};
