/* SPDX-License-Identifier: MIT */
/*
 * Descriptors and files: as read(2) and its kin, but only the calling fiber
 * waits. A descriptor's own flags are left alone. One fiber at a time may read
 * a descriptor and one may write it: a second gets -EBUSY, and the log names
 * both, unless eg_fd_queue(3) has them take turns.
 *
 * A descriptor that these calls have used belongs to the hub: close it with
 * eg_close(3), or tell eg_fd_forget(3) before anybody else closes it.
 */
#ifndef EVERGREEN_IO_H
#define EVERGREEN_IO_H

#include <evergreen/time.h>
#include <evergreen/version.h>

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * eg_read - read from a descriptor
 * @fd: socket, pipe, terminal, eventfd, regular file ...
 * @buf: where to put it; the kernel's until the call returns
 * @len: how much at most
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch. A regular file is read at its file position: by io_uring, or by a
 * helper thread when its data is not in memory.
 *
 * Return: bytes read, 0 at the end of input, or
 *   -ECANCELED  the fiber was cancelled; nothing was read
 *   -ETIMEDOUT  nothing by @deadline
 *   -EBUSY      another fiber is reading @fd
 *   -EBADF      @fd is not open for reading, or was closed under the caller
 *   -EINVAL     @buf is NULL, or @len is over INT_MAX
 *   -ENOMEM     no memory for the descriptor's entry
 *   -EPERM      not called from a fiber
 *   and what read(2) can return
 * Thread safety: the fiber's own thread. Since: 0.1. Source: SK-01.
 */
EG_API ssize_t eg_read(int fd, void *buf, size_t len, int64_t deadline);

/**
 * eg_write - write all of a buffer to a descriptor
 * @fd: socket, pipe, terminal, eventfd, regular file ...
 * @buf: what to write; the kernel's until the call returns
 * @len: how much
 * @deadline: absolute time over the whole, or EG_FOREVER; EG_NOW: what fits
 *
 * May switch. Returns less than @len only when an error came after a part was
 * written; call again to get the error.
 *
 * Return: bytes written, or
 *   -ECANCELED  the fiber was cancelled; nothing was written
 *   -ETIMEDOUT  nothing could be written by @deadline
 *   -EBUSY      another fiber is writing @fd
 *   -EBADF      @fd is not open for writing, or was closed under the caller
 *   -EPIPE      nobody reads any more; no SIGPIPE is sent for sockets
 *   -EINVAL     @buf is NULL, or @len is over INT_MAX
 *   -ENOMEM     no memory for the descriptor's entry
 *   -EPERM      not called from a fiber
 *   and what write(2) can return
 * Thread safety: the fiber's own thread. Since: 0.1. Source: SK-09.
 */
EG_API ssize_t eg_write(int fd, const void *buf, size_t len, int64_t deadline);

/**
 * eg_pread - read from a file at an offset
 * @fd: a regular file or block device
 * @buf: where to put it; the kernel's until the call returns
 * @len: how much at most
 * @offset: bytes from the start of the file
 * @deadline: absolute time, or EG_FOREVER
 *
 * May switch. What is in memory is copied at once; the rest comes by io_uring
 * or by a helper thread, while other fibers run. Any number of fibers may read
 * one file.
 *
 * Return: bytes read, 0 at the end of the file, or
 *   -ECANCELED  the fiber was cancelled; @buf may have been written to
 *   -ETIMEDOUT  not there by @deadline; @buf may have been written to
 *   -EBADF      @fd is not open for reading
 *   -ESPIPE     @fd has no offsets
 *   -EINVAL     @buf is NULL, @len is over INT_MAX, or @offset is negative
 *   -ENOMEM     no memory for the descriptor's entry
 *   -EAGAIN     without io_uring: no helper thread could be started
 *   -EPERM      not called from a fiber
 *   and what pread(2) can return
 * Thread safety: the fiber's own thread. Since: 0.1.
 */
EG_API ssize_t eg_pread(int fd, void *buf, size_t len, int64_t offset,
			int64_t deadline);

/**
 * eg_pwrite - write to a file at an offset
 * @fd: a regular file or block device
 * @buf: what to write; the kernel's until the call returns
 * @len: how much
 * @offset: bytes from the start of the file
 * @deadline: absolute time, or EG_FOREVER
 *
 * May switch.
 *
 * Return: bytes written, or
 *   -ECANCELED  the fiber was cancelled; the file may have been changed
 *   -ETIMEDOUT  not done by @deadline; the file may have been changed
 *   -EBADF      @fd is not open for writing
 *   -ESPIPE     @fd has no offsets
 *   -EINVAL     @buf is NULL, @len is over INT_MAX, or @offset is negative
 *   -ENOMEM     no memory for the descriptor's entry
 *   -EAGAIN     without io_uring: no helper thread could be started
 *   -EPERM      not called from a fiber
 *   and what pwrite(2) can return
 * Thread safety: the fiber's own thread. Since: 0.1.
 */
EG_API ssize_t eg_pwrite(int fd, const void *buf, size_t len, int64_t offset,
			 int64_t deadline);

/**
 * eg_open - open a file without stopping the other fibers
 * @path: as for open(2)
 * @flags: as for open(2); O_CLOEXEC is added
 * @mode: as for open(2)
 * @deadline: absolute time, or EG_FOREVER
 *
 * May switch: a path can lie on a slow disk, a FIFO can lack its other end,
 * which is waited for as open(2) does. What a disk holds up cannot be ended:
 * the call then returns after it, whatever the deadline.
 *
 * Without io_uring a FIFO is opened by a helper thread of its own. A real-time
 * signal ends its wait: one that has no handler when the first FIFO is opened.
 *
 * Return: a descriptor, or
 *   -ECANCELED  the fiber was cancelled; nothing is open
 *   -ETIMEDOUT  not open by @deadline; nothing is open
 *   -EINVAL     @path is NULL
 *   -EAGAIN     without io_uring: no helper thread could be started, or, for a
 *               FIFO, all real-time signals have handlers
 *   -EPERM      not called from a fiber
 *   and what open(2) can return
 * Thread safety: the fiber's own thread. Since: 0.1. See: eg_close(3)
 */
EG_API int eg_open(const char *path, int flags, unsigned mode,
		   int64_t deadline);

/**
 * eg_close - close a descriptor, and wake who waits on it
 * @fd: any descriptor
 *
 * Does not switch. Fibers waiting on @fd get -EBADF, and the number cannot be
 * confused with a later descriptor's (semantics SK-04).
 *
 * Return: 0, or
 *   -EBADF  @fd is not open
 *   -EPERM  no hub runs on this thread
 *   and what close(2) can return; @fd is closed all the same
 * Thread safety: the hub's thread. Since: 0.1. See: eg_fd_forget(3)
 */
EG_API int eg_close(int fd);

/**
 * eg_fd_forget - take a descriptor away from the hub without closing it
 * @fd: any descriptor
 *
 * For a descriptor that other code is going to close, or that another hub is
 * going to use. Fibers waiting on it get -EBADF.
 *
 * Return: 0, or
 *   -EBADF  @fd is negative
 *   -EPERM  no hub runs on this thread
 * Thread safety: the hub's thread. Since: 0.1. See: eg_close(3)
 */
EG_API int eg_fd_forget(int fd);

/**
 * eg_fd_queue - let several fibers wait in line for one descriptor
 * @fd: any descriptor
 * @queue: true: a second reader or writer waits its turn; false: -EBUSY
 *
 * Return: 0, or
 *   -EBADF   @fd is negative
 *   -ENOMEM  no memory for the descriptor's entry
 *   -EPERM   no hub runs on this thread
 * Thread safety: the hub's thread. Since: 0.1. Source: EH-10.
 */
EG_API int eg_fd_queue(int fd, bool queue);

/**
 * eg_wait_fd - wait until a descriptor is ready
 * @fd: a descriptor that poll(2) knows
 * @events: POLLIN, POLLOUT, or both
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: look
 *
 * May switch. For libraries that do their own I/O on non-blocking descriptors.
 *
 * Return: the events that are there, POLLERR and POLLHUP too, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  nothing by @deadline
 *   -EBUSY      another fiber reads @fd, or for POLLOUT alone: writes it
 *   -EBADF      @fd is not open, or was closed under the caller
 *   -EINVAL     @events names none, or others
 *   -ENOMEM     no memory
 *   -EPERM      not called from a fiber, or @fd cannot be polled
 * Thread safety: the fiber's own thread. Since: 0.1.
 */
EG_API int eg_wait_fd(int fd, int events, int64_t deadline);

/**
 * eg_sendfile - send a part of a file over a socket or pipe
 * @out_fd: where to
 * @in_fd: a regular file
 * @offset: bytes from the start of the file
 * @len: how much
 * @deadline: absolute time over the whole, or EG_FOREVER
 *
 * May switch. Reading from the disk and waiting for the peer stop this fiber
 * only. Returns less than @len at the end of the file, or when an error came
 * after a part was sent.
 *
 * Return: bytes sent, or
 *   -ECANCELED  the fiber was cancelled; nothing was sent
 *   -ETIMEDOUT  nothing could be sent by @deadline
 *   -EBUSY      another fiber is writing @out_fd
 *   -EBADF      a descriptor is not open, or was closed under the caller
 *   -EPIPE      nobody reads any more
 *   -EINVAL     @offset is negative
 *   -ENOMEM     no memory for a buffer
 *   -EPERM      not called from a fiber
 *   and what read(2) and write(2) can return
 * Thread safety: the fiber's own thread. Since: 0.1.
 */
EG_API ssize_t eg_sendfile(int out_fd, int in_fd, int64_t offset, size_t len,
			   int64_t deadline);

typedef int64_t eg_offload_fn(void *arg);

/**
 * eg_offload - run a function that blocks on a helper thread
 * @fn: must not call eg_ functions
 * @arg: passed to @fn; must live until the call returns
 * @ret_value: set to what @fn returned; may be NULL
 * @deadline: absolute time, or EG_FOREVER
 *
 * May switch. A function that has begun cannot be stopped: the call then waits
 * for it, whatever the deadline, because @arg is in its hands.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled before @fn began; it never will
 *   -ETIMEDOUT  @fn had not begun by @deadline; it never will
 *   -EINVAL     @fn is NULL
 *   -EAGAIN     no helper thread could be started
 *   -EPERM      not called from a fiber
 * Thread safety: the fiber's own thread. Since: 0.1. Source: TP-01, TP-09.
 */
EG_API int eg_offload(eg_offload_fn *fn, void *arg, int64_t *ret_value,
		      int64_t deadline);

#ifdef __cplusplus
}
#endif
#endif
