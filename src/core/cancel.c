/* SPDX-License-Identifier: MIT */
/*
 * Cancelling, shields, regions with deadlines, and the cleanup stack. A fiber
 * unwinds itself: nothing here ever frees a stack that has frames.
 */
#include "core/cancel.h"

#include "base/check.h"
#include "core/park.h"

#include <errno.h>

struct eg_cleanup {
	struct eg_cleanup *next;
	eg_cleanup_fn *fn;
	void *arg;
};

void eg__cancel(struct eg_fiber *f)
{
	if (f->state == EG_FIBER_DEAD || f->flags & EG_FIBER_CANCELLED)
		return;
	f->flags |= EG_FIBER_CANCELLED;
	if (f->state == EG_FIBER_PARKED && !f->shields)
		eg__abort_wait(&f->wait, -ECANCELED);
}

int eg_cancel(eg_fiber *fiber)
{
	if (!fiber)
		return -EINVAL;
	if (fiber->hub != eg__hub())
		return -EPERM;
	eg__cancel(fiber);
	return 0;
}

bool eg_cancelled(void)
{
	struct eg_fiber *self = eg__current();

	return self && self->flags & EG_FIBER_CANCELLED;
}

/* Regions: a stack of scopes, linked through the caller's frames. */

static void scope_open(struct eg_fiber *self, struct eg_timeout *s,
		       int64_t deadline, int64_t effective, bool is_shield)
{
	*s = (struct eg_timeout){
		._outer = self->scope,
		._deadline = deadline,
		._effective = effective,
		._shield = is_shield,
		._is_open = 1,
	};
	self->scope = s;
	self->scope_deadline = effective;
	self->shields = (uint16_t)(self->shields + is_shield);
}

static int scope_close(struct eg_fiber *self, struct eg_timeout *s,
		       bool is_shield)
{
	if (!s || self->scope != s || !s->_is_open || s->_shield != is_shield)
		return -EINVAL;
	s->_is_open = 0;
	self->scope = s->_outer;
	self->scope_deadline = s->_outer ? s->_outer->_effective : EG_FOREVER;
	self->shields = (uint16_t)(self->shields - is_shield);
	return 0;
}

int eg_timeout_begin(eg_timeout *timeout, int64_t deadline)
{
	struct eg_fiber *self = eg__current();

	if (!timeout)
		return -EINVAL;
	if (!self)
		return -EPERM;
	scope_open(self, timeout, deadline,
		   eg__effective_deadline(self, deadline), false);
	return 0;
}

int eg_timeout_end(eg_timeout *timeout)
{
	struct eg_fiber *self = eg__current();
	int r;

	if (!self)
		return timeout ? -EPERM : -EINVAL;
	r = scope_close(self, timeout, false);
	if (r < 0 || timeout->_deadline == EG_FOREVER)
		return r;
	/* The turn's clock decides, as it did for the calls inside. */
	return timeout->_deadline <= self->hub->loop.now ? -ETIMEDOUT : 0;
}

int eg_shield_begin(eg_timeout *shield)
{
	struct eg_fiber *self = eg__current();

	if (!shield)
		return -EINVAL;
	if (!self)
		return -EPERM;
	scope_open(self, shield, EG_FOREVER, EG_FOREVER, true);
	return 0;
}

int eg_shield_end(eg_timeout *shield)
{
	struct eg_fiber *self = eg__current();

	if (!self)
		return shield ? -EPERM : -EINVAL;
	return scope_close(self, shield, true);
}

/* The cleanup stack */

int eg_cleanup_push(eg_cleanup_fn *fn, void *arg)
{
	struct eg_fiber *self = eg__current();
	struct eg_cleanup *c;

	if (!fn)
		return -EINVAL;
	if (!self)
		return -EPERM;
	c = eg__slab_get(&self->hub->cleanups);
	if (!c)
		return -ENOMEM;
	*c = (struct eg_cleanup){ self->cleanups, fn, arg };
	self->cleanups = c;
	return 0;
}

static void cleanup_pop(struct eg_fiber *self, bool run)
{
	struct eg_cleanup *c = self->cleanups;
	eg_cleanup_fn *fn = c->fn;
	void *arg = c->arg;

	self->cleanups = c->next;
	eg__slab_put(&self->hub->cleanups, c);
	if (run)
		fn(arg);
}

int eg_cleanup_pop(bool run)
{
	struct eg_fiber *self = eg__current();

	if (!self)
		return -EPERM;
	if (!self->cleanups)
		return -ENOENT;
	cleanup_pop(self, run);
	return 0;
}

/* First the extra: its frames may have pushed cleanups, and pop them. */
static void unwind_step(struct eg_fiber *self)
{
	if (self->extra) {
		self->extra->end(self->extra);
		self->extra = NULL;
	} else {
		cleanup_pop(self, true);
	}
}

void eg__cleanups_run(struct eg_fiber *self)
{
	struct eg_timeout shield;

	/* Regions still open lie in frames that are gone or about to go. */
	self->scope = NULL;
	self->scope_deadline = EG_FOREVER;
	self->shields = 0;
	EG_CHECK(eg_shield_begin(&shield) == 0);
	/* Each may use the other again. */
	while (self->extra || self->cleanups)
		unwind_step(self);
	EG_CHECK(eg_shield_end(&shield) == 0);
}
