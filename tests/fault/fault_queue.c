/* SPDX-License-Identifier: MIT */
/*
 * Queues without memory: what cannot be made is refused, and nothing that was
 * put is lost (semantics QU-09).
 */
#include "fault_rig.h"

enum { VALUES = 300, PUTTERS = 4 };

static int compare(const void *a, const void *b, void *arg)
{
	const int *x = a, *y = b;

	(void)arg;
	return (*x > *y) - (*x < *y);
}

static eg_queue *make(int kind, size_t capacity)
{
	eg_queue_options o = EG_QUEUE_OPTIONS_INIT;
	eg_queue *queue;

	o.kind = kind;
	o.capacity = capacity;
	if (kind == EG_QUEUE_PRIORITY)
		o.compare = compare;
	return fault_ok(eg_queue_new(&queue, sizeof(int), &o)) ? queue : NULL;
}

/* Growing, wrapped: what is not put is said not to be. */
static bool grow(int kind)
{
	eg_queue *q = make(kind, EG_QUEUE_UNBOUNDED);
	bool is_well = q != NULL;
	long sum = 0;
	int value;

	for (int i = 1; q && i <= VALUES; i++) {
		if (fault_ok(eg_queue_put(q, &i, EG_NOW)))
			sum += i;
		else
			is_well = false;
		if (i % 3 == 0 && eg_queue_get(q, &value, EG_NOW) == 0)
			sum -= value;
	}
	while (q && eg_queue_get(q, &value, EG_NOW) == 0)
		sum -= value;
	egt_eq(sum, 0);
	eg_queue_unref(q);
	return is_well;
}

FAULT_TEST(fault_of_growing_queues)
{
	bool is_well = true;

	for (int kind = EG_QUEUE_FIFO; kind <= EG_QUEUE_PRIORITY; kind++)
		is_well &= grow(kind);
	return !is_well;
}

struct putter {
	eg_queue *queue;
	int value;
	int result;
};

static void *put_one(void *arg)
{
	struct putter *p = arg;

	p->result = eg_queue_put(p->queue, &p->value, EG_FOREVER);
	return FAULT_RESULT(p->result == 0);
}

/* A resize that fails leaves the capacity and all who wait as they were. */
static bool resize(eg_queue *q, size_t capacity)
{
	ssize_t before = eg_queue_capacity(q), len = eg_queue_len(q);

	if (fault_ok(eg_queue_resize(q, capacity)))
		return true;
	egt_eq(eg_queue_capacity(q), before);
	egt_eq(eg_queue_len(q), len);
	return false;
}

static bool resize_under_putters(int kind, size_t to)
{
	struct putter p[PUTTERS];
	eg_fiber *f[PUTTERS];
	eg_queue *q = make(kind, 1);
	bool is_well = q != NULL;
	ssize_t spawned = 0;
	int value = 0;

	if (!q)
		return false;
	egt_eq(eg_queue_put(q, &value, EG_NOW), 0);
	for (int i = 0; i < PUTTERS; i++) {
		p[i] = (struct putter){ .queue = q, .value = i };
		f[i] = fault_spawn(put_one, &p[i]);
		spawned += f[i] != NULL;
	}
	egt_eq(eg_yield(), 0);
	is_well &= resize(q, to);
	egt_eq(eg_queue_putters(q) + eg_queue_len(q), 1 + spawned);
	for (ssize_t i = 0; i <= spawned; i++)
		egt_eq(eg_queue_get(q, &value, EG_NOW), 0);
	for (int i = 0; i < PUTTERS; i++)
		is_well &= fault_join(f[i]);
	egt_eq(eg_queue_get(q, &value, EG_NOW), -ETIMEDOUT);
	eg_queue_unref(q);
	return is_well;
}

FAULT_TEST(fault_of_resized_queues)
{
	bool is_well = true;

	for (int kind = EG_QUEUE_FIFO; kind <= EG_QUEUE_PRIORITY; kind++) {
		is_well &= resize_under_putters(kind, 3);
		is_well &= resize_under_putters(kind, EG_QUEUE_UNBOUNDED);
	}
	return !is_well;
}

struct work {
	eg_queue *queue;
	long sum;
};

static void *work(void *arg)
{
	struct work *w = arg;
	int value;

	while (eg_queue_get(w->queue, &value, EG_FOREVER) == 0) {
		w->sum += value;
		egt_eq(eg_queue_task_done(w->queue), 0);
	}
	return FAULT_RESULT(true);
}

/* Workers that could not be made are not waited for. */
FAULT_TEST(fault_of_a_queue_of_work)
{
	struct work w = { make(EG_QUEUE_FIFO, EG_QUEUE_UNBOUNDED), 0 };
	eg_fiber *f[3] = { NULL };
	bool is_well = w.queue != NULL;
	long sum = 0;

	for (int i = 0; w.queue && i < 3; i++)
		f[i] = fault_spawn(work, &w);
	for (int i = 0; w.queue && i < 100; i++)
		if (fault_ok(eg_queue_put(w.queue, &i, EG_FOREVER)))
			sum += i;
	if (f[0] || f[1] || f[2]) {
		egt_eq(eg_queue_join(w.queue, EG_FOREVER), 0);
		egt_eq(w.sum, sum);
	}
	if (w.queue)
		egt_eq(eg_queue_shutdown(w.queue, true), 0);
	for (int i = 0; i < 3; i++)
		is_well &= fault_join(f[i]);
	eg_queue_unref(w.queue);
	return !is_well;
}
