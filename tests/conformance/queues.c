/* SPDX-License-Identifier: MIT */
/*
 * What holds for queues of every kind: QU-01 to QU-10 and QU-13. Resizing and
 * counting are in chans.c.
 */
#include "conform_kit.h"

static int by_number(const void *a, const void *b, void *arg)
{
	long x = *(const long *)a, y = *(const long *)b;

	(void)arg;
	return (x > y) - (x < y);
}

static eg_queue *make(long kind, size_t capacity)
{
	eg_queue_options options = EG_QUEUE_OPTIONS_INIT;
	eg_queue *q;

	options.kind = (int)kind;
	options.capacity = capacity;
	if (kind == EG_QUEUE_PRIORITY)
		options.compare = by_number;
	egt_eq(eg_queue_new(&q, sizeof(long), &options), 0);
	return q;
}

static void put(eg_queue *q, long value)
{
	egt_eq(eg_queue_put(q, &value, EG_NOW), 0);
}

static long take(eg_queue *q)
{
	long value = -1;

	egt_eq(eg_queue_get(q, &value, EG_NOW), 0);
	return value;
}

/* A call on a queue, and the number it put or got. */
struct item {
	eg_queue *queue;
	long value;
};

static int put_item(void *arg, int64_t deadline)
{
	struct item *i = arg;

	return eg_queue_put(i->queue, &i->value, deadline);
}

static int get_item(void *arg, int64_t deadline)
{
	struct item *i = arg;

	return eg_queue_get(i->queue, &i->value, deadline);
}

static int peek_item(void *arg, int64_t deadline)
{
	struct item *i = arg;

	return eg_queue_peek(i->queue, &i->value, deadline);
}

static int join_queue(void *arg, int64_t deadline)
{
	return eg_queue_join(arg, deadline);
}

static void values_come_as_the_kind_says(long kind)
{
	static const long in[] = { 3, 1, 2, 1, 5 };
	static const long out[][5] = {
		[EG_QUEUE_FIFO] = { 3, 1, 2, 1, 5 },
		[EG_QUEUE_LIFO] = { 5, 1, 2, 1, 3 },
		[EG_QUEUE_PRIORITY] = { 1, 1, 2, 3, 5 },
	};
	eg_queue *q = make(kind, EG_QUEUE_UNBOUNDED);

	for (int i = 0; i < 5; i++)
		put(q, in[i]);
	egt_eq(eg_queue_len(q), 5);
	for (int i = 0; i < 5; i++)
		egt_eq(take(q), out[kind][i]);
	egt_eq(eg_queue_len(q), 0);
	eg_queue_unref(q);
}

/* A line of getters; each value is the next one's. */
static void getters_are_served_in_order(long kind)
{
	eg_queue *q = make(kind, 10);
	struct item item[4];
	struct act a[4] = { { .trace = NULL } };

	for (int i = 0; i < 4; i++) {
		item[i] = (struct item){ q, -1 };
		act_begin(&a[i], get_item, &item[i]);
	}
	for (long i = 0; i < 4; i++)
		put(q, 10 - i);
	egt_eq(eg_queue_len(q), 0);
	for (int i = 0; i < 4; i++) {
		egt_eq(act_end(&a[i]), 0);
		egt_eq(item[i].value, 10 - i);
	}
	eg_queue_unref(q);
}

/* A line of putters; each place is the next one's. */
static void putters_are_served_in_order(long kind)
{
	eg_queue *q = make(kind, 1);
	struct item item[3];
	struct act a[3] = { { .trace = NULL } };

	put(q, 0);
	for (int i = 0; i < 3; i++) {
		item[i] = (struct item){ q, 7 - i };
		act_begin(&a[i], put_item, &item[i]);
	}
	egt_eq(take(q), 0);
	for (int i = 0; i < 3; i++) {
		egt_eq(eg_queue_len(q), 1);
		egt_eq(take(q), 7 - i);
	}
	for (int i = 0; i < 3; i++)
		egt_eq(act_end(&a[i]), 0);
	eg_queue_unref(q);
}

static void nothing_switches_that_need_not(long kind)
{
	eg_queue *q = make(kind, 2);
	uint64_t switches = switches_now();
	long value = 1;

	egt_eq(eg_queue_put(q, &value, EG_FOREVER), 0);
	egt_eq(eg_queue_put(q, &value, EG_FOREVER), 0);
	egt_eq(eg_queue_peek(q, &value, EG_FOREVER), 0);
	egt_eq(eg_queue_get(q, &value, EG_FOREVER), 0);
	egt_eq(eg_queue_get(q, &value, EG_FOREVER), 0);
	egt_eq(switches_now(), switches);
	eg_queue_unref(q);
}

static void full_one_refuses_in_time(long kind)
{
	eg_queue *q = make(kind, 1);
	int64_t start;
	long value = 2;

	put(q, 1);
	egt_eq(eg_queue_put(q, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_queue_put(q, &value, -1), -ETIMEDOUT);
	start = eg_now();
	egt_eq(eg_queue_put(q, &value, start + EG_MSEC), -ETIMEDOUT);
	egt_took(start, EG_MSEC);
	egt_eq(take(q), 1);
	egt_eq(eg_queue_get(q, &value, EG_NOW), -ETIMEDOUT);
	eg_queue_unref(q);
}

static void empty_one_refuses_in_time(long kind)
{
	eg_queue *q = make(kind, 1);
	int64_t start;
	long value = 2;

	egt_eq(eg_queue_get(q, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_queue_peek(q, &value, -1), -ETIMEDOUT);
	start = eg_now();
	egt_eq(eg_queue_get(q, &value, start + EG_MSEC), -ETIMEDOUT);
	egt_took(start, EG_MSEC);
	start = eg_now();
	egt_eq(eg_queue_peek(q, &value, start + EG_MSEC), -ETIMEDOUT);
	egt_took(start, EG_MSEC);
	egt_eq(value, 2);
	eg_queue_unref(q);
}

static void region_is_told_from_empty(long kind)
{
	eg_queue *q = make(kind, 1);
	eg_timeout t;
	long value;

	egt_eq(eg_timeout_begin(&t, eg_after(EG_SEC)), 0);
	egt_eq(eg_queue_get(q, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&t), 0);
	egt_eq(eg_timeout_begin(&t, eg_after(EG_MSEC)), 0);
	egt_eq(eg_queue_get(q, &value, EG_FOREVER), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&t), -ETIMEDOUT);
	eg_queue_unref(q);
}

static void peek_leaves_the_value(long kind)
{
	eg_queue *q = make(kind, 2);
	struct item other = { q, 9 };
	struct act a = { .trace = NULL };
	long value = 0;

	put(q, 4);
	put(q, 4);
	act_begin(&a, put_item, &other);
	for (int i = 0; i < 3; i++) {
		egt_eq(eg_queue_peek(q, &value, EG_NOW), 0);
		egt_eq(value, 4);
	}
	egt_eq(eg_queue_len(q), 2);
	egt_eq(a.result, ACT_WAITS);
	egt_eq(take(q), 4);
	egt_eq(act_end(&a), 0);
	egt_eq(eg_queue_len(q), 2);
	eg_queue_unref(q);
}

/* Both who look and who takes are served by one value. */
static void value_is_shown_to_who_looks_first(long kind)
{
	eg_queue *q = make(kind, 2);
	struct item item[3] = { { q, 0 }, { q, 0 }, { q, 0 } };
	struct act a[3] = { { .trace = NULL } };

	act_begin(&a[0], peek_item, &item[0]);
	act_begin(&a[1], peek_item, &item[1]);
	act_begin(&a[2], get_item, &item[2]);
	put(q, 6);
	for (int i = 0; i < 3; i++) {
		egt_eq(act_end(&a[i]), 0);
		egt_eq(item[i].value, 6);
	}
	egt_eq(eg_queue_len(q), 0);
	eg_queue_unref(q);
}

/* The middle one of three. */
static void putter_that_gives_up_has_put_nothing(long kind)
{
	eg_queue *q = make(kind, 1);
	struct item item[3] = { { q, 1 }, { q, 2 }, { q, 3 } };
	struct act a[3] = { { .trace = NULL } };

	put(q, 0);
	for (int i = 0; i < 3; i++)
		act_begin(&a[i], put_item, &item[i]);
	egt_eq(act_kill(&a[1], -EIO), -EIO);
	egt_eq(take(q), 0);
	egt_eq(take(q), 1);
	egt_eq(take(q), 3);
	egt_eq(act_end(&a[0]), 0);
	egt_eq(act_end(&a[2]), 0);
	egt_eq(eg_queue_unfinished(q), 3);
	eg_queue_unref(q);
}

static void no_value_goes_to_a_getter_that_gave_up(long kind)
{
	eg_queue *q = make(kind, 1);
	struct item item[3] = { { q, 0 }, { q, 0 }, { q, 0 } };
	struct act a[3] = { { .trace = NULL } };

	act_begin(&a[0], get_item, &item[0]);
	act_begin_until(&a[1], get_item, &item[1], eg_after(EG_MSEC));
	act_begin(&a[2], get_item, &item[2]);
	egt_eq(act_cancel(&a[0]), -ECANCELED);
	egt_eq(act_end(&a[1]), -ETIMEDOUT);
	put(q, 8);
	egt_eq(act_end(&a[2]), 0);
	egt_eq(item[2].value, 8);
	egt_eq(eg_queue_len(q), 0);
	eg_queue_unref(q);
}

static void value_handed_over_is_kept(long kind)
{
	eg_queue *q = make(kind, 1);
	struct item item = { q, 0 };
	struct act a = { .trace = NULL };

	act_begin(&a, get_item, &item);
	put(q, 8);
	egt_eq(eg_queue_len(q), 0);
	egt_eq(act_cancel(&a), 0);
	egt_eq(item.value, 8);
	eg_queue_unref(q);
}

/* Its value was taken in when it was woken: it is in, whatever it does then. */
static void putter_that_was_woken_has_put(long kind)
{
	eg_queue *q = make(kind, 1);
	struct item item = { q, 5 };
	struct act a = { .trace = NULL };

	put(q, 4);
	act_begin(&a, put_item, &item);
	egt_eq(take(q), 4);
	egt_eq(eg_queue_len(q), 1);
	egt_eq(act_cancel(&a), 0);
	egt_eq(take(q), 5);
	eg_queue_unref(q);
}

/* A get serves a putter and a put a getter: never both lines at once. */
static void nobody_waits_on_both_sides(long kind)
{
	eg_queue *q = make(kind, 1);
	struct item item[4] = { { q, 1 }, { q, 2 }, { q, 0 }, { q, 0 } };
	struct act a[4] = { { .trace = NULL } };

	act_begin(&a[0], put_item, &item[0]);
	act_begin(&a[1], put_item, &item[1]);
	egt_eq(eg_queue_putters(q), 1);
	act_begin(&a[2], get_item, &item[2]);
	egt_eq(eg_queue_putters(q) + eg_queue_getters(q), 0);
	act_begin(&a[3], get_item, &item[3]);
	for (int i = 0; i < 4; i++)
		egt_eq(act_end(&a[i]), 0);
	egt_eq(item[2].value + item[3].value, 3);
	egt_eq(eg_queue_len(q), 0);
	eg_queue_unref(q);
}

struct in_hub {
	eg_queue *queue;
	eg_callback callback;
	eg_event is_done;
	int put, get, peek, wait;
	long value;
};

static void use_in_the_hub(void *arg)
{
	struct in_hub *h = arg;
	long five = 5;

	h->put = eg_queue_put(h->queue, &five, EG_NOW);
	h->peek = eg_queue_peek(h->queue, NULL, EG_NOW);
	h->get = eg_queue_get(h->queue, &h->value, EG_NOW);
	h->wait = eg_queue_get(h->queue, NULL, EG_FOREVER);
	egt_eq(eg_event_set(&h->is_done), 1);
}

static void hub_may_try_and_not_wait(long kind)
{
	struct in_hub h = { .queue = make(kind, 1) };

	egt_eq(eg_callback_init(&h.callback, use_in_the_hub, &h), 0);
	egt_eq(eg_callback_queue(&h.callback), 0);
	egt_eq(eg_event_wait(&h.is_done, EG_FOREVER), 0);
	egt_eq(h.put, 0);
	egt_eq(h.peek, 0);
	egt_eq(h.get, 0);
	egt_eq(h.value, 5);
	egt_eq(h.wait, -EPERM);
	eg_queue_unref(h.queue);
}

static void one_task_done_too_many(long kind)
{
	eg_queue *q = make(kind, 4);

	egt_eq(eg_queue_task_done(q), -EINVAL);
	put(q, 1);
	egt_eq(eg_queue_task_done(q), 0);
	egt_eq(eg_queue_task_done(q), -EINVAL);
	egt_eq(take(q), 1);
	eg_queue_unref(q);
}

static void join_waits_for_all_work(long kind)
{
	eg_queue *q = make(kind, 4);
	struct act a[3] = { { .trace = NULL } };

	egt_eq(eg_queue_join(q, EG_FOREVER), 0);
	put(q, 1);
	put(q, 2);
	for (int i = 0; i < 3; i++)
		act_begin(&a[i], join_queue, q);
	take(q);
	take(q);
	egt_eq(eg_queue_task_done(q), 0);
	settle();
	egt_eq(a[0].result, ACT_WAITS);
	egt_eq(act_cancel(&a[1]), -ECANCELED);
	egt_eq(eg_queue_task_done(q), 0);
	put(q, 3);
	egt_eq(act_end(&a[0]), 0);
	egt_eq(act_end(&a[2]), 0);
	egt_eq(eg_queue_join(q, EG_NOW), -ETIMEDOUT);
	eg_queue_unref(q);
}

static void shutdown_wakes_all(long kind)
{
	eg_queue *q = make(kind, 1);
	struct item item[2] = { { q, 1 }, { q, 2 } };
	struct act a[2] = { { .trace = NULL } };
	long value = 9;

	act_begin(&a[0], get_item, &item[0]);
	act_begin(&a[1], peek_item, &item[1]);
	egt_eq(eg_queue_shutdown(q, false), 0);
	egt_eq(act_end(&a[0]), -ESHUTDOWN);
	egt_eq(act_end(&a[1]), -ESHUTDOWN);
	egt_eq(eg_queue_put(q, &value, EG_FOREVER), -ESHUTDOWN);
	egt_eq(eg_queue_get(q, &value, EG_FOREVER), -ESHUTDOWN);
	egt_eq(eg_queue_peek(q, &value, EG_FOREVER), -ESHUTDOWN);
	egt_eq(eg_queue_shutdown(q, false), 0);
	eg_queue_unref(q);
}

static void values_outlive_a_shutdown(long kind)
{
	eg_queue *q = make(kind, 2);
	struct item late = { q, 3 };
	struct act a = { .trace = NULL };
	long value;

	put(q, 1);
	put(q, 1);
	act_begin(&a, put_item, &late);
	egt_eq(eg_queue_shutdown(q, false), 0);
	egt_eq(act_end(&a), -ESHUTDOWN);
	egt_eq(take(q), 1);
	egt_eq(take(q), 1);
	egt_eq(eg_queue_get(q, &value, EG_NOW), -ESHUTDOWN);
	egt_eq(eg_queue_join(q, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_queue_task_done(q), 0);
	egt_eq(eg_queue_task_done(q), 0);
	egt_eq(eg_queue_join(q, EG_NOW), 0);
	eg_queue_unref(q);
}

static void shutdown_at_once_drops_values(long kind)
{
	eg_queue *q = make(kind, 3);
	struct act a = { .trace = NULL };
	long value;

	put(q, 1);
	put(q, 2);
	act_begin(&a, join_queue, q);
	egt_eq(eg_queue_shutdown(q, true), 0);
	egt_eq(act_end(&a), 0);
	egt_eq(eg_queue_len(q), 0);
	egt_eq(eg_queue_unfinished(q), 0);
	egt_eq(eg_queue_get(q, &value, EG_NOW), -ESHUTDOWN);
	eg_queue_unref(q);
}

/* Holds nothing: full and empty at once, whatever its kind. */
static void rendezvous_holds_nothing(long kind)
{
	eg_queue *q = make(kind, 0);
	struct item item[2] = { { q, 7 }, { q, 0 } };
	struct act a[2] = { { .trace = NULL } };
	long value = 1;

	egt_eq(eg_queue_put(q, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_queue_get(q, &value, EG_NOW), -ETIMEDOUT);
	act_begin(&a[0], put_item, &item[0]);
	egt_eq(eg_queue_len(q), 0);
	egt_eq(take(q), 7);
	egt_eq(act_end(&a[0]), 0);
	act_begin(&a[1], get_item, &item[1]);
	put(q, 8);
	egt_eq(act_end(&a[1]), 0);
	egt_eq(item[1].value, 8);
	eg_queue_unref(q);
}

static void rendezvous_serves_in_order_of_arrival(long kind)
{
	eg_queue *q = make(kind, 0);
	struct item item[3] = { { q, 2 }, { q, 3 }, { q, 1 } };
	struct act a[3] = { { .trace = NULL } };

	for (int i = 0; i < 3; i++)
		act_begin(&a[i], put_item, &item[i]);
	egt_eq(act_cancel(&a[1]), -ECANCELED);
	egt_eq(take(q), 2);
	egt_eq(take(q), 1);
	egt_eq(act_end(&a[0]), 0);
	egt_eq(act_end(&a[2]), 0);
	eg_queue_unref(q);
}

static void unbounded_never_waits(long kind)
{
	enum { MANY = 5000 };
	eg_queue *q = make(kind, EG_QUEUE_UNBOUNDED);
	uint64_t switches = switches_now();
	long sum = 0;

	for (long i = 0; i < MANY; i++)
		egt_eq(eg_queue_put(q, &i, EG_FOREVER), 0);
	egt_eq(switches_now(), switches);
	for (long i = 0; i < MANY; i++)
		sum += take(q);
	egt_eq(sum, (long)MANY * (MANY - 1) / 2);
	eg_queue_unref(q);
}

#define EACH_KIND(row, says, check)                  \
	{ row, says, check, EG_QUEUE_FIFO },         \
		{ row, says, check, EG_QUEUE_LIFO }, \
	{                                            \
		row, says, check, EG_QUEUE_PRIORITY  \
	}

static const struct conform queue_cases[] = {
	EACH_KIND("QU-01", "values come as the kind says",
		  values_come_as_the_kind_says),
	EACH_KIND("QU-01", "getters are served in the order of arrival",
		  getters_are_served_in_order),
	EACH_KIND("QU-01", "putters are served in the order of arrival",
		  putters_are_served_in_order),
	EACH_KIND("QU-02", "nothing switches that need not",
		  nothing_switches_that_need_not),
	EACH_KIND("QU-02", "a full one refuses in time",
		  full_one_refuses_in_time),
	EACH_KIND("QU-03", "an empty one refuses in time",
		  empty_one_refuses_in_time),
	EACH_KIND("QU-03", "a region's timeout is told from empty",
		  region_is_told_from_empty),
	EACH_KIND("QU-03", "a peek leaves the value and its place",
		  peek_leaves_the_value),
	EACH_KIND("QU-03", "a value is shown to who looks first",
		  value_is_shown_to_who_looks_first),
	EACH_KIND("QU-04", "a putter that gives up has put nothing",
		  putter_that_gives_up_has_put_nothing),
	EACH_KIND("QU-04", "no value goes to a getter that gave up",
		  no_value_goes_to_a_getter_that_gave_up),
	EACH_KIND("QU-04", "a value handed over is kept",
		  value_handed_over_is_kept),
	EACH_KIND("QU-05", "the hub may try, and not wait",
		  hub_may_try_and_not_wait),
	EACH_KIND("QU-06", "nobody waits on both sides",
		  nobody_waits_on_both_sides),
	EACH_KIND("QU-07", "one task done too many is refused",
		  one_task_done_too_many),
	EACH_KIND("QU-07", "a join waits for all work",
		  join_waits_for_all_work),
	EACH_KIND("QU-08", "a shutdown wakes all", shutdown_wakes_all),
	EACH_KIND("QU-08", "values outlive a shutdown",
		  values_outlive_a_shutdown),
	EACH_KIND("QU-08", "a shutdown at once drops values",
		  shutdown_at_once_drops_values),
	EACH_KIND("QU-09", "without a bound a put never waits",
		  unbounded_never_waits),
	EACH_KIND("QU-10", "a rendezvous holds nothing",
		  rendezvous_holds_nothing),
	EACH_KIND("QU-10", "a rendezvous serves in order of arrival",
		  rendezvous_serves_in_order_of_arrival),
	EACH_KIND("QU-13", "a putter that was woken has put",
		  putter_that_was_woken_has_put),
};
CONFORMANCE(queues_of_every_kind, queue_cases)
