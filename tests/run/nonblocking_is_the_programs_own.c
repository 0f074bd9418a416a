/* SPDX-License-Identifier: MIT */
/*
 * O_NONBLOCK is what the program made it: left alone by blocking calls, obeyed
 * at once where it is set, also through a duplicate or another process.
 */
#include "claim.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

static void *reads_one(void *arg)
{
	char byte;

	CHECK_EQ(read(*(int *)arg, &byte, 1), 1);
	return NULL;
}

static void blocks(int end[2])
{
	pthread_t t = start(reads_one, &end[0]);

	settle();
	CHECK_EQ(fcntl(end[0], F_GETFL) & O_NONBLOCK, 0);
	CHECK_EQ(fcntl(end[1], F_GETFL) & O_NONBLOCK, 0);
	OK(write(end[1], "x", 1));
	join(t);
	CHECK_EQ(fcntl(end[0], F_GETFL) & O_NONBLOCK, 0);
}

static void does_not_block(int end[2])
{
	static char much[1 << 20];
	char byte;

	CHECK_ERROR(read(end[0], &byte, 1), EAGAIN);
	OK(fcntl(end[1], F_SETFL, O_RDWR | O_NONBLOCK));
	while (write(end[1], much, sizeof(much)) > 0)
		;
	CHECK_EQ(errno, EAGAIN);
	while (read(end[0], much, sizeof(much)) > 0)
		;
	CHECK_EQ(errno, EAGAIN);
	OK(fcntl(end[1], F_SETFL, O_RDWR));
}

static void check(int end[2])
{
	int copy, on = 1, off = 0;
	pid_t child;

	blocks(end);
	copy = OK(dup(end[0]));
	OK(fcntl(copy, F_SETFL, O_NONBLOCK));
	does_not_block(end);
	OK(fcntl(copy, F_SETFL, 0));
	OK(close(copy));
	blocks(end);
	OK(ioctl(end[0], FIONBIO, &on));
	does_not_block(end);
	OK(ioctl(end[0], FIONBIO, &off));
	blocks(end);
	child = OK(fork());
	if (!child) {
		OK(fcntl(end[0], F_SETFL, O_NONBLOCK));
		_exit(0);
	}
	child_ends_well(child);
	does_not_block(end);
	OK(fcntl(end[0], F_SETFL, 0));
	blocks(end);
}

int main(void)
{
	int end[2];
	char byte;

	OK(pipe(end));
	check(end);
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, end));
	check(end);
	CHECK_ERROR(recv(end[0], &byte, 1, MSG_DONTWAIT), EAGAIN);
	CHECK_EQ(fcntl(end[0], F_GETFL) & O_NONBLOCK, 0);
	return ok();
}
