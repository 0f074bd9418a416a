/* SPDX-License-Identifier: MIT */
/*
 * What entry_x86_64.S offers to C, and the registers that C has no name for.
 */
#ifndef EG_RUN_REGISTERS_H
#define EG_RUN_REGISTERS_H

#include "run/layer.h"

/* Where a trapped context goes on when its site has no stub, with `resume` and
 * eg__run_trap_back pushed below its red zone. */
extern const char eg__run_entry_trap[];
extern const char eg__run_trap_back[];
/* Between these, outside the layer, rcx is where the program goes on and its
 * stack pointer is a red zone higher; at the last one it is restored. */
extern const char eg__run_trap_jump[];
extern const char eg__run_trap_jump_last[];
/* The restorer of the layer's own handlers. */
void eg__run_sigreturn(void);

_Noreturn void eg__run_exit_to(struct eg_run_regs *regs);
int eg__run_saving(int (*fn)(void *arg, int64_t value), void *arg,
		   int64_t value, uint64_t components, size_t bytes);
int64_t eg__run_clone_child(int64_t nr, int64_t a, int64_t b, int64_t c,
			    int64_t d, int64_t e, struct eg_run_regs *regs);
int64_t eg__run_clone_helper(int64_t flags, void *stack_top, int32_t *ret_tid,
			     int32_t *clear_tid, void (*fn)(void *arg),
			     void *arg);

/*
 * A copy of @from for a child that goes on behind the same system call on the
 * stack @sp, where the call returns 0. Lies on that stack.
 */
struct eg_run_regs *eg__run_regs_copy(const struct eg_run_regs *from,
				      uint64_t sp);

static inline uint64_t eg__run_fs_base(void)
{
	uint64_t base;

	__asm__ volatile("rdfsbase %0" : "=r"(base));
	return base;
}

/* The same by the ABI of thread-local storage, where that holds. */
static inline uint64_t eg__run_tls_address(void)
{
	uint64_t address;

	__asm__ volatile("movq %%fs:0, %0" : "=r"(address));
	return address;
}

static inline void eg__run_set_fs_base(uint64_t base)
{
	__asm__ volatile("wrfsbase %0" : : "r"(base) : "memory");
}

static inline void eg__run_set_gs_base(const void *base)
{
	__asm__ volatile("wrgsbase %0" : : "r"(base) : "memory");
}

/* The vector state components that are not in their initial state. */
static inline uint64_t eg__run_components_in_use(void)
{
	uint32_t lo, hi;

	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(1));
	return (uint64_t)hi << 32 | lo;
}

static inline void eg__run_fpu_save(struct eg_run_thread *t)
{
	__asm__ volatile("stmxcsr %0\n\tfnstcw %1"
			 : "=m"(t->mxcsr), "=m"(t->fpu_control));
}

/* Loading is dear, comparing is not: threads seldom differ. */
static inline void eg__run_fpu_restore(const struct eg_run_thread *t)
{
	uint32_t mxcsr;
	uint16_t control;

	__asm__ volatile("stmxcsr %0\n\tfnstcw %1"
			 : "=m"(mxcsr), "=m"(control));
	/* The low six bits are sticky flags, a thread's own all the same. */
	if (eg_unlikely(mxcsr != t->mxcsr))
		__asm__ volatile("ldmxcsr %0" : : "m"(t->mxcsr));
	if (eg_unlikely(control != t->fpu_control))
		__asm__ volatile("fldcw %0" : : "m"(t->fpu_control));
}

#endif
