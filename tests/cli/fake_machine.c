/* SPDX-License-Identifier: MIT */
/*
 * Lies to the command about the machine, as FAKE says: preloaded into it, so
 * that each refusal can be tested on a machine that has all it takes.
 */
#include <errno.h>
#include <gnu/libc-version.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	SHSTK_STATUS = 0x5005,
	FSGSBASE = 1 << 1,
};

static bool is_faked(const char *what)
{
	const char *fake = getenv("FAKE");

	return fake && strcmp(fake, what) == 0;
}

int prctl(int option, ...)
{
	(void)option;
	if (is_faked("old kernel"))
		errno = EINVAL;
	else if (is_faked("filter"))
		errno = EPERM;
	else
		return 0;
	return -1;
}

unsigned long getauxval(unsigned long type)
{
	return is_faked("no fsgsbase") || type != AT_HWCAP2 ? 0 : FSGSBASE;
}

const char *gnu_get_libc_version(void)
{
	return is_faked("new glibc") ? "9.99" : "2.36";
}

/* The rest fails as on a kernel that lacks it: doctor asks for no more. */
long syscall(long number, ...)
{
	va_list args;
	long code;
	unsigned long *features;

	va_start(args, number);
	code = va_arg(args, long);
	features = va_arg(args, unsigned long *);
	va_end(args);
	if (number == SYS_arch_prctl && code == SHSTK_STATUS &&
	    is_faked("shadow stack")) {
		*features = 1;
		return 0;
	}
	errno = ENOSYS;
	return -1;
}
