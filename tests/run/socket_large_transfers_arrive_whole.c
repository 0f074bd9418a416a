/* SPDX-License-Identifier: MIT */
/*
 * Megabytes in both directions at once over one connection, a thread for each
 * direction and side, in uneven pieces.
 */
#include "sockets.h"

#define MUCH ((size_t)4 << 20)

static unsigned char pattern[MUCH];

static void *sends(void *arg)
{
	size_t piece = 1;

	for (size_t n = 0; n < MUCH; n += piece) {
		piece = piece * 7 % 300007 + 1;
		if (piece > MUCH - n)
			piece = MUCH - n;
		send_whole(*(int *)arg, pattern + n, piece);
	}
	return NULL;
}

static void *sends_at_once(void *arg)
{
	CHECK_EQ(write(*(int *)arg, pattern, MUCH), MUCH);
	return NULL;
}

static void *receives(void *arg)
{
	unsigned char *got = malloc(MUCH);

	receive_whole(*(int *)arg, got, MUCH);
	CHECK(memcmp(got, pattern, MUCH) == 0);
	free(got);
	return NULL;
}

static void both_ways(int pair[2])
{
	pthread_t t[] = { start(sends, &pair[0]), start(receives, &pair[1]),
			  start(sends_at_once, &pair[1]),
			  start(receives, &pair[0]) };

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
}

int main(void)
{
	struct sockaddr_in address;
	int listener = listen_tcp(&address, 5), pair[2], tcp[2];

	for (size_t i = 0; i < MUCH; i++)
		pattern[i] = (unsigned char)(i * 2654435761u >> 13);
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	both_ways(pair);
	tcp[0] = connect_tcp(&address);
	tcp[1] = OK(accept(listener, NULL, NULL));
	both_ways(tcp);
	return ok();
}
