/* SPDX-License-Identifier: MIT */
/*
 * Descriptors as the io layer sees them: what each is, who waits in line for
 * it, and how it is closed under those who wait.
 */
#ifndef EG_IO_FD_H
#define EG_IO_FD_H

#include "io/call.h"

/* Makes the entry of @fd and looks at what it is. -EBADF, -ENOMEM. */
int eg__fd_adopt(struct eg_hub *hub, int fd, struct eg_fd **ret);

/* The entry of @fd, adopted if it is not known yet. */
static inline int eg__fd_use(struct eg_hub *hub, int fd, struct eg_fd **ret)
{
	struct eg_fd *e = eg__fd_find(&hub->loop.fds, fd);

	if (eg_unlikely(!e || e->kind == EG_FD_UNKNOWN))
		return eg__fd_adopt(hub, fd, ret);
	*ret = e;
	return 0;
}

/* The number @fd is new: forgets what an earlier descriptor left. */
void eg__fd_is_new(struct eg_hub *hub, int fd);

/*
 * Around a helper thread's use of the number: a close in between happens at the
 * end, so that the thread, which may come late, never meets another file.
 */
void eg__fd_job_begin(struct eg_fd *e);
void eg__fd_job_end(struct eg_fd *e, int fd);

/* Waits until the direction is free and takes it. May switch. */
EG_MAY_SWITCH int eg__fd_queue_wait(struct eg_call *c);
/* Gives the free direction to the first in line. */
void eg__fd_queue_next(struct eg_fd *e, enum eg_dir dir);

#endif
