/* SPDX-License-Identifier: MIT */
/*
 * The watchers that fuzz_loop.c plays with: making and destroying them, and
 * their callbacks, which hold the loop to its model.
 */
#include "loop_fuzz.h"

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

void on_once(int events, void *arg)
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

int pick(void)
{
	return 1 + take(MODEL_WATCHERS - 1);
}

eg_watcher *pick_watcher(int *ret)
{
	*ret = pick();
	return z.slots[*ret].w ? &z.slots[*ret].w->common : NULL;
}

union any_watcher *pick_kind(enum model_kind kind, int *ret)
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

void destroy(int i)
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

void make(int i, enum model_kind kind, int priority)
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

void start(int i)
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
