/* SPDX-License-Identifier: MIT */
/*
 * Descriptors and credentials travel by sendmsg(), to a thread that waits for
 * them, and work there.
 */
#include "sockets.h"

static int pair[2];

static void *receives(void *arg)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control;
	char data[8];
	struct iovec part = { data, sizeof(data) };
	struct msghdr m = { .msg_iov = &part,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	int fd[2];
	char byte;

	CHECK_EQ(recvmsg(pair[0], &m, MSG_CMSG_CLOEXEC), 4);
	CHECK_EQ(m.msg_flags & (MSG_TRUNC | MSG_CTRUNC), 0);
	CHECK_EQ(CMSG_FIRSTHDR(&m)->cmsg_type, SCM_RIGHTS);
	memcpy(fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	CHECK_EQ(fcntl(fd[0], F_GETFD), FD_CLOEXEC);
	CHECK_EQ(read(fd[0], &byte, 1), 1);
	CHECK_EQ(byte, 'p');
	OK(write(fd[1], "q", 1));
	OK(close(fd[0]));
	OK(close(fd[1]));
	return arg;
}

static void send_two(int a, int b)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control = { .header = { CMSG_LEN(2 * sizeof(int)), SOL_SOCKET,
				  SCM_RIGHTS } };
	char text[] = "take";
	struct iovec part = { text, 4 };
	struct msghdr m = { .msg_iov = &part,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.header), (int[]){ a, b }, 2 * sizeof(int));
	CHECK_EQ(sendmsg(pair[1], &m, 0), 4);
}

int main(void)
{
	int in[2], out[2];
	pthread_t t;
	char byte;

	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	for (int i = 0; i < 100; i++) {
		OK(pipe(in));
		OK(pipe(out));
		t = start(receives, NULL);
		if (i % 2)
			sched_yield();
		send_two(in[0], out[1]);
		OK(close(in[0]));
		OK(close(out[1]));
		OK(write(in[1], "p", 1));
		CHECK_EQ(read(out[0], &byte, 1), 1);
		join(t);
		CHECK_EQ(read(out[0], &byte, 1), 0);
		OK(close(in[1]));
		OK(close(out[0]));
	}
	return ok();
}
