/* SPDX-License-Identifier: MIT */
/*
 * In a fork child: told by a call or found out, its watchers go on, and those of
 * fork are called first, there only. LV-20 LV-29
 */
#include "../expect.h"

#include <sys/wait.h>
#include <unistd.h>

static int forks, is_child;

static void on_fork(EV_P_ ev_fork *w, int revents)
{
	(void)loop;
	(void)w;
	expect(revents == EV_FORK && is_child);
	forks++;
}

static void on_io(EV_P_ ev_io *w, int revents)
{
	char c;

	expect(revents == EV_READ && read(w->fd, &c, 1) == 1);
	expect(forks == is_child);
	say("%s got %c\n", is_child ? "child" : "parent", c);
	ev_break(EV_A_ EVBREAK_ALL);
}

static void check(unsigned int flags)
{
	struct ev_loop *loop = ev_loop_new(flags);
	ev_fork w;
	ev_io io;
	int ends[2], status = -1;
	pid_t pid;

	expect(loop && pipe(ends) == 0);
	ev_fork_init(&w, on_fork);
	ev_fork_start(loop, &w);
	ev_io_init(&io, on_io, ends[0], EV_READ);
	ev_io_start(loop, &io);
	ev_run(loop, EVRUN_NOWAIT);
	pid = fork();
	expect(pid >= 0);
	if (!pid) {
		is_child = 1;
		if (!(flags & EVFLAG_FORKCHECK))
			ev_loop_fork(loop);
		expect(write(ends[1], "c", 1) == 1);
		ev_run(loop, 0);
		_exit(forks == 1 ? 0 : 1);
	}
	expect(waitpid(pid, &status, 0) == pid && status == 0);
	expect(write(ends[1], "p", 1) == 1);
	ev_run(loop, 0);
	ev_loop_destroy(loop);
}

int main(void)
{
	check(0);
	check(EVFLAG_FORKCHECK);
	check(EVBACKEND_POLL);
	return 0;
}
