/* SPDX-License-Identifier: MIT */
/*
 * recvmmsg() and sendmmsg(): several datagrams a call, waiting for the first
 * or for all, or until a time.
 */
#include "sockets.h"

#define COUNT 8

static int pair[2];

static void prepare(struct mmsghdr m[COUNT], struct iovec part[COUNT],
		    char data[COUNT][16])
{
	for (int i = 0; i < COUNT; i++) {
		part[i] = (struct iovec){ data[i], 16 };
		m[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &part[i],
						      .msg_iovlen = 1 } };
	}
}

static void *sends(void *arg)
{
	char data[COUNT][16];
	struct iovec part[COUNT];
	struct mmsghdr m[COUNT];

	prepare(m, part, data);
	for (int i = 0; i < COUNT; i++)
		part[i].iov_len = (size_t)i + 1;
	settle();
	CHECK_EQ(sendmmsg(pair[1], m, 3, 0), 3);
	settle();
	CHECK_EQ(sendmmsg(pair[1], m + 3, COUNT - 3, 0), COUNT - 3);
	CHECK_EQ(m[COUNT - 1].msg_len, COUNT);
	return arg;
}

int main(void)
{
	struct timespec limit = timespec_of(20 * MSEC);
	char data[COUNT][16];
	struct iovec part[COUNT];
	struct mmsghdr m[COUNT];
	pthread_t t;
	int n;

	OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	prepare(m, part, data);
	t = start(sends, NULL);
	CHECK_EQ(recvmmsg(pair[0], m, COUNT, 0, NULL), COUNT);
	for (unsigned i = 0; i < COUNT; i++)
		CHECK_EQ(m[i].msg_len, i + 1);
	join(t);

	t = start(sends, NULL);
	for (n = 0; n < COUNT;) {
		int r = OK(recvmmsg(pair[0], m, COUNT, MSG_WAITFORONE, NULL));

		CHECK(r > 0);
		n += r;
	}
	CHECK_EQ(n, COUNT);
	join(t);
	CHECK_ERROR(recvmmsg(pair[0], m, COUNT, MSG_DONTWAIT, NULL), EAGAIN);
	/* The time is looked at after each datagram alone. */
	OK(send(pair[1], "x", 1, 0));
	CHECK_EQ(recvmmsg(pair[0], m, 1, 0, &limit), 1);
	return ok();
}
