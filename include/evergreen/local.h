/* SPDX-License-Identifier: MIT */
/*
 * What belongs to one fiber: values that each fiber has for itself, and handles
 * that are closed, and reported, if a fiber ends and still owns them.
 */
#ifndef EVERGREEN_LOCAL_H
#define EVERGREEN_LOCAL_H

#include <evergreen/fiber.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A key, by which each fiber has a value of its own. Caller's storage, most
 * often static; must not move before eg_local_free(3). One key may be used on
 * any number of hubs at once.
 *
 * The callbacks of a hub (timers, posted tasks, watchers) are no fibers: they
 * have one set of values together, which ends with the hub. The coroutines of a
 * fiber share the fiber's.
 */
typedef struct eg_local {
	uint64_t _opaque[4];
} eg_local;

/**
 * Destroys a value that a fiber leaves. Runs on the fiber's own stack, after
 * its cleanups and before anybody joins it; may block, shielded from
 * cancelling; may still get other values, and set them again.
 */
typedef void eg_local_fn(void *value);

/**
 * Makes a child's value out of its parent's, or NULL for none. Runs in the
 * parent, inside of the spawn: must not block, or spawn. A negative errno makes
 * the spawn fail with it; what was copied for the child before is destroyed.
 */
typedef int eg_local_copy_fn(void **ret_copy, void *value);

/* A child begins with its parent's value, and shares it: it is destroyed once,
 * by the last of the fibers that have it. */
#define EG_LOCAL_SHARED 1u

/**
 * eg_local_init - make a key
 * @key: the caller's storage
 * @destroy: called for a value when the fiber that has it ends; NULL: nothing
 * @flags: EG_LOCAL_SHARED, or 0: a new fiber begins without a value
 *
 * A fiber's values are destroyed in the reverse order of setting, however it
 * ends: by returning, by eg_exit(3), cancelled, or without ever having run.
 * Where destroying sets values again, these are destroyed in another round; what
 * there is after 4 rounds is left, and the log says so (semantics LT-01, SP-18).
 *
 * Return: 0, or
 *   -EINVAL  @key is NULL, or a flag is not known
 *   -EAGAIN  there are 4096 keys already
 * Thread safety: any thread. Since: 0.1. See: eg_local_init_copy(3)
 */
EG_API int eg_local_init(eg_local *key, eg_local_fn *destroy, uint32_t flags);

/**
 * eg_local_init_copy - make a key whose value children get a copy of
 * @key: the caller's storage
 * @destroy: as for eg_local_init(3)
 * @copy: called in each spawn by a fiber that has a value
 *
 * Return: 0, or
 *   -EINVAL  @key or @copy is NULL
 *   -EAGAIN  there are 4096 keys already
 * Thread safety: any thread. Since: 0.1. See: eg_local_init(3)
 */
EG_API int eg_local_init_copy(eg_local *key, eg_local_fn *destroy,
			      eg_local_copy_fn *copy);

/**
 * eg_local_free - give up a key
 * @key: the key; its storage is the caller's again
 *
 * Values that are still set can neither be got nor inherited any more, not even
 * by a key that is made later. Each is destroyed, by the function that the key
 * had, when its fiber ends, or before, when the fiber sets a newer key that has
 * the same place. No other thread may be using the key.
 *
 * Return: 0, or
 *   -EINVAL  @key is NULL or no key
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_local_free(eg_local *key);

/**
 * eg_local_get - the calling fiber's value
 * @key: the key
 *
 * Costs little more than an access to an array.
 *
 * Return: the value; NULL if there is none, or no hub on this thread.
 * Thread safety: any thread. Since: 0.1. See: eg_local_set(3)
 */
EG_API void *eg_local_get(const eg_local *key);

/**
 * eg_local_set - set the calling fiber's value
 * @key: the key
 * @value: the value; NULL: none
 *
 * May switch, if the destroy function does: the value that was there before is
 * destroyed, unless it is @value itself or another fiber shares it. To get it
 * out alive, see eg_local_take(3). Other fibers keep what they have, those that
 * inherited the value too.
 *
 * Return: 0, or
 *   -EINVAL  @key is NULL or no key
 *   -ENOMEM  no memory; the value is as it was
 *   -EPERM   no hub runs on this thread
 * Thread safety: any thread. Since: 0.1. See: eg_local_get(3)
 */
EG_API int eg_local_set(const eg_local *key, void *value);

/**
 * eg_local_take - take the calling fiber's value out, without destroying it
 * @key: the key
 * @ret_value: set to the value, which is the caller's from here on
 *
 * Return: 0, or
 *   -EINVAL  @key is NULL or no key, or @ret_value is NULL
 *   -ENOENT  there is no value
 *   -EBUSY   other fibers share the value
 *   -EPERM   no hub runs on this thread
 * Thread safety: any thread. Since: 0.1. See: eg_local_set(3)
 */
EG_API int eg_local_take(const eg_local *key, void **ret_value);

/**
 * What a fiber has to close: a record in caller's storage, zeroed before its
 * first use, most often a field of what is to be closed. Must not move or go
 * away while it is owned, and so not lie in a frame of its owner, which is gone
 * before the owner has ended.
 */
typedef struct eg_owned {
	uint64_t _opaque[10];
} eg_owned;

/** Closes a handle that a fiber has left. As a destroy function: may block. The
 * record is not looked at any more, and may be freed with the handle. */
typedef void eg_close_fn(void *handle);

/**
 * eg_own - have something closed, and reported, if this fiber leaves it
 * @owned: a zeroed record, or one that is not owned any more
 * @what: what it is, for the report ("database connection"); not copied
 * @close: closes it
 * @handle: passed to @close
 *
 * Not in place of closing it, but for the day on which that is forgotten: what
 * the fiber still owns when its cleanups have run and its locals are destroyed
 * is a leak. It is reported (eg_set_leak_handler(3)) and closed, the newest
 * first, however the fiber has ended. In a callback of the hub, the hub owns it.
 *
 * Return: 0, or
 *   -EINVAL    an argument is NULL, or @owned lies on the calling fiber's stack
 *              or on that of a coroutine of its
 *   -EALREADY  @owned is owned
 *   -ENOMEM    no memory; nothing is owned
 *   -EPERM     no hub runs on this thread
 * Thread safety: the hub's thread. Since: 0.1. See: eg_disown(3)
 */
EG_API int eg_own(eg_owned *owned, const char *what, eg_close_fn *close,
		  void *handle);

/**
 * eg_own_fd - have a descriptor closed, and reported, if this fiber leaves it
 * @owned: as for eg_own(3)
 * @fd: the descriptor
 *
 * It is closed by eg_close(3). One that the program itself has closed by
 * eg_close(3) meanwhile is no leak; the record stays owned all the same, until
 * eg_disown(3) or the fiber's end.
 *
 * Return: 0, or
 *   -EINVAL    @owned is NULL, or lies on the calling fiber's stack
 *   -EALREADY  @owned is owned
 *   -EBADF     @fd is not open
 *   -ENOMEM    no memory; nothing is owned
 *   -EPERM     no hub runs on this thread
 * Thread safety: the hub's thread. Since: 0.1. See: eg_own(3)
 */
EG_API int eg_own_fd(eg_owned *owned, int fd);

/**
 * eg_disown - say that something has been closed, or is somebody else's
 * @owned: the record; any fiber of the hub may call
 *
 * Return: 0, or
 *   -EINVAL  @owned is NULL
 *   -ENOENT  it is not owned: not any more, where the fiber's end has closed it
 *   -EPERM   it is owned by a fiber of another hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_own(3)
 */
EG_API int eg_disown(eg_owned *owned);

/**
 * eg_own_transfer - make something another fiber's
 * @owned: an owned record; any fiber of the hub may call
 * @fiber: the new owner: it is the newest of what that owns
 *
 * Return: 0, or
 *   -EINVAL  an argument is NULL, or @owned lies on @fiber's stack
 *   -ENOENT  @owned is not owned
 *   -ESRCH   @fiber has ended
 *   -ENOMEM  no memory; the owner is as it was
 *   -EPERM   the owner or @fiber is another hub's
 * Thread safety: the hub's thread. Since: 0.1. See: eg_own(3)
 */
EG_API int eg_own_transfer(eg_owned *owned, eg_fiber *fiber);

/** What a fiber has left. All is borrowed until the handler returns. */
typedef struct eg_leak {
	size_t size;	      /* sizeof(eg_leak), as the library knows it */
	const char *what;     /* as given to eg_own(3), or "descriptor" */
	void *handle;	      /* not closed yet; a descriptor: its number */
	const void *owned_at; /* return address of the eg_own() */
	uint64_t id;	      /* the fiber's; "hub": a callback has left it */
	const char *name;
	const void *spawned_at;
} eg_leak;

/** Called for each leak, in the fiber that ends; may block, shielded. */
typedef void eg_leak_fn(const eg_leak *leak, void *arg);

/**
 * eg_set_leak_handler - choose what becomes of what fibers leave
 * @fn: called before each is closed, to make it a test's failure, for one; NULL:
 *      back to a line in the log
 * @arg: passed to @fn
 *
 * Return: 0, or
 *   -EPERM  no hub runs on this thread
 * Thread safety: the hub's thread. Since: 0.1. See: eg_own(3)
 */
EG_API int eg_set_leak_handler(eg_leak_fn *fn, void *arg);

#ifdef __cplusplus
}
#endif
#endif
