/* SPDX-License-Identifier: MIT */
/*
 * Turns bytes into calls of <evergreen/loop.h>, from outside and from inside of
 * callbacks. On the sim backend each callback must be the model's next one, at
 * its time; on the others, one that may come. libFuzzer or main.c has the
 * main().
 */
#include "fuzz.h"
#include "loop_model.h"

#include "watch/clock.h"

#include <evergreen/debug.h>
#include <evergreen/time.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	FDS = 5, /* three sockets, a pipe, a file */
	SOCKETS = 3,
	PIPE = SOCKETS,
	FILE_ = PIPE + 1,
	FD_BASE = 200, /* numbers that nobody else takes meanwhile */
	NEST_MAX = 8,
	BUSY_STEP_NS = 100000, /* the sim backend's */
	GUARD_SIM = 3600,      /* seconds */
	EVENTS = EG_READ | EG_WRITE,
};

union any_watcher {
	eg_watcher common;
	eg_watch_io io;
	eg_watch_timer timer;
	eg_watch_periodic periodic;
	eg_watch_idle idle;
	eg_watch_prepare prepare;
	eg_watch_check check;
	eg_watch_async async;
	eg_watch_cleanup cleanup;
};

struct slot {
	union any_watcher *w; /* owned, in memory of its own; NULL: none */
	bool may_come;	      /* not on sim: a callback would be right */
	bool is_stale;	      /* io: the number means another file now */
};

static struct fuzz {
	struct fuzz_bytes bytes;
	struct model m;
	eg_loop *loop; /* NULL: freed */
	bool is_exact; /* the sim backend */
	bool is_ending;
	const char *backend;
	struct slot slots[MODEL_WATCHERS];
	int onces[MODEL_ONCES]; /* their numbers, for the callbacks */
	bool is_once[MODEL_ONCES];
	int fds[FDS], peers[FDS];
	int nest;
	int invoked, invoked_events; /* by eg_watcher_invoke(); -1: none */
} z;

static void do_operations(void);

static int take(int n)
{
	return fuzz_take(&z.bytes) % n;
}

static int64_t read_now(void)
{
	return z.loop ? eg_loop_now(z.loop) : z.m.now;
}

/* Descriptors that stay the same numbers */

static void place(int i, int fd)
{
	z.fds[i] = FD_BASE + i;
	MUST(dup2(fd, z.fds[i]) == z.fds[i]);
	close(fd);
}

static void open_fd(int i)
{
	int pair[2];

	if (i == FILE_) {
		place(i, memfd_create("fuzz", MFD_CLOEXEC));
		return;
	}
	if (i == PIPE)
		MUST(!pipe2(pair, O_NONBLOCK | O_CLOEXEC));
	else
		MUST(!socketpair(AF_UNIX,
				 SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
				 pair));
	place(i, pair[0]);
	z.peers[i] = pair[1];
}

static bool is_open(int i)
{
	return fcntl(z.fds[i], F_GETFD) >= 0;
}

static void close_peer(int i)
{
	if (z.peers[i] >= 0)
		close(z.peers[i]);
	z.peers[i] = -1;
}

static int pick_fd(void)
{
	return take(FDS);
}

static void op_fd_write(void)
{
	int i = pick_fd();

	if (z.peers[i] >= 0)
		(void)!write(z.peers[i], "x", 1);
}

static void op_fd_drain(void)
{
	char buffer[512];
	int i = pick_fd();

	while (i != FILE_ && is_open(i) &&
	       read(z.fds[i], buffer, sizeof(buffer)) > 0)
		;
}

static void op_fd_fill(void)
{
	static const char buffer[16384];
	int i = take(SOCKETS);

	while (is_open(i) && send(z.fds[i], buffer, sizeof(buffer),
				  MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
}

static void op_fd_hang_up(void)
{
	close_peer(pick_fd());
}

/* Nobody watches it while it is closed: that is the caller's part. */
static bool let_go(int i)
{
	for (int k = 0; k < MODEL_ONCES; k++)
		if (z.is_once[k])
			return false;
	for (int k = 0; k < MODEL_WATCHERS; k++) {
		struct model_watcher *w = &z.m.all[k];

		if (w->kind != MODEL_IO || w->fd != z.fds[i])
			continue;
		MUST_EQ(eg_watcher_stop(&z.slots[k].w->common), 0);
		model_stop(&z.m, k);
		z.slots[k].may_come = false;
		z.slots[k].is_stale = true;
	}
	return true;
}

static void op_fd_close(void)
{
	int i = pick_fd();

	if (is_open(i) && let_go(i)) {
		close(z.fds[i]);
		close_peer(i);
	}
}

static void op_fd_reopen(void)
{
	int i = pick_fd();

	if (let_go(i)) {
		close_peer(i);
		if (is_open(i))
			close(z.fds[i]);
		open_fd(i);
	}
}

/* Callbacks */

static int number_of(const eg_watcher *w)
{
	return (int)(intptr_t)w->data;
}

static void enter_callback(void)
{
	z.nest++;
	do_operations();
	if (!z.bytes.left && z.loop) {
		MUST_EQ(eg_loop_break(z.loop, EG_BREAK_ALL), 0);
		z.m.break_how = EG_BREAK_ALL;
	}
	z.nest--;
}

/* Where it cannot be said who is next: it is somebody who waits for it. */
static void check_may_come(int i, const eg_watcher *w)
{
	MUST(z.slots[i].may_come);
	MUST(!eg_watcher_is_pending(w));
	if (!eg_watcher_is_active(w))
		z.slots[i].may_come = false;
}

static void on_watcher(eg_loop *loop, eg_watcher *w, int events)
{
	int i = number_of(w);

	MUST(loop == z.loop);
	MUST(&z.slots[i].w->common == w);
	if (z.invoked == i) {
		MUST_EQ(events, z.invoked_events);
		z.invoked = -1;
	} else if (z.is_exact) {
		MUST_EQ(events, model_call(&z.m, i));
	} else {
		check_may_come(i, w);
	}
	if (!i && !z.is_exact) {
		MUST_EQ(eg_loop_break(loop, EG_BREAK_ALL), 0);
		z.m.break_how = EG_BREAK_ALL;
	}
	enter_callback();
}

static void on_once(int events, void *arg)
{
	int k = *(const int *)arg;

	MUST(z.is_once[k]);
	z.is_once[k] = false;
	if (z.is_exact)
		MUST_EQ(events, model_call_once(&z.m, k));
	enter_callback();
}

static int64_t reschedule_soon(int64_t now)
{
	return now + 3 * EG_MSEC;
}

static int64_t reschedule_never(int64_t now)
{
	(void)now;
	return EG_FOREVER;
}

/* Now and then, a time that has passed. */
static int64_t reschedule_wrongly(int64_t now)
{
	return now / EG_MSEC % 4 ? now + EG_MSEC : now - 1;
}

static model_reschedule_fn *const reschedules[] = {
	NULL, NULL, NULL, reschedule_soon, reschedule_never, reschedule_wrongly,
};

static int64_t on_reschedule(eg_watch_periodic *p, int64_t now)
{
	return z.m.all[number_of(&p->watcher)].reschedule(now);
}

/* Watchers */

static int pick(void)
{
	return 1 + take(MODEL_WATCHERS - 1);
}

/* One that was initialised, or NULL. */
static eg_watcher *pick_watcher(int *ret)
{
	*ret = pick();
	return z.slots[*ret].w ? &z.slots[*ret].w->common : NULL;
}

/* Of that kind, if there is one behind the one picked. */
static union any_watcher *pick_kind(enum model_kind kind, int *ret)
{
	int first = pick();

	for (int n = 0; n < MODEL_WATCHERS - 1; n++) {
		int i = 1 + (first - 1 + n) % (MODEL_WATCHERS - 1);

		*ret = i;
		if (z.m.all[i].kind == kind)
			return z.slots[i].w;
	}
	return NULL;
}

/* What is stopped is the caller's memory again. */
static void destroy(int i)
{
	struct slot *s = &z.slots[i];

	if (!s->w)
		return;
	MUST_EQ(eg_watcher_stop(&s->w->common), 0);
	model_stop(&z.m, i);
	memset(s->w, 0xa5, sizeof(*s->w));
	free(s->w);
	*s = (struct slot){ 0 };
	z.m.all[i] = (struct model_watcher){ 0 };
}

static void init_io(union any_watcher *w, struct model_watcher *m)
{
	m->fd = z.fds[pick_fd()];
	m->wanted = 1 + take(3);
	MUST_EQ(eg_watch_io_init(&w->io, on_watcher, m->fd, m->wanted), 0);
}

static void init_timer(union any_watcher *w, struct model_watcher *m)
{
	m->after = (take(8) - 1) * EG_MSEC;
	m->repeat = take(4) * EG_MSEC;
	MUST_EQ(eg_watch_timer_init(&w->timer, on_watcher, m->after, m->repeat),
		0);
}

static void init_periodic(union any_watcher *w, struct model_watcher *m)
{
	m->offset = take(2) ? take(8) * EG_MSEC
			    : z.m.now + z.m.wall_lead + take(8) * EG_MSEC;
	m->interval = take(4) * EG_MSEC;
	m->reschedule = reschedules[take(6)];
	MUST_EQ(eg_watch_periodic_init(&w->periodic, on_watcher, m->offset,
				       m->interval,
				       m->reschedule ? on_reschedule : NULL),
		0);
}

static void init_kind(union any_watcher *w, struct model_watcher *m)
{
	switch (m->kind) {
	case MODEL_IO:
		init_io(w, m);
		break;
	case MODEL_TIMER:
		init_timer(w, m);
		break;
	case MODEL_PERIODIC:
		init_periodic(w, m);
		break;
	case MODEL_IDLE:
		MUST_EQ(eg_watch_idle_init(&w->idle, on_watcher), 0);
		break;
	case MODEL_PREPARE:
		MUST_EQ(eg_watch_prepare_init(&w->prepare, on_watcher), 0);
		break;
	case MODEL_CHECK:
		MUST_EQ(eg_watch_check_init(&w->check, on_watcher), 0);
		break;
	case MODEL_ASYNC:
		MUST_EQ(eg_watch_async_init(&w->async, on_watcher), 0);
		break;
	default:
		MUST_EQ(eg_watch_cleanup_init(&w->cleanup, on_watcher), 0);
	}
}

static void make(int i, enum model_kind kind, int priority)
{
	union any_watcher *w = malloc(sizeof(*w));

	MUST(w);
	destroy(i);
	memset(w, 0xa5, sizeof(*w));
	z.slots[i].w = w;
	z.m.all[i] = (struct model_watcher){ .kind = kind };
	init_kind(w, &z.m.all[i]);
	w->common.data = (void *)(intptr_t)i;
	MUST_EQ(eg_watcher_set_priority(&w->common, priority), 0);
	z.m.all[i].priority = priority;
}

static void start(int i)
{
	static const int fits[] = { 0, -EINVAL };
	struct model_watcher *m = &z.m.all[i];
	struct slot *s = &z.slots[i];

	if (s->is_stale)
		MUST_EQ(eg_watch_io_set(&s->w->io, m->fd, m->wanted), 0);
	s->is_stale = false;
	if (z.is_exact) {
		int want = model_start(&z.m, i);

		MUST_EQ(eg_watcher_start(z.loop, &s->w->common), want);
	} else {
		int r = eg_watcher_start(z.loop, &s->w->common);

		MUST(r == fits[0] || r == fits[1]);
		m->is_active = r == 0;
		s->may_come |= r == 0;
	}
}

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

static void free_loop(void)
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
static void (*const operations[])(void) = {
	op_make,	op_make,       op_make,	       op_make,
	op_make,	op_start,      op_start,       op_start,
	op_stop,	op_feed,       op_feed,	       op_feed,
	op_clear,	op_invoke,     op_destroy,     op_destroy_pending,
	op_timer_again, op_timer_set,  op_io_set,      op_async_send,
	op_feed_fd,	op_once,       op_break,       op_ref,
	op_resume,	op_update,     op_run,	       op_run,
	op_run,		op_run,	       op_fd_write,    op_fd_drain,
	op_fd_fill,	op_fd_hang_up, op_fd_close,    op_fd_reopen,
	op_free_loop,	op_fd_write,   op_set_priority, op_invoke_pending,
	op_async_send,	op_periodic_again,
};

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

static void do_operations(void)
{
	int n = take(6);

	check();
	while (n-- && z.bytes.left) {
		operations[take(sizeof(operations) / sizeof(*operations))]();
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
	z.m.references = 0;
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
