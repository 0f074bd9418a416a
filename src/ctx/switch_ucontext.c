/* SPDX-License-Identifier: MIT */
/*
 * The switch on ucontext, for a CPU without assembly and as the reference that
 * tests compare against. Calls libc and saves the signal mask, so it is slow:
 * docs/decisions/0002-floating-point-control.md has the figures.
 */
#include "ctx/ctx.h"

#include <ucontext.h>

/* On the suspended stack; a context's sp points here. */
struct suspended {
	ucontext_t registers;
	/*
	 * ucontext restores the floating-point control words of the target.
	 * The contract is that they stay as they are, so whoever leaves hands
	 * its own over.
	 */
	struct eg_ctx_fp fp;
	eg_ctx_entry *entry; /* of a context that never ran */
	void *arg;
	eg_coro_result brought; /* what its pending swap returns */
	eg_ctx_then *then;	/* to be called on its stack first, or NULL */
	void *then_arg;
};

static void arrive(struct suspended *self)
{
	eg__ctx_fp_load(&self->fp);
	if (self->then)
		self->then(self->then_arg);
}

eg_coro_result eg__ctx_swap_pair_then(void **save_sp, void *load_sp,
				      void *value, int code, eg_ctx_then *then,
				      void *arg)
{
	struct suspended *to = load_sp;
	struct suspended self;

	*save_sp = &self;
	eg__ctx_fp_save(&to->fp);
	to->brought = (eg_coro_result){ code, value };
	to->then = then;
	to->then_arg = arg;
	/* Fails only for want of a stack, which eg__ctx_forge() has given. */
	(void)swapcontext(&self.registers, &to->registers);
	arrive(&self);
	return self.brought;
}

eg_coro_result eg__ctx_swap_pair(void **save_sp, void *load_sp, void *value,
				 int code)
{
	return eg__ctx_swap_pair_then(save_sp, load_sp, value, code, NULL,
				      NULL);
}

int eg__ctx_swap_then(void **save_sp, void *load_sp, int value,
		      eg_ctx_then *then, void *arg)
{
	return eg__ctx_swap_pair_then(save_sp, load_sp, NULL, value, then, arg)
		.code;
}

int eg__ctx_swap(void **save_sp, void *load_sp, int value)
{
	return eg__ctx_swap_then(save_sp, load_sp, value, NULL, NULL);
}

/* makecontext() passes ints alone, so a pointer comes in two halves. */
static void start(unsigned low, unsigned high)
{
	uintptr_t address = (uintptr_t)((uint64_t)high << 32 | low);
	struct suspended *self = (struct suspended *)address;

	arrive(self);
	self->entry(self->arg);
	__builtin_trap();
}

void *eg__ctx_forge(void *lo, void *top, eg_ctx_entry *entry, void *arg)
{
	uintptr_t at = ((uintptr_t)top - sizeof(struct suspended)) & ~63UL;
	struct suspended *self = (struct suspended *)at;
	uint64_t address = at;

	(void)getcontext(&self->registers);
	self->registers.uc_stack.ss_sp = lo;
	self->registers.uc_stack.ss_size = at - (uintptr_t)lo;
	self->registers.uc_link = NULL;
	self->entry = entry;
	self->arg = arg;
	makecontext(&self->registers, (void (*)(void))(uintptr_t)start, 2,
		    (unsigned)address, (unsigned)(address >> 32));
	return self;
}
