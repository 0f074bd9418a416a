/* SPDX-License-Identifier: MIT */
/*
 * The hub's order and what it refuses: HB-01 to HB-08, HB-11 to HB-13, EH-09,
 * EH-13. Timers are in timers.c, errors and other threads in errors.c.
 */
#include "conform_kit.h"

#include <stdio.h>
#include <unistd.h>

/* A callback that writes a letter, and may queue others. */
struct note {
	eg_callback callback;
	struct trace *trace;
	struct note *next; /* queued by this one; NULL: none */
	char letter;
	bool was_pending; /* inside its own function */
	uint64_t turn;	  /* looks at the kernel before it */
};

static void write_note(void *arg)
{
	eg_hub_stats stats = { .size = sizeof(stats) };
	struct note *n = arg;

	egt_eq(eg_hub_get_stats(&stats), 0);
	n->turn = stats.turns;
	n->was_pending = eg_callback_is_pending(&n->callback);
	trace_add(n->trace, n->letter);
	if (n->next)
		egt_eq(eg_callback_queue(&n->next->callback), 0);
}

static void note_init(struct note *n, struct trace *t, char letter)
{
	*n = (struct note){ .trace = t, .letter = letter };
	egt_eq(eg_callback_init(&n->callback, write_note, n), 0);
}

static void callbacks_run_in_order(long count)
{
	struct trace t = { .len = 0 };
	struct note n[26];

	for (long i = 0; i < count; i++) {
		note_init(&n[i], &t, (char)('a' + i));
		egt_eq(eg_callback_queue(&n[i].callback), 0);
	}
	egt_eq(t.len, 0);
	egt_eq(eg_yield(), 0);
	egt_in_order(&t, (int)count);
}

static void fibers_run_in_order(long count)
{
	struct trace t = { .len = 0 };
	struct letter l[26];
	eg_fiber *f[26];

	for (long i = 0; i < count; i++) {
		l[i] = (struct letter){ &t, (char)('a' + i) };
		egt_eq(eg_spawn(&f[i], write_letter, &l[i]), 0);
	}
	egt_eq(t.len, 0);
	egt_eq(eg_yield(), 0);
	egt_in_order(&t, (int)count);
	for (long i = 0; i < count; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
}

/* Both kinds in one line, as they were queued. */
static void fibers_and_callbacks_stand_in_one_line(long first)
{
	struct trace t = { .len = 0 };
	struct note n[4];
	struct letter l[8];

	for (int i = 0; i < 8; i++) {
		l[i] = (struct letter){ &t, (char)('a' + i) };
		if (i % 2 == first) {
			egt_eq(eg_spawn(NULL, write_letter, &l[i]), 0);
			continue;
		}
		note_init(&n[i / 2], &t, l[i].letter);
		egt_eq(eg_callback_queue(&n[i / 2].callback), 0);
	}
	settle();
	egt_in_order(&t, 8);
}

/* Each queues the next one, all in one go. */
static void callbacks_of_callbacks_run_in_the_same_pass(long count)
{
	struct trace t = { .len = 0 };
	struct note n[26];

	for (long i = 0; i < count; i++) {
		note_init(&n[i], &t, (char)('a' + i));
		n[i].next = i + 1 < count ? &n[i + 1] : NULL;
	}
	egt_eq(eg_callback_queue(&n[0].callback), 0);
	egt_eq(eg_idle(EG_FOREVER), 0);
	egt_in_order(&t, (int)count);
	/* A machine under load may take the 5 ms that end a pass. */
	if (egt_is_sim())
		egt_eq(n[count - 1].turn, n[0].turn);
}

static void pending_until_it_is_called(long times)
{
	struct trace t = { .len = 0 };
	struct note n;

	note_init(&n, &t, 'a');
	n.was_pending = true;
	egt_true(!eg_callback_is_pending(&n.callback));
	for (long i = 0; i < times; i++)
		egt_eq(eg_callback_queue(&n.callback), 0);
	egt_true(eg_callback_is_pending(&n.callback));
	egt_eq(eg_yield(), 0);
	egt_true(!n.was_pending);
	egt_true(!eg_callback_is_pending(&n.callback));
	egt_str_eq(t.text, "a");
}

/* The middle one of three. */
static void stopped_one_is_not_called(long stops)
{
	struct trace t = { .len = 0 };
	struct note n[3];

	for (int i = 0; i < 3; i++) {
		note_init(&n[i], &t, (char)('a' + i));
		egt_eq(eg_callback_queue(&n[i].callback), 0);
	}
	for (long i = 0; i < stops; i++)
		egt_eq(eg_callback_stop(&n[1].callback), 0);
	egt_true(!eg_callback_is_pending(&n[1].callback));
	egt_eq(eg_yield(), 0);
	egt_str_eq(t.text, "ac");
	egt_eq(eg_callback_queue(&n[1].callback), 0);
	egt_eq(eg_yield(), 0);
	egt_str_eq(t.text, "acb");
}

struct flood {
	bool is_over;
	long turns;
};

static void *yield_on(void *arg)
{
	struct flood *f = arg;

	while (!f->is_over && f->turns < 10000000) {
		f->turns++;
		egt_eq(eg_yield(), 0);
	}
	return NULL;
}

static void end_flood(eg_task *task, void *arg)
{
	(void)task;
	((struct flood *)arg)->is_over = true;
}

/* Ready fibers that never stop do not keep the hub from its inbox. */
static void flood_starves_nobody(long fibers)
{
	struct flood flood = { .turns = 0 };
	eg_task task = { .fn = end_flood, .arg = &flood };
	eg_fiber *f[8];

	for (long i = 0; i < fibers; i++)
		egt_eq(eg_spawn(&f[i], yield_on, &flood), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_hub_post(eg_hub_self(), &task), 0);
	for (long i = 0; i < fibers; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
	egt_true(flood.is_over);
	egt_lt(flood.turns, 10000000);
}

static int return_one(void *arg)
{
	(void)arg;
	return 1;
}

static void second_hub_is_refused(long times)
{
	eg_hub *hub = eg_hub_self();
	int status = 7;

	for (long i = 0; i < times; i++)
		egt_eq(eg_run(return_one, NULL, NULL, &status), -EBUSY);
	egt_eq(status, 7);
	egt_ptr_eq(eg_hub_self(), hub);
	egt_eq(eg_sleep(EG_USEC), 0);
}

/* Calls that would wait, each called in the hub and, later, by a fiber. */
static eg_event never;
static eg_sem no_unit;
static eg_cond cond;
static eg_mutex mutex;
static eg_result unsent;
static eg_group group;
static eg_fiber *sleeper;
static int unread[2];

static int call_sleep(void)
{
	return eg_sleep(EG_SEC);
}

static int call_yield(void)
{
	return eg_yield();
}

static int call_idle(void)
{
	return eg_idle(EG_FOREVER);
}

static int call_event(void)
{
	return eg_event_wait(&never, EG_FOREVER);
}

static int call_sem(void)
{
	return eg_sem_wait(&no_unit, EG_FOREVER);
}

static int call_result(void)
{
	return eg_result_get(&unsent, NULL, EG_FOREVER);
}

static int call_cond(void)
{
	return eg_cond_wait(&cond, &mutex, EG_FOREVER);
}

static int call_mutex(void)
{
	return eg_mutex_lock(&mutex, EG_FOREVER);
}

static int call_join(void)
{
	return eg_join(sleeper, NULL, EG_FOREVER);
}

static int call_group(void)
{
	return eg_group_wait(&group, EG_FOREVER);
}

static int call_read(void)
{
	char c;

	return (int)eg_read(unread[0], &c, 1, EG_FOREVER);
}

static const struct {
	const char *name; /* as the log has it */
	int (*call)(void);
} waits[] = {
	{ "eg_sleep", call_sleep },    { "eg_yield", call_yield },
	{ "eg_idle", call_idle },      { "eg_event_wait", call_event },
	{ "eg_sem_wait", call_sem },   { "eg_result_get", call_result },
	{ "eg_cond_wait", call_cond }, { "eg_mutex_lock", call_mutex },
	{ "eg_join", call_join },      { "eg_group_wait", call_group },
	{ "eg_read", call_read },
};

static char last_line[512];

static void keep_line(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	snprintf(last_line, sizeof(last_line), "%s", line);
}

struct refusal {
	long which;
	int result;
	eg_event is_done;
};

static void call_in_a_callback(void *arg)
{
	struct refusal *r = arg;

	r->result = waits[r->which].call();
	egt_le(0, eg_event_set(&r->is_done));
}

static void call_in_a_timer(eg_timer *timer, void *arg)
{
	(void)timer;
	call_in_a_callback(arg);
}

static void call_in_a_task(eg_task *task, void *arg)
{
	(void)task;
	call_in_a_callback(arg);
}

static void *sleep_long(void *arg)
{
	return eg_sleep(EG_FOREVER) ? arg : NULL;
}

static void expect_refusal(struct refusal *r)
{
	last_line[0] = '\0';
	egt_eq(eg_event_wait(&r->is_done, EG_FOREVER), 0);
	egt_eq(r->result, -EPERM);
	egt_str_has(last_line, waits[r->which].name);
	egt_eq(eg_event_clear(&r->is_done), 0);
}

static void wait_in_the_hub_is_refused_by_name(long which)
{
	struct refusal r = { .which = which };
	eg_callback callback;
	eg_timer timer;
	eg_task task = { .fn = call_in_a_task, .arg = &r };

	egt_eq(pipe(unread), 0);
	egt_eq(eg_spawn(&sleeper, sleep_long, NULL), 0);
	egt_eq(eg_group_spawn(&group, sleep_long, NULL, NULL), 0);
	eg_set_log(keep_line, NULL);
	egt_eq(eg_callback_init(&callback, call_in_a_callback, &r), 0);
	egt_eq(eg_callback_queue(&callback), 0);
	expect_refusal(&r);
	egt_eq(eg_timer_init(&timer, call_in_a_timer, &r), 0);
	egt_eq(eg_timer_start(&timer, EG_NOW), 0);
	expect_refusal(&r);
	egt_eq(eg_hub_post(eg_hub_self(), &task), 0);
	expect_refusal(&r);
	eg_set_log(NULL, NULL);
	egt_eq(eg_group_done(&group), 0);
	egt_eq(eg_cancel(sleeper), 0);
	egt_eq(eg_join(sleeper, NULL, EG_FOREVER), 0);
	egt_eq(eg_close(unread[0]), 0);
	egt_eq(close(unread[1]), 0);
}

/* With nothing that could ever end it. */
static void wait_for_nothing_is_a_deadlock(long which)
{
	eg_set_log(keep_line, NULL);
	last_line[0] = '\0';
	if (waits[which].call == call_cond)
		egt_eq(eg_mutex_lock(&mutex, EG_NOW), 0);
	egt_eq(waits[which].call(), -EDEADLK);
	egt_true(last_line[0] != '\0');
	if (waits[which].call == call_cond)
		egt_eq(eg_mutex_unlock(&mutex), 0);
	/* The hub goes on, and finds the next one too. */
	egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(eg_event_wait(&never, EG_FOREVER), -EDEADLK);
	eg_set_log(NULL, NULL);
}

static void sleep_of_nothing_gives_way_once(long duration)
{
	struct trace t = { .len = 0 };
	struct letter l[2] = { { &t, 'a' }, { &t, 'b' } };

	egt_eq(eg_spawn(NULL, write_letter, &l[0]), 0);
	egt_eq(eg_spawn(NULL, write_letter, &l[1]), 0);
	egt_eq(eg_sleep(duration), 0);
	egt_str_eq(t.text, "ab");
}

static void sleep_is_never_short(long duration)
{
	for (int i = 0; i < 3; i++) {
		int64_t start = eg_now();

		egt_eq(eg_sleep(duration), 0);
		egt_took(start, duration);
	}
}

static int sleep_until(void *arg, int64_t deadline)
{
	(void)arg;
	return eg_sleep_until(deadline);
}

/* @step apart; 0: all at once, and then in the order of going to sleep. */
static void sleepers_wake_in_order(long step)
{
	struct trace t = { .len = 0 };
	struct act a[6];
	int64_t first = eg_after(2 * EG_MSEC);

	for (int i = 0; i < 6; i++) {
		a[i].trace = &t;
		a[i].letter = (char)('a' + (step < 0 ? 5 - i : i));
		act_begin_until(&a[i], sleep_until, NULL,
				first + step * (step < 0 ? i - 5 : i));
	}
	for (int i = 0; i < 6; i++)
		egt_eq(act_end(&a[i]), 0);
	egt_in_order(&t, 6);
}

static int be_idle(void *arg, int64_t deadline)
{
	(void)arg;
	return eg_idle(deadline);
}

static void *yield_often(void *arg)
{
	struct trace *t = arg;

	for (int i = 0; i < 100; i++)
		egt_eq(eg_yield(), 0);
	trace_add(t, 'z');
	return NULL;
}

/* Behind all that is ready, and all that it makes ready. */
static void idle_waits_for_the_others(long waiters)
{
	struct trace t = { .len = 0 };
	struct act a[8];
	eg_fiber *f;

	egt_eq(eg_spawn(&f, yield_often, &t), 0);
	for (long i = 0; i < waiters; i++) {
		a[i].trace = &t;
		a[i].letter = (char)('a' + i);
		act_begin(&a[i], be_idle, NULL);
		egt_eq(a[i].result, ACT_WAITS);
	}
	for (long i = 0; i < waiters; i++)
		egt_eq(act_end(&a[i]), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(t.len, waiters + 1);
	egt_eq(t.text[0], 'z');
}

static void idle_can_be_killed(long error)
{
	struct act a = { .trace = NULL };
	struct flood flood = { .turns = 0 };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, yield_on, &flood), 0);
	act_begin(&a, be_idle, NULL);
	egt_eq(act_kill(&a, (int)error), error);
	flood.is_over = true;
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

static void *count_run(void *arg)
{
	++*(int *)arg;
	return NULL;
}

static void nobody_need_hold_a_fiber(long fibers)
{
	int runs = 0;

	for (long i = 0; i < fibers; i++)
		egt_eq(eg_spawn(NULL, count_run, &runs), 0);
	egt_eq(runs, 0);
	egt_eq(eg_yield(), 0);
	egt_eq(runs, fibers);
	egt_eq(eg_spawn(NULL, NULL, &runs), -EINVAL);
}

static const struct conform hub_cases[] = {
	{ "HB-01", "callbacks run in order", callbacks_run_in_order, 1 },
	{ "HB-01", "callbacks run in order", callbacks_run_in_order, 26 },
	{ "HB-01", "fibers run in order", fibers_run_in_order, 1 },
	{ "HB-01", "fibers run in order", fibers_run_in_order, 26 },
	{ "HB-01", "fibers and callbacks stand in one line",
	  fibers_and_callbacks_stand_in_one_line, 0 },
	{ "HB-01", "callbacks and fibers stand in one line",
	  fibers_and_callbacks_stand_in_one_line, 1 },
	{ "HB-01", "what a callback queues runs in the same pass",
	  callbacks_of_callbacks_run_in_the_same_pass, 2 },
	{ "HB-01", "what a callback queues runs in the same pass",
	  callbacks_of_callbacks_run_in_the_same_pass, 26 },
	{ "HB-02", "a flood of ready fibers starves nobody",
	  flood_starves_nobody, 1 },
	{ "HB-02", "a flood of ready fibers starves nobody",
	  flood_starves_nobody, 8 },
	{ "HB-03", "pending until it is called, and called once",
	  pending_until_it_is_called, 1 },
	{ "HB-03", "queued twice is called once", pending_until_it_is_called,
	  2 },
	{ "HB-03", "a stopped one is not called", stopped_one_is_not_called,
	  1 },
	{ "HB-03", "stopping is idempotent", stopped_one_is_not_called, 3 },
	{ "HB-05", "a second hub is refused", second_hub_is_refused, 1 },
	{ "HB-05", "a second hub is refused", second_hub_is_refused, 2 },
	{ "HB-06", "sleep in the hub", wait_in_the_hub_is_refused_by_name, 0 },
	{ "HB-06", "yield in the hub", wait_in_the_hub_is_refused_by_name, 1 },
	{ "HB-06", "idle in the hub", wait_in_the_hub_is_refused_by_name, 2 },
	{ "HB-06", "event_wait in the hub", wait_in_the_hub_is_refused_by_name,
	  3 },
	{ "HB-06", "sem_wait in the hub", wait_in_the_hub_is_refused_by_name,
	  4 },
	{ "HB-06", "result_get in the hub", wait_in_the_hub_is_refused_by_name,
	  5 },
	{ "HB-06", "cond_wait in the hub", wait_in_the_hub_is_refused_by_name,
	  6 },
	{ "HB-06", "mutex_lock in the hub", wait_in_the_hub_is_refused_by_name,
	  7 },
	{ "EH-09", "join in the hub", wait_in_the_hub_is_refused_by_name, 8 },
	{ "EH-09", "group_wait in the hub", wait_in_the_hub_is_refused_by_name,
	  9 },
	{ "EH-09", "read in the hub", wait_in_the_hub_is_refused_by_name, 10 },
	{ "HB-08", "an event that nobody can set",
	  wait_for_nothing_is_a_deadlock, 3 },
	{ "HB-08", "a unit that nobody can give",
	  wait_for_nothing_is_a_deadlock, 4 },
	{ "EH-13", "a result that nobody can send",
	  wait_for_nothing_is_a_deadlock, 5 },
	{ "EH-13", "a signal that nobody can give",
	  wait_for_nothing_is_a_deadlock, 6 },
	{ "HB-11", "a sleep of nothing gives way once",
	  sleep_of_nothing_gives_way_once, 0 },
	{ "HB-11", "a negative sleep gives way once",
	  sleep_of_nothing_gives_way_once, -EG_SEC },
	{ "HB-11", "a sleep is never short", sleep_is_never_short, 1 },
	{ "HB-11", "a sleep is never short", sleep_is_never_short, EG_MSEC },
	{ "HB-11", "a sleep is never short", sleep_is_never_short,
	  3 * EG_MSEC + 1 },
	{ "HB-11", "sleepers wake in order of time", sleepers_wake_in_order,
	  1 },
	{ "HB-11", "sleepers wake in order of time", sleepers_wake_in_order,
	  -1 },
	{ "HB-11", "sleepers of one time wake in the order of sleeping",
	  sleepers_wake_in_order, 0 },
	{ "HB-12", "idle waits for the others", idle_waits_for_the_others, 1 },
	{ "HB-12", "idle waits for the others", idle_waits_for_the_others, 8 },
	{ "HB-12", "idle can be cancelled", idle_can_be_killed, -ECANCELED },
	{ "HB-12", "idle can be killed", idle_can_be_killed, -EIO },
	{ "HB-13", "nobody need hold a fiber", nobody_need_hold_a_fiber, 1 },
	{ "HB-13", "nobody need hold a fiber", nobody_need_hold_a_fiber, 500 },
};
CONFORMANCE(hub_keeps_its_order, hub_cases)
