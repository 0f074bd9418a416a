/* SPDX-License-Identifier: MIT */
/*
 * The fiber: its structure, states and references. Lives at the top of its own
 * stack; says nothing of why a fiber waits (park.h) or who runs (hub.h).
 */
#ifndef EG_CORE_FIBER_H
#define EG_CORE_FIBER_H

#include "base/list.h"
#include "base/timers.h"
#include "ctx/ctx.h"
#include "ctx/stack.h"

#include <evergreen/fiber.h>

struct eg_hub;
struct eg_wait_kind;
struct eg_cleanup;

/*
 * NEW -> RUNNING <-> READY, RUNNING -> PARKED -> READY, RUNNING -> DEAD.
 * Exactly one thing holds a fiber in each state: NEW and READY the run queue,
 * PARKED its waiter, RUNNING the worker, DEAD its references.
 *
 * PARKING and WOKEN exist only where several workers share a hub (state.h).
 */
enum eg_fiber_state {
	EG_FIBER_NEW,
	EG_FIBER_READY,
	EG_FIBER_RUNNING,
	EG_FIBER_PARKING, /* decided to park; its registers are not saved yet */
	EG_FIBER_WOKEN,	  /* unparked while PARKING: ready once it is saved */
	EG_FIBER_PARKED,
	EG_FIBER_DEAD,
};

/* What a layer above keeps for a fiber, from its first use to the fiber's end:
 * @end is called on the fiber's own stack, before its cleanups; may block. */
struct eg_fiber_extra {
	void (*end)(struct eg_fiber_extra *extra);
	/* Of EG_EXTRA_COROUTINES: whether @at lies on a stack that goes with
	 * the fiber. *@sp is set to the stack pointer of the fiber's own, if
	 * that is not the one it runs on. */
	bool (*holds)(const struct eg_fiber_extra *extra, const void *at,
		      const void **sp);
};

/* Each in a place of its own. They end in this order. */
enum eg_extra {
	EG_EXTRA_COROUTINES,
	EG_EXTRA_LOCALS,
	EG_EXTRAS,
};

/*
 * Who is told of a fiber's end: on the fiber's own stack, when it is DEAD, in
 * the order of listing. @fn must not block; the node is off the list by then.
 */
struct eg_fiber_end {
	struct eg_list link; /* next == NULL: not listed */
	void (*fn)(struct eg_fiber_end *end, struct eg_fiber *f);
};

enum eg_fiber_flags {
	EG_FIBER_CANCELLED = 1 << 0, /* killed, and not eg_uncancel()ed */
	EG_FIBER_OWN_FP = 1 << 1,
	EG_FIBER_IS_MAIN = 1 << 2,  /* on the OS thread's own stack */
	EG_FIBER_IS_IDLE = 1 << 3,  /* the hub's own context */
	EG_FIBER_HAS_ENDS = 1 << 4, /* ends is initialised */
	EG_FIBER_IN_GROUP = 1 << 5, /* group and its links are in use */
	EG_FIBER_ERROR_SEEN = 1 << 6, /* somebody has asked for its error */
	EG_FIBER_IS_SYSTEM = 1 << 7,  /* its error is the main fiber's, too */
};

/*
 * What a parked fiber waits for. Each fiber has one, so that a blocking call
 * needs no frame of its own. While linked it is the waker's. A proxy (park.h)
 * is one of several places where the same fiber waits.
 */
struct eg_waiter {
	struct eg_list link; /* on the object's queue; next == NULL if none */
	const struct eg_wait_kind *kind;
	void *object; /* what is waited on: for reports, and the kind */
	void *value;  /* where the waker finds or leaves a value */
	struct eg_hub *hub; /* borrowed: the only one that may fire it */
	uint8_t slow; /* enum eg_waiter_slow: what firing has to look at */
};

enum eg_waiter_slow {
	EG_WAITER_TIMED = 1 << 0, /* the fiber's timer is armed */
	EG_WAITER_PROXY = 1 << 1,
};

/* The deadline of a region that has been cancelled: before any other. */
#define EG_INTERRUPTED INT64_MIN

/*
 * Laid out by how often it is touched: a yield uses the first cache line, a
 * wait two, a spawn and an end three. The header survives recycling, and with
 * it what eg__fiber_init() sets once and each life leaves as it found it.
 */
struct eg_fiber {
	struct eg_stack stack; /* first: the pool's header */
	struct eg_ctx ctx;
	int64_t scope_deadline; /* min over the open regions, or EG_FOREVER;
				 * EG_INTERRUPTED: one of them is cancelled */
	int32_t resume_value;	/* what its pending switch returns */
	uint8_t state;		/* enum eg_fiber_state */
	uint8_t flags;		/* enum eg_fiber_flags */
	uint16_t shields;	/* open eg_shield_begin()s */

	union {
		struct eg_waiter wait; /* while PARKED */
		struct {
			char _wait[offsetof(struct eg_waiter, hub)];
			struct eg_hub *hub; /* wait.hub: set once, for life */
		};
	};

	eg_fiber_fn *fn;
	union {
		void *arg;    /* until DEAD */
		void *result; /* DEAD */
	};
	uint32_t references; /* handles, and one while not DEAD */
	int16_t error;	     /* eg_fail(): 0, or a negative errno */
	int16_t kill_error;  /* CANCELLED: what blocking calls return */
	struct eg_waiter *joiner; /* borrowed: who waits for the end, or NULL */
	struct eg_timeout *scope; /* innermost region; on the fiber's stack */
	struct eg_cleanup *cleanups; /* owned, last pushed first; DEAD: NULL */
	struct eg_fiber_extra *extra[EG_EXTRAS]; /* owned; DEAD: NULL */
	uint64_t id;
	const void *spawned_at;
	uint32_t mark; /* of the last call that counted it: see outcome.c */
	char name[EG_NAME_MAX];

	struct eg__timer timer; /* armed while PARKED with a deadline */
	struct eg_list ends; /* EG_FIBER_HAS_ENDS: of eg_fiber_end */
	/* EG_FIBER_IN_GROUP: */
	struct eg_fiber_end group_end;
	struct eg_list group_link;
	void *group;
	eg_fiber_fn *group_fn;	/* what it runs, under the deadline */
	int64_t group_deadline; /* inherited */
	struct eg_ctx_fp fp; /* EG_FIBER_OWN_FP: while not running */
};

/* By arithmetic: a load here would be on the way of every hand-over. */
static inline struct eg_fiber *eg__fiber_of(struct eg_waiter *w)
{
	return eg_container_of(w, struct eg_fiber, wait);
}

static inline struct eg_fiber *eg__fiber_of_stack(struct eg_stack *s)
{
	return eg_container_of(s, struct eg_fiber, stack);
}

/* Whether @at lies on @f's own stack; that of main is not known. */
static inline bool eg__fiber_has_on_stack(const struct eg_fiber *f,
					  const void *at)
{
	return !(f->flags & EG_FIBER_IS_MAIN) &&
	       (const char *)at > f->stack.lo &&
	       (const char *)at < (const char *)&f->stack;
}

/* Whether @at lies in a frame that is gone when @f has ended: on its stack, on
 * one of a coroutine of its, or, of main, in what main_fn has called. */
bool eg__fiber_holds(const struct eg_fiber *f, const void *at);

/* "new", "ready", ... */
const char *eg__fiber_state_name(const struct eg_fiber *f);

/* Sets, in zeroed memory, what stays through all lives of the stack. */
void eg__fiber_init(struct eg_fiber *f, struct eg_hub *hub);

/* eg_spawn_with() on behalf of @caller, for reports. */
int eg__spawn_at(eg_fiber **ret_fiber, eg_fiber_fn *fn, void *arg,
		 const eg_spawn_options *options, const void *caller);

/* Whether nothing of @f has run, nor ever will if it is cancelled now. */
bool eg__fiber_is_unstarted(const struct eg_fiber *f);

/* Has @end->fn called at the end of @f, which is not DEAD. */
void eg__fiber_at_end(struct eg_fiber *f, struct eg_fiber_end *end);

/* The end of main, which goes on to stand on its stack. */
void eg__fiber_end_main(struct eg_fiber *f, void *result);

/* Gives its stack back. It must be DEAD, and have no references. */
void eg__fiber_free(struct eg_fiber *f);

/* Drops a reference; the last one of a DEAD fiber recycles its stack. */
void eg__fiber_unref(struct eg_fiber *f);

#endif
