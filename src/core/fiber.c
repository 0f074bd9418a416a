/* SPDX-License-Identifier: MIT */
/*
 * The life of a fiber: spawn, first entry, end, references, join and detach.
 */
#include "core/fiber.h"

#include "base/check.h"
#include "base/mem.h"
#include "core/cancel.h"
#include "core/failure.h"
#include "core/park.h"
#include "core/switch.h"

#include <errno.h>

const char *eg__fiber_state_name(const struct eg_fiber *f)
{
	static const char *const names[] = {
		[EG_FIBER_NEW] = "new",		[EG_FIBER_READY] = "ready",
		[EG_FIBER_RUNNING] = "running", [EG_FIBER_PARKING] = "parked",
		[EG_FIBER_WOKEN] = "ready",	[EG_FIBER_PARKED] = "parked",
		[EG_FIBER_DEAD] = "dead",
	};

	return names[f->state];
}

void eg__fiber_unref(struct eg_fiber *f)
{
	EG_CHECK(f->references > 0);
	if (--f->references > 0 || (f->flags & EG_FIBER_IS_MAIN))
		return;
	if (eg_unlikely(f->error)) {
		eg__failure_settle(f);
		return;
	}
	eg__fiber_free(f);
}

void eg__fiber_free(struct eg_fiber *f)
{
	eg__ctx_done(&f->ctx);
	eg__stack_put(&f->hub->stacks, &f->stack);
}

/* On the next context's stack: this one is not in use any more. */
static void fiber_gone(void *fiber)
{
	eg__fiber_unref(fiber);
}

/* Gives the joiner the result, and takes the reference it consumes. */
static inline void end_join(struct eg_fiber *self)
{
	struct eg_waiter *joiner = self->joiner;

	self->joiner = NULL;
	if (joiner->value)
		*(void **)joiner->value = self->result;
	self->references--;
	eg__unpark_unlinked(self->hub, joiner, 0);
}

static EG_NOINLINE void tell_of_end(struct eg_fiber *self)
{
	struct eg_list *node;

	if (self->flags & EG_FIBER_IS_SYSTEM)
		eg__kill(&self->hub->main, self->error);
	if (!(self->flags & EG_FIBER_HAS_ENDS))
		return;
	while ((node = eg_list_pop_front(&self->ends))) {
		struct eg_fiber_end *end =
			eg_list_entry(node, struct eg_fiber_end, link);

		end->fn(end, self);
	}
}

void eg__fiber_at_end(struct eg_fiber *f, struct eg_fiber_end *end)
{
	if (!(f->flags & EG_FIBER_HAS_ENDS)) {
		f->flags |= EG_FIBER_HAS_ENDS;
		eg_list_init(&f->ends);
	}
	eg_list_push_back(&f->ends, &end->link);
}

static bool main_holds(const struct eg_fiber *f, const void *sp, const void *at)
{
	return (const char *)at >= (const char *)sp &&
	       (const char *)at < (const char *)f->hub->main_base;
}

bool eg__fiber_holds(const struct eg_fiber *f, const void *at)
{
	const struct eg_fiber_extra *c = f->extra[EG_EXTRA_COROUTINES];
	const void *sp =
		f == eg__current() ? __builtin_frame_address(0) : f->ctx.sp;

	if (f->state == EG_FIBER_DEAD)
		return false;
	if (c && c->holds(c, at, &sp))
		return true;
	return f->flags & EG_FIBER_IS_MAIN ? main_holds(f, sp, at)
					   : eg__fiber_has_on_stack(f, at);
}

static inline bool leaves_something(const struct eg_fiber *f)
{
	return (uintptr_t)f->cleanups |
	       (uintptr_t)f->extra[EG_EXTRA_COROUTINES] |
	       (uintptr_t)f->extra[EG_EXTRA_LOCALS];
}

/* Nothing of @self is left but its last frames: tells of it. */
static inline void die(struct eg_fiber *self, void *result)
{
	self->result = result;
	self->state = EG_FIBER_DEAD;
	if (self->flags & (EG_FIBER_HAS_ENDS | EG_FIBER_IS_SYSTEM))
		tell_of_end(self);
	if (self->joiner)
		end_join(self);
}

void eg__fiber_end_main(struct eg_fiber *f, void *result)
{
	die(f, result);
}

/* The last act of a fiber, on its own stack. */
static _Noreturn void fiber_end(struct eg_fiber *self, void *result)
{
	struct eg_hub *hub = self->hub;
	struct eg_fiber *next;

	if (eg_unlikely(leaves_something(self)))
		eg__cleanups_run(self);
	die(self, result);
	if (--hub->fibers_alive == 1 && hub->closer)
		eg__unpark(hub->closer, 0);

	next = eg__next(eg__worker());
	if (eg_unlikely((self->flags | next->flags) & EG_FIBER_OWN_FP))
		eg__swap_fp(self, next);
	eg__ctx_exit(&self->ctx, &next->ctx, next->resume_value, fiber_gone,
		     self);
}

static void fiber_main(void *arg)
{
	struct eg_fiber *self = arg;
	void *result = EG_CANCELED;

	eg__ctx_entered(&self->ctx);
	if (eg_likely(!(self->flags & EG_FIBER_CANCELLED)))
		result = self->fn(self->arg);
	else
		self->error = self->kill_error;
	fiber_end(self, result);
}

/* The timer of a parked fiber fired: its wait is over. */
static void wait_timed_out(struct eg__timer *t)
{
	struct eg_fiber *f = eg_container_of(t, struct eg_fiber, timer);

	eg__abort_wait(&f->wait, -ETIMEDOUT);
}

void eg__fiber_init(struct eg_fiber *f, struct eg_hub *hub)
{
	f->hub = hub;
	f->timer.fire = wait_timed_out;
}

/*
 * Makes a fiber of @stack, not queued yet. Its references: one while it runs,
 * and one if there is a handle.
 */
static inline struct eg_fiber *make(struct eg_hub *hub, struct eg_stack *stack,
				    eg_fiber_fn *fn, void *arg,
				    const void *caller, bool has_handle)
{
	struct eg_fiber *f = eg__fiber_of_stack(stack);

	f->scope_deadline = EG_FOREVER;
	f->state = EG_FIBER_NEW;
	f->flags = 0;
	f->shields = 0;
	f->references = 1u + has_handle;
	f->error = 0;
	f->fn = fn;
	f->arg = arg;
	f->scope = NULL;
	f->id = ++hub->fibers_spawned;
	f->spawned_at = caller;
	f->name[0] = '\0';
	eg__ctx_make(&f->ctx, stack->lo + stack->guard_bytes, stack, fiber_main,
		     f);
	return f;
}

int eg_spawn(eg_fiber **ret_fiber, eg_fiber_fn *fn, void *arg)
{
	struct eg_hub *hub = eg__hub();
	const void *caller = __builtin_return_address(0);
	struct eg_stack *stack;
	struct eg_fiber *f;

	/* The common case calls nothing: a recycled stack, and room to run. */
	if (eg_likely(fn && hub && !hub->spawns_slowly &&
		      hub->fibers_alive < hub->fibers_alive_max)) {
		stack = eg__stack_take(&hub->stacks, hub->stack_class);
		if (eg_likely(stack)) {
			hub->fibers_alive++;
			f = make(hub, stack, fn, arg, caller, ret_fiber);
			eg__ready_push(hub, f);
			if (ret_fiber)
				*ret_fiber = f;
			return 0;
		}
	}
	return eg__spawn_at(ret_fiber, fn, arg, NULL, caller);
}

/* The stack class that @options ask for. -EINVAL. */
static int check_spawn(const struct eg_hub *hub, eg_fiber_fn *fn,
		       const eg_spawn_options *options)
{
	if (!fn)
		return -EINVAL;
	if (!hub)
		return -EPERM;
	if (options && (options->size != sizeof(*options) ||
			options->flags & ~EG_SPAWN_OWN_FP ||
			options->reserved || options->start_at < 0))
		return -EINVAL;
	if (hub->is_closing)
		return -ECANCELED;
	if (options && options->stack_bytes)
		return eg__stack_class(&hub->stacks, options->stack_bytes);
	return hub->stack_class;
}

/* Takes back make(): nothing has run. */
static void unmake(struct eg_fiber *f)
{
	f->hub->fibers_alive--;
	eg__ctx_done(&f->ctx);
	eg__stack_put(&f->hub->stacks, &f->stack);
}

/* However its wait for the start ends, it is as new as any other. */
static void begin(struct eg_waiter *w, int reason)
{
	eg__unpark(w, reason);
	eg__fiber_of(w)->state = EG_FIBER_NEW;
}

static const struct eg_wait_kind start_wait = {
	.what = "start",
	.abort = begin,
};

static bool waits_for_start(const struct eg_fiber *f)
{
	return f->state == EG_FIBER_PARKED && f->wait.kind == &start_wait;
}

bool eg__fiber_is_unstarted(const struct eg_fiber *f)
{
	return f->state == EG_FIBER_NEW || waits_for_start(f);
}

/* The start: now, at a time, or when somebody says so. Until then it waits like
 * any other fiber, with nothing on its stack. */
static void launch(struct eg_fiber *f, const eg_spawn_options *options)
{
	if (!options || options->start_at == 0) {
		eg__ready_push(f->hub, f);
		return;
	}
	eg__waiter(f, &start_wait, NULL);
	f->state = EG_FIBER_PARKED;
	if (options->start_at == EG_FOREVER)
		return;
	f->wait.slow = EG_WAITER_TIMED;
	f->timer.deadline = options->start_at;
	eg__timer_arm(&f->hub->loop.timers, &f->timer);
}

int eg_start(eg_fiber *fiber)
{
	if (!fiber)
		return -EINVAL;
	if (fiber->hub != eg__hub())
		return -EPERM;
	if (waits_for_start(fiber))
		begin(&fiber->wait, 0);
	return 0;
}

int eg__spawn_at(eg_fiber **ret_fiber, eg_fiber_fn *fn, void *arg,
		 const eg_spawn_options *options, const void *caller)
{
	struct eg_hub *hub = eg__hub();
	struct eg_stack *stack;
	struct eg_fiber *f;
	int class, r;

	class = check_spawn(hub, fn, options);
	if (class < 0)
		return class;
	r = eg__run_queue_reserve(&hub->ready, hub->fibers_alive + 1);
	if (r < 0)
		return r;
	r = eg__stack_get(&hub->stacks, (unsigned)class, &stack);
	if (r < 0)
		return r;
	if (++hub->fibers_alive > hub->fibers_alive_max)
		hub->fibers_alive_max = hub->fibers_alive;
	eg__fiber_init(eg__fiber_of_stack(stack), hub);
	f = make(hub, stack, fn, arg, caller, ret_fiber);
	if (hub->on_spawn) {
		r = hub->on_spawn(f);
		if (r < 0) {
			unmake(f);
			return r;
		}
	}
	if (options && options->name)
		eg__strcopy(f->name, options->name, sizeof(f->name));
	if (options && (options->flags & EG_SPAWN_OWN_FP)) {
		f->flags |= EG_FIBER_OWN_FP;
		eg__ctx_fp_save(&f->fp);
	}
	launch(f, options);
	if (ret_fiber)
		*ret_fiber = f;
	return 0;
}

int eg_spawn_with(eg_fiber **ret_fiber, eg_fiber_fn *fn, void *arg,
		  const eg_spawn_options *options)
{
	return eg__spawn_at(ret_fiber, fn, arg, options,
			    __builtin_return_address(0));
}

int eg_spawn_later(eg_fiber **ret_fiber, eg_fiber_fn *fn, void *arg,
		   int64_t deadline)
{
	eg_spawn_options options = EG_SPAWN_INIT;

	options.start_at = deadline;
	return eg__spawn_at(ret_fiber, fn, arg, &options,
			    __builtin_return_address(0));
}

/* The joiner is found through the fiber, not through a list. */
static void unlink_joiner(struct eg_waiter *w)
{
	struct eg_fiber *target = w->object;

	target->joiner = NULL;
}

static const struct eg_wait_kind join_wait = {
	.what = "join",
	.unlink = unlink_joiner,
};

int eg_join(eg_fiber *fiber, void **ret_value, int64_t deadline)
{
	struct eg_fiber *self = eg__current();

	if (eg_unlikely(!fiber))
		return -EINVAL;
	if (eg_unlikely(!self))
		return eg__refuse_blocking("eg_join");
	if (eg_unlikely(fiber->hub != self->hub))
		return -EPERM;
	if (fiber->state == EG_FIBER_DEAD) {
		if (ret_value)
			*ret_value = fiber->result;
		eg__fiber_unref(fiber);
		return 0;
	}
	if (eg_unlikely(fiber == self))
		return -EDEADLK;
	if (eg_unlikely(fiber->joiner))
		return -EBUSY;
	fiber->joiner = eg__waiter(self, &join_wait, fiber);
	fiber->joiner->value = ret_value;
	return eg__park(self, deadline);
}

int eg_detach(eg_fiber *fiber)
{
	if (!fiber)
		return -EINVAL;
	if (fiber->hub != eg__hub())
		return -EPERM;
	if (fiber->joiner)
		return -EBUSY;
	eg__fiber_unref(fiber);
	return 0;
}

int eg_yield(void)
{
	struct eg_worker *w = eg__worker();
	struct eg_fiber *self = w ? w->current : NULL;

	if (eg_unlikely(!self))
		return eg__refuse_blocking("eg_yield");
	/* Alone: a switch to itself would load what it is about to save. */
	if (eg__ready_is_empty(w->hub) && w->budget > 0) {
		w->budget--;
		return 0;
	}
	self->state = EG_FIBER_READY;
	self->resume_value = 0;
	eg__ready_push(w->hub, self);
	return eg__switch_away(w, self);
}

int eg_exit(void *value)
{
	struct eg_fiber *self = eg__current();

	/* Not in a coroutine, whose frames would be left behind. */
	if (!self || !eg__fiber_has_on_stack(self, __builtin_frame_address(0)))
		return -EPERM;
	fiber_end(self, value);
}

eg_fiber *eg_self(void)
{
	return eg__current();
}

eg_fiber *eg_ref(eg_fiber *fiber)
{
	if (fiber)
		fiber->references++;
	return fiber;
}

eg_fiber *eg_unref(eg_fiber *fiber)
{
	if (fiber)
		eg__fiber_unref(fiber);
	return NULL;
}
