/* SPDX-License-Identifier: MIT */
/*
 * Calls that make no sense, of the headers with one call or two: debug.h,
 * error.h, version.h.
 */
#include "bad_input.h"

#include <string.h>

/* Back to the default, which is where it was. */
static int set_no_log(void)
{
	eg_set_log(NULL, NULL);
	return 0;
}

static bool is_text(const char *text)
{
	return text && strlen(text) > 4;
}

#define DEBUG_ROWS(X)                                                \
	X(eg_set_log, no_function, OUTSIDE | FIBER, 0, set_no_log()) \
	X(eg_dump, no_hub, OUTSIDE, -EPERM, eg_dump(1))              \
	X(eg_dump, negative, FIBER | HUB, -EBADF, eg_dump(-1))       \
	X(eg_dump, closed, FIBER | HUB, -EBADF, eg_dump(1000))

#define ERROR_ROWS(X)                                                          \
	X(eg_strerror, no_error, ANYWHERE, true, is_text(eg_strerror(0)))      \
	X(eg_strerror, unknown, ANYWHERE, true, is_text(eg_strerror(123456)))  \
	X(eg_strerror, largest, ANYWHERE, true, is_text(eg_strerror(INT_MAX))) \
	X(eg_strerror, smallest, ANYWHERE, true,                               \
	  is_text(eg_strerror(-INT_MAX)))                                      \
	X(eg_strerror, either_sign, ANYWHERE, true,                            \
	  !strcmp(eg_strerror(-ETIMEDOUT), eg_strerror(ETIMEDOUT)))

#define VERSION_ROWS(X) \
	X(eg_version, anywhere, ANYWHERE, true, is_text(eg_version()))

BAD_TABLE(bad_debug, "debug.h", DEBUG_ROWS)
BAD_TABLE(bad_error, "error.h", ERROR_ROWS)
BAD_TABLE(bad_version, "version.h", VERSION_ROWS)
