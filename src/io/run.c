/* SPDX-License-Identifier: MIT */
/*
 * The front door, eg_run(), and what else of the C library's environment the
 * core must not touch: EG_BACKEND, error texts, the version.
 */
#include "core/hub.h"

#include <evergreen/error.h>
#include <evergreen/hub.h>
#include <evergreen/version.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define STRING_(x) #x
#define STRING(x) STRING_(x)

const char *eg_version(void)
{
	return STRING(EG_VERSION_MAJOR) "." STRING(
		EG_VERSION_MINOR) "." STRING(EG_VERSION_PATCH);
}

const char *eg_strerror(int error)
{
	/* INT_MIN has no opposite, and no meaning either. */
	const char *text = strerrordesc_np(error < -INT_MAX ? INT_MAX
					   : error < 0	    ? -error
							    : error);

	return text ? text : "Unknown error";
}

int eg_run(eg_main_fn *main_fn, void *arg, const eg_options *options,
	   int *ret_status)
{
	const char *backend = secure_getenv("EG_BACKEND");
	eg_options o = EG_OPTIONS_INIT;

	if (options) {
		/* A newer caller's fields must not be dropped in silence. */
		if (options->size != sizeof(o))
			return -EINVAL;
		o = *options;
	}
	if (backend && *backend)
		o.backend = backend;
	return eg__hub_run(main_fn, arg, &o, ret_status);
}
