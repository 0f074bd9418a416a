/* SPDX-License-Identifier: MIT */
/*
 * A million guarded stacks, each touched at its top: a page of memory each and
 * a handful of mappings. Needs 4 GiB of memory free, and says so if not.
 */
#include "ctx/ctx.h"
#include "ctx/stack.h"
#include "egt.h"

#include <stdio.h>
#include <string.h>

#ifdef EG_VALGRIND
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

enum { STACKS = 1000000, HEADER_BYTES = 256, CLASS = 2 };

/* The number on the line of @file that begins with @key, in KiB. */
static long kib_of(const char *file, const char *key)
{
	FILE *f = fopen(file, "re");
	char line[256];
	long kib = -1;

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, key, strlen(key)) == 0)
			(void)sscanf(line + strlen(key), ": %ld", &kib);
	if (f)
		fclose(f);
	return kib;
}

static int count_mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	int c, lines = 0;

	while (f && (c = getc(f)) != EOF)
		lines += c == '\n';
	if (f)
		fclose(f);
	return lines;
}

static void count(struct eg_stack *s, void *arg)
{
	(void)s;
	++*(int *)arg;
}

EG_TEST_PLAIN(stack_million_guarded, .limit_ms = 60000)
{
	struct eg_stack_pool p;
	struct eg_stack *s;
	int mappings = count_mappings(), in_use = 0;
	long kib;

#if defined(EG_CTX_ASAN) || defined(EG_TSAN)
	egt_skip("a sanitizer's shadow takes more than the stacks");
#endif
	if (RUNNING_ON_VALGRIND)
		egt_skip("too slow in valgrind");
	if (kib_of("/proc/meminfo", "MemAvailable") < 6 << 20)
		egt_skip("less than 6 GiB of memory free");

	eg__stack_pool_init(&p, HEADER_BYTES);
	egt_eq(eg__stack_get(&p, CLASS, &s), 0);
	if (p.guard_kind != EG_STACK_GUARD_INSTALL) {
		eg__stack_pool_done(&p);
		egt_skip("needs MADV_GUARD_INSTALL, Linux >= 6.13");
	}
	kib = kib_of("/proc/self/status", "VmRSS");
	for (int i = 1; i < STACKS; i++) {
		egt_eq(eg__stack_get(&p, CLASS, &s), 0);
		((volatile char *)s)[-64] = 1;
	}
	kib = kib_of("/proc/self/status", "VmRSS") - kib;
	egt_lt(kib * 1024 / STACKS, 4200);
	egt_lt(count_mappings(), mappings + 10);
	eg__stack_pool_each(&p, count, &in_use);
	egt_eq(in_use, STACKS);
	eg__stack_pool_done(&p);
}
