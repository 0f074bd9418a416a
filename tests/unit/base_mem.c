/* SPDX-License-Identifier: MIT */
/*
 * Copying, setting and comparing against libc's, at every small length and
 * alignment, with the bytes around the target watched.
 */
#include "base/mem.h"

#include "egt.h"

#include <string.h>

enum { LENGTH_MAX = 80, SHIFT_MAX = 9, AREA = LENGTH_MAX + 2 * SHIFT_MAX };

static void fill(unsigned char *area, unsigned first)
{
	for (unsigned i = 0; i < AREA; i++)
		area[i] = (unsigned char)(first + i * 7);
}

EG_TEST_PLAIN(memcpy_copies_exactly_its_bytes)
{
	unsigned char from[AREA], to[AREA], want[AREA];

	fill(from, 1);
	for (size_t n = 0; n <= LENGTH_MAX; n++) {
		for (size_t shift = 0; shift < SHIFT_MAX; shift++) {
			egt_casef("%zu bytes at %zu", n, shift);
			fill(to, 100);
			fill(want, 100);
			memcpy(want + shift, from + 3, n);
			egt_ptr_eq(eg__memcpy(to + shift, from + 3, n),
				   to + shift);
			egt_true(!memcmp(to, want, AREA));
		}
	}
}

EG_TEST_PLAIN(memset_sets_exactly_its_bytes)
{
	unsigned char to[AREA], want[AREA];

	for (size_t n = 0; n <= LENGTH_MAX; n++) {
		for (size_t shift = 0; shift < SHIFT_MAX; shift++) {
			egt_casef("%zu bytes at %zu", n, shift);
			fill(to, 100);
			fill(want, 100);
			memset(want + shift, 0xa5, n);
			egt_ptr_eq(eg__memset(to + shift, 0xa5, n),
				   to + shift);
			egt_true(!memcmp(to, want, AREA));
		}
	}
}

EG_TEST_PLAIN(strlen_counts_to_the_end)
{
	egt_eq(eg__strlen(""), 0);
	egt_eq(eg__strlen("a"), 1);
	egt_eq(eg__strlen("abc\0def"), 3);
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

EG_TEST_PLAIN(strcmp_orders_as_libc_does)
{
	static const char *const words[] = {
		"", "a", "ab", "abc", "abd", "b", "\x7f", "\x80", "\xff", "A",
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		for (size_t j = 0; j < ARRAY_LEN(words); j++) {
			egt_casef("words %zu and %zu", i, j);
			egt_eq(sign(eg__strcmp(words[i], words[j])),
			       sign(strcmp(words[i], words[j])));
		}
	}
}

EG_TEST_PLAIN(strcopy_cuts_and_always_ends)
{
	static const struct {
		size_t size;
		const char *from;
		const char *want;
	} cases[] = {
		{ 1, "abc", "" },     { 2, "abc", "a" },    { 3, "abc", "ab" },
		{ 4, "abc", "abc" },  { 16, "abc", "abc" }, { 16, "", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char to[17];

		egt_casef("\"%s\" into %zu", cases[i].from, cases[i].size);
		memset(to, '#', sizeof(to));
		eg__strcopy(to, cases[i].from, cases[i].size);
		egt_str_eq(to, cases[i].want);
		egt_true(to[cases[i].size] == '#');
	}
}
