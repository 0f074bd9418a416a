/* SPDX-License-Identifier: MIT */
/*
 * Timers with callbacks, and descriptors with one reader: EH-02, EH-04 to
 * EH-06, EH-10 to EH-12. What fibers sleep is in hub.c.
 */
#include "conform_kit.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MANY = 3000 };

/* Writes a letter when it fires; may arm another, or itself, for at once. */
struct bell {
	eg_timer timer;
	struct trace *trace;
	struct bell *next;
	int64_t next_at;
	char letter;
	uint64_t turn, fired_ns;
	int rings, again; /* and how often @next is armed */
};

static void ring(eg_timer *timer, void *arg)
{
	eg_hub_stats stats = { .size = sizeof(stats) };
	struct bell *b = arg;

	egt_ptr_eq(timer, &b->timer);
	egt_eq(eg_hub_get_stats(&stats), 0);
	b->turn = stats.turns;
	b->fired_ns = (uint64_t)eg_now();
	b->rings++;
	if (b->trace)
		trace_add(b->trace, b->letter);
	if (b->next && b->again-- > 0)
		egt_eq(eg_timer_start(&b->next->timer, b->next_at), 0);
}

static void bell_init(struct bell *b, struct trace *t, char letter)
{
	*b = (struct bell){ .trace = t, .letter = letter, .again = 1 };
	egt_eq(eg_timer_init(&b->timer, ring, b), 0);
}

static void wait_for_rings(const struct bell *b, int rings)
{
	while (b->rings < rings)
		egt_eq(eg_sleep(EG_USEC), 0);
}

/* Armed in a turn, for a time that has passed: fires in the next one. */
static void due_at_once_fires_in_the_next_turn(long deadline)
{
	struct bell first, second;

	bell_init(&first, NULL, 'a');
	bell_init(&second, NULL, 'b');
	first.next = &second;
	first.next_at = deadline;
	egt_eq(eg_timer_start(&first.timer, EG_NOW), 0);
	wait_for_rings(&second, 1);
	egt_lt(first.turn, second.turn);
}

static void *arm_and_end(void *arg)
{
	struct bell *b = arg;

	egt_eq(eg_timer_start(&b->timer, eg_after(EG_MSEC)), 0);
	return NULL;
}

static void outlives_the_fiber_that_armed_it(long timers)
{
	struct bell b[8];
	eg_fiber *f[8];

	for (long i = 0; i < timers; i++) {
		bell_init(&b[i], NULL, 'a');
		egt_eq(eg_spawn(&f[i], arm_and_end, &b[i]), 0);
	}
	for (long i = 0; i < timers; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
	for (long i = 0; i < timers; i++)
		egt_eq(b[i].rings, 0);
	for (long i = 0; i < timers; i++)
		wait_for_rings(&b[i], 1);
}

/* @step apart, or all at one time: then in the order of arming. */
static void timers_fire_in_order(long step)
{
	struct trace t = { .len = 0 };
	int64_t at = eg_after(2 * EG_MSEC);
	struct bell b[8];

	for (int i = 0; i < 8; i++) {
		bell_init(&b[i], &t, (char)('a' + (step < 0 ? 7 - i : i)));
		egt_eq(eg_timer_start(&b[i].timer, at + i * step), 0);
	}
	wait_for_rings(&b[0], 1);
	wait_for_rings(&b[7], 1);
	egt_in_order(&t, 8);
}

static void never_fires_early(long duration)
{
	int64_t at = eg_after(duration);
	struct bell b;

	bell_init(&b, NULL, 'a');
	egt_eq(eg_timer_start(&b.timer, at), 0);
	wait_for_rings(&b, 1);
	egt_le(at, (int64_t)b.fired_ns);
	if (egt_is_sim())
		egt_eq(b.fired_ns, at);
}

static void stop_is_idempotent(long stops)
{
	struct bell b;

	bell_init(&b, NULL, 'a');
	egt_eq(eg_timer_stop(&b.timer), 0);
	egt_eq(eg_timer_start(&b.timer, eg_after(EG_MSEC)), 0);
	for (long i = 0; i < stops; i++)
		egt_eq(eg_timer_stop(&b.timer), 0);
	egt_eq(eg_sleep(2 * EG_MSEC), 0);
	egt_eq(b.rings, 0);
	egt_eq(eg_timer_start(&b.timer, EG_NOW), 0);
	wait_for_rings(&b, 1);
	for (long i = 0; i < stops; i++)
		egt_eq(eg_timer_stop(&b.timer), 0);
	egt_eq(b.rings, 1);
}

/* All gone at once, from the front, the back or the middle. */
static void stopped_ones_do_not_pile_up(long stride)
{
	static struct bell b[MANY];
	eg_hub_stats before = { .size = sizeof(before) }, now = before;

	egt_eq(eg_hub_get_stats(&before), 0);
	for (int i = 0; i < MANY; i++) {
		bell_init(&b[i], NULL, 'a');
		egt_eq(eg_timer_start(&b[i].timer, eg_after(EG_SEC + i)), 0);
	}
	egt_eq(eg_hub_get_stats(&now), 0);
	egt_eq(now.timers_armed - before.timers_armed, MANY);
	for (long i = 0; i < MANY; i++)
		egt_eq(eg_timer_stop(&b[i * stride % MANY].timer), 0);
	egt_eq(eg_hub_get_stats(&now), 0);
	egt_eq(now.timers_armed, before.timers_armed);
}

/* Its own callback may arm it again: it is not armed any more there. */
static void callback_may_arm_its_own_timer(long times)
{
	struct bell b;

	bell_init(&b, NULL, 'a');
	b.next = &b;
	b.next_at = EG_NOW;
	b.again = (int)times - 1;
	egt_eq(eg_timer_start(&b.timer, EG_NOW), 0);
	wait_for_rings(&b, (int)times);
	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_eq(b.rings, times);
}

static void stop_others(eg_timer *timer, void *arg)
{
	struct bell *b = arg;

	(void)timer;
	for (int i = 0; i < 3; i++)
		egt_eq(eg_timer_stop(&b[i].timer), 0);
}

/* Due in the same turn, and stopped by who came first. */
static void stopped_in_the_same_turn(long duration)
{
	int64_t at = eg_after(duration);
	struct bell b[3];
	eg_timer first;

	egt_eq(eg_timer_init(&first, stop_others, b), 0);
	egt_eq(eg_timer_start(&first, at), 0);
	for (int i = 0; i < 3; i++) {
		bell_init(&b[i], NULL, 'a');
		egt_eq(eg_timer_start(&b[i].timer, at), 0);
	}
	egt_eq(eg_sleep(2 * EG_MSEC), 0);
	for (int i = 0; i < 3; i++)
		egt_eq(b[i].rings, 0);
}

static char last_line[512];

static void keep_line(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	snprintf(last_line, sizeof(last_line), "%s", line);
}

/* Calls that read a descriptor; all of one direction. */
static int use_read(void *fd, int64_t deadline)
{
	char c;

	return (int)eg_read(*(int *)fd, &c, 1, deadline);
}

static int use_recv(void *fd, int64_t deadline)
{
	char c;

	return (int)eg_recv(*(int *)fd, &c, 1, 0, deadline);
}

static int use_wait(void *fd, int64_t deadline)
{
	return eg_wait_fd(*(int *)fd, POLLIN, deadline) < 0
		       ? -EBUSY
		       : use_read(fd, EG_NOW);
}

static act_fn *const uses[] = { use_read, use_recv, use_wait };

static void make_pair(int fd[2])
{
	egt_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
}

static void close_pair(const int fd[2])
{
	egt_eq(eg_close(fd[0]), 0);
	egt_eq(close(fd[1]), 0);
}

/* @which: the first call, and three times the second. */
static void second_reader_is_refused_by_name(long which)
{
	struct act a = { .trace = NULL };
	int fd[2];

	make_pair(fd);
	act_begin(&a, uses[which % 3], &fd[0]);
	egt_eq(eg_set_name(a.fiber, "first"), 0);
	egt_eq(eg_set_name(NULL, "second"), 0);
	eg_set_log(keep_line, NULL);
	egt_eq(uses[which / 3](&fd[0], EG_FOREVER), -EBUSY);
	eg_set_log(NULL, NULL);
	egt_str_has(last_line, "'first'");
	egt_str_has(last_line, "'second'");
	egt_eq(eg_set_name(NULL, "main"), 0);
	egt_eq(eg_write(fd[0], "w", 1, EG_FOREVER), 1);
	egt_eq(write(fd[1], "r", 1), 1);
	egt_eq(act_end(&a), 1);
	close_pair(fd);
}

static void readers_in_line_are_served_in_order(long kill)
{
	struct trace t = { .len = 0 };
	struct act a[4];
	int fd[2];

	make_pair(fd);
	egt_eq(eg_fd_queue(fd[0], true), 0);
	act_begin_all(a, 4, use_read, &fd[0], &t);
	if (kill >= 0)
		egt_eq(act_cancel(&a[kill]), -ECANCELED);
	for (int i = 0; i < 4; i++) {
		if (i == kill)
			continue;
		egt_eq(write(fd[1], "x", 1), 1);
		egt_eq(act_end(&a[i]), 1);
	}
	egt_eq(t.len, kill < 0 ? 4 : 3);
	close_pair(fd);
}

static void closing_wakes_who_waits(long readers)
{
	struct act a[4];
	int fd[2], again[2];

	make_pair(fd);
	egt_eq(eg_fd_queue(fd[0], true), 0);
	act_begin_all(a, (int)readers, use_read, &fd[0], NULL);
	egt_eq(eg_close(fd[0]), 0);
	for (long i = 0; i < readers; i++)
		egt_eq(act_end(&a[i]), -EBADF);
	egt_eq(close(fd[1]), 0);
	/* Its number is used again, and nothing of before is left. */
	make_pair(again);
	egt_eq(use_read(&again[0], eg_after(EG_MSEC)), -ETIMEDOUT);
	egt_eq(write(again[1], "x", 1), 1);
	egt_eq(use_read(&again[0], EG_FOREVER), 1);
	close_pair(again);
}

/* What a reader does with the others, whose bytes have come as well. */
struct crowd {
	int fd[6][2];
	struct act a[6];
};

static int read_and_cancel_all(void *arg, int64_t deadline)
{
	struct crowd *c = arg;
	int r = use_read(&c->fd[0][0], deadline);

	for (int i = 1; i < 6; i++)
		egt_eq(eg_cancel(c->a[i].fiber), 0);
	return r;
}

/* Completions are collected first: each is taken, or left for the next. */
static void one_completion_spoils_no_other(long first)
{
	struct crowd c = { .a = { { .trace = NULL } } };
	int taken = 0;

	for (int i = 0; i < 6; i++)
		make_pair(c.fd[i]);
	act_begin(&c.a[0], read_and_cancel_all, &c);
	for (int i = 1; i < 6; i++)
		act_begin(&c.a[i], use_read, &c.fd[i][0]);
	for (int i = 0; i < 6; i++)
		egt_eq(write(c.fd[(i + first) % 6][1], "x", 1), 1);
	egt_eq(act_end(&c.a[0]), 1);
	for (int i = 1; i < 6; i++) {
		int r = act_end(&c.a[i]);

		egt_true(r == 1 || r == -ECANCELED);
		taken += r == 1;
		egt_eq(use_read(&c.fd[i][0], EG_NOW), r == 1 ? -ETIMEDOUT : 1);
	}
	egt_le(taken, 5);
	for (int i = 0; i < 6; i++)
		close_pair(c.fd[i]);
}

static const struct conform timer_cases[] = {
	{ "EH-02", "due at once fires in the next turn",
	  due_at_once_fires_in_the_next_turn, EG_NOW },
	{ "EH-02", "due at once fires in the next turn",
	  due_at_once_fires_in_the_next_turn, -1 },
	{ "EH-02", "a timer outlives the fiber that armed it",
	  outlives_the_fiber_that_armed_it, 1 },
	{ "EH-02", "a timer outlives the fiber that armed it",
	  outlives_the_fiber_that_armed_it, 8 },
	{ "EH-04", "timers fire in order of time", timers_fire_in_order, 1 },
	{ "EH-04", "timers fire in order of time", timers_fire_in_order,
	  -1000 },
	{ "EH-04", "timers of one time fire in the order of arming",
	  timers_fire_in_order, 0 },
	{ "EH-04", "a timer is never early", never_fires_early, EG_MSEC },
	{ "EH-04", "a timer is never early", never_fires_early, EG_MSEC + 1 },
	{ "EH-05", "a stop is idempotent", stop_is_idempotent, 1 },
	{ "EH-05", "a stop is idempotent", stop_is_idempotent, 3 },
	{ "EH-05", "stopped ones do not pile up: from the front",
	  stopped_ones_do_not_pile_up, 1 },
	{ "EH-05", "stopped ones do not pile up: from the back",
	  stopped_ones_do_not_pile_up, MANY - 1 },
	{ "EH-05", "stopped ones do not pile up: here and there",
	  stopped_ones_do_not_pile_up, 1601 },
	{ "EH-05", "stopped in the turn in which it is due",
	  stopped_in_the_same_turn, EG_MSEC },
	{ "EH-05", "stopped in the turn in which it is long due",
	  stopped_in_the_same_turn, -EG_MSEC },
	{ "EH-06", "a callback may arm its own timer",
	  callback_may_arm_its_own_timer, 2 },
	{ "EH-06", "a callback may arm its own timer",
	  callback_may_arm_its_own_timer, 50 },
	{ "EH-10", "read, and then read", second_reader_is_refused_by_name, 0 },
	{ "EH-10", "recv, and then read", second_reader_is_refused_by_name, 1 },
	{ "EH-10", "wait_fd, and then read", second_reader_is_refused_by_name,
	  2 },
	{ "EH-10", "read, and then recv", second_reader_is_refused_by_name, 3 },
	{ "EH-10", "wait_fd, and then recv", second_reader_is_refused_by_name,
	  5 },
	{ "EH-10", "read, and then wait_fd", second_reader_is_refused_by_name,
	  6 },
	{ "EH-10", "readers in line are served in order",
	  readers_in_line_are_served_in_order, -1 },
	{ "EH-10", "the first in line gives up",
	  readers_in_line_are_served_in_order, 0 },
	{ "EH-10", "one in the middle of the line gives up",
	  readers_in_line_are_served_in_order, 2 },
	{ "EH-11", "closing wakes who waits", closing_wakes_who_waits, 1 },
	{ "EH-11", "closing wakes all in line", closing_wakes_who_waits, 4 },
	{ "EH-12", "one completion spoils no other",
	  one_completion_spoils_no_other, 0 },
	{ "EH-12", "one completion spoils no other",
	  one_completion_spoils_no_other, 3 },
};
CONFORMANCE(timers_and_descriptors, timer_cases)
