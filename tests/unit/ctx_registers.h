/* SPDX-License-Identifier: MIT */
/*
 * A swap with chosen values in every callee-saved register, in assembly:
 * ctx_registers_<cpu>.S. For ctx_registers.c and ctx_unwind.c.
 */
#ifndef CTX_REGISTERS_H
#define CTX_REGISTERS_H

#include "ctx/ctx.h"

#if defined(__x86_64__)
enum { CTX_REGISTERS = 6 }; /* rbx rbp r12 .. r15 */
#elif defined(__aarch64__)
enum { CTX_REGISTERS = 19 }; /* x19 .. x29, d8 .. d15 */
#endif

/*
 * eg__ctx_swap(@save_sp, @load_sp), or eg__ctx_swap_then() if @then is not
 * NULL, with @in in the registers. @ret_out: what they hold when it returns.
 */
typedef void ctx_swap_fn(void **save_sp, void *load_sp, const uint64_t *in,
			 uint64_t *ret_out, eg_ctx_then *then, void *arg);
ctx_swap_fn ctx_swap_with;
/* The same with eg__ctx_swap_pair() and eg__ctx_swap_pair_then(). */
ctx_swap_fn ctx_swap_pair_with;

#endif
