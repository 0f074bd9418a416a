/* SPDX-License-Identifier: MIT */
/*
 * The end of a queue: who waits is told, what is inside can be taken or is
 * dropped, and a loop over it ends (semantics QU-08, QU-11).
 */
#include "queue_kit.h"

static const struct {
	const char *name;
	bool is_immediate;
} ways[] = {
	{ "in good time", false },
	{ "at once", true },
};

#define FOR_EACH_WAY(k, i)     \
	FOR_EACH_QUEUE_KIND(k) \
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)

static void name_way(const struct queue_kind *k, size_t i)
{
	egt_casef("%s, %s", k->name, ways[i].name);
}

EG_TEST(queue_shut_down_wakes_getters)
{
	FOR_EACH_WAY(k, i)
	for (size_t capacity = 0; capacity < 2; capacity++) {
		eg_queue *q = queue_make(k, capacity);
		struct trace t = { .len = 0 };
		struct queue_call c[4];

		name_way(k, i);
		for (int n = 0; n < 4; n++) {
			c[n] = (struct queue_call){
				.trace = &t,
				.letter = (char)('a' + n),
			};
			queue_begin(&c[n], q, n % 2 ? QUEUE_PEEK : QUEUE_GET,
				    -1);
		}
		egt_eq(eg_queue_shutdown(q, ways[i].is_immediate), 0);
		egt_eq(eg_queue_getters(q), 0);
		for (int n = 0; n < 4; n++) {
			egt_eq(queue_end(&c[n]), -ESHUTDOWN);
			egt_eq(c[n].value[0], -1);
		}
		egt_str_eq(t.text, "abcd");
		eg_queue_unref(q);
	}
}

EG_TEST(queue_shut_down_wakes_putters)
{
	FOR_EACH_WAY(k, i)
	for (size_t capacity = 0; capacity < 3; capacity++) {
		eg_queue *q = queue_make(k, capacity);
		struct queue_call c[3] = { { .trace = NULL } };

		name_way(k, i);
		for (size_t n = 0; n < capacity; n++)
			queue_put_now(q, 1);
		for (int n = 0; n < 3; n++)
			queue_begin(&c[n], q, QUEUE_PUT, 2);
		egt_eq(eg_queue_shutdown(q, ways[i].is_immediate), 0);
		egt_eq(eg_queue_putters(q), 0);
		/* What they brought is not inside. */
		egt_eq(eg_queue_len(q), ways[i].is_immediate ? 0 : capacity);
		for (int n = 0; n < 3; n++)
			egt_eq(queue_end(&c[n]), -ESHUTDOWN);
		while (eg_queue_len(q))
			egt_eq(queue_get_now(q), 1);
		egt_eq(queue_try_get(q), -ESHUTDOWN);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_shut_down_takes_nothing_more)
{
	FOR_EACH_WAY(k, i)
	for (size_t capacity = 0; capacity < 2; capacity++) {
		eg_queue *q = queue_make(k, capacity);
		const long value[3] = { 1, 1, 1 };

		name_way(k, i);
		egt_eq(eg_queue_shutdown(q, ways[i].is_immediate), 0);
		egt_eq(queue_try_put(q, 1), -ESHUTDOWN);
		egt_eq(eg_queue_put(q, value, EG_FOREVER), -ESHUTDOWN);
		egt_eq(eg_queue_resize(q, 10), 0);
		egt_eq(queue_try_put(q, 1), -ESHUTDOWN);
		egt_eq(queue_try_peek(q), -ESHUTDOWN);
		egt_eq(eg_queue_get(q, NULL, EG_FOREVER), -ESHUTDOWN);
		egt_eq(eg_queue_len(q), 0);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_shut_down_can_be_emptied)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		eg_queue *q = queue_make(k, 5);

		for (int i = 0; i < 3; i++)
			queue_put_now(q, i);
		egt_eq(eg_queue_shutdown(q, false), 0);
		egt_eq(queue_try_put(q, 3), -ESHUTDOWN);
		egt_eq(eg_queue_shutdown(q, false), 0);
		for (int i = 0; i < 3; i++) {
			int want = k->kind == EG_QUEUE_LIFO ? 2 - i : i;

			egt_eq(queue_peek_now(q), want);
			egt_eq(queue_get_now(q), want);
		}
		egt_eq(queue_try_get(q), -ESHUTDOWN);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_shut_down_at_once_is_done_with_what_it_drops)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		eg_queue *q = queue_make(k, 5);
		struct queue_call c = { .trace = NULL };

		for (int i = 0; i < 4; i++)
			queue_put_now(q, i);
		queue_begin(&c, q, QUEUE_JOIN, 0);
		egt_le(0, queue_get_now(q));
		/* First in good time, then at once. */
		egt_eq(eg_queue_shutdown(q, false), 0);
		egt_eq(eg_queue_len(q), 3);
		egt_eq(eg_queue_shutdown(q, true), 0);
		egt_eq(eg_queue_len(q), 0);
		/* One is still worked on. */
		egt_eq(eg_queue_unfinished(q), 1);
		settle();
		egt_eq(c.result, QUEUE_WAITS);
		egt_eq(eg_queue_task_done(q), 0);
		egt_eq(queue_end(&c), 0);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_shut_down_at_once_ends_a_join)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		eg_queue *q = queue_make(k, 5);
		struct queue_call c = { .trace = NULL };

		queue_put_now(q, 1);
		queue_put_now(q, 1);
		queue_begin(&c, q, QUEUE_JOIN, 0);
		egt_eq(eg_queue_shutdown(q, true), 0);
		egt_eq(queue_end(&c), 0);
		egt_eq(eg_queue_task_done(q), -EINVAL);
		eg_queue_unref(q);
	}
}

/* More was said to be done than was taken out. */
EG_TEST(queue_shut_down_at_once_counts_nothing_twice)
{
	FOR_EACH_QUEUE_KIND(k)
	{
		eg_queue *q = queue_make(k, 5);

		for (int i = 0; i < 3; i++)
			queue_put_now(q, i);
		egt_eq(eg_queue_task_done(q), 0);
		egt_eq(eg_queue_task_done(q), 0);
		egt_eq(eg_queue_shutdown(q, true), 0);
		egt_eq(eg_queue_unfinished(q), 0);
		eg_queue_unref(q);
	}
}

struct reader {
	eg_queue *queue;
	long sum;
	int end;
};

static void *read_to_the_end(void *arg)
{
	struct reader *r = arg;
	long value[3];

	while ((r->end = eg_queue_get(r->queue, value, EG_FOREVER)) == 0)
		r->sum += value[0];
	return NULL;
}

/* QU-11: what a loop over the values is. */
EG_TEST(queue_loop_ends_when_it_is_shut_down_and_empty)
{
	FOR_EACH_QUEUE_KIND(k)
	for (size_t capacity = 0; capacity < 20; capacity += 5) {
		struct reader r = { queue_make(k, capacity), 0, 0 };
		eg_fiber *f;

		egt_eq(eg_spawn(&f, read_to_the_end, &r), 0);
		for (long i = 1; i <= 10; i++) {
			const long value[3] = { i, i, i };

			egt_eq(eg_queue_put(r.queue, value, EG_FOREVER), 0);
		}
		egt_eq(eg_queue_shutdown(r.queue, false), 0);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		egt_eq(r.sum, 55);
		egt_eq(r.end, -ESHUTDOWN);
		eg_queue_unref(r.queue);
	}
}
