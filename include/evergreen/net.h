/* SPDX-License-Identifier: MIT */
/*
 * Sockets: as socket(2) and its kin, but only the calling fiber waits. The
 * sockets made here are close-on-exec. What <evergreen/io.h> says of sharing
 * and closing descriptors holds here too.
 */
#ifndef EVERGREEN_NET_H
#define EVERGREEN_NET_H

#include <evergreen/time.h>
#include <evergreen/version.h>

#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * eg_socket - make a socket
 * @domain: as for socket(2)
 * @type: as for socket(2); SOCK_CLOEXEC is added
 * @protocol: as for socket(2)
 *
 * Return: a descriptor for eg_close(3), or
 *   -EPERM  no hub runs on this thread
 *   and what socket(2) can return
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_socket(int domain, int type, int protocol);

/**
 * eg_tcp_listen - make a listening TCP socket
 * @ip: numeric address, IPv4 or IPv6; NULL: every IPv4 address
 * @port: in host order; 0: the kernel chooses, see eg_local_port(3)
 * @backlog: as for listen(2); 0: 1024
 *
 * SO_REUSEADDR is set.
 *
 * Return: a descriptor for eg_close(3), or
 *   -EINVAL      @ip is not a numeric address, or @backlog is negative
 *   -EADDRINUSE  somebody listens there already
 *   -EACCES      the port needs privileges
 *   -EPERM       no hub runs on this thread
 *   and what socket(2), bind(2) and listen(2) can return
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_tcp_listen(const char *ip, uint16_t port, int backlog);

/**
 * eg_tcp_connect - connect to a TCP server
 * @ip: numeric address, IPv4 or IPv6
 * @port: in host order
 * @deadline: absolute time, or EG_FOREVER
 *
 * May switch. On failure no descriptor is left open.
 *
 * Return: a descriptor for eg_close(3), or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  not connected by @deadline, or the network says so
 *   -EINVAL     @ip is not a numeric address
 *   -EPERM      not called from a fiber
 *   and what socket(2) and connect(2) can return
 * Thread safety: the fiber's own thread. Since: 0.1.
 */
EG_API int eg_tcp_connect(const char *ip, uint16_t port, int64_t deadline);

/**
 * eg_local_port - the port a socket is bound to
 * @fd: an IPv4 or IPv6 socket
 *
 * Return: the port in host order, or
 *   -EAFNOSUPPORT  the socket has no ports
 *   and what getsockname(2) can return
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_local_port(int fd);

/**
 * eg_accept - take the next connection
 * @fd: a listening socket; it is made non-blocking
 * @addr: filled with the peer's address; may be NULL
 * @addr_len: in: room at @addr; out: the address's length; NULL with @addr
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch. -EMFILE, -ENFILE, -ENOBUFS and -ENOMEM leave the connection in
 * the backlog: sleep a little and call again.
 *
 * Return: a descriptor for eg_close(3), or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  nobody by @deadline
 *   -EBUSY      another fiber is accepting on @fd
 *   -EBADF      @fd is not open, or was closed under the caller
 *   -EINVAL     @addr without @addr_len, or @fd does not listen
 *   -EPERM      not called from a fiber
 *   and what accept(2) can return
 * Thread safety: the fiber's own thread. Since: 0.1.
 */
EG_API int eg_accept(int fd, struct sockaddr *addr, socklen_t *addr_len,
		     int64_t deadline);

/**
 * eg_connect - connect a socket
 * @fd: a socket
 * @addr: where to
 * @addr_len: its length
 * @deadline: absolute time, or EG_FOREVER
 *
 * May switch. After a failure the socket is fit for eg_close(3) only.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  not connected by @deadline, or the network says so
 *   -EBUSY      another fiber is writing or connecting @fd
 *   -EBADF      @fd is not open, or was closed under the caller
 *   -EINVAL     @addr is NULL
 *   -ENOMEM     no memory
 *   -EPERM      not called from a fiber
 *   and what connect(2) can return
 * Thread safety: the fiber's own thread. Since: 0.1. Source: SK-10.
 */
EG_API int eg_connect(int fd, const struct sockaddr *addr, socklen_t addr_len,
		      int64_t deadline);

/**
 * eg_recv - receive from a socket
 * @fd: a socket
 * @buf: where to put it; the kernel's until the call returns
 * @len: how much at most
 * @flags: as for recv(2)
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch. With MSG_WAITALL, of a stream, until all of @len is there: less
 * only at the end, or when an error, a cancel or @deadline came after a part.
 * MSG_PEEK takes that from it. With MSG_DONTWAIT -EAGAIN comes instead of a
 * wait, whatever the deadline.
 *
 * Return: bytes received, 0 when the peer has ended, or
 *   -ECANCELED  the fiber was cancelled; nothing was received
 *   -ETIMEDOUT  nothing by @deadline
 *   -EBUSY      another fiber is reading @fd
 *   -EBADF      @fd is not open, or was closed under the caller
 *   -ENOTSOCK   @fd is not a socket
 *   -EINVAL     @buf is NULL, or @len is over INT_MAX
 *   -ENOMEM     no memory
 *   -EPERM      not called from a fiber
 *   and what recv(2) can return
 * Thread safety: the fiber's own thread. Since: 0.1. Source: SK-01.
 */
EG_API ssize_t eg_recv(int fd, void *buf, size_t len, int flags,
		       int64_t deadline);

/**
 * eg_send - send all of a buffer over a socket
 * @fd: a socket
 * @buf: what to send; the kernel's until the call returns
 * @len: how much
 * @flags: as for send(2); MSG_NOSIGNAL is added
 * @deadline: absolute time over the whole, or EG_FOREVER; EG_NOW: what fits
 *
 * May switch. Returns less than @len only when an error came after a part was
 * sent; call again to get the error. With MSG_DONTWAIT what fits is sent, and
 * if nothing does, -EAGAIN comes, whatever the deadline.
 *
 * Return: bytes sent, or
 *   -ECANCELED  the fiber was cancelled; nothing was sent
 *   -ETIMEDOUT  nothing could be sent by @deadline
 *   -EBUSY      another fiber is writing @fd
 *   -EBADF      @fd is not open, or was closed under the caller
 *   -EPIPE      the connection has ended
 *   -ENOTSOCK   @fd is not a socket
 *   -EINVAL     @buf is NULL, or @len is over INT_MAX
 *   -ENOMEM     no memory
 *   -EPERM      not called from a fiber
 *   and what send(2) can return
 * Thread safety: the fiber's own thread. Since: 0.1. Source: SK-09.
 */
EG_API ssize_t eg_send(int fd, const void *buf, size_t len, int flags,
		       int64_t deadline);

/**
 * eg_shutdown - end one or both directions of a connection
 * @fd: a socket
 * @how: SHUT_RD, SHUT_WR or SHUT_RDWR
 *
 * Does not switch. The kernel wakes who waits on @fd.
 *
 * Return: 0, or
 *   -EBADF  @fd is not open
 *   and what shutdown(2) can return
 * Thread safety: any thread. Since: 0.1. Source: SK-06.
 */
EG_API int eg_shutdown(int fd, int how);

#ifdef __cplusplus
}
#endif
#endif
