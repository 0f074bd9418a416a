/* SPDX-License-Identifier: MIT */
/*
 * Many runs of one function, a seed each, as the caller or the environment
 * wants them. Knows nothing of what happens in a run.
 */
#include "test/test.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

/* False: it is not set, or not a number from 1 on. -EINVAL: the latter. */
static int from_environment(const char *name, uint64_t *ret)
{
	const char *text = secure_getenv(name);
	uint64_t value;
	char *end;

	if (!text || !*text)
		return 0;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || !isdigit((unsigned char)*text) || !value)
		return -EINVAL;
	*ret = value;
	return 1;
}

int eg_test_seeds(eg_main_fn *fn, void *arg, const eg_test_options *options,
		  uint64_t first, uint64_t count, eg_test_report *report)
{
	eg_test_options o = EG_TEST_OPTIONS_INIT;
	uint64_t runs;
	int r;

	if (options) {
		if (options->size != sizeof(o))
			return -EINVAL;
		o = *options;
	}
	if (from_environment("EG_TEST_SEEDS", &count) < 0)
		return -EINVAL;
	r = from_environment("EG_TEST_SEED", &first);
	if (r < 0 || !count)
		return -EINVAL;
	if (r > 0)
		count = 1;
	o.seed = first;
	r = 0;
	for (runs = 0; runs < count && r == 0;) {
		r = eg_test_run(fn, arg, &o, report);
		if (r < 0)
			return r;
		report->runs = ++runs;
		/* 0 is the clock's; and the first one may come from there. */
		o.seed = report->seed + 1 ? report->seed + 1 : 1;
	}
	return r;
}
