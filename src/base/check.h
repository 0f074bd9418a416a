/* SPDX-License-Identifier: MIT */
/*
 * Checks of our own invariants, alive in release builds: a broken one stops
 * the process with its text. A caller's mistake is an error code, never this.
 */
#ifndef EG_BASE_CHECK_H
#define EG_BASE_CHECK_H

#include "base/util.h"

_Noreturn void eg__check_failed(const char *what, const char *file, int line);
/* Ends the process by SIGABRT, without libc. */
_Noreturn void eg__abort(void);

#define EG_CHECK(cond)                                                   \
	do {                                                             \
		if (eg_unlikely(!(cond)))                                \
			eg__check_failed(#cond, __FILE__, __LINE__);     \
	} while (0)

/* As EG_CHECK, for checks too dear for a release build. */
#ifdef EG_DEBUG
#define EG_DEBUG_CHECK(cond) EG_CHECK(cond)
#else
#define EG_DEBUG_CHECK(cond) ((void)0)
#endif

#endif
