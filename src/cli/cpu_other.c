/* SPDX-License-Identifier: MIT */
/*
 * Stands for each CPU that evergreen run has not been ported to, and names it.
 * The library runs there nevertheless.
 */
#include "cli/check_machine.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

static void look_at_cpu(struct cli_finding *f)
{
	struct utsname name;

	cli_find(f, CLI_IS_MISSING,
		 "use an x86-64 machine; the library libevergreen works here",
		 "%s, which evergreen run has no port to",
		 uname(&name) < 0 ? strerror(errno) : name.machine);
}

const struct cli_check cli_cpu_checks[] = {
	{ "CPU", look_at_cpu },
	{ NULL, NULL },
};
