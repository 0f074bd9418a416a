/* SPDX-License-Identifier: MIT */
/*
 * The operations of fuzz_loop.c: each takes its arguments from the bytes, makes
 * the call, and tells the model.
 */
#include "loop_fuzz.h"

#include "watch/clock.h"

static void op_make(void)
{
	int i = pick();

	make(i, (enum model_kind)(1 + take(MODEL_KINDS - 1)),
	     take(3) ? 0 : take(5) - 2);
	if (z.loop && take(4))
		start(i);
}

static void op_start(void)
{
	int i;

	if (z.loop && pick_watcher(&i))
		start(i);
}

static void op_stop(void)
{
	int i;
	eg_watcher *w = pick_watcher(&i);

	if (!w)
		return;
	MUST_EQ(eg_watcher_stop(w), 0);
	model_stop(&z.m, i);
	z.slots[i].may_come = false;
}

static void op_feed(void)
{
	int i, events = 1 << take(26);
	eg_watcher *w = pick_watcher(&i);

	if (!w || !z.loop)
		return;
	MUST_EQ(eg_watcher_feed(z.loop, w, events), 0);
	model_feed(&z.m, i, events);
	z.slots[i].may_come = true;
}

static void op_clear(void)
{
	int i, got;
	eg_watcher *w = pick_watcher(&i);

	if (!w)
		return;
	got = eg_watcher_clear(w);
	if (z.is_exact)
		MUST_EQ(got, model_clear(&z.m, i));
	z.slots[i].may_come = eg_watcher_is_active(w);
}

static void op_set_priority(void)
{
	int i, priority = take(5) - 2;
	eg_watcher *w = pick_watcher(&i);
	bool is_busy = eg_watcher_is_active(w) || eg_watcher_is_pending(w);

	if (!w)
		return;
	MUST_EQ(eg_watcher_set_priority(w, priority), is_busy ? -EBUSY : 0);
	if (!is_busy)
		z.m.all[i].priority = priority;
}

static void op_invoke(void)
{
	int i;
	eg_watcher *w = pick_watcher(&i);

	if (!w || !z.loop || z.nest >= NEST_MAX)
		return;
	z.invoked = i;
	z.invoked_events = EG_CUSTOM;
	MUST_EQ(eg_watcher_invoke(z.loop, w, EG_CUSTOM), 0);
	MUST_EQ(z.invoked, -1);
}

static void op_destroy(void)
{
	destroy(pick());
}

static void op_destroy_pending(void)
{
	for (int i = 1; i < MODEL_WATCHERS; i++)
		if (z.slots[i].w &&
		    eg_watcher_is_pending(&z.slots[i].w->common))
			destroy(i);
}

static void op_timer_again(void)
{
	int i;
	union any_watcher *w = pick_kind(MODEL_TIMER, &i);

	if (!w || !z.loop)
		return;
	if (take(4) == 0) {
		w->timer.repeat = take(4) * EG_MSEC;
		z.m.all[i].repeat = w->timer.repeat;
	}
	MUST_EQ(eg_watch_timer_again(z.loop, &w->timer), 0);
	model_timer_again(&z.m, i);
	z.slots[i].may_come = eg_watcher_is_active(&w->common);
}

static void op_periodic_again(void)
{
	int i, got;
	union any_watcher *w = pick_kind(MODEL_PERIODIC, &i);

	if (!w || !z.loop)
		return;
	got = eg_watch_periodic_again(z.loop, &w->periodic);
	if (z.is_exact)
		MUST_EQ(got, model_periodic_again(&z.m, i));
	if (eg_watcher_is_active(&w->common))
		z.slots[i].may_come = true;
}

static void op_timer_set(void)
{
	int i;
	union any_watcher *w = pick_kind(MODEL_TIMER, &i);
	int64_t after = take(8) * EG_MSEC, repeat = take(4) * EG_MSEC;
	bool is_active = w && eg_watcher_is_active(&w->common);

	if (!w)
		return;
	MUST_EQ(eg_watch_timer_set(&w->timer, after, repeat),
		is_active ? -EBUSY : 0);
	if (is_active)
		return;
	z.m.all[i].after = after;
	z.m.all[i].repeat = repeat;
}

static void op_io_set(void)
{
	int i;
	union any_watcher *w = pick_kind(MODEL_IO, &i);
	int fd = z.fds[pick_fd()], events = 1 + take(3);
	bool is_active = w && eg_watcher_is_active(&w->common);

	if (!w)
		return;
	MUST_EQ(eg_watch_io_set(&w->io, fd, events), is_active ? -EBUSY : 0);
	if (is_active)
		return;
	z.m.all[i].fd = fd;
	z.m.all[i].wanted = events;
	z.slots[i].is_stale = false;
}

static void op_async_send(void)
{
	int i;
	union any_watcher *w = pick_kind(MODEL_ASYNC, &i);
	bool is_active = w && eg_watcher_is_active(&w->common);

	if (!w)
		return;
	MUST_EQ(eg_watch_async_send(&w->async), is_active ? 0 : -EINVAL);
	if (!is_active || z.m.all[i].is_sent)
		return;
	z.m.all[i].is_sent = true;
	z.m.is_woken = true;
}

/* The loop */

static void op_feed_fd(void)
{
	int fd = z.fds[pick_fd()], events = 1 + take(3);

	if (!z.loop)
		return;
	MUST_EQ(eg_loop_feed_fd(z.loop, fd, events), 0);
	model_feed_fd(&z.m, fd, events);
}

static void op_once(void)
{
	struct model_watcher *io, *timer;
	int i = pick_fd(), k = take(MODEL_ONCES);
	int events = take(4);
	int64_t timeout = events && take(2) ? -1 : take(6) * EG_MSEC;

	if (!z.loop || z.is_once[k])
		return;
	io = &z.m.all[model_once_io(k)];
	timer = &z.m.all[model_once_timer(k)];
	z.onces[k] = k;
	MUST_EQ(eg_loop_once(z.loop, events ? z.fds[i] : -1, events, timeout,
			     on_once, &z.onces[k]),
		0);
	z.is_once[k] = true;
	*io = (struct model_watcher){ .kind = MODEL_IO };
	*timer = (struct model_watcher){ .kind = MODEL_TIMER };
	io->fd = z.fds[i];
	io->wanted = events;
	timer->after = timeout;
	if (events)
		model_start(&z.m, model_once_io(k));
	if (timeout >= 0)
		model_start(&z.m, model_once_timer(k));
}

static void op_break(void)
{
	int how = take(3);
	bool is_run = false;

	if (!z.loop)
		return;
	for (int i = 0; i < z.m.depth; i++)
		is_run |= z.m.frames[i].is_run;
	MUST_EQ(eg_loop_break(z.loop, how), 0);
	if (is_run)
		z.m.break_how = how;
}

static void op_ref(void)
{
	bool is_ref = take(2);

	if (!z.loop)
		return;
	MUST_EQ(is_ref ? eg_loop_ref(z.loop) : eg_loop_unref(z.loop), 0);
	z.m.references += is_ref ? 1 : -1;
}

/* The wall clock jumps, and the loop finds out. */
static void op_resume(void)
{
	int64_t jump = (take(32) - 16) * EG_MSEC, wall;

	if (!z.loop)
		return;
	wall = eg_loop_realtime(z.loop) + jump;
	MUST_EQ(eg_loop_suspend(z.loop), 0);
	MUST_EQ(eg_loop_suspend(z.loop), -EALREADY);
	if (z.is_exact)
		eg__watch_set_wall_clock(z.loop, wall);
	MUST_EQ(eg_loop_resume(z.loop), 0);
	MUST_EQ(eg_loop_resume(z.loop), -EALREADY);
	if (z.is_exact) {
		MUST_EQ(eg_loop_realtime(z.loop), wall);
		model_set_wall(&z.m, wall);
	}
}

static void op_update(void)
{
	if (z.loop)
		MUST_EQ(eg_loop_update(z.loop), 0);
}

static void op_collect(void)
{
	int64_t late = take(2) ? take(4) * 3 * EG_MSEC : 0;

	if (!z.loop)
		return;
	MUST_EQ(eg_loop_set_collect(z.loop, -1, late), 0);
	z.m.collect = late;
}

static void leave_frame(bool is_run, int got)
{
	if (z.is_exact)
		MUST(!model_settle(&z.m));
	model_leave(&z.m);
	if (z.is_exact)
		MUST_EQ(got, is_run && z.loop ? z.m.references > 0 : 0);
}

static void op_run(void)
{
	int mode = take(3), r;

	if (!z.loop || z.nest >= NEST_MAX)
		return;
	model_enter(&z.m, true, mode);
	r = eg_loop_run(z.loop, mode);
	MUST(r >= 0);
	leave_frame(true, r);
}

static void op_invoke_pending(void)
{
	if (!z.loop || z.nest >= NEST_MAX)
		return;
	model_enter(&z.m, false, 0);
	leave_frame(false, eg_loop_invoke_pending(z.loop));
}

void free_loop(void)
{
	if (z.is_ending) {
		MUST_EQ(eg_loop_free(z.loop), 0);
		return;
	}
	z.is_ending = true;
	/* Cleanup callbacks may run it once more. */
	for (int i = 0; i < MODEL_WATCHERS; i++)
		z.slots[i].may_come =
			z.slots[i].w &&
			eg_watcher_is_active(&z.slots[i].w->common);
	model_begin_free(&z.m);
	MUST_EQ(eg_loop_free(z.loop), 0);
	z.loop = NULL;
	if (!z.is_exact) {
		for (int i = 0; i < MODEL_ALL; i++)
			model_clear(&z.m, i);
	}
	model_end_free(&z.m);
	memset(z.is_once, 0, sizeof(z.is_once));
	for (int i = 0; i < MODEL_WATCHERS; i++)
		z.slots[i].may_come = false;
	z.is_ending = false;
}

static void op_free_loop(void)
{
	if (z.loop && z.nest < NEST_MAX && !take(4))
		free_loop();
}

/* All operations, the ones that make something happen more often. */
operation *const operations[] = {
	op_make,
	op_make,
	op_make,
	op_make,
	op_make,
	op_start,
	op_start,
	op_start,
	op_stop,
	op_feed,
	op_feed,
	op_feed,
	op_clear,
	op_invoke,
	op_destroy,
	op_destroy_pending,
	op_timer_again,
	op_timer_set,
	op_io_set,
	op_async_send,
	op_feed_fd,
	op_once,
	op_break,
	op_ref,
	op_resume,
	op_update,
	op_collect,
	op_run,
	op_run,
	op_run,
	op_run,
	op_fd_write,
	op_fd_drain,
	op_fd_fill,
	op_fd_hang_up,
	op_fd_close,
	op_fd_reopen,
	op_free_loop,
	op_fd_write,
	op_set_priority,
	op_invoke_pending,
	op_async_send,
	op_periodic_again,
};

const int operation_count = sizeof(operations) / sizeof(*operations);
