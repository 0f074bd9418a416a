/* SPDX-License-Identifier: MIT */
/*
 * A hub from beginning to end: making it, the turns of its own context, and
 * taking it down when the main fiber has returned.
 */
#include "core/hub.h"

#include "base/check.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sys.h"
#include "core/cancel.h"
#include "core/link.h"
#include "core/park.h"
#include "core/switch.h"

#include <errno.h>

/* Whether descriptors of the hub's own are in an unmodified program's way. */
#ifdef EG_RUN
#define EG_IN_PROGRAM true
#else
#define EG_IN_PROGRAM false
#endif

#ifdef EG_RUN
static void set_worker(struct eg_worker *w)
{
	(void)w; /* src/run has set the GS base before there is a hub */
}
#else
_Thread_local struct eg_worker *eg__worker_tls;

static void set_worker(struct eg_worker *w)
{
	eg__worker_tls = w;
}
#endif

enum {
	TURN_LONG = 1000000, /* ns: fibers that run long get shorter turns */
	TURN_SHORT = 100000,
	PAUSE = 1000000, /* ns: between two waits that the kernel refuses */
	CLEANUP_BYTES = 32,
};

void eg__swap_fp(struct eg_fiber *from, struct eg_fiber *to)
{
	/* Fibers without words of their own share the idle context's. */
	struct eg_fiber *idle = from->hub->idle_fiber;

	eg__ctx_fp_save(from->flags & EG_FIBER_OWN_FP ? &from->fp : &idle->fp);
	eg__ctx_fp_load(to->flags & EG_FIBER_OWN_FP ? &to->fp : &idle->fp);
}

int eg__refuse_blocking(const char *call)
{
	if (eg__hub())
		eg__log(EG_LOG_ERROR,
			"%s would block the hub: call it from a fiber", call);
	return -EPERM;
}

int eg__check_try(const char *call, int64_t deadline)
{
	return eg__hub() && deadline <= EG_NOW ? 0 : eg__refuse_blocking(call);
}

static bool nothing_can_happen(struct eg_hub *hub)
{
	return hub->loop.backend->in_flight == 0 &&
	       hub->loop.timers.count == 0 &&
	       __atomic_load_n(&hub->references, __ATOMIC_ACQUIRE) == 1;
}

/* Long turns delay I/O: few switches each. Short ones waste looks at it. */
static void adapt_budget(struct eg_hub *hub, int64_t turn_began)
{
	int64_t took = hub->loop.now - turn_began;

	if (hub->worker.budget >= 0)
		return;
	if (took > TURN_LONG && hub->turn_budget > EG_TURN_BUDGET_MIN)
		hub->turn_budget /= 2;
	else if (took < TURN_SHORT && hub->turn_budget < hub->turn_budget_max)
		hub->turn_budget *= 2;
	if (hub->turn_budget > hub->turn_budget_max)
		hub->turn_budget = hub->turn_budget_max;
}

/* Short of memory, perhaps: tried again, but neither in a tight loop nor with a
 * line in the log each time. */
static EG_COLD void cannot_wait(struct eg_hub *hub, int error)
{
	static const struct timespec pause = { .tv_nsec = PAUSE };

	if (hub->failed_turn && hub->failed_turn == hub->turns - 1)
		eg__sys_poll(NULL, 0, &pause);
	else
		eg__log(EG_LOG_ERROR, "%s cannot wait: error %d",
			hub->loop.backend->ops->name, -error);
	hub->failed_turn = hub->turns;
}

static void look(struct eg_hub *hub, int64_t deadline);

/* Somebody waits for a turn that finds nothing to do: this one, perhaps. */
static EG_COLD void look_before_idle(struct eg_hub *hub)
{
	struct eg_list *node;

	look(hub, 0);
	if (!eg__ready_is_empty(hub))
		return;
	while ((node = eg_list_first(&hub->idlers)))
		eg__unpark(eg_list_entry(node, struct eg_waiter, link), 0);
}

/* One look at the kernel, and a new budget for who is ready after it. */
static void look(struct eg_hub *hub, int64_t deadline)
{
	int64_t began = hub->loop.now;
	int r = eg__poller_turn(&hub->loop, deadline);

	if (eg_unlikely(r < 0))
		cannot_wait(hub, r);
	eg__inbox_awake(hub);
	eg__inbox_drain(hub);
	hub->worker.switches = eg__switches(hub);
	adapt_budget(hub, began);
	hub->worker.budget = hub->turn_budget;
}

static void run_turn(struct eg_hub *hub)
{
	int64_t deadline = 0;

	hub->turns++;
	if (!eg_list_is_empty(&hub->idlers)) {
		look_before_idle(hub);
		return;
	}
	if (eg__ready_is_empty(hub) && eg__inbox_sleep(hub)) {
		if (nothing_can_happen(hub)) {
			eg__inbox_awake(hub);
			eg__deadlock(hub);
			return;
		}
		deadline = INT64_MAX;
	}
	look(hub, deadline);
}

/* Many take long: I/O has its turn in between, and the others go on. */
static void run_calls(struct eg_hub *hub)
{
	while (eg__calls_run(hub)) {
		hub->turns++;
		look(hub, 0);
	}
}

/* The hub's own context: runs when it is its turn, and whenever no fiber's. */
static void idle_main(void *arg)
{
	struct eg_hub *hub = arg;
	struct eg_fiber *idle = hub->idle_fiber;
	struct eg_fiber *next;

	eg__ctx_entered(&idle->ctx);
	for (;;) {
		if (idle->state == EG_FIBER_RUNNING)
			run_calls(hub);
		else
			run_turn(hub);
		if (eg__ready_is_empty(hub))
			continue;
		if (eg_unlikely(hub->choose))
			hub->choose(hub, hub->choose_arg);
		next = eg__next(&hub->worker);
		if (next == idle)
			continue;
		if (eg_unlikely(next->flags & EG_FIBER_OWN_FP))
			eg__swap_fp(idle, next);
		eg__ctx_switch(&idle->ctx, &next->ctx, next->resume_value);
	}
}

static int check_options(const eg_options *o)
{
	if (o && (o->size != sizeof(*o) || o->reserved ||
		  o->turn_budget > INT32_MAX))
		return -EINVAL;
	return 0;
}

static void destroy(struct eg_hub *hub)
{
	if (hub->idle_fiber) {
		eg__ctx_done(&hub->idle_fiber->ctx);
		eg__stack_put(&hub->stacks, &hub->idle_fiber->stack);
	}
	eg__stack_pool_done(&hub->stacks);
	eg__slab_done(&hub->cleanups);
	eg__run_queue_done(&hub->ready);
	eg__poller_close(&hub->loop);
	eg_hub_unref(hub);
}

static int make_idle(struct eg_hub *hub)
{
	struct eg_stack *stack;
	struct eg_fiber *f;
	int class, r;

	class = eg__stack_class(&hub->stacks, EG_IDLE_STACK_BYTES);
	if (class < 0)
		return class;
	r = eg__stack_get(&hub->stacks, (unsigned)class, &stack);
	if (r < 0)
		return r;
	f = eg__fiber_of_stack(stack);
	eg__fiber_init(f, hub);
	f->flags = EG_FIBER_IS_IDLE;
	f->state = EG_FIBER_PARKED;
	eg__ctx_make(&f->ctx, stack->lo + stack->guard_bytes, stack, idle_main,
		     hub);
	hub->idle_fiber = f;
	hub->worker.idle = f;
	return 0;
}

int eg__hub_open(const eg_options *o, struct eg_hub **ret)
{
	const char *backend = o ? o->backend : NULL;
	size_t bytes =
		o && o->stack_bytes ? o->stack_bytes : EG_DEFAULT_STACK_BYTES;
	struct eg_hub *hub = eg__pages_get(sizeof(*hub));
	int r;

	if (!hub)
		return -ENOMEM;
	hub->references = 1;
	hub->worker.hub = hub;
	hub->turn_budget_max = o && o->turn_budget ? (int32_t)o->turn_budget
						   : EG_TURN_BUDGET_MAX;
	hub->turn_budget = hub->turn_budget_max;
	eg__stack_pool_init(&hub->stacks, sizeof(struct eg_fiber));
	eg__slab_init(&hub->cleanups, CLEANUP_BYTES);
	eg_list_init(&hub->calls);
	eg_list_init(&hub->idlers);
	eg_list_init(&hub->failed);
	r = eg__stack_class(&hub->stacks, bytes);
	if (r >= 0) {
		hub->stack_class = (uint8_t)r;
		hub->loop.keep_high = EG_IN_PROGRAM;
		r = eg__poller_open(&hub->loop, backend);
	}
	if (r >= 0)
		r = make_idle(hub);
	if (r >= 0)
		r = eg__run_queue_reserve(&hub->ready, 1);
	if (r < 0) {
		destroy(hub);
		return r;
	}
	*ret = hub;
	return 0;
}

/* @f is what runs, on the OS thread's own stack. */
static void stand_at_bottom(struct eg_hub *hub, struct eg_fiber *f)
{
	eg__fiber_init(f, hub);
	f->flags = EG_FIBER_IS_MAIN;
	f->references = 1;
	f->scope_deadline = EG_FOREVER;
	f->state = EG_FIBER_RUNNING;
	eg__strcopy(f->name, "main", sizeof(f->name));
	hub->worker.current = f;
}

void eg__hub_enter(struct eg_hub *hub, struct eg_fiber *f)
{
	stand_at_bottom(hub, f);
	eg__ctx_adopt(&f->ctx);
	hub->fibers_alive = 1;
	hub->fibers_alive_max = 1;
	hub->worker.budget = hub->turn_budget;
	set_worker(&hub->worker);
}

void eg__hub_after_fork(struct eg_hub *hub)
{
	hub->ready.first = hub->ready.end;
	hub->fibers_alive = 1;
	hub->inbox = NULL;
	hub->is_sleeping = 0;
	hub->posters = 0;
	eg__poller_inherit(&hub->loop);
}

static void cancel_visited(struct eg_stack *s, void *arg)
{
	struct eg_fiber *f = eg__fiber_of_stack(s);

	(void)arg;
	if (!(f->flags & EG_FIBER_IS_IDLE) && !eg__link_waits_in(f))
		eg__cancel(f);
}

void eg__hub_cancel_all(struct eg_hub *hub)
{
	eg__stack_pool_each(&hub->stacks, cancel_visited, NULL);
}

/* What goes on on main's stack is another fiber, that nobody knows: so main can
 * be as dead as others, to those who are told and those who ask. */
static void end_main(struct eg_hub *hub, int status)
{
	struct eg_fiber *heir = &hub->heir;

	eg__cleanups_run(&hub->main);
	hub->is_closing = true;
	hub->spawns_slowly = true;
	eg__fiber_end_main(&hub->main, (void *)(intptr_t)status);
	stand_at_bottom(hub, heir);
	eg__ctx_stand_on(&heir->ctx, &hub->main.ctx);
}

static const struct eg_wait_kind closing_wait = { .what = "last fiber" };

/* Cancels what is left and waits for the end of it. */
static int wait_for_rest(struct eg_hub *hub)
{
	int r;

	eg__hub_cancel_all(hub);
	if (hub->fibers_alive == 1)
		return 0;
	hub->closer = eg__waiter(&hub->heir, &closing_wait, hub);
	r = eg__park(&hub->heir, EG_FOREVER);
	hub->closer = NULL;
	return r;
}

static struct eg_fiber_extra **first_extra(struct eg_fiber *f)
{
	for (int i = 0; i < EG_EXTRAS; i++)
		if (f->extra[i])
			return &f->extra[i];
	return NULL;
}

/* What callbacks have used, ended where callbacks run: in no fiber. The end of
 * one may use another again. */
static void end_idle_extras(struct eg_hub *hub)
{
	struct eg_fiber *idle = hub->idle_fiber;
	struct eg_fiber_extra **used;
	struct eg_ctx own = idle->ctx;

	hub->worker.current = NULL;
	eg__ctx_stand_on(&idle->ctx, &hub->main.ctx);
	while ((used = first_extra(idle))) {
		(*used)->end(*used);
		*used = NULL;
	}
	idle->ctx = own;
}

static int close_hub(struct eg_hub *hub)
{
	int r = wait_for_rest(hub);

	if (hub->callbacks)
		hub->close_callbacks(hub);
	eg__inbox_shut(hub);
	eg__calls_shut(hub);
	/* The end of the one may make the other. */
	do
		end_idle_extras(hub);
	while (eg__calls_drop(hub));
	eg__overflow_watch_end(hub);
	set_worker(NULL);
	eg__ctx_done(&hub->main.ctx);
	if (r < 0)
		return r; /* stacks with frames stay as they are */
	if (hub->loop.timers.count)
		eg__log(EG_LOG_WARNING, "%u timers were still armed",
			hub->loop.timers.count);
	destroy(hub);
	return 0;
}

int eg__hub_run(eg_main_fn *main_fn, void *arg, const eg_options *options,
		int *ret_status)
{
	struct eg_hub *hub;
	int status, r;

	if (!main_fn)
		return -EINVAL;
	if (eg__worker())
		return -EBUSY;
	r = check_options(options);
	if (r < 0)
		return r;
	r = eg__hub_open(options, &hub);
	if (r < 0)
		return r;
	eg__hub_enter(hub, &hub->main);
	hub->main_base = __builtin_frame_address(0);
	eg__overflow_watch_begin(hub);
	status = main_fn(arg);
	end_main(hub, status);
	r = close_hub(hub);
	if (ret_status)
		*ret_status = status;
	return r;
}
