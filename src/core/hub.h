/* SPDX-License-Identifier: MIT */
/*
 * The hub and its worker. State is named by who owns it: a worker's is touched
 * by its OS thread alone, the hub's by every worker that shares it. Today each
 * hub has one worker; nothing here may rule out more.
 */
#ifndef EG_CORE_HUB_H
#define EG_CORE_HUB_H

#include "base/alloc.h"
#include "core/calls.h"
#include "core/fiber.h"
#include "core/run_queue.h"
#include "loop/poller.h"

#include <evergreen/hub.h>
#include <evergreen/local.h>
#include <evergreen/spawn.h>

enum {
	EG_TURN_BUDGET_MAX =
		1024, /* switches between two looks at the kernel */
	EG_TURN_BUDGET_MIN = 8,
	EG_IDLE_STACK_BYTES = 56 * 1024,
	EG_DEFAULT_STACK_BYTES = 56 * 1024,
};

struct eg_worker {
	struct eg_fiber *current; /* NULL in the hub's own context */
	struct eg_hub *hub;
	int32_t budget;	       /* switches left in this turn */
	struct eg_fiber *idle; /* the hub's own context, on its own stack */
	uint64_t switches;
};

struct eg_hub {
	struct eg_worker worker;

	struct eg_run_queue ready;

	struct eg_stack_pool stacks;
	uint8_t stack_class; /* of a fiber that asks for nothing */
	bool is_shared;	     /* several workers: atomics are needed */
	bool is_closing;     /* main has returned: no more spawns */
	bool spawns_slowly;  /* is_closing, or there is an on_spawn */
	uint64_t fibers_alive;
	uint64_t fibers_alive_max; /* what the run queue has room for */
	uint64_t fibers_spawned;   /* the last one's id */
	uint64_t turns;
	uint32_t mark; /* the last one used in a fiber's */
	uint32_t select_turn; /* who is tried first */
	uint64_t failed_turn; /* the last one that could not wait */

	struct eg_list calls;	/* of eg_hub_call: what the hub is to run next */
	int32_t calls_left;	/* before the next look at the clock */
	struct eg_list idlers;	/* waiters for a turn that finds nothing */
	struct eg_list failed;	/* of group_link: whose error nobody saw */
	struct eg_hub_call failure; /* reports them */
	eg_error_fn *error_fn;	/* NULL: logged */
	void *error_arg;
	eg_leak_fn *leak_fn; /* NULL: logged */
	void *leak_arg;

	/* A layer above wants to know of each fiber made; may refuse it. */
	int (*on_spawn)(struct eg_fiber *child);
	/* Puts who is to run next at the front of the ready ones. */
	void (*choose)(struct eg_hub *hub, void *arg);
	void *choose_arg;

	struct eg_slab cleanups;
	struct eg_fiber main;
	const void *main_base; /* its frames are below; NULL: not known */
	struct eg_fiber heir;  /* takes main's place when that has ended */
	struct eg_fiber *idle_fiber; /* owned */
	struct eg_waiter *closer;    /* the heir, waiting for the last fiber */
	/* A layer above: its loop of callbacks, and how that ends. */
	struct eg_loop *callbacks;
	void (*close_callbacks)(struct eg_hub *hub);
	void *alt_stack;	     /* owned: signals, after an overflow */
	int32_t turn_budget;	     /* adapted: see run_turn() */
	int32_t turn_budget_max;

	/* Reached from other threads. */
	uint32_t references;   /* atomic */
	uint32_t posters;      /* atomic: threads inside eg_hub_post() */
	uint32_t is_sleeping;  /* atomic: a post has to wake the backend */
	struct eg_task *inbox; /* atomic, last posted first */

	struct eg_poller loop; /* pages of timers: last */
};

/*
 * Whether several workers run @hub's fibers. Never so for the C API, whose
 * fibers share their thread's thread-local storage: there it costs nothing.
 */
#ifndef EG_MANY_WORKERS
#define EG_MANY_WORKERS 0
#endif

static inline bool eg__hub_is_shared(const struct eg_hub *hub)
{
	return EG_MANY_WORKERS && eg_unlikely(hub->is_shared);
}

/*
 * The one accessor. A library hub is found through thread-local storage. What
 * runs underneath a program's libc (src/run, EG_RUN) has that program's loaded,
 * so there the GS base leads to a pointer to the worker.
 */
#ifdef EG_RUN
static inline struct eg_worker *eg__worker(void)
{
	struct eg_worker *w;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(w));
	return w;
}
#else
extern __attribute__((visibility("hidden"),
		      tls_model("initial-exec"))) _Thread_local struct eg_worker
	*eg__worker_tls;

static inline struct eg_worker *eg__worker(void)
{
	return eg__worker_tls;
}
#endif

/* Fibers resumed since the start. A spent budget went below 0 for nobody. */
static inline uint64_t eg__switches(const struct eg_hub *hub)
{
	int32_t left = hub->worker.budget < 0 ? 0 : hub->worker.budget;

	return hub->worker.switches + (uint64_t)(hub->turn_budget - left);
}

/* The fiber that runs on this thread, or NULL: none, or the hub itself. */
static inline struct eg_fiber *eg__current(void)
{
	struct eg_worker *w = eg__worker();

	return eg_likely(w) ? w->current : NULL;
}

/* The hub of this thread, or NULL. */
static inline struct eg_hub *eg__hub(void)
{
	struct eg_worker *w = eg__worker();

	return eg_likely(w) ? w->hub : NULL;
}

/* As eg_hub_unref(), by the hub itself: it is awake, and has others. */
static inline void eg__hub_unref_awake(struct eg_hub *hub)
{
	__atomic_fetch_sub(&hub->references, 1, __ATOMIC_RELEASE);
}

/* Who runs on the OS thread's own stack. */
static inline struct eg_fiber *eg__hub_bottom(struct eg_hub *hub)
{
	return hub->main.state == EG_FIBER_DEAD ? &hub->heir : &hub->main;
}

/* What eg_run() needs, without libc: the environment is the caller's. */
int eg__hub_run(eg_main_fn *main_fn, void *arg, const eg_options *options,
		int *ret_status);

/*
 * The same in steps, for whoever brings fibers of its own: a hub without a main
 * fiber. @f, prepared by eg__fiber_init(), becomes what runs on this thread.
 */
int eg__hub_open(const eg_options *options, struct eg_hub **ret);
void eg__hub_enter(struct eg_hub *hub, struct eg_fiber *f);
/* Cancels all fibers but main, as the hub closes. */
void eg__hub_cancel_all(struct eg_hub *hub);
/* In a fork child, where of all fibers only the running one is left. */
void eg__hub_after_fork(struct eg_hub *hub);

/* Runs what other threads posted. */
void eg__inbox_drain(struct eg_hub *hub);
/* Refuses further posts, waits for those under way, runs what was taken. */
void eg__inbox_shut(struct eg_hub *hub);
/* Nothing posted: the hub may sleep, and posts wake it until the turn ends. */
bool eg__inbox_sleep(struct eg_hub *hub);
void eg__inbox_awake(struct eg_hub *hub);

/* Nothing can run any more: reports it, ends the main fiber's wait. */
void eg__deadlock(struct eg_hub *hub);

/* SIGSEGV in a guard page names the fiber. */
void eg__overflow_watch_begin(struct eg_hub *hub);
void eg__overflow_watch_end(struct eg_hub *hub);

/* Says no to a blocking call made from the hub's own context, in the log. */
int eg__refuse_blocking(const char *call);

/* A call that is no fiber's: 0 if it only tries, in the hub; or it is refused,
 * as above. */
EG_COLD int eg__check_try(const char *call, int64_t deadline);

#endif
