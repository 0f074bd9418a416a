/* SPDX-License-Identifier: MIT */
/*
 * eg_hub_post() and references from other threads: order, wake-ups, and the
 * end of the hub (semantics HB-19; class 17 of section 4).
 */
#include "fiber_trace.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

enum { THREADS = 4, POSTS = 10000 };

struct poster {
	eg_hub *hub;
	pthread_t thread;
	eg_task *tasks;
	int next;   /* the task that has to run next */
	int *total; /* the hub's */
	eg_event *all;
};

static void run_in_order(eg_task *task, void *arg)
{
	struct poster *p = arg;

	egt_ptr_eq(task, &p->tasks[p->next]);
	egt_ptr_eq(eg_self(), NULL);
	p->next++;
	if (++*p->total == THREADS * POSTS)
		egt_eq(eg_event_set(p->all), 1);
}

static void *post_all(void *arg)
{
	struct poster *p = arg;

	for (int i = 0; i < POSTS; i++) {
		p->tasks[i] = (eg_task){ .fn = run_in_order, .arg = p };
		egt_eq(eg_hub_post(p->hub, &p->tasks[i]), 0);
	}
	eg_hub_unref(p->hub);
	return NULL;
}

EG_TEST(every_post_runs_in_the_order_of_its_thread, .limit_ms = 60000)
{
	struct poster p[THREADS];
	eg_event all = { 0 };
	int total = 0;

	for (int i = 0; i < THREADS; i++) {
		p[i] = (struct poster){ .hub = eg_hub_ref(eg_hub_self()),
					.tasks = calloc(POSTS, sizeof(eg_task)),
					.total = &total,
					.all = &all };
		egt_true(p[i].tasks);
		egt_eq(pthread_create(&p[i].thread, NULL, post_all, &p[i]), 0);
	}
	egt_eq(eg_event_wait(&all, EG_FOREVER), 0);
	for (int i = 0; i < THREADS; i++) {
		egt_eq(p[i].next, POSTS);
		egt_eq(pthread_join(p[i].thread, NULL), 0);
		free(p[i].tasks);
	}
}

struct ping {
	eg_hub *hub;
	eg_task task;
	eg_event event;
	int asleep; /* atomic: rounds in which the fiber has gone to wait */
	int rounds;
};

static void set_event(eg_task *task, void *arg)
{
	struct ping *p = arg;

	(void)task;
	egt_eq(eg_event_set(&p->event), 1);
}

static void *post_each_round(void *arg)
{
	struct ping *p = arg;

	for (int i = 1; i <= p->rounds; i++) {
		while (__atomic_load_n(&p->asleep, __ATOMIC_ACQUIRE) < i)
			sched_yield();
		egt_eq(eg_hub_post(p->hub, &p->task), 0);
	}
	eg_hub_unref(p->hub);
	return NULL;
}

/* With nothing else to wake it: a lost one would hang. */
EG_TEST(a_post_wakes_a_hub_that_sleeps, .limit_ms = 60000)
{
	struct ping p = { .hub = eg_hub_ref(eg_hub_self()), .rounds = 2000 };
	pthread_t thread;

	p.task = (eg_task){ .fn = set_event, .arg = &p };
	egt_eq(pthread_create(&thread, NULL, post_each_round, &p), 0);
	for (int i = 1; i <= p.rounds; i++) {
		__atomic_store_n(&p.asleep, i, __ATOMIC_RELEASE);
		egt_eq(eg_event_wait(&p.event, EG_FOREVER), 0);
		egt_eq(eg_event_clear(&p.event), 0);
	}
	egt_eq(pthread_join(thread, NULL), 0);
}

struct again {
	eg_task task;
	int left;
};

static void post_again(eg_task *task, void *arg)
{
	struct again *a = arg;

	if (a->left-- > 0)
		egt_eq(eg_hub_post(eg_hub_self(), task), 0);
}

/* A task is free inside its own function; posting again is not at once. */
EG_TEST(a_task_that_posts_itself_starves_nobody)
{
	struct again a = { .left = 1000 };
	int rounds = 0;

	a.task = (eg_task){ .fn = post_again, .arg = &a };
	egt_eq(eg_hub_post(eg_hub_self(), &a.task), 0);
	for (; a.left >= 0; rounds++)
		egt_eq(eg_sleep(egt_is_sim() ? 1 : 0), 0);
	egt_lt(0, rounds);
}

static void *spawned_by_task(void *arg)
{
	return write_letter(arg);
}

static void spawn_in_task(eg_task *task, void *arg)
{
	(void)task;
	egt_eq(eg_spawn(NULL, spawned_by_task, arg), 0);
}

EG_TEST(tasks_may_spawn_and_run_in_order)
{
	struct trace t = { .len = 0 };
	struct letter l[] = { { &t, 'a' }, { &t, 'b' }, { &t, 'c' } };
	eg_task tasks[ARRAY_LEN(l)];

	for (size_t i = 0; i < ARRAY_LEN(l); i++) {
		tasks[i] = (eg_task){ .fn = spawn_in_task, .arg = &l[i] };
		egt_eq(eg_hub_post(eg_hub_self(), &tasks[i]), 0);
	}
	egt_str_eq(t.text, "");
	while (t.len < ARRAY_LEN(l))
		egt_eq(eg_sleep(EG_USEC), 0);
	egt_str_eq(t.text, "abc");
}

static int keep_a_reference(void *arg)
{
	*(eg_hub **)arg = eg_hub_ref(eg_hub_self());
	return 0;
}

static void must_not_run(eg_task *task, void *arg)
{
	(void)task;
	(void)arg;
	egt_fail("a task of an ended hub ran");
}

EG_TEST_PLAIN(a_hub_that_has_ended_takes_nothing)
{
	eg_task task = { .fn = must_not_run };
	eg_hub *hub = NULL;

	egt_eq(eg_run(keep_a_reference, &hub, NULL, NULL), 0);
	egt_eq(eg_hub_post(hub, &task), -ESHUTDOWN);
	egt_ptr_eq(eg_hub_ref(hub), hub);
	egt_ptr_eq(eg_hub_unref(hub), NULL);
	egt_eq(eg_hub_post(hub, &task), -ESHUTDOWN);
	egt_ptr_eq(eg_hub_unref(hub), NULL);
	egt_ptr_eq(eg_hub_unref(NULL), NULL);
	egt_ptr_eq(eg_hub_ref(NULL), NULL);
}

static void count_task(eg_task *task, void *arg)
{
	(void)task;
	++*(int *)arg;
}

struct last {
	eg_task tasks[3];
	int count;
};

static int post_and_return(void *arg)
{
	struct last *l = arg;

	for (size_t i = 0; i < ARRAY_LEN(l->tasks); i++) {
		l->tasks[i] = (eg_task){ .fn = count_task, .arg = &l->count };
		egt_eq(eg_hub_post(eg_hub_self(), &l->tasks[i]), 0);
	}
	return 0;
}

EG_TEST_PLAIN(what_was_taken_runs_though_the_hub_closes)
{
	struct last l = { .count = 0 };

	egt_eq(eg_run(post_and_return, &l, NULL, NULL), 0);
	egt_eq(l.count, 3);
}

enum { RACES = 2000 };

struct race {
	eg_hub *hub;
	int begun, ended; /* atomic: races */
};

static void wait_until(int *races, int want)
{
	/* Spinning, so that both go off at once; not for ever on one CPU. */
	for (int i = 0; __atomic_load_n(races, __ATOMIC_ACQUIRE) < want; i++)
		if (i > 1000)
			sched_yield();
}

static void *unref_at_once(void *arg)
{
	struct race *r = arg;

	for (int i = 1; i <= RACES; i++) {
		wait_until(&r->begun, i);
		eg_hub_unref(r->hub);
		__atomic_store_n(&r->ended, i, __ATOMIC_RELEASE);
	}
	return NULL;
}

static int take_two_references(void *arg)
{
	keep_a_reference(arg);
	return keep_a_reference(arg);
}

/* The last of them frees the hub while the other may still look at it. */
EG_TEST_PLAIN(the_last_references_go_at_once, .limit_ms = 60000)
{
	eg_options o = EG_OPTIONS_INIT;
	struct race r = { .hub = NULL };
	pthread_t thread;

	o.backend = "sim";
	egt_eq(pthread_create(&thread, NULL, unref_at_once, &r), 0);
	for (int i = 1; i <= RACES; i++) {
		egt_eq(eg_run(take_two_references, &r.hub, &o, NULL), 0);
		__atomic_store_n(&r.begun, i, __ATOMIC_RELEASE);
		eg_hub_unref(r.hub);
		wait_until(&r.ended, i);
	}
	egt_eq(pthread_join(thread, NULL), 0);
}

struct closer {
	eg_hub *hub;
	pthread_barrier_t barrier;
	int refused, taken, ran; /* ran: the hub's, read when it has ended */
};

static void note_run(eg_task *task, void *arg)
{
	struct closer *c = arg;

	c->ran++;
	free(task);
}

static void *post_until_refused(void *arg)
{
	struct closer *c = arg;
	eg_task *task;

	pthread_barrier_wait(&c->barrier);
	for (;;) {
		task = calloc(1, sizeof(*task));
		egt_true(task);
		*task = (eg_task){ .fn = note_run, .arg = c };
		if (eg_hub_post(c->hub, task) < 0)
			break;
		c->taken++;
		sched_yield();
	}
	free(task);
	c->refused++;
	eg_hub_unref(c->hub);
	return NULL;
}

static int be_posted_to(void *arg)
{
	struct closer *c = arg;

	c->hub = eg_hub_ref(eg_hub_self());
	pthread_barrier_wait(&c->barrier);
	return eg_sleep(EG_MSEC);
}

EG_TEST_PLAIN(posts_race_with_the_end_of_the_hub)
{
	static const char *const backends[] = { "epoll", "sim" };

	for (int i = 0; i < 20; i++) {
		struct closer c = { .hub = NULL };
		eg_options o = EG_OPTIONS_INIT;
		pthread_t thread;

		o.backend = backends[i % 2];
		egt_eq(pthread_barrier_init(&c.barrier, NULL, 2), 0);
		egt_eq(pthread_create(&thread, NULL, post_until_refused, &c),
		       0);
		egt_eq(eg_run(be_posted_to, &c, &o, NULL), 0);
		egt_eq(pthread_join(thread, NULL), 0);
		egt_eq(c.refused, 1);
		egt_eq(c.ran, c.taken);
		egt_eq(pthread_barrier_destroy(&c.barrier), 0);
	}
}
