/* SPDX-License-Identifier: MIT */
/*
 * Slabs and pages: order, reuse, counts, and what is left after a failure at
 * each allocation in turn.
 */
#include "base/alloc.h"

#include "base/fault.h"
#include "egt.h"

#include <string.h>

/* More objects of 48 bytes than one chunk of 64 KiB holds. */
enum { PAGE = 4096, OBJECT = 48, MANY = 3000 };

EG_TEST_PLAIN(pages_are_zeroed_and_whole)
{
	static const size_t sizes[] = { 1, PAGE - 1, PAGE, PAGE + 1, 1 << 20 };
	uint64_t before = eg__pages_live_bytes();

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		size_t whole = (sizes[i] + PAGE - 1) / PAGE * PAGE;
		unsigned char *p = eg__pages_get(sizes[i]);

		egt_casef("%zu bytes", sizes[i]);
		egt_true(p);
		egt_eq((uintptr_t)p % PAGE, 0);
		egt_eq(eg__pages_live_bytes() - before, whole);
		for (size_t at = 0; at < whole; at++)
			egt_eq(p[at], 0);
		memset(p, 0xff, whole);
		eg__pages_put(p, sizes[i]);
		egt_eq(eg__pages_live_bytes(), before);
	}
	eg__pages_put(NULL, PAGE);
	egt_eq(eg__pages_live_bytes(), before);
}

EG_TEST_PLAIN(pages_that_cannot_be_had_are_null)
{
	uint64_t before = eg__pages_live_bytes();

	egt_ptr_eq(eg__pages_get(SIZE_MAX), NULL);
	egt_ptr_eq(eg__pages_get(SIZE_MAX / 2), NULL);
	egt_eq(eg__pages_live_bytes(), before);
}

EG_TEST_PLAIN(slab_gives_distinct_aligned_objects_in_order)
{
	static unsigned char *objects[MANY];
	struct eg_slab s;
	int chunk_breaks = 0;

	eg__slab_init(&s, OBJECT - 7);
	egt_eq(s.object_bytes, OBJECT);
	for (int i = 0; i < MANY; i++) {
		objects[i] = eg__slab_get(&s);
		egt_true(objects[i]);
		egt_eq((uintptr_t)objects[i] % 16, 0);
		egt_eq(s.live, i + 1);
		memset(objects[i], i, OBJECT);
		if (i && objects[i] != objects[i - 1] + OBJECT)
			chunk_breaks++;
	}
	/* 1365 in each chunk: three chunks, in order inside each. */
	egt_eq(chunk_breaks, 2);
	for (int i = 0; i < MANY; i++)
		for (int at = 0; at < OBJECT; at++)
			egt_eq(objects[i][at], (unsigned char)i);
	eg__slab_done(&s);
	egt_eq(s.live, 0);
}

EG_TEST_PLAIN(slab_reuses_the_last_freed_first)
{
	void *objects[8];
	struct eg_slab s;

	eg__slab_init(&s, OBJECT);
	for (int i = 0; i < 8; i++)
		objects[i] = eg__slab_get(&s);
	for (int i = 0; i < 8; i++)
		eg__slab_put(&s, objects[i]);
	egt_eq(s.live, 0);
	for (int i = 8; i--;)
		egt_ptr_eq(eg__slab_get(&s), objects[i]);
	egt_eq(s.live, 8);
	eg__slab_done(&s);
}

EG_TEST_PLAIN(slab_done_unmaps_live_objects_too)
{
	uint64_t before = eg__pages_live_bytes();
	struct eg_slab s;

	eg__slab_init(&s, OBJECT);
	for (int i = 0; i < MANY; i++)
		egt_true(eg__slab_get(&s));
	egt_lt(before, eg__pages_live_bytes());
	eg__slab_done(&s);
	egt_eq(eg__pages_live_bytes(), before);
	/* And is usable again. */
	egt_true(eg__slab_get(&s));
	eg__slab_done(&s);
	eg__slab_done(&s);
	egt_eq(eg__pages_live_bytes(), before);
}

EG_TEST_PLAIN_DIES(slab_refuses_objects_too_big_for_a_chunk, SIGABRT,
		   "check failed: ")
{
	struct eg_slab s;

	eg__slab_init(&s, 64 * 1024);
}

#ifdef EG_FAULTS

EG_TEST_PLAIN(pages_fail_at_each_fault_point)
{
	uint64_t before = eg__pages_live_bytes();
	void *p;
	int n = 0;

	for (;;) {
		egt_casef("fault point %d", ++n);
		eg__faults = (struct eg_faults){ .countdown = n,
						 .only_nr = EG_FAULT_ANY };
		p = eg__pages_get(PAGE);
		if (!eg__faults.fired)
			break;
		egt_ptr_eq(p, NULL);
		egt_eq(eg__pages_live_bytes(), before);
	}
	/* One for the allocation, one for the system call. */
	egt_eq(n, 3);
	eg__faults.countdown = 0;
	egt_true(p);
	eg__pages_put(p, PAGE);
}

/* Takes objects until one is refused; returns how many there were. */
static int get_until_refused(struct eg_slab *s)
{
	int n = 0;

	while (n < MANY && eg__slab_get(s))
		n++;
	return n;
}

EG_TEST_PLAIN(slab_fails_at_each_fault_point_and_goes_on)
{
	uint64_t before = eg__pages_live_bytes();
	int got, faults = 0;

	for (int n = 1;; n++) {
		struct eg_slab s;

		egt_casef("fault point %d", n);
		eg__slab_init(&s, OBJECT);
		eg__faults = (struct eg_faults){ .countdown = n,
						 .only_nr = EG_FAULT_ANY };
		got = get_until_refused(&s);
		egt_eq(s.live, got);
		egt_eq(got == MANY, eg__faults.fired == 0);
		if (got == MANY) {
			eg__slab_done(&s);
			break;
		}
		faults++;
		/* What failed once works now. */
		egt_true(eg__slab_get(&s));
		egt_eq(s.live, got + 1);
		eg__slab_done(&s);
		egt_eq(eg__pages_live_bytes(), before);
	}
	/* Each object is one point; each of the three chunks two more. */
	egt_eq(faults, MANY + 3 * 2);
	egt_eq(eg__pages_live_bytes(), before);
}

#endif
