/* SPDX-License-Identifier: MIT */
/*
 * Regular files: never "not ready", so they need the backend's asynchronous
 * reads or a helper thread.
 */
#ifndef EG_IO_FILE_H
#define EG_IO_FILE_H

#include "core/park.h"
#include "loop/op.h"

#include <sys/types.h>

/*
 * Reads or writes a file at @offset, or at its position for -1: what is in
 * memory at once, the rest by waiting. May switch.
 */
EG_MAY_SWITCH ssize_t eg__file_rw(struct eg_fiber *self, int fd,
				  enum eg_dir dir, void *buf, size_t len,
				  int64_t offset, int64_t deadline);

#endif
