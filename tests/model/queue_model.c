/* SPDX-License-Identifier: MIT */
/*
 * Queues against a naive model: fibers that put, get, peek and join, are
 * cancelled and time out, while the queue is resized, drained and shut down.
 * EG_SEED=N repeats a failure (semantics QU-01 to QU-13).
 */
#include "../behaviour/queue_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	ROUNDS = 120,
	ROUND_OPS = 300,
	ACTORS = 10,
	INSIDE_MAX = ROUND_OPS * 2,
	CAPACITY_MAX = 5,
	EQUALS = 1000, /* numbers in a row that compare equal */
};

/* A call in flight, and what the model says of it. */
struct actor {
	struct queue_call call;
	bool is_live; /* its fiber is not joined yet */
	int want;     /* QUEUE_WAITS, or the result */
	long want_value;
};

struct line {
	struct actor *actors[ACTORS + 1]; /* and the main fiber's call */
	int count;
};

static uint64_t random_state;

static struct {
	eg_queue *queue;
	int kind;
	size_t capacity;
	bool is_shut;
	long serial;
	long unfinished;
	long inside[INSIDE_MAX]; /* in the order of arrival */
	size_t count;
	struct line getters, putters, joiners;
	struct actor actors[ACTORS];
} m;

static size_t random_below(size_t bound)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state * UINT64_C(0x2545f4914f6cdd1d) >> 16) % bound;
}

static int compare_thousands(const void *a, const void *b, void *arg)
{
	long x = *(const long *)a / EQUALS, y = *(const long *)b / EQUALS;

	(void)arg;
	return (x > y) - (x < y);
}

/* The model */

static void line_push(struct line *l, struct actor *a)
{
	l->actors[l->count++] = a;
}

static bool line_remove(struct line *l, const struct actor *a)
{
	for (int i = 0; i < l->count; i++) {
		if (l->actors[i] != a)
			continue;
		l->count--;
		memmove(&l->actors[i], &l->actors[i + 1],
			(size_t)(l->count - i) * sizeof(l->actors[0]));
		return true;
	}
	return false;
}

static void finish(struct line *l, struct actor *a, int result)
{
	egt_true(line_remove(l, a));
	a->want = result;
}

static void finish_all(struct line *l, int result)
{
	while (l->count)
		finish(l, l->actors[0], result);
}

static size_t next_inside(void)
{
	size_t best = 0;

	if (m.kind == EG_QUEUE_LIFO)
		return m.count - 1;
	for (size_t i = 1; m.kind == EG_QUEUE_PRIORITY && i < m.count; i++)
		if (m.inside[i] / EQUALS < m.inside[best] / EQUALS)
			best = i;
	return best;
}

static void take_in(struct actor *putter)
{
	egt_lt(m.count, INSIDE_MAX);
	m.inside[m.count++] = putter->call.value[0];
	m.unfinished++;
	finish(&m.putters, putter, 0);
}

static void give_inside(struct actor *getter)
{
	size_t i = next_inside();

	getter->want_value = m.inside[i];
	if (getter->call.op == QUEUE_GET) {
		m.count--;
		memmove(&m.inside[i], &m.inside[i + 1],
			(m.count - i) * sizeof(m.inside[0]));
	}
	finish(&m.getters, getter, 0);
}

static void meet(struct actor *getter, struct actor *putter)
{
	getter->want_value = putter->call.value[0];
	if (getter->call.op == QUEUE_GET) {
		m.unfinished++;
		finish(&m.putters, putter, 0);
	}
	finish(&m.getters, getter, 0);
}

/* Until nobody can go on. */
static void progress(void)
{
	for (;;) {
		if (m.getters.count && m.count)
			give_inside(m.getters.actors[0]);
		else if (m.getters.count && m.putters.count && !m.capacity)
			meet(m.getters.actors[0], m.putters.actors[0]);
		else if (m.putters.count && m.count < m.capacity)
			take_in(m.putters.actors[0]);
		else
			return;
	}
}

static bool is_taker_waiting(void)
{
	for (int i = 0; i < m.getters.count; i++)
		if (m.getters.actors[i]->call.op == QUEUE_GET)
			return true;
	return false;
}

static void done(long count)
{
	m.unfinished -= count;
	if (!m.unfinished)
		finish_all(&m.joiners, 0);
}

static void begin_put(struct actor *a)
{
	if (m.is_shut) {
		a->want = -ESHUTDOWN;
	} else if (a->call.deadline == EG_NOW && !m.capacity &&
		   !is_taker_waiting()) {
		/* It is not even offered. */
		a->want = -ETIMEDOUT;
	} else {
		line_push(&m.putters, a);
		progress();
	}
}

static void begin_get(struct actor *a)
{
	line_push(&m.getters, a);
	progress();
	if (a->want == QUEUE_WAITS && m.is_shut)
		finish(&m.getters, a, -ESHUTDOWN);
}

static struct line *line_of(const struct actor *a)
{
	switch (a->call.op) {
	case QUEUE_PUT:
		return &m.putters;
	case QUEUE_JOIN:
		return &m.joiners;
	default:
		return &m.getters;
	}
}

static void model_begin(struct actor *a)
{
	a->want = QUEUE_WAITS;
	a->want_value = a->call.value[0];
	if (a->call.op == QUEUE_PUT) {
		begin_put(a);
	} else if (a->call.op != QUEUE_JOIN) {
		begin_get(a);
	} else {
		line_push(&m.joiners, a);
		done(0);
	}
	if (a->want == QUEUE_WAITS && a->call.deadline == EG_NOW)
		finish(line_of(a), a, -ETIMEDOUT);
}

static void model_shut_down(bool is_immediate)
{
	long left = (long)m.count;

	m.is_shut = true;
	finish_all(&m.getters, -ESHUTDOWN);
	finish_all(&m.putters, -ESHUTDOWN);
	if (!is_immediate)
		return;
	m.count = 0;
	done(left < m.unfinished ? left : m.unfinished);
}

/* Both */

static void check_actor(struct actor *a)
{
	if (!a->is_live)
		return;
	egt_eq(a->call.result, a->want);
	if (a->want == QUEUE_WAITS)
		return;
	egt_eq(a->call.value[0], a->want_value);
	queue_end(&a->call);
	a->is_live = false;
}

static void check(void)
{
	settle();
	for (int i = 0; i < ACTORS; i++)
		check_actor(&m.actors[i]);
}

static void check_counts(void)
{
	egt_eq(eg_queue_len(m.queue), m.count);
	egt_eq(eg_queue_capacity(m.queue), m.capacity);
	egt_eq(eg_queue_getters(m.queue), m.getters.count);
	egt_eq(eg_queue_putters(m.queue), m.putters.count);
	egt_eq(eg_queue_unfinished(m.queue), m.unfinished);
}

static enum queue_op random_op(void)
{
	static const enum queue_op ops[] = {
		QUEUE_PUT, QUEUE_PUT, QUEUE_PUT,  QUEUE_GET,
		QUEUE_GET, QUEUE_GET, QUEUE_PEEK, QUEUE_JOIN,
	};

	return ops[random_below(ARRAY_LEN(ops))];
}

static long random_number(enum queue_op op)
{
	if (op != QUEUE_PUT)
		return -1;
	return (long)random_below(4) * EQUALS + m.serial++ % EQUALS;
}

/* Where time passes by itself, nobody knows who times out when. */
static int64_t random_deadline(void)
{
	if (egt_is_sim() && random_below(2))
		return eg_after((int64_t)(1 + random_below(9)) * EG_MSEC);
	return random_below(6) ? EG_FOREVER : EG_NOW;
}

static void begin_one(void)
{
	enum queue_op op = random_op();

	for (int i = 0; i < ACTORS; i++) {
		struct actor *a = &m.actors[i];

		if (a->is_live)
			continue;
		a->is_live = true;
		queue_begin_until(&a->call, m.queue, op, random_number(op),
				  random_deadline());
		model_begin(a);
		return;
	}
}

/* By the main fiber, which does not let the others run meanwhile. */
static void try_one(void)
{
	struct actor a = { .call.op = random_op(), .call.deadline = EG_NOW };
	long number = random_number(a.call.op);
	long value[3] = { number, number, number };
	int result;

	memcpy(a.call.value, value, sizeof(value));
	model_begin(&a);
	switch (a.call.op) {
	case QUEUE_PUT:
		result = eg_queue_put(m.queue, value, EG_NOW);
		break;
	case QUEUE_GET:
		result = eg_queue_get(m.queue, value, EG_NOW);
		break;
	case QUEUE_PEEK:
		result = eg_queue_peek(m.queue, value, EG_NOW);
		break;
	default:
		result = eg_queue_join(m.queue, EG_NOW);
	}
	egt_eq(result, a.want);
	egt_eq(value[0], a.want_value);
}

static void cancel_one(void)
{
	struct actor *a = &m.actors[random_below(ACTORS)];

	if (!a->is_live)
		return;
	egt_eq(eg_cancel(a->call.fiber), 0);
	/* Else it was served already, though it may not have run since. */
	if (a->want == QUEUE_WAITS)
		finish(line_of(a), a, -ECANCELED);
}

static void resize(void)
{
	size_t capacity = random_below(CAPACITY_MAX);

	if (random_below(8) == 0)
		capacity = EG_QUEUE_UNBOUNDED;
	egt_eq(eg_queue_resize(m.queue, capacity), 0);
	m.capacity = capacity;
	progress();
}

static void say_done(void)
{
	int want = m.unfinished ? 0 : -EINVAL;

	egt_eq(eg_queue_task_done(m.queue), want);
	if (want == 0)
		done(1);
}

static void let_time_pass(void)
{
	int64_t until = eg_after((int64_t)random_below(5) * EG_MSEC);

	egt_eq(eg_sleep_until(until), 0);
	for (int i = 0; egt_is_sim() && i < ACTORS; i++) {
		struct actor *a = &m.actors[i];

		if (a->is_live && a->want == QUEUE_WAITS &&
		    a->call.deadline <= until)
			finish(line_of(a), a, -ETIMEDOUT);
	}
}

static void shut_down(bool is_immediate)
{
	egt_eq(eg_queue_shutdown(m.queue, is_immediate), 0);
	model_shut_down(is_immediate);
}

static void run_op(void)
{
	switch (random_below(24)) {
	case 0:
		resize();
		break;
	case 1:
	case 2:
		let_time_pass();
		break;
	case 3:
	case 4:
		cancel_one();
		break;
	case 5:
	case 6:
	case 7:
		say_done();
		break;
	case 8:
		if (random_below(20) == 0)
			shut_down(random_below(2));
		break;
	case 9:
	case 10:
	case 11:
	case 12:
		try_one();
		break;
	default:
		begin_one();
	}
}

static void begin_round(uint64_t seed)
{
	static const size_t sizes[] = { sizeof(long), 3 * sizeof(long) };
	eg_queue_options o = EG_QUEUE_OPTIONS_INIT;

	random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	memset(&m, 0, sizeof(m));
	m.kind = (int)random_below(3);
	m.capacity = random_below(CAPACITY_MAX + 1);
	if (m.capacity == CAPACITY_MAX)
		m.capacity = EG_QUEUE_UNBOUNDED;
	o.kind = m.kind;
	o.capacity = m.capacity;
	if (m.kind == EG_QUEUE_PRIORITY)
		o.compare = compare_thousands;
	egt_eq(eg_queue_new(&m.queue, sizes[random_below(2)], &o), 0);
}

static void end_round(void)
{
	shut_down(true);
	while (m.unfinished)
		say_done();
	check();
	check_counts();
	for (int i = 0; i < ACTORS; i++)
		egt_true(!m.actors[i].is_live);
	eg_queue_unref(m.queue);
}

EG_TEST(queues_agree_with_a_naive_one, .limit_ms = 240000)
{
	const char *text = getenv("EG_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);

	printf("EG_SEED=%ju\n", (uintmax_t)seed);
	for (int round = 0; round < ROUNDS; round++, seed++) {
		egt_casef("EG_SEED=%ju", (uintmax_t)seed);
		begin_round(seed);
		for (int i = 0; i < ROUND_OPS; i++) {
			run_op();
			check_counts();
			/* Else what was woken runs later. */
			if (random_below(2))
				check();
		}
		end_round();
	}
}
