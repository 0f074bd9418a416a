/* SPDX-License-Identifier: MIT */
/*
 * Contexts: a suspended flow of control, and the switch from one to another.
 * Owns the register save, the first entry and the calls by which sanitizers
 * and valgrind are told about stacks. Knows no scheduler and no fiber.
 */
#ifndef EG_CTX_CTX_H
#define EG_CTX_CTX_H

#include "base/tsan.h"

#include <evergreen/coro.h> /* eg_coro_result */

#include <stddef.h>
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__)
#define EG_CTX_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EG_CTX_ASAN 1
#endif
#endif

/* More than a suspended context needs below its stack pointer, or above. */
enum { EG_CTX_FRAME_MAX = 2048 };

/* Runs on a context's own stack; must never return. */
typedef void eg_ctx_entry(void *arg);
/* Runs between two contexts: the one that was left is not in use any more. */
typedef void eg_ctx_then(void *arg);

/*
 * The registers lie on the suspended stack, so a context is a stack pointer.
 * sp must stay the first field: the assembly stores through it.
 */
struct eg_ctx {
	void *sp; /* valid while suspended */
#ifdef EG_CTX_ASAN
	void *asan_fake_stack;
	const void *asan_lo; /* lowest usable address of this stack */
	size_t asan_bytes;
#endif
#ifdef EG_TSAN
	void *tsan_fiber;
#endif
};

/*
 * In assembly (switch_<cpu>.S) or on ucontext (switch_ucontext.c).
 * Suspends the caller, storing what eg__ctx_swap() needs through @save_sp,
 * and resumes the context whose stored value is @load_sp: there the suspended
 * call returns @value. So a caller that has nothing left to do can be left by a
 * tail call, and resumes in its own caller (decision 0002).
 */
int eg__ctx_swap(void **save_sp, void *load_sp, int value);
/* The same, and @then(@arg) runs on the target's stack before it resumes. */
int eg__ctx_swap_then(void **save_sp, void *load_sp, int value,
		      eg_ctx_then *then, void *arg);

/*
 * The same with a value beside the code, each in a register. The frame is one:
 * what was suspended by a swap of one form may be resumed by another, and lacks
 * only what its own does not return, or was not brought. The type is the public
 * one because a tail call returns what its callee does.
 */
eg_coro_result eg__ctx_swap_pair(void **save_sp, void *load_sp, void *value,
				 int code);
eg_coro_result eg__ctx_swap_pair_then(void **save_sp, void *load_sp,
				      void *value, int code, eg_ctx_then *then,
				      void *arg);

/*
 * Forges below @top the frame of a context that will call @entry(@arg), and
 * returns its stack pointer. Three stores: this is on the way of every spawn.
 */
#if defined(EG_CTX_UCONTEXT)
void *eg__ctx_forge(void *lo, void *top, eg_ctx_entry *entry, void *arg);
#elif defined(__x86_64__)
#include "ctx/frame_x86_64.h"
#elif defined(__aarch64__)
#include "ctx/frame_aarch64.h"
#else
#error "no context switch for this CPU: configure with -Dctx=ucontext"
#endif

/*
 * The same on the stack of a suspended context, below what that may still use.
 * ucontext's stack pointer is a structure somewhere in the last frame.
 */
static inline void *eg__ctx_forge_over(void *sp, eg_ctx_entry *entry, void *arg)
{
	char *top = (char *)((uintptr_t)sp & ~(uintptr_t)63) - EG_CTX_FRAME_MAX;

	return eg__ctx_forge(top - EG_CTX_FRAME_MAX, top, entry, arg);
}

/*
 * eg__ctx_make: makes @c, never run, on [@lo, @top). @top is 16-byte aligned.
 * eg__ctx_adopt: @c stands for the calling OS thread's own stack, so that it
 *	can be left.
 * eg__ctx_done: ends @c's life: releases what the sanitizers hold. Not while
 *	@c runs, unless it is adopted.
 * eg__ctx_entered: first thing on a fresh context's stack; pairs with the
 *	switch into it.
 * eg__ctx_switch: leaves @from for @to, whose pending switch returns @value.
 *	Returns what somebody who switches back passes.
 * eg__ctx_switch_then: the same, with @then(@arg) called in between.
 * eg__ctx_exit: the last switch away from @from: @then may free its stack.
 * eg__ctx_switch_pair, eg__ctx_exit_pair: the same, to a context whose pending
 *	switch returns @code and @value.
 * eg__ctx_make_over: makes @c, never run, on what @below, suspended, leaves free
 *	of its stack. @below is not resumed before @c is done.
 * eg__ctx_stand_on: @c is running, and has moved to the stack of @inner; there
 *	it will be suspended.
 */
#if defined(EG_CTX_ASAN) || defined(EG_TSAN)
void eg__ctx_make(struct eg_ctx *c, void *lo, void *top, eg_ctx_entry *entry,
		  void *arg);
void eg__ctx_adopt(struct eg_ctx *c);
void eg__ctx_done(struct eg_ctx *c);
void eg__ctx_entered(struct eg_ctx *self);
int eg__ctx_switch(struct eg_ctx *from, struct eg_ctx *to, int value);
int eg__ctx_switch_then(struct eg_ctx *from, struct eg_ctx *to, int value,
			eg_ctx_then *then, void *arg);
_Noreturn void eg__ctx_exit(struct eg_ctx *from, struct eg_ctx *to, int value,
			    eg_ctx_then *then, void *arg);
eg_coro_result eg__ctx_switch_pair(struct eg_ctx *from, struct eg_ctx *to,
				   void *value, int code);
_Noreturn void eg__ctx_exit_pair(struct eg_ctx *from, struct eg_ctx *to,
				 void *value, int code, eg_ctx_then *then,
				 void *arg);
void eg__ctx_make_over(struct eg_ctx *c, const struct eg_ctx *below,
		       eg_ctx_entry *entry, void *arg);
void eg__ctx_stand_on(struct eg_ctx *c, const struct eg_ctx *inner);
#else
static inline void eg__ctx_make(struct eg_ctx *c, void *lo, void *top,
				eg_ctx_entry *entry, void *arg)
{
	c->sp = eg__ctx_forge(lo, top, entry, arg);
}

static inline void eg__ctx_adopt(struct eg_ctx *c)
{
	c->sp = NULL;
}

static inline void eg__ctx_done(struct eg_ctx *c)
{
	(void)c;
}

static inline void eg__ctx_entered(struct eg_ctx *self)
{
	(void)self;
}

static inline int eg__ctx_switch(struct eg_ctx *from, struct eg_ctx *to,
				 int value)
{
	return eg__ctx_swap(&from->sp, to->sp, value);
}

static inline int eg__ctx_switch_then(struct eg_ctx *from, struct eg_ctx *to,
				      int value, eg_ctx_then *then, void *arg)
{
	return eg__ctx_swap_then(&from->sp, to->sp, value, then, arg);
}

static inline _Noreturn void eg__ctx_exit(struct eg_ctx *from,
					  struct eg_ctx *to, int value,
					  eg_ctx_then *then, void *arg)
{
	eg__ctx_swap_then(&from->sp, to->sp, value, then, arg);
	__builtin_unreachable();
}

static inline eg_coro_result eg__ctx_switch_pair(struct eg_ctx *from,
						 struct eg_ctx *to, void *value,
						 int code)
{
	return eg__ctx_swap_pair(&from->sp, to->sp, value, code);
}

static inline _Noreturn void eg__ctx_exit_pair(struct eg_ctx *from,
					       struct eg_ctx *to, void *value,
					       int code, eg_ctx_then *then,
					       void *arg)
{
	eg__ctx_swap_pair_then(&from->sp, to->sp, value, code, then, arg);
	__builtin_unreachable();
}

static inline void eg__ctx_make_over(struct eg_ctx *c,
				     const struct eg_ctx *below,
				     eg_ctx_entry *entry, void *arg)
{
	c->sp = eg__ctx_forge_over(below->sp, entry, arg);
}

static inline void eg__ctx_stand_on(struct eg_ctx *c,
				    const struct eg_ctx *inner)
{
	(void)c;
	(void)inner;
}
#endif

/*
 * Floating-point control: MXCSR and the x87 control word, or FPCR. The switch
 * leaves them alone; a fiber that asked for its own has them swapped by these.
 * See docs/decisions/0002-floating-point-control.md.
 */
struct eg_ctx_fp {
	uint64_t word; /* x86-64: MXCSR, the control word << 32; else FPCR */
};
void eg__ctx_fp_save(struct eg_ctx_fp *fp);
void eg__ctx_fp_load(const struct eg_ctx_fp *fp);

#endif
