/* SPDX-License-Identifier: MIT */
/*
 * What a loop is told: the user's pointer, callbacks around the wait and in place
 * of invoking, intervals, the allocator. LV-27
 */
#include "../expect.h"

static int released, acquired, invoked, fired;

static void on_timer(EV_P_ ev_timer *w, int revents)
{
	(void)revents;
	expect(released == acquired);
	if (++fired == 3)
		ev_timer_stop(EV_A_ w);
}

static void on_release(EV_P) EV_NOEXCEPT
{
	(void)loop;
	expect(released == acquired);
	released++;
}

static void on_acquire(EV_P) EV_NOEXCEPT
{
	expect(ev_userdata(EV_A) == &fired);
	acquired++;
}

static void on_invoke(EV_P)
{
	invoked++;
	ev_invoke_pending(EV_A);
}

static long allocated;

static void *allocate(void *memory, long size) EV_NOEXCEPT
{
	if (size) {
		allocated++;
		return realloc(memory, (size_t)size);
	}
	free(memory);
	return NULL;
}

int main(void)
{
	struct ev_loop *loop;
	ev_timer timer;
	int before;

	ev_set_allocator(allocate);
	loop = ev_loop_new(0);
	expect(allocated > 0);
	expect(ev_userdata(loop) == NULL);
	ev_set_userdata(loop, &fired);
	ev_set_loop_release_cb(loop, on_release, on_acquire);
	ev_set_invoke_pending_cb(loop, on_invoke);
	ev_set_io_collect_interval(loop, 0.001);
	ev_set_timeout_collect_interval(loop, 0.001);
	ev_timer_init(&timer, on_timer, 0.002, 0.002);
	ev_timer_start(loop, &timer);
	expect(ev_run(loop, 0) == 0);
	expect(fired == 3 && invoked > 0);
	expect(released == acquired && released > 0);

	/* One is taken back, the others stay. */
	ev_set_invoke_pending_cb(loop, ev_invoke_pending);
	before = released;
	invoked = 0;
	fired = 2;
	ev_timer_start(loop, &timer);
	expect(ev_run(loop, 0) == 0);
	expect(invoked == 0 && released > before && fired == 3);
	ev_loop_destroy(loop);
	return 0;
}
