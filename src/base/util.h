/* SPDX-License-Identifier: MIT */
/*
 * Small words that every file uses: branch hints, container_of, bounds.
 * Owns no data. Holds nothing that needs a system call or a library.
 */
#ifndef EG_BASE_UTIL_H
#define EG_BASE_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define eg_likely(x) __builtin_expect(!!(x), 1)
#define eg_unlikely(x) __builtin_expect(!!(x), 0)

#define EG_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define eg_container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))

/* A cold path: kept out of line, so that the hot one stays in few lines. */
#define EG_COLD __attribute__((cold, noinline))

#define EG_NOINLINE __attribute__((noinline))

/* Documents that a call can switch fibers: borrowed state may have changed. */
#define EG_MAY_SWITCH

static inline size_t eg_round_up(size_t n, size_t step)
{
	return (n + step - 1) & ~(step - 1);
}

static inline int64_t eg_min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

#endif
