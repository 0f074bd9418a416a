/* SPDX-License-Identifier: MIT */
/*
 * What ThreadSanitizer has to be told of system calls, which it does not see
 * here: what one thread unmaps the kernel may map for another, and that is no
 * race. Nothing without it.
 */
#ifndef EG_BASE_TSAN_H
#define EG_BASE_TSAN_H

#if defined(__SANITIZE_THREAD__)
#define EG_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define EG_TSAN 1
#endif
#endif

#ifdef EG_TSAN

#include <sanitizer/tsan_interface.h>

extern char eg__tsan_mappings; /* stands for all that threads hand on so */

/* Before the system call. */
static inline void eg__tsan_unmaps(void)
{
	__tsan_release(&eg__tsan_mappings);
}

/* After it. */
static inline void eg__tsan_has_mapped(void)
{
	__tsan_acquire(&eg__tsan_mappings);
}

#else

static inline void eg__tsan_unmaps(void)
{
}

static inline void eg__tsan_has_mapped(void)
{
}

#endif
#endif
