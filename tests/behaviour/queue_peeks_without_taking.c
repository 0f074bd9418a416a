/* SPDX-License-Identifier: MIT */
/*
 * Looking at the next value: it stays, it frees no place, and who waits to look
 * stands in line with who waits to take (semantics QU-03).
 */
#include "queue_kit.h"

EG_TEST(queue_peek_shows_what_a_get_would_give)
{
	static const long next[] = { 5, 7, 3 };

	FOR_EACH_QUEUE_KIND(k)
	{
		eg_queue *q = queue_make(k, 3);

		queue_put_now(q, 5);
		queue_put_now(q, 3);
		queue_put_now(q, 7);
		for (int i = 0; i < 3; i++)
			egt_eq(queue_peek_now(q), next[k->kind]);
		egt_eq(eg_queue_len(q), 3);
		egt_eq(queue_get_now(q), next[k->kind]);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_peek_frees_no_place)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		struct queue_call c = { .trace = NULL };
		eg_queue *q = queue_make(k, 1);

		queue_put_now(q, 1);
		queue_begin(&c, q, QUEUE_PUT, 2);
		egt_eq(queue_peek_now(q), 1);
		egt_eq(eg_queue_putters(q), 1);
		settle();
		egt_eq(c.result, QUEUE_WAITS);
		egt_eq(queue_get_now(q), 1);
		egt_eq(queue_end(&c), 0);
		egt_eq(queue_get_now(q), 2);
		eg_queue_unref(q);
	}
}

/* Lines of lookers (p) and takers (g), and who goes on after one put. */
EG_TEST(queue_lookers_stand_in_line_with_takers)
{
	static const struct {
		const char *line;
		const char *served;
		ssize_t left_inside;
	} cases[] = {
		{ "p", "p", 1 },     { "g", "g", 0 },	  { "pp", "pp", 1 },
		{ "pg", "pg", 0 },   { "gp", "g-", 0 },	  { "ppg", "ppg", 0 },
		{ "pgp", "pg-", 0 }, { "gpg", "g--", 0 }, { "pgg", "pg-", 0 },
	};

	FOR_EACH_QUEUE_KIND(k)
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *line = cases[i].line, *served = cases[i].served;
		struct queue_call c[3] = { { .trace = NULL } };
		eg_queue *q = queue_make(k, 1);

		egt_casef("%s, line %s", k->name, line);
		for (int n = 0; line[n]; n++)
			queue_begin(&c[n], q,
				    line[n] == 'p' ? QUEUE_PEEK : QUEUE_GET,
				    -1);
		queue_put_now(q, 6);
		egt_eq(eg_queue_len(q), cases[i].left_inside);
		settle();
		for (int n = 0; line[n]; n++) {
			egt_eq(c[n].result, served[n] == '-' ? QUEUE_WAITS : 0);
			egt_eq(c[n].value[0], served[n] == '-' ? -1 : 6);
			if (served[n] == '-')
				egt_eq(queue_cancel(&c[n]), -ECANCELED);
			else
				egt_eq(queue_end(&c[n]), 0);
		}
		eg_queue_unref(q);
	}
}

EG_TEST(queue_peek_that_gives_up_leaves_the_line)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		struct queue_call c[2] = { { .trace = NULL } };
		eg_queue *q = queue_make(k, 1);

		queue_begin_until(&c[0], q, QUEUE_PEEK, -1, eg_after(EG_MSEC));
		egt_eq(queue_end(&c[0]), -ETIMEDOUT);
		queue_begin(&c[0], q, QUEUE_PEEK, -1);
		queue_begin(&c[1], q, QUEUE_GET, -1);
		egt_eq(eg_queue_getters(q), 2);
		egt_eq(queue_cancel(&c[0]), -ECANCELED);
		egt_eq(eg_queue_getters(q), 1);
		queue_put_now(q, 3);
		egt_eq(c[0].value[0], -1);
		egt_eq(queue_end(&c[1]), 0);
		egt_eq(c[1].value[0], 3);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_peek_is_no_work)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		struct queue_call c = { .trace = NULL };
		eg_queue *q = queue_make(k, 1);

		queue_begin(&c, q, QUEUE_PEEK, -1);
		queue_put_now(q, 3);
		egt_eq(queue_end(&c), 0);
		egt_eq(queue_peek_now(q), 3);
		egt_eq(eg_queue_unfinished(q), 1);
		eg_queue_unref(q);
	}
}
