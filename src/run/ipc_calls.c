/* SPDX-License-Identifier: MIT */
/*
 * System V and POSIX message queues, semaphores: tried without waiting, then by
 * a helper thread or, where they have a descriptor, by polling it. With them,
 * the rows of all calls that may end on a helper.
 */
#include "run/copy_calls.h"
#include "run/descriptor.h"
#include "run/offload.h"
#include "run/user_memory.h"

#include <sys/ipc.h>
#include <sys/sem.h>

/* @now is @c with IPC_NOWAIT, and says @not_now instead of waiting. signal(7):
 * none of these is begun again, whatever SA_RESTART says. */
static int64_t try_first(const struct eg_run_call *c,
			 const struct eg_run_call *now, int64_t not_now)
{
	int64_t r;

	r = eg__run_kernel(now);
	if (r != not_now)
		return r;
	r = eg__run_offload(c, true);
	return r == EG_RUN_RESTART ? -EINTR : r;
}

static int64_t call_msgsnd(struct eg_run_call *c)
{
	struct eg_run_call now = *c;

	if (c->a[3] & IPC_NOWAIT)
		return eg__run_kernel(c);
	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	now.a[3] |= IPC_NOWAIT;
	return try_first(c, &now, -EAGAIN);
}

static int64_t call_msgrcv(struct eg_run_call *c)
{
	struct eg_run_call now = *c;

	if (c->a[4] & IPC_NOWAIT)
		return eg__run_kernel(c);
	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	now.a[4] |= IPC_NOWAIT;
	return try_first(c, &now, -ENOMSG);
}

/* semop and semtimedop. Few operations are tried first, on a copy. */
static int64_t call_semop(struct eg_run_call *c)
{
	enum { FEW = 8 };
	struct sembuf operations[FEW];
	struct eg_run_call now = *c;
	size_t n = (size_t)c->a[2], patient = 0;
	int64_t r;

	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	if (n && n <= FEW) {
		if (eg__run_copy_in(operations, (void *)c->a[1],
				    n * sizeof(operations[0])) < 0)
			return -EFAULT;
		for (size_t i = 0; i < n; i++) {
			patient += !(operations[i].sem_flg & IPC_NOWAIT);
			operations[i].sem_flg |= IPC_NOWAIT;
		}
		if (!patient)
			return eg__run_kernel(c);
		now.nr = SYS_semop;
		now.a[1] = (int64_t)operations;
		return try_first(c, &now, -EAGAIN);
	}
	r = eg__run_offload(c, true);
	return r == EG_RUN_RESTART ? -EINTR : r;
}

/* A queue's descriptor can be polled, and a deadline long past makes the call
 * answer at once. */
static int64_t call_queue(struct eg_run_call *c)
{
	static const struct timespec long_past = { 0 };
	enum eg_dir dir = c->nr == SYS_mq_timedreceive ? EG_DIR_IN : EG_DIR_OUT;
	struct eg_run_call now = *c;
	int fd = (int)c->a[0];
	struct eg_run_io io;
	struct eg_fd *e;
	int64_t deadline, r;

	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	e = eg__run_fd(fd);
	if (!e)
		return eg__run_fd_refuse(c, fd);
	r = eg__run_deadline_absolute(
		CLOCK_REALTIME, (const struct timespec *)c->a[4], &deadline);
	if (r < 0)
		return r;
	now.a[4] = (int64_t)&long_past;
	eg__run_io_begin(&io, fd, e, dir);
	for (;;) {
		now.a[0] = io.fd;
		eg__run_io_sample(&io);
		r = eg__run_kernel(&now);
		if (r != -ETIMEDOUT)
			break;
		io.has_asked = true;
		io.deadline = deadline;
		r = eg__run_io_wait(&io);
		if (r < 0)
			break;
	}
	eg__run_io_end(&io);
	if (r == EG_RUN_CANNOT_WAIT)
		return eg__run_offload(c, true);
	/* EAGAIN of a wait: the time is up. Of the kernel: O_NONBLOCK. */
	return r == -EAGAIN && io.has_waited ? -ETIMEDOUT : r;
}

const struct eg_run_row eg__run_offload_rows[] = {
	{ SYS_msgsnd, call_msgsnd },
	{ SYS_msgrcv, call_msgrcv },
	{ SYS_semop, call_semop },
	{ SYS_semtimedop, call_semop },
	{ SYS_mq_timedsend, call_queue },
	{ SYS_mq_timedreceive, call_queue },
	{ SYS_sendfile, eg__run_call_sendfile },
	{ SYS_splice, eg__run_call_splice },
	{ SYS_tee, eg__run_call_tee },
	{ SYS_vmsplice, eg__run_call_vmsplice },
	{ SYS_copy_file_range, eg__run_call_copy_file_range },
	{ -1, NULL },
};
