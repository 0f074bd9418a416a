/* SPDX-License-Identifier: MIT */
/*
 * A capacity that changes: new places are given to who waits, and nothing
 * inside is lost (semantics QU-12).
 */
#include "queue_kit.h"

EG_TEST(queue_new_places_go_to_putters_in_line)
{
	static const struct {
		size_t from, to;
		int served;
	} cases[] = {
		{ 0, 1, 1 },
		{ 0, 2, 2 },
		{ 1, 3, 2 },
		{ 2, 2, 0 },
		{ 2, 1, 0 },
		{ 1, 0, 0 },
		{ 1, 100, 4 },
		{ 0, EG_QUEUE_UNBOUNDED, 4 },
		{ 2, EG_QUEUE_UNBOUNDED, 4 },
	};

	FOR_EACH_QUEUE_KIND(k)
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t from = cases[i].from;
		struct queue_call c[4] = { { .trace = NULL } };
		eg_queue *q = queue_make(k, from);
		struct trace t = { .len = 0 };
		ssize_t all = (ssize_t)from + 4;

		egt_casef("%s, row %zu", k->name, i);
		for (size_t n = 0; n < from; n++)
			queue_put_now(q, 10);
		for (int n = 0; n < 4; n++) {
			c[n].trace = &t;
			c[n].letter = (char)('a' + n);
			queue_begin(&c[n], q, QUEUE_PUT, 20 + n);
		}
		egt_eq(eg_queue_resize(q, cases[i].to), 0);
		egt_eq(eg_queue_capacity(q), cases[i].to);
		egt_eq(eg_queue_len(q), (ssize_t)from + cases[i].served);
		egt_eq(eg_queue_putters(q), 4 - cases[i].served);
		settle();
		egt_eq(t.len, cases[i].served);
		for (; all > 0; all--)
			egt_le(10, queue_get_now(q));
		for (int n = 0; n < 4; n++)
			egt_eq(queue_end(&c[n]), 0);
		egt_str_eq(t.text, "abcd");
		eg_queue_unref(q);
	}
}

EG_TEST(queue_values_beyond_a_smaller_capacity_stay)
{
	FOR_EACH_QUEUE_KIND(k)
	for (size_t to = 0; to < 4; to++) {
		eg_queue *q = queue_make(k, 8);
		struct queue_call c = { .trace = NULL };

		for (int i = 0; i < 6; i++)
			queue_put_now(q, 1);
		egt_eq(eg_queue_resize(q, to), 0);
		egt_eq(eg_queue_len(q), 6);
		egt_eq(queue_try_put(q, 2), -ETIMEDOUT);
		queue_begin(&c, q, QUEUE_PUT, 1);
		/* Their places are not given again. */
		for (size_t left = 6; left-- > to;) {
			egt_eq(eg_queue_putters(q), 1);
			egt_eq(queue_get_now(q), 1);
			egt_eq(eg_queue_len(q), left);
		}
		egt_eq(queue_get_now(q), 1);
		egt_eq(queue_end(&c), 0);
		egt_eq(eg_queue_len(q), to);
		eg_queue_unref(q);
	}
}

/* The ring is full and wrapped when it is moved. */
EG_TEST(queue_keeps_its_order_when_it_is_resized)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		eg_queue *q = queue_make(k, 8);

		for (int i = 0; i < 5; i++)
			queue_put_now(q, i);
		for (int i = 0; i < 5; i++)
			egt_le(0, queue_get_now(q));
		for (int i = 0; i < 8; i++)
			queue_put_now(q, i);
		egt_eq(eg_queue_resize(q, 20), 0);
		for (int i = 8; i < 20; i++)
			queue_put_now(q, i);
		egt_eq(queue_try_put(q, 20), -ETIMEDOUT);
		for (int i = 0; i < 20; i++)
			egt_eq(queue_get_now(q),
			       k->kind == EG_QUEUE_LIFO ? 19 - i : i);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_resized_wakes_no_getter)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		eg_queue *q = queue_make(k, 0);
		struct queue_call c = { .trace = NULL };

		queue_begin(&c, q, QUEUE_GET, -1);
		egt_eq(eg_queue_resize(q, 4), 0);
		settle();
		egt_eq(c.result, QUEUE_WAITS);
		queue_put_now(q, 2);
		egt_eq(eg_queue_len(q), 0);
		egt_eq(queue_end(&c), 0);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_who_waits_is_counted)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		eg_queue *q = queue_make(k, 0);
		struct queue_call c[3] = { { .trace = NULL } };

		for (int i = 0; i < 3; i++) {
			egt_eq(eg_queue_getters(q), i);
			queue_begin(&c[i], q, i ? QUEUE_GET : QUEUE_PEEK, -1);
		}
		egt_eq(eg_queue_putters(q), 0);
		for (int i = 0; i < 3; i++) {
			egt_eq(eg_queue_getters(q), 3 - i);
			egt_eq(queue_cancel(&c[i]), -ECANCELED);
		}
		for (int i = 0; i < 3; i++) {
			egt_eq(eg_queue_putters(q), i);
			queue_begin(&c[i], q, QUEUE_PUT, 1);
		}
		egt_eq(eg_queue_getters(q), 0);
		for (int i = 0; i < 3; i++) {
			egt_eq(eg_queue_putters(q), 3 - i);
			egt_eq(queue_cancel(&c[i]), -ECANCELED);
		}
		egt_eq(eg_queue_putters(q), 0);
		eg_queue_unref(q);
	}
}
