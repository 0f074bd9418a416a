/* SPDX-License-Identifier: MIT */
/*
 * Calls of coro.h that make no sense.
 */
#include "bad_input.h"

static eg_coro *coro;
static eg_gen *gen;
static const eg_coro_options no_size;
static const eg_coro_options huge_stack = { .size = sizeof(huge_stack),
					    .stack_bytes = SIZE_MAX };

static eg_coro_result ends(void *value)
{
	return (eg_coro_result){ .value = value };
}

static int ends_at_once(void *arg)
{
	(void)arg;
	return 0;
}

#define ROWS(X)                                                                \
	X(eg_coro_new, no_result, ANYWHERE, -EINVAL,                           \
	  eg_coro_new(NULL, ends, NULL))                                       \
	X(eg_coro_new, options_not_initialised, ANYWHERE, -EINVAL,             \
	  eg_coro_new(&coro, ends, &no_size))                                  \
	X(eg_coro_new, stack_too_large, ANYWHERE, -EINVAL,                     \
	  eg_coro_new(&coro, ends, &huge_stack))                               \
	X(eg_coro_ref, none, ANYWHERE, 0, eg_coro_ref(NULL))                   \
	X(eg_coro_unref, none, ANYWHERE, 0, eg_coro_unref(NULL))               \
	X(eg_coro_self, outside_too, ANYWHERE, true, eg_coro_self() != NULL)   \
	X(eg_coro_main, outside_too, ANYWHERE, true,                           \
	  eg_coro_main() == eg_coro_self())                                    \
	X(eg_coro_parent, none, ANYWHERE, 0, eg_coro_parent(NULL))             \
	X(eg_coro_parent, of_main, ANYWHERE, 0,                                \
	  eg_coro_parent(eg_coro_main()))                                      \
	X(eg_coro_set_parent, no_coro, ANYWHERE, -EINVAL,                      \
	  eg_coro_set_parent(NULL, eg_coro_main()))                            \
	X(eg_coro_set_parent, no_parent, ANYWHERE, -EINVAL,                    \
	  eg_coro_set_parent(eg_coro_main(), NULL))                            \
	X(eg_coro_set_parent, of_main, ANYWHERE, -EPERM,                       \
	  eg_coro_set_parent(eg_coro_main(), eg_coro_main()))                  \
	X(eg_coro_set_fn, no_coro, ANYWHERE, -EINVAL,                          \
	  eg_coro_set_fn(NULL, ends))                                          \
	X(eg_coro_set_fn, no_function, ANYWHERE, -EINVAL,                      \
	  eg_coro_set_fn(eg_coro_main(), NULL))                                \
	X(eg_coro_set_fn, of_main, ANYWHERE, -EPERM,                           \
	  eg_coro_set_fn(eg_coro_main(), ends))                                \
	X(eg_coro_is_started, none, ANYWHERE, false, eg_coro_is_started(NULL)) \
	X(eg_coro_is_active, none, ANYWHERE, false, eg_coro_is_active(NULL))   \
	X(eg_coro_is_dead, none, ANYWHERE, false, eg_coro_is_dead(NULL))       \
	X(eg_coro_data, none, ANYWHERE, 0, eg_coro_data(NULL))                 \
	X(eg_coro_set_data, none, ANYWHERE, -EINVAL,                           \
	  eg_coro_set_data(NULL, NULL))                                        \
	X(eg_coro_switch, none, ANYWHERE, -EINVAL,                             \
	  eg_coro_switch(NULL, NULL).code)                                     \
	X(eg_coro_throw, none, ANYWHERE, -EINVAL,                              \
	  eg_coro_throw(NULL, -EDOM, NULL).code)                               \
	X(eg_coro_throw, no_error, ANYWHERE, -EINVAL,                          \
	  eg_coro_throw(eg_coro_main(), 0, NULL).code)                         \
	X(eg_coro_throw, positive, ANYWHERE, -EINVAL,                          \
	  eg_coro_throw(eg_coro_main(), EDOM, NULL).code)                      \
	X(eg_coro_throw, smallest, ANYWHERE, -EINVAL,                          \
	  eg_coro_throw(eg_coro_main(), INT_MIN, NULL).code)                   \
	X(eg_coro_set_trace, nowhere_to_tell, ANYWHERE, 0,                     \
	  eg_coro_set_trace(NULL, NULL, NULL, NULL))                           \
	X(eg_gen_new, no_result, ANYWHERE, -EINVAL,                            \
	  eg_gen_new(NULL, ends_at_once, NULL, NULL))                          \
	X(eg_gen_new, no_function, ANYWHERE, -EINVAL,                          \
	  eg_gen_new(&gen, NULL, NULL, NULL))                                  \
	X(eg_gen_new, options_not_initialised, ANYWHERE, -EINVAL,              \
	  eg_gen_new(&gen, ends_at_once, NULL, &no_size))                      \
	X(eg_gen_next, none, ANYWHERE, -EINVAL, eg_gen_next(NULL).code)        \
	X(eg_gen_yield, no_generator, ANYWHERE, -EPERM,                        \
	  eg_gen_yield(NULL).code)                                             \
	X(eg_gen_cancel, none, ANYWHERE, -EINVAL, eg_gen_cancel(NULL))         \
	X(eg_gen_free, none, ANYWHERE, 0, eg_gen_free(NULL))

BAD_TABLE(bad_coro, "coro.h", ROWS)
