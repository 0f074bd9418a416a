/* SPDX-License-Identifier: MIT */
/*
 * Calls of io.h that make no sense.
 */
#include "bad_input.h"

#include <fcntl.h>
#include <poll.h>

enum { NO_FD = -1, CLOSED_FD = 1000 };

static char buf[8];
static const size_t too_long = (size_t)INT_MAX + 1;

static int64_t do_nothing(void *arg)
{
	(void)arg;
	return 0;
}

#define READ_ROWS(X)                                             \
	X(eg_read, no_buffer, FIBER, -EINVAL,                    \
	  eg_read(bad_ours.fd, NULL, 1, EG_FOREVER))             \
	X(eg_read, too_long, FIBER, -EINVAL,                     \
	  eg_read(bad_ours.fd, buf, too_long, EG_FOREVER))       \
	X(eg_read, negative, FIBER, -EBADF,                      \
	  eg_read(NO_FD, buf, 1, EG_FOREVER))                    \
	X(eg_read, closed, FIBER, -EBADF,                        \
	  eg_read(CLOSED_FD, buf, 1, EG_FOREVER))                \
	X(eg_read, no_fiber, NO_FIBER, -EPERM,                   \
	  eg_read(bad_ours.fd, buf, 1, EG_FOREVER))              \
	X(eg_write, no_buffer, FIBER, -EINVAL,                   \
	  eg_write(bad_ours.fd, NULL, 1, EG_FOREVER))            \
	X(eg_write, too_long, FIBER, -EINVAL,                    \
	  eg_write(bad_ours.fd, buf, too_long, EG_FOREVER))      \
	X(eg_write, negative, FIBER, -EBADF,                     \
	  eg_write(INT_MIN, buf, 1, EG_FOREVER))                 \
	X(eg_write, closed, FIBER, -EBADF,                       \
	  eg_write(CLOSED_FD, buf, 1, EG_FOREVER))               \
	X(eg_write, no_fiber, NO_FIBER, -EPERM,                  \
	  eg_write(bad_ours.fd, buf, 1, EG_FOREVER))             \
	X(eg_pread, no_buffer, FIBER, -EINVAL,                   \
	  eg_pread(bad_ours.fd, NULL, 1, 0, EG_FOREVER))         \
	X(eg_pread, too_long, FIBER, -EINVAL,                    \
	  eg_pread(bad_ours.fd, buf, too_long, 0, EG_FOREVER))   \
	X(eg_pread, negative_offset, FIBER, -EINVAL,             \
	  eg_pread(bad_ours.fd, buf, 1, -1, EG_FOREVER))         \
	X(eg_pread, closed, FIBER, -EBADF,                       \
	  eg_pread(CLOSED_FD, buf, 1, 0, EG_FOREVER))            \
	X(eg_pread, socket, FIBER, -ESPIPE,                      \
	  eg_pread(bad_ours.fd, buf, 1, 0, EG_FOREVER))          \
	X(eg_pread, no_fiber, NO_FIBER, -EPERM,                  \
	  eg_pread(bad_ours.fd, buf, 1, 0, EG_FOREVER))          \
	X(eg_pwrite, no_buffer, FIBER, -EINVAL,                  \
	  eg_pwrite(bad_ours.fd, NULL, 1, 0, EG_FOREVER))        \
	X(eg_pwrite, too_long, FIBER, -EINVAL,                   \
	  eg_pwrite(bad_ours.fd, buf, too_long, 0, EG_FOREVER))  \
	X(eg_pwrite, negative_offset, FIBER, -EINVAL,            \
	  eg_pwrite(bad_ours.fd, buf, 1, INT64_MIN, EG_FOREVER)) \
	X(eg_pwrite, closed, FIBER, -EBADF,                      \
	  eg_pwrite(CLOSED_FD, buf, 1, 0, EG_FOREVER))           \
	X(eg_pwrite, socket, FIBER, -ESPIPE,                     \
	  eg_pwrite(bad_ours.fd, buf, 1, 0, EG_FOREVER))         \
	X(eg_pwrite, no_fiber, NO_FIBER, -EPERM,                 \
	  eg_pwrite(bad_ours.fd, buf, 1, 0, EG_FOREVER))

#define FD_ROWS(X)                                                          \
	X(eg_open, no_path, FIBER, -EINVAL,                                 \
	  eg_open(NULL, O_RDONLY, 0, EG_FOREVER))                           \
	X(eg_open, no_such_file, FIBER, -ENOENT,                            \
	  eg_open("/no/such/file", O_RDONLY, 0, EG_FOREVER))                \
	X(eg_open, no_fiber, NO_FIBER, -EPERM,                              \
	  eg_open("/dev/null", O_RDONLY, 0, EG_FOREVER))                    \
	X(eg_close, negative, FIBER | HUB, -EBADF, eg_close(NO_FD))         \
	X(eg_close, closed, FIBER | HUB, -EBADF, eg_close(CLOSED_FD))       \
	X(eg_close, no_hub, OUTSIDE, -EPERM, eg_close(CLOSED_FD))           \
	X(eg_fd_forget, negative, FIBER | HUB, -EBADF, eg_fd_forget(NO_FD)) \
	X(eg_fd_forget, no_hub, OUTSIDE, -EPERM, eg_fd_forget(CLOSED_FD))   \
	X(eg_fd_queue, negative, FIBER | HUB, -EBADF,                       \
	  eg_fd_queue(NO_FD, true))                                         \
	X(eg_fd_queue, no_hub, OUTSIDE, -EPERM,                             \
	  eg_fd_queue(bad_ours.fd, true))                                   \
	X(eg_wait_fd, no_events, FIBER, -EINVAL,                            \
	  eg_wait_fd(bad_ours.fd, 0, EG_FOREVER))                           \
	X(eg_wait_fd, other_events, FIBER, -EINVAL,                         \
	  eg_wait_fd(bad_ours.fd, POLLIN | POLLPRI, EG_FOREVER))            \
	X(eg_wait_fd, negative, FIBER, -EBADF,                              \
	  eg_wait_fd(NO_FD, POLLIN, EG_FOREVER))                            \
	X(eg_wait_fd, closed, FIBER, -EBADF,                                \
	  eg_wait_fd(CLOSED_FD, POLLOUT, EG_FOREVER))                       \
	X(eg_wait_fd, no_fiber, NO_FIBER, -EPERM,                           \
	  eg_wait_fd(bad_ours.fd, POLLIN, EG_FOREVER))                      \
	X(eg_sendfile, negative_offset, FIBER, -EINVAL,                     \
	  eg_sendfile(bad_ours.fd, bad_ours.peer, -1, 1, EG_FOREVER))       \
	X(eg_sendfile, closed_out, FIBER, -EBADF,                           \
	  eg_sendfile(CLOSED_FD, bad_ours.fd, 0, 1, EG_FOREVER))            \
	X(eg_sendfile, closed_in, FIBER, -EBADF,                            \
	  eg_sendfile(bad_ours.fd, CLOSED_FD, 0, 1, EG_FOREVER))            \
	X(eg_sendfile, no_fiber, NO_FIBER, -EPERM,                          \
	  eg_sendfile(bad_ours.fd, bad_ours.peer, 0, 1, EG_FOREVER))        \
	X(eg_offload, no_function, FIBER, -EINVAL,                          \
	  eg_offload(NULL, NULL, NULL, EG_FOREVER))                         \
	X(eg_offload, no_fiber, NO_FIBER, -EPERM,                           \
	  eg_offload(do_nothing, NULL, NULL, EG_FOREVER))

#define ROWS(X) READ_ROWS(X) FD_ROWS(X)

BAD_TABLE(bad_io, "io.h", ROWS)
