/* SPDX-License-Identifier: MIT */
/*
 * What holds for everything that is taken and given back: LK-01, LK-03, LK-05,
 * LK-11 and TM-05, on each kind of lock. What a kind has of its own is in
 * mutexes.c, semaphores.c and rwlocks.c.
 */
#include "conform_kit.h"

union lock {
	eg_sem sem;
	eg_mutex mutex;
	eg_rmutex rmutex;
	eg_rwlock rwlock;
};

struct lock_kind {
	void (*make)(union lock *l); /* free */
	act_fn *take;
	int (*give)(union lock *l);
};

static void make_sem(union lock *l)
{
	egt_eq(eg_sem_init(&l->sem, 1), 0);
}

static void make_bounded(union lock *l)
{
	egt_eq(eg_sem_init_bounded(&l->sem, 1, 1), 0);
}

static int take_sem(void *l, int64_t deadline)
{
	return eg_sem_wait(l, deadline);
}

static int give_sem(union lock *l)
{
	return eg_sem_post(&l->sem);
}

static void make_mutex(union lock *l)
{
	egt_eq(eg_mutex_init(&l->mutex), 0);
}

static int take_mutex(void *l, int64_t deadline)
{
	return eg_mutex_lock(l, deadline);
}

static int give_mutex(union lock *l)
{
	return eg_mutex_unlock(&l->mutex);
}

static void make_rmutex(union lock *l)
{
	egt_eq(eg_rmutex_init(&l->rmutex), 0);
}

static int take_rmutex(void *l, int64_t deadline)
{
	return eg_rmutex_lock(l, deadline);
}

static int give_rmutex(union lock *l)
{
	return eg_rmutex_unlock(&l->rmutex);
}

static void make_rwlock(union lock *l)
{
	egt_eq(eg_rwlock_init(&l->rwlock), 0);
}

static int take_rwlock(void *l, int64_t deadline)
{
	return eg_rwlock_wrlock(l, deadline);
}

static int give_rwlock(union lock *l)
{
	return eg_rwlock_unlock(&l->rwlock);
}

enum { SEM, BOUNDED, MUTEX, RMUTEX, RWLOCK };

static const struct lock_kind kinds[] = {
	[SEM] = { make_sem, take_sem, give_sem },
	[BOUNDED] = { make_bounded, take_sem, give_sem },
	[MUTEX] = { make_mutex, take_mutex, give_mutex },
	[RMUTEX] = { make_rmutex, take_rmutex, give_rmutex },
	[RWLOCK] = { make_rwlock, take_rwlock, give_rwlock },
};

/* In the fiber that has it: a lock is its owner's to give. */
struct use {
	const struct lock_kind *kind;
	union lock *lock;
};

static int take_and_give(void *arg, int64_t deadline)
{
	struct use *u = arg;
	int r = u->kind->take(u->lock, deadline);

	if (r == 0)
		egt_eq(u->kind->give(u->lock), 0);
	return r;
}

/* Held by the calling fiber. */
static struct use make_held(union lock *l, long kind)
{
	struct use u = { &kinds[kind], l };

	u.kind->make(l);
	egt_eq(u.kind->take(l, EG_NOW), 0);
	return u;
}

static void check_is_free(struct use *u)
{
	egt_eq(take_and_give(u, EG_NOW), 0);
}

static void free_one_is_taken_at_once(long kind)
{
	union lock l;
	struct use u = { &kinds[kind], &l };
	uint64_t switches;

	u.kind->make(&l);
	switches = switches_now();
	egt_eq(take_and_give(&u, EG_FOREVER), 0);
	egt_eq(take_and_give(&u, EG_NOW), 0);
	egt_eq(switches_now(), switches);
}

static void try_of_a_taken_one(long kind)
{
	union lock l;
	struct use u = make_held(&l, kind);
	static const int64_t past[] = { EG_NOW, 1, -1, INT64_MIN };
	struct act a = { .trace = NULL };

	for (size_t i = 0; i < ARRAY_LEN(past); i++) {
		act_begin_until(&a, take_and_give, &u, past[i]);
		egt_eq(a.result, -ETIMEDOUT);
		egt_eq(act_end(&a), -ETIMEDOUT);
	}
	egt_eq(u.kind->give(&l), 0);
	check_is_free(&u);
}

static void deadline_passes(long kind)
{
	union lock l;
	struct use u = make_held(&l, kind);
	struct act a = { .trace = NULL };
	int64_t start = eg_now();

	act_begin_until(&a, take_and_give, &u, start + EG_MSEC);
	egt_eq(a.result, ACT_WAITS);
	egt_eq(act_end(&a), -ETIMEDOUT);
	egt_took(start, EG_MSEC);
	egt_eq(u.kind->give(&l), 0);
	check_is_free(&u);
}

static void in_the_order_of_arrival(long kind)
{
	struct trace t = { .len = 0 };
	struct act a[5];
	union lock l;
	struct use u = make_held(&l, kind);

	act_begin_all(a, 5, take_and_give, &u, &t);
	egt_eq(u.kind->give(&l), 0);
	for (int i = 0; i < 5; i++)
		egt_eq(act_end(&a[i]), 0);
	egt_in_order(&t, 5);
	check_is_free(&u);
}

/* It is the first waiter's from the giving on. */
static void nobody_overtakes(long kind)
{
	union lock l;
	struct use u = make_held(&l, kind);
	struct act a = { .trace = NULL };

	act_begin(&a, take_and_give, &u);
	egt_eq(u.kind->give(&l), 0);
	egt_eq(u.kind->take(&l, EG_NOW), -ETIMEDOUT);
	egt_eq(act_end(&a), 0);
	check_is_free(&u);
}

static void giving_does_not_switch(long kind)
{
	union lock l;
	struct use u = make_held(&l, kind);
	struct act a = { .trace = NULL };

	act_begin(&a, take_and_give, &u);
	egt_eq(u.kind->give(&l), 0);
	egt_eq(a.result, ACT_WAITS);
	egt_eq(act_end(&a), 0);
}

/* Each but the last gives up, in every way there is. */
static void who_gives_up_has_left(long kind)
{
	struct trace t = { .len = 0 };
	struct act a[4];
	union lock l;
	struct use u = make_held(&l, kind);

	act_begin_all(a, 4, take_and_give, &u, &t);
	egt_eq(act_cancel(&a[0]), -ECANCELED);
	egt_eq(act_kill(&a[2], -EIO), -EIO);
	egt_eq(u.kind->give(&l), 0);
	egt_eq(act_end(&a[1]), 0);
	egt_eq(act_end(&a[3]), 0);
	egt_str_eq(t.text, "bd");
	check_is_free(&u);
}

static void who_timed_out_has_left(long kind)
{
	union lock l;
	struct use u = make_held(&l, kind);
	struct act late = { .trace = NULL }, next = { .trace = NULL };

	act_begin_until(&late, take_and_give, &u, eg_after(EG_MSEC));
	act_begin(&next, take_and_give, &u);
	egt_eq(act_end(&late), -ETIMEDOUT);
	egt_eq(next.result, ACT_WAITS);
	egt_eq(u.kind->give(&l), 0);
	egt_eq(act_end(&next), 0);
	check_is_free(&u);
}

/* It was given before the cancel: not lost, and not given twice. */
static void who_has_it_keeps_it(long kind)
{
	union lock l;
	struct use u = make_held(&l, kind);
	struct act a[2];

	a[0].trace = a[1].trace = NULL;
	act_begin(&a[0], take_and_give, &u);
	act_begin(&a[1], take_and_give, &u);
	egt_eq(u.kind->give(&l), 0);
	egt_eq(act_cancel(&a[0]), 0);
	egt_eq(act_end(&a[1]), 0);
	check_is_free(&u);
}

static int take_after_a_cancel(void *arg, int64_t deadline)
{
	struct use *u = arg;

	egt_eq(eg_cancel(eg_self()), 0);
	egt_eq(take_and_give(u, deadline), 0);
	egt_eq(u->kind->take(u->lock, EG_NOW), 0);
	egt_eq(u->kind->give(u->lock), 0);
	return 0;
}

static void free_one_is_taken_by_who_is_cancelled(long kind)
{
	union lock l;
	struct use u = { &kinds[kind], &l };
	struct act a = { .trace = NULL };

	u.kind->make(&l);
	act_begin(&a, take_after_a_cancel, &u);
	egt_eq(act_end(&a), 0);
}

static int take_in_a_region(void *arg, int64_t deadline)
{
	struct use *u = arg;
	eg_timeout t;
	int r;

	egt_eq(eg_timeout_begin(&t, deadline), 0);
	r = take_and_give(u, eg_after(EG_SEC));
	egt_eq(eg_timeout_end(&t), r);
	return r;
}

static void region_around_it_passes(long kind)
{
	union lock l;
	struct use u = make_held(&l, kind);
	struct act a = { .trace = NULL };
	int64_t start = eg_now();

	act_begin_until(&a, take_in_a_region, &u, start + EG_MSEC);
	egt_eq(act_end(&a), -ETIMEDOUT);
	egt_took(start, EG_MSEC);
	act_begin_until(&a, take_in_a_region, &u, eg_after(EG_SEC));
	egt_eq(u.kind->give(&l), 0);
	egt_eq(act_end(&a), 0);
}

/* Taken and given by a crowd: it is free again at the end. */
static void nothing_is_lost_in_a_crowd(long kind)
{
	struct act a[26];
	union lock l;
	struct use u = make_held(&l, kind);

	act_begin_all(a, 26, take_and_give, &u, NULL);
	for (int i = 0; i < 26; i += 3)
		egt_eq(eg_cancel(a[i].fiber), 0);
	egt_eq(u.kind->give(&l), 0);
	for (int i = 0; i < 26; i++)
		egt_eq(act_end(&a[i]), i % 3 ? 0 : -ECANCELED);
	check_is_free(&u);
}

struct in_hub {
	struct use use;
	eg_callback callback;
	int result;
	eg_event is_done;
};

static void take_in_the_hub(void *arg)
{
	struct in_hub *h = arg;

	h->result = h->use.kind->take(h->use.lock, EG_FOREVER);
	egt_eq(eg_event_set(&h->is_done), 1);
}

static void not_in_the_hub(long kind)
{
	union lock l;
	struct in_hub h = { .use = make_held(&l, kind), .result = ACT_WAITS };

	egt_eq(eg_callback_init(&h.callback, take_in_the_hub, &h), 0);
	egt_eq(eg_callback_queue(&h.callback), 0);
	egt_eq(eg_event_wait(&h.is_done, EG_FOREVER), 0);
	egt_eq(h.result, -EPERM);
	egt_eq(h.use.kind->give(&l), 0);
	check_is_free(&h.use);
}

#define EACH_KIND(row, says, check)                                        \
	{ row, says, check, SEM }, { row, says, check, BOUNDED },          \
		{ row, says, check, MUTEX }, { row, says, check, RMUTEX }, \
	{                                                                  \
		row, says, check, RWLOCK                                   \
	}

static const struct conform lock_cases[] = {
	EACH_KIND("LK-01", "a free one is taken without a switch",
		  free_one_is_taken_at_once),
	EACH_KIND("LK-01", "a free one is taken by who is cancelled",
		  free_one_is_taken_by_who_is_cancelled),
	EACH_KIND("LK-02", "giving does not switch", giving_does_not_switch),
	EACH_KIND("LK-03", "a try of a taken one fails at once",
		  try_of_a_taken_one),
	EACH_KIND("LK-03", "a deadline passes on time", deadline_passes),
	EACH_KIND("TM-05", "a region around the wait passes, and is told",
		  region_around_it_passes),
	EACH_KIND("LK-05", "who is killed in line has left it",
		  who_gives_up_has_left),
	EACH_KIND("LK-05", "who timed out in line has left it",
		  who_timed_out_has_left),
	EACH_KIND("LK-05", "who was given it keeps it, cancelled or not",
		  who_has_it_keeps_it),
	EACH_KIND("LK-05", "nothing is lost in a crowd of which some give up",
		  nothing_is_lost_in_a_crowd),
	EACH_KIND("LK-11", "first come, first served", in_the_order_of_arrival),
	EACH_KIND("LK-11", "nobody overtakes who was given it",
		  nobody_overtakes),
	EACH_KIND("HB-06", "a wait in the hub is refused", not_in_the_hub),
};
CONFORMANCE(locks_of_every_kind, lock_cases)
