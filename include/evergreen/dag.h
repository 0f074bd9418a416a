/* SPDX-License-Identifier: MIT */
/*
 * Graphs of work: keys whose values come from functions that need the values of
 * other keys. Each function runs in a fiber of its own as soon as all that it
 * needs is there; what fails takes along what needs it.
 */
#ifndef EVERGREEN_DAG_H
#define EVERGREEN_DAG_H

#include <evergreen/time.h>
#include <evergreen/version.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct eg_dag eg_dag;

/**
 * Makes the value of @key: 0 and @ret_value, or a negative errno; what it sets
 * @ret_value to then is kept beside the error. The values that it depends on
 * are there: eg_dag_get(3) returns them at once. It may spawn and post further
 * keys, and wait for them.
 *
 * One that was cancelled before it ran, or ends by eg_exit(3), has failed with
 * -ECANCELED.
 */
typedef int eg_dag_fn(eg_dag *dag, const char *key, void **ret_value,
		      void *arg);

/* eg_dag_new(): keys that nobody has spawned or posted may still come from
 * fibers that are not the graph's, so they are waited for. */
#define EG_DAG_OPEN 1u

/**
 * eg_dag_new - make an empty graph
 * @ret_dag: set to the graph
 * @flags: EG_DAG_OPEN or 0
 *
 * Keys are strings, because they are what reports are made of; they are copied.
 * Values are pointers, which the graph only hands on.
 *
 * Without EG_DAG_OPEN only the graph's own fibers, and who waits for them,
 * bring new keys: a wait for what none of them can bring any more returns
 * -EDEADLK, and a line in the log names the keys that are missing.
 *
 * Return: 0, or
 *   -EINVAL  @ret_dag is NULL, or a flag is not known
 *   -ENOMEM  no memory
 *   -EPERM   no hub runs on this thread
 * Thread safety: the hub's thread. Since: 0.1. See: eg_dag_free(3)
 */
EG_API int eg_dag_new(eg_dag **ret_dag, uint32_t flags);

/**
 * eg_dag_free - cancel what still runs, wait for it, and free the graph
 * @dag: a graph, or NULL, of which nothing is done
 *
 * May switch. Shielded: neither cancelling nor a timeout cuts it short, so that
 * no fiber outlives the graph. The values stay the caller's.
 *
 * Return: 0, or
 *   -EDEADLK  the caller is one of the graph's fibers, or one of them ignores
 *             cancelling and waits for what cannot come (main fiber only);
 *             then the graph stays, and refuses new keys: call again
 *   -EBUSY    another fiber waits for the graph, or is freeing it, or an
 *             eg_dag_each of it is there
 *   -EPERM    not called from a fiber of the graph's hub
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_dag_free(eg_dag *dag);

/**
 * eg_dag_post - give a key a value
 * @dag: a graph
 * @key: a key that nobody has spawned; or that of the calling fiber, whose
 *       function's result is dropped then
 * @value: its value; may be NULL
 * @replace: whether a value, or a failure, that it has is replaced
 *
 * Does not switch. Functions that have waited for nothing else start. What was
 * replaced has been seen by who has seen it; nothing runs again.
 *
 * Return: 0, or
 *   -EEXIST     it has a value, or has failed, and @replace is false
 *   -EBUSY      its function waits or runs
 *   -ENOMEM     no memory
 *   -ESHUTDOWN  the graph is being freed
 *   -EINVAL     @dag or @key is NULL
 *   -EPERM      not on the graph's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_dag_spawn(3)
 */
EG_API int eg_dag_post(eg_dag *dag, const char *key, void *value, bool replace);

/** A key and how its value is made: for eg_dag_spawn_many(3). */
typedef struct eg_dag_node {
	const char *key;
	const char *const *deps; /* ends with NULL; NULL: none */
	eg_dag_fn *fn;
	void *arg;
} eg_dag_node;

/**
 * eg_dag_spawn - have the value of a key made
 * @dag: a graph
 * @key: a key without a value
 * @deps: the keys whose values it needs, the last one NULL; they need not be
 *        known yet. NULL: none
 * @fn: what makes it, in a fiber named like the key
 * @arg: passed to @fn
 *
 * Does not switch. The fiber is spawned now if all values are there, else when
 * the last one comes. If it cannot be, the key fails with what eg_spawn(3)
 * returned. If a key of @deps fails, or has failed, so does @key, and @fn is not
 * called: eg_dag_get_info(3) tells by which one.
 *
 * Return: 0, or
 *   -EEXIST     @key has a value, or has failed, or is spawned already
 *   -ENOMEM     no memory; nothing was spawned
 *   -ESHUTDOWN  the graph is being freed
 *   -EINVAL     @dag, @key or @fn is NULL
 *   -EPERM      not on the graph's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_dag_spawn_many(3)
 */
EG_API int eg_dag_spawn(eg_dag *dag, const char *key, const char *const *deps,
			eg_dag_fn *fn, void *arg);

/**
 * eg_dag_spawn_many - have the values of several keys made
 * @dag: a graph
 * @nodes: keys and functions; may depend on each other, in any order
 * @count: how many
 *
 * Does not switch. As eg_dag_spawn(3) for each, but all or none.
 *
 * Return: 0, or
 *   -EEXIST     a key has a value, or has failed, or is spawned already, or
 *               is there twice; nothing was spawned
 *   -ENOMEM     no memory; nothing was spawned
 *   -ESHUTDOWN  the graph is being freed
 *   -EINVAL     @dag or @nodes is NULL, or the key or function of a node
 *   -EPERM      not on the graph's hub
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_dag_spawn_many(eg_dag *dag, const eg_dag_node *nodes,
			     size_t count);

/**
 * eg_dag_kill - take a key's function back
 * @dag: a graph
 * @key: a key whose function waits or runs
 *
 * Does not switch. A function that has not begun never does, and the key is as
 * if it had not been spawned. One that runs is cancelled: the key is free again
 * when it has ended with an error; if it ends with a value, that counts. Who
 * waits for the key goes on waiting, for whoever spawns or posts it.
 *
 * Return: 0, or
 *   -ENOENT  no function of @key waits or runs
 *   -EINVAL  @dag or @key is NULL
 *   -EPERM   not on the graph's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_cancel(3)
 */
EG_API int eg_dag_kill(eg_dag *dag, const char *key);

/**
 * eg_dag_kill_all - take back every function that waits or runs
 * @dag: a graph
 *
 * Does not switch. As eg_dag_kill(3) for each.
 *
 * Return: 0, or
 *   -EINVAL  @dag is NULL
 *   -EPERM   not on the graph's hub
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_dag_kill_all(eg_dag *dag);

/**
 * eg_dag_running - count the functions that run
 * @dag: a graph
 *
 * Return: the count, or
 *   -EINVAL  @dag is NULL
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API ssize_t eg_dag_running(const eg_dag *dag);

/**
 * eg_dag_waiting - count the functions that wait for values
 * @dag: a graph
 *
 * Return: the count, or
 *   -EINVAL  @dag is NULL
 * Thread safety: the hub's thread. Since: 0.1. See: eg_dag_waits_for(3)
 */
EG_API ssize_t eg_dag_waiting(const eg_dag *dag);

/**
 * eg_dag_waits_for - tell which values a key still waits for
 * @dag: a graph
 * @key: a key
 * @ret_keys: filled with the first @room of them, in the order of its
 *            dependencies; borrowed while the graph is there; NULL: count
 * @room: how many fit
 *
 * Return: how many there are, whatever the room, 0 for a key that does not
 *   wait, or
 *   -ENOENT  nobody has spawned or posted @key
 *   -EINVAL  @dag or @key is NULL
 * Thread safety: the hub's thread. Since: 0.1. See: eg_dag_waiting(3)
 */
EG_API ssize_t eg_dag_waits_for(const eg_dag *dag, const char *key,
				const char **ret_keys, size_t room);

/** How far a key is. */
enum eg_dag_state {
	EG_DAG_WAITING = 1, /* for what it depends on */
	EG_DAG_RUNNING,
	EG_DAG_DONE, /* it has a value */
	EG_DAG_FAILED,
};

/** What there is to know of a key. Strings live as long as the graph. */
typedef struct eg_dag_info {
	size_t size; /* sizeof(eg_dag_info), set by the caller */
	const char *key;
	int state;   /* enum eg_dag_state */
	int error;   /* FAILED: what the function of failed_key returned */
	void *value; /* DONE: it; FAILED: what that function left with it */
	const char *failed_key; /* FAILED: whose function failed: its own key,
				 * or that at the end of the chain */
	const char *failed_dep; /* FAILED: the key that it depends on by which
				 * it failed, one step of the chain; NULL: by
				 * itself */
} eg_dag_info;

/**
 * eg_dag_get_info - look at a key
 * @dag: a graph
 * @key: a key
 * @info: filled; its size field must be set
 *
 * Return: 0, or
 *   -ENOENT  nobody has spawned or posted @key
 *   -EINVAL  @dag, @key or @info is NULL, or its size is not known
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_dag_get_info(const eg_dag *dag, const char *key,
			   eg_dag_info *info);

/**
 * eg_dag_get - wait for the value of a key
 * @dag: a graph
 * @key: a key; need not be known yet
 * @ret_value: set to the value; may be NULL
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: only if it is there
 *
 * May switch, unless the value is there.
 *
 * Return: 0, or
 *   -ENOLINK    the key has failed, by itself or by one that it depends on:
 *               eg_dag_get_info(3) tells which, and with what error
 *   -ECANCELED  the calling fiber was cancelled
 *   -ETIMEDOUT  no value by @deadline
 *   -EDEADLK    nobody will bring it, and the log tells what is missing; or
 *               nothing was left that could (main fiber only)
 *   -ESHUTDOWN  the graph is being freed
 *   -ENOMEM     no memory
 *   -EINVAL     @dag or @key is NULL
 *   -EPERM      not called from a fiber of the graph's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_dag_wait(3)
 */
EG_API int eg_dag_get(eg_dag *dag, const char *key, void **ret_value,
		      int64_t deadline);

/**
 * eg_dag_wait - wait for the values of several keys
 * @dag: a graph
 * @keys: the keys, the last one NULL; NULL: until nothing waits or runs
 * @ret_values: set to their values, in the order of @keys; may be NULL, and is
 *              not used without @keys
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: only if all are there
 *
 * May switch, unless all are there. Returns at the first one that fails; the
 * others go on.
 *
 * Return: 0, or
 *   -ENOLINK    one of the keys has failed
 *   -ECANCELED  the calling fiber was cancelled
 *   -ETIMEDOUT  not all by @deadline
 *   -EDEADLK    nobody will bring those that are left
 *   -ESHUTDOWN  the graph is being freed
 *   -ENOMEM     no memory
 *   -EINVAL     @dag is NULL
 *   -EPERM      not called from a fiber of the graph's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_dag_each_new(3)
 */
EG_API int eg_dag_wait(eg_dag *dag, const char *const *keys, void **ret_values,
		       int64_t deadline);

/** Results, one after the other, as they come. */
typedef struct eg_dag_each eg_dag_each;

/* eg_dag_each_new(): only these; those of the other kind are passed over. */
#define EG_DAG_VALUES 1u
#define EG_DAG_FAILURES 2u

/**
 * eg_dag_each_new - go through results in the order in which they come
 * @ret_each: set to where it stands: before the first one
 * @dag: a graph; cannot be freed before this
 * @keys: the keys, the last one NULL, each given once however often it is
 *        named; NULL: all, those that are spawned or posted meanwhile too
 * @flags: EG_DAG_VALUES, EG_DAG_FAILURES, both, or 0, which is both
 *
 * Return: 0, or
 *   -EINVAL  @ret_each or @dag is NULL, or a flag is not known
 *   -ENOMEM  no memory
 *   -EPERM   not on the graph's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_dag_each_next(3)
 */
EG_API int eg_dag_each_new(eg_dag_each **ret_each, eg_dag *dag,
			   const char *const *keys, uint32_t flags);

/**
 * eg_dag_each_next - wait for the next result
 * @each: after eg_dag_each_new(3)
 * @info: filled with the key that has a value or has failed; its size field
 *        must be set
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: only if there is one
 *
 * May switch, unless there is one. First come those that were there already.
 * After a failure of the call it goes on where it stood.
 *
 * Return: 1, or 0 when all have been given, or
 *   -ECANCELED  the calling fiber was cancelled
 *   -ETIMEDOUT  none by @deadline
 *   -EDEADLK    nobody will bring those that are left
 *   -ESHUTDOWN  the graph is being freed
 *   -EINVAL     @each or @info is NULL, or its size is not known
 *   -EPERM      not called from a fiber of the graph's hub
 * Thread safety: the hub's thread. Since: 0.1. See: eg_dag_each_free(3)
 */
EG_API int eg_dag_each_next(eg_dag_each *each, eg_dag_info *info,
			    int64_t deadline);

/**
 * eg_dag_each_free - go through no more results
 * @each: what eg_dag_each_new(3) made, or NULL; nobody waits in it
 *
 * Return: NULL, always.
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API eg_dag_each *eg_dag_each_free(eg_dag_each *each);

#ifdef __cplusplus
}
#endif
#endif
