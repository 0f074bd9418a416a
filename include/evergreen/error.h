/* SPDX-License-Identifier: MIT */
/*
 * Errors: every call that can fail returns a value >= 0, or a negative errno.
 * Out-parameters (ret_*) are written only on success.
 *
 * Codes with one meaning everywhere:
 *   -ECANCELED  the calling fiber was cancelled (eg_cancel(3))
 *   -ETIMEDOUT  the deadline of the call, or of an eg_timeout(3) around it
 *   -EPERM      not called from a fiber, or the object is another hub's
 *   -EINVAL     an argument makes no sense
 *   -EBADF      the descriptor is not open, or was closed under the caller
 *   -EDEADLK    the wait could never end
 *   -ENOMEM     no memory; nothing was changed
 */
#ifndef EVERGREEN_ERROR_H
#define EVERGREEN_ERROR_H

#include <evergreen/version.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * eg_strerror - say what an error means
 * @error: what an eg_ call returned; the sign does not matter
 *
 * Return: a sentence in English, static memory; never NULL.
 * Thread safety: any thread. Since: 0.1. See: errno(3)
 */
EG_API const char *eg_strerror(int error);

#ifdef __cplusplus
}
#endif
#endif
