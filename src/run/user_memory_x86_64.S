/* SPDX-License-Identifier: MIT */
/*
 * Every instruction of the layer that touches the program's memory safely lies
 * between eg__run_user_begin and eg__run_user_end. A fault there goes on at
 * eg__run_user_fault, which returns -EFAULT to the caller: so nothing here may
 * move the stack pointer. Knows nothing of signals.
 */
	.macro FUNCTION name
	.globl	\name
	.hidden	\name
	.type	\name, @function
	.balign	16
\name:
	.cfi_startproc
	endbr64
	.endm

	.macro END name
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.text
	.globl	eg__run_user_begin
	.hidden	eg__run_user_begin
eg__run_user_begin:

/* int eg__run_user_copy(void *to, const void *from, size_t bytes): words while
 * it is short, because `rep` takes a while to get going. */
FUNCTION eg__run_user_copy
	movq	%rdx, %rcx
	cmpq	$128, %rdx
	ja	2f
	shrq	$3, %rcx
	jz	1f
0:	movq	(%rsi), %rax
	movq	%rax, (%rdi)
	addq	$8, %rsi
	addq	$8, %rdi
	decq	%rcx
	jnz	0b
1:	movl	%edx, %ecx
	andl	$7, %ecx
2:	rep movsb
	xorl	%eax, %eax
	ret
END eg__run_user_copy

/* int eg__run_load_u32(const uint32_t *user, uint32_t *ret) */
FUNCTION eg__run_load_u32
	movl	(%rdi), %eax
	movl	%eax, (%rsi)
	xorl	%eax, %eax
	ret
END eg__run_load_u32

/* int eg__run_store_u32(uint32_t *user, uint32_t value) */
FUNCTION eg__run_store_u32
	movl	%esi, (%rdi)
	xorl	%eax, %eax
	ret
END eg__run_store_u32

/* int eg__run_swap_u32(uint32_t *user, uint32_t expected, uint32_t to,
 *			uint32_t *ret_found) */
FUNCTION eg__run_swap_u32
	movl	%esi, %eax
	lock cmpxchgl %edx, (%rdi)
	movl	%eax, (%rcx)
	xorl	%eax, %eax
	ret
END eg__run_swap_u32

	.globl	eg__run_user_end
	.hidden	eg__run_user_end
eg__run_user_end:

FUNCTION eg__run_user_fault
	movl	$-14, %eax		/* -EFAULT */
	ret
END eg__run_user_fault

	.section .note.GNU-stack, "", @progbits

	.section .note.gnu.property, "a", @note
	.balign	8
	.long	4
	.long	16
	.long	5
	.asciz	"GNU"
	.long	0xc0000002
	.long	4
	.long	1
	.long	0
