/* SPDX-License-Identifier: MIT */
/*
 * Calls on descriptors, without the stub and without vector registers to save;
 * answered by the same functions. All are cancellation points.
 */
#include "run/fast_parts.h"

#include <errno.h>
#include <unistd.h>

int64_t eg__run_fast_result(int64_t r)
{
	if (eg_likely(r >= 0))
		return r;
	errno = (int)-r;
	return -1;
}

/* A wait that pthread_cancel() ended, though the thread does not let itself be
 * cancelled now, begins again. */
int64_t eg__run_fast_call(int64_t nr, int64_t a, int64_t b, int64_t c,
			  int64_t d, int64_t e, int64_t f)
{
	int64_t r;

	do {
		eg__run_real.testcancel();
		eg__run_enter();
		eg__run_self()->is_cancel_point = true;
		r = eg__run_call(nr, a, b, c, d, e, f);
	} while (eg_unlikely(r == -ECANCELED));
	if (eg_unlikely(r == -EINTR))
		eg__run_real.testcancel();
	return r;
}

static int64_t call(int64_t nr, int64_t a, int64_t b, int64_t c, int64_t d,
		    int64_t e, int64_t f)
{
	return eg__run_fast_result(eg__run_fast_call(nr, a, b, c, d, e, f));
}

EG_RUN_EXPORT ssize_t read(int fd, void *buf, size_t len)
{
	if (!eg__run_fast_may_wait())
		return eg__run_real.read(fd, buf, len);
	return call(SYS_read, fd, (int64_t)buf, (int64_t)len, 0, 0, 0);
}

EG_RUN_EXPORT ssize_t write(int fd, const void *buf, size_t len)
{
	if (!eg__run_fast_may_wait())
		return eg__run_real.write(fd, buf, len);
	return call(SYS_write, fd, (int64_t)buf, (int64_t)len, 0, 0, 0);
}

EG_RUN_EXPORT ssize_t recv(int fd, void *buf, size_t len, int flags)
{
	if (!eg__run_fast_may_wait())
		return eg__run_real.recv(fd, buf, len, flags);
	return call(SYS_recvfrom, fd, (int64_t)buf, (int64_t)len, flags, 0, 0);
}

EG_RUN_EXPORT ssize_t send(int fd, const void *buf, size_t len, int flags)
{
	if (!eg__run_fast_may_wait())
		return eg__run_real.send(fd, buf, len, flags);
	return call(SYS_sendto, fd, (int64_t)buf, (int64_t)len, flags, 0, 0);
}

EG_RUN_EXPORT ssize_t recvfrom(int fd, void *buf, size_t len, int flags,
			       struct sockaddr *from, socklen_t *from_len)
{
	if (!eg__run_fast_may_wait())
		return eg__run_real.recvfrom(fd, buf, len, flags, from,
					     from_len);
	return call(SYS_recvfrom, fd, (int64_t)buf, (int64_t)len, flags,
		    (int64_t)from, (int64_t)from_len);
}

EG_RUN_EXPORT ssize_t sendto(int fd, const void *buf, size_t len, int flags,
			     const struct sockaddr *to, socklen_t to_len)
{
	if (!eg__run_fast_may_wait())
		return eg__run_real.sendto(fd, buf, len, flags, to, to_len);
	return call(SYS_sendto, fd, (int64_t)buf, (int64_t)len, flags,
		    (int64_t)to, to_len);
}

EG_RUN_EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	if (!eg__run_fast_may_wait())
		return eg__run_real.recvmsg(fd, message, flags);
	return call(SYS_recvmsg, fd, (int64_t)message, flags, 0, 0, 0);
}

EG_RUN_EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	if (!eg__run_fast_may_wait())
		return eg__run_real.sendmsg(fd, message, flags);
	return call(SYS_sendmsg, fd, (int64_t)message, flags, 0, 0, 0);
}

EG_RUN_EXPORT int accept(int fd, struct sockaddr *from, socklen_t *from_len)
{
	if (!eg__run_fast_may_wait())
		return eg__run_real.accept(fd, from, from_len);
	return (int)call(SYS_accept, fd, (int64_t)from, (int64_t)from_len, 0, 0,
			 0);
}

EG_RUN_EXPORT int accept4(int fd, struct sockaddr *from, socklen_t *from_len,
			  int flags)
{
	if (!eg__run_fast_may_wait())
		return eg__run_real.accept4(fd, from, from_len, flags);
	return (int)call(SYS_accept4, fd, (int64_t)from, (int64_t)from_len,
			 flags, 0, 0);
}

EG_RUN_EXPORT int connect(int fd, const struct sockaddr *to, socklen_t to_len)
{
	if (!eg__run_fast_may_wait())
		return eg__run_real.connect(fd, to, to_len);
	return (int)call(SYS_connect, fd, (int64_t)to, to_len, 0, 0, 0);
}

EG_RUN_EXPORT int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	if (!eg__run_fast_may_wait())
		return eg__run_real.poll(fds, n, timeout_ms);
	return (int)call(SYS_poll, (int64_t)fds, (int64_t)n, timeout_ms, 0, 0,
			 0);
}

EG_RUN_EXPORT int epoll_wait(int fd, struct epoll_event *events, int max,
			     int timeout_ms)
{
	if (!eg__run_fast_may_wait())
		return eg__run_real.epoll_wait(fd, events, max, timeout_ms);
	return (int)call(SYS_epoll_wait, fd, (int64_t)events, max, timeout_ms,
			 0, 0);
}
