/* SPDX-License-Identifier: MIT */
/*
 * int64_t eg__run_guard_call(const struct eg_run_call *c) -- System V AMD64.
 * Makes a system call whose instruction the signal handler knows by address:
 * a signal that comes just before it must end the call, too.
 */
	.text
	.globl	eg__run_guard_call
	.hidden	eg__run_guard_call
	.type	eg__run_guard_call, @function
	.globl	eg__run_guard_instruction
	.hidden	eg__run_guard_instruction
	.balign	16
eg__run_guard_call:
	.cfi_startproc
	endbr64
	movq	0(%rdi), %rax
	movq	16(%rdi), %rsi
	movq	24(%rdi), %rdx
	movq	32(%rdi), %r10
	movq	40(%rdi), %r8
	movq	48(%rdi), %r9
	movq	8(%rdi), %rdi
eg__run_guard_instruction:
	syscall
	ret
	.cfi_endproc
	.size	eg__run_guard_call, . - eg__run_guard_call

	.section .note.GNU-stack, "", @progbits
