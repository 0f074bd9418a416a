/* SPDX-License-Identifier: MIT */
/*
 * No call that can wait is forgotten: each whose comment says "May switch" has
 * a row in a table of timeout_calls.h, or a reason below. Calls nothing.
 */
#include "timeout_calls.h"

#include "calls_that_switch.h" /* made from the headers */

#include <stdio.h>
#include <string.h>

/* Calls that switch and have nothing to wait for that a row could hold back. */
static const struct {
	const char *call;
	const char *why;
} without_row[] = {
	{ "eg_yield", "gives way, and waits for nothing" },
	{ "eg_cleanup_pop", "waits as what it runs does" },
	{ "eg_coro_unref", "waits as the coroutine that it ends does" },
	{ "eg_gen_free", "waits as the generator that it ends does" },
	{ "eg_with_timeout", "waits as what it runs does" },
	{ "eg_group_done", "shielded: it waits for the end, whatever comes" },
	{ "eg_local_set", "waits as the destroy function that it calls does" },
	{ "eg_imap_free", "shielded: it waits for the end, whatever comes" },
	{ "eg_pile_free", "shielded: it waits for the end, whatever comes" },
	{ "eg_pool_free", "shielded: it waits for the end, whatever comes" },
	{ "eg_wait_set_end", "shielded: it waits for the end of helpers" },
	{ "eg_dag_free", "shielded: it waits for the end, whatever comes" },
	{ "eg_resource_put", "shielded: waits as the pool's functions do" },
	{ "eg_resource_discard", "shielded: waits as the pool's functions do" },
	{ "eg_resource_pool_resize", "shielded: waits as its functions do" },
	{ "eg_resource_pool_close", "shielded: waits as its functions do" },
	{ "eg_pread", "a file is never held back" },
	{ "eg_pwrite", "a file is never held back" },
};

/* A row's name is a call's, without eg_, and maybe ", " and what case. */
static bool is_row_of(const struct blocking_call *c, const char *call)
{
	size_t len = strcspn(c->name, ",");

	return !strncmp(call, "eg_", 3) && strlen(call + 3) == len &&
	       !strncmp(call + 3, c->name, len);
}

static bool has_row(const char *call)
{
	FOR_EACH_BLOCKING_CALL(c)
	{
		if (is_row_of(c, call))
			return true;
	}
	return false;
}

static bool has_reason(const char *call)
{
	for (size_t i = 0; i < ARRAY_LEN(without_row); i++)
		if (!strcmp(without_row[i].call, call))
			return true;
	return false;
}

static bool does_switch(const char *call)
{
	for (size_t i = 0; i < ARRAY_LEN(calls_that_switch); i++)
		if (!strcmp(calls_that_switch[i], call))
			return true;
	return false;
}

EG_TEST_PLAIN(every_call_that_may_switch_has_a_row)
{
	char missing[1024] = "";

	/* Fewer would mean that the headers were not read. */
	egt_le(40, ARRAY_LEN(calls_that_switch));
	for (size_t i = 0; i < ARRAY_LEN(calls_that_switch); i++) {
		const char *call = calls_that_switch[i];
		bool is_row = has_row(call);
		size_t len = strlen(missing);

		egt_case(call);
		if (!is_row && !has_reason(call))
			snprintf(missing + len, sizeof(missing) - len, " %s",
				 call);
		egt_true(!is_row || !has_reason(call));
	}
	egt_case("without a row");
	egt_str_eq(missing, "");
}

EG_TEST_PLAIN(every_row_is_of_a_call_that_may_switch)
{
	FOR_EACH_BLOCKING_CALL(c)
	{
		char call[64];

		snprintf(call, sizeof(call), "eg_%.*s",
			 (int)strcspn(c->name, ","), c->name);
		egt_true(does_switch(call));
	}
	for (size_t i = 0; i < ARRAY_LEN(without_row); i++) {
		egt_case(without_row[i].call);
		egt_true(does_switch(without_row[i].call));
		egt_true(without_row[i].why[0] != '\0');
	}
}

EG_TEST_PLAIN(no_two_rows_have_one_name)
{
	FOR_EACH_BLOCKING_CALL(c)
	{
		const struct blocking_call *other = c;

		while ((other = next_blocking_call(other)))
			egt_true(strcmp(c->name, other->name) != 0);
	}
}
