/* SPDX-License-Identifier: MIT */
/*
 * poll and select in all their forms. The kernel says what is ready, asked
 * without waiting; the wait is for something to change.
 */
#include "run/epoll_calls.h"
#include "run/offload.h"
#include "run/signals.h"
#include "run/user_memory.h"
#include "run/wait_set.h"

#include "base/clock.h"
#include "base/mem.h"

enum {
	NS_PER_SEC = 1000000000,
	NS_PER_MS = 1000000,
	NS_PER_US = 1000,
	FEW_SET_BYTES = 128, /* of FD_SETSIZE */
};

static struct timespec time_left(int64_t deadline)
{
	int64_t left = deadline - eg__clock_now();

	if (left < 0)
		left = 0;
	return (struct timespec){ left / NS_PER_SEC, left % NS_PER_SEC };
}

/* A wait that is over by the clock or by a signal. @r: nothing was ready. */
static int64_t end_of_wait(int r, int64_t nothing)
{
	return r == -ETIMEDOUT ? nothing : r;
}

/* poll */

struct polling {
	struct pollfd *user;
	uint64_t count;
	int64_t deadline;
};

static int64_t poll_now(const struct polling *p)
{
	struct timespec no_time = { 0 };
	int64_t r = eg__raw_syscall(SYS_ppoll, (long)p->user, (long)p->count,
				    (long)&no_time, 0, 8, 0);

	/* A signal, noted: whether it ends the wait will be seen. */
	return r == -EINTR ? 0 : r;
}

static int add_all(const struct polling *p, struct eg_run_wait_set *s)
{
	struct pollfd part[8];
	uint64_t n;

	for (uint64_t i = 0; i < p->count; i += n) {
		n = p->count - i;
		if (n > EG_ARRAY_LEN(part))
			n = EG_ARRAY_LEN(part);
		if (eg__run_copy_in(part, p->user + i, n * sizeof(part[0])) < 0)
			return -EFAULT;
		for (uint64_t k = 0; k < n; k++)
			if (part[k].fd >= 0)
				eg__run_wait_set_add(s, part[k].fd,
						     part[k].events);
	}
	return 0;
}

static int64_t poll_waiting(const struct polling *p)
{
	struct eg_run_wait_set set;
	int64_t r = poll_now(p);
	int w;

	if (r)
		return r;
	r = eg__run_wait_set_init(&set, 2 * p->count);
	if (r < 0)
		return r;
	do {
		w = add_all(p, &set);
		if (w < 0)
			set.cannot_wait = true;
		w = eg__run_wait_set_park(&set, p->deadline);
		if (w == EG_RUN_CANNOT_WAIT)
			break;
		/* What is ready wins over the clock and over signals. */
		r = poll_now(p);
	} while (!r && !w);
	eg__run_wait_set_done(&set);
	return r ? r : end_of_wait(w, 0);
}

/* On a helper, for what the loop cannot watch; @c has no mask of its own. */
static int64_t poll_elsewhere(const struct polling *p)
{
	struct timespec left = { 0 };
	struct eg_run_call q = {
		SYS_ppoll,
		{ (int64_t)p->user, (int64_t)p->count, 0, 0, 8 },
	};

	if (p->deadline != EG_FOREVER) {
		left = time_left(p->deadline);
		q.a[2] = (int64_t)&left;
	}
	return eg__run_offload(&q, true);
}

static int64_t do_poll(const struct polling *p)
{
	int64_t r = poll_waiting(p);

	if (r == EG_RUN_CANNOT_WAIT)
		r = poll_elsewhere(p);
	return r == EG_RUN_RESTART ? -EINTR : r; /* whatever SA_RESTART says */
}

static int64_t call_poll(struct eg_run_call *c)
{
	int timeout = (int)c->a[2];
	struct polling p = {
		.user = (struct pollfd *)c->a[0],
		.count = (uint32_t)c->a[1],
		.deadline = EG_FOREVER,
	};

	if (!timeout)
		return eg__run_kernel(c);
	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	if (timeout > 0)
		p.deadline = eg__run_after((int64_t)timeout * NS_PER_MS);
	return do_poll(&p);
}

/* With the time left, and a mask for the length of the wait. */

/* The kernel forgives a place that cannot be written to. */
static void store_time_left(struct timespec *user, int64_t deadline)
{
	struct timespec left;

	if (deadline == EG_FOREVER)
		return;
	left = time_left(deadline);
	eg__run_copy_out(user, &left, sizeof(left));
}

static int64_t call_ppoll(struct eg_run_call *c)
{
	struct timespec *timeout = (struct timespec *)c->a[2];
	struct polling p = {
		.user = (struct pollfd *)c->a[0],
		.count = (uint32_t)c->a[1],
	};
	struct eg_run_thread *t = eg__run_self();
	int64_t r;

	if (eg__run_is_alone() && !c->a[3])
		return eg__run_kernel_blocking(c);
	r = eg__run_deadline_relative(timeout, &p.deadline);
	if (r < 0)
		return r;
	r = eg__run_signals_begin_mask(t, (const void *)c->a[3],
				       (size_t)c->a[4]);
	if (r < 0)
		return r;
	r = do_poll(&p);
	eg__run_signals_end_mask(t, r);
	store_time_left(timeout, p.deadline);
	return r;
}

/* select */

enum { SETS = 3 };

/* The program's sets, and what the kernel made of them. The kernel writes into
 * what it is given, so it never gets the program's own. */
struct selecting {
	int64_t count;
	size_t bytes; /* of one set */
	void *user[SETS];
	char *wanted[SETS]; /* NULL where the program gave none */
	char *found[SETS];
	int64_t deadline;
	void *block; /* owned; NULL: in `few` */
	char few[2 * SETS * FEW_SET_BYTES];
};

static int select_init(struct selecting *s, const struct eg_run_call *c)
{
	char *at;

	s->count = (int)c->a[0];
	if (s->count < 0)
		return -EINVAL;
	if (s->count > EG_FD_MAX)
		s->count = EG_FD_MAX;
	s->bytes = eg_round_up((size_t)s->count, 64) / 8;
	s->block = NULL;
	at = s->few;
	if (s->bytes > FEW_SET_BYTES) {
		at = s->block = eg__pages_get(2 * SETS * s->bytes);
		if (!at)
			return -ENOMEM;
	}
	for (int i = 0; i < SETS; i++, at += 2 * s->bytes) {
		s->user[i] = (void *)c->a[1 + i];
		s->wanted[i] = s->user[i] ? at : NULL;
		s->found[i] = s->user[i] ? at + s->bytes : NULL;
		if (s->user[i] && eg__run_copy_in(at, s->user[i], s->bytes) < 0)
			return -EFAULT;
	}
	return 0;
}

static void select_done(struct selecting *s)
{
	if (s->block)
		eg__pages_put(s->block, 2 * SETS * s->bytes);
}

static int64_t select_now(const struct selecting *s)
{
	struct timespec no_time = { 0 };
	int64_t r;

	for (int i = 0; i < SETS; i++)
		if (s->wanted[i])
			eg__memcpy(s->found[i], s->wanted[i], s->bytes);
	r = eg__raw_syscall(SYS_pselect6, s->count, (long)s->found[0],
			    (long)s->found[1], (long)s->found[2],
			    (long)&no_time, 0);
	return r == -EINTR ? 0 : r;
}

static uint64_t wanted_word(const struct selecting *s, int set, size_t word)
{
	uint64_t bits = 0;

	if (s->wanted[set])
		eg__memcpy(&bits, s->wanted[set] + word * sizeof(bits),
			   sizeof(bits));
	return bits;
}

/* Adds what is wanted to @set, or with NULL only counts it. */
static size_t select_add(const struct selecting *s, struct eg_run_wait_set *set)
{
	static const short events[SETS] = { POLLIN, POLLOUT, POLLPRI };
	size_t count = 0;

	for (size_t word = 0; word < s->bytes / 8; word++)
		for (int i = 0; i < SETS; i++) {
			uint64_t bits = wanted_word(s, i, word);

			for (; bits; bits &= bits - 1, count++) {
				int fd = (int)word * 64 + __builtin_ctzll(bits);

				if (set && fd < s->count)
					eg__run_wait_set_add(set, fd,
							     events[i]);
			}
		}
	return count;
}

static int64_t select_waiting(const struct selecting *s)
{
	struct eg_run_wait_set set;
	int64_t r = select_now(s);
	int w;

	if (r)
		return r;
	r = eg__run_wait_set_init(&set, select_add(s, NULL));
	if (r < 0)
		return r;
	do {
		select_add(s, &set);
		w = eg__run_wait_set_park(&set, s->deadline);
		if (w == EG_RUN_CANNOT_WAIT)
			break;
		r = select_now(s);
	} while (!r && !w);
	eg__run_wait_set_done(&set);
	return r ? r : end_of_wait(w, 0);
}

static int64_t select_elsewhere(const struct selecting *s)
{
	struct timespec left = { 0 };
	struct eg_run_call q = {
		SYS_pselect6,
		{ s->count, (int64_t)s->found[0], (int64_t)s->found[1],
		  (int64_t)s->found[2], 0, 0 },
	};

	for (int i = 0; i < SETS; i++)
		if (s->wanted[i])
			eg__memcpy(s->found[i], s->wanted[i], s->bytes);
	if (s->deadline != EG_FOREVER) {
		left = time_left(s->deadline);
		q.a[4] = (int64_t)&left;
	}
	return eg__run_offload(&q, true);
}

/* On an error the program finds its sets as they were. */
static int64_t do_select(const struct eg_run_call *c, int64_t deadline)
{
	struct selecting s;
	int64_t r = select_init(&s, c);

	s.deadline = deadline;
	if (r == 0)
		r = select_waiting(&s);
	if (r == EG_RUN_CANNOT_WAIT)
		r = select_elsewhere(&s);
	for (int i = 0; r >= 0 && i < SETS; i++)
		if (s.wanted[i] &&
		    eg__run_copy_out(s.user[i], s.found[i], s.bytes) < 0)
			r = -EFAULT;
	select_done(&s);
	return r == EG_RUN_RESTART ? -EINTR : r;
}

static int64_t call_select(struct eg_run_call *c)
{
	struct timeval *timeout = (struct timeval *)c->a[4];
	int64_t deadline = EG_FOREVER, r;
	struct timeval tv;

	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	if (timeout) {
		if (eg__run_copy_in(&tv, timeout, sizeof(tv)) < 0)
			return -EFAULT;
		/* More than a second of microseconds is as good as seconds. */
		if (tv.tv_sec < 0 || tv.tv_usec < 0)
			return -EINVAL;
		if (!tv.tv_sec && !tv.tv_usec)
			return eg__run_kernel(c);
		if (tv.tv_sec < INT64_MAX / NS_PER_SEC / 2)
			deadline = eg__run_after(tv.tv_sec * NS_PER_SEC +
						 tv.tv_usec * NS_PER_US);
	}
	r = do_select(c, deadline);
	if (timeout && deadline != EG_FOREVER) {
		struct timespec left = time_left(deadline);

		tv = (struct timeval){ left.tv_sec, left.tv_nsec / NS_PER_US };
		eg__run_copy_out(timeout, &tv, sizeof(tv));
	}
	return r;
}

static int64_t call_pselect6(struct eg_run_call *c)
{
	struct timespec *timeout = (struct timespec *)c->a[4];
	struct {
		const void *mask;
		size_t bytes;
	} argument = { NULL, 0 };
	struct eg_run_thread *t = eg__run_self();
	int64_t deadline, r;

	if (c->a[5] &&
	    eg__run_copy_in(&argument, (void *)c->a[5], sizeof(argument)) < 0)
		return -EFAULT;
	if (eg__run_is_alone() && !argument.mask)
		return eg__run_kernel_blocking(c);
	r = eg__run_deadline_relative(timeout, &deadline);
	if (r < 0)
		return r;
	r = eg__run_signals_begin_mask(t, argument.mask, argument.bytes);
	if (r < 0)
		return r;
	r = do_select(c, deadline);
	eg__run_signals_end_mask(t, r);
	store_time_left(timeout, deadline);
	return r;
}

const struct eg_run_row eg__run_poll_rows[] = {
	{ SYS_poll, call_poll },
	{ SYS_ppoll, call_ppoll },
	{ SYS_select, call_select },
	{ SYS_pselect6, call_pselect6 },
	{ SYS_epoll_wait, eg__run_call_epoll_wait },
	{ SYS_epoll_pwait, eg__run_call_epoll_pwait },
	{ SYS_epoll_pwait2, eg__run_call_epoll_pwait2 },
	{ -1, NULL },
};
