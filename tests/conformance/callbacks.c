/* SPDX-License-Identifier: MIT */
/*
 * Callbacks, the hub's own turn, and idle: HB-01 to HB-04 and HB-12, beyond what
 * hub.c has.
 */
#include "conform_kit.h"

#include <poll.h>
#include <unistd.h>

enum { MOST = 26 };

struct step {
	eg_callback callback;
	struct trace *trace;
	char letter;
	int again; /* how often it queues itself */
	struct step *queues, *stops;
	eg_event *sets;
	bool was_pending;
};

static void take_step(void *arg)
{
	struct step *s = arg;

	s->was_pending |= eg_callback_is_pending(&s->callback);
	trace_add(s->trace, s->letter);
	if (s->stops)
		egt_eq(eg_callback_stop(&s->stops->callback), 0);
	if (s->queues)
		egt_eq(eg_callback_queue(&s->queues->callback), 0);
	if (s->sets)
		egt_le(0, eg_event_set(s->sets));
	if (s->again-- > 0) {
		egt_eq(eg_callback_queue(&s->callback), 0);
		egt_true(eg_callback_is_pending(&s->callback));
	}
}

static void make(struct step *s, int n, struct trace *t)
{
	for (int i = 0; i < n; i++) {
		s[i] = (struct step){ .trace = t, .letter = (char)('a' + i) };
		egt_eq(eg_callback_init(&s[i].callback, take_step, &s[i]), 0);
	}
}

static void queue(struct step *s)
{
	egt_eq(eg_callback_queue(&s->callback), 0);
}

/* A bit for each of eight: a fiber, or a callback. */
static void one_line_of_both(long kinds)
{
	struct trace t = { .len = 0 };
	struct letter l[8];
	struct step s[8];

	make(s, 8, &t);
	for (int i = 0; i < 8; i++) {
		l[i] = (struct letter){ &t, (char)('a' + i) };
		if (kinds & 1 << i)
			queue(&s[i]);
		else
			egt_eq(eg_spawn(NULL, write_letter, &l[i]), 0);
	}
	egt_eq(eg_yield(), 0);
	egt_in_order(&t, 8);
}

static int wait_event(void *event, int64_t deadline)
{
	return eg_event_wait(event, deadline);
}

/* Woken fibers stand in the same line: @n callbacks, a fiber, one more. */
static void woken_come_in_their_turn(long n)
{
	struct trace t = { .len = 0 };
	eg_event event = { 0 };
	struct act a = { .trace = &t, .letter = (char)('a' + n) };
	struct step s[MOST];

	make(s, MOST, &t);
	act_begin(&a, wait_event, &event);
	for (long i = 0; i < n; i++)
		queue(&s[i]);
	egt_eq(eg_event_set(&event), 1);
	queue(&s[n + 1]);
	egt_eq(eg_yield(), 0);
	egt_in_order(&t, (int)n + 2);
	egt_eq(act_end(&a), 0);
}

/* Each queues the next, and the next kernel look is not before the last. */
static void chain_needs_no_look(long n)
{
	eg_hub_stats before = { .size = sizeof(before) }, after = before;
	struct trace t = { .len = 0 };
	struct step s[MOST];

	make(s, MOST, &t);
	for (long i = 0; i + 1 < n; i++)
		s[i].queues = &s[i + 1];
	egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(eg_hub_get_stats(&before), 0);
	queue(&s[0]);
	while ((long)t.len < n)
		egt_eq(eg_yield(), 0);
	egt_eq(eg_hub_get_stats(&after), 0);
	egt_in_order(&t, (int)n);
	egt_eq(after.turns, before.turns);
}

static void queues_itself_so_often(long times)
{
	struct trace t = { .len = 0 };
	struct step s;

	make(&s, 1, &t);
	s.again = (int)times;
	queue(&s);
	for (long i = 0; i < times + 1; i++) {
		egt_true(eg_callback_is_pending(&s.callback));
		egt_eq(eg_yield(), 0);
	}
	egt_eq(t.len, times + 1);
	egt_true(!eg_callback_is_pending(&s.callback));
	egt_true(!s.was_pending);
}

struct endless {
	eg_callback callback;
	bool is_over;
	long calls;
};

static void go_on(void *arg)
{
	struct endless *e = arg;

	egt_lt(++e->calls, 50000000);
	if (!e->is_over)
		egt_eq(eg_callback_queue(&e->callback), 0);
}

/* So many that never end: a descriptor is still looked at. */
static void endless_ones_let_io_in(long n)
{
	struct endless e[8] = { { .calls = 0 } };
	int fd[2];

	egt_eq(pipe(fd), 0);
	egt_eq(write(fd[1], "x", 1), 1);
	for (long i = 0; i < n; i++) {
		egt_eq(eg_callback_init(&e[i].callback, go_on, &e[i]), 0);
		egt_eq(eg_callback_queue(&e[i].callback), 0);
	}
	egt_eq(eg_wait_fd(fd[0], POLLIN, EG_FOREVER), POLLIN);
	for (long i = 0; i < n; i++)
		e[i].is_over = true;
	egt_eq(eg_close(fd[0]), 0);
	egt_eq(close(fd[1]), 0);
	settle();
	for (long i = 0; i < n; i++)
		egt_true(!eg_callback_is_pending(&e[i].callback));
}

static int leave_endless_ones(void *arg)
{
	for (struct endless *e = arg; !e->is_over; e++) {
		egt_eq(eg_callback_init(&e->callback, go_on, e), 0);
		egt_eq(eg_callback_queue(&e->callback), 0);
	}
	return 0;
}

/* Each is called once more as the hub ends, and is nobody's then. */
static void endless_ones_let_the_hub_end(long n)
{
	struct endless e[9] = { { .calls = 0 } };

	e[n].is_over = true;
	hub_run(leave_endless_ones, e);
	for (long i = 0; i < n; i++) {
		egt_eq(e[i].calls, 1);
		egt_true(!eg_callback_is_pending(&e[i].callback));
		e[i].is_over = true;
		egt_eq(eg_callback_queue(&e[i].callback), 0);
		egt_eq(eg_yield(), 0);
		egt_eq(e[i].calls, 2);
	}
}

/* arg: a bit for each of six that is stopped. */
static void stopped_ones_are_not_called(long stopped)
{
	struct trace t = { .len = 0 };
	char want[7] = "";
	struct step s[6];

	make(s, 6, &t);
	for (int i = 0; i < 6; i++)
		queue(&s[i]);
	for (int i = 0, k = 0; i < 6; i++) {
		if (stopped & 1 << i) {
			egt_eq(eg_callback_stop(&s[i].callback), 0);
			egt_true(!eg_callback_is_pending(&s[i].callback));
		} else {
			want[k++] = (char)('a' + i);
		}
	}
	egt_eq(eg_yield(), 0);
	egt_str_eq(t.text, want);
}

/* One stops another: arg is by * 10 + which. */
static void one_stops_another(long arg)
{
	long by = arg / 10, which = arg % 10;
	struct trace t = { .len = 0 };
	struct step s[3];

	make(s, 3, &t);
	s[by].stops = &s[which];
	for (int i = 0; i < 3; i++)
		queue(&s[i]);
	egt_eq(eg_yield(), 0);
	egt_str_eq(t.text, which <= by ? "abc" : which == 1 ? "ac" : "ab");
}

static void stop_and_queue_again_goes_to_the_end(long times)
{
	struct trace t = { .len = 0 };
	struct step s[3];

	make(s, 3, &t);
	for (int i = 0; i < 3; i++)
		queue(&s[i]);
	for (long i = 0; i < times; i++) {
		egt_eq(eg_callback_stop(&s[0].callback), 0);
		queue(&s[0]);
	}
	egt_eq(eg_yield(), 0);
	egt_str_eq(t.text, times ? "bca" : "abc");
}

/* It is the last thing that can happen: what it wakes is woken. */
static void wakes_who_waits(long n)
{
	struct act a[MOST] = { { .trace = NULL } };
	struct trace t = { .len = 0 };
	eg_event event = { 0 };
	struct step s;

	make(&s, 1, &t);
	s.sets = &event;
	act_begin_all(a, (int)n, wait_event, &event, NULL);
	queue(&s);
	for (long i = 0; i < n; i++)
		egt_eq(act_end(&a[i]), 0);
}

static void refuse(void *arg)
{
	int *results = arg;

	results[0] = eg_sleep(EG_USEC);
	results[1] = eg_yield();
	results[2] = eg_idle(EG_FOREVER);
	results[3] = eg_cleanup_push(refuse, arg);
}

/* One that asks for the impossible is told so; the others run. */
static void errors_in_one_do_not_stop_others(long before)
{
	struct trace t = { .len = 0 };
	int results[4] = { 1, 1, 1, 1 };
	struct step s[5];
	eg_callback bad;

	make(s, 5, &t);
	egt_eq(eg_callback_init(&bad, refuse, results), 0);
	for (int i = 0; i < 5; i++) {
		if (i == before)
			egt_eq(eg_callback_queue(&bad), 0);
		queue(&s[i]);
	}
	egt_eq(eg_yield(), 0);
	egt_in_order(&t, 5);
	for (int i = 0; i < 4; i++)
		egt_eq(results[i], -EPERM);
}

static void *yield_so_often(void *arg)
{
	int *left = arg;

	while (--*left > 0)
		egt_eq(eg_yield(), 0);
	return NULL;
}

static void idle_after_so_many_yields(long n)
{
	int left = (int)n;

	egt_eq(eg_spawn(NULL, yield_so_often, &left), 0);
	egt_eq(eg_idle(EG_FOREVER), 0);
	egt_le(left, 0);
}

static void idle_after_callbacks(long n)
{
	struct trace t = { .len = 0 };
	struct step s;

	make(&s, 1, &t);
	s.again = (int)n - 1;
	queue(&s);
	egt_eq(eg_idle(EG_FOREVER), 0);
	egt_eq(t.len, n);
}

static void idle_keeps_a_deadline_that_has_passed(long deadline)
{
	egt_eq(eg_idle(deadline), -ETIMEDOUT);
	egt_eq(eg_idle(EG_FOREVER), 0);
}

static const struct conform cases[] = {
	{ "HB-01", "fibers", one_line_of_both, 0 },
	{ "HB-01", "callbacks", one_line_of_both, 255 },
	{ "HB-01", "one by one", one_line_of_both, 0x55 },
	{ "HB-01", "one by one", one_line_of_both, 0xaa },
	{ "HB-01", "two by two", one_line_of_both, 0x33 },
	{ "HB-01", "a callback between fibers", one_line_of_both, 0x10 },
	{ "HB-01", "a fiber between callbacks", one_line_of_both, 0xef },
	{ "HB-01", "at both ends", one_line_of_both, 0x81 },
	{ "HB-01", "who is woken comes in turn", woken_come_in_their_turn, 0 },
	{ "HB-01", "who is woken comes in turn", woken_come_in_their_turn, 9 },
	{ "HB-01", "one queues the next", chain_needs_no_look, 2 },
	{ "HB-01", "one queues the next, and so on", chain_needs_no_look,
	  MOST },
	{ "HB-02", "one without end", endless_ones_let_io_in, 1 },
	{ "HB-02", "many without end", endless_ones_let_io_in, 8 },
	{ "HB-02", "one without end, as the hub ends",
	  endless_ones_let_the_hub_end, 1 },
	{ "HB-02", "many without end, as the hub ends",
	  endless_ones_let_the_hub_end, 8 },
	{ "HB-03", "queues itself once", queues_itself_so_often, 1 },
	{ "HB-03", "queues itself often", queues_itself_so_often, 50 },
	{ "HB-03", "the first stopped", stopped_ones_are_not_called, 1 },
	{ "HB-03", "the last stopped", stopped_ones_are_not_called, 32 },
	{ "HB-03", "every second stopped", stopped_ones_are_not_called, 21 },
	{ "HB-03", "all stopped", stopped_ones_are_not_called, 63 },
	{ "HB-03", "none stopped", stopped_ones_are_not_called, 0 },
	{ "HB-03", "stops the next", one_stops_another, 1 },
	{ "HB-03", "stops the one after", one_stops_another, 2 },
	{ "HB-03", "stops itself", one_stops_another, 11 },
	{ "HB-03", "stops the one before", one_stops_another, 10 },
	{ "HB-03", "stopped and queued again",
	  stop_and_queue_again_goes_to_the_end, 1 },
	{ "HB-03", "stopped and queued again and again",
	  stop_and_queue_again_goes_to_the_end, 5 },
	{ "HB-03", "wakes one", wakes_who_waits, 1 },
	{ "HB-03", "wakes many", wakes_who_waits, MOST },
	{ "HB-04", "an error in the first", errors_in_one_do_not_stop_others,
	  0 },
	{ "HB-04", "an error in the middle", errors_in_one_do_not_stop_others,
	  2 },
	{ "HB-12", "after one yield", idle_after_so_many_yields, 1 },
	{ "HB-12", "after more than a turn", idle_after_so_many_yields, 3000 },
	{ "HB-12", "after a callback", idle_after_callbacks, 1 },
	{ "HB-12", "after callbacks", idle_after_callbacks, 100 },
	{ "HB-12", "no time for it", idle_keeps_a_deadline_that_has_passed,
	  EG_NOW },
	{ "HB-12", "no time left for it", idle_keeps_a_deadline_that_has_passed,
	  1 },
};

CONFORMANCE(callbacks, cases)
