/* SPDX-License-Identifier: MIT */
/*
 * A queue of capacity 0: a put ends when somebody has taken the value (semantics
 * QU-10, QU-12).
 */
#include "queue_kit.h"

EG_TEST(queue_rendezvous_is_full_and_empty)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		eg_queue *q = queue_make(k, 0);

		egt_eq(eg_queue_capacity(q), 0);
		egt_eq(queue_try_put(q, 1), -ETIMEDOUT);
		egt_eq(queue_try_get(q), -ETIMEDOUT);
		egt_eq(queue_try_peek(q), -ETIMEDOUT);
		egt_eq(eg_queue_len(q), 0);
		egt_eq(eg_queue_unfinished(q), 0);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_rendezvous_put_ends_when_the_value_is_taken)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		struct trace t = { .len = 0 };
		struct queue_call c = { .trace = &t, .letter = 'p' };
		eg_queue *q = queue_make(k, 0);

		queue_begin(&c, q, QUEUE_PUT, 5);
		egt_eq(c.result, QUEUE_WAITS);
		egt_eq(eg_queue_len(q), 0);
		egt_eq(eg_queue_unfinished(q), 0);
		egt_eq(queue_get_now(q), 5);
		/* Who gets runs on before who puts. */
		trace_add(&t, 'g');
		egt_eq(queue_end(&c), 0);
		egt_str_eq(t.text, "gp");
		egt_eq(eg_queue_unfinished(q), 1);
		eg_queue_unref(q);
	}
}

/* The kind orders what is inside, and there is nothing. */
EG_TEST(queue_rendezvous_serves_in_order_of_arrival)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		static const long in[] = { 2, 3, 1 };
		struct queue_call c[3] = { { .trace = NULL } };
		eg_queue *q = queue_make(k, 0);

		for (int i = 0; i < 3; i++)
			queue_begin(&c[i], q, QUEUE_PUT, in[i]);
		for (int i = 0; i < 3; i++) {
			egt_eq(queue_peek_now(q), in[i]);
			egt_eq(queue_get_now(q), in[i]);
			egt_eq(queue_end(&c[i]), 0);
		}
		eg_queue_unref(q);
	}
}

EG_TEST(queue_rendezvous_peek_leaves_the_putter_waiting)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		struct queue_call c[3] = { { .trace = NULL } };
		eg_queue *q = queue_make(k, 0);

		/* Lookers are shown what is offered, whoever comes first. */
		queue_begin(&c[0], q, QUEUE_PEEK, -1);
		queue_begin(&c[1], q, QUEUE_PUT, 8);
		egt_eq(queue_end(&c[0]), 0);
		egt_eq(c[0].value[0], 8);
		queue_begin(&c[2], q, QUEUE_PEEK, -1);
		egt_eq(queue_end(&c[2]), 0);
		egt_eq(c[2].value[0], 8);
		settle();
		egt_eq(c[1].result, QUEUE_WAITS);
		egt_eq(queue_get_now(q), 8);
		egt_eq(queue_end(&c[1]), 0);
		eg_queue_unref(q);
	}
}

static void *put_when_cancelled(void *arg)
{
	struct queue_call *c = arg;

	egt_eq(eg_cancel(eg_self()), 0);
	c->result = eg_queue_put(c->queue, c->value, EG_FOREVER);
	return NULL;
}

/* A value that nobody can ever take is not shown to who looks. */
EG_TEST(queue_rendezvous_shows_nothing_that_is_not_offered)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		struct queue_call looker = { .trace = NULL };
		struct queue_call putter = { .value = { 1, 1, 1 } };
		eg_queue *q = queue_make(k, 0);

		queue_begin(&looker, q, QUEUE_PEEK, -1);
		egt_eq(queue_try_put(q, 1), -ETIMEDOUT);
		putter.queue = q;
		egt_eq(eg_spawn(&putter.fiber, put_when_cancelled, &putter), 0);
		egt_eq(queue_end(&putter), -ECANCELED);
		settle();
		egt_eq(looker.result, QUEUE_WAITS);
		egt_eq(looker.value[0], -1);
		egt_eq(queue_cancel(&looker), -ECANCELED);
		eg_queue_unref(q);
	}
}
