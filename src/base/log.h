/* SPDX-License-Identifier: MIT */
/*
 * The log hook, and a formatter that needs no libc. The library itself never
 * prints: without a hook only warnings and worse go to standard error.
 */
#ifndef EG_BASE_LOG_H
#define EG_BASE_LOG_H

#include "base/util.h"

#include <stdarg.h>

enum eg__log_level {
	EG_LOG_DEBUG,
	EG_LOG_INFO,
	EG_LOG_WARNING,
	EG_LOG_ERROR,
	EG_LOG_FATAL,
};

typedef void eg__log_fn(int level, const char *line, void *arg);

/* NULL: back to the default. Not synchronised: set it before hubs run. */
void eg__log_set(eg__log_fn *fn, void *arg);

/* Logs one line. Conversions: %s %c %d %u %x %p %%, with l for 64 bits. */
__attribute__((format(printf, 2, 3))) void eg__log(int level,
						   const char *format, ...);

/* snprintf with the same conversions; cuts, always ends with a NUL. */
__attribute__((format(printf, 3, 4))) size_t
eg__format(char *buf, size_t size, const char *format, ...);
size_t eg__vformat(char *buf, size_t size, const char *format, va_list args);

#endif
