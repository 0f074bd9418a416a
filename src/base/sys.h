/* SPDX-License-Identifier: MIT */
/*
 * System calls, without libc: each wrapper returns a value >= 0 or a negative
 * errno, and is a fault point in the test library. No state, no retry: what
 * EINTR means is the caller's business.
 */
#ifndef EG_BASE_SYS_H
#define EG_BASE_SYS_H

#include "base/fault.h"
#include "base/tsan.h"
#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/uio.h>
#include <time.h>

#if defined(__x86_64__)
#include "base/arch/x86_64/syscall.h"
#elif defined(__aarch64__)
#include "base/arch/aarch64/syscall.h"
#else
#error "no system-call instruction for this CPU: see docs/porting.md"
#endif

static inline long eg__syscall6(long nr, long a, long b, long c, long d, long e,
				long f)
{
	long fault = eg__fault(nr);

	if (fault)
		return fault;
	return eg__raw_syscall(nr, a, b, c, d, e, f);
}

#define eg__syscall0(nr) eg__syscall6(nr, 0, 0, 0, 0, 0, 0)
#define eg__syscall1(nr, a) eg__syscall6(nr, (long)(a), 0, 0, 0, 0, 0)
#define eg__syscall2(nr, a, b) \
	eg__syscall6(nr, (long)(a), (long)(b), 0, 0, 0, 0)
#define eg__syscall3(nr, a, b, c) \
	eg__syscall6(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define eg__syscall4(nr, a, b, c, d) \
	eg__syscall6(nr, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define eg__syscall5(nr, a, b, c, d, e)                           \
	eg__syscall6(nr, (long)(a), (long)(b), (long)(c), (long)(d), \
		     (long)(e), 0)

/* Memory */

static inline int eg__sys_mmap(size_t bytes, int prot, int flags, int fd,
			       int64_t offset, void **ret)
{
	long r = eg__syscall6(SYS_mmap, 0, (long)bytes, prot, flags, fd,
			      (long)offset);

	if (r < 0 && r > -4096)
		return (int)r;
	eg__tsan_has_mapped();
	*ret = (void *)r;
	return 0;
}

static inline int eg__sys_munmap(void *addr, size_t bytes)
{
	eg__tsan_unmaps();
	return (int)eg__syscall2(SYS_munmap, addr, bytes);
}

static inline int eg__sys_mprotect(void *addr, size_t bytes, int prot)
{
	return (int)eg__syscall3(SYS_mprotect, addr, bytes, prot);
}

static inline int eg__sys_madvise(void *addr, size_t bytes, int advice)
{
	return (int)eg__syscall3(SYS_madvise, addr, bytes, advice);
}

static inline ssize_t eg__sys_process_madvise(int pidfd,
					      const struct iovec *iov, size_t n,
					      int advice)
{
	return eg__syscall5(SYS_process_madvise, pidfd, iov, n, advice, 0);
}

static inline int eg__sys_mincore(void *addr, size_t bytes, unsigned char *vec)
{
	return (int)eg__syscall3(SYS_mincore, addr, bytes, vec);
}

/* Descriptors */

static inline int eg__sys_close(int fd)
{
	return (int)eg__syscall1(SYS_close, fd);
}

static inline int eg__sys_openat(int dirfd, const char *path, int flags,
				 unsigned mode)
{
	return (int)eg__syscall4(SYS_openat, dirfd, path, flags, mode);
}

static inline ssize_t eg__sys_read(int fd, void *buf, size_t len)
{
	return eg__syscall3(SYS_read, fd, buf, len);
}

static inline ssize_t eg__sys_write(int fd, const void *buf, size_t len)
{
	return eg__syscall3(SYS_write, fd, buf, len);
}

/* @offset -1: at the file position, and for what has none. */
static inline ssize_t eg__sys_preadv2(int fd, const struct iovec *iov,
				      int n, int64_t offset, int flags)
{
	return eg__syscall6(SYS_preadv2, fd, (long)iov, n, (long)offset,
			    (long)(offset >> 32), flags);
}

static inline ssize_t eg__sys_pwritev2(int fd, const struct iovec *iov,
				       int n, int64_t offset, int flags)
{
	return eg__syscall6(SYS_pwritev2, fd, (long)iov, n, (long)offset,
			    (long)(offset >> 32), flags);
}

static inline int eg__sys_fcntl(int fd, int cmd, long arg)
{
	return (int)eg__syscall3(SYS_fcntl, fd, cmd, arg);
}

static inline int eg__sys_dup3(int fd, int to, int flags)
{
	return (int)eg__syscall3(SYS_dup3, fd, to, flags);
}

static inline int eg__sys_fstat(int fd, struct stat *ret)
{
	return (int)eg__syscall2(SYS_fstat, fd, ret);
}

static inline int eg__sys_lstat(const char *path, struct stat *ret)
{
	return (int)eg__syscall4(SYS_newfstatat, AT_FDCWD, path, ret,
				 AT_SYMLINK_NOFOLLOW);
}

static inline int eg__sys_statfs(const char *path, struct statfs *ret)
{
	return (int)eg__syscall2(SYS_statfs, path, ret);
}

static inline int eg__sys_inotify_init(int flags)
{
	return (int)eg__syscall1(SYS_inotify_init1, flags);
}

static inline int eg__sys_inotify_add(int fd, const char *path, uint32_t mask)
{
	return (int)eg__syscall3(SYS_inotify_add_watch, fd, path, mask);
}

static inline int eg__sys_inotify_remove(int fd, int wd)
{
	return (int)eg__syscall2(SYS_inotify_rm_watch, fd, wd);
}

static inline int eg__sys_eventfd(unsigned initial, int flags)
{
	return (int)eg__syscall2(SYS_eventfd2, initial, flags);
}

static inline int eg__sys_timerfd_create(int clock, int flags)
{
	return (int)eg__syscall2(SYS_timerfd_create, clock, flags);
}

static inline int eg__sys_timerfd_settime(int fd, int flags,
					  const struct itimerspec *value)
{
	return (int)eg__syscall4(SYS_timerfd_settime, fd, flags, value, NULL);
}

/* @timeout NULL: none. The kernel writes the time left: not into ours. */
static inline int eg__sys_poll(struct pollfd *fds, unsigned n,
			       const struct timespec *timeout)
{
	struct timespec left = { 0 };

	if (timeout)
		left = *timeout;
	return (int)eg__syscall5(SYS_ppoll, fds, n, timeout ? &left : NULL,
				 NULL, 8);
}

/* As eg__sys_poll(). Of sets of any length: @n bits, whole words. */
static inline int eg__sys_select(int n, unsigned long *in, unsigned long *out,
				 unsigned long *urgent,
				 const struct timespec *timeout)
{
	struct timespec left = { 0 };

	if (timeout)
		left = *timeout;
	return (int)eg__syscall6(SYS_pselect6, n, (long)in, (long)out,
				 (long)urgent, timeout ? (long)&left : 0, 0);
}

static inline int eg__sys_epoll_create(int flags)
{
	return (int)eg__syscall1(SYS_epoll_create1, flags);
}

static inline int eg__sys_epoll_ctl(int epfd, int op, int fd,
				    struct epoll_event *event)
{
	return (int)eg__syscall4(SYS_epoll_ctl, epfd, op, fd, event);
}

/* @timeout_ms -1: none. For kernels without the next one. */
static inline int eg__sys_epoll_wait_ms(int epfd, struct epoll_event *events,
					int max, int timeout_ms)
{
	return (int)eg__syscall6(SYS_epoll_pwait, epfd, (long)events, max,
				 timeout_ms, 0, 8);
}

/* epoll_pwait2: nanosecond timeouts, Linux >= 5.11. */
static inline int eg__sys_epoll_wait(int epfd, struct epoll_event *events,
				     int max, const struct timespec *timeout)
{
	return (int)eg__syscall6(SYS_epoll_pwait2, epfd, (long)events, max,
				 (long)timeout, 0, 8);
}

static inline int eg__sys_io_uring_setup(unsigned entries,
					 struct io_uring_params *p)
{
	return (int)eg__syscall2(SYS_io_uring_setup, entries, p);
}

static inline int eg__sys_io_uring_enter(int fd, unsigned submit,
					 unsigned complete, unsigned flags,
					 const void *arg, size_t arg_bytes)
{
	return (int)eg__syscall6(SYS_io_uring_enter, fd, submit, complete,
				 flags, (long)arg, (long)arg_bytes);
}

static inline int eg__sys_io_uring_register(int fd, unsigned what,
					    const void *arg, unsigned n)
{
	return (int)eg__syscall4(SYS_io_uring_register, fd, what, arg, n);
}

/* Sockets */

static inline int eg__sys_socket(int domain, int type, int protocol)
{
	return (int)eg__syscall3(SYS_socket, domain, type, protocol);
}

static inline int eg__sys_bind(int fd, const struct sockaddr *a, socklen_t len)
{
	return (int)eg__syscall3(SYS_bind, fd, a, len);
}

static inline int eg__sys_listen(int fd, int backlog)
{
	return (int)eg__syscall2(SYS_listen, fd, backlog);
}

static inline int eg__sys_connect(int fd, const struct sockaddr *a,
				  socklen_t len)
{
	return (int)eg__syscall3(SYS_connect, fd, a, len);
}

static inline int eg__sys_accept(int fd, struct sockaddr *a, socklen_t *len,
				 int flags)
{
	return (int)eg__syscall4(SYS_accept4, fd, a, len, flags);
}

static inline int eg__sys_shutdown(int fd, int how)
{
	return (int)eg__syscall2(SYS_shutdown, fd, how);
}

static inline int eg__sys_setsockopt(int fd, int level, int name,
				     const void *value, socklen_t len)
{
	return (int)eg__syscall5(SYS_setsockopt, fd, level, name, value, len);
}

static inline int eg__sys_getsockopt(int fd, int level, int name, void *value,
				     socklen_t *len)
{
	return (int)eg__syscall5(SYS_getsockopt, fd, level, name, value, len);
}

static inline ssize_t eg__sys_recv(int fd, void *buf, size_t len, int flags)
{
	return eg__syscall6(SYS_recvfrom, fd, (long)buf, (long)len, flags, 0,
			    0);
}

static inline ssize_t eg__sys_send(int fd, const void *buf, size_t len,
				   int flags)
{
	return eg__syscall6(SYS_sendto, fd, (long)buf, (long)len, flags, 0, 0);
}

/* Futexes, of this process alone */

/* Sleeps while *@word is @value. @deadline: CLOCK_MONOTONIC; NULL: none. */
static inline int eg__sys_futex_wait(const uint32_t *word, uint32_t value,
				     const struct timespec *deadline)
{
	return (int)eg__syscall6(SYS_futex, (long)word,
				 FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, value,
				 (long)deadline, 0,
				 (long)FUTEX_BITSET_MATCH_ANY);
}

/* Not a fault point: nothing that could fail is asked of the kernel, which
 * looks up the address and not what is there. */
static inline void eg__sys_futex_wake(const uint32_t *word, int n)
{
	eg__raw_syscall(SYS_futex, (long)word,
			FUTEX_WAKE | FUTEX_PRIVATE_FLAG, n, 0, 0, 0);
}

/* Time, process, signals */

/* @limit, @ret: NULL leaves it as it is, asks for nothing. */
static inline int eg__sys_prlimit(int resource, const struct rlimit *limit,
				  struct rlimit *ret)
{
	return (int)eg__syscall4(SYS_prlimit64, 0, resource, limit, ret);
}

/* What rt_sigaction takes, which is not libc's struct sigaction. */
struct eg_kernel_sigaction {
	void *handler;
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static inline int eg__sys_clock_gettime(int clock, struct timespec *ret)
{
	return (int)eg__syscall2(SYS_clock_gettime, clock, ret);
}

static inline int eg__sys_getpid(void)
{
	return (int)eg__syscall0(SYS_getpid);
}

static inline int eg__sys_gettid(void)
{
	return (int)eg__syscall0(SYS_gettid);
}

static inline int eg__sys_pidfd_open(int pid, unsigned flags)
{
	return (int)eg__syscall2(SYS_pidfd_open, pid, flags);
}

/* @type: one of idtype_t. */
static inline int eg__sys_waitid(int type, int id, siginfo_t *ret, int options)
{
	return (int)eg__syscall5(SYS_waitid, type, id, ret, options, 0);
}

static inline int eg__sys_tgkill(int pid, int tid, int signal)
{
	return (int)eg__syscall3(SYS_tgkill, pid, tid, signal);
}

#endif
