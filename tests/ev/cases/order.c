/* SPDX-License-Identifier: MIT */
/*
 * The order of callbacks in a turn: by priority, and within one the last that
 * was queued first; a higher priority that is fed meanwhile goes before the
 * rest. Not the kinds themselves. LV-03 LV-04 LV-23
 */
#include "../expect.h"

#include <unistd.h>

static ev_timer timers[3];
static ev_io io;
static ev_check check;
static ev_prepare prepare;
static ev_idle idle;
static ev_timer urgent;

static void on_prepare(EV_P_ ev_prepare *w, int revents)
{
	say("prepare %x\n", revents);
	ev_prepare_stop(EV_A_ w);
}

static void on_check(EV_P_ ev_check *w, int revents)
{
	say("check %x\n", revents);
	ev_check_stop(EV_A_ w);
}

static void on_idle(EV_P_ ev_idle *w, int revents)
{
	say("idle %x\n", revents);
	ev_idle_stop(EV_A_ w);
}

static void on_io(EV_P_ ev_io *w, int revents)
{
	say("io %x\n", revents);
	ev_io_stop(EV_A_ w);
}

static void on_timer(EV_P_ ev_timer *w, int revents)
{
	say("timer %d %x\n", (int)(w - timers), revents);
	if (w == &timers[1])
		ev_feed_event(EV_A_ & urgent, EV_CUSTOM);
}

static void on_urgent(EV_P_ ev_timer *w, int revents)
{
	(void)loop;
	say("urgent %x priority %d\n", revents, ev_priority(w));
}

static void feed_in_order(EV_P)
{
	ev_timer fed[4];
	int i;

	for (i = 0; i < 4; i++) {
		ev_timer_init(&fed[i], on_urgent, LONG, 0.);
		/* Beyond the ends: as far as it goes. */
		ev_set_priority(&fed[i], i == 3 ? 100 : i == 0 ? -100 : 0);
		ev_timer_start(EV_A_ & fed[i]);
		ev_feed_event(EV_A_ & fed[i], 1 << i);
	}
	expect(ev_pending_count(EV_A) == 4);
	ev_invoke_pending(EV_A);
	expect(ev_pending_count(EV_A) == 0);
	for (i = 0; i < 4; i++)
		ev_timer_stop(EV_A_ & fed[i]);
}

int main(void)
{
	struct ev_loop *loop = ev_loop_new(0);
	int ends[2], i;

	expect(loop && pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
	ev_init(&urgent, on_urgent);
	ev_set_priority(&urgent, 1);
	for (i = 0; i < 3; i++) {
		ev_timer_init(&timers[i], on_timer, 0.001 * (3 - i), 0.);
		ev_timer_start(loop, &timers[i]);
	}
	ev_io_init(&io, on_io, ends[0], EV_READ);
	ev_io_start(loop, &io);
	ev_prepare_init(&prepare, on_prepare);
	ev_prepare_start(loop, &prepare);
	ev_check_init(&check, on_check);
	ev_check_start(loop, &check);
	ev_idle_init(&idle, on_idle);
	ev_set_priority(&idle, EV_MINPRI);
	ev_idle_start(loop, &idle);
	/* All timers are due in the first turn. */
	ev_sleep(0.01);
	ev_now_update(loop);
	expect(ev_run(loop, 0) == 0);
	feed_in_order(loop);
	ev_loop_destroy(loop);
	return 0;
}
