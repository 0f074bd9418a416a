/* SPDX-License-Identifier: MIT */
/*
 * The system-call instruction on x86-64, and the signal return that the kernel
 * wants from whoever installs a handler. Negative errno comes back as it is.
 */
#ifndef EG_BASE_ARCH_SYSCALL_H
#define EG_BASE_ARCH_SYSCALL_H

static inline long eg__raw_syscall(long nr, long a, long b, long c, long d,
				   long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

/* Tells the core that this is a spin loop. */
static inline void eg__cpu_relax(void)
{
	__builtin_ia32_pause();
}

#endif
