/* SPDX-License-Identifier: MIT */
/*
 * What the calls on sockets share. Holds no state.
 */
#ifndef EG_RUN_SOCKET_H
#define EG_RUN_SOCKET_H

#include "run/descriptor.h"

/* With these recv() answers at once. */
enum { EG_RUN_RECV_AT_ONCE = MSG_DONTWAIT | MSG_ERRQUEUE | MSG_OOB };

/*
 * Whether the kernel answers a call on @fd without waiting, or refuses it, so
 * that the call can be made as it is. Else @ret is the socket's entry.
 */
bool eg__run_socket_is_direct(int fd, struct eg_fd **ret);

/* After -EAGAIN for a message with an address: a unix socket whose receiver is
 * full says so, and is ready to write nevertheless. */
static inline bool eg__run_socket_poll_lies(int fd)
{
	return eg__run_fd_poll(fd, POLLOUT) & POLLOUT;
}

/* In socket_msg.c. */
int64_t eg__run_call_recvmsg(struct eg_run_call *c);
int64_t eg__run_call_sendmsg(struct eg_run_call *c);
int64_t eg__run_call_recvmmsg(struct eg_run_call *c);
int64_t eg__run_call_sendmmsg(struct eg_run_call *c);

#endif
