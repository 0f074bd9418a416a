/* SPDX-License-Identifier: MIT */
/*
 * Calls of net.h that make no sense.
 */
#include "bad_input.h"

#include <netinet/in.h>

enum { NO_FD = -1, CLOSED_FD = 1000 };

static char buf[8];
static const size_t too_long = (size_t)INT_MAX + 1;
static struct sockaddr_storage storage;
static const struct sockaddr *const any_addr = (const void *)&storage;
static struct sockaddr *const room = (void *)&storage;

#define SOCKET_ROWS(X)                                                     \
	X(eg_socket, no_such_domain, FIBER | HUB, -EAFNOSUPPORT,           \
	  eg_socket(-1, SOCK_STREAM, 0))                                   \
	X(eg_socket, no_hub, OUTSIDE, -EPERM,                              \
	  eg_socket(AF_INET, SOCK_STREAM, 0))                              \
	X(eg_tcp_listen, no_address, FIBER | HUB, -EINVAL,                 \
	  eg_tcp_listen("localhost", 0, 0))                                \
	X(eg_tcp_listen, negative_backlog, FIBER | HUB, -EINVAL,           \
	  eg_tcp_listen("127.0.0.1", 0, -1))                               \
	X(eg_tcp_listen, no_hub, OUTSIDE, -EPERM,                          \
	  eg_tcp_listen("127.0.0.1", 0, 0))                                \
	X(eg_tcp_connect, null_address, FIBER, -EINVAL,                    \
	  eg_tcp_connect(NULL, 1, EG_FOREVER))                             \
	X(eg_tcp_connect, no_address, FIBER, -EINVAL,                      \
	  eg_tcp_connect("1.2.3", 1, EG_FOREVER))                          \
	X(eg_tcp_connect, no_fiber, NO_FIBER, -EPERM,                      \
	  eg_tcp_connect("127.0.0.1", 1, EG_FOREVER))                      \
	X(eg_local_port, negative, ANYWHERE, -EBADF, eg_local_port(NO_FD)) \
	X(eg_local_port, no_port, FIBER, -EAFNOSUPPORT,                    \
	  eg_local_port(bad_ours.fd))                                      \
	X(eg_accept, no_length, FIBER, -EINVAL,                            \
	  eg_accept(bad_ours.fd, room, NULL, EG_FOREVER))                  \
	X(eg_accept, not_listening, FIBER, -EINVAL,                        \
	  eg_accept(bad_ours.fd, NULL, NULL, EG_FOREVER))                  \
	X(eg_accept, negative, FIBER, -EBADF,                              \
	  eg_accept(NO_FD, NULL, NULL, EG_FOREVER))                        \
	X(eg_accept, closed, FIBER, -EBADF,                                \
	  eg_accept(CLOSED_FD, NULL, NULL, EG_FOREVER))                    \
	X(eg_accept, no_fiber, NO_FIBER, -EPERM,                           \
	  eg_accept(bad_ours.fd, NULL, NULL, EG_FOREVER))                  \
	X(eg_connect, no_address, FIBER, -EINVAL,                          \
	  eg_connect(bad_ours.fd, NULL, 0, EG_FOREVER))                    \
	X(eg_connect, closed, FIBER, -EBADF,                               \
	  eg_connect(CLOSED_FD, any_addr, sizeof(storage), EG_FOREVER))    \
	X(eg_connect, no_fiber, NO_FIBER, -EPERM,                          \
	  eg_connect(bad_ours.fd, any_addr, sizeof(storage), EG_FOREVER))

#define DATA_ROWS(X)                                          \
	X(eg_recv, no_buffer, FIBER, -EINVAL,                 \
	  eg_recv(bad_ours.fd, NULL, 1, 0, EG_FOREVER))       \
	X(eg_recv, too_long, FIBER, -EINVAL,                  \
	  eg_recv(bad_ours.fd, buf, too_long, 0, EG_FOREVER)) \
	X(eg_recv, negative, FIBER, -EBADF,                   \
	  eg_recv(NO_FD, buf, 1, 0, EG_FOREVER))              \
	X(eg_recv, closed, FIBER, -EBADF,                     \
	  eg_recv(CLOSED_FD, buf, 1, 0, EG_FOREVER))          \
	X(eg_recv, no_fiber, NO_FIBER, -EPERM,                \
	  eg_recv(bad_ours.fd, buf, 1, 0, EG_FOREVER))        \
	X(eg_send, no_buffer, FIBER, -EINVAL,                 \
	  eg_send(bad_ours.fd, NULL, 1, 0, EG_FOREVER))       \
	X(eg_send, too_long, FIBER, -EINVAL,                  \
	  eg_send(bad_ours.fd, buf, too_long, 0, EG_FOREVER)) \
	X(eg_send, negative, FIBER, -EBADF,                   \
	  eg_send(NO_FD, buf, 1, 0, EG_FOREVER))              \
	X(eg_send, closed, FIBER, -EBADF,                     \
	  eg_send(CLOSED_FD, buf, 1, 0, EG_FOREVER))          \
	X(eg_send, no_fiber, NO_FIBER, -EPERM,                \
	  eg_send(bad_ours.fd, buf, 1, 0, EG_FOREVER))        \
	X(eg_shutdown, negative, ANYWHERE, -EBADF,            \
	  eg_shutdown(NO_FD, SHUT_RDWR))                      \
	X(eg_shutdown, no_such_way, FIBER, -EINVAL,           \
	  eg_shutdown(bad_ours.fd, 77))

#define ROWS(X) SOCKET_ROWS(X) DATA_ROWS(X)

BAD_TABLE(bad_net, "net.h", ROWS)
