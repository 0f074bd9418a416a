/* SPDX-License-Identifier: MIT */
/*
 * Resource pools: connections and the like, of which there may be so many at a
 * time. They are made when needed, lent to fibers, used again, and thrown away
 * when they are old or broken. What a resource is, the caller's functions know.
 */
#ifndef EVERGREEN_RESOURCE_H
#define EVERGREEN_RESOURCE_H

#include <evergreen/time.h>
#include <evergreen/version.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct eg_resource_pool eg_resource_pool;

/**
 * Makes a resource: 0 and @ret_resource, or a negative errno, which the call
 * that wanted it returns. May block; runs in the fiber of that call, and its
 * deadline holds for every wait inside. Each resource is another pointer.
 */
typedef int eg_resource_create_fn(void **ret_resource, void *arg);

/** Throws a resource away. May block, shielded from cancelling. */
typedef void eg_resource_destroy_fn(void *resource, void *arg);

/**
 * Says whether a resource is still good before it is lent again: below 0, it is
 * destroyed and another one is made. May block, as eg_resource_create_fn.
 */
typedef int eg_resource_check_fn(void *resource, void *arg);

/**
 * Makes a resource ready for the next one who gets it, when it is put back: a
 * rollback. Below 0: it is destroyed. May block, shielded from cancelling.
 */
typedef int eg_resource_reset_fn(void *resource, void *arg);

/** Which of the free resources is lent next. */
enum eg_resource_order {
	EG_RESOURCE_LIFO, /* the one put back last: the others may grow old */
	EG_RESOURCE_FIFO, /* the one put back first: all are used alike */
};

/** How a pool works. Start from EG_RESOURCE_OPTIONS_INIT. */
typedef struct eg_resource_options {
	size_t size;	  /* sizeof(eg_resource_options) */
	const char *name; /* copied, for the log; NULL: none */
	/* NULL: tokens. Each is a pointer of the pool's, which says nothing. */
	eg_resource_create_fn *create;
	eg_resource_destroy_fn *destroy; /* NULL: nothing to do */
	eg_resource_check_fn *check;	 /* NULL: always good */
	eg_resource_reset_fn *reset;	 /* NULL: always ready */
	void *arg;			 /* passed to each of them */
	size_t max_size;  /* so many at a time; 0: none until a resize */
	size_t min_idle;  /* free ones that max_idle leaves alone */
	int64_t max_idle; /* ns that one may lie unused; 0: never kept */
	int64_t max_age;  /* ns from its making; 0: never used again */
	int order;	  /* enum eg_resource_order */
	uint32_t reserved;
} eg_resource_options;

#define EG_RESOURCE_OPTIONS_INIT                                              \
	{                                                                     \
		sizeof(eg_resource_options), NULL, NULL, NULL, NULL, NULL,    \
			NULL, 4, 0, EG_FOREVER, EG_FOREVER, EG_RESOURCE_LIFO, \
			0                                                     \
	}

/* eg_resource_get(): the resource is taken back if the fiber ends with it. */
#define EG_RESOURCE_TIED 1u

/**
 * eg_resource_pool_new - make a pool of resources
 * @ret_pool: set to the pool
 * @options: how it works; NULL: a pool of 4 tokens
 *
 * Makes no resource yet: eg_resource_pool_fill(3) does, ahead of need. The
 * functions of @options may use any call, but must return: eg_exit(3) in one
 * loses the resource and its place.
 *
 * A free resource that becomes too old is destroyed then, by a fiber that the
 * pool spawns for that.
 *
 * Return: 0, or
 *   -EINVAL  @ret_pool is NULL, or an option makes no sense
 *   -ENOMEM  no memory
 *   -EPERM   no hub runs on this thread
 * Thread safety: the hub's thread. Since: 0.1. See: eg_resource_pool_free(3)
 */
EG_API int eg_resource_pool_new(eg_resource_pool **ret_pool,
				const eg_resource_options *options);

/**
 * eg_resource_get - borrow a resource
 * @pool: a pool
 * @ret_resource: set to the resource, until eg_resource_put(3)
 * @flags: EG_RESOURCE_TIED or 0
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try. Holds for the wait and
 *            for what the pool's functions do
 *
 * May switch. Takes a free resource, else makes one if there are fewer than
 * max_size, else waits in line; what becomes free is the first one's in line.
 * One that is too old, or that the check function finds bad, is destroyed, and
 * a new one made in its place.
 *
 * A tied resource that its fiber has not put back at its end, cleanups
 * included, is destroyed soon after, and a line in the log names the fiber.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  none by @deadline
 *   -ESHUTDOWN  the pool is closed
 *   -ENOMEM     no memory
 *   -EDEADLK    nothing was left that could put one back (main fiber only)
 *   -EINVAL     @pool or @ret_resource is NULL, or a flag is not known
 *   -EPERM      not called from a fiber of the pool's hub
 *   and what the create function returns: its place is free again, and the
 *   first one in line tries
 * Thread safety: the hub's thread. Since: 0.1. See: eg_resource_put(3)
 */
EG_API int eg_resource_get(eg_resource_pool *pool, void **ret_resource,
			   uint32_t flags, int64_t deadline);

/**
 * eg_resource_put - give a resource back
 * @pool: the pool that it is of
 * @resource: what eg_resource_get(3) gave, to this fiber or another one
 *
 * May switch, if the reset or the destroy function does; neither cancelling nor
 * a timeout around the call ends them early. The resource goes to the first one
 * in line, or lies free. It is destroyed if it cannot be reset, if it is too
 * old, if there are more than max_size, or if the pool is closed; then the
 * first one in line makes another.
 *
 * Return: 0, or
 *   -EINVAL  @pool is NULL, or @resource is not lent (it was put back already)
 *   -EPERM   not called from a fiber of the pool's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_resource_discard(3)
 */
EG_API int eg_resource_put(eg_resource_pool *pool, void *resource);

/**
 * eg_resource_discard - give a resource back that is broken
 * @pool: the pool that it is of
 * @resource: what eg_resource_get(3) gave
 *
 * May switch. As eg_resource_put(3) of one that cannot be reset.
 *
 * Return: 0, or
 *   -EINVAL  @pool is NULL, or @resource is not lent
 *   -EPERM   not called from a fiber of the pool's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_resource_put(3)
 */
EG_API int eg_resource_discard(eg_resource_pool *pool, void *resource);

/**
 * eg_resource_pool_fill - make free resources ahead of need
 * @pool: a pool
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: without waiting
 *
 * May switch, if the create function does. Makes resources until min_idle are
 * free or there are max_size. Those made before a failure stay.
 *
 * Return: the number made, or
 *   -ECANCELED  the fiber was cancelled
 *   -ETIMEDOUT  not done by @deadline
 *   -ESHUTDOWN  the pool is closed
 *   -ENOMEM     no memory
 *   -EINVAL     @pool is NULL
 *   -EPERM      not called from a fiber of the pool's hub
 *   and what the create function returns
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_resource_pool_fill(eg_resource_pool *pool, int64_t deadline);

/**
 * eg_resource_pool_resize - change how many resources there may be
 * @pool: a pool
 * @max_size: so many at a time; 0: none
 *
 * May switch, if the destroy function does. New places go to those in line, who
 * make resources in them. Free resources beyond a smaller size are destroyed
 * now, lent ones when they are put back.
 *
 * Return: 0, or
 *   -EINVAL  @pool is NULL
 *   -EPERM   not called from a fiber of the pool's hub
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_resource_pool_resize(eg_resource_pool *pool, size_t max_size);

/** What is in a pool now, and what has happened in it. */
typedef struct eg_resource_info {
	size_t size; /* sizeof(eg_resource_info), set by the caller */
	size_t max_size;
	size_t total;	/* resources, those being made or destroyed too */
	size_t idle;	/* free */
	size_t lent;	/* with fibers */
	size_t waiting; /* fibers in line */
	uint64_t created;
	uint64_t destroyed;
	uint64_t reclaimed; /* of those: tied to a fiber that had ended */
} eg_resource_info;

/**
 * eg_resource_pool_get_info - look at a pool
 * @pool: a pool
 * @info: filled; its size field must be set
 *
 * Takes time for each fiber in line.
 *
 * Return: 0, or
 *   -EINVAL  @pool or @info is NULL, or its size is not known
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_resource_pool_get_info(const eg_resource_pool *pool,
				     eg_resource_info *info);

/**
 * eg_resource_pool_close - end a pool
 * @pool: a pool; one that is closed is left alone
 *
 * May switch, if the destroy function does. All in line have -ESHUTDOWN, and so
 * has everybody who comes later. Free resources are destroyed now, lent ones
 * when they are put back.
 *
 * Return: 0, or
 *   -EINVAL  @pool is NULL
 *   -EPERM   not called from a fiber of the pool's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_resource_pool_free(3)
 */
EG_API int eg_resource_pool_close(eg_resource_pool *pool);

/**
 * eg_resource_pool_free - close a pool, wait for what is lent, and free it
 * @pool: a pool, or NULL, of which nothing is done
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch. As eg_resource_pool_close(3), then waits until every resource has
 * come back and is destroyed. On failure the pool stays, closed: call again.
 *
 * Return: 0, or
 *   -ECANCELED  the fiber was cancelled while resources were lent
 *   -ETIMEDOUT  resources were still lent at @deadline
 *   -EDEADLK    one is tied to the calling fiber, or nothing was left that
 *               could put them back (main fiber only)
 *   -EBUSY      another fiber is freeing the pool
 *   -EPERM      not called from a fiber of the pool's hub
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_resource_pool_free(eg_resource_pool *pool, int64_t deadline);

#ifdef __cplusplus
}
#endif
#endif
