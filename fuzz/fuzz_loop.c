/* SPDX-License-Identifier: MIT */
/*
 * Turns bytes into calls of <evergreen/loop.h>, from outside and from inside of
 * callbacks. On the sim backend each callback must be the model's next one, at
 * its time; on the others, one that may come. libFuzzer or main.c has the
 * main().
 */
#include "loop_fuzz.h"

#include <evergreen/debug.h>

#include <unistd.h>

struct fuzz z;

static int64_t read_now(void)
{
	return z.loop ? eg_loop_now(z.loop) : z.m.now;
}

/* What can be asked of a watcher, against the model. */
static void check_slot(int i)
{
	const struct model_watcher *m = &z.m.all[i];
	const union any_watcher *w = z.slots[i].w;

	if (!w)
		return;
	MUST_EQ(eg_watcher_is_active(&w->common), m->is_active);
	MUST_EQ(eg_watcher_is_pending(&w->common), m->is_pending);
	MUST_EQ(eg_watcher_priority(&w->common), m->priority);
	if (m->kind == MODEL_ASYNC && m->is_active)
		MUST_EQ(eg_watch_async_is_sent(&w->async), m->is_sent);
	if (m->kind == MODEL_TIMER && z.loop)
		MUST_EQ(eg_watch_timer_remaining(z.loop, &w->timer),
			m->is_active ? m->at - z.m.now : m->after);
	if (m->kind == MODEL_PERIODIC)
		MUST_EQ(eg_watch_periodic_at(&w->periodic),
			m->is_active ? m->at : EG_FOREVER);
}

static void check(void)
{
	eg_loop_stats stats = { .size = sizeof(stats) };

	if (z.loop) {
		MUST_EQ(eg_loop_verify(z.loop), 0);
		MUST_EQ(eg_loop_get_stats(z.loop, &stats), 0);
	}
	if (!z.is_exact)
		return;
	for (int i = 0; i < MODEL_WATCHERS; i++)
		check_slot(i);
	if (!z.loop)
		return;
	MUST_EQ(eg_loop_now(z.loop), z.m.now);
	MUST_EQ(stats.references, z.m.references);
	MUST_EQ(stats.pending, model_pending_count(&z.m));
	MUST(stats.turns >= z.m.turns);
}

void do_operations(void)
{
	int n = take(6);

	check();
	while (n-- && z.bytes.left) {
		operations[take(operation_count)]();
		check();
	}
}

static bool open_loop(void)
{
	eg_loop_options o = EG_LOOP_OPTIONS_INIT;
	int64_t guard = z.is_exact ? GUARD_SIM * EG_SEC : EG_MSEC;

	o.backend = z.backend;
	o.flags = EG_LOOP_NO_ENV;
	if (eg_loop_new(&z.loop, &o) < 0)
		return false;
	z.m.depth = z.m.break_how = 0;
	z.m.is_woken = z.m.is_freed = false;
	z.m.references = z.m.collect = 0;
	z.m.turns = z.m.counter = 0;
	z.m.now = eg_loop_now(z.loop);
	z.m.wall_lead = eg_loop_realtime(z.loop) - z.m.now;
	/* Nothing sleeps for ever. */
	make(0, MODEL_TIMER, 0);
	MUST_EQ(eg_watch_timer_set(&z.slots[0].w->timer, guard, guard), 0);
	z.m.all[0].after = z.m.all[0].repeat = guard;
	start(0);
	return true;
}

/* What is refused is said, and does not matter here. */
static void keep_log(int level, const char *line, void *arg)
{
	(void)arg;
	if (level >= EG_FATAL_LEVEL)
		fprintf(stderr, "%s\n", line);
}

static void set_up(void)
{
	static const char *const backends[] = { "epoll", "io_uring", "poll",
						"select" };
	int i = take(32);

	z.is_exact = i >= 4;
	z.backend = z.is_exact ? "sim" : backends[i];
	eg_set_log(keep_log, NULL);
	model_init(&z.m, 0, 0);
	z.m.busy_step = BUSY_STEP_NS;
	z.m.read_now = read_now;
	z.invoked = -1;
	for (int k = 0; k < FDS; k++) {
		z.peers[k] = -1;
		open_fd(k);
	}
}

static void tear_down(void)
{
	if (z.loop)
		free_loop();
	for (int i = 0; i < MODEL_WATCHERS; i++)
		destroy(i);
	for (int k = 0; k < FDS; k++) {
		close_peer(k);
		close(z.fds[k]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	z = (struct fuzz){ .bytes = { input, len } };
	set_up();
	while (z.bytes.left && (z.loop || open_loop()))
		do_operations();
	tear_down();
	return 0;
}
