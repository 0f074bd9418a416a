/* SPDX-License-Identifier: MIT */
/*
 * void eg__ctx_fp_save(struct eg_ctx_fp *), eg__ctx_fp_load(const ... *).
 * MXCSR in the lower 32 bits of the word, the x87 control word above. In
 * assembly because the core's C code may use general registers only.
 */
	.text
	.globl	eg__ctx_fp_save
	.hidden	eg__ctx_fp_save
	.type	eg__ctx_fp_save, @function
	.balign	16
eg__ctx_fp_save:
	.cfi_startproc
	endbr64
	movq	$0, (%rdi)
	stmxcsr	(%rdi)
	fnstcw	4(%rdi)
	ret
	.cfi_endproc
	.size	eg__ctx_fp_save, . - eg__ctx_fp_save

	.globl	eg__ctx_fp_load
	.hidden	eg__ctx_fp_load
	.type	eg__ctx_fp_load, @function
	.balign	16
eg__ctx_fp_load:
	.cfi_startproc
	endbr64
	ldmxcsr	(%rdi)
	fldcw	4(%rdi)
	ret
	.cfi_endproc
	.size	eg__ctx_fp_load, . - eg__ctx_fp_load

	.section .note.GNU-stack, "", @progbits

/* Indirect branch tracking only, as in switch_x86_64.S. */
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
