/* SPDX-License-Identifier: MIT */
/*
 * Conformance cases: what a row of docs/semantics.md says, as tables of one
 * short check a line. Tests of many fibers or of faults are not written here.
 */
#ifndef TESTS_CONFORMANCE_H
#define TESTS_CONFORMANCE_H

#include "egt.h"

#include <evergreen/evergreen.h>

#include <errno.h>

/*
 * Runs in the main fiber of a hub, and leaves it as it was: the fibers joined,
 * no timer armed, no timeout region open, main not cancelled. conform_run()
 * looks, so that a leak is the fault of the case that made it. A case without
 * meaning on a backend returns: egt_skip() would skip the rows after it too.
 */
struct conform {
	const char *row;  /* of docs/semantics.md: "QU-07" */
	const char *says; /* what must hold, in a few words */
	void (*check)(long arg);
	long arg; /* what the check makes of it: a kind, a size, a place */
};

struct conform_table {
	const char *name;
	const char *file;
	const struct conform *cases;
	size_t n;
};

void conform_run(const struct conform_table *table);

/*
 * CONFORMANCE(name, cases) is a test that runs all rows of the table in turn,
 * on each backend. A failure names the row, the sentence and the argument.
 * egtests --list-conformance prints all tables; tools/check-conformance counts.
 */
/* clang-format off */
#define CONFORMANCE(name_, cases_, ...)                                    \
	static const struct conform_table conform__table_##name_ = {       \
		.name = #name_,                                            \
		.file = __FILE__,                                          \
		.cases = (cases_),                                         \
		.n = ARRAY_LEN(cases_),                                    \
	};                                                                 \
	static const struct conform_table *const conform__entry_##name_    \
		__attribute__((used, section("conform_tables"))) =         \
			&conform__table_##name_;                           \
	EG_TEST(name_, ##__VA_ARGS__)                                      \
	{                                                                  \
		conform_run(&conform__table_##name_);                      \
	}
/* clang-format on */

#endif
