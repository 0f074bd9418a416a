/* SPDX-License-Identifier: MIT */
/*
 * Watchers of descriptors: called while it holds, any number for each, through
 * every change of what is watched: semantics LV-10.
 */
#include "watch_trace.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MANY = 300 };

static eg_watch_io io[MANY];
static int ends[2];
static int events_seen;

static void open_pair(void)
{
	egt_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			  0, ends),
	       0);
}

static void close_pair(void)
{
	egt_eq(close(ends[0]), 0);
	egt_eq(close(ends[1]), 0);
}

static void see(eg_loop *loop, eg_watcher *w, int events)
{
	trace_call(loop, w, events);
	events_seen |= events;
}

static void start(eg_loop *loop, int i, const char *text, int fd, int events)
{
	egt_eq(eg_watch_io_init(&io[i], see, fd, events), 0);
	trace_start(loop, &io[i].watcher, text, 0);
}

static void stop(int i)
{
	egt_eq(eg_watcher_stop(&io[i].watcher), 0);
}

/* What three turns call, and with which events. */
static const char *three_turns(eg_loop *loop)
{
	events_seen = 0;
	for (int i = 0; i < 3; i++)
		egt_le(0, trace_turn(loop));
	return trace_take();
}

static void send_byte(int fd)
{
	egt_eq(write(fd, "x", 1), 1);
}

static void take_byte(int fd)
{
	char c;

	egt_eq(read(fd, &c, 1), 1);
}

WATCH_TEST(io_is_called_while_it_is_ready)
{
	open_pair();
	start(loop, 0, "r", ends[0], EG_READ);
	egt_str_eq(three_turns(loop), "");
	send_byte(ends[1]);
	egt_str_eq(three_turns(loop), "rrr");
	egt_eq(events_seen, EG_READ);
	take_byte(ends[0]);
	egt_str_eq(three_turns(loop), "");
	stop(0);
	close_pair();
}

static void take_and_stop(eg_loop *loop, eg_watcher *w, int events)
{
	see(loop, w, events);
	take_byte(ends[0]);
	egt_eq(eg_watcher_stop(w), 0);
}

WATCH_TEST(io_ends_a_sleep)
{
	open_pair();
	start(loop, 0, "r", ends[0], EG_READ);
	egt_eq(eg_watcher_set_fn(&io[0].watcher, take_and_stop), 0);
	send_byte(ends[1]);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "r");
	close_pair();
}

WATCH_TEST(io_has_two_directions)
{
	open_pair();
	start(loop, 0, "b", ends[0], EG_READ | EG_WRITE);
	egt_str_eq(three_turns(loop), "bbb");
	egt_eq(events_seen, EG_WRITE);
	send_byte(ends[1]);
	egt_str_eq(three_turns(loop), "bbb");
	egt_eq(events_seen, EG_READ | EG_WRITE);
	stop(0);
	close_pair();
}

/* Each is called for what it asked for; the first started is the first. */
WATCH_TEST(io_has_many_watchers_of_one_descriptor)
{
	open_pair();
	start(loop, 0, "1", ends[0], EG_READ);
	start(loop, 1, "w", ends[0], EG_WRITE);
	start(loop, 2, "2", ends[0], EG_READ);
	egt_str_eq(three_turns(loop), "www");
	send_byte(ends[1]);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "1w2");
	stop(1);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "12");
	stop(0);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "2");
	stop(2);
	egt_eq(trace_turn(loop), 0);
	egt_str_eq(trace_take(), "");
	close_pair();
}

WATCH_TEST(io_changes_what_it_watches)
{
	open_pair();
	start(loop, 0, "a", ends[0], EG_READ);
	egt_str_eq(three_turns(loop), "");
	egt_eq(eg_watch_io_set(&io[0], ends[0], EG_WRITE), -EBUSY);
	stop(0);
	egt_eq(eg_watch_io_set(&io[0], ends[0], EG_WRITE), 0);
	egt_eq(eg_watcher_start(loop, &io[0].watcher), 0);
	egt_str_eq(three_turns(loop), "aaa");
	egt_eq(events_seen, EG_WRITE);
	stop(0);
	egt_eq(eg_watch_io_set(&io[0], ends[1], EG_READ), 0);
	egt_eq(eg_watcher_start(loop, &io[0].watcher), 0);
	egt_str_eq(three_turns(loop), "");
	send_byte(ends[0]);
	egt_str_eq(three_turns(loop), "aaa");
	egt_eq(events_seen, EG_READ);
	stop(0);
	close_pair();
}

static void renumber(int to)
{
	int fresh[2];

	egt_eq(pipe(fresh), 0);
	if (fresh[0] != to) {
		egt_eq(dup2(fresh[0], to), to);
		egt_eq(close(fresh[0]), 0);
	}
	ends[1] = fresh[1];
}

/* Both within one turn, and with a turn between. */
WATCH_TEST(io_meets_the_next_file_of_its_number)
{
	for (int turns = 0; turns < 2; turns++) {
		int number;

		egt_casef("%d turns between", turns);
		open_pair();
		number = ends[0];
		start(loop, 0, "o", number, EG_READ);
		egt_eq(trace_turn(loop), 1);
		stop(0);
		close_pair();
		for (int i = 0; i < turns; i++)
			egt_eq(trace_turn(loop), 0);
		renumber(number);
		start(loop, 0, "n", number, EG_READ);
		egt_str_eq(three_turns(loop), "");
		send_byte(ends[1]);
		egt_str_eq(three_turns(loop), "nnn");
		stop(0);
		egt_eq(close(number), 0);
		egt_eq(close(ends[1]), 0);
		egt_eq(trace_turn(loop), 0);
	}
}

WATCH_TEST(io_closed_before_it_was_watched_is_an_error)
{
	open_pair();
	start(loop, 0, "a", ends[0], EG_READ);
	start(loop, 1, "b", ends[0], EG_WRITE);
	start(loop, 2, "c", ends[1], EG_READ);
	close_pair();
	egt_eq(trace_turn(loop), 0);
	egt_eq(events_seen, (int)(EG_ERROR | EG_READ | EG_WRITE));
	for (int i = 0; i < 3; i++)
		egt_true(!eg_watcher_is_active(&io[i].watcher));
	egt_str_eq(three_turns(loop), "cab");
	egt_eq(events_seen, 0);
}

/* A number that no descriptor can have, and one that is not open. */
WATCH_TEST(io_of_no_descriptor)
{
	egt_eq(eg_watch_io_init(&io[0], see, 1 << 30, EG_READ), 0);
	egt_eq(eg_watcher_start(loop, &io[0].watcher), -EBADF);
	egt_true(!eg_watcher_is_active(&io[0].watcher));
	start(loop, 1, "n", 1000, EG_READ);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "n");
	egt_eq(events_seen, (int)(EG_ERROR | EG_READ | EG_WRITE));
}

/* Others work on. */
WATCH_TEST(io_error_is_of_one_descriptor)
{
	open_pair();
	start(loop, 0, "w", ends[0], EG_WRITE);
	start(loop, 1, "n", 1000, EG_READ);
	egt_eq(trace_turn(loop), 1);
	trace_take();
	egt_str_eq(three_turns(loop), "www");
	stop(0);
	close_pair();
}

WATCH_TEST(io_of_a_file_is_always_ready)
{
	char path[] = "/tmp/evergreen-test-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	egt_eq(unlink(path), 0);
	start(loop, 0, "f", fd, EG_READ);
	start(loop, 1, "g", fd, EG_WRITE);
	events_seen = 0;
	for (int i = 0; i < 3; i++)
		egt_eq(eg_loop_run(loop, EG_RUN_ONCE), 1);
	egt_str_eq(trace_take(), "fgfgfg");
	egt_eq(events_seen, EG_READ | EG_WRITE);
	stop(0);
	egt_str_eq(three_turns(loop), "ggg");
	stop(1);
	egt_str_eq(three_turns(loop), "");
	egt_eq(close(fd), 0);
}

static eg_watch_timer limit;

/* Closed while a duplicate keeps the file open and ready: the loop neither
 * reports it nor fails to sleep for it. */
WATCH_TEST(io_closed_with_a_duplicate_does_not_spin)
{
	eg_loop_stats stats = { .size = sizeof(stats) };
	int copy;

	open_pair();
	copy = dup(ends[0]);
	start(loop, 0, "w", ends[0], EG_WRITE);
	egt_eq(trace_turn(loop), 1);
	egt_str_eq(trace_take(), "w");
	egt_eq(close(ends[0]), 0);
	stop(0);
	egt_eq(eg_watch_timer_init(&limit, trace_call, 20 * EG_MSEC, 0), 0);
	trace_start(loop, &limit.watcher, "t", 0);
	egt_eq(eg_loop_run(loop, EG_RUN_DEFAULT), 0);
	egt_str_eq(trace_take(), "t");
	egt_eq(eg_loop_get_stats(loop, &stats), 0);
	egt_le(stats.turns, 10);
	egt_eq(close(copy), 0);
	egt_eq(close(ends[1]), 0);
}

WATCH_TEST(io_reports_the_end_to_who_reads_or_writes)
{
	open_pair();
	start(loop, 0, "r", ends[0], EG_READ);
	egt_str_eq(three_turns(loop), "");
	egt_eq(close(ends[1]), 0);
	egt_str_eq(three_turns(loop), "rrr");
	stop(0);
	start(loop, 1, "w", ends[0], EG_WRITE);
	egt_str_eq(three_turns(loop), "www");
	stop(1);
	egt_eq(close(ends[0]), 0);
}

/* LV-24: only those who watch it for that are called. */
WATCH_TEST(io_fed_by_number)
{
	open_pair();
	start(loop, 0, "r", ends[0], EG_READ);
	start(loop, 1, "w", ends[1], EG_WRITE);
	egt_eq(eg_loop_feed_fd(loop, ends[0], EG_READ | EG_WRITE), 0);
	events_seen = 0;
	egt_eq(eg_loop_invoke_pending(loop), 0);
	egt_str_eq(trace_take(), "r");
	egt_eq(events_seen, EG_READ);
	egt_eq(eg_loop_feed_fd(loop, ends[1], EG_READ), 0);
	egt_eq(eg_loop_feed_fd(loop, 1000, EG_READ), 0);
	egt_eq(eg_loop_feed_fd(loop, -1, EG_READ), -EBADF);
	egt_eq(eg_loop_feed_fd(loop, ends[0], EG_TIMER), -EINVAL);
	egt_eq(eg_loop_invoke_pending(loop), 0);
	egt_str_eq(trace_take(), "");
	stop(0);
	stop(1);
	close_pair();
}

static int counted;

static void count(eg_loop *loop, eg_watcher *w, int events)
{
	(void)loop;
	(void)w;
	(void)events;
	counted++;
}

/* More than a backend takes from the kernel at once: each has its turn. */
WATCH_TEST(io_of_many_descriptors_is_all_reported)
{
	static int fds[MANY][2];

	for (int i = 0; i < MANY; i++) {
		egt_eq(pipe(fds[i]), 0);
		egt_eq(eg_watch_io_init(&io[i], count, fds[i][1], EG_WRITE), 0);
		egt_eq(eg_watcher_start(loop, &io[i].watcher), 0);
	}
	for (int i = 0; i < 10; i++)
		egt_eq(trace_turn(loop), 1);
	egt_le(MANY, counted);
	for (int i = 0; i < MANY; i++) {
		stop(i);
		egt_eq(close(fds[i][0]), 0);
		egt_eq(close(fds[i][1]), 0);
	}
	counted = 0;
	egt_eq(trace_turn(loop), 0);
	egt_eq(counted, 0);
}
