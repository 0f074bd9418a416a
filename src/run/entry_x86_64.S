/* SPDX-License-Identifier: MIT */
/*
 * Where the program's system calls arrive: from the stub of a patched site, or
 * from the SIGSYS handler, which sends a trapped context here. Pushes struct
 * eg_run_regs (layer.h) and calls eg__run_dispatch(). A call without a row in
 * eg__run_table is made here and now, at the price of a few instructions.
 *
 * S is the program's stack pointer at its system call. Below its red zone:
 *	S-136	where the entry returns to (struct eg_run_regs, back)
 *	S-144	the address behind the system call (resume): the unwinder's
 *		return address, so that the stub is invisible to it
 *	S-248	the registers, the number first
 */
#define __ASSEMBLER__ 1
#include "run/worker.h"

#define CALLS 512		/* EG_RUN_CALLS */
#define RED_ZONE 128
#define STUB_RESUME 19		/* EG_RUN_STUB_RESUME */

	.text
	.globl	eg__run_entry
	.hidden	eg__run_entry
	.type	eg__run_entry, @function
	.balign	64
eg__run_entry:
	.cfi_startproc
	.cfi_def_cfa %rsp, RED_ZONE + 8
	.cfi_offset %rip, -(RED_ZONE + 8)
	endbr64
	movq	(%rsp), %r11
	pushq	-STUB_RESUME(%r11)
	.cfi_adjust_cfa_offset 8
	.cfi_offset %rip, -(RED_ZONE + 16)
	.globl	eg__run_entry_trap
	.hidden	eg__run_entry_trap
eg__run_entry_trap:		/* both words were pushed by the handler */
	cmpq	$CALLS, %rax
	jae	.Lenter
	leaq	eg__run_table(%rip), %r11
	cmpq	$0, (%r11, %rax, 8)
	jne	.Lenter
.Lkernel:
	syscall
	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_adjust_cfa_offset 8
.Lenter:
	cmpb	$0, %gs:EG_RUN_GS_PASS_THROUGH
	je	.Lpush
	/* The child of posix_spawn: all is the kernel's, but that execve is
	 * told where the program it executes finds the layer. */
	cmpq	$59, %rax		/* SYS_execve */
	jne	.Lkernel
.Lpush:
	.macro SAVE reg
	pushq	\reg
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset \reg, 0
	.endm
	SAVE	%r15
	SAVE	%r14
	SAVE	%r13
	SAVE	%r12
	SAVE	%rbp
	SAVE	%rbx
	SAVE	%r9
	SAVE	%r8
	SAVE	%r10
	SAVE	%rdx
	SAVE	%rsi
	SAVE	%rdi
	SAVE	%rax
	movq	%rsp, %rdi
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	andq	$-16, %rsp
	cmpb	$0, %gs:EG_RUN_GS_PASS_THROUGH
	jne	.Lexecute
	movb	$1, %gs:EG_RUN_GS_IN_LAYER
	callq	eg__run_dispatch
	jmp	.Lexit
.Lexecute:
	callq	eg__run_execute_in_child
	jmp	.Lrestore

/* eg__run_exit_to(regs): back into the program, by registers that lie on its
 * stack where the entry would have pushed them. */
	.globl	eg__run_exit_to
	.hidden	eg__run_exit_to
eg__run_exit_to:
	movq	%rdi, %rbp
.Lexit:
	movb	$0, %gs:EG_RUN_GS_IN_LAYER
	cmpb	$0, %gs:EG_RUN_GS_ATTENTION
	jne	.Lattend
.Lrestore:
	movq	%rbp, %rsp
	.cfi_def_cfa_register %rsp
	.macro RESTORE reg
	popq	\reg
	.cfi_adjust_cfa_offset -8
	.cfi_restore \reg
	.endm
	.cfi_remember_state
	RESTORE	%rax
	RESTORE	%rdi
	RESTORE	%rsi
	RESTORE	%rdx
	RESTORE	%r10
	RESTORE	%r8
	RESTORE	%r9
	RESTORE	%rbx
	RESTORE	%rbp
	RESTORE	%r12
	RESTORE	%r13
	RESTORE	%r14
	RESTORE	%r15
	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_restore_state
	.cfi_def_cfa_register %rbp
.Lattend:
	movq	%rbp, %rsp
	andq	$-16, %rsp
	callq	eg__run_attend
	jmp	.Lrestore
	.cfi_endproc
	.size	eg__run_entry, . - eg__run_entry

/*
 * Where a call that came by a trap returns to: there is no stub. The address
 * behind the call was pushed lower, and lies in the red zone of here. The site
 * may have been patched since, so that address is looked up, in the layer; who
 * is interrupted behind the layer's end has the jump made for it (trap.c).
 */
	/* r11, the program's return address, to *rcx(r11), its result to rcx;
	 * all else that a system call preserves is preserved. */
	.macro CALL_KEEPING_ALL
	pushq	%r11
	.cfi_adjust_cfa_offset 8
	.cfi_offset %rip, -(RED_ZONE + 8)
	SAVE	%rbp
	SAVE	%r9
	SAVE	%r8
	SAVE	%r10
	SAVE	%rdx
	SAVE	%rsi
	SAVE	%rdi
	SAVE	%rax
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	andq	$-16, %rsp
	movq	%r11, %rdi
	callq	*%rcx
	movq	%rax, %rcx
	movq	%rbp, %rsp
	.cfi_def_cfa_register %rsp
	RESTORE	%rax
	RESTORE	%rdi
	RESTORE	%rsi
	RESTORE	%rdx
	RESTORE	%r10
	RESTORE	%r8
	RESTORE	%r9
	RESTORE	%rbp
	leaq	8(%rsp), %rsp
	.cfi_adjust_cfa_offset -8
	.cfi_register %rip, %rcx
	.endm

	.globl	eg__run_trap_back
	.hidden	eg__run_trap_back
	.type	eg__run_trap_back, @function
	.balign	16
eg__run_trap_back:
	.cfi_startproc
	.cfi_def_cfa %rsp, RED_ZONE
	.cfi_offset %rip, -(RED_ZONE + 16)
	movq	-16(%rsp), %rcx
	.cfi_register %rip, %rcx
.Lback:
	movb	$1, %gs:EG_RUN_GS_IN_LAYER
	movq	%rcx, %r11
	leaq	eg__run_patch_moved(%rip), %rcx
	CALL_KEEPING_ALL
	movb	$0, %gs:EG_RUN_GS_IN_LAYER
	.globl	eg__run_trap_jump
	.hidden	eg__run_trap_jump
eg__run_trap_jump:
	cmpb	$0, %gs:EG_RUN_GS_ATTENTION
	jne	1f
	leaq	RED_ZONE(%rsp), %rsp
	.cfi_def_cfa_offset 0
	.globl	eg__run_trap_jump_last
	.hidden	eg__run_trap_jump_last
eg__run_trap_jump_last:
	notrack jmp *%rcx
	.cfi_def_cfa_offset RED_ZONE
	/* Handlers may run for long: the address is looked up again. */
1:	movq	%rcx, %r11
	leaq	eg__run_trap_attend(%rip), %rcx
	CALL_KEEPING_ALL
	jmp	.Lback
	.cfi_endproc
	.size	eg__run_trap_back, . - eg__run_trap_back

/*
 * int eg__run_saving(int (*fn)(void *, int64_t), void *arg, int64_t value,
 *		      uint64_t components, size_t bytes)
 *
 * fn(arg, value), with the vector registers preserved across it: `components`
 * of them on the stack, in `bytes`, the others in their initial state, as they
 * are now.
 */
	.globl	eg__run_saving
	.hidden	eg__run_saving
	.type	eg__run_saving, @function
	.balign	16
eg__run_saving:
	.cfi_startproc
	endbr64
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbp, 0
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	subq	%r8, %rsp
	andq	$-64, %rsp
	movq	%rdi, %r9
	movq	%rsi, %rdi
	movq	%rdx, %rsi
	movl	%ecx, %eax
	movq	%rcx, %rdx
	shrq	$32, %rdx
	xorl	%r10d, %r10d
	movq	%r10, 512(%rsp)
	movq	%r10, 520(%rsp)
	movq	%r10, 528(%rsp)
	movq	%r10, 536(%rsp)
	movq	%r10, 544(%rsp)
	movq	%r10, 552(%rsp)
	movq	%r10, 560(%rsp)
	movq	%r10, 568(%rsp)
	xsavec64 (%rsp)
	callq	*%r9
	movl	%eax, %ecx
	movl	$-1, %eax
	movl	$-1, %edx
	xrstor64 (%rsp)
	movl	%ecx, %eax
	movq	%rbp, %rsp
	.cfi_def_cfa_register %rsp
	popq	%rbp
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbp
	ret
	.cfi_endproc
	.size	eg__run_saving, . - eg__run_saving

/*
 * long eg__run_clone_child(nr, a, b, c, d, e, regs): the raw clone of a child
 * that shares memory and goes on by `regs`, on its own stack; the parent gets
 * the result.
 */
	.globl	eg__run_clone_child
	.hidden	eg__run_clone_child
	.type	eg__run_clone_child, @function
	.balign	16
eg__run_clone_child:
	.cfi_startproc
	endbr64
	movq	%rdi, %rax
	movq	%rsi, %rdi
	movq	%rdx, %rsi
	movq	%rcx, %rdx
	movq	%r8, %r10
	movq	%r9, %r8
	movq	8(%rsp), %r9
	syscall
	testq	%rax, %rax
	jz	1f
	ret
1:	movq	%r9, %rbp
	jmp	.Lrestore
	.cfi_endproc
	.size	eg__run_clone_child, . - eg__run_clone_child

/*
 * long eg__run_clone_helper(flags, stack_top, ret_tid, clear_tid, fn, arg): a
 * new OS thread that calls fn(arg), which never returns.
 */
	.globl	eg__run_clone_helper
	.hidden	eg__run_clone_helper
	.type	eg__run_clone_helper, @function
	.balign	16
eg__run_clone_helper:
	.cfi_startproc
	endbr64
	movl	$56, %eax		/* SYS_clone */
	movq	%rcx, %r10
	movq	%r8, %rcx		/* lost in the call: by the stack */
	movq	%rcx, -8(%rsi)
	movq	%r9, -16(%rsi)
	subq	$16, %rsi
	xorl	%r8d, %r8d
	syscall
	testq	%rax, %rax
	jz	1f
	ret
1:	.cfi_undefined %rip
	xorl	%ebp, %ebp
	popq	%rdi
	popq	%rax
	callq	*%rax
	ud2
	.cfi_endproc
	.size	eg__run_clone_helper, . - eg__run_clone_helper

/*
 * What the kernel's handlers return to: the exact bytes that unwinders and
 * debuggers know. It is inside the text that may call the kernel. gdb goes by
 * libc's name for it, so it is also told where a signal frame (struct
 * ucontext, at rsp) keeps the registers, as libc does.
 */
	.macro IN_FRAME dwarf, offset
	.cfi_escape 0x10, \dwarf, 3, 0x77, (\offset & 127) | 128, \offset >> 7
	.endm
	.globl	eg__run_sigreturn
	.hidden	eg__run_sigreturn
	.type	eg__run_sigreturn, @function
	.cfi_startproc
	.cfi_signal_frame
	/* The CFA is the interrupted rsp: DW_OP_breg7 160, DW_OP_deref. */
	.cfi_escape 0x0f, 4, 0x77, 160, 1, 0x06
	IN_FRAME 8, 40			/* r8 */
	IN_FRAME 9, 48
	IN_FRAME 10, 56
	IN_FRAME 11, 64
	IN_FRAME 12, 72
	IN_FRAME 13, 80
	IN_FRAME 14, 88
	IN_FRAME 15, 96
	IN_FRAME 5, 104			/* rdi */
	IN_FRAME 4, 112			/* rsi */
	IN_FRAME 6, 120			/* rbp */
	IN_FRAME 3, 128			/* rbx */
	IN_FRAME 1, 136			/* rdx */
	IN_FRAME 0, 144			/* rax */
	IN_FRAME 2, 152			/* rcx */
	IN_FRAME 7, 160			/* rsp */
	IN_FRAME 16, 168		/* rip */
	nop				/* unwinders look a byte before */
eg__run_sigreturn:
	movq	$15, %rax
	syscall
	.cfi_endproc
	.size	eg__run_sigreturn, . - eg__run_sigreturn

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
