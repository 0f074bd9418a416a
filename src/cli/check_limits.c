/* SPDX-License-Identifier: MIT */
/*
 * Looks at what bounds or speeds up a program on fibers, and which evergreen
 * run can work without. So it finds nothing missing.
 */
#include "cli/check_machine.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of older systems. */
enum {
	EG_MADV_GUARD_INSTALL = 102,
	EG_OP_FUTEX_WAIT = 51,
	PROBED_OPS = 64,
};

enum {
	FILES_ENOUGH = 65536,
	MAPPINGS_USUAL = 65530,
};

/* -1: there is no such file, or no number in it. */
static long read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	long number = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &number) != 1)
		number = -1;
	fclose(file);
	return number;
}

static bool has_guard_pages(void)
{
	size_t bytes = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool has;

	if (page == MAP_FAILED)
		return false;
	has = madvise(page, bytes, EG_MADV_GUARD_INSTALL) == 0;
	munmap(page, bytes);
	return has;
}

static void look_at_guard_pages(struct cli_finding *f)
{
	if (has_guard_pages())
		cli_find(f, CLI_IS_OK, NULL, "MADV_GUARD_INSTALL");
	else
		cli_find(f, CLI_IS_NOTE,
			 "use Linux 6.13 or later, or raise vm.max_map_count "
			 "for more than 30,000 threads",
			 "by mappings: no MADV_GUARD_INSTALL");
}

static void look_at_mappings(struct cli_finding *f)
{
	long max = read_number("/proc/sys/vm/max_map_count");

	if (max < 0 || max >= MAPPINGS_USUAL || has_guard_pages())
		cli_find(f, CLI_IS_OK, NULL, "%ld", max);
	else
		cli_find(f, CLI_IS_NOTE, "sysctl vm.max_map_count=1000000",
			 "%ld, two for each thread", max);
}

static int open_ring(void)
{
	struct io_uring_params params = { 0 };

	return (int)syscall(SYS_io_uring_setup, 1, &params);
}

static void look_at_io_uring(struct cli_finding *f)
{
	int ring = open_ring();

	if (ring >= 0)
		cli_find(f, CLI_IS_OK, NULL, "allowed");
	else if (errno == ENOSYS)
		cli_find(f, CLI_IS_NOTE, "epoll is used in its place",
			 "the kernel has none");
	else
		cli_find(f, CLI_IS_NOTE,
			 "epoll is used in its place; see "
			 "kernel.io_uring_disabled and seccomp filters",
			 "not allowed (%s)", strerror(errno));
	if (ring >= 0)
		close(ring);
}

static bool ring_knows(int ring, unsigned int op)
{
	struct io_uring_probe *probe =
		calloc(1, sizeof(*probe) + PROBED_OPS * sizeof(*probe->ops));
	bool knows;

	if (!probe)
		return false;
	knows = syscall(SYS_io_uring_register, ring, IORING_REGISTER_PROBE,
			probe, PROBED_OPS) == 0 &&
		op < probe->ops_len &&
		(probe->ops[op].flags & IO_URING_OP_SUPPORTED);
	free(probe);
	return knows;
}

static void look_at_ring_futexes(struct cli_finding *f)
{
	int ring = open_ring();

	if (ring >= 0 && ring_knows(ring, EG_OP_FUTEX_WAIT))
		cli_find(f, CLI_IS_OK, NULL, "available");
	else
		cli_find(f, CLI_IS_NOTE,
			 "use Linux 6.7 or later with io_uring if processes "
			 "share locks",
			 "none: a wait for another process is dearer");
	if (ring >= 0)
		close(ring);
}

static void look_at_files(struct cli_finding *f)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		cli_find(f, CLI_IS_NOTE, NULL, "%s", strerror(errno));
	else if (limit.rlim_cur >= FILES_ENOUGH)
		cli_find(f, CLI_IS_OK, NULL, "%llu",
			 (unsigned long long)limit.rlim_cur);
	else
		cli_find(f, CLI_IS_NOTE,
			 "ulimit -n 65536 for a server with many connections",
			 "%llu of %llu", (unsigned long long)limit.rlim_cur,
			 (unsigned long long)limit.rlim_max);
}

static void look_at_threads(struct cli_finding *f)
{
	long max = read_number("/proc/sys/kernel/threads-max");
	struct rlimit limit;

	if (getrlimit(RLIMIT_NPROC, &limit) == 0 &&
	    limit.rlim_cur != RLIM_INFINITY && (long)limit.rlim_cur < max)
		max = (long)limit.rlim_cur;
	cli_find(f, CLI_IS_OK, NULL,
		 "%ld without evergreen; fibers do not count", max);
}

static void look_at_debugger(struct cli_finding *f)
{
	switch (read_number("/proc/sys/kernel/yama/ptrace_scope")) {
	case -1:
	case 0:
		cli_find(f, CLI_IS_OK, NULL, "gdb -p may attach");
		break;
	case 1:
	case 2:
		cli_find(f, CLI_IS_NOTE,
			 "sudo gdb -p, or sysctl kernel.yama.ptrace_scope=0",
			 "gdb -p may attach as root only");
		break;
	default:
		cli_find(f, CLI_IS_NOTE,
			 "start the program in gdb, or take a core dump",
			 "gdb -p may not attach");
		break;
	}
}

const struct cli_check cli_limit_checks[] = {
	{ "guard pages", look_at_guard_pages },
	{ "memory mappings", look_at_mappings },
	{ "io_uring", look_at_io_uring },
	{ "io_uring futexes", look_at_ring_futexes },
	{ "open files", look_at_files },
	{ "threads", look_at_threads },
	{ "debugger", look_at_debugger },
	{ NULL, NULL },
};
