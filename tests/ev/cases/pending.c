/* SPDX-License-Identifier: MIT */
/*
 * Pending: what is fed adds up, a stop or a clear takes it back, and a watcher
 * is not pending inside its callback. Watchers that were never started can be
 * fed too. LV-05
 */
#include "../expect.h"

static ev_timer timer;
static ev_watcher base;
static ev_async async;
static int calls;

static void on_timer(EV_P_ ev_timer *w, int revents)
{
	(void)loop;
	expect(!ev_is_pending(w));
	say("timer %x, data %s\n", revents, (const char *)w->data);
	calls++;
}

static void on_base(EV_P_ ev_watcher *w, int revents)
{
	(void)loop;
	say("base %x, active %d\n", revents, !!ev_is_active(w));
	calls++;
}

static void on_async(EV_P_ ev_async *w, int revents)
{
	say("async %x\n", revents);
	calls++;
	/* Stops one that is pending beside it. */
	ev_timer_stop(EV_A_ & timer);
	ev_async_stop(EV_A_ w);
}

int main(void)
{
	struct ev_loop *loop = ev_loop_new(0);
	char text[] = "kept";

	timer.data = text;
	ev_timer_init(&timer, on_timer, LONG, 0.);
	ev_init(&base, on_base);
	ev_feed_event(loop, &timer, EV_TIMER);
	ev_feed_event(loop, &timer, EV_CUSTOM);
	ev_feed_event(loop, &base, EV_READ);
	expect(ev_is_pending(&timer) && ev_is_pending(&base));
	expect(!ev_is_active(&timer));
	ev_invoke_pending(loop);
	expect(calls == 2);

	ev_feed_event(loop, &timer, EV_CUSTOM);
	expect(ev_clear_pending(loop, &timer) == EV_CUSTOM);
	expect(ev_clear_pending(loop, &timer) == 0);
	ev_invoke_pending(loop);
	expect(calls == 2);

	/* Fed before the start: the start keeps it. */
	ev_feed_event(loop, &timer, EV_CUSTOM);
	ev_timer_start(loop, &timer);
	expect(ev_is_pending(&timer) && ev_is_active(&timer));
	ev_invoke_pending(loop);
	expect(calls == 3);

	ev_async_init(&async, on_async);
	ev_async_start(loop, &async);
	ev_feed_event(loop, &timer, EV_CUSTOM);
	ev_feed_event(loop, &async, EV_ASYNC);
	expect(ev_run(loop, EVRUN_NOWAIT) == 0);
	expect(calls == 4 && !ev_is_active(&timer) && !ev_is_pending(&timer));

	ev_invoke(loop, &base, EV_WRITE);
	expect(calls == 5);
	ev_loop_destroy(loop);
	return 0;
}
