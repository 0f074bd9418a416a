/* SPDX-License-Identifier: MIT */
/*
 * Fibers: green threads. Each has a stack of its own and runs until it blocks;
 * a fiber belongs to the hub that spawned it and never moves to another thread.
 * errno is the thread's: read it before the next call that may switch.
 */
#ifndef EVERGREEN_FIBER_H
#define EVERGREEN_FIBER_H

#include <evergreen/time.h>
#include <evergreen/version.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct eg_fiber eg_fiber;

typedef void *eg_fiber_fn(void *arg);

/* The result of a fiber that was cancelled before it ever ran. */
#define EG_CANCELED ((void *)-1)

/* A name is cut to this, its NUL included. */
#define EG_NAME_MAX 24

/** How a fiber is spawned. Start from EG_SPAWN_INIT. */
typedef struct eg_spawn_options {
	size_t size;	    /* sizeof(eg_spawn_options) */
	const char *name;   /* copied; NULL: none */
	size_t stack_bytes; /* usable stack, at least; 0: the hub's default */
	uint32_t flags;	    /* EG_SPAWN_* */
	uint32_t reserved;
	/* When it becomes ready: absolute time; 0: at once; EG_FOREVER: when
	 * eg_start(3) says so. */
	int64_t start_at;
} eg_spawn_options;

#define EG_SPAWN_INIT { sizeof(eg_spawn_options), NULL, 0, 0, 0, 0 }

/* The fiber gets its own floating-point control words (rounding mode, masked
 * exceptions), swapped at each of its switches. Others share the thread's. */
#define EG_SPAWN_OWN_FP 1u

/**
 * eg_spawn - make a fiber
 * @ret_fiber: set to the fiber, with a reference that eg_join(3), eg_detach(3)
 *             or eg_unref(3) gives back; NULL: the fiber is detached
 * @fn: what it runs
 * @arg: passed to @fn
 *
 * Does not switch: the fiber runs when the caller next blocks or yields, in
 * order of spawning.
 *
 * Return: 0, or
 *   -EINVAL  @fn is NULL
 *   -EPERM   no hub runs on this thread
 *   -ENOMEM  no memory for a stack, or too many mappings (vm.max_map_count)
 *   -ECANCELED  the hub is closing: main has returned
 * Thread safety: the hub's thread. Since: 0.1. See: eg_spawn_with(3)
 */
EG_API int eg_spawn(eg_fiber **ret_fiber, eg_fiber_fn *fn, void *arg);

/**
 * eg_spawn_with - make a fiber, with options
 * @ret_fiber: as for eg_spawn(3)
 * @fn: what it runs
 * @arg: passed to @fn
 * @options: name, stack and flags; NULL for none
 *
 * Return: 0, or
 *   -EINVAL  @fn is NULL, or an option makes no sense
 *   -EPERM   no hub runs on this thread
 *   -ENOMEM  no memory for a stack, or too many mappings (vm.max_map_count)
 *   -ECANCELED  the hub is closing: main has returned
 * Thread safety: the hub's thread. Since: 0.1. See: eg_spawn(3)
 */
EG_API int eg_spawn_with(eg_fiber **ret_fiber, eg_fiber_fn *fn, void *arg,
			 const eg_spawn_options *options);

/**
 * eg_join - wait for a fiber to end and take its result
 * @fiber: fiber to wait for; the reference is consumed only on success
 * @ret_value: set to what its function returned, or to EG_CANCELED if it was
 *             cancelled before it ran; may be NULL
 * @deadline: absolute time, or EG_FOREVER
 *
 * May switch. If @fiber has ended, returns at once, even past the deadline.
 * A failed join leaves @fiber joinable: call again, or eg_detach(3).
 *
 * Return: 0, or
 *   -ECANCELED  the calling fiber was cancelled while waiting
 *   -ETIMEDOUT  @fiber was still running at @deadline
 *   -EDEADLK    @fiber is the calling fiber, or nothing could ever end it
 *   -EBUSY      another fiber is already joining @fiber
 *   -EINVAL     @fiber is NULL
 *   -EPERM      not called from a fiber of @fiber's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_spawn(3), eg_cancel(3)
 */
EG_API int eg_join(eg_fiber *fiber, void **ret_value, int64_t deadline);

/**
 * eg_detach - give up a fiber's result
 * @fiber: fiber to let go; the reference is consumed
 *
 * The fiber runs on. eg_run(3) still waits for it.
 *
 * Return: 0, or
 *   -EINVAL  @fiber is NULL
 *   -EBUSY   a fiber is joining it
 *   -EPERM   not on @fiber's hub
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_detach(eg_fiber *fiber);

/**
 * eg_cancel - ask a fiber to end
 * @fiber: fiber to cancel; the reference stays the caller's
 *
 * Makes the fiber's current blocking call, or its next one, return -ECANCELED,
 * and each later one too, until eg_uncancel(3): the fiber unwinds itself. A
 * fiber that never ran is completed without running. Asynchronous and
 * idempotent; a fiber that has ended is left alone. Calls that need not wait
 * still succeed.
 *
 * Return: 0, or
 *   -EINVAL  @fiber is NULL
 *   -EPERM   not on @fiber's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_kill(3)
 */
EG_API int eg_cancel(eg_fiber *fiber);

/**
 * eg_cancelled - ask whether this fiber has been cancelled
 *
 * True inside a shield too.
 *
 * Return: true or false; false outside a fiber.
 * Thread safety: the fiber's own thread. Since: 0.1. See: eg_cancel(3)
 */
EG_API bool eg_cancelled(void);

/**
 * eg_yield - let the other ready fibers run once
 *
 * May switch. Never fails in a fiber: cancelling does not make it return.
 *
 * Return: 0, or
 *   -EPERM  not called from a fiber
 * Thread safety: the fiber's own thread. Since: 0.1.
 */
EG_API int eg_yield(void);

/**
 * eg_exit - end the calling fiber from any depth
 * @value: its result, for eg_join(3)
 *
 * Runs the cleanup stack; frames in between are dropped, not unwound. The main
 * fiber cannot: it returns from its function.
 *
 * Return: only on failure:
 *   -EPERM  not called from a fiber, or from the main fiber, or from a
 *           coroutine of a fiber other than its main one
 * Thread safety: the fiber's own thread. Since: 0.1. See: eg_cleanup_push(3)
 */
EG_API int eg_exit(void *value);

/**
 * eg_self - the calling fiber
 *
 * Return: a borrowed pointer, or NULL outside a fiber.
 * Thread safety: any thread. Since: 0.1. See: eg_ref(3)
 */
EG_API eg_fiber *eg_self(void);

/**
 * eg_ref - take another reference to a fiber
 * @fiber: a fiber, or NULL
 *
 * Return: @fiber.
 * Thread safety: the hub's thread. Since: 0.1. See: eg_unref(3)
 */
EG_API eg_fiber *eg_ref(eg_fiber *fiber);

/**
 * eg_unref - give back a reference to a fiber
 * @fiber: a fiber, or NULL
 *
 * Return: NULL, always.
 * Thread safety: the hub's thread. Since: 0.1. See: eg_ref(3)
 */
EG_API eg_fiber *eg_unref(eg_fiber *fiber);

/**
 * eg_set_name - name a fiber, for reports
 * @fiber: the fiber; NULL: the calling one
 * @name: copied, cut to EG_NAME_MAX - 1 bytes
 *
 * Return: 0, or
 *   -EINVAL  @name is NULL
 *   -EPERM   no fiber given and not called from one, or not on its hub
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_set_name(eg_fiber *fiber, const char *name);

/** What can be known of a fiber. */
typedef struct eg_fiber_info {
	size_t size;		/* sizeof(eg_fiber_info), set by the caller */
	uint64_t id;		/* unique within its hub */
	const char *name;	/* borrowed; "" if none */
	const char *state;	/* "new" "ready" "running" "parked" "dead" */
	const char *waits_for;	/* what a parked fiber waits for, or NULL */
	const void *waits_on;	/* the object it waits on, or NULL */
	const void *spawned_at; /* return address of the spawn call */
	size_t stack_bytes;	/* usable stack; 0 for main */
	size_t stack_used_max;	/* most ever touched, to the page */
} eg_fiber_info;

/**
 * eg_fiber_get_info - look at a fiber
 * @fiber: the fiber; NULL: the calling one
 * @info: filled; its size field must be set
 *
 * stack_used_max comes from mincore(2): a recycled stack counts what earlier
 * fibers touched.
 *
 * Return: 0, or
 *   -EINVAL  @info is NULL or its size is not known
 *   -EPERM   no fiber given and not called from one, or not on its hub
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_fiber_get_info(eg_fiber *fiber, eg_fiber_info *info);

typedef void eg_cleanup_fn(void *arg);

/**
 * eg_cleanup_push - have something done when this fiber ends
 * @fn: what to do; it may block, shielded from cancelling
 * @arg: passed to @fn
 *
 * Run last in, first out when the fiber's function returns or eg_exit(3) is
 * called, before anybody joins it.
 *
 * Return: 0, or
 *   -EINVAL  @fn is NULL
 *   -ENOMEM  no memory; nothing was pushed
 *   -EPERM   not called from a fiber
 * Thread safety: the fiber's own thread. Since: 0.1. See: eg_cleanup_pop(3)
 */
EG_API int eg_cleanup_push(eg_cleanup_fn *fn, void *arg);

/**
 * eg_cleanup_pop - take back the last cleanup
 * @run: whether to run it now
 *
 * May switch, if the cleanup does.
 *
 * Return: 0, or
 *   -ENOENT  nothing was pushed
 *   -EPERM   not called from a fiber
 * Thread safety: the fiber's own thread. Since: 0.1. See: eg_cleanup_push(3)
 */
EG_API int eg_cleanup_pop(bool run);

/**
 * eg_shield_begin - hold off cancelling, and timeouts opened further out
 * @shield: the caller's storage, on this fiber's stack
 *
 * For work that must be finished: a commit, a reply. Blocking calls inside
 * obey their own deadline and timeouts opened inside. Shields and timeouts
 * nest; they end in reverse order.
 *
 * Return: 0, or
 *   -EINVAL  @shield is NULL
 *   -EPERM   not called from a fiber
 * Thread safety: the fiber's own thread. Since: 0.1. See: eg_shield_end(3)
 */
EG_API int eg_shield_begin(eg_timeout *shield);

/**
 * eg_shield_end - let cancelling and outer timeouts through again
 * @shield: what eg_shield_begin(3) opened, now innermost
 *
 * Return: 0, or
 *   -EINVAL  @shield is NULL or not this fiber's innermost open region
 *   -EPERM   not called from a fiber
 * Thread safety: the fiber's own thread. Since: 0.1. See: eg_shield_begin(3)
 */
EG_API int eg_shield_end(eg_timeout *shield);

#ifdef __cplusplus
}
#endif
#endif
