/* SPDX-License-Identifier: MIT */
/*
 * The switch from one coroutine to another: the first, the ordinary, the thrown
 * and the last one. Who is told of it is trace.c's.
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
static void settle(struct delivery *d)
{
	if (d->code == -ECANCELED)
		*d = (struct delivery){ .has_value = true, .value = d->value };
}

/*
 * Who gets *@d, which was meant for @to: one that is suspended or runs, or one
 * to be started with a value. The way up ends at the main coroutine at last.
 */
static struct eg_coro *find_target(struct eg_coro *to, struct delivery *d)
{
	for (;; to = to->parent) {
		if (to->state == CORO_STARTED)
			return to;
		if (to->state == CORO_NEW) {
			if (d->code >= 0)
				return to;
			to->state = CORO_DEAD;
		}
		settle(d);
	}
}

/*
 * Somebody switches to @to, which waits for a generator. Its value is not what
 * is brought, so that what is becomes the payload of an error.
 */
static void stop_waiting(struct coro_home *home, struct eg_coro *to,
			 struct delivery *d)
{
	struct eg_gen *gen = (struct eg_gen *)(uintptr_t)to->gate;

	gen->coro.consumer = NULL;
	to->gate = home;
	if (d->code >= 0)
		*d = (struct delivery){ .code = -EINTR, .value = d->value };
}

/* Everything but the switch. */
static void prepare(struct coro_home *home, struct eg_coro *to,
		    struct delivery *d)
{
	if (to->gate != home)
		stop_waiting(home, to, d);
	if (eg_unlikely(eg__coro_is_traced(home)))
		eg__coro_trace_arrival(home, to, d);
	else
		eg__coro_hand_over(to, d);
	eg__coro_enter(home, to);
}

/* Where a coroutine ends: on its own stack, with *@d for its parent. */
static _Noreturn void coro_end(struct eg_coro *self, struct delivery d)
{
	struct coro_home *home = self->home;
	struct eg_coro *to = self->parent;
	int r;

	if (eg_list_is_linked(&self->link))
		eg_list_remove(&self->link);
	self->state = CORO_DEAD;
	self->gate = self;
	settle(&d);
	if (self->consumer) {
		to = self->consumer;
		to->gate = home;
		self->consumer = NULL;
	}
	for (;;) {
		to = find_target(to, &d);
		if (to->state == CORO_STARTED)
			break;
		r = eg__coro_start(home, to);
		if (r == 0)
			break;
		d = (struct delivery){ .code = r };
		to = to->parent;
	}
	prepare(home, to, &d);
	eg__ctx_exit(&self->ctx, &to->ctx, d.code, coro_gone, self);
}

static void coro_main(void *arg)
{
	struct eg_coro *self = arg;
	struct coro_home *home = self->home;
	struct delivery d = { .code = 0 };
	void *result = NULL;

	eg__ctx_entered(&self->ctx);
	self->is_fresh = false;
	if (eg_unlikely(home->arrival.target == self)) {
		d = eg__coro_trace_call(home);
		if (d.code >= 0)
			self->first_value = d.value;
	}
	if (d.code >= 0) {
		d.code = self->fn(self->first_value, &result);
		if (d.code > 0)
			d.code = 0;
		d.has_value = !self->is_gen;
		d.value = result;
	}
	coro_end(self, d);
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
	c->ret = &c->first_value;
	eg_list_push_back(&home->alive, &c->link);
	eg__ctx_make(&c->ctx, stack->lo + stack->guard_bytes, stack, coro_main,
		     c);
	return 0;
}

int eg__coro_deliver(struct coro_home *home, struct eg_coro *to,
		     struct delivery d, void **ret_value)
{
	struct eg_coro *self = home->current;
	int r;

	to = find_target(to, &d);
	self->ret = ret_value;
	if (to == self) {
		eg__coro_hand_over(self, &d);
		return d.code;
	}
	if (to->state == CORO_NEW) {
		r = eg__coro_start(home, to);
		if (r < 0)
			return r;
	}
	prepare(home, to, &d);
	return eg__ctx_switch(&self->ctx, &to->ctx, d.code);
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

static EG_COLD int switch_slowly(struct eg_coro *to, void *value,
				 void **ret_value)
{
	struct delivery d = { .has_value = true, .value = value };
	struct coro_home *home;
	int r;

	r = reach("eg_coro_switch", to, &home);
	if (r < 0)
		return r;
	return eg__coro_deliver(home, to, d, ret_value);
}

/*
 * A tail call: the caller resumes with the value where it wants it, and nothing
 * is left to be done. See docs/decisions/0013-coroutines-beside-fibers.md.
 */
int eg_coro_switch(eg_coro *to, void *value, void **ret_value)
{
	struct coro_home *home = eg__coro_home();
	struct eg_coro *self;

	/* Whose gate it is, is there: a home. */
	if (eg_unlikely(!to || to->gate != home))
		return switch_slowly(to, value, ret_value);
	self = home->current;
	if (eg_unlikely(to == self || !eg__coro_is_plain(home)))
		return switch_slowly(to, value, ret_value);
	self->ret = ret_value;
	if (eg_likely(to->ret))
		*to->ret = value;
	eg__coro_enter(home, to);
	return eg__ctx_switch(&self->ctx, &to->ctx, 0);
}

int eg_coro_throw(eg_coro *to, int error, void *payload, void **ret_value)
{
	struct delivery d = { .code = error, .value = payload };
	struct coro_home *home;
	int r;

	if (error >= 0 || error < -CORO_ERROR_MAX)
		return -EINVAL;
	r = reach("eg_coro_throw", to, &home);
	if (r < 0)
		return r;
	return eg__coro_deliver(home, to, d, ret_value);
}

void *eg_coro_payload(void)
{
	struct coro_home *home = eg__coro_home();

	return home ? home->current->payload : NULL;
}
