/* SPDX-License-Identifier: MIT */
/*
 * Piles: calls in a pool, and what came of them in the order of spawning. How a
 * call is run is pool_job.c's.
 */
#include "pool/pool_job.h"

#include "base/check.h"
#include "base/fault.h"
#include "core/cancel.h"

#include <stdlib.h>

struct eg_pile {
	eg_pool *pool; /* in use */
	bool owns_pool;
	uint64_t owner;	     /* id of the fiber that made it */
	struct eg_list jobs; /* owned: those not taken, in order */
	size_t running;
	int spawners;		  /* who waits for a place */
	struct eg_waiter *reader; /* borrowed: the owner, for the next */
	struct eg_waiter *closer; /* borrowed: who frees it */
};

/* Where the owner wants what it has asked for. */
struct wanted {
	eg_pile *pile;
	void **value;
	int *error;
};

static void unlink_reader(struct eg_waiter *w)
{
	struct wanted *wanted = w->value;

	wanted->pile->reader = NULL;
}

static void unlink_closer(struct eg_waiter *w)
{
	eg_pile *pile = w->value;

	pile->closer = NULL;
}

static const struct eg_wait_kind reader_wait = {
	.what = "pile",
	.unlink = unlink_reader,
};
static const struct eg_wait_kind closer_wait = {
	.what = "pile (end)",
	.unlink = unlink_closer,
};

int eg_pile_new(eg_pile **ret_pile, eg_pool *pool)
{
	struct eg_fiber *self = eg__current();
	eg_pile *pile;
	int r;

	if (!ret_pile)
		return -EINVAL;
	if (!self || (pool && pool->hub != self->hub))
		return -EPERM;
	pile = eg__fault(EG_FAULT_ALLOC) ? NULL : malloc(sizeof(*pile));
	if (!pile)
		return -ENOMEM;
	*pile = (eg_pile){ .pool = pool, .owner = self->id };
	eg_list_init(&pile->jobs);
	if (!pool) {
		r = eg_pool_new(&pile->pool, EG_POOL_SIZE_DEFAULT);
		if (r < 0) {
			free(pile);
			return r;
		}
		pile->owns_pool = true;
	}
	pile->pool->users++;
	*ret_pile = pile;
	return 0;
}

static struct eg__job *first_job(const eg_pile *pile)
{
	return eg_list_entry(eg_list_first(&pile->jobs), struct eg__job, link);
}

/* Gives what came of the first job, if it is done: 1, or 0 if it is not. */
static int give(eg_pile *pile, const struct wanted *wanted)
{
	struct eg__job *job = first_job(pile);

	if (job->fiber)
		return 0;
	if (wanted->value)
		*wanted->value = job->value;
	*wanted->error = job->error;
	eg_list_remove(&job->link);
	free(job);
	return 1;
}

static void job_done(struct eg__job *job)
{
	eg_pile *pile = job->maker;

	pile->running--;
	if (pile->reader && give(pile, pile->reader->value))
		eg__pool_wake(pile->reader, 1);
	if (!pile->running)
		eg__pool_wake(pile->closer, 0);
}

static void expect_outcome(eg_pile *pile, struct eg__job *job)
{
	pile->running++;
	eg_list_push_back(&pile->jobs, &job->link);
}

/* By eg_exit(3): the caller has ended with its call. */
static void caller_ended(struct eg_fiber_end *end, struct eg_fiber *f)
{
	struct eg__job *job = eg_container_of(end, struct eg__job, end);

	job->fiber = NULL;
	job->value = f->result;
	job->error = f->error;
	job->done(job);
}

static void do_here(eg_pile *pile, struct eg__job *job, struct eg_fiber *self,
		    eg_fiber_fn *fn, void *arg)
{
	job->fiber = self;
	job->end.fn = caller_ended;
	eg__fiber_at_end(self, &job->end);
	expect_outcome(pile, job);
	job->error = eg__pool_call_here(self, fn, arg, &job->value);
	job->fiber = NULL;
	eg_list_remove(&job->end.link);
	job->done(job);
}

/* In a place of the pool; or here, if this is a fiber of a full one. */
static int start(eg_pile *pile, struct eg__job *job, eg_fiber_fn *fn, void *arg,
		 int64_t deadline, const void *caller)
{
	struct eg_fiber *self = eg__current();
	eg_pool *pool = pile->pool;
	int r;

	if (!eg__pool_try(pool)) {
		r = eg__park_check(self, deadline);
		if (r < 0)
			return r;
		if (eg__pool_has(pool, self)) {
			do_here(pile, job, self, fn, arg);
			return 0;
		}
		pile->spawners++;
		r = eg__pool_take(pool, self, deadline);
		pile->spawners--;
		if (r < 0)
			return r;
	}
	r = eg__job_start(job, fn, arg, true, caller);
	if (r < 0)
		eg__pool_give(pool);
	else
		expect_outcome(pile, job);
	return r;
}

int eg_pile_spawn(eg_pile *pile, eg_fiber_fn *fn, void *arg, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	struct eg__job *job;
	int r;

	if (!pile || !fn)
		return -EINVAL;
	if (!self)
		return eg__refuse_blocking("eg_pile_spawn");
	if (pile->pool->hub != self->hub)
		return -EPERM;
	job = eg__job_new(pile->pool, pile, job_done);
	if (!job)
		return -ENOMEM;
	r = start(pile, job, fn, arg, deadline, __builtin_return_address(0));
	if (r < 0)
		free(job);
	return r;
}

int eg_pile_next(eg_pile *pile, void **ret_value, int *ret_error,
		 int64_t deadline)
{
	struct wanted wanted = { pile, ret_value, ret_error };
	struct eg_fiber *self = eg__current();

	if (!pile || !ret_error)
		return -EINVAL;
	if (!self)
		return eg__refuse_blocking("eg_pile_next");
	if (pile->pool->hub != self->hub || pile->owner != self->id)
		return -EPERM;
	if (eg_list_is_empty(&pile->jobs))
		return 0;
	if (give(pile, &wanted))
		return 1;
	if (first_job(pile)->fiber == self)
		return -EDEADLK;
	pile->reader = eg__waiter(self, &reader_wait, pile);
	pile->reader->value = &wanted;
	return eg__park(self, deadline);
}

static bool is_own(const eg_pile *pile, const struct eg_fiber *f)
{
	eg_list_for_each(node, &pile->jobs)
		if (eg_list_entry(node, struct eg__job, link)->fiber == f)
			return true;
	return false;
}

static void cancel_all(eg_pile *pile)
{
	eg_list_for_each(node, &pile->jobs) {
		struct eg__job *job = eg_list_entry(node, struct eg__job, link);

		if (job->fiber)
			eg__cancel(job->fiber);
	}
}

/* Nobody uses it any more. */
static void destroy(eg_pile *pile)
{
	eg_list_for_each(node, &pile->jobs)
		free(eg_list_entry(node, struct eg__job, link));
	pile->pool->users--;
	if (pile->owns_pool)
		EG_CHECK(eg_pool_free(pile->pool) == 0);
	free(pile);
}

int eg_pile_free(eg_pile *pile)
{
	struct eg_fiber *self = eg__current();
	int r;

	if (!pile)
		return -EINVAL;
	if (!self)
		return eg__refuse_blocking("eg_pile_free");
	if (pile->pool->hub != self->hub)
		return -EPERM;
	if (is_own(pile, self))
		return -EDEADLK;
	if (pile->reader || pile->spawners || pile->closer)
		return -EBUSY;
	cancel_all(pile);
	if (pile->running) {
		pile->closer = eg__waiter(self, &closer_wait, pile);
		pile->closer->value = pile;
		r = eg__pool_park_shielded(self);
		if (r < 0)
			return r;
	}
	/* Somebody has come meanwhile. */
	if (pile->running || pile->spawners)
		return -EBUSY;
	destroy(pile);
	return 0;
}
