/* SPDX-License-Identifier: MIT */
/*
 * Pools: places, who waits for them, and the fibers that have them. What is
 * called in a pool for its result is pool_job.c's, map.c's and imap.c's.
 */
#include "pool/pool.h"

#include "base/check.h"
#include "base/fault.h"
#include "core/cancel.h"

#include <stdlib.h>

static const struct eg_wait_kind place_wait = { .what = "pool (place)" };
static const struct eg_wait_kind join_wait = { .what = "pool" };

int eg_pool_new(eg_pool **ret_pool, int size)
{
	struct eg_hub *hub = eg__hub();
	eg_pool *pool;

	if (!ret_pool || size < 0)
		return -EINVAL;
	if (!hub)
		return -EPERM;
	pool = eg__fault(EG_FAULT_ALLOC) ? NULL : malloc(sizeof(*pool));
	if (!pool)
		return -ENOMEM;
	*pool = (eg_pool){ .hub = hub, .size = size };
	eg_list_init(&pool->members);
	*ret_pool = pool;
	return 0;
}

/* Places */

/* Gives what is free to who is in line. */
static void hand_out(eg_pool *pool)
{
	struct eg_waiter *w;

	while (pool->taken < pool->size && (w = eg__queue_first(&pool->line))) {
		struct eg_fiber *f = eg__fiber_of(w);

		pool->taken++;
		if (eg__fiber_is_unstarted(f)) {
			*(bool *)w->value = true;
			eg_start(f);
		} else {
			eg__pool_wake(w, 0);
		}
	}
}

/* A place that was handed over will have its fiber. */
static inline bool is_empty(const eg_pool *pool)
{
	return !pool->fibers && !pool->taken;
}

static void tell_if_empty(eg_pool *pool)
{
	struct eg_waiter *w;

	while (is_empty(pool) && (w = eg__queue_first(&pool->joiners)))
		eg__unpark(w, 0);
}

void eg__pool_give(eg_pool *pool)
{
	pool->taken--;
	hand_out(pool);
	tell_if_empty(pool);
}

int eg__pool_take(eg_pool *pool, struct eg_fiber *self, int64_t deadline)
{
	int r;

	if (eg__pool_try(pool))
		return 0;
	pool->users++;
	r = eg__queue_wait(&pool->line, self, &place_wait, pool, deadline);
	pool->users--;
	return r;
}

/* Fibers */

void eg__pool_leave(eg_pool *pool, struct eg_fiber *f, bool has_place)
{
	f->flags &= (uint8_t)~EG_FIBER_IN_GROUP;
	eg_list_remove(&f->group_link);
	pool->fibers--;
	if (has_place)
		eg__pool_give(pool);
	else
		tell_if_empty(pool);
}

static void member_ended(struct eg_fiber_end *end, struct eg_fiber *f)
{
	(void)end;
	eg__pool_leave(f->group, f, true);
}

static void enter(eg_pool *pool, struct eg_fiber *f, const struct eg__member *m)
{
	struct eg_fiber_end *end = m->end;

	if (!end) {
		end = &f->group_end;
		end->fn = member_ended;
	}
	eg__fiber_at_end(f, end);
	f->flags |= EG_FIBER_IN_GROUP;
	f->group = pool;
	eg_list_push_back(&pool->members, &f->group_link);
	pool->fibers++;
	if (m->is_in_line) {
		f->wait.value = m->has_place;
		eg__queue_push(&pool->line, &f->wait);
	}
	if (pool->cancellers)
		eg__cancel(f);
}

/* The short way, if there is one; as if the caller had called it. */
static inline int spawn(const struct eg__member *m, struct eg_fiber **ret_fiber)
{
	const struct eg_hub *hub = eg__hub();
	static const eg_spawn_options in_line = {
		.size = sizeof(in_line),
		.start_at = EG_FOREVER,
	};
	int r;

	if (m->is_in_line || !hub || hub->spawns_slowly)
		return eg__spawn_at(ret_fiber, m->fn, m->arg,
				    m->is_in_line ? &in_line : NULL, m->caller);
	r = eg_spawn(ret_fiber, m->fn, m->arg);
	if (r == 0)
		(*ret_fiber)->spawned_at = m->caller;
	return r;
}

int eg__pool_spawn(eg_pool *pool, const struct eg__member *m,
		   struct eg_fiber **ret_fiber)
{
	struct eg_fiber *f;
	int r = spawn(m, &f);

	if (r < 0)
		return r;
	if (ret_fiber)
		*ret_fiber = f;
	enter(pool, f, m);
	eg__fiber_unref(f);
	return 0;
}

int eg__pool_call_here(struct eg_fiber *self, eg_fiber_fn *fn, void *arg,
		       void **ret_value)
{
	int16_t error_before = self->error, error;
	bool was_system = self->flags & EG_FIBER_IS_SYSTEM;
	void *value;

	/* Its error is not the caller's. */
	self->error = 0;
	value = fn(arg);
	error = self->error;
	self->error = error_before;
	if (self->flags & EG_FIBER_IS_SYSTEM && !was_system) {
		self->flags &= (uint8_t)~EG_FIBER_IS_SYSTEM;
		eg__kill(&self->hub->main, error);
	}
	if (ret_value)
		*ret_value = value;
	return error;
}

int eg__pool_park_shielded(struct eg_fiber *self)
{
	eg_timeout shield;
	int r;

	EG_CHECK(eg_shield_begin(&shield) == 0);
	r = eg__park(self, EG_FOREVER);
	EG_CHECK(eg_shield_end(&shield) == 0);
	return r;
}

/* What the calls have in common: whether @self may wait for @pool. */
static int check_caller(const eg_pool *pool, const struct eg_fiber *self,
			const char *call)
{
	if (!pool)
		return -EINVAL;
	if (!self)
		return eg__refuse_blocking(call);
	return pool->hub == self->hub ? 0 : -EPERM;
}

/* A place for @fn: 1 if @self has to be it. */
static int find_place(eg_pool *pool, struct eg_fiber *self, int64_t deadline)
{
	int r;

	if (eg__pool_try(pool))
		return 0;
	r = self ? eg__park_check(self, deadline) : -ETIMEDOUT;
	if (r < 0)
		return r;
	if (eg__pool_has(pool, self))
		return 1;
	return eg__pool_take(pool, self, deadline);
}

int eg_pool_spawn(eg_pool *pool, eg_fiber_fn *fn, void *arg, int64_t deadline)
{
	const struct eg__member m = {
		.fn = fn,
		.arg = arg,
		.caller = __builtin_return_address(0),
	};
	struct eg_fiber *self = eg__current();
	int r;

	if (!pool || !fn)
		return -EINVAL;
	if (!self && deadline > EG_NOW)
		return eg__refuse_blocking("eg_pool_spawn");
	if (pool->hub != eg__hub())
		return -EPERM;
	r = find_place(pool, self, deadline);
	if (r < 0)
		return r;
	if (r > 0)
		return eg__pool_call_here(self, fn, arg, NULL);
	r = eg__pool_spawn(pool, &m, NULL);
	if (r < 0)
		eg__pool_give(pool);
	return r;
}

/* Until there are no fibers. The call is a fiber's, of the pool's hub. */
static int wait_for_all(eg_pool *pool, struct eg_fiber *self, int64_t deadline)
{
	int r;

	if (is_empty(pool))
		return 0;
	if (eg__pool_has(pool, self))
		return -EDEADLK;
	pool->users++;
	r = eg__queue_wait(&pool->joiners, self, &join_wait, pool, deadline);
	pool->users--;
	return r;
}

int eg_pool_wait(eg_pool *pool, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	int r = check_caller(pool, self, "eg_pool_wait");

	return r < 0 ? r : wait_for_all(pool, self, deadline);
}

/* Who ends at once, because it was never started, is off the list then. */
static void cancel_all(eg_pool *pool)
{
	eg_list_for_each(node, &pool->members)
		eg__cancel(eg_list_entry(node, struct eg_fiber, group_link));
}

int eg_pool_cancel(eg_pool *pool, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	int r = check_caller(pool, self, "eg_pool_cancel");

	if (r < 0)
		return r;
	cancel_all(pool);
	pool->cancellers++;
	r = wait_for_all(pool, self, deadline);
	pool->cancellers--;
	return r;
}

int eg_pool_free(eg_pool *pool)
{
	struct eg_fiber *self = eg__current();
	eg_timeout shield;
	int r = check_caller(pool, self, "eg_pool_free");

	if (r < 0)
		return r;
	if (eg__pool_has(pool, self))
		return -EDEADLK;
	if (pool->users)
		return -EBUSY;
	EG_CHECK(eg_shield_begin(&shield) == 0);
	r = eg_pool_cancel(pool, EG_FOREVER);
	EG_CHECK(eg_shield_end(&shield) == 0);
	if (r < 0)
		return r;
	/* Somebody has come meanwhile, and has not gone on yet. */
	if (pool->users || !is_empty(pool))
		return -EBUSY;
	free(pool);
	return 0;
}

int eg_pool_resize(eg_pool *pool, int size)
{
	if (!pool || size < 0)
		return -EINVAL;
	if (pool->hub != eg__hub())
		return -EPERM;
	pool->size = size;
	hand_out(pool);
	return 0;
}

static int line_length(const eg_pool *pool)
{
	int n = 0;

	if (!eg__queue_first(&pool->line))
		return 0;
	eg_list_for_each(node, &pool->line.waiters)
		n++;
	return n;
}

int eg_pool_get_stats(const eg_pool *pool, eg_pool_stats *stats)
{
	if (!pool || !stats || stats->size != sizeof(*stats))
		return -EINVAL;
	*stats = (eg_pool_stats){
		.size = sizeof(*stats),
		.places = pool->size,
		.running = pool->taken,
		.free = pool->size - pool->taken,
		.waiting = line_length(pool),
	};
	return 0;
}
