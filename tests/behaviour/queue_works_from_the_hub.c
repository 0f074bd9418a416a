/* SPDX-License-Identifier: MIT */
/*
 * Putting and getting where nothing can wait: a timer's callback, a posted
 * task, a watcher (semantics QU-05, HB-06).
 */
#include "queue_kit.h"

#include <evergreen/loop.h>

#include <string.h>

/* What is done in the hub, once, and what it found. */
struct errand {
	void (*run)(struct errand *e);
	eg_queue *queue;
	int result;
	long value;
	bool is_done;
};

static void run_timer(eg_timer *timer, void *arg)
{
	struct errand *e = arg;

	(void)timer;
	e->run(e);
	e->is_done = true;
}

static void run_task(eg_task *task, void *arg)
{
	struct errand *e = arg;

	(void)task;
	e->run(e);
	e->is_done = true;
}

static void run_watcher(eg_loop *loop, eg_watcher *watcher, int events)
{
	struct errand *e = watcher->data;

	(void)loop;
	(void)events;
	e->run(e);
	e->is_done = true;
}

static void in_a_timer(struct errand *e)
{
	eg_timer timer;

	egt_eq(eg_timer_init(&timer, run_timer, e), 0);
	egt_eq(eg_timer_start(&timer, EG_NOW), 0);
	while (!e->is_done)
		egt_eq(eg_sleep(EG_USEC), 0);
}

static void in_a_task(struct errand *e)
{
	eg_task task = { .fn = run_task, .arg = e };

	egt_eq(eg_hub_post(eg_hub_self(), &task), 0);
	while (!e->is_done)
		egt_eq(eg_sleep(EG_USEC), 0);
}

static void in_a_watcher(struct errand *e)
{
	eg_hub_stats stats = { .size = sizeof(stats) };
	uint64_t alive;
	eg_watch_timer timer;
	eg_loop *loop;

	egt_eq(eg_hub_get_stats(&stats), 0);
	alive = stats.fibers_alive;
	egt_eq(eg_loop_hub(&loop), 0);
	egt_eq(eg_watch_timer_init(&timer, run_watcher, 0, 0), 0);
	timer.watcher.data = e;
	egt_eq(eg_watcher_start(loop, &timer.watcher), 0);
	/* The fiber that runs the loop ends when nothing is active. */
	do {
		egt_eq(eg_sleep(EG_USEC), 0);
		egt_eq(eg_hub_get_stats(&stats), 0);
	} while (!e->is_done || stats.fibers_alive > alive);
}

static const struct {
	const char *name;
	void (*in)(struct errand *e);
} places[] = {
	{ "timer", in_a_timer },
	{ "task", in_a_task },
	{ "watcher", in_a_watcher },
};

static void run_at(size_t place, struct errand *e, void (*run)(struct errand *))
{
	e->run = run;
	e->is_done = false;
	places[place].in(e);
}

static void put_nine(struct errand *e)
{
	e->result = queue_try_put(e->queue, 9);
}

static void get_one(struct errand *e)
{
	long value[3] = { -1, -1, -1 };

	e->result = eg_queue_get(e->queue, value, EG_NOW);
	e->value = value[0];
}

static void peek_one(struct errand *e)
{
	long value[3] = { -1, -1, -1 };

	e->result = eg_queue_peek(e->queue, value, EG_NOW);
	e->value = value[0];
}

#define FOR_EACH_PLACE(k, p)   \
	FOR_EACH_QUEUE_KIND(k) \
	for (size_t p = 0; p < ARRAY_LEN(places); p++)

static void name_place(const struct queue_kind *k, size_t place)
{
	egt_casef("%s, in a %s", k->name, places[place].name);
}

EG_TEST(queue_hub_puts_and_gets)
{
	FOR_EACH_PLACE(k, p)
	{
		eg_queue *q = queue_make(k, 1);
		struct errand e = { .queue = q };

		name_place(k, p);
		run_at(p, &e, put_nine);
		egt_eq(e.result, 0);
		run_at(p, &e, peek_one);
		egt_eq(e.result, 0);
		egt_eq(e.value, 9);
		run_at(p, &e, get_one);
		egt_eq(e.result, 0);
		egt_eq(e.value, 9);
		egt_eq(eg_queue_len(q), 0);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_hub_only_tries)
{
	FOR_EACH_PLACE(k, p)
	for (size_t capacity = 0; capacity < 2; capacity++) {
		eg_queue *q = queue_make(k, capacity);
		struct errand e = { .queue = q };

		name_place(k, p);
		run_at(p, &e, get_one);
		egt_eq(e.result, -ETIMEDOUT);
		run_at(p, &e, peek_one);
		egt_eq(e.result, -ETIMEDOUT);
		if (capacity)
			queue_put_now(q, 1);
		run_at(p, &e, put_nine);
		egt_eq(e.result, -ETIMEDOUT);
		egt_eq(eg_queue_len(q), capacity);
		egt_eq(eg_queue_getters(q), 0);
		egt_eq(eg_queue_putters(q), 0);
		eg_queue_unref(q);
	}
}

EG_TEST(queue_hub_hands_over_to_who_waits)
{
	FOR_EACH_PLACE(k, p)
	for (size_t capacity = 0; capacity < 2; capacity++) {
		eg_queue *q = queue_make(k, capacity);
		struct queue_call c = { .trace = NULL };
		struct errand e = { .queue = q };

		name_place(k, p);
		queue_begin(&c, q, QUEUE_GET, -1);
		run_at(p, &e, put_nine);
		egt_eq(e.result, 0);
		egt_eq(queue_end(&c), 0);
		egt_eq(c.value[0], 9);

		if (capacity)
			queue_put_now(q, 1);
		queue_begin(&c, q, QUEUE_PUT, 2);
		run_at(p, &e, get_one);
		egt_eq(e.result, 0);
		egt_eq(e.value, capacity ? 1 : 2);
		egt_eq(queue_end(&c), 0);
		egt_eq(eg_queue_len(q), capacity);
		eg_queue_unref(q);
	}
}

static char log_text[512];

static void catch_line(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	strncat(log_text, line, sizeof(log_text) - strlen(log_text) - 1);
}

static void put_with_time(struct errand *e)
{
	const long value[3] = { 1, 1, 1 };

	e->result = eg_queue_put(e->queue, value, eg_after(EG_SEC));
}

static void get_with_time(struct errand *e)
{
	e->result = eg_queue_get(e->queue, NULL, eg_after(EG_SEC));
}

static void peek_with_time(struct errand *e)
{
	e->result = eg_queue_peek(e->queue, NULL, eg_after(EG_SEC));
}

/* Even where it would not have to wait: else that shows under load only. */
EG_TEST(queue_hub_is_refused_what_might_wait)
{
	static const struct {
		void (*run)(struct errand *e);
		const char *complaint;
	} calls[] = {
		{ put_with_time, "eg_queue_put would block the hub" },
		{ get_with_time, "eg_queue_get would block the hub" },
		{ peek_with_time, "eg_queue_peek would block the hub" },
	};

	FOR_EACH_PLACE(k, p)
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		eg_queue *q = queue_make(k, 2);
		struct errand e = { .queue = q };

		name_place(k, p);
		queue_put_now(q, 1);
		log_text[0] = '\0';
		eg_set_log(catch_line, NULL);
		run_at(p, &e, calls[i].run);
		eg_set_log(NULL, NULL);
		egt_eq(e.result, -EPERM);
		egt_str_has(log_text, calls[i].complaint);
		egt_eq(eg_queue_len(q), 1);
		eg_queue_unref(q);
	}
}
