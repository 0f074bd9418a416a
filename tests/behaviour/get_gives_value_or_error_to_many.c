/* SPDX-License-Identifier: MIT */
/*
 * eg_get() and eg_fiber_wait(): any number of fibers, any number of times, the
 * value or the error (semantics SP-03 to SP-05, SP-19).
 */
#include "fiber_trace.h"

struct end {
	int64_t sleeps;
	int error;
	void *value;
};

static void *end_so(void *arg)
{
	struct end *e = arg;

	egt_eq(eg_sleep(e->sleeps), 0);
	return e->error ? eg_fail(e->error, e->value) : e->value;
}

struct getter {
	eg_fiber *fiber;
	struct trace *trace;
	char letter;
	int result, waited;
	void *value;
};

static void *get_it(void *arg)
{
	struct getter *g = arg;

	g->waited = eg_fiber_wait(g->fiber, EG_FOREVER);
	g->result = eg_get(g->fiber, &g->value, EG_FOREVER);
	trace_add(g->trace, g->letter);
	return NULL;
}

EG_TEST(all_who_get_are_given_the_same)
{
	static const int errors[] = { 0, -EIO, -ECANCELED, -4095, -ETIMEDOUT };

	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		struct end e = { EG_MSEC, errors[i], &e };
		struct trace t = { .len = 0 };
		struct getter g[5];
		void *payload = NULL;
		eg_fiber *f, *getters[5];

		egt_casef("error %d", errors[i]);
		egt_eq(eg_spawn(&f, end_so, &e), 0);
		for (int k = 0; k < 5; k++) {
			g[k] = (struct getter){ .fiber = f,
						.trace = &t,
						.letter = (char)('0' + k),
						.result = 1,
						.value = &t };
			egt_eq(eg_spawn(&getters[k], get_it, &g[k]), 0);
		}
		for (int k = 0; k < 5; k++) {
			egt_eq(eg_join(getters[k], NULL, EG_FOREVER), 0);
			egt_eq(g[k].waited, 0);
			egt_eq(g[k].result, errors[i]);
			egt_ptr_eq(g[k].value,
				   errors[i] ? (void *)&t : (void *)&e);
		}
		/* First come, first served. */
		egt_str_eq(t.text, "01234");
		/* And again, without a wait. */
		egt_eq(eg_get(f, NULL, EG_NOW), errors[i]);
		egt_eq(eg_get(f, NULL, -1), errors[i]);
		egt_eq(eg_fiber_wait(f, EG_NOW), 0);
		egt_true(eg_fiber_is_done(f));
		egt_eq(eg_fiber_succeeded(f),
		       errors[i] == 0 || errors[i] == -ECANCELED);
		egt_eq(eg_fiber_error(f, &payload), errors[i]);
		egt_ptr_eq(payload, errors[i] ? (void *)&e : NULL);
		egt_eq(eg_join(f, &payload, EG_FOREVER), 0);
		egt_ptr_eq(payload, &e);
	}
}

/* Not by the clock: that may run while the machine is busy. */
static eg_event may_end;

static void *end_when_allowed(void *arg)
{
	egt_eq(eg_event_wait(&may_end, EG_FOREVER), 0);
	return arg;
}

EG_TEST(get_in_vain_changes_nothing)
{
	void *value = &value;
	eg_timeout t;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, end_when_allowed, &may_end), 0);
	egt_eq(eg_get(f, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_get(f, &value, eg_after(EG_MSEC)), -ETIMEDOUT);
	egt_eq(eg_fiber_wait(f, eg_after(EG_MSEC)), -ETIMEDOUT);
	egt_true(!eg_fiber_is_done(f));
	/* A foreign one passes, too. */
	egt_eq(eg_timeout_begin(&t, eg_after(EG_MSEC)), 0);
	egt_eq(eg_get(f, &value, EG_FOREVER), -ETIMEDOUT);
	egt_eq(eg_timeout_end(&t), -ETIMEDOUT);
	egt_ptr_eq(value, &value);
	egt_eq(eg_event_set(&may_end), 1);
	egt_eq(eg_get(f, &value, EG_FOREVER), 0);
	egt_ptr_eq(value, &may_end);
	egt_eq(eg_detach(f), 0);
}

/* One of them gives up; the others get it, and nothing is left linked. */
EG_TEST(getter_that_is_killed_leaves_the_others)
{
	struct end e = { 5 * EG_MSEC, 0, &e };
	struct trace t = { .len = 0 };
	struct getter g[3];
	eg_fiber *f, *getters[3];

	egt_eq(eg_spawn(&f, end_so, &e), 0);
	for (int k = 0; k < 3; k++) {
		g[k] = (struct getter){ f, &t, (char)('0' + k), 1, 1, NULL };
		egt_eq(eg_spawn(&getters[k], get_it, &g[k]), 0);
	}
	egt_eq(eg_yield(), 0);
	egt_eq(eg_kill(getters[1], -EPIPE, EG_FOREVER), 0);
	egt_eq(g[1].waited, -EPIPE);
	egt_eq(g[1].result, -EPIPE);
	for (int k = 0; k < 3; k++)
		egt_eq(eg_join(getters[k], NULL, EG_FOREVER), 0);
	egt_str_eq(t.text, "102");
	egt_eq(g[2].result, 0);
	egt_eq(eg_detach(f), 0);
}

/* With a join beside it, which consumes a reference. */
static void *join_it(void *arg)
{
	struct getter *g = arg;

	g->result = eg_join(g->fiber, &g->value, EG_FOREVER);
	return NULL;
}

EG_TEST(get_and_join_both_get_the_value)
{
	struct end e = { EG_MSEC, 0, &e };
	struct getter g = { .result = 1 };
	void *value = NULL;
	eg_fiber *f, *j;

	egt_eq(eg_spawn(&f, end_so, &e), 0);
	g.fiber = eg_ref(f);
	egt_eq(eg_spawn(&j, join_it, &g), 0);
	egt_eq(eg_get(f, &value, EG_FOREVER), 0);
	egt_ptr_eq(value, &e);
	egt_eq(eg_join(j, NULL, EG_FOREVER), 0);
	egt_eq(g.result, 0);
	egt_ptr_eq(g.value, &e);
	egt_eq(eg_get(f, NULL, EG_NOW), 0);
	eg_unref(f);
}

static void *exit_failing(void *arg)
{
	eg_fail(-EIO, NULL);
	egt_eq(eg_fiber_error(eg_self(), NULL), 0);
	eg_fail(-EPIPE, NULL);
	eg_exit(arg);
	return NULL;
}

/* The last one before the end counts; the payload is the result. */
EG_TEST(failure_holds_through_an_exit)
{
	void *payload = NULL;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, exit_failing, &payload), 0);
	egt_eq(eg_get(f, NULL, EG_FOREVER), -EPIPE);
	egt_eq(eg_fiber_error(f, &payload), -EPIPE);
	egt_ptr_eq(payload, &payload);
	egt_eq(eg_detach(f), 0);
}

/* A fiber killed while it ran ends as its function says. */
static void *end_well_if_killed(void *arg)
{
	egt_eq(eg_sleep(EG_FOREVER), -EIO);
	return arg;
}

EG_TEST(killed_fiber_may_end_well)
{
	void *value = NULL;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, end_well_if_killed, &value), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_kill(f, -EIO, EG_FOREVER), 0);
	egt_true(eg_fiber_succeeded(f));
	egt_eq(eg_get(f, &value, EG_NOW), 0);
	egt_ptr_eq(value, &value);
	egt_eq(eg_detach(f), 0);
}

static void *get_self(void *arg)
{
	egt_eq(eg_get(eg_self(), NULL, EG_FOREVER), -EDEADLK);
	egt_eq(eg_fiber_wait(eg_self(), EG_NOW), -EDEADLK);
	egt_eq(eg_cancel(eg_self()), 0);
	egt_eq(eg_get(eg_self(), NULL, EG_FOREVER), -ECANCELED);
	return arg;
}

EG_TEST(fiber_cannot_get_itself)
{
	eg_fiber *f;

	egt_eq(eg_spawn(&f, get_self, NULL), 0);
	egt_eq(eg_get(f, NULL, EG_FOREVER), 0);
	egt_eq(eg_detach(f), 0);
}

/* A link is called in the hub, and has nothing to wait for. */
struct linked {
	eg_fiber *running;
	int result, waited, of_running;
	void *value;
};

static void get_in_link(eg_fiber *fiber, void *arg)
{
	struct linked *l = arg;

	l->waited = eg_fiber_wait(fiber, EG_FOREVER);
	l->result = eg_get(fiber, &l->value, EG_NOW);
	l->of_running = eg_get(l->running, NULL, EG_NOW);
}

EG_TEST(link_gets_what_came_of_its_fiber)
{
	static const int errors[] = { 0, -EIO };

	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		struct end e = { 0, errors[i], &e };
		struct linked l = { .running = eg_self(), .value = &l };
		eg_link link;
		eg_fiber *f;

		egt_casef("error %d", errors[i]);
		egt_eq(eg_spawn(&f, end_so, &e), 0);
		egt_eq(eg_fiber_link(f, &link, get_in_link, &l, 0), 0);
		egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
		egt_eq(eg_sleep(EG_USEC), 0);
		egt_eq(l.waited, 0);
		egt_eq(l.result, errors[i]);
		egt_ptr_eq(l.value, errors[i] ? (void *)&l : (void *)&e);
		egt_eq(l.of_running, -ETIMEDOUT);
		egt_eq(eg_detach(f), 0);
	}
}

/* What is no negative errno is a mistake, and is not lost. */
static int lines;

static void count_lines(int level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
	lines++;
}

static void *fail_wrongly(void *arg)
{
	return eg_fail(*(int *)arg, arg);
}

EG_TEST(failing_with_no_errno_is_einval)
{
	static int errors[] = { 0, 5, -4096, INT32_MAX, INT32_MIN };

	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		eg_fiber *f;

		egt_casef("%d", errors[i]);
		lines = 0;
		eg_set_log(count_lines, NULL);
		egt_eq(eg_spawn(&f, fail_wrongly, &errors[i]), 0);
		egt_eq(eg_get(f, NULL, EG_FOREVER), -EINVAL);
		eg_set_log(NULL, NULL);
		egt_eq(lines, 1);
		egt_eq(eg_detach(f), 0);
	}
}
