/* SPDX-License-Identifier: MIT */
/*
 * What targets that turn bytes into operations share: taking the bytes, and
 * saying what was not so. Who makes the bytes is libFuzzer or main.c.
 */
#ifndef EG_FUZZ_H
#define EG_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

#define MUST(claim)                                                      \
	do {                                                             \
		if (!(claim)) {                                          \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, \
				__LINE__, #claim);                       \
			abort();                                         \
		}                                                        \
	} while (0)

/* Both sides are evaluated once, and printed if they differ. */
#define MUST_EQ(got, want)                                               \
	do {                                                             \
		long long got_ = (long long)(got);                       \
		long long want_ = (long long)(want);                     \
		if (got_ != want_) {                                     \
			fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", \
				__FILE__, __LINE__, #got, got_, want_);  \
			abort();                                         \
		}                                                        \
	} while (0)

/* Where the operations are taken from. */
struct fuzz_bytes {
	const uint8_t *at;
	size_t left;
};

/* 0 when there are none left. */
static inline uint8_t fuzz_take(struct fuzz_bytes *bytes)
{
	if (!bytes->left)
		return 0;
	bytes->left--;
	return *bytes->at++;
}

#endif
