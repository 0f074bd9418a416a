/* SPDX-License-Identifier: MIT */
/*
 * What comes out next: the oldest, the newest or the lowest, whole, however
 * many there are (semantics QU-01, QU-09).
 */
#include "queue_kit.h"

#include <stdlib.h>
#include <string.h>

EG_TEST(queue_order_is_that_of_the_kind)
{
	static const long in[] = { 5, 3, 9, 3, 1, 7, 5, 2 };
	static const long out[][ARRAY_LEN(in)] = {
		[EG_QUEUE_FIFO] = { 5, 3, 9, 3, 1, 7, 5, 2 },
		[EG_QUEUE_LIFO] = { 2, 5, 7, 1, 3, 9, 3, 5 },
		[EG_QUEUE_PRIORITY] = { 1, 2, 3, 3, 5, 5, 7, 9 },
	};
	static const size_t capacities[] = { ARRAY_LEN(in),
					     EG_QUEUE_UNBOUNDED };

	FOR_EACH_QUEUE_KIND(k)
	for (size_t c = 0; c < ARRAY_LEN(capacities); c++) {
		eg_queue *q = queue_make(k, capacities[c]);

		for (size_t i = 0; i < ARRAY_LEN(in); i++)
			queue_put_now(q, in[i]);
		egt_eq(eg_queue_len(q), ARRAY_LEN(in));
		for (size_t i = 0; i < ARRAY_LEN(in); i++) {
			egt_eq(queue_peek_now(q), out[k->kind][i]);
			egt_eq(queue_get_now(q), out[k->kind][i]);
		}
		egt_eq(queue_try_get(q), -ETIMEDOUT);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_default_is_a_fifo_without_a_bound)
{
	eg_queue *q;

	egt_eq(eg_queue_new(&q, sizeof(long), NULL), 0);
	egt_eq(eg_queue_capacity(q), EG_QUEUE_UNBOUNDED);
	for (long i = 0; i < 1000; i++)
		egt_eq(eg_queue_put(q, &i, EG_NOW), 0);
	for (long want = 0, got = -1; want < 1000; want++) {
		egt_eq(eg_queue_get(q, &got, EG_NOW), 0);
		egt_eq(got, want);
	}
	eg_queue_unref(q);
}

struct job {
	int urgency;
	int number; /* of arrival */
};

static int compare_jobs(const void *a, const void *b, void *arg)
{
	const struct job *x = a, *y = b;
	const int *sign = arg;

	return *sign * (x->urgency - y->urgency);
}

static eg_queue *make_jobs(int *sign)
{
	eg_queue_options options = EG_QUEUE_OPTIONS_INIT;
	eg_queue *q;

	options.kind = EG_QUEUE_PRIORITY;
	options.compare = compare_jobs;
	options.compare_arg = sign;
	egt_eq(eg_queue_new(&q, sizeof(struct job), &options), 0);
	return q;
}

EG_TEST(queue_equals_come_in_order_of_arrival)
{
	static const int urgencies[] = { 1, 2, 7, 1000 };
	int sign = 1;

	for (size_t u = 0; u < ARRAY_LEN(urgencies); u++) {
		struct job job, last = { -1, -1 };
		eg_queue *q = make_jobs(&sign);

		egt_casef("%d urgencies", urgencies[u]);
		for (int n = 0; n < 500; n++) {
			job = (struct job){ n * 37 % urgencies[u], n };
			egt_eq(eg_queue_put(q, &job, EG_NOW), 0);
			/* So that what is old and what is new meet. */
			if (n % 3 == 0)
				egt_eq(eg_queue_get(q, NULL, EG_NOW), 0);
		}
		while (eg_queue_get(q, &job, EG_NOW) == 0) {
			egt_le(last.urgency, job.urgency);
			if (last.urgency == job.urgency)
				egt_lt(last.number, job.number);
			last = job;
		}
		egt_eq(eg_queue_len(q), 0);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_compare_has_its_argument)
{
	int sign = -1;
	eg_queue *q = make_jobs(&sign);
	struct job job = { 0, 0 };

	for (; job.urgency < 10; job.urgency++)
		egt_eq(eg_queue_put(q, &job, EG_NOW), 0);
	for (int want = 9; want >= 0; want--) {
		egt_eq(eg_queue_get(q, &job, EG_NOW), 0);
		egt_eq(job.urgency, want);
	}
	eg_queue_unref(q);
}

enum { BYTES_MAX = 1000 };

static int compare_bytes(const void *a, const void *b, void *arg)
{
	const size_t *bytes = arg;

	egt_eq((uintptr_t)b % 16, 0);
	/* A value of no bytes may be NULL, which memcmp() does not take. */
	return *bytes ? memcmp(a, b, *bytes) : 0;
}

static void fill(unsigned char *value, size_t bytes, int n)
{
	for (size_t i = 0; i < bytes; i++)
		value[i] = (unsigned char)(n + (int)i % 3);
}

EG_TEST(queue_values_arrive_whole)
{
	static size_t sizes[] = { 0, 1, 7, 8, 9, 16, 24, BYTES_MAX };
	unsigned char value[BYTES_MAX + 1], want[BYTES_MAX];

	for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
		for (int kind = 0; kind <= EG_QUEUE_PRIORITY; kind++) {
			eg_queue_options o = EG_QUEUE_OPTIONS_INIT;
			size_t bytes = sizes[s];
			eg_queue *q;

			egt_casef("%zu bytes, kind %d", bytes, kind);
			o.kind = kind;
			if (kind == EG_QUEUE_PRIORITY) {
				o.compare = compare_bytes;
				o.compare_arg = &bytes;
			}
			egt_eq(eg_queue_new(&q, bytes, &o), 0);
			for (int n = 0; n < 100; n++) {
				fill(value, bytes, n);
				egt_eq(eg_queue_put(q, bytes ? value : NULL,
						    EG_NOW),
				       0);
			}
			for (int n = 0; n < 100; n++) {
				memset(value, 0xee, sizeof(value));
				fill(want, bytes,
				     kind == EG_QUEUE_LIFO ? 99 - n : n);
				egt_eq(eg_queue_get(q, value, EG_NOW), 0);
				egt_true(!memcmp(value, want, bytes));
				egt_eq(value[bytes], 0xee);
			}
			eg_queue_unref(q);
		}
	}
}

/* The ring wraps, and grows while it is wrapped. */
EG_TEST(queue_keeps_its_order_when_it_grows)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		eg_queue *q = queue_make(k, EG_QUEUE_UNBOUNDED);
		long in = 0, out = 0;

		for (int round = 1; round < 300; round++) {
			for (int i = 0; i < round % 17; i++)
				queue_put_now(q, in++);
			for (int i = 0; i < round % 13 && in > out; i++) {
				long got = queue_get_now(q);

				if (k->kind == EG_QUEUE_LIFO) {
					egt_lt(got, in);
					in--;
				} else {
					egt_eq(got, out++);
				}
			}
			egt_eq(eg_queue_len(q), in - out);
		}
		egt_lt(100, in - out);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_drops_what_nobody_wants)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		eg_queue *q = queue_make(k, 4);
		struct queue_call c = { .trace = NULL };

		queue_put_now(q, 1);
		queue_put_now(q, 2);
		egt_eq(eg_queue_get(q, NULL, EG_NOW), 0);
		egt_eq(eg_queue_peek(q, NULL, EG_NOW), 0);
		egt_eq(eg_queue_len(q), 1);
		egt_eq(eg_queue_get(q, NULL, EG_FOREVER), 0);
		/* One that waits drops it too. */
		queue_begin(&c, q, QUEUE_PUT, 3);
		egt_eq(queue_end(&c), 0);
		egt_eq(eg_queue_get(q, NULL, EG_FOREVER), 0);
		egt_eq(eg_queue_len(q), 0);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_reference_keeps_it)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		eg_queue *q = queue_make(k, 2);

		egt_ptr_eq(eg_queue_ref(q), q);
		queue_put_now(q, 4);
		egt_ptr_eq(eg_queue_unref(q), NULL);
		egt_eq(queue_get_now(q), 4);
		/* The last one drops what is inside. */
		queue_put_now(q, 5);
		egt_ptr_eq(eg_queue_unref(q), NULL);
	}
}

EG_TEST(queue_sizes_and_kinds_out_of_range_are_refused)
{
	static const struct {
		const char *name;
		size_t value_bytes, capacity;
		int kind;
		bool has_compare;
		int want;
	} cases[] = {
		{ "largest value", 1 << 20, 0, EG_QUEUE_FIFO, false, 0 },
		{ "too large", (1 << 20) + 1, 0, EG_QUEUE_FIFO, false,
		  -EINVAL },
		{ "absurd", SIZE_MAX, 1, EG_QUEUE_FIFO, false, -EINVAL },
		{ "bound too large", 1 << 20, 1025, EG_QUEUE_FIFO, false,
		  -EINVAL },
		{ "bound overflows", 1 << 20, SIZE_MAX >> 10, EG_QUEUE_LIFO,
		  false, -EINVAL },
		{ "bound of nothing", 0, (1 << 30) + 1, EG_QUEUE_FIFO, false,
		  -EINVAL },
		{ "nothing, no bound", 0, EG_QUEUE_UNBOUNDED, EG_QUEUE_LIFO,
		  false, 0 },
		{ "no kind", 8, 1, -1, false, -EINVAL },
		{ "unknown kind", 8, 1, EG_QUEUE_PRIORITY + 1, false, -EINVAL },
		{ "priority", 8, 1, EG_QUEUE_PRIORITY, true, 0 },
		{ "priority of what?", 8, 1, EG_QUEUE_PRIORITY, false,
		  -EINVAL },
		{ "nothing to compare", 8, 1, EG_QUEUE_FIFO, true, -EINVAL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		eg_queue_options o = EG_QUEUE_OPTIONS_INIT;
		eg_queue *q = NULL;

		egt_case(cases[i].name);
		o.capacity = cases[i].capacity;
		o.kind = cases[i].kind;
		if (cases[i].has_compare)
			o.compare = compare_jobs;
		egt_eq(eg_queue_new(&q, cases[i].value_bytes, &o),
		       cases[i].want);
		egt_eq(q != NULL, cases[i].want == 0);
		eg_queue_unref(q);
	}
}
