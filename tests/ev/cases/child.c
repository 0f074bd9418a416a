/* SPDX-License-Identifier: MIT */
/*
 * Children: how they end, one that has ended before, any child, stops. LV-15
 */
#include "../expect.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int is_over;

static void on_child(EV_P_ ev_child *w, int revents)
{
	expect(revents == EV_CHILD && ev_is_active(w));
	expect(w->pid == 0 || w->rpid == w->pid);
	expect(ev_priority(w) == EV_MAXPRI);
	if (WIFSTOPPED(w->rstatus)) {
		say("stopped by %d\n", WSTOPSIG(w->rstatus));
		kill(w->rpid, SIGKILL);
		return;
	}
	if (WIFEXITED(w->rstatus))
		say("exited with %d\n", WEXITSTATUS(w->rstatus));
	else
		say("killed by %d\n", WTERMSIG(w->rstatus));
	is_over = 1;
	ev_child_stop(EV_A_ w);
}

static pid_t spawn(int status, int signum)
{
	pid_t pid = fork();

	expect(pid >= 0);
	if (pid)
		return pid;
	if (signum)
		raise(signum);
	_exit(status);
}

static void watch(EV_P_ pid_t pid, int trace)
{
	ev_child w;

	ev_child_init(&w, on_child, pid, trace);
	ev_child_start(EV_A_ & w);
	for (is_over = 0; !is_over;)
		ev_run(EV_A_ EVRUN_ONCE);
}

int main(void)
{
	struct ev_loop *loop = EV_DEFAULT;
	siginfo_t info;
	pid_t pid;

	watch(loop, spawn(7, 0), 0);
	watch(loop, spawn(0, SIGTERM), 0);
	watch(loop, spawn(0, SIGSTOP), 1);
	pid = spawn(3, 0);
	expect(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	watch(loop, pid, 0);
	spawn(4, 0);
	watch(loop, 0, 0);
	expect(waitpid(-1, NULL, WNOHANG) < 0);
	ev_loop_destroy(loop);
	return 0;
}
