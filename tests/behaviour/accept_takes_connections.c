/* SPDX-License-Identifier: MIT */
/*
 * Accepting: bursts, addresses, deadlines, and running out of descriptors and
 * coming back.
 */
#include "io_kit.h"

#include <netinet/in.h>
#include <sys/resource.h>

enum { BURST = 500 };

struct server {
	int fd;
	int want;
};

static void *accept_all(void *arg)
{
	const struct server *s = arg;
	int got = 0;

	while (got < s->want) {
		int fd = eg_accept(s->fd, NULL, NULL, EG_FOREVER);

		if (fd == -EMFILE) {
			egt_eq(eg_sleep(EG_MSEC), 0);
			continue;
		}
		egt_le(0, fd);
		egt_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
		egt_eq(eg_write(fd, "hello", 5, EG_FOREVER), 5);
		egt_eq(eg_close(fd), 0);
		got++;
	}
	return KIT_RESULT(got);
}

static void *visit(void *arg)
{
	const uint16_t *port = arg;
	int fd = eg_tcp_connect("127.0.0.1", *port, EG_FOREVER);

	egt_le(0, fd);
	kit_get(fd, "hello");
	egt_eq(eg_close(fd), 0);
	return NULL;
}

EG_TEST(accept_takes_a_burst)
{
	uint16_t port;
	struct server s = { kit_listen(0, &port), BURST };
	eg_fiber *server = kit_spawn(accept_all, &s);
	eg_fiber *f[BURST];

	kit_settle();
	for (int i = 0; i < BURST; i++)
		f[i] = kit_spawn(visit, &port);
	for (int i = 0; i < BURST; i++)
		egt_eq(kit_join(f[i]), 0);
	egt_eq(kit_join(server), BURST);
	egt_eq(eg_close(s.fd), 0);
}

/* Clients outside: the kernel completes their connections by itself. */
EG_TEST(accept_takes_a_full_backlog)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	uint16_t port;
	struct server s = { kit_listen(0, &port), BURST };
	int fd[BURST];

	a.sin_port = htons(port);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < BURST; i++) {
		fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		egt_eq(connect(fd[i], (struct sockaddr *)&a, sizeof(a)), 0);
	}
	egt_eq(kit_join(kit_spawn(accept_all, &s)), BURST);
	for (int i = 0; i < BURST; i++)
		egt_eq(close(fd[i]), 0);
	egt_eq(eg_close(s.fd), 0);
}

EG_TEST(accept_without_descriptors_says_so_and_recovers)
{
	struct rlimit limit, low;
	uint16_t port;
	int listener = kit_listen(0, &port);
	int client = eg_tcp_connect("127.0.0.1", port, EG_FOREVER);
	int fd;

	egt_le(0, client);
	egt_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = (rlim_t)client + 1;
	egt_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
	for (int i = 0; i < 5; i++) {
		egt_eq(eg_accept(listener, NULL, NULL, EG_FOREVER), -EMFILE);
		egt_eq(eg_sleep(EG_MSEC), 0);
	}
	egt_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	fd = eg_accept(listener, NULL, NULL, EG_FOREVER);
	egt_le(0, fd);
	egt_eq(eg_close(fd), 0);
	egt_eq(eg_accept(listener, NULL, NULL, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_close(client), 0);
	egt_eq(eg_close(listener), 0);
}

EG_TEST(accept_gives_the_address_of_the_peer)
{
	struct sockaddr_in peer, own;
	socklen_t len = sizeof(peer), own_len = sizeof(own);
	uint16_t port;
	struct server unused = { kit_listen(0, &port), 0 };
	int client = eg_tcp_connect("127.0.0.1", port, EG_FOREVER);
	int fd;

	egt_eq(eg_accept(unused.fd, (struct sockaddr *)&peer, NULL, EG_NOW),
	       -EINVAL);
	fd = eg_accept(unused.fd, (struct sockaddr *)&peer, &len, EG_FOREVER);
	egt_le(0, fd);
	egt_eq(len, sizeof(peer));
	egt_eq(getsockname(client, (struct sockaddr *)&own, &own_len), 0);
	egt_eq(peer.sin_port, own.sin_port);
	egt_eq(eg_close(fd), 0);
	egt_eq(eg_close(client), 0);
	egt_eq(eg_close(unused.fd), 0);
}

EG_TEST(accept_keeps_its_deadline)
{
	uint16_t port;
	int fd = kit_listen(0, &port);
	int pair[2];

	egt_eq(eg_accept(fd, NULL, NULL, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_accept(fd, NULL, NULL, eg_after(10 * EG_MSEC)), -ETIMEDOUT);
	egt_eq(eg_close(fd), 0);
	egt_eq(eg_accept(fd, NULL, NULL, EG_FOREVER), -EBADF);
	kit_unix_pair(SOCK_STREAM, pair);
	egt_eq(eg_accept(pair[0], NULL, NULL, EG_FOREVER), -EINVAL);
	kit_close_pair(pair);
	kit_pipe(pair);
	egt_eq(eg_accept(pair[0], NULL, NULL, EG_FOREVER), -ENOTSOCK);
	kit_close_pair(pair);
}
