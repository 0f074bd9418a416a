/* SPDX-License-Identifier: MIT */
/*
 * void eg__ctx_fp_save(struct eg_ctx_fp *), eg__ctx_fp_load(const ... *).
 * The word is FPCR. In assembly because the core's C code may use general
 * registers only.
 */
	.text
	.globl	eg__ctx_fp_save
	.hidden	eg__ctx_fp_save
	.type	eg__ctx_fp_save, %function
	.balign	16
eg__ctx_fp_save:
	.cfi_startproc
	hint	#34			/* bti c */
	mrs	x9, fpcr
	str	x9, [x0]
	ret
	.cfi_endproc
	.size	eg__ctx_fp_save, . - eg__ctx_fp_save

	.globl	eg__ctx_fp_load
	.hidden	eg__ctx_fp_load
	.type	eg__ctx_fp_load, %function
	.balign	16
eg__ctx_fp_load:
	.cfi_startproc
	hint	#34			/* bti c */
	ldr	x9, [x0]
	msr	fpcr, x9
	ret
	.cfi_endproc
	.size	eg__ctx_fp_load, . - eg__ctx_fp_load

	.section .note.GNU-stack, "", %progbits

	.section .note.gnu.property, "a", %note
	.balign	8
	.word	4			/* name bytes */
	.word	16			/* descriptor bytes */
	.word	5			/* NT_GNU_PROPERTY_TYPE_0 */
	.asciz	"GNU"
	.word	0xc0000000		/* GNU_PROPERTY_AARCH64_FEATURE_1_AND */
	.word	4
	.word	1			/* BTI */
	.word	0
