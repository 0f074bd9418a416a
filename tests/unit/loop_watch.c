/* SPDX-License-Identifier: MIT */
/*
 * Watching: every change of a descriptor is reported, to nobody in particular,
 * until it is forgotten; then nothing holds the file.
 */
#include "loop_rig.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

enum { SEEN_MAX = 2048 };

/* What on_edge() was told, per descriptor. */
static struct seen {
	int calls;
	uint32_t events;
} seen[SEEN_MAX];

static void note(struct eg_poller *l, int fd, struct eg_fd *e, uint32_t events)
{
	egt_ptr_eq(rig_entry(l, fd), e);
	egt_lt(fd, SEEN_MAX);
	seen[fd].calls++;
	seen[fd].events |= events;
}

/* False on the backends that do not watch. */
static bool watches(struct eg_poller *l)
{
	l->on_edge = note;
	memset(seen, 0, sizeof(seen));
	if (rig_watches(l))
		return true;
	egt_eq(eg__poller_watch(l, 0, rig_entry(l, 0)), -ENOSYS);
	return false;
}

static void watch(struct eg_poller *l, int fd)
{
	egt_eq(eg__poller_watch(l, fd, rig_entry(l, fd)), 0);
}

/* What was reported of @fd since the last time. */
static struct seen look(struct eg_poller *l, int fd)
{
	struct seen s;

	rig_idle(l);
	s = seen[fd];
	seen[fd] = (struct seen){ 0 };
	return s;
}

static void await(struct eg_poller *l, int fd, uint32_t events)
{
	while (!(seen[fd].events & events))
		egt_eq(eg__poller_turn(l, INT64_MAX), 0);
}

static uint32_t edges_in(struct eg_poller *l, int fd)
{
	return rig_entry(l, fd)->edge[EG_DIR_IN];
}

static void fill(int fd)
{
	char big[4096] = { 0 };

	while (send(fd, big, sizeof(big), MSG_DONTWAIT) > 0)
		;
	egt_eq(errno, EAGAIN);
}

static void drain(int fd)
{
	char big[4096];

	while (recv(fd, big, sizeof(big), MSG_DONTWAIT) > 0)
		;
}

LOOP_TEST(watch_reports_what_holds_already)
{
	int fds[2];

	if (!watches(l))
		return;
	rig_pair(fds);
	egt_eq(write(fds[1], "x", 1), 1);
	watch(l, fds[0]);
	watch(l, fds[1]);
	egt_eq(look(l, fds[0]).events & (EPOLLIN | EPOLLOUT),
	       EPOLLIN | EPOLLOUT);
	egt_eq(look(l, fds[1]).events & (EPOLLIN | EPOLLOUT), EPOLLOUT);
	egt_eq(l->backend->in_flight, 0);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

LOOP_TEST(watch_reports_each_arrival_once)
{
	uint32_t before;
	int fds[2];

	if (!watches(l))
		return;
	rig_pair(fds);
	watch(l, fds[0]);
	look(l, fds[0]);
	for (int i = 0; i < 3; i++) {
		before = edges_in(l, fds[0]);
		egt_eq(write(fds[1], "x", 1), 1);
		/* Nobody reads: more is news all the same. */
		egt_eq(look(l, fds[0]).calls, 1);
		egt_eq(edges_in(l, fds[0]), before + 1);
		/* And what is there is no news. */
		egt_eq(look(l, fds[0]).calls, 0);
	}
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

LOOP_TEST(watch_ends_a_sleep)
{
	int fds[2];

	if (!watches(l))
		return;
	rig_pair(fds);
	watch(l, fds[0]);
	look(l, fds[0]);
	egt_eq(write(fds[1], "x", 1), 1);
	await(l, fds[0], EPOLLIN);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

/* An end is an edge of both directions, and a short read no longer tells that
 * nothing is left. */
LOOP_TEST(watch_reports_a_hang_up)
{
	struct eg_fd *e;
	uint32_t in, out;
	int fds[2];

	if (!watches(l))
		return;
	rig_pair(fds);
	watch(l, fds[0]);
	look(l, fds[0]);
	e = rig_entry(l, fds[0]);
	in = e->edge[EG_DIR_IN];
	out = e->edge[EG_DIR_OUT];
	egt_true(!e->has_hung_up);
	egt_eq(close(fds[1]), 0);
	egt_true(look(l, fds[0]).events & EPOLLHUP);
	egt_lt(in, e->edge[EG_DIR_IN]);
	egt_lt(out, e->edge[EG_DIR_OUT]);
	egt_true(e->has_hung_up);
	rig_close(l, fds[0]);
}

LOOP_TEST(watch_reports_room_to_write)
{
	uint32_t before;
	int fds[2];

	if (!watches(l))
		return;
	rig_pair(fds);
	watch(l, fds[0]);
	fill(fds[0]);
	look(l, fds[0]);
	before = rig_entry(l, fds[0])->edge[EG_DIR_OUT];
	egt_eq(look(l, fds[0]).calls, 0);
	drain(fds[1]);
	egt_true(look(l, fds[0]).events & EPOLLOUT);
	egt_lt(before, rig_entry(l, fds[0])->edge[EG_DIR_OUT]);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

LOOP_TEST(watch_refuses_what_is_always_ready)
{
	static const char *const paths[] = { "/proc/self/exe", "/", "/dev/null",
					     "/proc/self/stat" };
	struct eg_fd *e;
	int fd;

	if (!watches(l))
		return;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		fd = open(paths[i], O_RDONLY | O_CLOEXEC);
		e = rig_entry(l, fd);
		egt_eq(eg__poller_watch(l, fd, e), -EPERM);
		egt_true(!e->is_watched);
		egt_eq(look(l, fd).calls, 0);
		rig_close(l, fd);
		egt_eq(eg__poller_watch(l, fd, e), -EBADF);
	}
}

/* Those are told apart from files by asking: /dev/null is one of them. */
LOOP_TEST(watch_takes_what_is_no_socket)
{
	uint64_t one = 1;
	int fds[2], event = eventfd(0, EFD_CLOEXEC);

	if (!watches(l)) {
		close(event);
		return;
	}
	egt_eq(pipe2(fds, O_CLOEXEC), 0);
	watch(l, fds[0]);
	watch(l, event);
	look(l, fds[0]);
	look(l, event);
	egt_eq(write(event, &one, sizeof(one)), sizeof(one));
	egt_true(look(l, event).events & EPOLLIN);
	egt_eq(write(fds[1], "x", 1), 1);
	egt_true(look(l, fds[0]).events & EPOLLIN);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
	rig_close(l, event);
}

/* From then on the terminal is ready for ever: no reason to spin. */
LOOP_TEST(watch_of_a_terminal_ends_with_it)
{
	int terminal, controller, unlock = 0;

	if (!watches(l))
		return;
	controller = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (controller < 0)
		egt_skip("there are no terminals");
	egt_eq(ioctl(controller, TIOCSPTLCK, &unlock), 0);
	terminal =
		ioctl(controller, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	egt_le(0, terminal);
	watch(l, terminal);
	look(l, terminal);
	egt_eq(write(controller, "x\n", 2), 2);
	await(l, terminal, EPOLLIN);
	egt_eq(close(controller), 0);
	await(l, terminal, EPOLLHUP);
	look(l, terminal);
	egt_eq(look(l, terminal).calls, 0);
	rig_close(l, terminal);
}

LOOP_TEST(watching_twice_is_watching)
{
	int fds[2];

	if (!watches(l))
		return;
	rig_pair(fds);
	watch(l, fds[0]);
	watch(l, fds[0]);
	look(l, fds[0]);
	watch(l, fds[0]);
	egt_eq(look(l, fds[0]).calls, 0);
	egt_eq(write(fds[1], "x", 1), 1);
	egt_eq(look(l, fds[0]).calls, 1);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

/* What an op has registered is not watched; both may be. */
LOOP_TEST(watch_and_ops_share_a_descriptor)
{
	struct rig_op r;
	int fds[2];

	if (!watches(l))
		return;
	rig_pair(fds);
	rig_recv(&r, l, fds[0]);
	rig_submit(&r);
	egt_eq(look(l, fds[0]).calls, 0);
	watch(l, fds[0]);
	egt_true(look(l, fds[0]).events & EPOLLOUT);
	egt_eq(write(fds[1], "x", 1), 1);
	rig_finish(&r);
	egt_eq(r.result, 1);
	egt_true(look(l, fds[0]).events & EPOLLIN);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

LOOP_TEST(forget_ends_the_watch)
{
	struct eg_fd *e;
	int fds[2];

	if (!watches(l))
		return;
	rig_pair(fds);
	e = rig_entry(l, fds[0]);
	for (int i = 0; i < 3; i++) {
		watch(l, fds[0]);
		egt_true(look(l, fds[0]).events & EPOLLOUT);
		/* One that was not reaped yet comes too late. */
		egt_eq(write(fds[1], "x", 1), 1);
		eg__poller_forget(l, fds[0], e);
		egt_true(!e->is_watched);
		egt_eq(write(fds[1], "x", 1), 1);
		egt_eq(look(l, fds[0]).calls, 0);
	}
	/* Forgotten before the kernel heard of it. */
	watch(l, fds[0]);
	eg__poller_forget(l, fds[0], e);
	egt_eq(look(l, fds[0]).calls, 0);
	rig_close(l, fds[0]);
	rig_close(l, fds[1]);
}

/* The file ends with close(), not with a later turn. */
LOOP_TEST(a_forgotten_file_is_held_by_nobody)
{
	char c;
	int fds[2];

	if (!watches(l))
		return;
	for (int i = 0; i < 2; i++) {
		rig_pair(fds);
		watch(l, fds[0]);
		if (i)
			look(l, fds[0]);
		rig_close(l, fds[0]);
		egt_eq(recv(fds[1], &c, 1, MSG_DONTWAIT), 0);
		rig_close(l, fds[1]);
	}
}

LOOP_TEST(a_closed_loop_holds_no_file)
{
	struct eg_poller other = { 0 };
	char c;
	int fds[2];

	if (!watches(l))
		return;
	egt_eq(eg__poller_open(&other, l->backend->ops->name), 0);
	rig_pair(fds);
	watch(&other, fds[0]);
	rig_idle(&other);
	eg__poller_close(&other);
	egt_eq(close(fds[0]), 0);
	egt_eq(recv(fds[1], &c, 1, MSG_DONTWAIT), 0);
	egt_eq(close(fds[1]), 0);
}

/* A duplicate keeps the old file alive, and its edges come. */
LOOP_TEST(stale_edges_are_ignored)
{
	int old[2], new[2], fd, keep;

	if (!watches(l))
		return;
	rig_pair(old);
	rig_pair(new);
	fd = old[0];
	watch(l, fd);
	look(l, fd);
	keep = dup(fd);
	egt_eq(write(old[1], "x", 1), 1);
	rig_close(l, fd);
	egt_eq(dup2(new[0], fd), fd);
	close(new[0]);
	egt_eq(look(l, fd).calls, 0);
	watch(l, fd);
	egt_eq(look(l, fd).events & (EPOLLIN | EPOLLOUT), EPOLLOUT);
	egt_eq(write(old[1], "x", 1), 1);
	egt_eq(look(l, fd).calls, 0);
	egt_eq(write(new[1], "x", 1), 1);
	egt_eq(look(l, fd).calls, 1);
	close(keep);
	rig_close(l, fd);
	rig_close(l, old[1]);
	rig_close(l, new[1]);
}

LOOP_TEST(watch_holds_for_many)
{
	enum { PAIRS = 500, ROUNDS = 3 };
	static int fds[PAIRS][2];

	if (!watches(l))
		return;
	for (int i = 0; i < PAIRS; i++) {
		rig_pair(fds[i]);
		watch(l, fds[i][0]);
	}
	for (int i = 0; i < 2 * PAIRS / EG_TURN_BATCH + 2; i++)
		rig_idle(l);
	for (int round = 0; round < ROUNDS; round++) {
		memset(seen, 0, sizeof(seen));
		for (int i = 0; i < PAIRS; i++)
			egt_eq(write(fds[i][1], "x", 1), 1);
		for (int i = 0; i < 2 * PAIRS / EG_TURN_BATCH + 2; i++)
			rig_idle(l);
		for (int i = 0; i < PAIRS; i++)
			egt_eq(seen[fds[i][0]].calls, 1);
	}
	for (int i = 0; i < PAIRS; i++) {
		rig_close(l, fds[i][0]);
		rig_close(l, fds[i][1]);
	}
}
