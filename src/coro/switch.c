/* SPDX-License-Identifier: MIT */
/*
 * The switch from one coroutine to another: the first, the ordinary, the thrown
 * and the last one. What comes before its value is trace.c's.
 */
#include "coro/coro.h"

#include <errno.h>

/* On the next coroutine's stack: this one is not in use any more. */
static void coro_gone(void *coro)
{
	struct eg_coro *c = coro;
	struct coro_stack *stack = c->stack;

	c->stack = NULL;
	eg__ctx_done(&c->ctx);
	eg__stack_put(&c->home->thread->stacks, &stack->stack);
}

/* What asks a coroutine to end has worked where it has ended. */
static void settle(eg_coro_result *what)
{
	if (what->code == -ECANCELED)
		what->code = 0;
}

/*
 * Who gets *@what, meant for @to: one that is suspended or runs, or one
 * to be started with a value. The way up ends at the main coroutine at last.
 */
static struct eg_coro *find_target(struct eg_coro *to, eg_coro_result *what)
{
	for (;; to = to->parent) {
		if (to->state == CORO_STARTED)
			return to;
		if (to->state == CORO_NEW) {
			if (what->code >= 0)
				return to;
			to->state = CORO_DEAD;
		}
		settle(what);
	}
}

/*
 * Somebody switches to @to, which waits for a generator. Its value is not what
 * is brought, so that what is becomes the payload of an error.
 */
static void stop_waiting(struct coro_home *home, struct eg_coro *to,
			 eg_coro_result *what)
{
	struct eg_gen *gen = (struct eg_gen *)(uintptr_t)to->gate;

	gen->coro.consumer = NULL;
	to->gate = home;
	if (what->code >= 0)
		what->code = -EINTR;
}

/* Everything but the switch. */
static void prepare(struct coro_home *home, struct eg_coro *to,
		    eg_coro_result *what)
{
	if (to->gate != home)
		stop_waiting(home, to, what);
	if (to->is_fresh)
		to->first_value = what->value;
	if (eg_unlikely(eg__coro_has_arrival(home)))
		eg__coro_arrival_prepare(home, to, *what);
	eg__coro_enter(home, to);
}

/* Where a coroutine ends: on its own stack, with @what for its parent. */
static _Noreturn void coro_end(struct eg_coro *self, eg_coro_result what)
{
	struct coro_home *home = self->home;
	struct eg_coro *to = self->parent;
	int r;

	if (eg_list_is_linked(&self->link))
		eg_list_remove(&self->link);
	self->state = CORO_DEAD;
	self->gate = self;
	settle(&what);
	if (self->consumer) {
		to = self->consumer;
		to->gate = home;
		self->consumer = NULL;
	}
	for (;;) {
		to = find_target(to, &what);
		if (to->state == CORO_STARTED)
			break;
		r = eg__coro_start(home, to);
		if (r == 0)
			break;
		what = (eg_coro_result){ .code = r };
		to = to->parent;
	}
	prepare(home, to, &what);
	eg__ctx_exit_pair(&self->ctx, &to->ctx, what.value, what.code,
			  coro_gone, self);
}

static void coro_main(void *arg)
{
	struct eg_coro *self = arg;
	struct coro_home *home = self->home;
	eg_coro_result what = { .value = self->first_value };

	eg__ctx_entered(&self->ctx);
	self->is_fresh = false;
	if (eg_unlikely(home->arrival.target == self))
		what = eg__coro_arrival_call(home);
	if (what.code >= 0)
		what = self->fn(what.value);
	if (what.code > 0)
		what.code = 0;
	coro_end(self, what);
}

int eg__coro_start(struct coro_home *home, struct eg_coro *c)
{
	struct eg_stack *stack;
	int r;

	if (!c->fn)
		return -EINVAL;
	if (home->is_ending)
		return -ECANCELED;
	r = eg__stack_get(&home->thread->stacks, c->stack_class, &stack);
	if (r < 0)
		return r;
	c->stack = eg_container_of(stack, struct coro_stack, stack);
	c->state = CORO_STARTED;
	c->is_fresh = true;
	c->gate = home;
	eg_list_push_back(&home->alive, &c->link);
	eg__ctx_make(&c->ctx, stack->lo + stack->guard_bytes, stack, coro_main,
		     c);
	return 0;
}

eg_coro_result eg__coro_deliver(struct coro_home *home, struct eg_coro *to,
				eg_coro_result what)
{
	struct eg_coro *self = home->current;
	int r;

	to = find_target(to, &what);
	if (to == self)
		return what;
	if (to->state == CORO_NEW) {
		r = eg__coro_start(home, to);
		if (r < 0)
			return (eg_coro_result){ .code = r };
	}
	prepare(home, to, &what);
	return eg__ctx_switch_pair(&self->ctx, &to->ctx, what.value, what.code);
}

/* The home, with nothing left to be attended to; or why @to is out of reach. */
static int reach(const char *call, struct eg_coro *to, struct coro_home **ret)
{
	struct coro_home *home;
	int r;

	if (!to)
		return -EINVAL;
	r = eg__coro_home_get(&home);
	if (r < 0)
		return r;
	if (to->home != home)
		return eg__coro_refuse(call, to);
	if (!eg__coro_is_plain(home)) {
		/* What is killed now may have the last reference to it. */
		eg__coro_ref(to);
		eg__coro_attend(home);
		eg_coro_unref(to);
	}
	*ret = home;
	return 0;
}

/* Brings @what to @to, if @call may. */
static EG_COLD eg_coro_result bring(const char *call, struct eg_coro *to,
				    eg_coro_result what)
{
	struct coro_home *home = NULL;
	int r;

	r = reach(call, to, &home);
	if (r < 0)
		return (eg_coro_result){ .code = r };
	return eg__coro_deliver(home, to, what);
}

static EG_COLD eg_coro_result switch_slowly(struct eg_coro *to, void *value)
{
	return bring("eg_coro_switch", to, (eg_coro_result){ 0, value });
}

/*
 * A tail call: the caller resumes with the value in a register, and nothing is
 * left to be done. See docs/decisions/0013-coroutines-beside-fibers.md.
 */
eg_coro_result eg_coro_switch(eg_coro *to, void *value)
{
	struct coro_home *home = eg__coro_home();
	struct eg_coro *self;

	/* Whose gate it is, is there: a home. */
	if (eg_unlikely(!to || to->gate != home))
		return switch_slowly(to, value);
	self = home->current;
	if (eg_unlikely(to == self || !eg__coro_is_plain(home)))
		return switch_slowly(to, value);
	eg__coro_enter(home, to);
	return eg__ctx_switch_pair(&self->ctx, &to->ctx, value, 0);
}

eg_coro_result eg_coro_throw(eg_coro *to, int error, void *payload)
{
	if (error >= 0 || error < -CORO_ERROR_MAX)
		return (eg_coro_result){ .code = -EINVAL };
	return bring("eg_coro_throw", to, (eg_coro_result){ error, payload });
}
