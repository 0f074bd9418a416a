/* SPDX-License-Identifier: MIT */
/*
 * The frame of the program's handler, as the kernel would push it, and the way
 * back from it. Knows the layouts; decides nothing.
 */
#include "run/patch.h"
#include "run/signal_state.h"

#include "base/mem.h"
#include "run/user_memory.h"

#include <errno.h>

#define KERNEL_SA_RESTORER 0x04000000ul
#define XSTATE_MAGIC 0x46505853u /* FP_XSTATE_MAGIC1 */

enum {
	FLAG_TRAP = 1 << 8,
	FLAG_DIRECTION = 1 << 10,
	FLAG_RESUME = 1 << 16,
	ALT_STACK_MIN = 2048, /* the kernel's MINSIGSTKSZ */
	FXSAVE_BYTES = 512,
	FXSAVE_CONTROL = 0, /* offsets in the legacy area */
	FXSAVE_MXCSR = 24,
	FXSAVE_SOFTWARE = 464,
	XSAVE_COMPONENTS = 512, /* offset: those that are not initial */
	X87_CONTROL_INITIAL = 0x37f,
	MXCSR_INITIAL = 0x1f80,
};

/* The rights of protection keys are not reset: their initial value is that all
 * is allowed. */
#define XSTATE_KEYS (UINT64_C(1) << 9)

/* The head of ucontext_t: what the kernel knows of it. */
struct context {
	uint64_t flags;
	uint64_t link;
	stack_t stack;
	uint64_t gregs[NGREG];
	uint64_t fpregs;
	uint64_t reserved[8];
	uint64_t mask;
};

_Static_assert(sizeof(struct context) == 304, "struct ucontext");
_Static_assert(offsetof(struct context, mask) ==
		       offsetof(ucontext_t, uc_sigmask),
	       "the C library's ucontext_t begins with the kernel's");

struct frame {
	uint64_t restorer; /* the handler returns there */
	struct context context;
	siginfo_t info;
};

_Static_assert(sizeof(struct frame) == 440, "struct rt_sigframe");

/* struct _fpx_sw_bytes */
struct software {
	uint32_t magic;
	uint32_t bytes; /* with the second magic word, at the end */
	uint64_t components;
	uint32_t xstate_bytes;
	uint32_t padding[7];
};

/* How many bytes of vector state lie at @fp, as a frame's. */
static uint32_t vector_bytes(const struct software *s)
{
	return s->magic == XSTATE_MAGIC ? s->bytes : FXSAVE_BYTES;
}

/* A handler begins with the vector state that a program begins with. */
static void reset_vector_state(char *fp)
{
	uint16_t control = X87_CONTROL_INITIAL;
	uint32_t mxcsr = MXCSR_INITIAL;
	uint64_t components;

	eg__memcpy(fp + FXSAVE_CONTROL, &control, sizeof(control));
	eg__memcpy(fp + FXSAVE_MXCSR, &mxcsr, sizeof(mxcsr));
	eg__memcpy(&components, fp + XSAVE_COMPONENTS, sizeof(components));
	components &= XSTATE_KEYS;
	eg__memcpy(fp + XSAVE_COMPONENTS, &components, sizeof(components));
}

/* The alternate stack */

static bool is_on(const stack_t *s, uint64_t sp)
{
	uint64_t lo = (uint64_t)s->ss_sp;

	return !(s->ss_flags & EG_RUN_SS_AUTODISARM) && sp > lo &&
	       sp - lo <= s->ss_size;
}

static void disarm(stack_t *s)
{
	*s = (stack_t){ .ss_flags = SS_DISABLE };
}

static int set_alt_stack(stack_t *to, const stack_t *s, uint64_t sp)
{
	int mode = s->ss_flags & ~EG_RUN_SS_AUTODISARM;

	if (is_on(to, sp))
		return -EPERM;
	if (mode != 0 && mode != SS_ONSTACK && mode != SS_DISABLE)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		disarm(to);
		to->ss_flags = s->ss_flags;
		return 0;
	}
	if (s->ss_size < ALT_STACK_MIN)
		return -ENOMEM;
	*to = *s;
	return 0;
}

int64_t eg__run_call_sigaltstack(struct eg_run_call *c)
{
	struct eg_run_thread *t = eg__run_self();
	uint64_t sp = eg__run_regs_sp(eg__run_regs_of(c));
	stack_t old = t->alt_stack;
	stack_t new;
	int r;

	old.ss_flags &= EG_RUN_SS_AUTODISARM;
	if (!old.ss_size)
		old.ss_flags |= SS_DISABLE;
	else if (is_on(&t->alt_stack, sp))
		old.ss_flags |= SS_ONSTACK;
	if (c->a[0]) {
		if (eg__run_copy_in(&new, (void *)c->a[0], sizeof(new)) < 0)
			return -EFAULT;
		r = set_alt_stack(&t->alt_stack, &new, sp);
		if (r < 0)
			return r;
	}
	if (c->a[1] && eg__run_copy_out((void *)c->a[1], &old, sizeof(old)) < 0)
		return -EFAULT;
	return 0;
}

/* Pushing */

/* Where frame and vector state go; 0: they do not fit on the stack. */
static uint64_t place(const stack_t *alt, uint64_t sp, uint32_t fp_bytes,
		      bool wants_alt, uint64_t *ret_fp)
{
	bool is_nested = alt->ss_size && is_on(alt, sp);
	bool enters = wants_alt && alt->ss_size && !is_nested;

	sp -= EG_RUN_RED_ZONE;
	if (enters)
		sp = (uint64_t)alt->ss_sp + alt->ss_size;
	*ret_fp = (sp - fp_bytes) & ~UINT64_C(63);
	sp = ((*ret_fp - sizeof(struct frame)) & ~UINT64_C(15)) - 8;
	if ((is_nested || enters) && (sp <= (uint64_t)alt->ss_sp ||
				      sp - (uint64_t)alt->ss_sp > alt->ss_size))
		return 0;
	return sp;
}

static void fill(struct frame *f, const struct eg_run_thread *t,
		 const ucontext_t *uc, const siginfo_t *info)
{
	eg__memcpy(&f->context, uc, sizeof(f->context));
	f->context.link = 0;
	f->context.stack = t->alt_stack;
	f->context.mask = t->has_saved_mask ? t->saved_mask : t->mask;
	f->context.gregs[REG_OLDMASK] = f->context.mask;
	f->info = *info;
}

static void enter_handler(ucontext_t *uc, uint64_t at, int signal,
			  const struct eg_kernel_sigaction *action)
{
	greg_t *regs = uc->uc_mcontext.gregs;
	uint64_t info = at + offsetof(struct frame, info);
	uint64_t context = at + offsetof(struct frame, context);

	regs[REG_RDI] = signal;
	regs[REG_RSI] = (greg_t)info;
	regs[REG_RDX] = (greg_t)context;
	regs[REG_RAX] = 0;
	regs[REG_RIP] = (greg_t)action->handler;
	regs[REG_RSP] = (greg_t)at;
	regs[REG_EFL] &= ~(greg_t)(FLAG_TRAP | FLAG_DIRECTION | FLAG_RESUME);
}

int eg__run_frame_push(struct eg_run_thread *t, ucontext_t *uc,
		       const siginfo_t *info,
		       const struct eg_kernel_sigaction *action)
{
	char *fp = (char *)uc->uc_mcontext.fpregs;
	uint64_t sp = (uint64_t)uc->uc_mcontext.gregs[REG_RSP];
	uint32_t fp_bytes = vector_bytes((void *)(fp + FXSAVE_SOFTWARE));
	uint64_t at, fp_at;
	struct frame f;

	at = place(&t->alt_stack, sp, fp_bytes,
		   action->flags & (unsigned long)SA_ONSTACK, &fp_at);
	if (!at || !(action->flags & KERNEL_SA_RESTORER))
		return -EFAULT;
	fill(&f, t, uc, info);
	f.restorer = (uint64_t)action->restorer;
	f.context.fpregs = fp_at;
	if (eg__run_copy_out((void *)fp_at, fp, fp_bytes) < 0 ||
	    eg__run_copy_out((void *)at, &f, sizeof(f)) < 0)
		return -EFAULT;
	if (t->alt_stack.ss_flags & EG_RUN_SS_AUTODISARM)
		disarm(&t->alt_stack);
	reset_vector_state(fp);
	enter_handler(uc, at, info->si_signo, action);
	return 0;
}

/* Returning */

/* From the program's frame into the kernel's, so that a frame pushed before the
 * return may lie where it was. False: it is of another size. */
static int take_vector_state(ucontext_t *uc, uint64_t from, bool *ret_is_taken)
{
	char *to = (char *)uc->uc_mcontext.fpregs;
	uint32_t bytes = vector_bytes((void *)(to + FXSAVE_SOFTWARE));
	struct software s;

	*ret_is_taken = false;
	if (!from) {
		reset_vector_state(to);
		*ret_is_taken = true;
		return 0;
	}
	if (eg__run_copy_in(&s, (void *)(from + FXSAVE_SOFTWARE), sizeof(s)) <
	    0)
		return -EFAULT;
	if (vector_bytes(&s) != bytes) {
		uc->uc_mcontext.fpregs = (void *)from;
		return 0;
	}
	*ret_is_taken = true;
	return eg__run_copy_in(to, (void *)from, bytes);
}

int eg__run_frame_return(struct eg_run_thread *t, ucontext_t *uc,
			 bool *ret_may_push)
{
	/* The handler's return has popped the restorer's address. */
	uint64_t at = (uint64_t)uc->uc_mcontext.gregs[REG_RSP] - 8;
	struct context c;

	if (eg__run_copy_in(&c, (void *)(at + offsetof(struct frame, context)),
			    sizeof(c)) < 0 ||
	    take_vector_state(uc, c.fpregs, ret_may_push) < 0)
		return -EFAULT;
	uc->uc_flags = c.flags;
	eg__memcpy(uc->uc_mcontext.gregs, c.gregs, sizeof(c.gregs));
	/* The handler may have made the call that this was about to return
	 * from, so that its site is a jump by now. */
	uc->uc_mcontext.gregs[REG_RIP] =
		(greg_t)eg__run_patch_moved((uint64_t)c.gregs[REG_RIP]);
	eg__run_mask_change(t, c.mask);
	/* As the kernel, which forgives all but a bad address. */
	set_alt_stack(&t->alt_stack, &c.stack, c.gregs[REG_RSP]);
	return 0;
}
