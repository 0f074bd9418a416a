/* SPDX-License-Identifier: MIT */
/*
 * Shared objects in a hub's own callbacks: what does not wait is served there,
 * to fibers and to threads; what would wait is refused (semantics QU-05).
 */
#include "shared_kit.h"

#include <string.h>

struct place {
	eg_shared_event event;
	eg_shared_sem sem;
	eg_shared_queue *queue;
	void (*fn)(struct place *p);
	bool is_done;
	int got; /* by who waits */
	int error;
};

static void run_in_timer(eg_timer *timer, void *arg)
{
	struct place *p = arg;

	(void)timer;
	egt_ptr_eq(eg_self(), NULL);
	p->fn(p);
	p->is_done = true;
}

static void in_the_hub(struct place *p, void (*fn)(struct place *p))
{
	eg_timer timer;

	p->fn = fn;
	p->is_done = false;
	egt_eq(eg_timer_init(&timer, run_in_timer, p), 0);
	egt_eq(eg_timer_start(&timer, EG_NOW), 0);
	while (!p->is_done)
		egt_eq(eg_sleep(EG_USEC), 0);
}

static void try_all(struct place *p)
{
	int value = 3;

	egt_eq(eg_shared_event_wait(&p->event, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_shared_event_set(&p->event), 0);
	egt_eq(eg_shared_event_wait(&p->event, EG_NOW), 0);
	egt_eq(eg_shared_sem_wait(&p->sem, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_shared_sem_post(&p->sem), 0);
	egt_eq(eg_shared_sem_wait(&p->sem, EG_NOW), 0);
	egt_eq(eg_shared_queue_get(p->queue, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_shared_queue_put(p->queue, &value, EG_NOW), 0);
	egt_eq(eg_shared_queue_put(p->queue, &value, EG_NOW), -ETIMEDOUT);
	value = 0;
	egt_eq(eg_shared_queue_get(p->queue, &value, EG_NOW), 0);
	egt_eq(value, 3);
}

EG_TEST(shared_calls_try_in_the_hub)
{
	struct place p = { .got = 0 };

	egt_eq(eg_shared_queue_new(&p.queue, sizeof(int), 1), 0);
	in_the_hub(&p, try_all);
	eg_shared_queue_unref(p.queue);
}

static void *get_as_fiber(void *arg)
{
	struct place *p = arg;

	p->error = eg_shared_queue_get(p->queue, &p->got, EG_FOREVER);
	return NULL;
}

static void get_as_thread(void *arg)
{
	get_as_fiber(arg);
}

static void put_nine(struct place *p)
{
	int nine = 9;

	egt_eq(eg_shared_queue_put(p->queue, &nine, EG_NOW), 0);
}

EG_TEST(shared_put_in_the_hub_serves_who_waits)
{
	struct place p = { .got = 0 };
	struct shared_thread t;
	eg_fiber *f;

	egt_eq(eg_shared_queue_new(&p.queue, sizeof(int), 0), 0);
	egt_eq(eg_spawn(&f, get_as_fiber, &p), 0);
	egt_eq(eg_yield(), 0);
	in_the_hub(&p, put_nine);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(p.got, 9);
	egt_eq(p.error, 0);

	p.got = 0;
	shared_start(&t, get_as_thread, &p, false);
	shared_until_asleep(&t);
	in_the_hub(&p, put_nine);
	shared_end(&t);
	egt_eq(p.got, 9);
	egt_eq(p.error, 0);
	eg_shared_queue_unref(p.queue);
}

static char said[256];

static void catch_line(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	strncpy(said, line, sizeof(said) - 1);
}

/* Even with nothing to wait for: it would be luck. */
static void wait_for_all(struct place *p)
{
	int value = 3;

	egt_eq(eg_shared_event_set(&p->event), 0);
	egt_eq(eg_shared_event_wait(&p->event, EG_FOREVER), -EPERM);
	egt_str_has(said, "eg_shared_event_wait");
	egt_eq(eg_shared_sem_post(&p->sem), 0);
	egt_eq(eg_shared_sem_wait(&p->sem, eg_after(EG_SEC)), -EPERM);
	egt_str_has(said, "eg_shared_sem_wait");
	egt_eq(eg_shared_queue_put(p->queue, &value, EG_FOREVER), -EPERM);
	egt_str_has(said, "eg_shared_queue_put");
	egt_eq(eg_shared_queue_get(p->queue, &value, EG_FOREVER), -EPERM);
	egt_str_has(said, "eg_shared_queue_get");
	egt_eq(eg_shared_sem_units(&p->sem), 1);
	egt_eq(eg_shared_queue_len(p->queue), 0);
}

EG_TEST(shared_calls_that_would_wait_in_the_hub_are_refused)
{
	struct place p = { .got = 0 };

	egt_eq(eg_shared_queue_new(&p.queue, sizeof(int), 1), 0);
	eg_set_log(catch_line, NULL);
	in_the_hub(&p, wait_for_all);
	eg_set_log(NULL, NULL);
	eg_shared_queue_unref(p.queue);
}
