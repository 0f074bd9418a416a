/* SPDX-License-Identifier: MIT */
/*
 * A read that is shorter than its buffer does not always mean that nothing is
 * left: datagrams, packets, passed descriptors and urgent data end it early.
 */
#include "io_kit.h"

static void *read_all(void *arg)
{
	const int *fd = arg;
	char buf[64];
	ssize_t r;
	long total = 0;

	while (total < 9) {
		r = eg_read(*fd, buf, sizeof(buf), EG_FOREVER);
		egt_lt(0, r);
		egt_le(r, 3);
		total += r;
	}
	return KIT_RESULT(total);
}

static void three_pieces(int in, void (*put)(int fd, const char *text), int out)
{
	eg_fiber *f;

	for (int waits = 0; waits < 3; waits++) {
		if (waits == 2)
			put(out, "abc");
		f = kit_spawn(read_all, &in);
		if (waits)
			kit_settle();
		if (waits != 2)
			put(out, "abc");
		put(out, "def");
		put(out, "ghi");
		egt_eq(kit_join(f), 9);
	}
	egt_eq(eg_close(in), 0);
	egt_eq(eg_close(out), 0);
}

static void put_with_descriptor(int fd, const char *text)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (char *)(uintptr_t)text, strlen(text) };
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(int));
	egt_eq(sendmsg(fd, &m, 0), 3);
}

EG_TEST(read_finds_every_datagram)
{
	int pair[2];

	kit_unix_pair(SOCK_DGRAM, pair);
	three_pieces(pair[0], kit_put, pair[1]);
	kit_unix_pair(SOCK_SEQPACKET, pair);
	three_pieces(pair[0], kit_put, pair[1]);
}

EG_TEST(read_finds_what_follows_a_descriptor)
{
	int pair[2];

	kit_unix_pair(SOCK_STREAM, pair);
	three_pieces(pair[0], put_with_descriptor, pair[1]);
}

EG_TEST(read_finds_every_packet_of_a_pipe)
{
	int ends[2];

	egt_eq(pipe2(ends, O_CLOEXEC | O_DIRECT), 0);
	three_pieces(ends[0], kit_put, ends[1]);
}

static void *read_around_urgent(void *arg)
{
	const int *fd = arg;
	char buf[64];

	egt_eq(eg_read(*fd, buf, sizeof(buf), EG_FOREVER), 3);
	egt_eq(eg_read(*fd, buf, sizeof(buf), EG_FOREVER), 3);
	return NULL;
}

EG_TEST(read_finds_what_follows_urgent_data)
{
	for (int waits = 0; waits < 2; waits++) {
		int pair[2];
		eg_fiber *f;

		kit_tcp_pair(pair);
		f = kit_spawn(read_around_urgent, &pair[0]);
		if (waits)
			kit_settle();
		egt_eq(send(pair[1], "abc!", 4, MSG_OOB), 4);
		kit_put(pair[1], "def");
		egt_eq(kit_join(f), 0);
		kit_close_pair(pair);
	}
}

EG_TEST(read_finds_a_datagram_of_no_bytes)
{
	char buf[8];
	int pair[2];

	kit_unix_pair(SOCK_DGRAM, pair);
	egt_eq(eg_send(pair[1], "", 0, 0, EG_FOREVER), 0);
	egt_eq(eg_send(pair[1], "x", 1, 0, EG_FOREVER), 1);
	egt_eq(eg_recv(pair[0], buf, sizeof(buf), 0, EG_FOREVER), 0);
	egt_eq(eg_recv(pair[0], buf, sizeof(buf), 0, EG_FOREVER), 1);
	kit_close_pair(pair);
}

EG_TEST(recv_can_peek_again_and_again)
{
	for (enum kit_stream k = 0; k <= KIT_UNIX; k++) {
		char buf[8];
		int pair[2];

		kit_stream(k, pair);
		egt_eq(eg_recv(pair[0], buf, 8, MSG_PEEK, EG_NOW), -ETIMEDOUT);
		kit_put(pair[1], "abc");
		for (int i = 0; i < 3; i++)
			egt_eq(eg_recv(pair[0], buf, 8, MSG_PEEK, EG_FOREVER),
			       3);
		egt_eq(eg_recv(pair[0], buf, 8, 0, EG_FOREVER), 3);
		egt_eq(eg_recv(pair[0], buf, 8, MSG_PEEK, EG_NOW), -ETIMEDOUT);
		kit_close_pair(pair);
	}
}
