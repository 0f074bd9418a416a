/* SPDX-License-Identifier: MIT */
/*
 * Groups: members are detached fibers that say when they end.
 */
#include "base/check.h"
#include "core/cancel.h"
#include "core/park.h"
#include "sync/wait_queue.h"

#include <evergreen/group.h>

/* Beside EG_GROUP_*. */
enum {
	IS_ENDING = 1 << 16, /* in eg_group_done(): who comes is cancelled */
	IS_RUN = 1 << 17,    /* it is in a struct run */
};

struct group {
	struct eg_list members; /* of eg_fiber.group_link; next may be NULL */
	struct eg_wait_queue waiters; /* for the end of all */
	struct eg_hub *hub; /* borrowed; set while there are members */
	void *payload;
	int count;
	uint32_t flags; /* EG_GROUP_*, IS_ENDING */
	int error;	/* of the first member that failed */
};

_Static_assert(sizeof(struct group) <= sizeof(eg_group), "eg_group too small");

/* Of eg_group_run(). */
struct run {
	struct group group;
	struct eg_region region; /* around the function */
	struct eg_fiber *runner; /* of the function: the caller, borrowed */
};

static inline struct group *group_of(const eg_group *group)
{
	return (struct group *)(uintptr_t)group;
}

static const struct eg_wait_kind group_wait = { .what = "group" };

int eg_group_init(eg_group *group)
{
	return eg_group_init_with(group, 0);
}

int eg_group_init_with(eg_group *group, uint32_t flags)
{
	if (!group || flags & ~(EG_GROUP_FAIL_FAST | EG_GROUP_INHERIT))
		return -EINVAL;
	*group_of(group) = (struct group){ .flags = flags };
	return 0;
}

static void kill_all(struct group *g, int error)
{
	eg_list_for_each(node, &g->members)
		eg__kill(eg_list_entry(node, struct eg_fiber, group_link),
			 error);
}

/* -ECANCELED is no failure. */
static void note_error(struct group *g, struct eg_fiber *f)
{
	if (!f->error || f->error == -ECANCELED || g->error)
		return;
	g->error = f->error;
	g->payload = f->result;
	if (!(g->flags & EG_GROUP_FAIL_FAST))
		return;
	f->flags |= EG_FIBER_ERROR_SEEN;
	kill_all(g, -ECANCELED);
	if (g->flags & IS_RUN) {
		struct run *run = eg_container_of(g, struct run, group);

		eg__region_cancel(&run->region, run->runner);
	}
}

/* What waiting for the members comes to. */
static int verdict(const struct group *g)
{
	return g->flags & EG_GROUP_FAIL_FAST ? g->error : 0;
}

/* Who waits is given the verdict: the first to run may free the group. */
static void leave(struct group *g, struct eg_fiber *f)
{
	struct eg_waiter *w;
	int result = verdict(g);

	f->flags &= (uint8_t)~EG_FIBER_IN_GROUP;
	eg_list_remove(&f->group_link);
	if (--g->count > 0)
		return;
	g->flags &= ~(uint32_t)IS_ENDING;
	while ((w = eg__queue_first(&g->waiters)))
		eg__unpark(w, result);
}

/* Runs on the member's stack, as its last act but for being freed. */
static void member_ended(struct eg_fiber_end *end, struct eg_fiber *f)
{
	struct group *g = f->group;

	(void)end;
	note_error(g, f);
	leave(g, f);
}

static void enter(struct group *g, struct eg_fiber *f)
{
	if (!g->members.next)
		eg_list_init(&g->members);
	f->flags |= EG_FIBER_IN_GROUP;
	f->group = g;
	f->group_end.fn = member_ended;
	eg__fiber_at_end(f, &f->group_end);
	eg_list_push_back(&g->members, &f->group_link);
	g->hub = f->hub;
	g->count++;
	/* The others have been cancelled already. */
	if (verdict(g) || g->flags & IS_ENDING)
		eg__cancel(f);
}

/* A member's function, in a region that its spawner was in. */
static void *run_inherited(void *arg)
{
	struct eg_fiber *self = eg__current();
	eg_timeout inherited;
	void *result;

	EG_CHECK(eg_timeout_begin(&inherited, self->group_deadline) == 0);
	result = self->group_fn(arg);
	eg_timeout_end(&inherited);
	return result;
}

int eg_group_spawn(eg_group *group, eg_fiber_fn *fn, void *arg,
		   const eg_spawn_options *options)
{
	struct group *g = group_of(group);
	struct eg_fiber *spawner = eg__current();
	struct eg_fiber *f;
	bool inherits;
	int r;

	if (!g || !fn)
		return -EINVAL;
	if (g->count && g->hub != eg__hub())
		return -EPERM;
	inherits = g->flags & EG_GROUP_INHERIT && spawner &&
		   spawner->scope_deadline != EG_FOREVER;
	r = eg__spawn_at(&f, inherits ? run_inherited : fn, arg, options,
			 __builtin_return_address(0));
	if (r < 0)
		return r;
	if (inherits) {
		f->group_fn = fn;
		f->group_deadline = spawner->scope_deadline;
	}
	enter(g, f);
	return eg_detach(f);
}

int eg_group_add(eg_group *group, eg_fiber *fiber)
{
	struct group *g = group_of(group);

	if (!g || !fiber || fiber->flags & EG_FIBER_IS_MAIN)
		return -EINVAL;
	if (fiber->hub != eg__hub() || (g->count && g->hub != fiber->hub))
		return -EPERM;
	if (fiber->state == EG_FIBER_DEAD)
		return -ESRCH;
	if (fiber->flags & EG_FIBER_IN_GROUP)
		return -EBUSY;
	enter(g, fiber);
	return 0;
}

static bool is_member(const struct group *g, const struct eg_fiber *f)
{
	return f->flags & EG_FIBER_IN_GROUP && f->group == g;
}

static void detach(struct group *g, struct eg_fiber *f)
{
	eg_list_remove(&f->group_end.link);
	leave(g, f);
}

int eg_group_detach(eg_group *group, eg_fiber *fiber)
{
	struct group *g = group_of(group);

	if (!g || !fiber)
		return -EINVAL;
	if (fiber->hub != eg__hub())
		return -EPERM;
	if (!is_member(g, fiber))
		return -ENOENT;
	detach(g, fiber);
	return 0;
}

int eg_group_error(const eg_group *group, void **ret_payload)
{
	struct group *g = group_of(group);

	if (!g)
		return -EINVAL;
	if (g->error && ret_payload)
		*ret_payload = g->payload;
	return g->error;
}

int eg_group_count(const eg_group *group)
{
	return group ? group_of(group)->count : -EINVAL;
}

int eg_group_wait(eg_group *group, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	struct group *g = group_of(group);

	if (!g)
		return -EINVAL;
	if (!self)
		return eg__refuse_blocking("eg_group_wait");
	if (!g->count)
		return verdict(g);
	if (g->hub != self->hub)
		return -EPERM;
	if (is_member(g, self))
		return -EDEADLK;
	return eg__queue_wait(&g->waiters, self, &group_wait, g, deadline);
}

int eg_group_kill(eg_group *group, int error)
{
	struct group *g = group_of(group);

	if (!g || !eg__is_fatal(error))
		return -EINVAL;
	if (!g->count)
		return 0;
	if (g->hub != eg__hub())
		return -EPERM;
	kill_all(g, error);
	return 0;
}

int eg_group_cancel(eg_group *group)
{
	return eg_group_kill(group, -ECANCELED);
}

int eg_group_done(eg_group *group)
{
	struct group *g = group_of(group);
	eg_timeout shield;
	int r;

	if (!g)
		return -EINVAL;
	if (!eg__current())
		return eg__refuse_blocking("eg_group_done");
	EG_CHECK(eg_shield_begin(&shield) == 0);
	r = eg_group_cancel(group);
	if (r == 0 && g->count && !is_member(g, eg__current()))
		g->flags |= IS_ENDING;
	if (r == 0)
		r = eg_group_wait(group, EG_FOREVER);
	EG_CHECK(eg_shield_end(&shield) == 0);
	return r;
}

/* Nobody is left in @group, which goes away. Who ignores cancelling, and waits
 * for what cannot come, is let go. */
static int end_group(struct group *g)
{
	int r = eg_group_done((eg_group *)(void *)g);

	while (g->count)
		detach(g, eg_list_entry(g->members.next, struct eg_fiber,
					group_link));
	return r;
}

static void end_at_exit(void *group)
{
	end_group(group);
}

/* Until the members have ended. The first error wins: one that came of a
 * member's is later than that. */
static int run_and_wait(struct run *run, eg_group_fn *fn, void *arg)
{
	eg_group *group = (eg_group *)(void *)&run->group;
	int r;

	eg__region_open(&run->region, run->runner);
	r = fn(group, arg);
	eg__region_close(&run->region, run->runner);
	if (r < 0)
		return verdict(&run->group) ? verdict(&run->group) : r;
	return eg_group_wait(group, EG_FOREVER);
}

int eg_group_run(eg_group_fn *fn, void *arg, uint32_t flags)
{
	struct run run = { .runner = eg__current() };
	int r, done;

	if (!fn || eg_group_init_with((eg_group *)(void *)&run.group, flags))
		return -EINVAL;
	if (!run.runner)
		return eg__refuse_blocking("eg_group_run");
	run.group.flags |= IS_RUN;
	/* For a fiber that exits inside. */
	r = eg_cleanup_push(end_at_exit, &run.group);
	if (r < 0)
		return r;
	r = run_and_wait(&run, fn, arg);
	EG_CHECK(eg_cleanup_pop(false) == 0);
	done = end_group(&run.group);
	return r < 0 ? r : done;
}
