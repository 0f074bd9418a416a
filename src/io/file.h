/* SPDX-License-Identifier: MIT */
/*
 * Regular files: never "not ready", so they need the backend's asynchronous
 * reads or a helper thread.
 */
#ifndef EG_IO_FILE_H
#define EG_IO_FILE_H

#include "core/park.h"
#include "loop/fd_table.h"

#include <sys/types.h>

/* A piece of a file to be read (EG_DIR_IN) or written. */
struct eg_file_rw {
	struct eg_fd *entry; /* borrowed: the descriptor's */
	int fd;
	enum eg_dir dir;
	void *buf;
	size_t len;
	int64_t offset; /* -1: at the file's position */
};

static inline bool eg__has_async_files(const struct eg_fiber *self)
{
	return self->hub->loop.backend->caps & EG_CAP_FILES;
}

/* What is in memory at once, the rest by waiting. May switch. */
EG_MAY_SWITCH ssize_t eg__file_rw(struct eg_fiber *self, struct eg_file_rw *rw,
				  int64_t deadline);

#endif
