/* SPDX-License-Identifier: MIT */
/*
 * The sizes come from CPUID, leaf 13: Intel SDM volume 1, chapter 13.
 */
#include "run/xstate.h"

#include "base/util.h"

#include <cpuid.h>
#include <errno.h>

enum {
	LEAF = 13,
	COMPONENTS = 63,
	LEGACY_BYTES = 576, /* with the header */
	COMMON = 8,	    /* components 2 to 9 have a table of their own */
	ALIGNED = 64,
};

struct component {
	uint32_t bytes;
	bool is_aligned;
};

static struct component components[COMPONENTS + 1];
/* By the bits 2 to 9 of the set: everything but AMX. */
static uint16_t common_bytes[1 << COMMON];

static size_t count_bytes(uint64_t set)
{
	size_t bytes = LEGACY_BYTES;

	for (set &= ~(uint64_t)EG_RUN_XSTATE_ALWAYS; set; set &= set - 1) {
		const struct component *c = &components[__builtin_ctzll(set)];

		if (c->is_aligned)
			bytes = (bytes + ALIGNED - 1) & ~(size_t)(ALIGNED - 1);
		bytes += c->bytes;
	}
	return bytes;
}

int eg__run_xstate_init(void)
{
	enum { XSAVEC_AND_XGETBV_1 = 1 << 1 | 1 << 2 };
	uint64_t enabled;
	uint32_t a, b, c, d;

	if (!__get_cpuid_count(LEAF, 1, &a, &b, &c, &d) ||
	    (a & XSAVEC_AND_XGETBV_1) != XSAVEC_AND_XGETBV_1)
		return -ENOSYS;
	/* In a virtual machine each CPUID is a way out of it: no more of them
	 * than there are components. */
	__asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	enabled = (uint64_t)d << 32 | a;
	for (unsigned i = 2; i < COMPONENTS; i++) {
		if (!(enabled >> i & 1))
			continue;
		__cpuid_count(LEAF, i, a, b, c, d);
		components[i] = (struct component){ a, c >> 1 & 1 };
	}
	for (unsigned i = 0; i < 1 << COMMON; i++)
		common_bytes[i] = (uint16_t)count_bytes((uint64_t)i << 2);
	return 0;
}

size_t eg__run_xstate_bytes(uint64_t set)
{
	if (eg_unlikely(set >> (COMMON + 2)))
		return count_bytes(set);
	return common_bytes[set >> 2];
}
