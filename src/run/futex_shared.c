/* SPDX-License-Identifier: MIT */
/*
 * Words in memory that other processes see: who waits and who wakes meet in the
 * kernel. A thread's wait there is a request of an io_uring ring, so that the
 * OS thread need not block. Where there is no such ring, helper threads do. The
 * same ring waits for child processes.
 */
#include "run/futex_calls.h"

#include "loop/own_fd.h"
#include "loop/ring.h"
#include "loop/wakeup.h"
#include "run/child.h"
#include "run/offload.h"

#include <errno.h>
#include <sys/wait.h>

enum {
	RING_ENTRIES = 64,
	OP_WAITID = 50, /* Linux >= 6.7; younger than some headers */
	OP_FUTEX_WAIT = 51,
	PROBED = OP_FUTEX_WAIT + 1,
	NS_PER_SEC = 1000000000,
	CANCEL_PATIENCE = 1000000, /* ns, before it looks again */
};

enum ring_state { UNTRIED, READY, REFUSED };

/* The one worker's: a ring has one OS thread that submits. */
static struct eg_ring ring;
static enum ring_state ring_state;
struct eg_run_futex_fds eg__run_futex_fds = { -1, -1 };

static bool can_wait(void)
{
	union {
		struct io_uring_probe probe;
		char bytes[sizeof(struct io_uring_probe) +
			   PROBED * sizeof(struct io_uring_probe_op)];
	} u = { .bytes = { 0 } };

	return eg__sys_io_uring_register(ring.fd, IORING_REGISTER_PROBE, &u,
					 PROBED) == 0 &&
	       u.probe.ops[OP_WAITID].flags & IO_URING_OP_SUPPORTED &&
	       u.probe.ops[OP_FUTEX_WAIT].flags & IO_URING_OP_SUPPORTED;
}

/* Polling the ring itself says nothing of completions that it puts off. Its
 * eventfd is never read: each signal is an edge. */
static int watch_ring(int event_fd)
{
	struct eg_poller *loop = &eg__run.hub->loop;
	struct eg_fd *e;
	int r = eg__fd_table_make(&loop->fds, event_fd, &e);

	if (r < 0)
		return r;
	r = eg__sys_io_uring_register(ring.fd, IORING_REGISTER_EVENTFD,
				      &event_fd, 1);
	return r < 0 ? r : eg__poller_watch(loop, event_fd, e);
}

static int open_ring(void)
{
	int fd;

	if (eg_likely(ring_state != UNTRIED))
		return ring_state == READY ? 0 : -ENOSYS;
	ring_state = REFUSED;
	if (eg__ring_open(&ring, RING_ENTRIES, true) < 0)
		return -ENOSYS;
	fd = eg__own_fd_place(eg__wakeup_open(), true);
	if (fd < 0 || !can_wait() || watch_ring(fd) < 0) {
		if (fd >= 0)
			eg__sys_close(fd);
		eg__ring_close(&ring);
		return -ENOSYS;
	}
	eg__run_futex_fds = (struct eg_run_futex_fds){ ring.fd, fd };
	ring_state = READY;
	return 0;
}

void eg__run_futex_shared_after_fork(void)
{
	if (ring_state == UNTRIED)
		return; /* and no page is copied for it */
	if (ring_state == READY) {
		eg__ring_abandon(&ring);
		eg__sys_close(eg__run_futex_fds.event);
	}
	eg__run_futex_fds = (struct eg_run_futex_fds){ -1, -1 };
	ring_state = UNTRIED;
}

static void complete(struct eg_run_futex_shared *s, int result)
{
	struct eg_run_thread *t = s->thread;

	s->result = result;
	s->is_done = true;
	if (!t)
		return;
	t->fiber.wait.kind->unlink(&t->fiber.wait);
	eg__run_wake(t, s->index);
}

static void drain(void)
{
	const struct io_uring_cqe *cqe;
	struct eg_run_futex_shared *s;
	int result;

	while (eg__ring_completed(&ring)) {
		cqe = eg__ring_peek(&ring);
		s = (struct eg_run_futex_shared *)cqe->user_data;
		result = cqe->res;
		eg__ring_drop(&ring);
		if (s) /* not a cancellation itself */
			complete(s, result);
	}
}

/* What is submitted refers to stacks: it must be the kernel's, or nowhere. */
static void submit(void)
{
	int r;

	do {
		r = eg__ring_submit_and_look(&ring);
		if (r < 0 && r != -EINTR && r != -EAGAIN && r != -EBUSY)
			eg__run_die("the ring of shared futexes failed: %d", r);
		drain();
	} while (eg__ring_unsubmitted(&ring));
}

void eg__run_futex_on_edge(void)
{
	submit();
}

static struct io_uring_sqe *next_sqe(void)
{
	struct io_uring_sqe *sqe = eg__ring_next_sqe(&ring);

	if (sqe)
		return sqe;
	submit();
	return eg__ring_next_sqe(&ring);
}

int eg__run_futex_shared_begin(struct eg_run_futex_shared *s, uint32_t *word,
			       uint32_t value, uint32_t bits)
{
	struct io_uring_sqe *sqe;
	int r = open_ring();

	if (r < 0)
		return r;
	s->thread = NULL;
	s->is_done = false;
	sqe = next_sqe();
	sqe->opcode = OP_FUTEX_WAIT;
	sqe->fd = EG_RUN_FUTEX2_SIZE_U32;
	sqe->addr = (uint64_t)word;
	sqe->addr2 = value;
	sqe->addr3 = bits;
	sqe->user_data = (uint64_t)s;
	submit();
	return 0;
}

static bool are_done(const struct eg_run_futex_shared *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!s[i].is_done)
			return false;
	return true;
}

void eg__run_futex_shared_end(struct eg_run_futex_shared *s, size_t n)
{
	struct io_uring_sqe *sqe;

	if (are_done(s, n))
		return;
	for (size_t i = 0; i < n; i++) {
		if (s[i].is_done)
			continue;
		sqe = next_sqe();
		sqe->opcode = IORING_OP_ASYNC_CANCEL;
		sqe->fd = -1;
		sqe->addr = (uint64_t)&s[i];
	}
	submit();
	/* A wake that another CPU has begun completes in a moment. */
	while (!are_done(s, n)) {
		eg__ring_submit_and_wait(&ring, eg__run_after(CANCEL_PATIENCE));
		drain();
	}
}

static void unlink_shared(struct eg_waiter *w)
{
	struct eg_run_futex_shared *s = w->value;

	s->thread = NULL;
}

static const struct eg_wait_kind shared_kind = {
	.what = "shared futex",
	.unlink = unlink_shared,
};

/* The kernel's call, on a helper thread. With a deadline always, be it in three
 * hundred years: the kernel never restarts such a wait behind the layer. */
static int wait_elsewhere(uint32_t *word, uint32_t value, uint32_t bits,
			  int64_t deadline)
{
	struct timespec ts = { .tv_sec = deadline / NS_PER_SEC,
			       .tv_nsec = deadline % NS_PER_SEC };
	struct eg_run_call c = {
		SYS_futex,
		{ (int64_t)word, FUTEX_WAIT_BITSET, value, (int64_t)&ts, 0,
		  bits },
	};
	int64_t r = eg__run_offload(&c, true);

	return r == EG_RUN_RESTART ? -EINTR : (int)r;
}

int eg__run_futex_shared_wait(struct eg_run_thread *t, uint32_t *word,
			      uint32_t value, uint32_t bits, int64_t deadline)
{
	struct eg_run_futex_shared s = { 0 };
	int r = eg__run_futex_shared_begin(&s, word, value, bits);

	if (r < 0)
		return wait_elsewhere(word, value, bits, deadline);
	if (!s.is_done) {
		eg__waiter(&t->fiber, &shared_kind, word)->value = &s;
		s.thread = t;
		r = eg__run_park(t, deadline, true);
		eg__run_futex_shared_end(&s, 1);
	}
	return s.result == -ECANCELED ? r : s.result;
}

static const struct eg_wait_kind child_kind = {
	.what = "child process",
	.unlink = unlink_shared,
};

int eg__run_wait_for_child(struct eg_run_thread *t, int which, int id,
			   int options)
{
	struct eg_run_futex_shared s = { 0 };
	struct io_uring_sqe *sqe;
	int r = open_ring();

	if (r < 0)
		return r;
	sqe = next_sqe();
	sqe->opcode = OP_WAITID;
	sqe->len = (uint32_t)which;
	sqe->fd = id;
	sqe->file_index = (uint32_t)(options | WNOWAIT);
	sqe->user_data = (uint64_t)&s;
	submit();
	if (s.is_done)
		return s.result;
	eg__waiter(&t->fiber, &child_kind, NULL)->value = &s;
	s.thread = t;
	r = eg__run_park(t, EG_FOREVER, true);
	eg__run_futex_shared_end(&s, 1);
	return s.result == -ECANCELED || s.result == -EINTR ? r : s.result;
}

int eg__run_futex_shared_wake(uint32_t *word, int n, uint32_t bits)
{
	return (int)eg__raw_syscall(SYS_futex, (long)word, FUTEX_WAKE_BITSET, n,
				    0, 0, bits);
}
