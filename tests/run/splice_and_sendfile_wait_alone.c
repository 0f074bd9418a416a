/* SPDX-License-Identifier: MIT */
/*
 * splice(), tee(), sendfile() and copy by them wait for data or room without
 * keeping other threads from bringing it.
 */
#include "claim.h"

#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#define MUCH (1 << 20)

static int in[2], middle[2], copy[2], out[2], file;

static void *splices(void *arg)
{
	for (ssize_t n;
	     (n = OK(splice(in[0], NULL, middle[1], NULL, 4096, 0))) > 0;)
		;
	OK(close(middle[1]));
	return arg;
}

static void *tees(void *arg)
{
	ssize_t n;

	while ((n = OK(tee(middle[0], copy[1], 4096, 0))) > 0)
		CHECK_EQ(splice(middle[0], NULL, out[1], NULL, (size_t)n, 0),
			 n);
	OK(close(copy[1]));
	OK(close(out[1]));
	return arg;
}

static void *sends(void *socket)
{
	off_t at = 0;

	while (at < MUCH)
		OK(sendfile(*(int *)socket, file, &at, (size_t)(MUCH - at)));
	OK(close(*(int *)socket));
	return NULL;
}

static size_t read_all(int fd)
{
	static char buffer[65536];
	size_t sum = 0;

	for (ssize_t n; (n = OK(read(fd, buffer, sizeof(buffer)))) > 0;)
		sum += (size_t)n;
	return sum;
}

int main(void)
{
	pthread_t t[3];
	int pair[2];
	char byte;

	OK(pipe(in));
	OK(pipe(middle));
	OK(pipe(copy));
	OK(pipe(out));
	t[0] = start(splices, NULL);
	t[1] = start(tees, NULL);
	for (int i = 0; i < 50; i++) {
		OK(write(in[1], "x", 1));
		CHECK_EQ(read(out[0], &byte, 1), 1);
		CHECK_EQ(read(copy[0], &byte, 1), 1);
	}
	OK(close(in[1]));
	CHECK_EQ(read_all(out[0]), 0);
	CHECK_EQ(read_all(copy[0]), 0);
	join(t[0]);
	join(t[1]);

	file = OK(memfd_create("claim", 0));
	OK(ftruncate(file, MUCH));
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	t[2] = start(sends, &pair[1]);
	CHECK_EQ(read_all(pair[0]), MUCH);
	join(t[2]);
	return ok();
}
