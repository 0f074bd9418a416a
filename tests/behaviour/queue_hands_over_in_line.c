/* SPDX-License-Identifier: MIT */
/*
 * Who waits is served in the order of arrival, at the moment of the put or the
 * get itself, and nobody switches for it (semantics QU-01, QU-02, QU-03, QU-06,
 * QU-13).
 */
#include "queue_kit.h"

enum { CALLS = 6 };

static const size_t capacities[] = { 0, 1, 4, EG_QUEUE_UNBOUNDED };

/* Of all fibers: nothing ran between two readings if they are equal. */
static uint64_t switches(void)
{
	eg_hub_stats stats = { .size = sizeof(stats) };

	egt_eq(eg_hub_get_stats(&stats), 0);
	return stats.switches;
}

static void begin_all(struct queue_call *c, struct trace *t, eg_queue *q,
		      enum queue_op op)
{
	for (int i = 0; i < CALLS; i++) {
		c[i] = (struct queue_call){ .trace = t,
					    .letter = (char)('a' + i) };
		queue_begin(&c[i], q, op, i);
	}
}

EG_TEST(queue_getters_are_served_in_order)
{
	FOR_EACH_QUEUE_KIND(k)
	for (size_t n = 0; n < ARRAY_LEN(capacities); n++) {
		eg_queue *q = queue_make(k, capacities[n]);
		struct queue_call c[CALLS];
		struct trace t = { .len = 0 };

		begin_all(c, &t, q, QUEUE_GET);
		egt_eq(eg_queue_getters(q), CALLS);
		/* The lowest last: the kind has no say in it. */
		for (int i = 0; i < CALLS; i++)
			queue_put_now(q, 100 - i);
		egt_eq(eg_queue_getters(q), 0);
		egt_eq(eg_queue_len(q), 0);
		for (int i = 0; i < CALLS; i++) {
			egt_eq(queue_end(&c[i]), 0);
			egt_eq(c[i].value[0], 100 - i);
		}
		egt_str_eq(t.text, "abcdef");
		eg_queue_unref(q);
	}
}

EG_TEST(queue_value_handed_over_is_not_free_for_who_comes_later)
{
	FOR_EACH_QUEUE_KIND(k)
	for (size_t n = 0; n < ARRAY_LEN(capacities); n++) {
		eg_queue *q = queue_make(k, capacities[n]);
		struct queue_call c = { .trace = NULL };

		queue_begin(&c, q, QUEUE_GET, -1);
		queue_put_now(q, 5);
		/* It has not run yet. */
		egt_eq(c.result, QUEUE_WAITS);
		egt_eq(queue_try_get(q), -ETIMEDOUT);
		egt_eq(queue_try_peek(q), -ETIMEDOUT);
		egt_eq(queue_end(&c), 0);
		egt_eq(c.value[0], 5);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_putters_are_served_in_order)
{
	FOR_EACH_QUEUE_KIND(k)
	for (size_t capacity = 0; capacity < 2; capacity++) {
		eg_queue *q = queue_make(k, capacity);
		struct queue_call c[CALLS];
		struct trace t = { .len = 0 };

		if (capacity)
			queue_put_now(q, 100);
		begin_all(c, &t, q, QUEUE_PUT);
		egt_eq(eg_queue_putters(q), CALLS);
		egt_eq(eg_queue_len(q), capacity);
		if (capacity)
			egt_eq(queue_get_now(q), 100);
		for (int i = 0; i < CALLS; i++)
			egt_eq(queue_get_now(q), i);
		egt_eq(eg_queue_putters(q), 0);
		for (int i = 0; i < CALLS; i++)
			egt_eq(queue_end(&c[i]), 0);
		egt_str_eq(t.text, "abcdef");
		eg_queue_unref(q);
	}
}

EG_TEST(queue_place_handed_over_is_not_free_for_who_comes_later)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		eg_queue *q = queue_make(k, 1);
		struct queue_call c = { .trace = NULL };

		queue_put_now(q, 1);
		queue_begin(&c, q, QUEUE_PUT, 2);
		egt_eq(queue_get_now(q), 1);
		/* It has not run yet, but its value is in (QU-13). */
		egt_eq(c.result, QUEUE_WAITS);
		egt_eq(eg_queue_len(q), 1);
		egt_eq(queue_try_put(q, 3), -ETIMEDOUT);
		egt_eq(queue_peek_now(q), 2);
		egt_eq(queue_end(&c), 0);
		egt_eq(queue_get_now(q), 2);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_put_does_not_switch_while_there_is_room)
{
	FOR_EACH_QUEUE_KIND(k)
	for (size_t n = 1; n < ARRAY_LEN(capacities); n++) {
		eg_queue *q = queue_make(k, capacities[n]);
		struct letter other = { &(struct trace){ .len = 0 }, 'x' };
		uint64_t before;
		long value[3] = { 1, 1, 1 };

		egt_eq(eg_spawn(NULL, write_letter, &other), 0);
		before = switches();
		egt_eq(eg_queue_put(q, value, EG_FOREVER), 0);
		egt_eq(eg_queue_peek(q, value, EG_FOREVER), 0);
		egt_eq(eg_queue_get(q, value, EG_FOREVER), 0);
		egt_eq(switches(), before);
		egt_str_eq(other.trace->text, "");
		settle();
		egt_str_eq(other.trace->text, "x");
		eg_queue_unref(q);
	}
}

/* Nothing is left for the hub to do: the call itself has handed over. */
EG_TEST(queue_hand_over_does_not_switch)
{
	FOR_EACH_QUEUE_KIND(k)
	for (size_t capacity = 0; capacity < 2; capacity++) {
		struct queue_call getter = { .trace = NULL };
		struct queue_call putter = { .trace = NULL };
		eg_queue *q = queue_make(k, capacity);
		long value[3] = { 7, 7, 7 };
		uint64_t before;

		queue_begin(&getter, q, QUEUE_GET, -1);
		before = switches();
		egt_eq(eg_queue_put(q, value, EG_FOREVER), 0);
		egt_eq(getter.value[0], 7);
		egt_eq(switches(), before);
		egt_eq(queue_end(&getter), 0);

		if (capacity)
			queue_put_now(q, 8);
		queue_begin(&putter, q, QUEUE_PUT, 9);
		before = switches();
		egt_eq(eg_queue_get(q, value, EG_FOREVER), 0);
		egt_eq(value[0], capacity ? 8 : 9);
		egt_eq(eg_queue_len(q), capacity);
		egt_eq(switches(), before);
		egt_eq(queue_end(&putter), 0);
		eg_queue_unref(q);
	}
}

/* Each put wakes one getter, each get one putter, and no more. */
EG_TEST(queue_wakes_one_for_each_value)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		eg_queue *q = queue_make(k, 1);
		struct queue_call c[CALLS];
		struct trace t = { .len = 0 };

		begin_all(c, &t, q, QUEUE_GET);
		for (int i = 0; i < CALLS; i++) {
			egt_eq(t.len, i);
			egt_eq(eg_queue_getters(q), CALLS - i);
			queue_put_now(q, i);
			settle();
		}
		for (int i = 0; i < CALLS; i++)
			egt_eq(queue_end(&c[i]), 0);
		queue_put_now(q, 0);
		t.len = 0;
		begin_all(c, &t, q, QUEUE_PUT);
		for (int i = 0; i < CALLS; i++) {
			egt_eq(t.len, i);
			egt_eq(eg_queue_putters(q), CALLS - i);
			egt_le(0, queue_get_now(q));
			settle();
		}
		for (int i = 0; i < CALLS; i++)
			egt_eq(queue_end(&c[i]), 0);
		eg_queue_unref(q);
	}
}

struct crowd {
	eg_queue *queue;
	long sum;
	int count;
};

static void *put_ten(void *arg)
{
	struct crowd *c = arg;

	for (long i = 1; i <= 10; i++) {
		const long value[3] = { i, i, i };

		egt_eq(eg_queue_put(c->queue, value, EG_FOREVER), 0);
	}
	return NULL;
}

static void *get_till_the_end(void *arg)
{
	struct crowd *c = arg;
	long value[3];

	while (eg_queue_get(c->queue, value, EG_FOREVER) == 0) {
		c->sum += value[0];
		c->count++;
		egt_eq(eg_queue_task_done(c->queue), 0);
	}
	return NULL;
}

EG_TEST(queue_is_shared_by_hundreds)
{
	FOR_EACH_QUEUE_KIND(k)
	for (size_t n = 0; n < ARRAY_LEN(capacities); n++) {
		eg_group putters = { 0 }, getters = { 0 };
		struct crowd c = { queue_make(k, capacities[n]), 0, 0 };

		for (int i = 0; i < 100; i++) {
			egt_eq(eg_group_spawn(&putters, put_ten, &c, NULL), 0);
			egt_eq(eg_group_spawn(&getters, get_till_the_end, &c,
					      NULL),
			       0);
		}
		egt_eq(eg_group_wait(&putters, EG_FOREVER), 0);
		egt_eq(eg_queue_join(c.queue, EG_FOREVER), 0);
		egt_eq(eg_queue_shutdown(c.queue, false), 0);
		egt_eq(eg_group_wait(&getters, EG_FOREVER), 0);
		egt_eq(c.count, 1000);
		egt_eq(c.sum, 100 * 55);
		eg_queue_unref(c.queue);
	}
}
