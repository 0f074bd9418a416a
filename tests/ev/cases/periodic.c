/* SPDX-License-Identifier: MIT */
/*
 * Points of the wall clock: one, an interval, those that a callback says.
 * LV-13
 */
#include "../expect.h"

static int fired;

static void on_periodic(EV_P_ ev_periodic *w, int revents)
{
	expect(revents == EV_PERIODIC);
	say("%s, active %d\n", (const char *)w->data, !!ev_is_active(w));
	if (w->interval > 0. || w->reschedule_cb) {
		expect(ev_periodic_at(w) > ev_now(EV_A));
		if (++fired % 2 == 0)
			ev_periodic_stop(EV_A_ w);
	}
}

static ev_tstamp soon(ev_periodic *w, ev_tstamp now) EV_NOEXCEPT
{
	(void)w;
	return now + 0.002;
}

static void init(ev_periodic *w, const char *name, ev_tstamp offset,
		 ev_tstamp interval,
		 ev_tstamp (*reschedule)(ev_periodic *, ev_tstamp) EV_NOEXCEPT)
{
	ev_periodic_init(w, on_periodic, offset, interval, reschedule);
	w->data = (void *)(size_t)name;
}

int main(void)
{
	struct ev_loop *loop = ev_loop_new(0);
	ev_periodic w;
	ev_tstamp at;

	init(&w, "past", 1., 0., NULL);
	ev_periodic_start(loop, &w);
	expect(ev_periodic_at(&w) == 1.);
	expect(ev_run(loop, 0) == 0);
	init(&w, "soon", ev_now(loop) + 0.002, 0., NULL);
	ev_periodic_start(loop, &w);
	expect(ev_run(loop, 0) == 0);
	expect(ev_now(loop) >= w.offset - 0.001);

	init(&w, "interval", 0., 0.004, NULL);
	ev_periodic_start(loop, &w);
	expect(ev_run(loop, 0) == 0);
	init(&w, "callback", 0., 0., soon);
	ev_periodic_start(loop, &w);
	expect(ev_run(loop, 0) == 0);

	/* The next full hour, and half past. */
	init(&w, "hour", 0., 3600., NULL);
	ev_periodic_start(loop, &w);
	at = ev_periodic_at(&w);
	expect(at > ev_now(loop) && at <= ev_now(loop) + 3600.);
	expect((long)at % 3600 == 0);
	w.offset = 1800.;
	ev_periodic_again(loop, &w);
	expect((long)ev_periodic_at(&w) % 3600 == 1800);
	ev_periodic_stop(loop, &w);
	ev_loop_destroy(loop);
	return 0;
}
