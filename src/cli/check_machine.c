/* SPDX-License-Identifier: MIT */
/*
 * Looks at the kernel and at glibc: what evergreen run cannot work without,
 * whatever the CPU. Does not refuse by itself.
 */
#include "cli/check_machine.h"

#include <errno.h>
#include <gnu/libc-version.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

/* The versions whose every system call the layer has been run under. */
static const char *const tested_glibc[] = { "2.36" };

void cli_find(struct cli_finding *ret_finding, enum cli_verdict verdict,
	      const char *advice, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret_finding->text, sizeof(ret_finding->text), format, args);
	va_end(args);
	ret_finding->verdict = verdict;
	ret_finding->advice = advice;
}

static void look_at_kernel(struct cli_finding *f)
{
	struct utsname name;

	if (uname(&name) < 0)
		cli_find(f, CLI_IS_NOTE, NULL, "%s", strerror(errno));
	else
		cli_find(f, CLI_IS_OK, NULL, "%s %s", name.sysname,
			 name.release);
}

/* Switching off what is off changes nothing, and needs a kernel that knows
 * it. */
static void look_at_dispatch(struct cli_finding *f)
{
	if (prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_OFF, 0, 0, 0) ==
	    0)
		cli_find(f, CLI_IS_OK, NULL, "available");
	else if (errno == EINVAL)
		cli_find(f, CLI_IS_MISSING,
			 "use Linux 5.11 or later, with CONFIG_GENERIC_ENTRY",
			 "the kernel cannot do it");
	else
		cli_find(f, CLI_IS_MISSING,
			 "allow prctl PR_SET_SYSCALL_USER_DISPATCH in the "
			 "container's seccomp filter",
			 "forbidden (%s)", strerror(errno));
}

static bool is_tested(const char *version)
{
	for (size_t i = 0; i < sizeof(tested_glibc) / sizeof(*tested_glibc);
	     i++)
		if (strcmp(version, tested_glibc[i]) == 0)
			return true;
	return false;
}

static void look_at_glibc(struct cli_finding *f)
{
	const char *version = gnu_get_libc_version();
	const char *allowed = getenv("EVERGREEN_UNTESTED_GLIBC");

	if (is_tested(version))
		cli_find(f, CLI_IS_OK, NULL, "%s, tested", version);
	else if (allowed && strcmp(allowed, "1") == 0)
		cli_find(f, CLI_IS_NOTE, NULL,
			 "%s, untested; EVERGREEN_UNTESTED_GLIBC allows it",
			 version);
	else
		cli_find(f, CLI_IS_MISSING,
			 "set EVERGREEN_UNTESTED_GLIBC=1 to try it",
			 "%s has not been tested, 2.36 has", version);
}

const struct cli_check cli_system_checks[] = {
	{ "kernel", look_at_kernel },
	{ "system call dispatch", look_at_dispatch },
	{ "glibc", look_at_glibc },
	{ NULL, NULL },
};
