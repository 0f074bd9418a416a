/* SPDX-License-Identifier: MIT */
/*
 * Calls in a pool for their result, one at a time: apply, waiting for it or
 * not. Places and fibers are pool.c's.
 */
#include "pool/pool_job.h"

#include "base/check.h"
#include "base/fault.h"
#include "core/cancel.h"

#include <stdlib.h>

struct eg__job *eg__job_new(eg_pool *pool, void *maker,
			    void (*done)(struct eg__job *job))
{
	struct eg__job *job;

	job = eg__fault(EG_FAULT_ALLOC) ? NULL : malloc(sizeof(*job));
	if (job)
		*job = (struct eg__job){
			.maker = maker,
			.done = done,
			.pool = pool,
		};
	return job;
}

static void job_ended(struct eg_fiber_end *end, struct eg_fiber *f)
{
	struct eg__job *job = eg_container_of(end, struct eg__job, end);

	eg__pool_leave(job->pool, f, job->has_place);
	job->fiber = NULL;
	job->value = f->result;
	job->error = f->error;
	f->flags |= EG_FIBER_ERROR_SEEN;
	job->done(job);
}

int eg__job_start(struct eg__job *job, eg_fiber_fn *fn, void *arg,
		  bool has_place, const void *caller)
{
	const struct eg__member m = {
		.fn = fn,
		.arg = arg,
		.end = &job->end,
		.caller = caller,
		.is_in_line = !has_place,
		.has_place = &job->has_place,
	};

	job->end.fn = job_ended;
	job->has_place = has_place;
	return eg__pool_spawn(job->pool, &m, &job->fiber);
}

/* Apply */

/* The job's maker is who waits for it. */
static void unlink_caller(struct eg_waiter *w)
{
	struct eg__job *job = w->value;

	job->maker = NULL;
}

static const struct eg_wait_kind apply_wait = {
	.what = "pool (apply)",
	.unlink = unlink_caller,
};

static void wake_caller(struct eg__job *job)
{
	eg__pool_wake(job->maker, 0);
}

static void free_job(struct eg__job *job)
{
	free(job);
}

static void expect_end(struct eg__job *job, struct eg_fiber *self)
{
	struct eg_waiter *w = eg__waiter(self, &apply_wait, job->pool);

	w->value = job;
	job->maker = w;
}

/* Waits for @job, which is running; if that fails, ends it, so that nobody uses
 * the caller's memory any more. */
static int wait_for_job(struct eg__job *job, struct eg_fiber *self,
			void **ret_value, int64_t deadline)
{
	int r;

	job->pool->users++;
	expect_end(job, self);
	r = eg__park(self, deadline);
	if (r < 0 && job->fiber) {
		eg__cancel(job->fiber);
		expect_end(job, self);
		eg__pool_park_shielded(self);
	}
	job->pool->users--;
	if (r < 0)
		return r;
	if (ret_value)
		*ret_value = job->value;
	return job->error;
}

int eg_pool_apply(eg_pool *pool, eg_fiber_fn *fn, void *arg, void **ret_value,
		  int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	struct eg__job *job;
	int r;

	if (!pool || !fn)
		return -EINVAL;
	if (!self)
		return eg__refuse_blocking("eg_pool_apply");
	if (pool->hub != self->hub)
		return -EPERM;
	r = eg__park_check(self, deadline);
	if (r < 0)
		return r;
	if (eg__pool_has(pool, self))
		return eg__pool_call_here(self, fn, arg, ret_value);
	job = eg__job_new(pool, NULL, wake_caller);
	if (!job)
		return -ENOMEM;
	r = eg__pool_take(pool, self, deadline);
	if (r == 0) {
		r = eg__job_start(job, fn, arg, true,
				  __builtin_return_address(0));
		if (r < 0)
			eg__pool_give(pool);
		else
			r = wait_for_job(job, self, ret_value, deadline);
	}
	/* It does not end: then it is left to itself. */
	if (job->fiber)
		job->done = free_job;
	else
		free(job);
	return r;
}

static void send_result(struct eg__job *job)
{
	eg_result *result = job->maker;

	/* Sent by somebody else already, that is what counts. */
	if (job->error)
		eg_result_fail(result, job->error, job->value);
	else
		eg_result_set(result, job->value);
	free(job);
}

int eg_pool_apply_async(eg_pool *pool, eg_fiber_fn *fn, void *arg,
			eg_result *result)
{
	bool has_place;
	struct eg__job *job;
	int r;

	if (!pool || !fn || !result)
		return -EINVAL;
	if (pool->hub != eg__hub())
		return -EPERM;
	job = eg__job_new(pool, result, send_result);
	if (!job)
		return -ENOMEM;
	has_place = eg__pool_try(pool);
	r = eg__job_start(job, fn, arg, has_place, __builtin_return_address(0));
	if (r == 0)
		return 0;
	if (has_place)
		eg__pool_give(pool);
	free(job);
	return r;
}
