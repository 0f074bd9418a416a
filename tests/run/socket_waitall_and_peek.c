/* SPDX-License-Identifier: MIT */
/*
 * MSG_WAITALL gets all or what there was at the end; MSG_PEEK takes nothing;
 * MSG_DONTWAIT does not wait; a low-water mark is kept.
 */
#include "sockets.h"

static int pair[2];
static pthread_barrier_t seen;

static void *sends_in_parts(void *arg)
{
	for (int i = 0; i < 10; i++) {
		settle();
		send_whole(pair[1], "0123456789", 10);
	}
	pthread_barrier_wait(&seen);
	send_whole(pair[1], "rest", 4);
	OK(shutdown(pair[1], SHUT_WR));
	return arg;
}

static void check(void)
{
	pthread_t t = start(sends_in_parts, NULL);
	char data[200];

	CHECK_EQ(recv(pair[0], data, 1, MSG_PEEK), 1);
	CHECK_EQ(data[0], '0');
	CHECK_EQ(recv(pair[0], data, 100, MSG_WAITALL), 100);
	for (int i = 0; i < 100; i++)
		CHECK_EQ(data[i], '0' + i % 10);
	CHECK_ERROR(recv(pair[0], data, 1, MSG_DONTWAIT), EAGAIN);
	CHECK_ERROR(recv(pair[0], data, 1, MSG_DONTWAIT | MSG_PEEK), EAGAIN);
	pthread_barrier_wait(&seen);
	CHECK_EQ(recv(pair[0], data, 100, MSG_WAITALL), 4);
	CHECK_EQ(recv(pair[0], data, 100, MSG_WAITALL), 0);
	CHECK_EQ(recv(pair[0], data, 100, MSG_PEEK), 0);
	join(t);
}

int main(void)
{
	struct sockaddr_in address;
	int listener = listen_tcp(&address, 5), bytes = 6;
	pthread_t t;
	char data[10];

	pthread_barrier_init(&seen, NULL, 2);
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	check();
	pair[1] = connect_tcp(&address);
	pair[0] = OK(accept(listener, NULL, NULL));
	check();

	pair[1] = connect_tcp(&address);
	pair[0] = OK(accept(listener, NULL, NULL));
	OK(setsockopt(pair[0], SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes)));
	t = start(sends_in_parts, NULL);
	CHECK(recv(pair[0], data, 10, 0) >= 6);
	pthread_barrier_wait(&seen);
	join(t);
	return ok();
}
