/* SPDX-License-Identifier: MIT */
/*
 * Looks at an x86-64 CPU, and at what the kernel lets a program do with it.
 * Another CPU has another file with the same table.
 */
#include "cli/check_machine.h"

#include <cpuid.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Not in the headers of older systems. */
enum {
	EG_HWCAP2_FSGSBASE = 1 << 1,
	EG_SHSTK_STATUS = 0x5005,
	EG_SHSTK_ENABLED = 1 << 0,
	XSAVE_LEAF = 0xd,
	XSTATE_TILE_DATA = 1 << 18, /* what AMX has */
};

static void look_at_cpu(struct cli_finding *f)
{
	cli_find(f, CLI_IS_OK, NULL, "x86-64");
}

static void look_at_fs_base(struct cli_finding *f)
{
	if (getauxval(AT_HWCAP2) & EG_HWCAP2_FSGSBASE)
		cli_find(f, CLI_IS_OK, NULL, "available");
	else
		cli_find(f, CLI_IS_MISSING,
			 "use Linux 5.9 or later without nofsgsbase, on a CPU "
			 "of 2013 (Intel), 2017 (AMD) or later",
			 "the kernel or the CPU cannot do it");
}

/* A fiber's switch changes the stack, and would have to change this one. */
static void look_at_shadow_stack(struct cli_finding *f)
{
	unsigned long features = 0;

	if (syscall(SYS_arch_prctl, EG_SHSTK_STATUS, &features) < 0)
		cli_find(f, CLI_IS_OK, NULL, "the kernel has none");
	else if (features & EG_SHSTK_ENABLED)
		cli_find(f, CLI_IS_MISSING,
			 "switch it off: "
			 "GLIBC_TUNABLES=glibc.cpu.x86_shstk=off",
			 "active");
	else
		cli_find(f, CLI_IS_OK, NULL, "not active");
}

static void look_at_vectors(struct cli_finding *f)
{
	unsigned int bytes, max, low, high;

	if (!__get_cpuid_count(XSAVE_LEAF, 0, &low, &bytes, &max, &high))
		cli_find(f, CLI_IS_OK, NULL, "512 bytes, SSE alone");
	else if (low & XSTATE_TILE_DATA)
		cli_find(f, CLI_IS_NOTE,
			 "a thread that uses AMX costs that much more memory "
			 "while it waits",
			 "%u bytes, with AMX", bytes);
	else
		cli_find(f, CLI_IS_OK, NULL, "%u bytes", bytes);
}

const struct cli_check cli_cpu_checks[] = {
	{ "CPU", look_at_cpu },
	{ "FSGSBASE", look_at_fs_base },
	{ "shadow stack", look_at_shadow_stack },
	{ "vector registers", look_at_vectors },
	{ NULL, NULL },
};
