/* SPDX-License-Identifier: MIT */
/*
 * Channels, queues and select in many orders: each value that was taken in
 * comes out once, and in order; what gives up neither gives nor takes.
 */
#include "seeds.h"

enum { SENDERS = 2, VALUES = 4, ALL_VALUES = SENDERS * VALUES };

static struct {
	eg_chan *chan, *other;
	eg_queue *queue;
	eg_sem sem;
	eg_event go;
	bool is_sent[ALL_VALUES], is_received[ALL_VALUES];
	int sent, received, done;
	int units, units_taken;
	bool has_joined;
} s;

static void note_received(int value, int *last)
{
	int sender = value / VALUES;

	EG_TEST_CHECK(value >= 0 && value < ALL_VALUES);
	/* To one receiver, those of one sender come in order. */
	EG_TEST_CHECK(value > last[sender]);
	last[sender] = value;
	EG_TEST_CHECK(!s.is_received[value]);
	s.is_received[value] = true;
	s.received++;
}

static void *send_values(void *arg)
{
	int first = (int)(intptr_t)arg * VALUES;

	for (int i = first; i < first + VALUES; i++) {
		int r = eg_chan_send(s.chan, &i, some_deadline());

		EG_TEST_CHECK(r == 0 || r == -EPIPE || is_given_up(r));
		s.is_sent[i] = r == 0;
		s.sent += r == 0;
		pause_somehow();
	}
	return NULL;
}

static void *receive_values(void *arg)
{
	int last[SENDERS] = { -1, -1 };
	int value, r;

	(void)arg;
	do {
		r = eg_chan_recv(s.chan, &value, some_deadline());
		EG_TEST_CHECK(r == 0 || r == -EPIPE || is_given_up(r));
		if (r == 0)
			note_received(value, last);
		pause_somehow();
	} while (r == 0 || r == -ETIMEDOUT);
	return NULL;
}

static void check_all_arrived(int left)
{
	for (int i = 0; i < ALL_VALUES; i++)
		EG_TEST_CHECK(s.is_sent[i] || !s.is_received[i]);
	EG_TEST_CHECK(s.sent == s.received + left);
}

SEED_TEST(chan_gives_each_value_once)
{
	struct crowd c = { .count = 0 };

	memset(&s, 0, sizeof(s));
	EG_TEST_CHECK(eg_chan_new(&s.chan, sizeof(int), eg_test_random(3)) ==
		      0);
	crowd_spawn(&c, SENDERS, send_values);
	crowd_spawn(&c, 1 + (int)eg_test_random(2), receive_values);
	crowd_disturb(&c);
	eg_sleep((int64_t)eg_test_random(20) * EG_MSEC);
	EG_TEST_CHECK(eg_chan_close(s.chan) == 0);
	crowd_join(&c);
	check_all_arrived((int)eg_chan_len(s.chan));
	eg_chan_unref(s.chan);
	return 0;
}

static void *put_values(void *arg)
{
	int first = (int)(intptr_t)arg * VALUES;

	for (int i = first; i < first + VALUES; i++) {
		int r = eg_queue_put(s.queue, &i, some_deadline());

		EG_TEST_CHECK(r == 0 || r == -ESHUTDOWN || is_given_up(r));
		s.is_sent[i] = r == 0;
		s.sent += r == 0;
		pause_somehow();
	}
	return NULL;
}

/* Only a queue of the first kind keeps the order. */
static void *get_values(void *arg)
{
	int value, r;

	(void)arg;
	do {
		int last[SENDERS] = { -1, -1 };

		if (eg_test_random(3) == 0)
			eg_queue_peek(s.queue, &value, some_deadline());
		r = eg_queue_get(s.queue, &value, some_deadline());
		EG_TEST_CHECK(r == 0 || r == -ESHUTDOWN || is_given_up(r));
		if (r == 0) {
			note_received(value, last);
			pause_somehow();
			EG_TEST_CHECK(eg_queue_task_done(s.queue) == 0);
			s.done++;
		}
		pause_somehow();
	} while (r == 0 || r == -ETIMEDOUT);
	return NULL;
}

static int compare(const void *a, const void *b, void *arg)
{
	(void)arg;
	return *(const int *)a - *(const int *)b;
}

static void new_queue(void)
{
	eg_queue_options o = EG_QUEUE_OPTIONS_INIT;

	o.kind = (int)eg_test_random(3);
	o.compare = o.kind == EG_QUEUE_PRIORITY ? compare : NULL;
	o.capacity = eg_test_random(4);
	if (o.capacity == 3)
		o.capacity = EG_QUEUE_UNBOUNDED;
	EG_TEST_CHECK(eg_queue_new(&s.queue, sizeof(int), &o) == 0);
}

SEED_TEST(queue_gives_each_value_once)
{
	struct crowd c = { .count = 0 };
	ssize_t left;

	memset(&s, 0, sizeof(s));
	new_queue();
	crowd_spawn(&c, SENDERS, put_values);
	crowd_spawn(&c, 1 + (int)eg_test_random(2), get_values);
	crowd_disturb(&c);
	eg_sleep((int64_t)eg_test_random(20) * EG_MSEC);
	EG_TEST_CHECK(eg_queue_shutdown(s.queue, false) == 0);
	crowd_join(&c);
	left = eg_queue_len(s.queue);
	check_all_arrived((int)left);
	EG_TEST_CHECK(eg_queue_unfinished(s.queue) == s.sent - s.done);
	EG_TEST_CHECK(eg_queue_shutdown(s.queue, true) == 0);
	EG_TEST_CHECK(eg_queue_join(s.queue, EG_NOW) ==
		      (s.done == s.received ? 0 : -ETIMEDOUT));
	eg_queue_unref(s.queue);
	return 0;
}

static void *join_queue(void *arg)
{
	int r = eg_queue_join(s.queue, EG_FOREVER);

	(void)arg;
	EG_TEST_CHECK(r == 0);
	s.has_joined = true;
	return NULL;
}

/* Cancelled, so that the queue is not shut down before all is done. */
SEED_TEST(queue_join_waits_for_all)
{
	struct crowd getters = { .count = 0 }, putters = { .count = 0 };
	eg_fiber *joiner;

	memset(&s, 0, sizeof(s));
	new_queue();
	crowd_spawn(&getters, 2, get_values);
	crowd_spawn(&putters, SENDERS, put_values);
	crowd_join(&putters);
	EG_TEST_CHECK(eg_spawn(&joiner, join_queue, NULL) == 0);
	EG_TEST_CHECK(eg_join(joiner, NULL, EG_FOREVER) == 0);
	EG_TEST_CHECK(s.has_joined && s.done == s.sent);
	eg_queue_shutdown(s.queue, false);
	crowd_join(&getters);
	eg_queue_unref(s.queue);
	return 0;
}

enum { ROOM = 2 };

static void *send_in_time(void *arg)
{
	int first = (int)(intptr_t)arg * VALUES;

	for (int i = first; i < first + VALUES; i++) {
		int r = s.chan ? eg_chan_send(s.chan, &i, EG_FOREVER)
			       : eg_queue_put(s.queue, &i, EG_FOREVER);

		EG_TEST_CHECK(r == 0);
		pause_somehow();
	}
	return NULL;
}

/* Takes so many that the rest has room: then nobody is left in line. */
static void take_all_but_room(void)
{
	struct crowd c = { .count = 0 };
	int value;

	crowd_spawn(&c, SENDERS, send_in_time);
	for (int i = 0; i < ALL_VALUES - ROOM; i++) {
		pause_somehow();
		EG_TEST_CHECK((s.chan ? eg_chan_recv(s.chan, &value, EG_FOREVER)
				      : eg_queue_get(s.queue, &value,
						     EG_FOREVER)) == 0);
	}
	crowd_join(&c);
}

SEED_TEST(chan_takes_in_who_waits_for_room)
{
	memset(&s, 0, sizeof(s));
	EG_TEST_CHECK(eg_chan_new(&s.chan, sizeof(int), ROOM) == 0);
	take_all_but_room();
	EG_TEST_CHECK(eg_chan_len(s.chan) == ROOM);
	eg_chan_unref(s.chan);
	return 0;
}

SEED_TEST(queue_takes_in_who_waits_for_room)
{
	eg_queue_options o = EG_QUEUE_OPTIONS_INIT;

	memset(&s, 0, sizeof(s));
	o.capacity = ROOM;
	EG_TEST_CHECK(eg_queue_new(&s.queue, sizeof(int), &o) == 0);
	take_all_but_room();
	EG_TEST_CHECK(eg_queue_len(s.queue) == ROOM);
	eg_queue_unref(s.queue);
	return 0;
}

/* From two channels and a semaphore, whichever comes first. */
static void *select_values(void *arg)
{
	int value = -1, other = -1;
	ssize_t r;

	(void)arg;
	do {
		eg_case cases[] = {
			eg_case_recv(s.chan, &value),
			eg_case_recv(s.other, &other),
			eg_case_sem(&s.sem),
		};

		r = eg_select(cases, 3, some_deadline(), 0);
		EG_TEST_CHECK(r >= 0 || is_given_up((int)r));
		if (r >= 0 && cases[r].result < 0)
			break;
		s.received += r == 0 || r == 1;
		s.units_taken += r == 2;
		if (r == 0 || r == 1) {
			int got = r == 0 ? value : other;

			EG_TEST_CHECK(!s.is_received[got]);
			s.is_received[got] = true;
		}
		pause_somehow();
	} while (r != -ECANCELED);
	return NULL;
}

static void *send_both_ways(void *arg)
{
	int first = (int)(intptr_t)arg * VALUES;

	for (int i = first; i < first + VALUES; i++) {
		eg_chan *chan = eg_test_random(2) ? s.chan : s.other;

		if (eg_chan_send(chan, &i, some_deadline()) == 0) {
			s.is_sent[i] = true;
			s.sent++;
		}
		EG_TEST_CHECK(eg_sem_post(&s.sem) == 0);
		s.units++;
		pause_somehow();
	}
	return NULL;
}

SEED_TEST(select_takes_one_and_no_more)
{
	struct crowd c = { .count = 0 };
	int left;

	memset(&s, 0, sizeof(s));
	EG_TEST_CHECK(eg_chan_new(&s.chan, sizeof(int), 0) == 0);
	EG_TEST_CHECK(eg_chan_new(&s.other, sizeof(int), 1) == 0);
	eg_sem_init(&s.sem, 0);
	crowd_spawn(&c, SENDERS, send_both_ways);
	crowd_spawn(&c, 2, select_values);
	crowd_disturb(&c);
	eg_sleep((int64_t)eg_test_random(20) * EG_MSEC);
	eg_chan_close(s.chan);
	eg_chan_close(s.other);
	crowd_join(&c);
	left = (int)(eg_chan_len(s.chan) + eg_chan_len(s.other));
	check_all_arrived(left);
	EG_TEST_CHECK(s.units_taken + eg_sem_units(&s.sem) == s.units);
	eg_chan_unref(s.chan);
	eg_chan_unref(s.other);
	return 0;
}
