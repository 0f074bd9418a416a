/* SPDX-License-Identifier: MIT */
/*
 * Getters and putters that are cancelled or time out, before and after they
 * are served: every value that was put comes out once, and no other (semantics
 * QU-04).
 */
#include "queue_kit.h"

/* How the first in line gives up. */
enum way { CANCELLED, TIMED_OUT, CANCELLED_TOO_LATE, WAYS };

static const struct {
	const char *name;
	int result;
} ways[WAYS] = {
	[CANCELLED] = { "cancelled", -ECANCELED },
	[TIMED_OUT] = { "timed out", -ETIMEDOUT },
	[CANCELLED_TOO_LATE] = { "cancelled when it was served", 0 },
};

static void begin(struct queue_call *c, eg_queue *q, enum queue_op op,
		  long number, enum way way)
{
	queue_begin_until(c, q, op, number,
			  way == TIMED_OUT ? eg_after(EG_MSEC) : EG_FOREVER);
}

static void give_up_before(struct queue_call *c, enum way way)
{
	if (way == CANCELLED)
		egt_eq(eg_cancel(c->fiber), 0);
	if (way == TIMED_OUT)
		egt_eq(eg_sleep_until(c->deadline), 0);
}

static void give_up_after(struct queue_call *c, enum way way)
{
	if (way == CANCELLED_TOO_LATE)
		egt_eq(eg_cancel(c->fiber), 0);
}

static const size_t capacities[] = { 0, 1, EG_QUEUE_UNBOUNDED };

EG_TEST(queue_value_goes_to_the_next_getter)
{
	FOR_EACH_QUEUE_KIND(k)
	for (size_t i = 0; i < WAYS * ARRAY_LEN(capacities); i++) {
		eg_queue *q = queue_make(k, capacities[i / WAYS]);
		enum way way = (enum way)(i % WAYS);
		struct queue_call c[2] = { { .trace = NULL } };
		bool is_served = way == CANCELLED_TOO_LATE;

		egt_casef("%s, %s, capacity %zu", k->name, ways[way].name,
			  capacities[i / WAYS]);
		begin(&c[0], q, QUEUE_GET, -1, way);
		queue_begin(&c[1], q, QUEUE_GET, -1);
		give_up_before(&c[0], way);
		queue_put_now(q, 42);
		give_up_after(&c[0], way);
		egt_eq(queue_end(&c[0]), ways[way].result);
		egt_eq(c[0].value[0], is_served ? 42 : -1);
		egt_eq(eg_queue_getters(q), is_served);
		egt_eq(queue_try_get(q), -ETIMEDOUT);
		if (is_served)
			queue_put_now(q, 43);
		egt_eq(queue_end(&c[1]), 0);
		egt_eq(c[1].value[0], is_served ? 43 : 42);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_value_without_a_getter_stays)
{
	FOR_EACH_QUEUE_KIND(k)
	for (enum way way = CANCELLED; way <= TIMED_OUT; way++) {
		struct queue_call c = { .trace = NULL };
		eg_queue *q = queue_make(k, 2);

		egt_casef("%s, %s", k->name, ways[way].name);
		begin(&c, q, QUEUE_GET, -1, way);
		give_up_before(&c, way);
		queue_put_now(q, 42);
		egt_eq(queue_end(&c), ways[way].result);
		egt_eq(eg_queue_len(q), 1);
		egt_eq(queue_get_now(q), 42);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_value_of_a_putter_that_gave_up_is_not_put)
{
	FOR_EACH_QUEUE_KIND(k)
	for (size_t i = 0; i < WAYS * 2; i++) {
		enum way way = (enum way)(i % WAYS);
		struct queue_call c[2] = { { .trace = NULL } };
		size_t capacity = i / WAYS;
		eg_queue *q = queue_make(k, capacity);

		egt_casef("%s, %s, capacity %zu", k->name, ways[way].name,
			  capacity);
		if (capacity)
			queue_put_now(q, 1);
		begin(&c[0], q, QUEUE_PUT, 2, way);
		queue_begin(&c[1], q, QUEUE_PUT, 3);
		give_up_before(&c[0], way);
		if (capacity)
			egt_eq(queue_get_now(q), 1);
		else if (way == CANCELLED_TOO_LATE)
			egt_eq(queue_get_now(q), 2);
		give_up_after(&c[0], way);
		egt_eq(queue_end(&c[0]), ways[way].result);
		if (capacity && way == CANCELLED_TOO_LATE)
			egt_eq(queue_get_now(q), 2);
		egt_eq(queue_get_now(q), 3);
		egt_eq(queue_end(&c[1]), 0);
		egt_eq(queue_try_get(q), -ETIMEDOUT);
		/* What was not put is not waited for either. */
		egt_eq(eg_queue_unfinished(q),
		       (ssize_t)(1 + capacity) + (way == CANCELLED_TOO_LATE));
		eg_queue_unref(q);
	}
}

/* The lines stay in order around the one that leaves. */
EG_TEST(queue_line_closes_up_behind_who_gave_up)
{
	FOR_EACH_QUEUE_KIND(k)
	for (int leaver = 0; leaver < 4; leaver++) {
		eg_queue *q = queue_make(k, 1);
		struct queue_call c[4] = { { .trace = NULL } };

		for (int i = 0; i < 4; i++)
			queue_begin(&c[i], q, QUEUE_GET, -1);
		egt_eq(queue_cancel(&c[leaver]), -ECANCELED);
		for (int i = 0; i < 4; i++)
			if (i != leaver)
				queue_put_now(q, i);
		for (int i = 0; i < 4; i++) {
			if (i == leaver)
				continue;
			egt_eq(queue_end(&c[i]), 0);
			egt_eq(c[i].value[0], i);
		}

		queue_put_now(q, 9);
		for (int i = 0; i < 4; i++)
			queue_begin(&c[i], q, QUEUE_PUT, i);
		egt_eq(queue_cancel(&c[leaver]), -ECANCELED);
		egt_eq(queue_get_now(q), 9);
		for (int i = 0; i < 4; i++) {
			if (i == leaver)
				continue;
			egt_eq(queue_get_now(q), i);
			egt_eq(queue_end(&c[i]), 0);
		}
		eg_queue_unref(q);
	}
}

/* After the line has gone, nothing of it slows down or stops the next. */
EG_TEST(queue_works_on_when_all_gave_up)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		eg_queue *q = queue_make(k, 2);
		struct queue_call c[2] = { { .trace = NULL } };

		queue_begin(&c[0], q, QUEUE_GET, -1);
		egt_eq(queue_cancel(&c[0]), -ECANCELED);
		for (int i = 0; i < 5; i++) {
			queue_put_now(q, i);
			egt_eq(queue_get_now(q), i);
		}
		queue_put_now(q, 1);
		queue_put_now(q, 1);
		queue_begin(&c[1], q, QUEUE_PUT, 3);
		egt_eq(queue_cancel(&c[1]), -ECANCELED);
		for (int i = 0; i < 5; i++) {
			egt_eq(queue_get_now(q), 1);
			egt_eq(eg_queue_len(q), 1);
			queue_put_now(q, 1);
		}
		egt_eq(queue_try_put(q, 1), -ETIMEDOUT);
		eg_queue_unref(q);
	}
}

/* The put and the getter's deadline are due in one turn. */
EG_TEST(queue_value_and_deadline_in_one_turn, .backends = EGT_SIM)
{
	FOR_EACH_QUEUE_KIND(k)
	for (int i = 0; i < 2; i++) {
		struct queue_call c = { .trace = NULL };
		int64_t due = eg_after(EG_MSEC);
		eg_queue *q = queue_make(k, 1);

		queue_begin_until(&c, q, QUEUE_GET, -1, due);
		egt_eq(eg_sleep_until(due - 1 + i), 0);
		queue_put_now(q, 42);
		/* Who came in time has it; else it is still there. */
		egt_eq(queue_end(&c), i ? -ETIMEDOUT : 0);
		egt_eq(c.value[0], i ? -1 : 42);
		egt_eq(eg_queue_len(q), i);
		eg_queue_unref(q);
	}
}
