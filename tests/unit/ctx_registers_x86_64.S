/* SPDX-License-Identifier: MIT */
/*
 * void ctx_swap_with(void **save_sp, void *load_sp, const uint64_t in[6],
 * uint64_t ret_out[6]): see ctx_registers.h. Order: rbx rbp r12 r13 r14 r15.
 */
	.text
	.globl	ctx_swap_with
	.type	ctx_swap_with, @function
ctx_swap_with:
	endbr64
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushq	%rcx			/* ret_out; and the stack is aligned */
	movq	0(%rdx), %rbx
	movq	8(%rdx), %rbp
	movq	16(%rdx), %r12
	movq	24(%rdx), %r13
	movq	32(%rdx), %r14
	movq	40(%rdx), %r15
	xorl	%edx, %edx
	callq	eg__ctx_swap
	popq	%rcx
	movq	%rbx, 0(%rcx)
	movq	%rbp, 8(%rcx)
	movq	%r12, 16(%rcx)
	movq	%r13, 24(%rcx)
	movq	%r14, 32(%rcx)
	movq	%r15, 40(%rcx)
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret
	.size	ctx_swap_with, . - ctx_swap_with

	.section .note.GNU-stack, "", @progbits
