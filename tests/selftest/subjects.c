/* SPDX-License-Identifier: MIT */
/*
 * Tests that go wrong, each in its own way, for cases.c to run by name. A
 * program of its own: its failures must not count as anybody's.
 */
#include "harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct egt_leaks held;

/* Stands for a library's probe. */
struct egt_leaks egt_probe_leaks(void)
{
	return held;
}

EG_TEST_PLAIN(leaks_two_fibers)
{
	held.fibers += 2;
}

EG_TEST_PLAIN(passes)
{
	printf("nobody sees this\n");
}

EG_TEST_PLAIN(compares_unequal)
{
	int six = 6;

	printf("printed before the failure\n");
	egt_case("a row");
	egt_eq(six, 7);
}

EG_TEST_PLAIN(compares_with_an_error)
{
	egt_eq(-110, 0);
}

EG_TEST_PLAIN(leaks_a_descriptor)
{
	egt_le(0, open("/dev/null", O_RDONLY | O_CLOEXEC));
}

EG_TEST_PLAIN(closes_what_is_not_its_own)
{
	close(STDIN_FILENO);
}

EG_TEST_PLAIN(hangs, .limit_ms = 100)
{
	for (;;)
		pause();
}

EG_TEST_PLAIN(prints_without_end)
{
	for (;;)
		printf("%01000d\n", 0);
}

EG_TEST_PLAIN(crashes)
{
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
}

EG_TEST_PLAIN(exits)
{
	_exit(0);
}

EG_TEST_PLAIN(skips)
{
	egt_skip("because of %s", "reasons");
}

EG_TEST_PLAIN_DIES(should_die_and_does_not, SIGABRT, "text")
{
}

EG_TEST_PLAIN_DIES(should_die_saying_more, SIGABRT, "other words")
{
	abort();
}

EG_TEST_FAILS(should_fail_and_passes, "text")
{
}
