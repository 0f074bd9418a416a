/* SPDX-License-Identifier: MIT */
/*
 * int eg__ctx_swap(void **save_sp, void *load_sp, int value)
 * int eg__ctx_swap_then(void **save_sp, void *load_sp, int value,
 *			 void (*then)(void *), void *arg)
 * eg_coro_result eg__ctx_swap_pair(void **save_sp, void *load_sp, void *value,
 *				    int code)
 * eg_coro_result eg__ctx_swap_pair_then(void **save_sp, void *load_sp,
 *					 void *value, int code,
 *					 void (*then)(void *), void *arg)
 * -- System V AMD64: a pair is returned in eax and rdx.
 *
 * Suspends the caller and runs the context whose stack pointer is load_sp,
 * where the suspended call returns `value`, or the pair. Returns when a later
 * swap loads what was stored through save_sp. The forms with then call
 * then(arg) on the target's stack first, when the caller's is not in use any
 * more. Owns the integer registers that the ABI makes callee-saved; all else is
 * dead across a call, but MXCSR and the x87 control word, which stay as they
 * are (docs/decisions/0002-floating-point-control.md).
 *
 * Offsets from the stored stack pointer (struct eg_ctx_frame):
 *    0 r15   8 r14  16 r13  24 r12  32 rbx  40 rbp  48 return address
 * Both stacks hold the same frame at the exchange, so the CFI is true at every
 * instruction and a debugger can always unwind.
 */
	.macro SAVE reg
	pushq	\reg
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset \reg, 0
	.endm

	.macro RESTORE reg
	popq	\reg
	.cfi_adjust_cfa_offset -8
	.cfi_restore \reg
	.endm

	.macro SAVE_ALL
	SAVE	%rbp
	SAVE	%rbx
	SAVE	%r12
	SAVE	%r13
	SAVE	%r14
	SAVE	%r15
	.endm

	/*
	 * Not `ret`: the return predictor knows the path by which this stack
	 * was entered, not the one by which the other was left, and misses
	 * whenever they differ. notrack: a return site has no endbr64.
	 *
	 * In `evergreen run` the paths do not differ: every switch is made some
	 * calls deep in one and the same function, and each of their returns
	 * would be guessed wrong if this one were left out.
	 */
	.macro RESTORE_ALL_AND_RESUME
	RESTORE	%r15
	RESTORE	%r14
	RESTORE	%r13
	RESTORE	%r12
	RESTORE	%rbx
	RESTORE	%rbp
#ifdef EG_RUN
	ret
#else
	popq	%rcx
	.cfi_adjust_cfa_offset -8
	.cfi_register %rip, %rcx
	notrack jmp *%rcx
#endif
	.endm

	/* From the entry of a swap to where it stands on the target's stack. */
	.macro SUSPEND name
	.globl	\name
	.hidden	\name
	.type	\name, @function
	.balign	64
\name:
	.cfi_startproc
	endbr64
	SAVE_ALL
	movq	%rsp, (%rdi)		/* the caller can be resumed now */
	movq	%rsi, %rsp		/* the target's stack from here on */
	.endm

	.macro CALL_THEN then, arg
	movq	\arg, %rdi
	subq	$8, %rsp		/* the frame is 8 off the alignment */
	.cfi_adjust_cfa_offset 8
	callq	*\then
	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	.endm

	.macro RESUME name
	RESTORE_ALL_AND_RESUME
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.text
	SUSPEND	eg__ctx_swap
	movl	%edx, %eax
	RESUME	eg__ctx_swap

	SUSPEND	eg__ctx_swap_then
	movl	%edx, %ebx		/* the target's are in its frame */
	CALL_THEN %rcx, %r8
	movl	%ebx, %eax
	RESUME	eg__ctx_swap_then

	SUSPEND	eg__ctx_swap_pair
	movl	%ecx, %eax		/* the value is in its place */
	RESUME	eg__ctx_swap_pair

	SUSPEND	eg__ctx_swap_pair_then
	movl	%ecx, %ebx
	movq	%rdx, %r12
	CALL_THEN %r8, %r9
	movl	%ebx, %eax
	movq	%r12, %rdx
	RESUME	eg__ctx_swap_pair_then

/*
 * First code of a fresh context, reached by the jump above with the registers
 * that eg__ctx_forge() wrote: entry in rbx, its argument in r12. The stack
 * pointer is the context's top, 16-byte aligned as the ABI wants at a call.
 * Here a backtrace ends: no caller, by CFI and by frame pointer.
 */
	.type	ctx_start, @function
	.balign	16
ctx_start:
	.cfi_startproc
	.cfi_undefined %rip
	nop				/* unwinders look a byte before */
	.globl	eg__ctx_start
	.hidden	eg__ctx_start
eg__ctx_start:
	xorl	%ebp, %ebp
	movq	%r12, %rdi
	callq	*%rbx
	ud2				/* an entry must not return */
	.cfi_endproc
	.size	ctx_start, . - ctx_start

	.section .note.GNU-stack, "", @progbits

/* Indirect branch tracking only: the shadow stack is not switched. */
	.section .note.gnu.property, "a", @note
	.balign	8
	.long	4			/* name bytes */
	.long	16			/* descriptor bytes */
	.long	5			/* NT_GNU_PROPERTY_TYPE_0 */
	.asciz	"GNU"
	.long	0xc0000002		/* GNU_PROPERTY_X86_FEATURE_1_AND */
	.long	4
	.long	1			/* IBT */
	.long	0
