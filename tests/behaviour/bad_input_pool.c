/* SPDX-License-Identifier: MIT */
/*
 * Calls of pool.h that make no sense.
 */
#include "bad_input.h"

static eg_pool *made;
static eg_imap *made_imap;
static eg_pile *made_pile;
static eg_result result;
static void *value;
static int error;
static char text[4];

static void *fn(void *arg)
{
	return arg;
}

static int map_fn(void *to, const void *item, void *arg)
{
	(void)to;
	(void)item;
	(void)arg;
	return 0;
}

static int source(void *item, void *arg)
{
	(void)item;
	(void)arg;
	return 0;
}

static eg_map map = { .size = sizeof(map), .fn = map_fn };
static eg_map no_size = { .fn = map_fn };
static eg_map no_fn = { .size = sizeof(map) };
static eg_map no_items = { .size = sizeof(map),
			   .fn = map_fn,
			   .item_bytes = 1,
			   .count = 1 };
static eg_map no_results = { .size = sizeof(map),
			     .fn = map_fn,
			     .result_bytes = 1,
			     .count = 1 };
static eg_map too_many = {
	.size = sizeof(map),
	.fn = map_fn,
	.items = text,
	.item_bytes = 2,
	.count = SIZE_MAX,
};

static const eg_imap_options imap = { .size = sizeof(imap),
				      .source = source,
				      .fn = map_fn };
static const eg_imap_options imap_no_size = { .source = source, .fn = map_fn };
static const eg_imap_options imap_no_source = { .size = sizeof(imap),
						.fn = map_fn };
static const eg_imap_options imap_no_fn = { .size = sizeof(imap),
					    .source = source };
static const eg_imap_options imap_huge = {
	.size = sizeof(imap),
	.source = source,
	.fn = map_fn,
	.item_bytes = (1 << 20) + 1,
};
static const eg_imap_options imap_huge_result = {
	.size = sizeof(imap),
	.source = source,
	.fn = map_fn,
	.result_bytes = SIZE_MAX,
};
static const eg_imap_options imap_flags = { .size = sizeof(imap),
					    .source = source,
					    .fn = map_fn,
					    .flags = 2 };
static const eg_imap_options imap_reserved = { .size = sizeof(imap),
					       .source = source,
					       .fn = map_fn,
					       .reserved = 1 };
static eg_pool_stats small = { .size = sizeof(small) - 1 };
static eg_pool_stats stats = { .size = sizeof(stats) };

/* clang-format off */
#define ROWS(X)                                                                \
	X(eg_pool_new, nowhere, ANYWHERE, -EINVAL, eg_pool_new(NULL, 1))       \
	X(eg_pool_new, negative, ANYWHERE, -EINVAL, eg_pool_new(&made, -1))    \
	X(eg_pool_new, no_hub, OUTSIDE, -EPERM, eg_pool_new(&made, 1))         \
	X(eg_pool_free, no_pool, ANYWHERE, -EINVAL, eg_pool_free(NULL))        \
	X(eg_pool_free, no_fiber, HUB | LOGGED, -EPERM,                        \
	  eg_pool_free(bad_ours.pool))                                         \
	X(eg_pool_free, in_use, FIBER, -EBUSY, eg_pool_free(bad_ours.pool))    \
	X(eg_pool_free, foreign, FOREIGN, -EPERM,                              \
	  eg_pool_free(bad_theirs.pool))                                       \
	X(eg_pool_spawn, no_pool, ANYWHERE, -EINVAL,                           \
	  eg_pool_spawn(NULL, fn, NULL, EG_FOREVER))                           \
	X(eg_pool_spawn, no_fn, FIBER | HUB, -EINVAL,                          \
	  eg_pool_spawn(bad_ours.pool, NULL, NULL, EG_NOW))                    \
	X(eg_pool_spawn, no_fiber, HUB | LOGGED, -EPERM,                       \
	  eg_pool_spawn(bad_ours.pool, fn, NULL, EG_FOREVER))                  \
	X(eg_pool_spawn, full, FIBER | HUB, -ETIMEDOUT,                        \
	  eg_pool_spawn(bad_ours.pool, fn, NULL, EG_NOW))                      \
	X(eg_pool_spawn, foreign, FOREIGN, -EPERM,                             \
	  eg_pool_spawn(bad_theirs.pool, fn, NULL, EG_NOW))                    \
	X(eg_pool_apply, no_pool, ANYWHERE, -EINVAL,                           \
	  eg_pool_apply(NULL, fn, NULL, &value, EG_FOREVER))                   \
	X(eg_pool_apply, no_fn, FIBER | HUB, -EINVAL,                          \
	  eg_pool_apply(bad_ours.pool, NULL, NULL, &value, EG_FOREVER))        \
	X(eg_pool_apply, no_fiber, HUB | LOGGED, -EPERM,                       \
	  eg_pool_apply(bad_ours.pool, fn, NULL, &value, EG_FOREVER))          \
	X(eg_pool_apply, foreign, FOREIGN, -EPERM,                             \
	  eg_pool_apply(bad_theirs.pool, fn, NULL, &value, EG_FOREVER))        \
	X(eg_pool_apply_async, no_pool, ANYWHERE, -EINVAL,                     \
	  eg_pool_apply_async(NULL, fn, NULL, &result))                        \
	X(eg_pool_apply_async, no_fn, FIBER | HUB, -EINVAL,                    \
	  eg_pool_apply_async(bad_ours.pool, NULL, NULL, &result))             \
	X(eg_pool_apply_async, no_result, FIBER | HUB, -EINVAL,                \
	  eg_pool_apply_async(bad_ours.pool, fn, NULL, NULL))                  \
	X(eg_pool_apply_async, foreign, FOREIGN, -EPERM,                       \
	  eg_pool_apply_async(bad_theirs.pool, fn, NULL, &result))             \
	X(eg_pool_wait, no_pool, ANYWHERE, -EINVAL,                            \
	  eg_pool_wait(NULL, EG_FOREVER))                                      \
	X(eg_pool_wait, no_fiber, HUB | LOGGED, -EPERM,                        \
	  eg_pool_wait(bad_ours.pool, EG_NOW))                                 \
	X(eg_pool_wait, foreign, FOREIGN, -EPERM,                              \
	  eg_pool_wait(bad_theirs.pool, EG_NOW))                               \
	X(eg_pool_cancel, no_pool, ANYWHERE, -EINVAL,                          \
	  eg_pool_cancel(NULL, EG_FOREVER))                                    \
	X(eg_pool_cancel, no_fiber, HUB | LOGGED, -EPERM,                      \
	  eg_pool_cancel(bad_ours.pool, EG_NOW))                               \
	X(eg_pool_cancel, foreign, FOREIGN, -EPERM,                            \
	  eg_pool_cancel(bad_theirs.pool, EG_NOW))                             \
	X(eg_pool_resize, no_pool, ANYWHERE, -EINVAL, eg_pool_resize(NULL, 1)) \
	X(eg_pool_resize, negative, FIBER | HUB, -EINVAL,                      \
	  eg_pool_resize(bad_ours.pool, -1))                                   \
	X(eg_pool_resize, foreign, FOREIGN, -EPERM,                            \
	  eg_pool_resize(bad_theirs.pool, 2))                                  \
	X(eg_pool_get_stats, no_pool, ANYWHERE, -EINVAL,                       \
	  eg_pool_get_stats(NULL, &stats))                                     \
	X(eg_pool_get_stats, nowhere, FIBER | HUB, -EINVAL,                    \
	  eg_pool_get_stats(bad_ours.pool, NULL))                              \
	X(eg_pool_get_stats, no_size, FIBER | HUB, -EINVAL,                    \
	  eg_pool_get_stats(bad_ours.pool, &small))                            \
	X(eg_pool_map, no_pool, ANYWHERE, -EINVAL,                             \
	  eg_pool_map(NULL, &map, EG_FOREVER))                                 \
	X(eg_pool_map, no_map, FIBER | HUB, -EINVAL,                           \
	  eg_pool_map(bad_ours.pool, NULL, EG_FOREVER))                        \
	X(eg_pool_map, no_size, FIBER | HUB, -EINVAL,                          \
	  eg_pool_map(bad_ours.pool, &no_size, EG_FOREVER))                    \
	X(eg_pool_map, no_fn, FIBER | HUB, -EINVAL,                            \
	  eg_pool_map(bad_ours.pool, &no_fn, EG_FOREVER))                      \
	X(eg_pool_map, no_items, FIBER | HUB, -EINVAL,                         \
	  eg_pool_map(bad_ours.pool, &no_items, EG_FOREVER))                   \
	X(eg_pool_map, no_results, FIBER | HUB, -EINVAL,                       \
	  eg_pool_map(bad_ours.pool, &no_results, EG_FOREVER))                 \
	X(eg_pool_map, too_many, FIBER | HUB, -EINVAL,                         \
	  eg_pool_map(bad_ours.pool, &too_many, EG_FOREVER))                   \
	X(eg_pool_map, no_fiber, HUB | LOGGED, -EPERM,                         \
	  eg_pool_map(bad_ours.pool, &map, EG_FOREVER))                        \
	X(eg_pool_map, foreign, FOREIGN, -EPERM,                               \
	  eg_pool_map(bad_theirs.pool, &map, EG_FOREVER))                      \
	X(eg_pool_imap, no_pool, ANYWHERE, -EINVAL,                            \
	  eg_pool_imap(NULL, &made_imap, &imap))                               \
	X(eg_pool_imap, nowhere, FIBER | HUB, -EINVAL,                         \
	  eg_pool_imap(bad_ours.pool, NULL, &imap))                            \
	X(eg_pool_imap, no_options, FIBER | HUB, -EINVAL,                      \
	  eg_pool_imap(bad_ours.pool, &made_imap, NULL))                       \
	X(eg_pool_imap, no_size, FIBER | HUB, -EINVAL,                         \
	  eg_pool_imap(bad_ours.pool, &made_imap, &imap_no_size))              \
	X(eg_pool_imap, no_source, FIBER | HUB, -EINVAL,                       \
	  eg_pool_imap(bad_ours.pool, &made_imap, &imap_no_source))            \
	X(eg_pool_imap, no_fn, FIBER | HUB, -EINVAL,                           \
	  eg_pool_imap(bad_ours.pool, &made_imap, &imap_no_fn))                \
	X(eg_pool_imap, huge_item, FIBER | HUB, -EINVAL,                       \
	  eg_pool_imap(bad_ours.pool, &made_imap, &imap_huge))                 \
	X(eg_pool_imap, huge_result, FIBER | HUB, -EINVAL,                     \
	  eg_pool_imap(bad_ours.pool, &made_imap, &imap_huge_result))          \
	X(eg_pool_imap, bad_flags, FIBER | HUB, -EINVAL,                       \
	  eg_pool_imap(bad_ours.pool, &made_imap, &imap_flags))                \
	X(eg_pool_imap, reserved, FIBER | HUB, -EINVAL,                        \
	  eg_pool_imap(bad_ours.pool, &made_imap, &imap_reserved))             \
	X(eg_pool_imap, foreign, FOREIGN, -EPERM,                              \
	  eg_pool_imap(bad_theirs.pool, &made_imap, &imap))                    \
	X(eg_imap_next, no_imap, ANYWHERE, -EINVAL,                            \
	  eg_imap_next(NULL, NULL, &error, EG_FOREVER))                        \
	X(eg_imap_next, no_error, FIBER | HUB, -EINVAL,                        \
	  eg_imap_next(bad_ours.imap, NULL, NULL, EG_FOREVER))                 \
	X(eg_imap_next, no_fiber, HUB | LOGGED, -EPERM,                        \
	  eg_imap_next(bad_ours.imap, NULL, &error, EG_NOW))                   \
	X(eg_imap_next, foreign, FOREIGN, -EPERM,                              \
	  eg_imap_next(bad_theirs.imap, NULL, &error, EG_NOW))                 \
	X(eg_imap_free, no_imap, ANYWHERE, -EINVAL, eg_imap_free(NULL))        \
	X(eg_imap_free, no_fiber, HUB | LOGGED, -EPERM,                        \
	  eg_imap_free(bad_ours.imap))                                         \
	X(eg_imap_free, foreign, FOREIGN, -EPERM,                              \
	  eg_imap_free(bad_theirs.imap))                                       \
	X(eg_pile_new, nowhere, ANYWHERE, -EINVAL, eg_pile_new(NULL, NULL))    \
	X(eg_pile_new, no_fiber, OUTSIDE | HUB, -EPERM,                        \
	  eg_pile_new(&made_pile, NULL))                                       \
	X(eg_pile_new, foreign, FOREIGN, -EPERM,                               \
	  eg_pile_new(&made_pile, bad_theirs.pool))                            \
	X(eg_pile_spawn, no_pile, ANYWHERE, -EINVAL,                           \
	  eg_pile_spawn(NULL, fn, NULL, EG_FOREVER))                           \
	X(eg_pile_spawn, no_fn, FIBER | HUB, -EINVAL,                          \
	  eg_pile_spawn(bad_ours.pile, NULL, NULL, EG_FOREVER))                \
	X(eg_pile_spawn, no_fiber, HUB | LOGGED, -EPERM,                       \
	  eg_pile_spawn(bad_ours.pile, fn, NULL, EG_NOW))                      \
	X(eg_pile_spawn, foreign, FOREIGN, -EPERM,                             \
	  eg_pile_spawn(bad_theirs.pile, fn, NULL, EG_NOW))                    \
	X(eg_pile_next, no_pile, ANYWHERE, -EINVAL,                            \
	  eg_pile_next(NULL, &value, &error, EG_FOREVER))                      \
	X(eg_pile_next, no_error, FIBER | HUB, -EINVAL,                        \
	  eg_pile_next(bad_ours.pile, &value, NULL, EG_FOREVER))               \
	X(eg_pile_next, no_fiber, HUB | LOGGED, -EPERM,                        \
	  eg_pile_next(bad_ours.pile, &value, &error, EG_NOW))                 \
	X(eg_pile_next, foreign, FOREIGN, -EPERM,                              \
	  eg_pile_next(bad_theirs.pile, &value, &error, EG_NOW))               \
	X(eg_pile_free, no_pile, ANYWHERE, -EINVAL, eg_pile_free(NULL))        \
	X(eg_pile_free, no_fiber, HUB | LOGGED, -EPERM,                        \
	  eg_pile_free(bad_ours.pile))                                         \
	X(eg_pile_free, foreign, FOREIGN, -EPERM,                              \
	  eg_pile_free(bad_theirs.pile))
/* clang-format on */

BAD_TABLE(bad_pool, "pool.h", ROWS)
