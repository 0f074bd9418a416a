/* SPDX-License-Identifier: MIT */
/*
 * What this machine has of what evergreen run needs or likes. A check only
 * looks; run refuses by the first that is missing, doctor prints them all.
 */
#ifndef CLI_CHECK_MACHINE_H
#define CLI_CHECK_MACHINE_H

#include <limits.h>

enum cli_verdict {
	CLI_IS_OK,
	CLI_IS_NOTE,	/* run works, but there is something to know */
	CLI_IS_MISSING, /* run cannot work */
};

struct cli_finding {
	enum cli_verdict verdict;
	char text[PATH_MAX]; /* what was found; may have a path in it */
	const char *advice;  /* static; what to do; NULL: nothing */
};

struct cli_check {
	const char *name;
	void (*look)(struct cli_finding *ret_finding);
};

/* Each ends with a NULL name. The CPU's are in the file of that CPU; only the
 * limits never find anything missing. */
extern const struct cli_check cli_cpu_checks[];
extern const struct cli_check cli_system_checks[];
extern const struct cli_check cli_limit_checks[];

/* Writes a finding; for those who look. */
__attribute__((format(printf, 4, 5))) void
cli_find(struct cli_finding *ret_finding, enum cli_verdict verdict,
	 const char *advice, const char *format, ...);

#endif
