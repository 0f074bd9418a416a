/* SPDX-License-Identifier: MIT */
/*
 * Datagrams of UDP and of Unix sockets arrive one by one, with their sender,
 * cut to the buffer, empty ones too; a full Unix queue makes the sender wait.
 */
#include "sockets.h"

static int unix_pair[2];

static void *sends_many(void *arg)
{
	char data[100];

	for (int i = 0; i < 1000; i++) {
		memset(data, i & 0x7f, sizeof(data));
		CHECK_EQ(send(unix_pair[1], data, (size_t)(i % 100), 0),
			 i % 100);
	}
	return arg;
}

static void *answers(void *arg)
{
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	int fd = *(int *)arg;
	char data[100];
	ssize_t n;

	do {
		n = OK(recvfrom(fd, data, sizeof(data), 0,
				(struct sockaddr *)&from, &length));
		CHECK_EQ(sendto(fd, data, (size_t)n, 0,
				(struct sockaddr *)&from, length),
			 n);
	} while (n > 0);
	return NULL;
}

int main(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	socklen_t length = sizeof(to);
	int server, client;
	char data[100];
	pthread_t t;

	server = OK(socket(AF_INET, SOCK_DGRAM, 0));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	OK(bind(server, (struct sockaddr *)&to, length));
	OK(getsockname(server, (struct sockaddr *)&to, &length));
	t = start(answers, &server);
	client = OK(socket(AF_INET, SOCK_DGRAM, 0));
	OK(connect(client, (struct sockaddr *)&to, length));
	for (int i = 1; i < 100; i++) {
		CHECK_EQ(send(client, data, (size_t)i, 0), i);
		CHECK_EQ(recv(client, data, sizeof(data), 0), i);
	}
	CHECK_EQ(send(client, "truncated", 9, 0), 9);
	CHECK_EQ(recv(client, data, 4, MSG_TRUNC), 9);
	CHECK(memcmp(data, "trun", 4) == 0);
	CHECK_EQ(send(client, "", 0, 0), 0);
	CHECK_EQ(recv(client, data, sizeof(data), 0), 0);
	join(t);

	OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, unix_pair));
	t = start(sends_many, NULL);
	for (int i = 0; i < 1000; i++) {
		CHECK_EQ(read(unix_pair[0], data, sizeof(data)), i % 100);
		for (int j = 0; j < i % 100; j++)
			CHECK_EQ(data[j], i & 0x7f);
	}
	join(t);
	return ok();
}
