/* SPDX-License-Identifier: MIT */
/*
 * Calls of dag.h that make no sense.
 */
#include "bad_input.h"

static eg_dag *made;
static eg_dag_each *made_each;
static void *value;
static const char *key;
static eg_dag_info info = { .size = sizeof(info) };
static eg_dag_info no_info;

static int fn(eg_dag *dag, const char *name, void **ret_value, void *arg)
{
	(void)dag;
	(void)name;
	(void)ret_value;
	(void)arg;
	return 0;
}

static const eg_dag_node good = { "good", NULL, fn, NULL };
static const eg_dag_node no_key = { NULL, NULL, fn, NULL };
static const eg_dag_node no_fn = { "a", NULL, NULL, NULL };

/* clang-format off */
#define ROWS(X)                                                                \
	X(eg_dag_new, nowhere, ANYWHERE, -EINVAL, eg_dag_new(NULL, 0))         \
	X(eg_dag_new, no_such_flag, ANYWHERE, -EINVAL, eg_dag_new(&made, 2))   \
	X(eg_dag_new, no_hub, OUTSIDE, -EPERM, eg_dag_new(&made, 0))           \
	X(eg_dag_free, no_graph, ANYWHERE, 0, eg_dag_free(NULL))               \
	X(eg_dag_free, no_fiber, HUB | LOGGED, -EPERM,                         \
	  eg_dag_free(bad_ours.dag))                                           \
	X(eg_dag_free, foreign, FOREIGN, -EPERM, eg_dag_free(bad_theirs.dag))  \
	X(eg_dag_post, no_graph, ANYWHERE, -EINVAL,                            \
	  eg_dag_post(NULL, "a", NULL, false))                                 \
	X(eg_dag_post, no_key, FIBER | HUB, -EINVAL,                           \
	  eg_dag_post(bad_ours.dag, NULL, NULL, false))                        \
	X(eg_dag_post, is_spawned, FIBER | HUB, -EBUSY,                        \
	  eg_dag_post(bad_ours.dag, "waiting", NULL, true))                    \
	X(eg_dag_post, has_a_value, FIBER | HUB, -EEXIST,                      \
	  eg_dag_post(bad_ours.dag, "posted", NULL, false))                    \
	X(eg_dag_post, foreign, FOREIGN, -EPERM,                               \
	  eg_dag_post(bad_theirs.dag, "a", NULL, false))                       \
	X(eg_dag_spawn, no_graph, ANYWHERE, -EINVAL,                           \
	  eg_dag_spawn(NULL, "a", NULL, fn, NULL))                             \
	X(eg_dag_spawn, no_key, FIBER | HUB, -EINVAL,                          \
	  eg_dag_spawn(bad_ours.dag, NULL, NULL, fn, NULL))                    \
	X(eg_dag_spawn, no_function, FIBER | HUB, -EINVAL,                     \
	  eg_dag_spawn(bad_ours.dag, "a", NULL, NULL, NULL))                   \
	X(eg_dag_spawn, is_spawned, FIBER | HUB, -EEXIST,                      \
	  eg_dag_spawn(bad_ours.dag, "waiting", NULL, fn, NULL))               \
	X(eg_dag_spawn, has_a_value, FIBER | HUB, -EEXIST,                     \
	  eg_dag_spawn(bad_ours.dag, "posted", NULL, fn, NULL))                \
	X(eg_dag_spawn, foreign, FOREIGN, -EPERM,                              \
	  eg_dag_spawn(bad_theirs.dag, "a", NULL, fn, NULL))                   \
	X(eg_dag_spawn_many, no_graph, ANYWHERE, -EINVAL,                      \
	  eg_dag_spawn_many(NULL, &good, 1))                                   \
	X(eg_dag_spawn_many, no_nodes, FIBER | HUB, -EINVAL,                   \
	  eg_dag_spawn_many(bad_ours.dag, NULL, 1))                            \
	X(eg_dag_spawn_many, no_key, FIBER | HUB, -EINVAL,                     \
	  eg_dag_spawn_many(bad_ours.dag, &no_key, 1))                         \
	X(eg_dag_spawn_many, no_function, FIBER | HUB, -EINVAL,                \
	  eg_dag_spawn_many(bad_ours.dag, &no_fn, 1))                          \
	X(eg_dag_spawn_many, foreign, FOREIGN, -EPERM,                         \
	  eg_dag_spawn_many(bad_theirs.dag, &good, 1))                         \
	X(eg_dag_kill, no_graph, ANYWHERE, -EINVAL, eg_dag_kill(NULL, "a"))    \
	X(eg_dag_kill, no_key, FIBER | HUB, -EINVAL,                           \
	  eg_dag_kill(bad_ours.dag, NULL))                                     \
	X(eg_dag_kill, unknown, FIBER | HUB, -ENOENT,                          \
	  eg_dag_kill(bad_ours.dag, "unknown"))                                \
	X(eg_dag_kill, is_done, FIBER | HUB, -ENOENT,                          \
	  eg_dag_kill(bad_ours.dag, "posted"))                                 \
	X(eg_dag_kill, foreign, FOREIGN, -EPERM,                               \
	  eg_dag_kill(bad_theirs.dag, "waiting"))                              \
	X(eg_dag_kill_all, no_graph, ANYWHERE, -EINVAL, eg_dag_kill_all(NULL)) \
	X(eg_dag_kill_all, foreign, FOREIGN, -EPERM,                           \
	  eg_dag_kill_all(bad_theirs.dag))                                     \
	X(eg_dag_running, no_graph, ANYWHERE, -EINVAL, eg_dag_running(NULL))   \
	X(eg_dag_waiting, no_graph, ANYWHERE, -EINVAL, eg_dag_waiting(NULL))   \
	X(eg_dag_waits_for, no_graph, ANYWHERE, -EINVAL,                       \
	  eg_dag_waits_for(NULL, "a", &key, 1))                                \
	X(eg_dag_waits_for, no_key, FIBER | HUB, -EINVAL,                      \
	  eg_dag_waits_for(bad_ours.dag, NULL, &key, 1))                       \
	X(eg_dag_waits_for, unknown, FIBER | HUB, -ENOENT,                     \
	  eg_dag_waits_for(bad_ours.dag, "missing", &key, 1))                  \
	X(eg_dag_get_info, no_graph, ANYWHERE, -EINVAL,                        \
	  eg_dag_get_info(NULL, "a", &info))                                   \
	X(eg_dag_get_info, no_key, FIBER | HUB, -EINVAL,                       \
	  eg_dag_get_info(bad_ours.dag, NULL, &info))                          \
	X(eg_dag_get_info, nowhere, FIBER | HUB, -EINVAL,                      \
	  eg_dag_get_info(bad_ours.dag, "posted", NULL))                       \
	X(eg_dag_get_info, no_size, FIBER | HUB, -EINVAL,                      \
	  eg_dag_get_info(bad_ours.dag, "posted", &no_info))                   \
	X(eg_dag_get_info, unknown, FIBER | HUB, -ENOENT,                      \
	  eg_dag_get_info(bad_ours.dag, "missing", &info))                     \
	X(eg_dag_get, no_graph, ANYWHERE, -EINVAL,                             \
	  eg_dag_get(NULL, "a", &value, EG_FOREVER))                           \
	X(eg_dag_get, no_key, FIBER | HUB, -EINVAL,                            \
	  eg_dag_get(bad_ours.dag, NULL, &value, EG_FOREVER))                  \
	X(eg_dag_get, no_fiber, HUB | LOGGED, -EPERM,                          \
	  eg_dag_get(bad_ours.dag, "posted", &value, EG_FOREVER))              \
	X(eg_dag_get, foreign, FOREIGN, -EPERM,                                \
	  eg_dag_get(bad_theirs.dag, "posted", &value, EG_NOW))                \
	X(eg_dag_wait, no_graph, ANYWHERE, -EINVAL,                            \
	  eg_dag_wait(NULL, NULL, NULL, EG_FOREVER))                           \
	X(eg_dag_wait, no_fiber, HUB | LOGGED, -EPERM,                         \
	  eg_dag_wait(bad_ours.dag, NULL, NULL, EG_FOREVER))                   \
	X(eg_dag_wait, foreign, FOREIGN, -EPERM,                               \
	  eg_dag_wait(bad_theirs.dag, NULL, NULL, EG_NOW))                     \
	X(eg_dag_each_new, nowhere, FIBER | HUB, -EINVAL,                      \
	  eg_dag_each_new(NULL, bad_ours.dag, NULL, 0))                        \
	X(eg_dag_each_new, no_graph, ANYWHERE, -EINVAL,                        \
	  eg_dag_each_new(&made_each, NULL, NULL, 0))                          \
	X(eg_dag_each_new, no_such_flag, FIBER | HUB, -EINVAL,                 \
	  eg_dag_each_new(&made_each, bad_ours.dag, NULL, 4))                  \
	X(eg_dag_each_new, foreign, FOREIGN, -EPERM,                           \
	  eg_dag_each_new(&made_each, bad_theirs.dag, NULL, 0))                \
	X(eg_dag_each_next, no_each, ANYWHERE, -EINVAL,                        \
	  eg_dag_each_next(NULL, &info, EG_FOREVER))                           \
	X(eg_dag_each_next, nowhere, FIBER | HUB, -EINVAL,                     \
	  eg_dag_each_next(bad_ours.dag_each, NULL, EG_FOREVER))               \
	X(eg_dag_each_next, no_size, FIBER | HUB, -EINVAL,                     \
	  eg_dag_each_next(bad_ours.dag_each, &no_info, EG_FOREVER))           \
	X(eg_dag_each_next, no_fiber, HUB | LOGGED, -EPERM,                    \
	  eg_dag_each_next(bad_ours.dag_each, &info, EG_FOREVER))              \
	X(eg_dag_each_next, foreign, FOREIGN, -EPERM,                          \
	  eg_dag_each_next(bad_theirs.dag_each, &info, EG_NOW))                \
	X(eg_dag_each_free, no_each, ANYWHERE, true,                           \
	  eg_dag_each_free(NULL) == NULL)
/* clang-format on */

BAD_TABLE(bad_dag, "dag.h", ROWS)
