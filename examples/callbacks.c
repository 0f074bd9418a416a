/* SPDX-License-Identifier: MIT */
/*
 * Callbacks and fibers in one program: a timer calls back while a fiber waits
 * for a child process, on the loop that the hub drives.
 */
#include <evergreen/evergreen.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void tick(eg_loop *loop, eg_watcher *watcher, int events)
{
	pid_t *child = watcher->data;
	static int ticks;

	(void)loop;
	(void)events;
	printf("tick %d\n", ++ticks);
	if (ticks < 3)
		return;
	/* A watcher may be stopped anywhere, by its own callback too. */
	eg_watcher_stop(watcher);
	kill(*child, SIGTERM);
}

static int callbacks(void *arg)
{
	eg_watch_timer timer;
	eg_watch_child child;
	eg_loop *loop;
	pid_t pid;
	int r;

	(void)arg;
	r = eg_loop_hub(&loop);
	if (r < 0)
		return r;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		pause();
		_exit(0);
	}
	eg_watch_timer_init(&timer, tick, 10 * EG_MSEC, 10 * EG_MSEC);
	timer.watcher.data = &pid;
	eg_watcher_start(loop, &timer.watcher);

	/* No callback: only this fiber waits for it. */
	eg_watch_child_init(&child, NULL, pid, false);
	r = eg_watcher_wait(loop, &child.watcher, NULL, EG_FOREVER);
	if (r < 0)
		return r;
	printf("the child ended by signal %d\n", WTERMSIG(child.rstatus));
	return 0;
}

int main(void)
{
	int status, r = eg_run(callbacks, NULL, NULL, &status);

	if (r < 0 || status < 0) {
		fprintf(stderr, "callbacks: %s\n",
			eg_strerror(r < 0 ? r : status));
		return 1;
	}
	return 0;
}
