/* SPDX-License-Identifier: MIT */
/*
 * Values that are put, and done: who joins waits until all are (semantics
 * QU-07).
 */
#include "queue_kit.h"

EG_TEST(queue_value_is_unfinished_until_it_is_done)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		eg_queue *q = queue_make(k, EG_QUEUE_UNBOUNDED);

		for (int i = 0; i < 30; i++) {
			egt_eq(eg_queue_unfinished(q), i);
			queue_put_now(q, i);
		}
		for (int i = 0; i < 30; i++)
			egt_le(0, queue_get_now(q));
		for (int i = 30; i > 0; i--) {
			egt_eq(eg_queue_unfinished(q), i);
			egt_eq(eg_queue_task_done(q), 0);
		}
		egt_eq(eg_queue_task_done(q), -EINVAL);
		egt_eq(eg_queue_unfinished(q), 0);
		eg_queue_unref(q);
	}
}

/* However a value comes from a putter to a getter. */
EG_TEST(queue_value_counts_once_on_every_way)
{
	FOR_EACH_QUEUE_KIND(k)
	for (size_t capacity = 0; capacity < 3; capacity++) {
		eg_queue *q = queue_make(k, capacity);
		struct queue_call c = { .trace = NULL };

		queue_begin(&c, q, QUEUE_GET, -1);
		queue_put_now(q, 1);
		egt_eq(queue_end(&c), 0);
		egt_eq(eg_queue_unfinished(q), 1);
		for (size_t i = 0; i < capacity; i++)
			queue_put_now(q, 1);
		egt_eq(eg_queue_unfinished(q), 1 + capacity);
		queue_begin(&c, q, QUEUE_PUT, 1);
		egt_eq(eg_queue_unfinished(q), 1 + capacity);
		egt_eq(queue_get_now(q), 1);
		egt_eq(queue_end(&c), 0);
		egt_eq(eg_queue_unfinished(q), 2 + capacity);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_join_ends_when_the_last_is_done)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		eg_queue *q = queue_make(k, 4);
		struct trace t = { .len = 0 };
		struct queue_call c[3] = { { .trace = NULL } };

		/* Nothing to wait for. */
		egt_eq(eg_queue_join(q, EG_NOW), 0);
		queue_put_now(q, 1);
		queue_put_now(q, 2);
		egt_eq(eg_queue_join(q, EG_NOW), -ETIMEDOUT);
		for (int i = 0; i < 3; i++) {
			c[i].trace = &t;
			c[i].letter = (char)('a' + i);
			queue_begin(&c[i], q, QUEUE_JOIN, 0);
		}
		/* Taken out is not done. */
		egt_eq(queue_get_now(q), k->kind == EG_QUEUE_LIFO ? 2 : 1);
		egt_eq(queue_get_now(q), k->kind == EG_QUEUE_LIFO ? 1 : 2);
		egt_eq(eg_queue_task_done(q), 0);
		settle();
		egt_str_eq(t.text, "");
		egt_eq(eg_queue_task_done(q), 0);
		/* They wake, though more is put before they run. */
		queue_put_now(q, 3);
		for (int i = 0; i < 3; i++)
			egt_eq(queue_end(&c[i]), 0);
		egt_str_eq(t.text, "abc");
		egt_eq(eg_queue_unfinished(q), 1);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_join_that_gives_up_changes_nothing)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		eg_queue *q = queue_make(k, 4);
		struct queue_call c[3] = { { .trace = NULL } };

		queue_put_now(q, 1);
		queue_begin(&c[0], q, QUEUE_JOIN, 0);
		queue_begin_until(&c[1], q, QUEUE_JOIN, 0, eg_after(EG_MSEC));
		queue_begin(&c[2], q, QUEUE_JOIN, 0);
		egt_eq(queue_cancel(&c[0]), -ECANCELED);
		egt_eq(queue_end(&c[1]), -ETIMEDOUT);
		egt_eq(eg_queue_unfinished(q), 1);
		egt_eq(eg_queue_task_done(q), 0);
		egt_eq(queue_end(&c[2]), 0);
		eg_queue_unref(q);
	}
}

struct worker {
	eg_queue *queue;
	int *done;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	long value[3];

	while (eg_queue_get(w->queue, value, EG_FOREVER) == 0) {
		egt_eq(eg_yield(), 0);
		++*w->done;
		egt_eq(eg_queue_task_done(w->queue), 0);
	}
	return NULL;
}

EG_TEST(queue_join_waits_for_workers)
{
	FOR_EACH_QUEUE_KIND(k)
	for (size_t capacity = 0; capacity < 4; capacity += 3) {
		eg_group workers = { 0 };
		int done = 0;
		struct worker w = { queue_make(k, capacity), &done };

		for (int i = 0; i < 8; i++)
			egt_eq(eg_group_spawn(&workers, work, &w, NULL), 0);
		for (int round = 1; round <= 3; round++) {
			for (long i = 0; i < 50; i++) {
				const long value[3] = { i, i, i };

				egt_eq(eg_queue_put(w.queue, value, EG_FOREVER),
				       0);
			}
			egt_eq(eg_queue_join(w.queue, EG_FOREVER), 0);
			egt_eq(done, round * 50);
		}
		egt_eq(eg_queue_shutdown(w.queue, false), 0);
		egt_eq(eg_group_wait(&workers, EG_FOREVER), 0);
		eg_queue_unref(w.queue);
	}
}
