/* SPDX-License-Identifier: MIT */
/*
 * Coroutines: stacks that hand the thread to each other by name. No scheduler
 * is between them and none is needed: they work on any OS thread, and inside a
 * fiber. For what waits, see fiber.h.
 */
#ifndef EVERGREEN_CORO_H
#define EVERGREEN_CORO_H

#include <evergreen/version.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A coroutine. Every OS thread has a main one, on its own stack, and so has
 * every fiber; the others are made by eg_coro_new(3). One of them runs. They
 * form a tree: when one ends, its parent runs.
 *
 * Coroutines of different threads, or of different fibers, do not mix. While a
 * coroutine of a fiber waits, in eg_sleep(3) for example, the fiber waits.
 */
typedef struct eg_coro eg_coro;

/**
 * What one coroutine brings to another: @code 0 and a value, or a negative
 * errno and what goes with the error, its payload. A call that fails by itself
 * has no payload: NULL.
 *
 * Other calls of this library return the code, and write the result through a
 * pointer. This pair is returned in two registers: a switch costs so little
 * that to pass the value through memory would add a quarter to it.
 */
typedef struct eg_coro_result {
	int code;
	void *value;
} eg_coro_result;

/**
 * What a coroutine runs. @value is what the first eg_coro_switch(3) brings.
 *
 * What it returns, the parent's pending switch returns. A negative errno is an
 * error that nobody handled; but -ECANCELED is how a coroutine is asked to end,
 * so that has worked: it becomes 0, and the payload is the value.
 */
typedef eg_coro_result eg_coro_fn(void *value);

/** How a coroutine is made. Start from EG_CORO_INIT. */
typedef struct eg_coro_options {
	size_t size;	    /* sizeof(eg_coro_options) */
	eg_coro *parent;    /* a reference is taken; NULL: the one that runs */
	const char *name;   /* for messages; 23 bytes are copied; NULL: none */
	size_t stack_bytes; /* usable stack, at least; 0: 56 KiB */
	void *data;	    /* see eg_coro_data(3) */
} eg_coro_options;

#define EG_CORO_INIT { sizeof(eg_coro_options), NULL, NULL, 0, NULL }

/**
 * eg_coro_new - make a coroutine
 * @ret_coro: set to it, with a reference for eg_coro_unref(3)
 * @fn: what it runs; NULL: to be set by eg_coro_set_fn(3)
 * @options: parent, stack, name and data; NULL for none
 *
 * Nothing runs, and there is no stack, until something is switched to it
 * (semantics GL-01).
 *
 * Return: 0, or
 *   -EINVAL  @ret_coro is NULL, or an option makes no sense
 *   -EPERM   the parent belongs to another thread or fiber
 *   -ENOMEM  no memory
 * Thread safety: any thread; it belongs to the caller's, or to the caller's
 * fiber. Since: 0.1. See: eg_coro_switch(3)
 */
EG_API int eg_coro_new(eg_coro **ret_coro, eg_coro_fn *fn,
		       const eg_coro_options *options);

/**
 * eg_coro_ref - take another reference
 * @coro: a coroutine, or NULL
 *
 * Return: @coro.
 * Thread safety: any thread. Since: 0.1.
 */
EG_API eg_coro *eg_coro_ref(eg_coro *coro);

/**
 * eg_coro_unref - give a reference back
 * @coro: a coroutine, or NULL
 *
 * May switch. A coroutine also has a reference to its parent. If this was the
 * last one to a coroutine that is suspended, -ECANCELED is thrown into it, with
 * the caller for its parent, so that it releases what it holds (GL-20). If it
 * goes on instead of ending, the log says so and it is leaked.
 *
 * The coroutine that runs ends so when it next switches away, before its target
 * goes on. On another thread or fiber this is put off to the next
 * eg_coro_new(3), eg_coro_switch(3), eg_coro_throw(3) or eg_coro_unref(3) where
 * the coroutine belongs (GL-21). If its thread has ended, the stack is dropped
 * as it is.
 *
 * Return: NULL.
 * Thread safety: any thread. Since: 0.1.
 */
EG_API eg_coro *eg_coro_unref(eg_coro *coro);

/**
 * eg_coro_self - the coroutine that runs
 *
 * Return: it, without a reference; NULL if there is no memory for the main one,
 * which is made by the first call that needs it.
 * Thread safety: any thread. Since: 0.1. See: eg_coro_main(3)
 */
EG_API eg_coro *eg_coro_self(void);

/**
 * eg_coro_main - the main coroutine of this thread, or of this fiber
 *
 * It is made by the first call that needs it, and never dead before its thread
 * or fiber ends (semantics GL-15).
 *
 * Return: it, without a reference; NULL if there is no memory for it.
 * Thread safety: any thread. Since: 0.1. See: eg_coro_self(3)
 */
EG_API eg_coro *eg_coro_main(void);

/**
 * eg_coro_parent - who runs when a coroutine ends
 * @coro: a coroutine
 *
 * Return: the parent, without a reference; NULL for a main one, and for NULL.
 * Thread safety: @coro's thread. Since: 0.1. See: eg_coro_set_parent(3)
 */
EG_API eg_coro *eg_coro_parent(const eg_coro *coro);

/**
 * eg_coro_set_parent - decide who runs when a coroutine ends
 * @coro: a coroutine, but no main one
 * @parent: its new parent; a reference is taken
 *
 * Return: 0, or
 *   -EINVAL  @coro or @parent is NULL
 *   -ELOOP   @coro is @parent, or above it
 *   -EPERM   @coro is a main coroutine, or one of the two belongs to another
 *            thread or fiber
 * Thread safety: @coro's thread. Since: 0.1. See: eg_coro_parent(3)
 */
EG_API int eg_coro_set_parent(eg_coro *coro, eg_coro *parent);

/**
 * eg_coro_set_fn - decide what a coroutine runs
 * @coro: a coroutine that has not started
 * @fn: what it shall run; not NULL
 *
 * Return: 0, or
 *   -EINVAL  @coro or @fn is NULL
 *   -EPERM   @coro has started, or belongs to another thread or fiber
 * Thread safety: @coro's thread. Since: 0.1. See: eg_coro_new(3)
 */
EG_API int eg_coro_set_fn(eg_coro *coro, eg_coro_fn *fn);

/**
 * eg_coro_is_started - whether a coroutine has ever been run
 * @coro: a coroutine, or NULL
 *
 * Return: true for one that runs, is suspended or is dead.
 * Thread safety: @coro's thread. Since: 0.1.
 */
EG_API bool eg_coro_is_started(const eg_coro *coro);

/**
 * eg_coro_is_active - whether a coroutine has started, and not ended
 * @coro: a coroutine, or NULL
 *
 * Return: true for one that runs or is suspended.
 * Thread safety: @coro's thread. Since: 0.1.
 */
EG_API bool eg_coro_is_active(const eg_coro *coro);

/**
 * eg_coro_is_dead - whether a coroutine has ended
 * @coro: a coroutine, or NULL
 *
 * Return: true if it has; false for one that has not started.
 * Thread safety: @coro's thread. Since: 0.1.
 */
EG_API bool eg_coro_is_dead(const eg_coro *coro);

/**
 * eg_coro_data - the pointer that goes with a coroutine
 * @coro: a coroutine, or NULL
 *
 * Return: what was set last, or NULL.
 * Thread safety: @coro's thread. Since: 0.1. See: eg_coro_set_data(3)
 */
EG_API void *eg_coro_data(const eg_coro *coro);

/**
 * eg_coro_set_data - let a pointer go with a coroutine
 * @coro: a coroutine
 * @data: whatever it is to the caller
 *
 * Return: 0, or
 *   -EINVAL  @coro is NULL
 * Thread safety: @coro's thread. Since: 0.1. See: eg_coro_data(3)
 */
EG_API int eg_coro_set_data(eg_coro *coro, void *data);

/**
 * eg_coro_switch - hand the thread, and a value, to a coroutine
 * @to: who runs now: from the beginning, or returning from its own switch
 * @value: what it is given
 *
 * Switches. To itself, it returns at once with @value (GL-04). To a dead
 * coroutine, it goes to the first ancestor that is not (GL-05).
 *
 * Return: 0 and the value that the caller is given when somebody switches to
 * it, or
 *   -EINVAL  @to is NULL, or has nothing to run
 *   -EPERM   @to belongs to another thread or fiber
 *   -ENOMEM  no memory for a stack
 *   -ECANCELED  @to has not started, and the thread or fiber is ending; or it
 *               was thrown: the caller is to clean up and end
 *   -EINTR   the caller was waiting for a generator: see eg_gen_next(3)
 *   and what eg_coro_throw(3), or a coroutine that ended with an error, throws
 *   into the caller, with its payload
 * Thread safety: @to's thread. Since: 0.1. See: eg_coro_throw(3)
 */
EG_API eg_coro_result eg_coro_switch(eg_coro *to, void *value);

/**
 * eg_coro_throw - raise an error in a coroutine
 * @to: who runs now; its pending switch returns @error
 * @error: a negative errno; -ECANCELED asks it to end
 * @payload: what it returns beside it
 *
 * Switches. Into itself, it returns both at once. One that has not started is
 * dead then, without having run, and its parent gets the error. In place of a
 * dead one, the first ancestor that is not gets it. On this way up, -ECANCELED
 * becomes a switch with the value @payload (semantics GL-10 to GL-13).
 *
 * Return: as eg_coro_switch(3), and
 *   -EINVAL  @to is NULL, or @error is no negative errno; nothing was switched
 * Thread safety: @to's thread. Since: 0.1. See: eg_coro_switch(3)
 */
EG_API eg_coro_result eg_coro_throw(eg_coro *to, int error, void *payload);

/** What a trace callback is told of. */
enum eg_coro_event {
	EG_CORO_SWITCHED, /* a value was brought; also at the first start */
	EG_CORO_THREW,	  /* an error was */
};

/**
 * Runs in @target, after each switch: @origin is who was left, and may be dead.
 * Its own switches are not traced. A negative errno removes the callback, and
 * @target gets this error in place of what was brought.
 */
typedef int eg_coro_trace_fn(enum eg_coro_event event, eg_coro *origin,
			     eg_coro *target, void *arg);

/**
 * eg_coro_set_trace - be told of each switch of this thread
 * @fn: what to call; NULL: nothing any more
 * @arg: passed to @fn
 * @ret_fn: set to what was called before; may be NULL
 * @ret_arg: set to its argument; may be NULL
 *
 * Return: 0, or
 *   -ENOMEM  no memory
 * Thread safety: any thread, for itself. Since: 0.1.
 */
EG_API int eg_coro_set_trace(eg_coro_trace_fn *fn, void *arg,
			     eg_coro_trace_fn **ret_fn, void **ret_arg);

/**
 * A generator: a coroutine that gives its values one by one to whoever asks for
 * the next. Generators may ask each other, to any depth.
 */
typedef struct eg_gen eg_gen;

/**
 * What a generator runs: it gives values by eg_gen_yield(3), from any depth of
 * calls, and returns 0 at the end, or a negative errno.
 */
typedef int eg_gen_fn(void *arg);

/**
 * eg_gen_new - make a generator
 * @ret_gen: set to it, to be given to eg_gen_free(3)
 * @fn: what it runs
 * @arg: passed to @fn
 * @options: parent, stack, name and data, as for eg_coro_new(3); NULL for none
 *
 * Return: 0, or
 *   -EINVAL  @ret_gen or @fn is NULL, or an option makes no sense
 *   -EPERM   the parent belongs to another thread or fiber
 *   -ENOMEM  no memory
 * Thread safety: any thread; it belongs to the caller's, or to the caller's
 * fiber. Since: 0.1. See: eg_gen_next(3)
 */
EG_API int eg_gen_new(eg_gen **ret_gen, eg_gen_fn *fn, void *arg,
		      const eg_coro_options *options);

/**
 * eg_gen_next - take a generator's next value
 * @gen: a generator
 *
 * Switches.
 *
 * Return: 1 and the value; 0 at the end, and at each call after it; or
 *   -EINVAL  @gen is NULL
 *   -EPERM   @gen belongs to another thread or fiber
 *   -EBUSY   @gen is already working on somebody's next value
 *   -ENOMEM  no memory for a stack
 *   -EINTR   somebody switched to the caller meanwhile: the payload is the
 *            value that was brought, and what @gen gives next, nobody gets
 *   and what @gen returned, or was thrown into the caller
 * Thread safety: @gen's thread. Since: 0.1. See: eg_gen_yield(3)
 */
EG_API eg_coro_result eg_gen_next(eg_gen *gen);

/**
 * eg_gen_yield - give a value to who asked for the next
 * @value: the value
 *
 * Switches. Returns when the next value is asked for.
 *
 * Return: 0, or
 *   -ECANCELED  no more values are wanted: the generator is to end
 *   -EPERM      not called in a generator, or nobody waits for a value
 *   and what was thrown into the caller, with its payload
 * Thread safety: any thread. Since: 0.1. See: eg_gen_next(3)
 */
EG_API eg_coro_result eg_gen_yield(void *value);

/**
 * eg_gen_cancel - end a generator early
 * @gen: a generator; one that has ended is left alone
 *
 * Switches. Its eg_gen_yield(3) returns -ECANCELED, so that it releases what it
 * holds and ends. One that has not started never will.
 *
 * Return: 0, or
 *   -EINVAL  @gen is NULL
 *   -EPERM   @gen belongs to another thread or fiber
 *   -EBUSY   @gen is working on somebody's next value
 *   -EAGAIN  it went on instead of ending
 *   -ENOMEM  no memory
 *   and any other error with which it ended
 * Thread safety: @gen's thread. Since: 0.1. See: eg_gen_free(3)
 */
EG_API int eg_gen_cancel(eg_gen *gen);

/**
 * eg_gen_free - give a generator up
 * @gen: a generator, or NULL
 *
 * May switch. -ECANCELED is thrown into one that is suspended, whoever else has
 * references to it; the rest is as for eg_coro_unref(3).
 *
 * Return: NULL.
 * Thread safety: any thread. Since: 0.1. See: eg_gen_cancel(3)
 */
EG_API eg_gen *eg_gen_free(eg_gen *gen);

#ifdef __cplusplus
}
#endif
#endif
