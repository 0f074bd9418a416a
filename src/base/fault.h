/* SPDX-License-Identifier: MIT */
/*
 * Fault injection: the n-th allocation or system call fails on demand. Only in
 * the library that tests link (EG_FAULTS); elsewhere every check is constant.
 */
#ifndef EG_BASE_FAULT_H
#define EG_BASE_FAULT_H

#include <stdint.h>

#ifdef EG_FAULTS

struct eg_faults {
	/* Counts down at each fault point; the point that reaches 0 fails.
	 * Zero or less: nothing fails. */
	int64_t countdown;
	int64_t more;	     /* points after that one that fail too */
	int error;	     /* negative errno, or 0: one that suits the call */
	long only_nr;	     /* this system call alone, or -1 for every point */
	uint64_t points;     /* fault points passed since the last reset */
	uint64_t fired;	     /* faults injected since the last reset */
	long last_nr;	     /* call that failed last; EG_FAULT_ALLOC: memory */
};

enum { EG_FAULT_ALLOC = -2, EG_FAULT_ANY = -1 };

extern struct eg_faults eg__faults;

/* The error to inject at this point, or 0. @nr: system call, or _ALLOC. */
long eg__fault(long nr);

#else

static inline long eg__fault(long nr)
{
	(void)nr;
	return 0;
}

#define EG_FAULT_ALLOC (-2)

#endif
#endif
