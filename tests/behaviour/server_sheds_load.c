/* SPDX-License-Identifier: MIT */
/*
 * An echo server that runs out of descriptors or memory keeps serving whom it
 * has accepted, and accepts again when there are some.
 */
#include "io_kit.h"

#include "base/fault.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { GUESTS = 20, CROWD = 300 };

struct server {
	int listener;
	uint16_t port;
	int refusals;
	int error; /* the last one */
};

static void *serve_one(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char buf[64];
	ssize_t r;

	while ((r = eg_read(fd, buf, sizeof(buf), EG_FOREVER)) > 0)
		if (eg_write(fd, buf, (size_t)r, EG_FOREVER) < 0)
			break;
	egt_eq(eg_close(fd), 0);
	return NULL;
}

/* As every server should be written: back off, and try again. */
static void *serve(void *arg)
{
	struct server *s = arg;
	int fd;

	for (;;) {
		fd = eg_accept(s->listener, NULL, NULL, EG_FOREVER);
		if (fd == -ECANCELED || fd == -EBADF)
			return NULL;
		if (fd >= 0 &&
		    eg_spawn(NULL, serve_one, (void *)(intptr_t)fd) == 0)
			continue;
		if (fd >= 0)
			egt_eq(eg_close(fd), 0);
		else
			s->error = fd;
		s->refusals++;
		if (eg_sleep(EG_MSEC) < 0)
			return NULL;
	}
}

static void talk(int fd)
{
	char buf[8] = "";

	egt_eq(eg_write(fd, "ping", 4, EG_FOREVER), 4);
	egt_eq(eg_read(fd, buf, sizeof(buf), EG_FOREVER), 4);
	egt_str_eq(buf, "ping");
}

/* The kernel alone completes the connection: the server has not run. */
static int visit(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int fd = eg_socket(AF_INET, SOCK_STREAM, 0);

	a.sin_port = htons(port);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	egt_le(0, fd);
	egt_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

/* While @s refuses newcomers, its guests are served. */
static void guests_are_served(struct server *s, const int *fd)
{
	s->refusals = 0;
	while (s->refusals < 3) {
		for (int i = 0; i < GUESTS; i++)
			talk(fd[i]);
		egt_eq(eg_sleep(EG_MSEC), 0);
	}
}

static eg_fiber *open_with_guests(struct server *s, int *fd)
{
	eg_fiber *f;

	s->listener = kit_listen(0, &s->port);
	f = kit_spawn(serve, s);
	for (int i = 0; i < GUESTS; i++) {
		fd[i] = visit(s->port);
		talk(fd[i]);
	}
	return f;
}

static void close_with_guests(struct server *s, const int *fd, eg_fiber *f)
{
	for (int i = 0; i < GUESTS; i++)
		egt_eq(eg_close(fd[i]), 0);
	egt_eq(eg_close(s->listener), 0);
	egt_eq(kit_join(f), 0);
}

EG_TEST(server_without_descriptors_serves_its_guests)
{
	struct rlimit limit, low;
	struct server s = { .error = 0 };
	int fd[GUESTS], late;
	eg_fiber *f = open_with_guests(&s, fd);

	late = visit(s.port);
	egt_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = (rlim_t)late + 1;
	egt_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
	guests_are_served(&s, fd);
	egt_eq(s.error, -EMFILE);
	egt_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	talk(late);
	egt_eq(eg_close(late), 0);
	close_with_guests(&s, fd, f);
}

static void fail_from_now_on(long nr, int error)
{
	eg__faults = (struct eg_faults){
		.countdown = 1, .more = INT64_MAX, .error = error, .only_nr = nr
	};
}

static void stop_failing(void)
{
	eg__faults = (struct eg_faults){ .only_nr = EG_FAULT_ANY };
}

/* The kernel has no memory for a newcomer. */
EG_TEST(server_that_cannot_accept_serves_its_guests, .backends = EGT_EPOLL)
{
	struct server s = { .error = 0 };
	int fd[GUESTS], late;
	eg_fiber *f = open_with_guests(&s, fd);

	late = visit(s.port);
	fail_from_now_on(SYS_accept4, -ENOMEM);
	guests_are_served(&s, fd);
	egt_eq(s.error, -ENOMEM);
	stop_failing();
	talk(late);
	egt_eq(eg_close(late), 0);
	close_with_guests(&s, fd, f);
}

/* We have no memory for the newcomers' fibers. */
EG_TEST(server_without_memory_serves_its_guests)
{
	static int crowd[CROWD];
	struct server s = { .error = 0 };
	int fd[GUESTS];
	eg_fiber *f = open_with_guests(&s, fd);

	fail_from_now_on(SYS_mmap, 0);
	for (int i = 0; i < CROWD; i++)
		crowd[i] = visit(s.port);
	guests_are_served(&s, fd);
	stop_failing();
	for (int i = 0; i < CROWD; i++)
		egt_eq(eg_close(crowd[i]), 0);
	crowd[0] = visit(s.port);
	talk(crowd[0]);
	egt_eq(eg_close(crowd[0]), 0);
	close_with_guests(&s, fd, f);
}
