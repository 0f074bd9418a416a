/* SPDX-License-Identifier: MIT */
/*
 * What fibers wait on, under faults: with some of the fibers not there, the
 * others get what is theirs, and nothing stays held.
 */
#include "fault_rig.h"

enum { FIBERS = 6 };

struct rig {
	eg_result result;
	eg_sem sem;
	eg_rmutex rmutex;
	eg_mutex mutex;
	eg_cond cond;
	eg_rwlock rwlock;
	eg_barrier barrier;
	int count;
};

/* Spawns what can be, lets them begin; their number is r->count. */
static bool spawn_all(struct rig *r, eg_fiber **f, eg_fiber_fn *fn)
{
	r->count = 0;
	for (int i = 0; i < FIBERS; i++) {
		f[r->count] = fault_spawn(fn, r);
		r->count += f[r->count] != NULL;
	}
	egt_eq(eg_yield(), 0);
	return r->count == FIBERS;
}

static bool join_all(const struct rig *r, eg_fiber **f)
{
	bool is_well = true;

	for (int i = 0; i < r->count; i++)
		is_well &= fault_join(f[i]);
	return is_well;
}

static void *gets_the_result(void *arg)
{
	struct rig *r = arg;
	void *value = NULL;

	egt_eq(eg_result_get(&r->result, &value, EG_FOREVER), 0);
	egt_ptr_eq(value, r);
	return FAULT_RESULT(true);
}

FAULT_TEST(fault_of_results)
{
	struct rig r = { .count = 0 };
	eg_fiber *f[FIBERS];
	bool is_well = spawn_all(&r, f, gets_the_result);

	egt_eq(eg_result_set(&r.result, &r), r.count);
	return !(join_all(&r, f) && is_well);
}

static void *posts_a_unit(void *arg)
{
	struct rig *r = arg;

	egt_eq(eg_sem_post_wait(&r->sem, EG_FOREVER), 0);
	return FAULT_RESULT(true);
}

FAULT_TEST(fault_of_bounded_semaphores)
{
	struct rig r = { .count = 0 };
	eg_fiber *f[FIBERS];
	bool is_well;

	egt_eq(eg_sem_init_bounded(&r.sem, 0, 2), 0);
	is_well = spawn_all(&r, f, posts_a_unit);
	for (int i = 0; i < r.count; i++)
		egt_eq(eg_sem_wait(&r.sem, EG_FOREVER), 0);
	is_well &= join_all(&r, f);
	egt_eq(eg_sem_units(&r.sem), 0);
	return !is_well;
}

/* Twice, with a wait of its own in between. */
static void *locks_twice(void *arg)
{
	struct rig *r = arg;

	egt_eq(eg_rmutex_lock(&r->rmutex, EG_FOREVER), 0);
	egt_eq(eg_rmutex_lock(&r->rmutex, EG_FOREVER), 0);
	egt_eq(eg_cond_wait_rmutex(&r->cond, &r->rmutex,
				   eg_after(100 * EG_USEC)),
	       -ETIMEDOUT);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_rmutex_unlock(&r->rmutex), 0);
	egt_eq(eg_rmutex_unlock(&r->rmutex), 0);
	return FAULT_RESULT(true);
}

FAULT_TEST(fault_of_recursive_mutexes)
{
	struct rig r = { .count = 0 };
	eg_fiber *f[FIBERS];
	bool is_well = spawn_all(&r, f, locks_twice);

	is_well &= join_all(&r, f);
	egt_eq(eg_rmutex_lock(&r.rmutex, EG_NOW), 0);
	egt_eq(eg_rmutex_unlock(&r.rmutex), 0);
	return !is_well;
}

/* Half of them are cancelled: see below. */
static void *waits_for_a_signal(void *arg)
{
	struct rig *r = arg;
	int result;

	egt_eq(eg_mutex_lock(&r->mutex, EG_FOREVER), 0);
	result = eg_cond_wait(&r->cond, &r->mutex, EG_FOREVER);
	egt_true(result == 0 || result == -ECANCELED);
	egt_eq(eg_mutex_unlock(&r->mutex), 0);
	return FAULT_RESULT(true);
}

FAULT_TEST(fault_of_conditions)
{
	struct rig r = { .count = 0 };
	eg_fiber *f[FIBERS];
	bool is_well = spawn_all(&r, f, waits_for_a_signal);
	int cancelled = 0;

	egt_eq(eg_mutex_lock(&r.mutex, EG_FOREVER), 0);
	for (; cancelled < r.count / 2; cancelled++)
		egt_eq(eg_cancel(f[cancelled]), 0);
	egt_eq(eg_cond_broadcast(&r.cond), r.count - cancelled);
	egt_eq(eg_mutex_unlock(&r.mutex), 0);
	is_well &= join_all(&r, f);
	egt_eq(eg_mutex_lock(&r.mutex, EG_NOW), 0);
	egt_eq(eg_mutex_unlock(&r.mutex), 0);
	return !is_well;
}

static void *reads_and_writes(void *arg)
{
	struct rig *r = arg;

	egt_eq(eg_rwlock_rdlock(&r->rwlock, EG_FOREVER), 0);
	egt_eq(eg_sleep(50 * EG_USEC), 0);
	egt_eq(eg_rwlock_unlock(&r->rwlock), 0);
	egt_eq(eg_rwlock_wrlock(&r->rwlock, EG_FOREVER), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_rwlock_unlock(&r->rwlock), 0);
	return FAULT_RESULT(true);
}

FAULT_TEST(fault_of_rwlocks)
{
	struct rig r = { .count = 0 };
	eg_fiber *f[FIBERS];
	bool is_well = spawn_all(&r, f, reads_and_writes);

	is_well &= join_all(&r, f);
	egt_eq(eg_rwlock_wrlock(&r.rwlock, EG_NOW), 0);
	egt_eq(eg_rwlock_unlock(&r.rwlock), 0);
	return !is_well;
}

static void *comes_to_the_barrier(void *arg)
{
	struct rig *r = arg;
	int result = eg_barrier_wait(&r->barrier, EG_FOREVER);

	egt_eq(result, r->count == FIBERS ? 0 : -ECANCELED);
	return FAULT_RESULT(true);
}

/* Some of the places stay empty if not all could be spawned. */
FAULT_TEST(fault_of_barriers)
{
	struct rig r = { .count = 0 };
	eg_fiber *f[FIBERS];
	bool is_well;

	egt_eq(eg_barrier_init(&r.barrier, FIBERS + 1), 0);
	is_well = spawn_all(&r, f, comes_to_the_barrier);
	for (int i = 0; i < r.count && !is_well; i++)
		egt_eq(eg_cancel(f[i]), 0);
	egt_eq(eg_barrier_wait(&r.barrier, EG_NOW), is_well ? 1 : -ETIMEDOUT);
	is_well &= join_all(&r, f);
	return !is_well;
}
