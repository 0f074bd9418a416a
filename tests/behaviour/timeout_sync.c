/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait for an object of sync.h: rows for timeout_calls.h. Tests no
 * behaviour itself.
 */
#include "timeout_calls.h"

static int64_t call_event(struct call_rig *r, int64_t deadline)
{
	return eg_event_wait(&r->event, deadline);
}

static void wake_event(struct call_rig *r)
{
	egt_eq(eg_event_set(&r->event), 1);
	egt_eq(eg_event_clear(&r->event), 0);
}

static int64_t call_sem(struct call_rig *r, int64_t deadline)
{
	return eg_sem_wait(&r->sem, deadline);
}

static void wake_sem(struct call_rig *r)
{
	egt_eq(eg_sem_post(&r->sem), 0);
}

static int64_t call_peek(struct call_rig *r, int64_t deadline)
{
	return eg_sem_peek(&r->sem, deadline);
}

static void set_up_full_sem(struct call_rig *r)
{
	egt_eq(eg_sem_init_bounded(&r->sem, 1, 1), 0);
}

static int64_t call_post(struct call_rig *r, int64_t deadline)
{
	return eg_sem_post_wait(&r->sem, deadline);
}

static void take_unit(struct call_rig *r)
{
	egt_eq(eg_sem_wait(&r->sem, EG_NOW), 0);
}

static int64_t call_result(struct call_rig *r, int64_t deadline)
{
	return eg_result_get(&r->result, NULL, deadline);
}

static void wake_result(struct call_rig *r)
{
	egt_le(0, eg_result_set(&r->result, NULL));
	egt_eq(eg_result_reset(&r->result), 0);
}

static void *hold_mutex(void *arg)
{
	struct call_rig *r = arg;

	egt_eq(eg_mutex_lock(&r->mutex, EG_FOREVER), 0);
	rig_wait_for_release(r);
	egt_eq(eg_mutex_unlock(&r->mutex), 0);
	return NULL;
}

static void set_up_mutex(struct call_rig *r)
{
	rig_spawn_helper(r, hold_mutex);
}

static int64_t call_mutex(struct call_rig *r, int64_t deadline)
{
	int result = eg_mutex_lock(&r->mutex, deadline);

	if (result == 0)
		egt_eq(eg_mutex_unlock(&r->mutex), 0);
	return result;
}

static void *hold_rmutex(void *arg)
{
	struct call_rig *r = arg;

	egt_eq(eg_rmutex_lock(&r->rmutex, EG_FOREVER), 0);
	rig_wait_for_release(r);
	egt_eq(eg_rmutex_unlock(&r->rmutex), 0);
	return NULL;
}

static void set_up_rmutex(struct call_rig *r)
{
	rig_spawn_helper(r, hold_rmutex);
}

static int64_t call_rmutex(struct call_rig *r, int64_t deadline)
{
	int result = eg_rmutex_lock(&r->rmutex, deadline);

	if (result == 0)
		egt_eq(eg_rmutex_unlock(&r->rmutex), 0);
	return result;
}

static int64_t call_cond(struct call_rig *r, int64_t deadline)
{
	bool is_fiber = eg_self() != NULL;
	int result;

	if (is_fiber)
		egt_eq(eg_mutex_lock(&r->mutex, EG_NOW), 0);
	result = eg_cond_wait(&r->cond, &r->mutex, deadline);
	if (is_fiber)
		egt_eq(eg_mutex_unlock(&r->mutex), 0);
	return result;
}

static int64_t call_cond_rmutex(struct call_rig *r, int64_t deadline)
{
	int depth = eg_self() ? 2 : 0, result;

	for (int i = 0; i < depth; i++)
		egt_eq(eg_rmutex_lock(&r->rmutex, EG_NOW), 0);
	result = eg_cond_wait_rmutex(&r->cond, &r->rmutex, deadline);
	for (int i = 0; i < depth; i++)
		egt_eq(eg_rmutex_unlock(&r->rmutex), 0);
	return result;
}

static void wake_cond(struct call_rig *r)
{
	egt_le(0, eg_cond_signal(&r->cond));
}

static void *hold_for_reading(void *arg)
{
	struct call_rig *r = arg;

	egt_eq(eg_rwlock_rdlock(&r->rwlock, EG_FOREVER), 0);
	rig_wait_for_release(r);
	egt_eq(eg_rwlock_unlock(&r->rwlock), 0);
	return NULL;
}

static void *hold_for_writing(void *arg)
{
	struct call_rig *r = arg;

	egt_eq(eg_rwlock_wrlock(&r->rwlock, EG_FOREVER), 0);
	rig_wait_for_release(r);
	egt_eq(eg_rwlock_unlock(&r->rwlock), 0);
	return NULL;
}

static void set_up_reader(struct call_rig *r)
{
	rig_spawn_helper(r, hold_for_reading);
}

static void set_up_writer(struct call_rig *r)
{
	rig_spawn_helper(r, hold_for_writing);
}

static int64_t unlock_if_taken(struct call_rig *r, int result)
{
	if (result == 0)
		egt_eq(eg_rwlock_unlock(&r->rwlock), 0);
	return result;
}

static int64_t call_rdlock(struct call_rig *r, int64_t deadline)
{
	return unlock_if_taken(r, eg_rwlock_rdlock(&r->rwlock, deadline));
}

static int64_t call_wrlock(struct call_rig *r, int64_t deadline)
{
	return unlock_if_taken(r, eg_rwlock_wrlock(&r->rwlock, deadline));
}

static void set_up_barrier(struct call_rig *r)
{
	egt_eq(eg_barrier_init(&r->barrier, 2), 0);
}

static int64_t call_barrier(struct call_rig *r, int64_t deadline)
{
	return eg_barrier_wait(&r->barrier, deadline);
}

/* Opens it if somebody waits. */
static void wake_barrier(struct call_rig *r)
{
	int result = eg_barrier_wait(&r->barrier, EG_NOW);

	egt_true(result == 1 || result == -ETIMEDOUT);
}

static const struct blocking_call rows[] = {
	{ "event_wait", .call = call_event, .wake = wake_event,
	  .flags = CALL_WANTS_A_WAITER },
	{ "sem_wait", .call = call_sem, .wake = wake_sem },
	{ "sem_peek", .call = call_peek, .wake = wake_sem },
	{ "sem_post_wait", .set_up = set_up_full_sem, .call = call_post,
	  .wake = take_unit },
	{ "result_get", .call = call_result, .wake = wake_result },
	{ "mutex_lock", .set_up = set_up_mutex, .call = call_mutex,
	  .wake = rig_release },
	{ "rmutex_lock", .set_up = set_up_rmutex, .call = call_rmutex,
	  .wake = rig_release },
	{ "cond_wait", .call = call_cond, .wake = wake_cond },
	{ "cond_wait_rmutex", .call = call_cond_rmutex, .wake = wake_cond },
	{ "rwlock_rdlock", .set_up = set_up_writer, .call = call_rdlock,
	  .wake = rig_release },
	{ "rwlock_wrlock, read", .set_up = set_up_reader, .call = call_wrlock,
	  .wake = rig_release },
	{ "rwlock_wrlock, written", .set_up = set_up_writer,
	  .call = call_wrlock, .wake = rig_release },
	{ "barrier_wait", .set_up = set_up_barrier, .call = call_barrier,
	  .wake = wake_barrier, .flags = CALL_BY_ONE },
};
BLOCKING_CALLS(rows)
