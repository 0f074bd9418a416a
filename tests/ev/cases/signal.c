/* SPDX-License-Identifier: MIT */
/*
 * Signals: called in the loop, once for several, for every watcher; fed by hand
 * too. LV-14
 */
#include "../expect.h"

#include <signal.h>

static int calls;

static void on_signal(EV_P_ ev_signal *w, int revents)
{
	say("signal %d %x\n", w->signum, revents);
	if (++calls % 2 == 0)
		ev_break(EV_A_ EVBREAK_ALL);
}

int main(void)
{
	struct ev_loop *loop = EV_DEFAULT;
	ev_signal a, b;
	ev_timer far;

	ev_init(&far, NULL);
	ev_timer_set(&far, LONG, 0.);
	ev_timer_start(loop, &far);
	ev_signal_init(&a, on_signal, SIGUSR1);
	ev_signal_init(&b, on_signal, SIGUSR1);
	ev_signal_start(loop, &a);
	ev_signal_start(loop, &b);
	raise(SIGUSR1);
	raise(SIGUSR1);
	expect(calls == 0);
	ev_run(loop, 0);
	expect(calls == 2);
	ev_feed_signal(SIGUSR1);
	ev_run(loop, 0);
	expect(calls == 4);
	ev_feed_signal_event(loop, SIGUSR1);
	ev_run(loop, EVRUN_NOWAIT);
	expect(calls == 6);
	ev_signal_stop(loop, &b);
	ev_signal_stop(loop, &a);
	/* Another one, by the same watcher. */
	ev_signal_set(&a, SIGUSR2);
	ev_signal_start(loop, &a);
	ev_feed_event(loop, &b, EV_CUSTOM);
	raise(SIGUSR2);
	ev_run(loop, EVRUN_ONCE);
	ev_run(loop, EVRUN_NOWAIT);
	expect(calls == 8);
	ev_signal_stop(loop, &a);
	ev_loop_destroy(loop);
	return 0;
}
