/* SPDX-License-Identifier: MIT */
/*
 * Conditions: however a wait ends, the mutex is held again, as often as before;
 * and the wait for the mutex cannot be ended (semantics LK-10).
 */
#include "fiber_trace.h"

/* A condition with one mutex or the other. */
struct rig {
	eg_cond cond;
	eg_mutex mutex;
	eg_rmutex rmutex;
	int depth; /* 0: mutex; else how often rmutex is locked */
};

static void lock(struct rig *r)
{
	if (!r->depth)
		egt_eq(eg_mutex_lock(&r->mutex, EG_FOREVER), 0);
	for (int i = 0; i < r->depth; i++)
		egt_eq(eg_rmutex_lock(&r->rmutex, EG_FOREVER), 0);
}

/* It was held, and as often as lock() did. */
static void unlock(struct rig *r)
{
	if (!r->depth) {
		egt_eq(eg_mutex_unlock(&r->mutex), 0);
		egt_eq(eg_mutex_unlock(&r->mutex), -EPERM);
		return;
	}
	for (int i = 0; i < r->depth; i++)
		egt_eq(eg_rmutex_unlock(&r->rmutex), 0);
	egt_eq(eg_rmutex_unlock(&r->rmutex), -EPERM);
}

static int wait(struct rig *r, int64_t deadline)
{
	return r->depth ? eg_cond_wait_rmutex(&r->cond, &r->rmutex, deadline)
			: eg_cond_wait(&r->cond, &r->mutex, deadline);
}

struct waiter {
	struct rig *rig;
	struct letter letter;
	int64_t deadline;
	int result;
};

static void *wait_and_write(void *arg)
{
	struct waiter *w = arg;

	lock(w->rig);
	w->result = wait(w->rig, w->deadline);
	write_letter(&w->letter);
	unlock(w->rig);
	return NULL;
}

static void *lock_and_write(void *arg)
{
	struct waiter *w = arg;

	lock(w->rig);
	write_letter(&w->letter);
	unlock(w->rig);
	return NULL;
}

static eg_fiber *spawn_waiter(struct waiter *w, struct rig *r, struct trace *t,
			      char letter, eg_fiber_fn *fn)
{
	eg_fiber *f;

	*w = (struct waiter){ r, { t, letter }, EG_FOREVER, 1 };
	egt_eq(eg_spawn(&f, fn, w), 0);
	settle();
	return f;
}

static void join(eg_fiber *f)
{
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

/* How a wait ends, and, if @is_held, long before its mutex is given back. */
static const struct {
	const char *name;
	bool is_signal, is_cancel, is_timeout;
	int want;
} ends[] = {
	{ "signal", true, false, false, 0 },
	{ "cancel", false, true, false, -ECANCELED },
	{ "timeout", false, false, true, -ETIMEDOUT },
	{ "signal, then cancel", true, true, false, 0 },
	{ "signal, then the deadline", true, false, true, 0 },
	{ "signal, deadline, cancel", true, true, true, 0 },
};

static void end_one(struct rig *r, size_t end, bool is_held)
{
	struct trace t = { .len = 0 };
	struct waiter w = { r,
			    { &t, 'w' },
			    eg_after(ends[end].is_timeout ? EG_MSEC : EG_SEC),
			    1 };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, wait_and_write, &w), 0);
	settle();
	if (is_held)
		lock(r);
	if (ends[end].is_signal)
		egt_eq(eg_cond_signal(&r->cond), 1);
	if (ends[end].is_timeout)
		egt_eq(eg_sleep(2 * EG_MSEC), 0);
	if (ends[end].is_cancel)
		egt_eq(eg_cancel(f), 0);
	if (is_held) {
		egt_eq(eg_sleep(EG_MSEC), 0);
		egt_str_eq(t.text, "");
		unlock(r);
	}
	join(f);
	egt_eq(w.result, ends[end].want);
	egt_str_eq(t.text, "w");
	/* The wait has ended: nobody is there to be woken. */
	egt_eq(eg_cond_signal(&r->cond), 0);
}

EG_TEST(a_condition_returns_with_the_mutex_held)
{
	for (int depth = 0; depth < 4; depth++) {
		for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
			struct rig r = { .depth = depth };

			egt_casef("%s, depth %d", ends[i].name, depth);
			end_one(&r, i, false);
		}
	}
}

EG_TEST(the_wait_for_a_conditions_mutex_goes_on)
{
	for (int depth = 0; depth < 4; depth++) {
		for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
			struct rig r = { .depth = depth };

			egt_casef("%s, depth %d", ends[i].name, depth);
			end_one(&r, i, true);
		}
	}
}

/* Nor does its deadline wake the hub for nothing. */
EG_TEST(a_condition_signalled_has_no_timer)
{
	eg_hub_stats stats = { .size = sizeof(stats) };
	struct trace t = { .len = 0 };
	struct rig r = { .depth = 0 };
	struct waiter w = { &r, { &t, 'w' }, eg_after(EG_SEC), 1 };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, wait_and_write, &w), 0);
	settle();
	egt_eq(eg_hub_get_stats(&stats), 0);
	egt_eq(stats.timers_armed, 1);
	lock(&r);
	egt_eq(eg_cond_signal(&r.cond), 1);
	egt_eq(eg_hub_get_stats(&stats), 0);
	egt_eq(stats.timers_armed, 0);
	unlock(&r);
	join(f);
	egt_eq(w.result, 0);
}

/* The mutex is not given back: who waits for it does not get it. */
EG_TEST(a_condition_past_its_deadline_keeps_the_mutex)
{
	static const int64_t deadlines[] = { EG_NOW, 1, -1 };

	for (int depth = 0; depth < 2; depth++) {
		for (size_t i = 0; i < ARRAY_LEN(deadlines); i++) {
			struct trace t = { .len = 0 };
			struct rig r = { .depth = depth };
			struct waiter w;
			eg_fiber *f;

			egt_casef("deadline %jd, depth %d",
				  (intmax_t)deadlines[i], depth);
			lock(&r);
			f = spawn_waiter(&w, &r, &t, 'a', lock_and_write);
			egt_eq(wait(&r, deadlines[i]), -ETIMEDOUT);
			settle();
			egt_str_eq(t.text, "");
			unlock(&r);
			join(f);
			egt_eq(eg_cond_signal(&r.cond), 0);
		}
	}
}

/* A mutex that the waiter gets has its line: no overtaking there either. */
EG_TEST(a_condition_stands_in_line_for_the_mutex)
{
	for (int depth = 0; depth < 3; depth++) {
		struct trace t = { .len = 0 };
		struct rig r = { .depth = depth };
		struct waiter w[4];
		eg_fiber *f[4];

		egt_casef("depth %d", depth);
		f[0] = spawn_waiter(&w[0], &r, &t, 'w', wait_and_write);
		lock(&r);
		f[1] = spawn_waiter(&w[1], &r, &t, 'a', lock_and_write);
		egt_eq(eg_cond_signal(&r.cond), 1);
		f[2] = spawn_waiter(&w[2], &r, &t, 'b', lock_and_write);
		unlock(&r);
		for (int i = 0; i < 3; i++)
			join(f[i]);
		egt_str_eq(t.text, "awb");
	}
}

/* One in the middle of the mutex's line: nobody behind it is forgotten. */
EG_TEST(a_condition_in_line_is_cancelled_and_holds_up_nobody)
{
	struct trace t = { .len = 0 };
	struct rig r = { .depth = 0 };
	struct waiter w[3];
	eg_fiber *f[3];

	f[0] = spawn_waiter(&w[0], &r, &t, 'a', wait_and_write);
	f[1] = spawn_waiter(&w[1], &r, &t, 'b', wait_and_write);
	lock(&r);
	egt_eq(eg_cond_broadcast(&r.cond), 2);
	f[2] = spawn_waiter(&w[2], &r, &t, 'c', lock_and_write);
	egt_eq(eg_cancel(f[0]), 0);
	unlock(&r);
	for (int i = 0; i < 3; i++)
		join(f[i]);
	egt_str_eq(t.text, "abc");
	egt_eq(w[0].result, 0);
	egt_eq(w[1].result, 0);
}

static void *hold_for_ever(void *arg)
{
	struct rig *r = arg;
	eg_event never = { 0 };

	lock(r);
	egt_eq(eg_event_wait(&never, EG_FOREVER), -ECANCELED);
	unlock(r);
	return NULL;
}

EG_TEST(a_condition_that_nobody_can_signal_is_a_deadlock)
{
	for (int depth = 0; depth < 3; depth++) {
		struct rig r = { .depth = depth };
		eg_fiber *f;

		egt_casef("depth %d", depth);
		lock(&r);
		egt_eq(wait(&r, EG_FOREVER), -EDEADLK);
		unlock(&r);
		/* Nor can the mutex be had: the one return without it. */
		lock(&r);
		egt_eq(eg_spawn(&f, hold_for_ever, &r), 0);
		egt_eq(wait(&r, EG_FOREVER), -EDEADLK);
		egt_eq(eg_mutex_unlock(&r.mutex), -EPERM);
		egt_eq(eg_rmutex_unlock(&r.rmutex), -EPERM);
		egt_eq(eg_cancel(f), 0);
		join(f);
		lock(&r);
		unlock(&r);
	}
}
