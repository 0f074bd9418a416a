/* SPDX-License-Identifier: MIT */
/*
 * The pool of stacks: classes, recycling, colours, accounting, and what it does
 * when the kernel refuses. Guards are stack_guard.c's.
 */
#include "base/sys.h"
#include "base/util.h"
#include "ctx/stack.h"
#include "egt.h"

#include <stdio.h>
#include <string.h>

enum { HEADER_BYTES = 200, HEADER_ROUNDED = 256 };

static struct eg_stack *get(struct eg_stack_pool *p, unsigned class)
{
	struct eg_stack *s = NULL;

	egt_eq(eg__stack_get(p, class, &s), 0);
	egt_true(s->is_in_use);
	egt_eq(s->class, class);
	return s;
}

EG_TEST_PLAIN(stack_class_holds_what_was_asked)
{
	static const struct {
		const char *name;
		size_t bytes;
		bool is_valid;
	} cases[] = {
		{ "none", 0, false },
		{ "a byte", 1, true },
		{ "a page", 4096, true },
		{ "64 KiB", 64 << 10, true },
		{ "8 MiB", 8 << 20, true },
		{ "half the largest", 512 << 20, true },
		{ "the largest, no room for the rest", 1 << 30, false },
		{ "more than the largest", (size_t)1 << 31, false },
		{ "minus one", SIZE_MAX, false },
		{ "minus a page", SIZE_MAX - 4095, false },
	};
	struct eg_stack_pool p;

	eg__stack_pool_init(&p, HEADER_BYTES);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int class = eg__stack_class(&p, cases[i].bytes);

		egt_case(cases[i].name);
		if (!cases[i].is_valid) {
			egt_eq(class, -EINVAL);
			continue;
		}
		egt_le(0, class);
		egt_le(cases[i].bytes,
		       eg__stack_class_bytes(&p, (unsigned)class));
		egt_le(cases[i].bytes,
		       eg__stack_bytes(get(&p, (unsigned)class)));
		if (class > 0)
			egt_lt(eg__stack_class_bytes(&p, (unsigned)class - 1),
			       cases[i].bytes);
	}
	eg__stack_pool_done(&p);
}

EG_TEST_PLAIN(stack_grow_refuses_a_class_that_is_none)
{
	struct eg_stack_pool p;
	struct eg_stack *s = NULL;

	eg__stack_pool_init(&p, HEADER_BYTES);
	egt_eq(eg__stack_grow(&p, EG_STACK_CLASSES, &s), -EINVAL);
	egt_eq(eg__stack_grow(&p, (unsigned)-1, &s), -EINVAL);
	egt_ptr_eq(s, NULL);
	egt_eq(p.mapped_bytes, 0);
}

EG_TEST_PLAIN(stack_recycled_last_in_first_out)
{
	struct eg_stack_pool p;
	struct eg_stack *s[40];
	unsigned class;

	eg__stack_pool_init(&p, HEADER_BYTES);
	class = (unsigned)eg__stack_class(&p, 48 << 10);
	for (size_t i = 0; i < ARRAY_LEN(s); i++)
		s[i] = get(&p, class);
	for (size_t i = 0; i < ARRAY_LEN(s); i++) {
		eg__stack_put(&p, s[i]);
		egt_true(!s[i]->is_in_use);
	}
	for (size_t i = ARRAY_LEN(s); i-- > 0;)
		egt_ptr_eq(get(&p, class), s[i]);
	egt_eq(p.slots_carved, ARRAY_LEN(s));
	eg__stack_pool_done(&p);
}

/* Equally many of each, so that parked stacks share out the cache. */
EG_TEST_PLAIN(stack_tops_have_twelve_colours)
{
	struct eg_stack_pool p;
	unsigned seen[EG_STACK_COLOURS] = { 0 };
	unsigned class;

	eg__stack_pool_init(&p, HEADER_BYTES);
	class = (unsigned)eg__stack_class(&p, 48 << 10);
	for (int i = 0; i < 10 * EG_STACK_COLOURS; i++) {
		struct eg_stack *s = get(&p, class);
		size_t slot = (size_t)1 << (class + EG_STACK_SHIFT_MIN);
		size_t below = (size_t)(s->lo + slot - (char *)s);

		egt_eq((uintptr_t)s % 64, 0);
		egt_le(HEADER_ROUNDED, below);
		below = (below - HEADER_ROUNDED) / EG_STACK_COLOUR_STEP;
		egt_lt(below, EG_STACK_COLOURS);
		seen[below]++;
	}
	for (size_t i = 0; i < EG_STACK_COLOURS; i++)
		egt_eq(seen[i], 10);
	eg__stack_pool_done(&p);
}

EG_TEST_PLAIN(stack_neighbours_do_not_overlap)
{
	enum { STACKS = 60 };
	struct eg_stack_pool p;
	struct eg_stack *s[STACKS];
	unsigned class;

	eg__stack_pool_init(&p, HEADER_BYTES);
	class = (unsigned)eg__stack_class(&p, 1);
	for (size_t i = 0; i < STACKS; i++) {
		s[i] = get(&p, class);
		/* All of it, header included but for its first bytes. */
		memset(s[i]->lo + s[i]->guard_bytes, (int)i,
		       eg__stack_bytes(s[i]));
		memset((char *)s[i] + sizeof(*s[i]), (int)i,
		       HEADER_BYTES - sizeof(*s[i]));
	}
	for (size_t i = 0; i < STACKS; i++) {
		const char *at = s[i]->lo + s[i]->guard_bytes;

		egt_casef("stack %zu", i);
		for (; at < (char *)s[i]; at++)
			if (*at != (char)i)
				egt_fail("byte at %p changed",
					 (const void *)at);
		at = (char *)s[i] + sizeof(*s[i]);
		for (; at < (char *)s[i] + HEADER_BYTES; at++)
			if (*at != (char)i)
				egt_fail("byte at %p changed",
					 (const void *)at);
	}
	eg__stack_pool_done(&p);
}

static void visit(struct eg_stack *s, void *arg)
{
	unsigned *visited = arg;

	egt_true(s->is_in_use);
	/* The first word after the header is this test's mark. */
	egt_eq(*(int *)(void *)(s + 1), 1);
	(*visited)++;
}

EG_TEST_PLAIN(stack_each_visits_those_in_use)
{
	struct eg_stack_pool p;
	struct eg_stack *s[100];
	unsigned visited = 0, in_use = 0;

	eg__stack_pool_init(&p, HEADER_BYTES);
	eg__stack_pool_each(&p, visit, &visited);
	egt_eq(visited, 0);
	for (size_t i = 0; i < ARRAY_LEN(s); i++) {
		s[i] = get(&p, 1 + (unsigned)i % 3);
		*(int *)(void *)(s[i] + 1) = i % 5 != 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(s); i++) {
		if (i % 5 == 0)
			eg__stack_put(&p, s[i]);
		else
			in_use++;
	}
	eg__stack_pool_each(&p, visit, &visited);
	egt_eq(visited, in_use);
	eg__stack_pool_done(&p);
}

EG_TEST_PLAIN(stack_used_max_grows_with_what_was_touched)
{
	struct eg_stack_pool p;
	struct eg_stack *s;
	size_t page, deep;

	eg__stack_pool_init(&p, HEADER_BYTES);
	page = p.page_bytes;
	s = get(&p, (unsigned)eg__stack_class(&p, 1 << 20));
	egt_le(eg__stack_used_max(s), page);
	for (deep = page; deep < eg__stack_bytes(s); deep += 37 * page) {
		((volatile char *)s)[-(ptrdiff_t)deep] = 1;
		egt_le(deep, eg__stack_used_max(s));
		egt_lt(eg__stack_used_max(s), deep + page);
	}
	s->lo[s->guard_bytes] = 1;
	egt_eq(eg__stack_used_max(s), eg__stack_bytes(s));
	eg__stack_pool_done(&p);
}

EG_TEST_PLAIN(stack_pool_lives_again_after_done)
{
	struct eg_stack_pool p;
	int fds = egt_fd_count();

	eg__stack_pool_init(&p, HEADER_BYTES);
	for (int round = 0; round < 1000; round++) {
		for (int i = 0; i < 20; i++)
			get(&p, 2)->lo[8192] = 1;
		egt_eq(p.slots_carved, 20);
		egt_eq(p.mapped_bytes, (16 + 32) << 16);
		eg__stack_pool_done(&p);
		egt_eq(p.mapped_bytes, 0);
		egt_eq(p.slots_carved, 0);
	}
	egt_eq(egt_fd_count(), fds);
}

/* Caps the address space at what the process has and @more bytes. */
static void limit_address_space(size_t more)
{
	size_t pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	egt_true(f && fscanf(f, "%zu", &pages) == 1);
	fclose(f);
	if (more != SIZE_MAX)
		limit.rlim_cur = pages * 4096 + more;
	egt_eq(setrlimit(RLIMIT_AS, &limit), 0);
}

EG_TEST_PLAIN(stack_slab_is_as_large_as_address_space_allows)
{
	enum { MIB_CLASS = 20 - EG_STACK_SHIFT_MIN };
	struct eg_stack_pool p;
	struct eg_stack *s = NULL;
	void *probe;

	eg__stack_pool_init(&p, HEADER_BYTES);
	limit_address_space(0);
	probe = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		     0);
	if (probe != MAP_FAILED)
		egt_skip("no limit on address space here: an emulator");
	egt_eq(eg__stack_get(&p, MIB_CLASS, &s), -ENOMEM);
	egt_ptr_eq(s, NULL);
	egt_ptr_eq(p.slabs, NULL);
	egt_eq(p.mapped_bytes, 0);

	limit_address_space(3 << 20);
	egt_eq(eg__stack_get(&p, MIB_CLASS, &s), 0);
	egt_eq(p.mapped_bytes, 2 << 20);

	limit_address_space(SIZE_MAX);
	for (int i = 0; i < 10; i++)
		egt_eq(eg__stack_get(&p, MIB_CLASS, &s), 0);
	eg__stack_pool_done(&p);
}

#ifdef EG_FAULTS
/* Each call fails once; the pool goes on, with or without an error. */
EG_TEST_PLAIN(stack_get_survives_a_refused_call)
{
	static const struct {
		const char *name;
		long nr;
		int error;
		int nth;
		int want; /* of the first get that meets it */
		unsigned want_guard;
	} cases[] = {
		{ "a smaller slab", SYS_mmap, -ENOMEM, 1, 0,
		  EG_STACK_GUARD_INSTALL },
		{ "no huge pages", SYS_madvise, -EINVAL, 1, 0,
		  EG_STACK_GUARD_INSTALL },
		{ "no guard markers", SYS_madvise, -EINVAL, 2, 0,
		  EG_STACK_GUARD_MPROTECT },
		{ "no memory for a guard", SYS_madvise, -ENOMEM, 2, -ENOMEM,
		  EG_STACK_GUARD_INSTALL },
		{ "no batches", SYS_process_madvise, -EPERM, 1, 0,
		  EG_STACK_GUARD_INSTALL },
		{ "no memory for a batch", SYS_process_madvise, -ENOMEM, 1,
		  -ENOMEM, EG_STACK_GUARD_INSTALL },
	};
	struct eg_stack_pool p;
	struct eg_stack *s;

	eg__stack_pool_init(&p, HEADER_BYTES);
	egt_eq(eg__stack_get(&p, 2, &s), 0);
	if (p.guard_kind != EG_STACK_GUARD_INSTALL || !p.is_batched)
		egt_skip("this kernel has no batches of guard markers");
	eg__stack_pool_done(&p);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int gotten = 0, refused = 0;

		egt_case(cases[i].name);
		eg__faults = (struct eg_faults){ .countdown = cases[i].nth,
						 .error = cases[i].error,
						 .only_nr = cases[i].nr };
		while (gotten < 40) {
			int r = eg__stack_get(&p, 2, &s);

			if (r == 0)
				gotten++;
			else
				egt_eq(r, cases[i].want);
			refused += r < 0;
		}
		egt_eq(eg__faults.fired, 1);
		egt_eq(refused, cases[i].want < 0);
		egt_eq(p.guard_kind, cases[i].want_guard);
		egt_eq(p.slots_carved, 40);
		eg__faults = (struct eg_faults){ .only_nr = EG_FAULT_ANY };
		eg__stack_pool_done(&p);
	}
}
#endif
