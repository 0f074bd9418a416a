/* SPDX-License-Identifier: MIT */
/*
 * Every stack has a guard at its low end, by whichever means the kernel has,
 * and an overflow dies there.
 */
#include "base/sys.h"
#include "ctx/stack.h"
#include "egt.h"

#include <signal.h>

enum { HEADER_BYTES = 64 };

/* Whether the kernel would write to @addr, which tells without dying. */
static bool is_writable(void *addr)
{
	return eg__sys_clock_gettime(CLOCK_MONOTONIC, addr) == 0;
}

static void check_guards(enum eg_stack_guard kind, bool is_batched)
{
	struct eg_stack_pool p;
	struct eg_stack *s;

	eg__stack_pool_init(&p, HEADER_BYTES);
	p.guard_kind = (uint8_t)kind;
	p.is_batched = is_batched;
	for (unsigned i = 0; i < 1000; i++) {
		/* Small ones, and some of a slab each. */
		egt_eq(eg__stack_get(&p, i % 100 ? 2 : 13, &s), 0);
		egt_true(!is_writable(s->lo));
		egt_true(!is_writable(s->lo + s->guard_bytes - 16));
		egt_true(is_writable(s->lo + s->guard_bytes));
		egt_true(is_writable((char *)s - 16));

		egt_true(eg__stack_is_overflow(s, s->lo));
		egt_true(eg__stack_is_overflow(s, s->lo + s->guard_bytes - 1));
		egt_true(!eg__stack_is_overflow(s, s->lo + s->guard_bytes));
		egt_true(!eg__stack_is_overflow(s, s->lo - 1));
		egt_true(!eg__stack_is_overflow(s, s));
	}
	egt_ne(p.guard_kind, EG_STACK_GUARD_UNKNOWN);
	eg__stack_pool_done(&p);
}

EG_TEST_PLAIN(stack_guards_as_the_kernel_can)
{
	check_guards(EG_STACK_GUARD_UNKNOWN, true);
}

EG_TEST_PLAIN(stack_guards_one_by_one)
{
	check_guards(EG_STACK_GUARD_UNKNOWN, false);
}

EG_TEST_PLAIN(stack_guards_by_mprotect)
{
	check_guards(EG_STACK_GUARD_MPROTECT, true);
}

EG_TEST_PLAIN_DIES(stack_overflow_dies_at_the_guard, SIGSEGV, "")
{
	struct eg_stack_pool p;
	struct eg_stack *s;

	signal(SIGSEGV, SIG_DFL);
	eg__stack_pool_init(&p, HEADER_BYTES);
	for (int i = 0; i < 10; i++)
		egt_eq(eg__stack_get(&p, 2, &s), 0);
	for (volatile char *at = (char *)s - 1; at >= s->lo; at--)
		*at = 1;
}
