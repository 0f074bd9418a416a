/* SPDX-License-Identifier: MIT */
/*
 * What came of fibers: asked for, waited for, one or many, and never consumed.
 * Joining, which consumes, is fiber.c's.
 */
#include "base/alloc.h"
#include "base/check.h"
#include "core/cancel.h"
#include "core/park.h"

#include <evergreen/spawn.h>

enum { FEW = 16 }; /* fibers waited for without memory from elsewhere */

bool eg_fiber_is_done(const eg_fiber *fiber)
{
	return fiber && fiber->state == EG_FIBER_DEAD;
}

bool eg_fiber_succeeded(const eg_fiber *fiber)
{
	return eg_fiber_is_done(fiber) &&
	       (fiber->error == 0 || fiber->error == -ECANCELED);
}

int eg_fiber_error(eg_fiber *fiber, void **ret_payload)
{
	if (!fiber)
		return -EINVAL;
	if (fiber->state != EG_FIBER_DEAD || !fiber->error)
		return 0;
	fiber->flags |= EG_FIBER_ERROR_SEEN;
	if (ret_payload)
		*ret_payload = fiber->result;
	return fiber->error;
}

/* Waiting for one */

struct end_wait {
	struct eg_fiber_end end;
	struct eg_waiter *waiter;
};

static void end_has_come(struct eg_fiber_end *end, struct eg_fiber *f)
{
	(void)f;
	eg__unpark(eg_container_of(end, struct end_wait, end)->waiter, 0);
}

static void unlink_end(struct eg_waiter *w)
{
	struct end_wait *e = w->value;

	if (eg_list_is_linked(&e->end.link))
		eg_list_remove(&e->end.link);
}

static const struct eg_wait_kind end_wait = {
	.what = "end of fiber",
	.unlink = unlink_end,
};

static int wait_for_end(struct eg_fiber *f, const char *call, int64_t deadline)
{
	struct end_wait e = { .end.fn = end_has_come };
	struct eg_fiber *self = eg__current();
	int r;

	if (!f)
		return -EINVAL;
	/* Of the hub too: its links ask what came of the fiber. */
	if (f->hub == eg__hub() && f->state == EG_FIBER_DEAD)
		return 0;
	if (!self) {
		r = eg__check_try(call, deadline);
		return r < 0 ? r : f->hub == eg__hub() ? -ETIMEDOUT : -EPERM;
	}
	if (f->hub != self->hub)
		return -EPERM;
	if (f == self) {
		r = eg__kill_pending(self);
		return r < 0 ? r : -EDEADLK;
	}
	e.waiter = eg__waiter(self, &end_wait, f);
	e.waiter->value = &e;
	eg__fiber_at_end(f, &e.end);
	return eg__park(self, deadline);
}

int eg_fiber_wait(eg_fiber *fiber, int64_t deadline)
{
	return wait_for_end(fiber, "eg_fiber_wait", deadline);
}

int eg_get(eg_fiber *fiber, void **ret_value, int64_t deadline)
{
	int r = wait_for_end(fiber, "eg_get", deadline);

	if (r == 0)
		r = eg_fiber_error(fiber, NULL);
	if (r == 0 && ret_value)
		*ret_value = fiber->result;
	return r;
}

/* Killing */

/* Nobody is told before it is known that the caller can wait. */
static int check_wait(const char *call, int64_t deadline)
{
	return deadline == EG_NOW || eg__current() ? 0
						   : eg__refuse_blocking(call);
}

int eg_kill(eg_fiber *fiber, int error, int64_t deadline)
{
	int r;

	if (!fiber || !eg__is_fatal(error))
		return -EINVAL;
	if (fiber->hub != eg__hub())
		return -EPERM;
	r = check_wait("eg_kill", deadline);
	if (r < 0)
		return r;
	eg__kill(fiber, error);
	if (deadline == EG_NOW)
		return 0;
	return wait_for_end(fiber, "eg_kill", deadline);
}

static int check_victims(eg_fiber *const *fibers, size_t count, int error,
			 int64_t deadline)
{
	if (!eg__is_fatal(error) || (count && !fibers))
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (!fibers[i])
			return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (fibers[i]->hub != eg__hub())
			return -EPERM;
	return check_wait("eg_kill_all", deadline);
}

int eg_kill_all(eg_fiber *const *fibers, size_t count, int error,
		int64_t deadline)
{
	int r = check_victims(fibers, count, error, deadline);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		eg__kill(fibers[i], error);
	for (size_t i = 0; i < count && deadline != EG_NOW; i++) {
		r = wait_for_end(fibers[i], "eg_kill_all", deadline);
		if (r < 0)
			return r;
	}
	return 0;
}

int eg_cancel_unstarted(eg_fiber *fiber)
{
	if (!fiber)
		return -EINVAL;
	if (fiber->hub != eg__hub())
		return -EPERM;
	if (!eg__fiber_is_unstarted(fiber))
		return 0;
	eg__cancel(fiber);
	return 1;
}

/* Waiting for many */

struct crowd;

struct member {
	struct eg_fiber_end end;
	struct crowd *crowd;
};

struct crowd {
	struct member *members; /* owned, if more than FEW */
	size_t count;
	size_t wanted;
	size_t ended;
	eg_fiber **ret_ended;
	struct eg_waiter *waiter; /* NULL: not waiting yet */
	bool raises;
	int error; /* of the first to fail */
};

/* True: there is nothing left to wait for. */
static bool count_end(struct crowd *c, struct eg_fiber *f)
{
	if (c->ret_ended)
		c->ret_ended[c->ended] = f;
	c->ended++;
	if (c->raises && !eg_fiber_succeeded(f))
		c->error = eg_fiber_error(f, NULL);
	return c->error || c->ended == c->wanted;
}

static void crowd_unlink(struct crowd *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (eg_list_is_linked(&c->members[i].end.link))
			eg_list_remove(&c->members[i].end.link);
}

static void member_ended(struct eg_fiber_end *end, struct eg_fiber *f)
{
	struct crowd *c = eg_container_of(end, struct member, end)->crowd;

	if (!count_end(c, f))
		return;
	crowd_unlink(c);
	eg__unpark(c->waiter, 0);
}

static void unlink_crowd(struct eg_waiter *w)
{
	crowd_unlink(w->value);
}

static const struct eg_wait_kind crowd_wait = {
	.what = "ends of fibers",
	.unlink = unlink_crowd,
};

/* Who has ended is counted, the others are listed: each once. True: there is
 * nothing left to wait for. */
static bool take_stock(struct crowd *c, eg_fiber *const *fibers, size_t count,
		       struct eg_hub *hub)
{
	uint32_t mark = ++hub->mark;

	for (size_t i = 0; i < count; i++) {
		struct eg_fiber *f = fibers[i];
		struct member *m;

		if (f->mark == mark)
			continue;
		f->mark = mark;
		if (f->state == EG_FIBER_DEAD) {
			if (count_end(c, f))
				return true;
			continue;
		}
		m = &c->members[c->count++];
		*m = (struct member){ .end.fn = member_ended, .crowd = c };
		eg__fiber_at_end(f, &m->end);
	}
	/* Duplicates may leave fewer than were wanted. */
	if (c->wanted > c->ended + c->count)
		c->wanted = c->ended + c->count;
	return c->ended == c->wanted;
}

/* Waits for the rest. Its own deadline is no error: some have ended. */
static int await_crowd(struct crowd *c, struct eg_fiber *self, int64_t deadline)
{
	int r;

	if (deadline == EG_NOW) {
		crowd_unlink(c);
		return 0;
	}
	c->waiter = eg__waiter(self, &crowd_wait, NULL);
	c->waiter->value = c;
	r = eg__park(self, deadline);
	return r == -ETIMEDOUT && deadline <= self->scope_deadline ? 0 : r;
}

static ssize_t join_crowd(struct crowd *c, eg_fiber *const *fibers,
			  size_t count, struct eg_fiber *self, int64_t deadline)
{
	int r = 0;

	if (take_stock(c, fibers, count, self->hub))
		crowd_unlink(c);
	else
		r = await_crowd(c, self, deadline);
	if (r == 0)
		r = c->error;
	return r < 0 ? r : (ssize_t)c->ended;
}

static int check_crowd(eg_fiber *const *fibers, size_t count, uint32_t flags,
		       const struct eg_fiber *self)
{
	bool is_member = false;

	if ((count && !fibers) || flags & ~EG_JOIN_RAISE)
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (!fibers[i])
			return -EINVAL;
	if (!self)
		return eg__refuse_blocking("eg_join_all");
	for (size_t i = 0; i < count; i++) {
		if (fibers[i]->hub != self->hub)
			return -EPERM;
		is_member |= fibers[i] == self;
	}
	return is_member ? -EDEADLK : 0;
}

ssize_t eg_join_all(eg_fiber *const *fibers, size_t count, size_t wanted,
		    eg_fiber **ret_ended, int64_t deadline, uint32_t flags)
{
	struct eg_fiber *self = eg__current();
	struct member few[FEW];
	struct crowd c = {
		.members = few,
		.wanted = wanted && wanted < count ? wanted : count,
		.ret_ended = ret_ended,
		.raises = flags & EG_JOIN_RAISE,
	};
	size_t bytes;
	ssize_t r;

	r = check_crowd(fibers, count, flags, self);
	if (r < 0 || count == 0)
		return r;
	if (count <= FEW)
		return join_crowd(&c, fibers, count, self, deadline);
	if (__builtin_mul_overflow(count, sizeof(*c.members), &bytes))
		return -ENOMEM;
	c.members = eg__pages_get(bytes);
	if (!c.members)
		return -ENOMEM;
	r = join_crowd(&c, fibers, count, self, deadline);
	eg__pages_put(c.members, bytes);
	return r;
}
