/* SPDX-License-Identifier: MIT */
/*
 * Tests of the harness that need a hub: does EG_TEST give the test what it
 * promises? Those that need none are in cases.c.
 */
#include "harness.h"

#include <evergreen/evergreen.h>

#include <stdlib.h>

EG_TEST(a_test_runs_on_the_backend_that_its_name_says)
{
	egt_str_eq(eg_hub_backend(), egt__backend_name(egt_backend()));
}

EG_TEST(a_test_is_the_main_fiber)
{
	egt_true(eg_self());
}

EG_TEST_BARE(a_bare_test_has_its_backend_and_no_hub)
{
	egt_true(!eg_hub_backend());
	egt_true(!eg_self());
	egt_str_eq(getenv("EG_BACKEND"), egt__backend_name(egt_backend()));
}

EG_TEST_BARE(a_bare_test_of_one_backend_skips_the_others, .backends = EGT_SIM)
{
	egt_true(egt_is_sim());
}

EG_TEST(the_simulated_clock_alone_is_exact, .backends = EGT_SIM)
{
	int64_t start = eg_now();

	egt_true(egt_is_sim());
	egt_eq(eg_sleep(50 * EG_MSEC), 0);
	egt_eq(eg_now() - start, 50 * EG_MSEC);
}

EG_TEST(a_test_of_two_backends_skips_the_third, .backends = EGT_REAL)
{
	egt_true(!egt_is_sim());
}
