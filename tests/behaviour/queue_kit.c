/* SPDX-License-Identifier: MIT */
/*
 * Queues to be tested, and calls in fibers. The claims are in queue_*.c.
 */
#include "queue_kit.h"

static int compare_numbers(const void *a, const void *b, void *arg)
{
	const long *x = a, *y = b;

	(void)arg;
	return (*x > *y) - (*x < *y);
}

const struct queue_kind queue_kinds[] = {
	{ "fifo", EG_QUEUE_FIFO, sizeof(long), NULL },
	{ "fifo, large", EG_QUEUE_FIFO, 3 * sizeof(long), NULL },
	{ "lifo", EG_QUEUE_LIFO, sizeof(long), NULL },
	{ "lifo, large", EG_QUEUE_LIFO, 3 * sizeof(long), NULL },
	{ "priority", EG_QUEUE_PRIORITY, sizeof(long), compare_numbers },
	{ "priority, large", EG_QUEUE_PRIORITY, 3 * sizeof(long),
	  compare_numbers },
};
const size_t queue_kinds_count = ARRAY_LEN(queue_kinds);

eg_queue *queue_make(const struct queue_kind *kind, size_t capacity)
{
	eg_queue_options options = EG_QUEUE_OPTIONS_INIT;
	eg_queue *queue;

	options.kind = kind->kind;
	options.capacity = capacity;
	options.compare = kind->compare;
	egt_eq(eg_queue_new(&queue, kind->value_bytes, &options), 0);
	return queue;
}

int queue_try_put(eg_queue *queue, long number)
{
	const long value[3] = { number, number, number };

	return eg_queue_put(queue, value, EG_NOW);
}

void queue_put_now(eg_queue *queue, long number)
{
	egt_eq(queue_try_put(queue, number), 0);
}

long queue_get_now(eg_queue *queue)
{
	long value[3] = { -1, -1, -1 };

	egt_eq(eg_queue_get(queue, value, EG_NOW), 0);
	return value[0];
}

long queue_peek_now(eg_queue *queue)
{
	long value[3] = { -1, -1, -1 };

	egt_eq(eg_queue_peek(queue, value, EG_NOW), 0);
	return value[0];
}

int queue_try_get(eg_queue *queue)
{
	long value[3];

	return eg_queue_get(queue, value, EG_NOW);
}

int queue_try_peek(eg_queue *queue)
{
	long value[3];

	return eg_queue_peek(queue, value, EG_NOW);
}

static int call(struct queue_call *c)
{
	switch (c->op) {
	case QUEUE_PUT:
		return eg_queue_put(c->queue, c->value, c->deadline);
	case QUEUE_GET:
		return eg_queue_get(c->queue, c->value, c->deadline);
	case QUEUE_PEEK:
		return eg_queue_peek(c->queue, c->value, c->deadline);
	default:
		return eg_queue_join(c->queue, c->deadline);
	}
}

static void *call_and_write(void *arg)
{
	struct queue_call *c = arg;

	c->result = call(c);
	if (c->trace)
		trace_add(c->trace, c->letter);
	return NULL;
}

void queue_begin_until(struct queue_call *c, eg_queue *queue, enum queue_op op,
		       long number, int64_t deadline)
{
	c->queue = queue;
	c->op = op;
	c->deadline = deadline;
	c->result = QUEUE_WAITS;
	for (size_t i = 0; i < ARRAY_LEN(c->value); i++)
		c->value[i] = number;
	egt_eq(eg_spawn(&c->fiber, call_and_write, c), 0);
	settle();
}

void queue_begin(struct queue_call *c, eg_queue *queue, enum queue_op op,
		 long number)
{
	queue_begin_until(c, queue, op, number, EG_FOREVER);
}

int queue_end(struct queue_call *c)
{
	egt_eq(eg_join(c->fiber, NULL, EG_FOREVER), 0);
	c->fiber = NULL;
	return c->result;
}

int queue_cancel(struct queue_call *c)
{
	egt_eq(eg_cancel(c->fiber), 0);
	return queue_end(c);
}
