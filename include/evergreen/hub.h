/* SPDX-License-Identifier: MIT */
/*
 * The hub: the scheduler and event loop of one OS thread. eg_run() makes one,
 * runs a main fiber on it and takes it down again.
 */
#ifndef EVERGREEN_HUB_H
#define EVERGREEN_HUB_H

#include <evergreen/version.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct eg_hub eg_hub;

/** How a hub is made. Start from EG_OPTIONS_INIT. */
typedef struct eg_options {
	size_t size; /* sizeof(eg_options): lets the struct grow */
	/* "io_uring", "epoll" or "sim"; NULL: the environment variable
	 * EG_BACKEND, else the best that the kernel grants. */
	const char *backend;
	/* Usable stack of a fiber by default; 0: 56 KiB, in a slot of 64 KiB. */
	size_t stack_bytes;
	/* Fibers run between two looks at the kernel, at most; 0: 1024. */
	uint32_t turn_budget;
	uint32_t reserved;
} eg_options;

#define EG_OPTIONS_INIT { sizeof(eg_options), NULL, 0, 0, 0 }

typedef int eg_main_fn(void *arg);

/**
 * eg_run - run a function as the main fiber of a new hub
 * @main_fn: runs on the caller's own stack, as the fiber named "main"
 * @arg: passed to @main_fn
 * @options: how to make the hub; NULL for the defaults
 * @ret_status: set to what @main_fn returned; may be NULL
 *
 * When @main_fn returns, the main fiber ends, as any fiber does: its cleanups
 * run, who waits for it is told. Then fibers still alive are cancelled and run
 * until they have ended, and the hub is taken down. So eg_run() returns with
 * nothing left behind. EG_BACKEND in the environment overrides
 * @options->backend.
 *
 * Return: 0, or
 *   -EINVAL   @main_fn is NULL, or an option makes no sense
 *   -EBUSY    this thread runs a hub already
 *   -ENOMEM   no memory
 *   -EMFILE   no descriptors left for the event loop (as -ENFILE, -ENOMEM)
 *   -ENOSYS   the backend asked for does not exist, or the kernel lacks it
 *   -EPERM    the backend asked for is forbidden here (seccomp)
 *   -EDEADLK  after @main_fn, fibers were left that ignore cancelling and
 *             wait for nothing that could come; they are reported and leaked,
 *             and @ret_status is set
 * Thread safety: any thread; one hub per thread. Since: 0.1.
 */
EG_API int eg_run(eg_main_fn *main_fn, void *arg, const eg_options *options,
		  int *ret_status);

/**
 * eg_hub_self - the hub of this thread
 *
 * Return: a borrowed pointer, or NULL where no hub runs.
 * Thread safety: any thread. Since: 0.1. See: eg_hub_ref(3)
 */
EG_API eg_hub *eg_hub_self(void);

/**
 * eg_hub_ref - keep a hub reachable for another thread
 * @hub: a hub, or NULL
 *
 * While a reference is held, the hub waits for eg_hub_post(3) instead of
 * reporting a deadlock. A reference outlives the hub's run: posting then fails
 * with -ESHUTDOWN.
 *
 * Return: @hub.
 * Thread safety: any thread. Since: 0.1. See: eg_hub_unref(3)
 */
EG_API eg_hub *eg_hub_ref(eg_hub *hub);

/**
 * eg_hub_unref - give back a reference to a hub
 * @hub: a hub, or NULL
 *
 * Return: NULL, always.
 * Thread safety: any thread. Since: 0.1. See: eg_hub_ref(3)
 */
EG_API eg_hub *eg_hub_unref(eg_hub *hub);

/**
 * Work for a hub, sent by eg_hub_post(3). Caller's storage: set fn and arg,
 * leave the rest. It is the hub's until fn runs, and free again inside fn.
 */
typedef struct eg_task {
	void (*fn)(struct eg_task *task, void *arg);
	void *arg;
	struct eg_task *_next;
} eg_task;

/**
 * eg_hub_post - run a function on a hub, from any thread
 * @hub: a hub to which the caller holds a reference, or its own
 * @task: what to run; borrowed until its function runs, and not posted again
 *        before that
 *
 * Tasks of one thread run in the order of posting, in the hub, where nothing
 * may block but everything may be spawned and woken. Every task that was taken
 * is run, also by a hub that is closing.
 *
 * Return: 0, or
 *   -EINVAL     @hub, @task or its fn is NULL
 *   -ESHUTDOWN  the hub has ended; the task is not taken
 * Thread safety: any thread; not from signal handlers. Since: 0.1.
 */
EG_API int eg_hub_post(eg_hub *hub, eg_task *task);

/** Counters of a hub, since its start unless said otherwise. */
typedef struct eg_hub_stats {
	size_t size;		/* sizeof(eg_hub_stats), set by the caller */
	uint64_t fibers_alive;	/* now, the main fiber included */
	uint64_t fibers_spawned;
	uint64_t fibers_alive_max;
	uint64_t turns;		/* looks at the kernel */
	uint64_t switches;	/* fibers resumed */
	uint64_t timers_armed;	/* now */
	uint64_t ops_in_flight; /* now: kernel requests */
	uint64_t stack_bytes;	/* address space of stacks, now */
} eg_hub_stats;

/**
 * eg_hub_get_stats - read the counters of this thread's hub
 * @stats: filled; its size field must be set
 *
 * Return: 0, or
 *   -EINVAL  @stats is NULL or its size is not known
 *   -EPERM   no hub runs on this thread
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_hub_get_stats(eg_hub_stats *stats);

/**
 * eg_hub_backend - the name of the backend this thread's hub runs on
 *
 * Return: "io_uring", "epoll" or "sim", static; NULL where no hub runs.
 * Thread safety: any thread. Since: 0.1.
 */
EG_API const char *eg_hub_backend(void);

#ifdef __cplusplus
}
#endif
#endif
