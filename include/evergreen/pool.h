/* SPDX-License-Identifier: MIT */
/*
 * Pools: so many fibers at a time and no more; functions mapped over values by
 * them; piles, whose results come in the order of spawning. What is lent out
 * and put back is resource.h's, what ends with a scope is group.h's.
 */
#ifndef EVERGREEN_POOL_H
#define EVERGREEN_POOL_H

#include <evergreen/fiber.h>
#include <evergreen/sync.h>
#include <evergreen/time.h>
#include <evergreen/version.h>

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct eg_pool eg_pool;

/* The size that is never reached: such a pool is a group. */
#define EG_POOL_UNLIMITED INT_MAX
/* A size for who has no reason to choose another. */
#define EG_POOL_SIZE_DEFAULT 1000

/**
 * eg_pool_new - make a pool
 * @ret_pool: set to the pool, to be given to eg_pool_free(3)
 * @size: how many fibers it runs at a time; 0: none, until it is resized
 *
 * Belongs to the hub of this thread. Each of its fibers has a *place* from
 * before it is spawned until it has ended. A place that becomes free goes to
 * who has waited for it the longest (semantics PL-03, PL-04).
 *
 * Return: 0, or
 *   -EINVAL  @ret_pool is NULL, or @size is negative
 *   -ENOMEM  no memory
 *   -EPERM   no hub runs on this thread
 * Thread safety: the hub's thread. Since: 0.1. See: eg_pool_spawn(3)
 */
EG_API int eg_pool_new(eg_pool **ret_pool, int size);

/**
 * eg_pool_free - cancel a pool's fibers, wait for their end and free it
 * @pool: a pool; nobody may call with it meanwhile, but its own fibers
 *
 * May switch. Shielded: neither cancelling nor a timeout cuts it short.
 *
 * Return: 0, or
 *   -EDEADLK  the caller is one of its fibers, or one of them ignores
 *             cancelling and waits for what cannot come; nothing is freed
 *   -EBUSY    somebody waits for it, or maps over it, or a pile uses it; or
 *             a fiber was spawned after the last one had ended
 *   -EINVAL   @pool is NULL
 *   -EPERM    not called from a fiber of the pool's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_pool_new(3)
 */
EG_API int eg_pool_free(eg_pool *pool);

/**
 * eg_pool_spawn - spawn a fiber when there is a place
 * @pool: a pool
 * @fn: what it runs; its result is dropped
 * @arg: passed to @fn
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless there is a place. A fiber of the pool that calls it while
 * the pool is full runs @fn itself, in place of waiting for a place that it
 * might be the only one to give back (semantics PL-08). What @fn fails with is
 * reported, see eg_fail(3), or returned if the caller ran it.
 *
 * With EG_NOW it may also be called in the hub: in a timer's callback, a posted
 * task, a watcher.
 *
 * Return: 0, or
 *   -ECANCELED  the calling fiber was cancelled; or the hub is closing
 *   -ETIMEDOUT  no place by @deadline
 *   -EDEADLK    nothing was left that could give back a place (main fiber only)
 *   -ENOMEM     no memory for a stack
 *   -EINVAL     @pool or @fn is NULL
 *   -EPERM      not on the pool's hub, or in the hub and not EG_NOW
 *   and what @fn failed with in the calling fiber
 * Thread safety: the hub's thread. Since: 0.1. See: eg_pool_apply(3)
 */
EG_API int eg_pool_spawn(eg_pool *pool, eg_fiber_fn *fn, void *arg,
			 int64_t deadline);

/**
 * eg_pool_apply - call a function in a pool, and wait for its result
 * @pool: a pool
 * @fn: what to call
 * @arg: passed to @fn
 * @ret_value: set to what @fn returned, be it the payload of an error, or to
 *             EG_CANCELED if it was cancelled before it ran; may be NULL
 * @deadline: absolute time over all of it, or EG_FOREVER
 *
 * May switch. A fiber of the pool calls @fn itself (semantics PL-05). If the
 * call is cut short, so is @fn: it is cancelled and waited for, so that @arg is
 * not in use any more, nor anything else of the caller's.
 *
 * Return: 0, or
 *   what @fn failed with, see eg_fail(3)
 *   -ECANCELED  the calling fiber was cancelled, or the pool's were
 *   -ETIMEDOUT  no place, or not done, by @deadline
 *   -EDEADLK    nothing was left that could end @fn (main fiber only)
 *   -ENOMEM     no memory
 *   -EINVAL     @pool or @fn is NULL
 *   -EPERM      not called from a fiber of the pool's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_pool_apply_async(3)
 */
EG_API int eg_pool_apply(eg_pool *pool, eg_fiber_fn *fn, void *arg,
			 void **ret_value, int64_t deadline);

/**
 * eg_pool_apply_async - have a function called in a pool
 * @pool: a pool
 * @fn: what to call
 * @arg: passed to @fn
 * @result: sent what @fn returned or failed with; must stay in place until then
 *
 * Does not switch. While the pool is full, the call stands in line with those
 * who wait for a place; eg_pool_wait(3) waits for it, eg_pool_cancel(3) cancels
 * it. The result of one that was cancelled before it ran is -ECANCELED.
 *
 * Return: 0, or
 *   -EINVAL     @pool, @fn or @result is NULL
 *   -ENOMEM     no memory
 *   -ECANCELED  the hub is closing: main has returned
 *   -EPERM      not on the pool's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_result_get(3)
 */
EG_API int eg_pool_apply_async(eg_pool *pool, eg_fiber_fn *fn, void *arg,
			       eg_result *result);

/**
 * eg_pool_wait - wait until a pool has no fibers
 * @pool: a pool; fibers spawned into it meanwhile count
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless there are none. As long as others stand in line, a place
 * goes from one to the next, and the pool is never without. Who waits when the
 * last one ends wakes, even if more are spawned before it runs (semantics
 * PL-01, PL-10).
 *
 * Return: 0, or
 *   -ECANCELED  the calling fiber was cancelled; the pool's run on
 *   -ETIMEDOUT  some were left at @deadline
 *   -EDEADLK    the caller is one of them, or nothing could ever end them
 *   -EINVAL     @pool is NULL
 *   -EPERM      not called from a fiber of the pool's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_pool_cancel(3)
 */
EG_API int eg_pool_wait(eg_pool *pool, int64_t deadline);

/**
 * eg_pool_cancel - cancel a pool's fibers until there are none
 * @pool: a pool; may be used again afterwards
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: cancel, and do not wait
 *
 * May switch, unless there are none. Those that are spawned while it waits are
 * cancelled too, before they run (semantics PL-02).
 *
 * Return: 0, or
 *   -ECANCELED  the calling fiber was cancelled meanwhile
 *   -ETIMEDOUT  some were left at @deadline
 *   -EDEADLK    the caller is one of them, cancelled too; or nothing could ever
 *               end them
 *   -EINVAL     @pool is NULL
 *   -EPERM      not called from a fiber of the pool's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_cancel(3)
 */
EG_API int eg_pool_cancel(eg_pool *pool, int64_t deadline);

/**
 * eg_pool_resize - change how many fibers a pool runs at a time
 * @pool: a pool
 * @size: the new size
 *
 * Does not switch. New places go to those who wait. Fibers beyond a smaller
 * size run on; until they have ended, no place is free (semantics PL-09).
 *
 * Return: 0, or
 *   -EINVAL  @pool is NULL, or @size is negative
 *   -EPERM   not on the pool's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_pool_get_stats(3)
 */
EG_API int eg_pool_resize(eg_pool *pool, int size);

/** How full a pool is. */
typedef struct eg_pool_stats {
	size_t size; /* sizeof(eg_pool_stats), set by the caller */
	int places;  /* the pool's size */
	int running; /* places taken, or given to who has not run since */
	int free;    /* places - running: below 0 after a resize */
	int waiting; /* who waits for a place */
} eg_pool_stats;

/**
 * eg_pool_get_stats - tell how full a pool is
 * @pool: a pool
 * @stats: filled; its size field must be set
 *
 * Return: 0, or
 *   -EINVAL  @pool or @stats is NULL, or its size is not known
 * Thread safety: the hub's thread. Since: 0.1. See: eg_pool_resize(3)
 */
EG_API int eg_pool_get_stats(const eg_pool *pool, eg_pool_stats *stats);

/* Mapping */

/**
 * What is mapped: makes a result of an item. Returns 0, or a negative errno. May
 * block, but not call eg_exit(3). @item or @result is NULL if there are none.
 */
typedef int eg_map_fn(void *result, const void *item, void *arg);

/** A map to be done. Start from EG_MAP_INIT. */
typedef struct eg_map {
	size_t size; /* sizeof(eg_map) */
	eg_map_fn *fn;
	void *arg;	     /* passed to @fn; several at once may use it */
	const void *items;   /* count of them, of item_bytes each */
	size_t item_bytes;   /* 0: @fn has @items itself each time */
	void *results;	     /* room for count of them */
	size_t result_bytes; /* 0: as for items */
	size_t count;
	size_t failed; /* set: the first that failed, or was not begun; count */
} eg_map;

#define EG_MAP_INIT                                                \
	{                                                          \
		sizeof(eg_map), NULL, NULL, NULL, 0, NULL, 0, 0, 0 \
	}

/**
 * eg_pool_map - call a function for each of many items, in a pool
 * @pool: a pool
 * @map: the items, the function, and where the results go
 * @deadline: absolute time over all of it, or EG_FOREVER
 *
 * May switch, unless there are no items. They are begun in order, and each has
 * its result at its place. If some fail, the others run nevertheless; the error
 * of the first of them, by place and not by time, is returned (semantics
 * PL-06). Fibers of the pool each take the next item, so that there are never
 * more than could have been spawned, and those who wait for a place have it as
 * soon as an item is done. The fiber of a pool that calls it takes part.
 *
 * If the call is cut short, it cancels what it has begun and waits for that, so
 * that nothing of the caller's is in use any more.
 *
 * Return: 0, or
 *   the error of the first item that failed; see @failed of eg_map
 *   -ECANCELED  the calling fiber was cancelled
 *   -ETIMEDOUT  not done by @deadline
 *   -EDEADLK    nothing was left that could end it (main fiber only)
 *   -ENOMEM     no memory for a single fiber
 *   -EINVAL     @pool or @map is NULL, or @map makes no sense
 *   -EPERM      not called from a fiber of the pool's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_pool_imap(3)
 */
EG_API int eg_pool_map(eg_pool *pool, eg_map *map, int64_t deadline);

/** A map under way, whose results are asked for one by one. */
typedef struct eg_imap eg_imap;

/**
 * Gives the next item: 1; 0 at the end; or a negative errno, which ends the
 * items too. Runs in a fiber of its own, and may block. @item is uninitialised.
 */
typedef int eg_imap_source_fn(void *item, void *arg);

/** How a map is made whose results are asked for. Start from EG_IMAP_INIT. */
typedef struct eg_imap_options {
	size_t size; /* sizeof(eg_imap_options) */
	eg_imap_source_fn *source;
	void *source_arg;
	eg_map_fn *fn;
	void *arg;	     /* passed to @fn; several at once may use it */
	size_t item_bytes;   /* 0 to 1 MiB */
	size_t result_bytes; /* 0 to 1 MiB */
	size_t ahead_max; /* items begun and not asked for; 0: the pool's size,
			   * or EG_POOL_SIZE_DEFAULT if that is smaller */
	uint32_t flags;	  /* EG_IMAP_* */
	uint32_t reserved;
} eg_imap_options;

#define EG_IMAP_INIT                                                           \
	{                                                                      \
		sizeof(eg_imap_options), NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0 \
	}

/* The results come as they are done, not in the order of the items. */
#define EG_IMAP_UNORDERED 1u

/**
 * eg_pool_imap - have a function called for each item of a source, in a pool
 * @pool: a pool; must stay until eg_imap_free(3)
 * @ret_imap: set to the map under way
 * @options: the source, the function, and how
 *
 * Does not switch. A fiber outside of the pool asks the source, and spawns a
 * fiber of the pool for each item, but only so far ahead of who asks for the
 * results: so the memory has a bound (semantics PL-07, PL-12).
 *
 * Return: 0, or
 *   -EINVAL     @pool, @ret_imap or @options is NULL, or an option makes no
 *               sense
 *   -ENOMEM     no memory
 *   -ECANCELED  the hub is closing: main has returned
 *   -EPERM      not on the pool's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_imap_next(3)
 */
EG_API int eg_pool_imap(eg_pool *pool, eg_imap **ret_imap,
			const eg_imap_options *options);

/**
 * eg_imap_next - take the next result of a map
 * @imap: a map under way
 * @ret_result: result_bytes are copied to it, unless the item failed; may be
 *              NULL
 * @ret_error: set to 0, or to what the item failed with
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless there is a result. An item that failed takes its turn like
 * any other, and those after it come too. What the source failed with comes in
 * the same way, as the last one.
 *
 * A fiber of the pool has a place that the items may need. It calls the
 * function for the next one itself, if there is no place for that and none is
 * under way. That lasts as long as the function does, whatever @deadline; a
 * cancel reaches what the function waits for.
 *
 * Return: 1 and a result or an error; 0 at the end, and at each call after it;
 * or
 *   -ECANCELED  the calling fiber was cancelled; nothing was taken
 *   -ETIMEDOUT  no result by @deadline
 *   -EDEADLK    nothing was left that could give one (main fiber only)
 *   -EBUSY      another fiber is in this call, or in eg_imap_free(3)
 *   -EINVAL     @imap or @ret_error is NULL
 *   -EPERM      not called from a fiber of the pool's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_imap_free(3)
 */
EG_API int eg_imap_next(eg_imap *imap, void *ret_result, int *ret_error,
			int64_t deadline);

/**
 * eg_imap_free - end a map, and give it up
 * @imap: a map, whether its results were all taken or not
 *
 * May switch. Cancels the source and the items that are under way, and waits
 * for their end. Shielded: neither cancelling nor a timeout cuts it short.
 *
 * Return: 0, or
 *   -EDEADLK  called by what it would end, or something ignores cancelling and
 *             waits for what cannot come; nothing is freed
 *   -EBUSY    a fiber is in eg_imap_next(3), or in this call
 *   -EINVAL   @imap is NULL
 *   -EPERM    not called from a fiber of the pool's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_pool_imap(3)
 */
EG_API int eg_imap_free(eg_imap *imap);

/* Piles */

/** Calls whose results are taken in the order in which they were spawned. */
typedef struct eg_pile eg_pile;

/**
 * eg_pile_new - make a pile
 * @ret_pile: set to the pile, to be given to eg_pile_free(3)
 * @pool: what its calls run in, which others may use too; NULL: a pool of its
 *        own, of EG_POOL_SIZE_DEFAULT places
 *
 * Return: 0, or
 *   -EINVAL  @ret_pile is NULL
 *   -ENOMEM  no memory
 *   -EPERM   not called from a fiber of the pool's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_pile_spawn(3)
 */
EG_API int eg_pile_new(eg_pile **ret_pile, eg_pool *pool);

/**
 * eg_pile_spawn - add a call to a pile
 * @pile: a pile
 * @fn: what to call
 * @arg: passed to @fn
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless there is a place; a fiber of a full pool runs @fn itself,
 * as for eg_pool_spawn(3).
 *
 * Return: 0, or
 *   -ECANCELED  the calling fiber was cancelled; or the hub is closing
 *   -ETIMEDOUT  no place by @deadline
 *   -EDEADLK    nothing was left that could give back a place (main fiber only)
 *   -ENOMEM     no memory
 *   -EINVAL     @pile or @fn is NULL
 *   -EPERM      not called from a fiber of the pool's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_pile_next(3)
 */
EG_API int eg_pile_spawn(eg_pile *pile, eg_fiber_fn *fn, void *arg,
			 int64_t deadline);

/**
 * eg_pile_next - take what came of the call that was spawned first
 * @pile: a pile
 * @ret_value: set to what it returned, be it the payload of an error, or to
 *             EG_CANCELED if it was cancelled before it ran; may be NULL
 * @ret_error: set to 0, or to what it failed with
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless that has ended. For the fiber that made the pile alone
 * (semantics PL-13).
 *
 * Return: 1 and the outcome of a call; 0 if there is none left; or
 *   -ECANCELED  the calling fiber was cancelled; nothing was taken
 *   -ETIMEDOUT  not ended by @deadline
 *   -EDEADLK    it is the one that calls this, in the caller's fiber; or
 *               nothing was left that could end it (main fiber only)
 *   -EINVAL     @pile or @ret_error is NULL
 *   -EPERM      not called from the fiber that made @pile
 * Thread safety: the hub's thread. Since: 0.1. See: eg_pile_spawn(3)
 */
EG_API int eg_pile_next(eg_pile *pile, void **ret_value, int *ret_error,
			int64_t deadline);

/**
 * eg_pile_free - give a pile up
 * @pile: a pile
 *
 * May switch. Cancels its calls that have not ended, and waits for them.
 * Shielded: neither cancelling nor a timeout cuts it short.
 *
 * Return: 0, or
 *   -EDEADLK  called by one of its calls, or one of them ignores cancelling and
 *             waits for what cannot come; nothing is freed
 *   -EBUSY    a fiber waits for a place, for the next outcome, or in this
 *             call
 *   -EINVAL   @pile is NULL
 *   -EPERM    not called from a fiber of the pool's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_pile_new(3)
 */
EG_API int eg_pile_free(eg_pile *pile);

#ifdef __cplusplus
}
#endif
#endif
