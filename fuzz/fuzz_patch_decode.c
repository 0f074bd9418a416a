/* SPDX-License-Identifier: MIT */
/*
 * Plans the patching of a system call in a function of any bytes: what would be
 * overwritten must be whole instructions around the site, within the function,
 * and movable must mean that it moves. libFuzzer or main.c has the main().
 */
#include "run/patch_parts.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

enum { STUB_BYTES = 512, NEAR = 1 << 20 };

#define MUST(claim)                                                          \
	do {                                                                 \
		if (!(claim)) {                                              \
			fprintf(stderr, "fuzz_patch_decode: not so: %s\n",   \
				#claim);                                     \
			abort();                                             \
		}                                                            \
	} while (0)

static void check_part(const struct eg_patch_code *function, uint64_t from,
		       size_t n)
{
	uint64_t at = (uint64_t)function->bytes;
	uint8_t moved[STUB_BYTES];
	struct eg_patch_code part = {
		.bytes = function->bytes + (from - at),
		.address = from,
		.n = n,
	};

	MUST(from >= at && from + n <= at + function->n);
	/* Out of reach it may be; what it may not is crash or overrun. */
	(void)eg__patch_move(&part, moved, from + NEAR);
}

static void check_site(const struct eg_patch_code *function, uint64_t site)
{
	struct eg_patch_plan plan;

	if (eg__patch_plan(function, site, &plan) < 0)
		return;
	MUST(plan.outside_n <= EG_PATCH_OUTSIDE_MAX);
	if (plan.tail_bytes) {
		MUST(EG_PATCH_SYSCALL_BYTES + plan.tail_bytes >=
		     EG_PATCH_JUMP_BYTES);
		check_part(function, site + EG_PATCH_SYSCALL_BYTES,
			   plan.tail_bytes);
	}
	if (plan.front_bytes) {
		MUST(eg__patch_front_end(site, plan.front_bytes) -
			     (site - plan.front_bytes) >=
		     EG_PATCH_JUMP_BYTES);
		check_part(function, site - plan.front_bytes,
			   plan.front_bytes);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	struct eg_patch_code function = {
		.bytes = input,
		.address = (uint64_t)input,
		.n = len,
	};

	MUST(eg__patch_decode_init() == 0);
	for (size_t i = 0; i + 1 < len; i++)
		if (input[i] == 0x0f && input[i + 1] == 0x05)
			check_site(&function, function.address + i);
	return 0;
}
