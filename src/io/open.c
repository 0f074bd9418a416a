/* SPDX-License-Identifier: MIT */
/*
 * Opening files: by the backend, or by a helper thread, which the end of the
 * wait brings out of a FIFO that lacks its other end.
 */
#include "base/fault.h"
#include "base/sys.h"
#include "io/call.h"
#include "io/fd.h"
#include "io/file.h"
#include "io/offload.h"

#include <evergreen/io.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct open_job {
	struct eg_job job;
	char *path; /* owned */
	int flags;
	unsigned mode;
};

static const struct eg_wait_kind open_wait = {
	.what = "open",
	.abort = eg__op_abort,
};

static int open_async(struct eg_fiber *self, const char *path, int flags,
		      unsigned mode, int64_t deadline)
{
	struct eg_op op;

	eg__op_init(&op, EG_OP_OPEN, AT_FDCWD, EG_DIR_IN, NULL);
	op.buf = (void *)(uintptr_t)path;
	op.flags = (uint32_t)flags;
	op.len = mode;
	return eg__op_await(self, &op, &open_wait, deadline);
}

/* Whether the open may wait for another end. A path that becomes a FIFO right
 * after this was one too late. */
static bool may_wait(const struct open_job *o)
{
	struct stat st;
	int r;

	if ((o->flags & O_ACCMODE) == O_RDWR ||
	    o->flags & (O_NONBLOCK | O_PATH | O_DIRECTORY))
		return false;
	r = (int)eg__syscall4(SYS_newfstatat, AT_FDCWD, o->path, &st, 0);
	return r < 0 ? r != -ENOENT : S_ISFIFO(st.st_mode);
}

static int open_path(const struct open_job *o)
{
	int r;

	do
		r = eg__sys_openat(AT_FDCWD, o->path, o->flags, o->mode);
	while (r == -EINTR);
	return r;
}

static int64_t run_open(void *arg)
{
	struct open_job *o = arg;
	int r;

	if (!may_wait(o))
		return open_path(o);
	r = eg__job_begin_lasting(&o->job, SYS_openat);
	if (r < 0)
		return r;
	r = open_path(o);
	eg__job_end_lasting(&o->job);
	return r;
}

/* No file has an empty path. The kernel reads it at the start of the call. */
static void spoil_open(void *arg)
{
	struct open_job *o = arg;

	__atomic_store_n(o->path, '\0', __ATOMIC_RELAXED);
}

static int open_on_thread(struct open_job *o, int64_t deadline)
{
	int r = eg__offload(&o->job, "eg_open", deadline);

	if (r < 0)
		return r;
	/* It may have been opened all the same, or failed by itself. */
	r = (int)o->job.result;
	return r == -ENOENT && o->job.reason ? o->job.reason : r;
}

static int open_copied(const char *path, int flags, unsigned mode,
		       int64_t deadline)
{
	size_t len = strnlen(path, PATH_MAX);
	struct open_job o = {
		.job = { .fn = run_open, .arg = &o, .spoil = spoil_open },
		.flags = flags,
		.mode = mode
	};
	int r;

	if (len == PATH_MAX)
		return -ENAMETOOLONG;
	o.path = eg__fault(EG_FAULT_ALLOC) ? NULL : malloc(len + 1);
	if (!o.path)
		return -ENOMEM;
	memcpy(o.path, path, len + 1);
	r = open_on_thread(&o, deadline);
	free(o.path);
	return r;
}

int eg_open(const char *path, int flags, unsigned mode, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	int r;

	if (!path)
		return -EINVAL;
	if (!self)
		return eg__refuse_blocking("eg_open");
	flags |= O_CLOEXEC;
	if (eg__has_async_files(self))
		r = open_async(self, path, flags, mode, deadline);
	else
		r = open_copied(path, flags, mode, deadline);
	if (r >= 0)
		eg__fd_is_new(self->hub, r);
	return r;
}
