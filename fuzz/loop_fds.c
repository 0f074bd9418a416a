/* SPDX-License-Identifier: MIT */
/*
 * The descriptors that fuzz_loop.c watches: written, drained, filled, closed,
 * and opened again under the same numbers. Reads nothing from the loop.
 */
#include "loop_fuzz.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static void place(int i, int fd)
{
	z.fds[i] = FD_BASE + i;
	MUST(dup2(fd, z.fds[i]) == z.fds[i]);
	close(fd);
}

void open_fd(int i)
{
	int pair[2];

	if (i == FILE_) {
		place(i, memfd_create("fuzz", MFD_CLOEXEC));
		return;
	}
	if (i == PIPE)
		MUST(!pipe2(pair, O_NONBLOCK | O_CLOEXEC));
	else
		MUST(!socketpair(AF_UNIX,
				 SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
				 pair));
	place(i, pair[0]);
	z.peers[i] = pair[1];
}

static bool is_open(int i)
{
	return fcntl(z.fds[i], F_GETFD) >= 0;
}

void close_peer(int i)
{
	if (z.peers[i] >= 0)
		close(z.peers[i]);
	z.peers[i] = -1;
}

int pick_fd(void)
{
	return take(FDS);
}

void op_fd_write(void)
{
	int i = pick_fd();

	if (z.peers[i] >= 0)
		(void)!write(z.peers[i], "x", 1);
}

void op_fd_drain(void)
{
	char buffer[512];
	int i = pick_fd();

	while (i != FILE_ && is_open(i) &&
	       read(z.fds[i], buffer, sizeof(buffer)) > 0)
		;
}

void op_fd_fill(void)
{
	static const char buffer[16384];
	int i = take(SOCKETS);

	while (is_open(i) && send(z.fds[i], buffer, sizeof(buffer),
				  MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
}

void op_fd_hang_up(void)
{
	close_peer(pick_fd());
}

/* Nobody watches it while it is closed: that is the caller's part. */
static bool let_go(int i)
{
	for (int k = 0; k < MODEL_ONCES; k++)
		if (z.is_once[k])
			return false;
	for (int k = 0; k < MODEL_WATCHERS; k++) {
		struct model_watcher *w = &z.m.all[k];

		if (w->kind != MODEL_IO || w->fd != z.fds[i])
			continue;
		MUST_EQ(eg_watcher_stop(&z.slots[k].w->common), 0);
		model_stop(&z.m, k);
		z.slots[k].may_come = false;
		z.slots[k].is_stale = true;
	}
	return true;
}

void op_fd_close(void)
{
	int i = pick_fd();

	if (is_open(i) && let_go(i)) {
		close(z.fds[i]);
		close_peer(i);
	}
}

void op_fd_reopen(void)
{
	int i = pick_fd();

	if (let_go(i)) {
		close_peer(i);
		if (is_open(i))
			close(z.fds[i]);
		open_fd(i);
	}
}
