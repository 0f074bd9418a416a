/* SPDX-License-Identifier: MIT */
/*
 * void ctx_swap_with(void **save_sp, void *load_sp, const uint64_t in[19],
 * uint64_t ret_out[19], eg_ctx_then *then, void *arg), and ctx_swap_pair_with():
 * see ctx_registers.h.
 * Order: x19 .. x29, d8 .. d15.
 */
	.macro EACH_PAIR op, base, offset
	\op	x19, x20, [\base, #\offset]
	\op	x21, x22, [\base, #\offset + 16]
	\op	x23, x24, [\base, #\offset + 32]
	\op	x25, x26, [\base, #\offset + 48]
	\op	x27, x28, [\base, #\offset + 64]
	\op	d8, d9, [\base, #\offset + 88]
	\op	d10, d11, [\base, #\offset + 104]
	\op	d12, d13, [\base, #\offset + 120]
	\op	d14, d15, [\base, #\offset + 136]
	.endm

	.macro SWAP_WITH name, swap
	.globl	\name
	.type	\name, %function
\name:
	hint	#34			/* bti c */
	sub	sp, sp, #176
	EACH_PAIR stp, sp, 0
	str	x29, [sp, #80]
	str	x30, [sp, #152]
	str	x3, [sp, #160]
	EACH_PAIR ldp, x2, 0
	ldr	x29, [x2, #80]
	mov	x2, xzr
	mov	x3, xzr
	\swap
	ldr	x3, [sp, #160]
	EACH_PAIR stp, x3, 0
	str	x29, [x3, #80]
	EACH_PAIR ldp, sp, 0
	ldr	x29, [sp, #80]
	ldr	x30, [sp, #152]
	add	sp, sp, #176
	ret
	.size	\name, . - \name
	.endm

	.macro SWAP
	mov	x3, x4
	mov	x4, x5
	cbz	x3, 1f
	bl	eg__ctx_swap_then
	b	2f
1:	bl	eg__ctx_swap
2:
	.endm

	.macro SWAP_PAIR
	cbz	x4, 1f
	bl	eg__ctx_swap_pair_then
	b	2f
1:	bl	eg__ctx_swap_pair
2:
	.endm

	.text
	SWAP_WITH ctx_swap_with, SWAP
	SWAP_WITH ctx_swap_pair_with, SWAP_PAIR

	.section .note.GNU-stack, "", %progbits
