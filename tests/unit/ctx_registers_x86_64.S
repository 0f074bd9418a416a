/* SPDX-License-Identifier: MIT */
/*
 * void ctx_swap_with(void **save_sp, void *load_sp, const uint64_t in[6],
 * uint64_t ret_out[6], eg_ctx_then *then, void *arg), and ctx_swap_pair_with():
 * see ctx_registers.h.
 * Order: rbx rbp r12 r13 r14 r15.
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

	.macro SWAP_WITH name, swap
	.globl	\name
	.type	\name, @function
\name:
	.cfi_startproc
	endbr64
	SAVE	%rbx
	SAVE	%rbp
	SAVE	%r12
	SAVE	%r13
	SAVE	%r14
	SAVE	%r15
	pushq	%rcx			/* ret_out; and the stack is aligned */
	.cfi_adjust_cfa_offset 8
	movq	0(%rdx), %rbx
	movq	8(%rdx), %rbp
	movq	16(%rdx), %r12
	movq	24(%rdx), %r13
	movq	32(%rdx), %r14
	movq	40(%rdx), %r15
	xorl	%edx, %edx
	xorl	%ecx, %ecx
	\swap
	popq	%rcx
	.cfi_adjust_cfa_offset -8
	movq	%rbx, 0(%rcx)
	movq	%rbp, 8(%rcx)
	movq	%r12, 16(%rcx)
	movq	%r13, 24(%rcx)
	movq	%r14, 32(%rcx)
	movq	%r15, 40(%rcx)
	RESTORE	%r15
	RESTORE	%r14
	RESTORE	%r13
	RESTORE	%r12
	RESTORE	%rbp
	RESTORE	%rbx
	ret
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.macro SWAP
	movq	%r8, %rcx
	movq	%r9, %r8
	testq	%rcx, %rcx
	jz	1f
	callq	eg__ctx_swap_then
	jmp	2f
1:	callq	eg__ctx_swap
2:
	.endm

	.macro SWAP_PAIR
	testq	%r8, %r8
	jz	1f
	callq	eg__ctx_swap_pair_then
	jmp	2f
1:	callq	eg__ctx_swap_pair
2:
	.endm

	.text
	SWAP_WITH ctx_swap_with, SWAP
	SWAP_WITH ctx_swap_pair_with, SWAP_PAIR

	.section .note.GNU-stack, "", @progbits
