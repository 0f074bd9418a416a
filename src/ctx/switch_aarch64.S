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
 * -- AAPCS64: a pair is returned in w0 and x1.
 *
 * Suspends the caller and runs the context whose stack pointer is load_sp,
 * where the suspended call returns `value`, or the pair. Returns when a later
 * swap loads what was stored through save_sp. The forms with then call
 * then(arg) on the target's stack first, when the caller's is not in use any
 * more. Owns what the ABI makes callee-saved; all else is dead across a call,
 * but FPCR, which stays as it is
 * (docs/decisions/0002-floating-point-control.md).
 *
 * Offsets from the stored stack pointer (struct eg_ctx_frame):
 *    0 x29   8 x30  16 x19 .. 88 x28  96 d8 .. 152 d15
 * Both stacks hold the same frame at the exchange, so the CFI is true at every
 * instruction. Landing pads are hints, so that any assembler knows them.
 */
	.macro SAVE first, second, offset
	stp	\first, \second, [sp, #\offset]
	.cfi_rel_offset \first, \offset
	.cfi_rel_offset \second, \offset + 8
	.endm

	.macro RESTORE first, second, offset
	ldp	\first, \second, [sp, #\offset]
	.cfi_restore \first
	.cfi_restore \second
	.endm

	.macro SAVE_ALL
	sub	sp, sp, #160
	.cfi_adjust_cfa_offset 160
	SAVE	x29, x30, 0
	SAVE	x19, x20, 16
	SAVE	x21, x22, 32
	SAVE	x23, x24, 48
	SAVE	x25, x26, 64
	SAVE	x27, x28, 80
	SAVE	d8, d9, 96
	SAVE	d10, d11, 112
	SAVE	d12, d13, 128
	SAVE	d14, d15, 144
	.endm

	.macro RESTORE_ALL
	RESTORE	x29, x30, 0
	RESTORE	x19, x20, 16
	RESTORE	x21, x22, 32
	RESTORE	x23, x24, 48
	RESTORE	x25, x26, 64
	RESTORE	x27, x28, 80
	RESTORE	d8, d9, 96
	RESTORE	d10, d11, 112
	RESTORE	d12, d13, 128
	RESTORE	d14, d15, 144
	add	sp, sp, #160
	.cfi_adjust_cfa_offset -160
	.endm

	/* From the entry of a swap to where it stands on the target's stack. */
	.macro SUSPEND name
	.globl	\name
	.hidden	\name
	.type	\name, %function
	.balign	64
\name:
	.cfi_startproc
	hint	#34			/* bti c */
	SAVE_ALL
	mov	x9, sp
	str	x9, [x0]		/* the caller can be resumed now */
	mov	sp, x1			/* the target's stack from here on */
	.endm

	/*
	 * Not `br`, though it would spare the return predictor a miss as the
	 * jump on x86-64 does: with BTI a branch may only land on a landing
	 * pad, and a C return site is none. There is no notrack here.
	 */
	.macro RESUME name
	RESTORE_ALL
	ret
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.text
	SUSPEND	eg__ctx_swap
	mov	w0, w2
	RESUME	eg__ctx_swap

	SUSPEND	eg__ctx_swap_then
	mov	w19, w2			/* the target's are in its frame */
	mov	x0, x4
	blr	x3
	mov	w0, w19
	RESUME	eg__ctx_swap_then

	SUSPEND	eg__ctx_swap_pair
	mov	w0, w3
	mov	x1, x2
	RESUME	eg__ctx_swap_pair

	SUSPEND	eg__ctx_swap_pair_then
	mov	w19, w3
	mov	x20, x2
	mov	x0, x5
	blr	x4
	mov	w0, w19
	mov	x1, x20
	RESUME	eg__ctx_swap_pair_then

/*
 * First code of a fresh context, reached by the return above with the registers
 * that eg__ctx_forge() wrote: entry in x19, its argument in x20. The stack
 * pointer is the context's top. Here a backtrace ends: no caller, by CFI and by
 * frame pointer.
 */
	.type	ctx_start, %function
	.balign	16
ctx_start:
	.cfi_startproc
	.cfi_undefined x30
	nop				/* unwinders look a byte before */
	.globl	eg__ctx_start
	.hidden	eg__ctx_start
eg__ctx_start:
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, x20
	blr	x19
	brk	#1			/* an entry must not return */
	.cfi_endproc
	.size	ctx_start, . - ctx_start

	.section .note.GNU-stack, "", %progbits

	.section .note.gnu.property, "a", %note
	.balign	8
	.word	4			/* name bytes */
	.word	16			/* descriptor bytes */
	.word	5			/* NT_GNU_PROPERTY_TYPE_0 */
	.asciz	"GNU"
	.word	0xc0000000		/* GNU_PROPERTY_AARCH64_FEATURE_1_AND */
	.word	4
	.word	1			/* BTI; no signed return addresses */
	.word	0
