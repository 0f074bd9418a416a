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

void eg__kill(struct eg_fiber *f, int error)
{
	if (f->state == EG_FIBER_DEAD || f->flags & EG_FIBER_CANCELLED)
		return;
	f->flags |= EG_FIBER_CANCELLED;
	f->kill_error = (int16_t)error;
	if (f->state == EG_FIBER_PARKED && !f->shields)
		eg__abort_wait(&f->wait, error);
}

void eg__cancel(struct eg_fiber *f)
{
	eg__kill(f, -ECANCELED);
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

	return self && (self->flags & EG_FIBER_CANCELLED ||
			eg__is_interrupted(self));
}

int eg_uncancel(void)
{
	struct eg_fiber *self = eg__current();

	if (!self)
		return -EPERM;
	if (!(self->flags & EG_FIBER_CANCELLED))
		return 0;
	self->flags &= (uint8_t)~EG_FIBER_CANCELLED;
	return 1;
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

static bool is_open(const struct eg_fiber *self, const struct eg_timeout *s)
{
	const struct eg_timeout *open = self->scope;

	while (open && open != s)
		open = open->_outer;
	return open;
}

/* Not one that means another thing. */
static int64_t real_deadline(int64_t deadline)
{
	return deadline == EG_INTERRUPTED ? deadline + 1 : deadline;
}

int eg_timeout_begin(eg_timeout *timeout, int64_t deadline)
{
	struct eg_fiber *self = eg__current();

	if (!timeout)
		return -EINVAL;
	if (!self)
		return -EPERM;
	if (is_open(self, timeout))
		return -EALREADY;
	deadline = real_deadline(deadline);
	scope_open(self, timeout, deadline,
		   eg__effective_deadline(self, deadline), false);
	return 0;
}

/* The turn's clock decides, as it does for the calls inside. */
static bool has_passed(const struct eg_fiber *self, const eg_timeout *timeout)
{
	return timeout->_deadline != EG_FOREVER &&
	       timeout->_deadline <= self->hub->loop.now;
}

int eg_timeout_end(eg_timeout *timeout)
{
	struct eg_fiber *self = eg__current();
	int r;

	if (!self)
		return timeout ? -EPERM : -EINVAL;
	r = scope_close(self, timeout, false);
	if (r < 0)
		return r;
	return has_passed(self, timeout) ? -ETIMEDOUT : 0;
}

bool eg_timeout_has_passed(const eg_timeout *timeout)
{
	struct eg_fiber *self = eg__current();

	return self && timeout && is_open(self, timeout) &&
	       has_passed(self, timeout);
}

/* The earliest deadline from @s outwards, up to a shield. */
static int64_t earliest(const struct eg_timeout *s)
{
	int64_t deadline = s->_deadline;

	while (s->_outer && !s->_shield) {
		s = s->_outer;
		deadline = eg_min64(deadline, s->_deadline);
	}
	return deadline;
}

static void set_deadline(struct eg_fiber *f, struct eg_timeout *timeout,
			 int64_t deadline)
{
	timeout->_deadline = deadline;
	for (struct eg_timeout *s = f->scope; s != timeout->_outer;
	     s = s->_outer)
		s->_effective = earliest(s);
	f->scope_deadline = f->scope->_effective;
}

int eg_timeout_move(eg_timeout *timeout, int64_t deadline)
{
	struct eg_fiber *self = eg__current();

	if (!timeout)
		return -EINVAL;
	if (!self)
		return -EPERM;
	if (!is_open(self, timeout) || timeout->_shield)
		return -EINVAL;
	set_deadline(self, timeout, real_deadline(deadline));
	return 0;
}

int eg_with_timeout(int64_t deadline, eg_timeout_fn *fn, void *arg,
		    int timeout_value)
{
	eg_timeout t;
	int r, ended;

	if (!fn)
		return -EINVAL;
	r = eg_timeout_begin(&t, deadline);
	if (r < 0)
		return r;
	r = fn(arg);
	ended = eg_timeout_end(&t);
	return r == -ETIMEDOUT && ended == -ETIMEDOUT ? timeout_value : r;
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

void eg__region_open(struct eg_region *region, struct eg_fiber *self)
{
	region->shields = self->shields;
	scope_open(self, &region->scope, EG_FOREVER, self->scope_deadline,
		   false);
}

void eg__region_close(struct eg_region *region, struct eg_fiber *self)
{
	self->scope = &region->scope;
	EG_CHECK(scope_close(self, &region->scope, false) == 0);
	self->shields = region->shields;
}

void eg__region_cancel(struct eg_region *region, struct eg_fiber *f)
{
	if (!is_open(f, &region->scope))
		return;
	set_deadline(f, &region->scope, EG_INTERRUPTED);
	if (f->state == EG_FIBER_PARKED && eg__is_interrupted(f))
		eg__abort_wait(&f->wait, -ECANCELED);
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

/*
 * First the coroutines: their frames may have pushed cleanups, and pop them.
 * The locals last: cleanups may still look at them. True if there was one.
 */
static bool unwind_step(struct eg_fiber *self)
{
	struct eg_fiber_extra **coroutines = &self->extra[EG_EXTRA_COROUTINES];
	struct eg_fiber_extra **locals = &self->extra[EG_EXTRA_LOCALS];

	if (*coroutines) {
		(*coroutines)->end(*coroutines);
		*coroutines = NULL;
	} else if (self->cleanups) {
		cleanup_pop(self, true);
	} else if (*locals) {
		(*locals)->end(*locals);
		*locals = NULL;
	} else {
		return false;
	}
	return true;
}

void eg__cleanups_run(struct eg_fiber *self)
{
	struct eg_timeout shield;

	/* Regions still open lie in frames that are gone or about to go. */
	self->scope = NULL;
	self->scope_deadline = EG_FOREVER;
	self->shields = 0;
	EG_CHECK(eg_shield_begin(&shield) == 0);
	/* Each may use the others again. */
	while (unwind_step(self))
		;
	EG_CHECK(eg_shield_end(&shield) == 0);
}
