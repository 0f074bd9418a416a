/* SPDX-License-Identifier: MIT */
/*
 * Runs the rows of a conformance table and looks at what each leaves behind;
 * lists the tables. Holds no cases itself.
 */
#include "conformance.h"
#include "harness.h"

#include <stdio.h>

extern const struct conform_table *const __start_conform_tables[]
	__attribute__((weak));
extern const struct conform_table *const __stop_conform_tables[]
	__attribute__((weak));

/* Turns in which what a case has ended may go away: far more than it takes. */
enum { TURNS_TO_SETTLE = 200 };

static eg_hub_stats stats_now(void)
{
	eg_hub_stats stats = { .size = sizeof(stats) };

	egt_eq(eg_hub_get_stats(&stats), 0);
	return stats;
}

static bool is_settled(const eg_hub_stats *before, const eg_hub_stats *now)
{
	return now->fibers_alive == before->fibers_alive &&
	       now->timers_armed == before->timers_armed &&
	       now->ops_in_flight == before->ops_in_flight;
}

/* Who was cancelled ends in its own time, and so does a request. */
static void check_settled(const eg_hub_stats *before)
{
	eg_hub_stats now = stats_now();

	for (int i = 0; !is_settled(before, &now) && i < TURNS_TO_SETTLE; i++) {
		egt_eq(eg_sleep(EG_USEC), 0);
		now = stats_now();
	}
	if (!is_settled(before, &now))
		egt_fail(
			"left behind: fibers %+lld, timers %+lld, "
			"requests %+lld",
			(long long)(now.fibers_alive - before->fibers_alive),
			(long long)(now.timers_armed - before->timers_armed),
			(long long)(now.ops_in_flight - before->ops_in_flight));
}

void conform_run(const struct conform_table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct conform *c = &table->cases[i];
		eg_hub_stats before = stats_now();
		eg_timeout around;

		egt_casef("%s, %s (%ld)", c->row, c->says, c->arg);
		egt_eq(eg_timeout_begin(&around, EG_FOREVER), 0);
		c->check(c->arg);
		/* Not the innermost one: the case has left one open. */
		egt_eq(eg_timeout_end(&around), 0);
		egt_true(!eg_cancelled());
		check_settled(&before);
	}
}

void egt_list_conformance(void)
{
	const struct conform_table *const *t;

	for (t = __start_conform_tables; t < __stop_conform_tables; t++)
		for (size_t i = 0; i < (*t)->n; i++)
			printf("%s\t%s\t%s\t%ld\t%s\n", egt__path((*t)->file),
			       (*t)->name, (*t)->cases[i].row,
			       (*t)->cases[i].arg, (*t)->cases[i].says);
}
