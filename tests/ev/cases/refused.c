/* SPDX-License-Identifier: MIT */
/*
 * What a program may not do ends it; what is not there to be watched is told to
 * the callback. LV-10 LV-11 LV-14 LV-15
 */
#include "../expect.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int calls;

static void watch_negative(EV_P)
{
	ev_io w;

	ev_io_init(&w, NULL, -1, EV_READ);
	ev_io_start(EV_A_ & w);
}

static void watch_other_events(EV_P)
{
	ev_io w;

	ev_io_init(&w, NULL, 0, EV_READ | EV_TIMER);
	ev_io_start(EV_A_ & w);
}

static void repeat_negative(EV_P)
{
	ev_timer w;

	ev_timer_init(&w, NULL, 1., -1.);
	ev_timer_start(EV_A_ & w);
}

static void watch_twice(EV_P)
{
	static ev_signal a, b;

	ev_signal_init(&a, NULL, SIGUSR1);
	ev_signal_init(&b, NULL, SIGUSR1);
	ev_signal_start(EV_A_ & a);
	ev_signal_start(ev_loop_new(0), &b);
}

static void watch_no_signal(EV_P)
{
	ev_signal w;

	ev_signal_init(&w, NULL, 1000);
	ev_signal_start(EV_A_ & w);
}

static void abort_in(void (*fn)(EV_P))
{
	const struct rlimit no_core = { 0, 0 };
	pid_t pid = fork();
	int status = 0;

	expect(pid >= 0);
	if (!pid) {
		setrlimit(RLIMIT_CORE, &no_core);
		fn(ev_default_loop(0));
		_exit(0);
	}
	expect(waitpid(pid, &status, 0) == pid);
	expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void on_child(EV_P_ ev_child *w, int revents)
{
	(void)loop;
	expect(revents == (EV_ERROR | EV_CHILD) && !ev_is_active(w));
	expect(w->rpid == w->pid);
	expect(!WIFEXITED(w->rstatus) && !WIFSIGNALED(w->rstatus));
	calls++;
}

/* libev would wait for ever. */
static void watch_no_child(EV_P)
{
	ev_child w;

	ev_child_init(&w, on_child, getppid(), 0);
	ev_child_start(EV_A_ & w);
	expect(!ev_is_active(&w) && ev_is_pending(&w));
	expect(ev_run(EV_A_ 0) == 0 && calls == 1);
}

int main(void)
{
	abort_in(watch_negative);
	abort_in(watch_other_events);
	abort_in(repeat_negative);
	abort_in(watch_twice);
	abort_in(watch_no_signal);
	if (is_evergreen)
		watch_no_child(ev_default_loop(0));
	return 0;
}
