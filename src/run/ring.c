/* SPDX-License-Identifier: MIT */
/*
 * Programs that use io_uring or aio themselves: their waits. What they submit
 * is between them and the kernel.
 */
#include "run/descriptor.h"
#include "run/offload.h"
#include "run/signals.h"
#include "run/user_memory.h"

#include <linux/aio_abi.h>

enum {
	/* Completions that only the waiting thread itself can bring about
	 * cannot be waited for by polling, nor by a helper. */
	UNPOLLABLE = IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SINGLE_ISSUER,
	MASK_BYTES = 8,
	REGISTER_RING_FDS = 20,
	USE_REGISTERED_RING = (int)(1u << 31),
	ABSOLUTE_TIMER = 1 << 5, /* of io_uring_enter: Linux 6.12 */
	REGISTERED_RING = 1 << 4,
};

static int64_t call_setup(struct eg_run_call *c)
{
	struct io_uring_params p, *user = (struct io_uring_params *)c->a[1];
	struct eg_run_call q = *c;
	int64_t r;

	if (eg__run_copy_in(&p, user, sizeof(p)) < 0)
		return -EFAULT;
	/* Its kernel thread and the program's wait by spinning. */
	if (p.flags & IORING_SETUP_SQPOLL)
		eg__run_die(
			"io_uring with IORING_SETUP_SQPOLL is not supported");
	p.flags &= ~(uint32_t)UNPOLLABLE;
	q.a[1] = (int64_t)&p;
	r = eg__run_kernel(&q);
	if (r >= 0) {
		eg__run_fd_is_new((int)r);
		eg__run_copy_out(user, &p, sizeof(p));
	}
	return r;
}

/* A ring known by an index in place of a descriptor cannot be polled. liburing
 * goes on without. */
static int64_t call_register(struct eg_run_call *c)
{
	if ((c->a[1] & ~(int64_t)USE_REGISTERED_RING) == REGISTER_RING_FDS)
		return -EINVAL;
	return eg__run_kernel(c);
}

/* How an enter waits: from its extended argument, or the mask alone. */
struct waiting {
	const void *mask;
	size_t mask_bytes;
	int64_t deadline;
};

static int read_argument(const struct eg_run_call *c, struct waiting *ret)
{
	struct io_uring_getevents_arg a;
	const struct timespec *ts;

	*ret = (struct waiting){ .deadline = EG_FOREVER };
	if (!(c->a[3] & IORING_ENTER_EXT_ARG)) {
		ret->mask = (const void *)c->a[4];
		ret->mask_bytes = (size_t)c->a[5];
		return 0;
	}
	if (c->a[5] != sizeof(a))
		return -EINVAL;
	if (eg__run_copy_in(&a, (void *)c->a[4], sizeof(a)) < 0)
		return -EFAULT;
	ret->mask = (const void *)a.sigmask;
	ret->mask_bytes = a.sigmask_sz;
	ts = (const struct timespec *)a.ts;
	if (c->a[3] & ABSOLUTE_TIMER)
		return eg__run_deadline_absolute(CLOCK_MONOTONIC, ts,
						 &ret->deadline);
	return eg__run_deadline_relative(ts, &ret->deadline);
}

/* Whether as many completions are there: -ETIME if not. */
static int64_t are_complete(int fd, unsigned count)
{
	struct timespec no_time = { 0 };
	struct io_uring_getevents_arg a = { .ts = (uint64_t)&no_time };

	return eg__sys_io_uring_enter(
		fd, 0, count, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &a,
		sizeof(a));
}

static int64_t await_completions(int fd, unsigned count, int64_t deadline)
{
	struct eg_run_thread *t = eg__run_self();
	struct eg_fd *e = eg__run_fd(fd);
	uint32_t seen;
	int64_t r;

	if (!e)
		return -EBADF;
	for (;;) {
		seen = e->edge[EG_DIR_IN];
		r = are_complete(fd, count);
		if (r != -ETIME && r != -EINTR)
			return r;
		r = eg__run_fd_wait(t, fd, e, EG_DIR_IN, seen, deadline);
		if (r < 0)
			return r == -EAGAIN ? -ETIME : r;
	}
}

static int64_t call_enter(struct eg_run_call *c)
{
	struct eg_run_thread *t = eg__run_self();
	unsigned submit = (unsigned)c->a[1], count = (unsigned)c->a[2];
	struct eg_run_call q = *c;
	int64_t submitted = 0, r;
	struct waiting w;

	if (!(c->a[3] & IORING_ENTER_GETEVENTS) || !count ||
	    c->a[3] & REGISTERED_RING)
		return eg__run_kernel(c);
	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	r = read_argument(c, &w);
	if (r < 0)
		return r;
	if (submit) {
		q.a[2] = 0;
		q.a[3] = c->a[3] &
			 ~(int64_t)(IORING_ENTER_GETEVENTS |
				    IORING_ENTER_EXT_ARG | ABSOLUTE_TIMER);
		q.a[4] = q.a[5] = 0;
		submitted = eg__run_kernel(&q);
		if (submitted < 0 || (unsigned)submitted < submit)
			return submitted;
	}
	r = eg__run_signals_begin_mask(t, w.mask, w.mask_bytes);
	if (r == 0) {
		r = await_completions((int)c->a[0], count, w.deadline);
		eg__run_signals_end_mask(t, r);
	}
	return submitted ? submitted : r;
}

/* aio. There is nothing to poll: a helper waits for what is not there yet. */

static int64_t get_events(const struct eg_run_call *c)
{
	struct timespec no_time = { 0 };
	struct eg_run_call q = *c;
	int64_t least = c->a[1], done, r;

	if (least <= 0)
		return eg__run_kernel(c);
	q.a[4] = (int64_t)&no_time;
	done = eg__run_kernel(&q);
	if (done < 0 || done >= least)
		return done;
	q = *c;
	q.a[1] = least - done;
	q.a[2] = c->a[2] - done;
	q.a[3] = c->a[3] + done * (int64_t)sizeof(struct io_event);
	r = eg__run_offload(&q, true);
	if (r < 0 && !done)
		return r == EG_RUN_RESTART ? -EINTR : r;
	return r > 0 ? done + r : done;
}

static int64_t call_getevents(struct eg_run_call *c)
{
	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	return get_events(c);
}

static int64_t call_pgetevents(struct eg_run_call *c)
{
	struct eg_run_thread *t = eg__run_self();
	struct {
		const void *mask;
		size_t bytes;
	} argument = { NULL, 0 };
	struct eg_run_call q = *c;
	int64_t r;

	if (c->a[5] &&
	    eg__run_copy_in(&argument, (void *)c->a[5], sizeof(argument)) < 0)
		return -EFAULT;
	r = eg__run_signals_begin_mask(t, argument.mask, argument.bytes);
	if (r < 0)
		return r;
	q.nr = SYS_io_getevents;
	q.a[5] = 0;
	r = get_events(&q);
	eg__run_signals_end_mask(t, r);
	return r;
}

const struct eg_run_row eg__run_ring_rows[] = {
	{ SYS_io_uring_setup, call_setup },
	{ SYS_io_uring_register, call_register },
	{ SYS_io_uring_enter, call_enter },
	{ SYS_io_getevents, call_getevents },
	{ SYS_io_pgetevents, call_pgetevents },
	{ -1, NULL },
};
