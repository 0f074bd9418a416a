/* SPDX-License-Identifier: MIT */
/*
 * The model of a loop, see loop_model.h. All is looked for from one end of an
 * array to the other, so that there is nothing in it to be wrong.
 */
#include "loop_model.h"

#include "fuzz.h"

#include <errno.h>
#include <evergreen/time.h>
#include <poll.h>

static const int event_of[MODEL_KINDS] = {
	[MODEL_TIMER] = EG_TIMER,     [MODEL_PERIODIC] = EG_PERIODIC,
	[MODEL_IDLE] = EG_IDLE,	      [MODEL_PREPARE] = EG_PREPARE,
	[MODEL_CHECK] = EG_CHECK,     [MODEL_ASYNC] = EG_ASYNC,
	[MODEL_CLEANUP] = EG_CLEANUP,
};

void model_init(struct model *m, int64_t now, int64_t wall)
{
	*m = (struct model){ .now = now, .wall_lead = wall - now };
}

int model_once_io(int once)
{
	return MODEL_WATCHERS + 2 * once;
}

int model_once_timer(int once)
{
	return MODEL_WATCHERS + 2 * once + 1;
}

static void set_active(struct model *m, struct model_watcher *w, bool is_active)
{
	if (w->kind != MODEL_CLEANUP)
		m->references += is_active - w->is_active;
	w->is_active = is_active;
}

static void feed_in_batch(struct model *m, struct model_watcher *w, int events,
			  uint64_t batch)
{
	if (w->is_pending) {
		w->events |= events;
		return;
	}
	w->is_pending = true;
	w->events = events;
	w->queued = ++m->counter;
	w->batch = batch;
}

void model_feed(struct model *m, int i, int events)
{
	feed_in_batch(m, &m->all[i], events, 0);
}

int model_clear(struct model *m, int i)
{
	struct model_watcher *w = &m->all[i];

	if (!w->is_pending)
		return 0;
	w->is_pending = false;
	return w->events;
}

void model_stop(struct model *m, int i)
{
	model_clear(m, i);
	set_active(m, &m->all[i], false);
}

/* Times */

static int64_t later(int64_t now, int64_t duration)
{
	return duration > 0 ? now + duration : now;
}

static int64_t wall(const struct model *m)
{
	return m->now + m->wall_lead;
}

static void arm(struct model *m, struct model_watcher *w, int64_t at)
{
	w->at = at;
	w->armed = ++m->counter;
}

/* The first point of the interval that is later than now. */
static int64_t next_point(const struct model_watcher *w, int64_t now)
{
	int64_t at = w->offset % w->interval;

	at += (now - at) / w->interval * w->interval;
	while (at > now)
		at -= w->interval;
	while (at <= now)
		at += w->interval;
	return at;
}

static int arm_periodic(struct model *m, struct model_watcher *w)
{
	int64_t at = w->offset > 0 ? w->offset : 0;

	if (w->reschedule)
		at = w->reschedule(wall(m));
	else if (w->interval)
		at = next_point(w, wall(m));
	if (w->reschedule && at < wall(m))
		return -EINVAL;
	arm(m, w, at);
	return 0;
}

int model_start(struct model *m, int i)
{
	struct model_watcher *w = &m->all[i];

	if (w->is_active)
		return 0;
	if (w->kind == MODEL_PERIODIC && arm_periodic(m, w) < 0)
		return -EINVAL;
	if (w->kind == MODEL_TIMER)
		arm(m, w, later(m->now, w->after));
	w->is_sent = false;
	w->started = ++m->counter;
	set_active(m, w, true);
	return 0;
}

int model_timer_again(struct model *m, int i)
{
	struct model_watcher *w = &m->all[i];

	model_clear(m, i);
	if (!w->repeat) {
		model_stop(m, i);
		return 0;
	}
	if (!w->is_active)
		w->after = w->repeat;
	set_active(m, w, true);
	arm(m, w, later(m->now, w->repeat));
	return 0;
}

int model_periodic_again(struct model *m, int i)
{
	struct model_watcher *w = &m->all[i];

	if (arm_periodic(m, w) < 0)
		return -EINVAL;
	model_clear(m, i);
	set_active(m, w, true);
	return 0;
}

/* The active one of @kind that is next, among those armed before @before and
 * not later than @until; or NULL. */
static struct model_watcher *next_armed(struct model *m, enum model_kind kind,
					uint64_t before, int64_t until)
{
	struct model_watcher *first = NULL;

	for (int i = 0; i < MODEL_ALL; i++) {
		struct model_watcher *w = &m->all[i];

		if (!w->is_active || w->kind != kind || w->armed > before ||
		    w->at > until)
			continue;
		if (!first || w->at < first->at ||
		    (w->at == first->at && w->armed < first->armed))
			first = w;
	}
	return first;
}

static void arm_next(struct model *m, struct model_watcher *w)
{
	if (w->kind == MODEL_TIMER && w->repeat) {
		int64_t at = later(w->at, w->repeat);

		arm(m, w, at < m->now ? m->now : at);
	} else if (w->kind == MODEL_PERIODIC &&
		   (w->interval || w->reschedule)) {
		if (arm_periodic(m, w) == 0)
			return;
		set_active(m, w, false);
		feed_in_batch(m, w, (int)EG_ERROR | EG_PERIODIC, 0);
	} else {
		set_active(m, w, false);
	}
}

/* The last one that is due is queued first. Each fires once. */
static void feed_due(struct model *m, enum model_kind kind, int64_t now)
{
	struct model_watcher *due[MODEL_ALL], *w;
	uint64_t before = m->counter;
	int n = 0;

	while ((w = next_armed(m, kind, before, now))) {
		due[n++] = w;
		arm_next(m, w);
	}
	while (n)
		feed_in_batch(m, due[--n], event_of[kind], 0);
}

void model_set_wall(struct model *m, int64_t now)
{
	uint64_t before = m->counter;
	struct model_watcher *w;

	m->wall_lead = now - m->now;
	while ((w = next_armed(m, MODEL_PERIODIC, before, INT64_MAX))) {
		if (arm_periodic(m, w) == 0)
			continue;
		set_active(m, w, false);
		feed_in_batch(m, w, (int)EG_ERROR | EG_PERIODIC, 0);
	}
}

/* Descriptors */

/* EG_READ, EG_WRITE; EG_ERROR: it is not open. */
static int ready_events(const struct model *m, int fd)
{
	struct pollfd p = { .fd = fd };
	int got = 0;

	for (int i = 0; i < MODEL_ALL; i++) {
		const struct model_watcher *w = &m->all[i];

		if (!w->is_active || w->kind != MODEL_IO || w->fd != fd)
			continue;
		if (w->wanted & EG_READ)
			p.events |= POLLIN;
		if (w->wanted & EG_WRITE)
			p.events |= POLLOUT;
	}
	MUST(poll(&p, 1, 0) >= 0);
	if (p.revents & POLLNVAL)
		return (int)EG_ERROR;
	if (p.revents & ~POLLOUT)
		got |= EG_READ;
	if (p.revents & ~POLLIN)
		got |= EG_WRITE;
	return got;
}

/* What an io watcher has to be told now, or 0. */
static int io_events(const struct model *m, const struct model_watcher *w)
{
	int got;

	if (w->kind != MODEL_IO || !w->is_active)
		return 0;
	got = ready_events(m, w->fd);
	if (got & (int)EG_ERROR)
		return (int)EG_ERROR | EG_READ | EG_WRITE;
	return got & w->wanted;
}

/* Which descriptor is looked at first is not promised. */
static void feed_ready(struct model *m)
{
	uint64_t batch = ++m->counter;
	int events[MODEL_ALL];

	for (int i = 0; i < MODEL_ALL; i++)
		events[i] = io_events(m, &m->all[i]);
	for (int i = 0; i < MODEL_ALL; i++) {
		if (events[i] & (int)EG_ERROR)
			set_active(m, &m->all[i], false);
		if (events[i])
			feed_in_batch(m, &m->all[i], events[i], batch);
	}
}

void model_feed_fd(struct model *m, int fd, int events)
{
	uint64_t batch = ++m->counter;

	for (int i = 0; i < MODEL_ALL; i++) {
		struct model_watcher *w = &m->all[i];

		if (w->kind == MODEL_IO && w->is_active && w->fd == fd &&
		    w->wanted & events)
			feed_in_batch(m, w, w->wanted & events, batch);
	}
}

/* Turns */

/* The active ones of @kind, in the order of their start. */
static void feed_kind(struct model *m, enum model_kind kind, int priority)
{
	uint64_t done = 0;

	for (;;) {
		struct model_watcher *next = NULL;

		for (int i = 0; i < MODEL_ALL; i++) {
			struct model_watcher *w = &m->all[i];

			if (w->kind == kind && w->is_active &&
			    w->started > done &&
			    (kind != MODEL_IDLE || w->priority == priority) &&
			    (!next || w->started < next->started))
				next = w;
		}
		if (!next)
			return;
		done = next->started;
		if (kind == MODEL_ASYNC && !next->is_sent)
			continue;
		next->is_sent = false;
		feed_in_batch(m, next, event_of[kind], 0);
	}
}

static bool has(const struct model *m, int priority, enum model_kind idle)
{
	for (int i = 0; i < MODEL_ALL; i++) {
		const struct model_watcher *w = &m->all[i];

		if (w->priority == priority &&
		    (idle ? w->is_active && w->kind == idle : w->is_pending))
			return true;
	}
	return false;
}

/* Of the highest priority at which nothing is pending, nor above. */
static void feed_idles(struct model *m)
{
	for (int p = EG_PRIORITY_MAX; p >= EG_PRIORITY_MIN; p--) {
		if (has(m, p, MODEL_NONE))
			return;
		if (has(m, p, MODEL_IDLE)) {
			feed_kind(m, MODEL_IDLE, p);
			return;
		}
	}
}

static bool has_ready(const struct model *m)
{
	for (int i = 0; i < MODEL_ALL; i++)
		if (io_events(m, &m->all[i]))
			return true;
	return false;
}

static bool is_busy(const struct model *m)
{
	if (m->is_woken || has_ready(m))
		return true;
	for (int i = 0; i < MODEL_ALL; i++)
		if (m->all[i].kind == MODEL_IDLE && m->all[i].is_active)
			return true;
	return false;
}

/* When the loop has something to do by the clock; INT64_MAX: never. */
static int64_t next_time(struct model *m)
{
	struct model_watcher *timer, *periodic;
	int64_t at = INT64_MAX;

	timer = next_armed(m, MODEL_TIMER, UINT64_MAX, INT64_MAX);
	periodic = next_armed(m, MODEL_PERIODIC, UINT64_MAX, INT64_MAX - 1);
	if (timer)
		at = timer->at;
	if (periodic && periodic->at - m->wall_lead < at)
		at = periodic->at - m->wall_lead;
	return at;
}

/*
 * A timer that was put off may wake the loop before @at for nothing. Where
 * timers may be late, the turn after that begins to collect anew: at @real it
 * has done so since a time before @at.
 */
static bool has_collected_twice(const struct model *m, int mode, int64_t at,
				int64_t real)
{
	int64_t woken = real - m->collect;

	return mode == EG_RUN_DEFAULT && real > at && woken > m->now &&
	       woken < at;
}

/* What the loop's clock says after the wait; it says @real now. */
static int64_t predict_now(struct model *m, int mode, int64_t real)
{
	int64_t at;

	if (mode == EG_RUN_NOWAIT || m->references <= 0 || is_busy(m))
		return m->now;
	at = next_time(m);
	MUST(at != INT64_MAX);
	if (has_collected_twice(m, mode, at, real)) {
		m->turns++;
		return real;
	}
	if (at < m->now + m->collect)
		at = m->now + m->collect;
	/* Woken for nothing. */
	if (real >= m->now && real < at)
		return real;
	return at > m->now ? at : m->now;
}

static void wait_for_events(struct model *m, int mode)
{
	int64_t real = m->read_now(), now = predict_now(m, mode, real);

	/* Where something is always ready, the virtual clock moves by steps:
	 * it does not matter which. Somebody is called then, so that the time
	 * read is that of this turn. */
	if (real > now && real <= now + m->busy_step && has_ready(m))
		now = real;
	m->now = now;
	m->turns++;
	feed_ready(m);
	if (m->is_woken)
		feed_kind(m, MODEL_ASYNC, 0);
	m->is_woken = false;
	feed_due(m, MODEL_TIMER, m->now);
	feed_due(m, MODEL_PERIODIC, wall(m));
	feed_idles(m);
	feed_kind(m, MODEL_CHECK, 0);
}

int model_pending_count(const struct model *m)
{
	int n = 0;

	for (int i = 0; i < MODEL_ALL; i++)
		n += m->all[i].is_pending;
	return n;
}

void model_enter(struct model *m, bool is_run, int mode)
{
	MUST(m->depth < MODEL_FRAMES);
	m->frames[m->depth++] = (struct model_frame){
		.phase = MODEL_PENDING,
		.is_run = is_run,
		.mode = mode,
	};
	if (is_run)
		m->break_how = EG_BREAK_CANCEL;
}

void model_leave(struct model *m)
{
	const struct model_frame *f = &m->frames[--m->depth];

	if (f->is_run && m->break_how == EG_BREAK_ONE)
		m->break_how = EG_BREAK_CANCEL;
}

/* Nothing is pending: what the frame does next. */
static void go_on(struct model *m, struct model_frame *f)
{
	if (!f->is_run || m->is_freed) {
		f->phase = MODEL_DONE;
	} else if (f->phase == MODEL_PENDING || f->phase == MODEL_TURN) {
		feed_kind(m, MODEL_PREPARE, 0);
		f->phase = MODEL_PREPARED;
	} else if (f->phase == MODEL_PREPARED && !m->break_how) {
		wait_for_events(m, f->mode);
		f->phase = MODEL_WAITED;
	} else if (f->mode == EG_RUN_DEFAULT && !m->break_how &&
		   m->references > 0) {
		f->phase = MODEL_TURN;
	} else {
		f->phase = MODEL_DONE;
	}
}

bool model_settle(struct model *m)
{
	struct model_frame *f = &m->frames[m->depth - 1];
	int steps = 0;

	MUST(m->depth > 0);
	while (!model_pending_count(m)) {
		MUST(++steps < 1000);
		if (f->phase == MODEL_DONE)
			return false;
		go_on(m, f);
	}
	return true;
}

/* The last one queued of the highest priority that has any. */
static const struct model_watcher *next_called(const struct model *m)
{
	const struct model_watcher *next = NULL;

	for (int i = 0; i < MODEL_ALL; i++) {
		const struct model_watcher *w = &m->all[i];

		if (!w->is_pending)
			continue;
		if (!next || w->priority > next->priority ||
		    (w->priority == next->priority && w->queued > next->queued))
			next = w;
	}
	return next;
}

static bool is_next(const struct model *m, int i)
{
	const struct model_watcher *w = &m->all[i], *next = next_called(m);

	if (!next || !w->is_pending)
		return false;
	return w == next || (w->batch && w->batch == next->batch &&
			     w->priority == next->priority);
}

int model_call(struct model *m, int i)
{
	MUST(model_settle(m));
	if (!is_next(m, i))
		fprintf(stderr, "watcher %d is called, not %d\n", i,
			(int)(next_called(m) - m->all));
	MUST(is_next(m, i));
	return model_clear(m, i);
}

int model_call_once(struct model *m, int once)
{
	int io = model_once_io(once), timer = model_once_timer(once), events;

	MUST(model_settle(m));
	MUST(is_next(m, io) || is_next(m, timer));
	events = model_clear(m, io) | model_clear(m, timer);
	model_stop(m, io);
	model_stop(m, timer);
	m->all[io].kind = MODEL_NONE;
	m->all[timer].kind = MODEL_NONE;
	return events;
}

void model_begin_free(struct model *m)
{
	for (int i = 0; i < MODEL_ALL; i++)
		model_clear(m, i);
	feed_kind(m, MODEL_CLEANUP, 0);
	model_enter(m, false, 0);
}

void model_end_free(struct model *m)
{
	MUST(!model_settle(m));
	model_leave(m);
	for (int i = 0; i < MODEL_ALL; i++)
		model_stop(m, i);
	m->is_freed = true;
}
