/* SPDX-License-Identifier: MIT */
/*
 * Sets up the shared queues of io_uring and enters the kernel. The queues are
 * lock-free: acquire what the other side wrote, release what it may read.
 */
#include "loop/ring.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/sys.h"
#include "loop/own_fd.h"

/* Younger than the oldest headers that we build with. */
#ifndef IORING_ENTER_ABS_TIMER
#define IORING_ENTER_ABS_TIMER (1U << 5)
#endif
enum { REGISTER_CLOCK = 29 };

struct register_clock { /* struct io_uring_clock_register */
	uint32_t clockid;
	uint32_t resv[3];
};

enum {
	CQ_PER_SQ = 16, /* a request may wait long: many are in flight */
	NS_PER_SEC = 1000000000,
};

#define NEEDED_FEATURES                                       \
	(IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP |       \
	 IORING_FEAT_SUBMIT_STABLE | IORING_FEAT_RW_CUR_POS | \
	 IORING_FEAT_FAST_POLL | IORING_FEAT_EXT_ARG | IORING_FEAT_CQE_SKIP)

/*
 * Best first. Deferred task work (Linux 6.1) runs completions when we look and
 * never in between; cooperative (5.19) spares the interrupt. A kernel without
 * either lacks other things too that we use, and gets epoll.
 */
static const uint32_t setups[] = {
	IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
	IORING_SETUP_COOP_TASKRUN,
};

static int set_up(unsigned entries, struct io_uring_params *p)
{
	int fd = -EINVAL;

	for (size_t i = 0; fd == -EINVAL && i < EG_ARRAY_LEN(setups); i++) {
		*p = (struct io_uring_params){
			.flags = setups[i] | IORING_SETUP_TASKRUN_FLAG |
				 IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CLAMP |
				 IORING_SETUP_CQSIZE,
			.cq_entries = entries * CQ_PER_SQ,
		};
		fd = eg__sys_io_uring_setup(entries, p);
	}
	if (fd == -EINVAL)
		return -ENOSYS;
	if (fd >= 0 && (p->features & NEEDED_FEATURES) != NEEDED_FEATURES) {
		eg__sys_close(fd);
		return -ENOSYS;
	}
	return fd;
}

static int map_shared(const struct eg_ring *r, size_t bytes, uint64_t offset,
		      void **ret)
{
	return eg__sys_mmap(bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_POPULATE, r->fd, (int64_t)offset,
			    ret);
}

static uint32_t *at(const struct eg_ring *r, uint32_t offset)
{
	return (uint32_t *)(void *)((char *)r->queues + offset);
}

static int map_queues(struct eg_ring *r, const struct io_uring_params *p)
{
	size_t sq_end = p->sq_off.array + p->sq_entries * sizeof(uint32_t);
	size_t cq_end =
		p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
	void *map;
	int e;

	r->queues_bytes = sq_end > cq_end ? sq_end : cq_end;
	e = map_shared(r, r->queues_bytes, IORING_OFF_SQ_RING, &map);
	if (e < 0)
		return e;
	r->queues = map;
	r->sqes_bytes = p->sq_entries * sizeof(struct io_uring_sqe);
	e = map_shared(r, r->sqes_bytes, IORING_OFF_SQES, &map);
	if (e < 0)
		return e;
	r->sqes = map;
	r->sq_khead = at(r, p->sq_off.head);
	r->sq_ktail = at(r, p->sq_off.tail);
	r->sq_kflags = at(r, p->sq_off.flags);
	r->sq_mask = *at(r, p->sq_off.ring_mask);
	r->cq_khead = at(r, p->cq_off.head);
	r->cq_ktail = at(r, p->cq_off.tail);
	r->cq_mask = *at(r, p->cq_off.ring_mask);
	r->cqes = (struct io_uring_cqe *)(void *)at(r, p->cq_off.cqes);
	/* The queue's slots name the requests in order, always. */
	for (uint32_t i = 0; i < p->sq_entries; i++)
		at(r, p->sq_off.array)[i] = i;
	return 0;
}

/* Both are conveniences: without them enter costs a little more. */
static void ask_for_extras(struct eg_ring *r)
{
	struct io_uring_rsrc_update update = { .offset = -1U,
					       .data = (uint32_t)r->fd };
	struct register_clock clock = { .clockid = CLOCK_MONOTONIC };

	r->has_abs_timeouts = eg__sys_io_uring_register(r->fd, REGISTER_CLOCK,
							&clock, 0) == 0;
	if (eg__sys_io_uring_register(r->fd, IORING_REGISTER_RING_FDS, &update,
				      1) != 1)
		return;
	r->is_registered = true;
	r->enter_fd = (int)update.offset;
}

int eg__ring_open(struct eg_ring *r, unsigned entries, bool keep_high)
{
	struct io_uring_params p;
	int e;

	*r = (struct eg_ring){ .fd = -1 };
	r->fd = eg__own_fd_place(set_up(entries, &p), keep_high);
	if (r->fd < 0)
		return r->fd;
	r->enter_fd = r->fd;
	e = map_queues(r, &p);
	if (e < 0) {
		eg__ring_close(r);
		return e;
	}
	ask_for_extras(r);
	return 0;
}

void eg__ring_close(struct eg_ring *r)
{
	struct io_uring_rsrc_update update = {
		.offset = (uint32_t)r->enter_fd,
	};

	if (r->fd < 0)
		return;
	/* The registered number holds the ring open. Not a fault point. */
	if (r->is_registered)
		eg__raw_syscall(SYS_io_uring_register, r->fd,
				IORING_UNREGISTER_RING_FDS, (long)&update, 1, 0,
				0);
	if (r->queues)
		eg__sys_munmap(r->queues, r->queues_bytes);
	if (r->sqes)
		eg__sys_munmap(r->sqes, r->sqes_bytes);
	eg__sys_close(r->fd);
	r->fd = -1;
}

void eg__ring_abandon(struct eg_ring *r)
{
	/* The registered number is the parent's thread's, not ours. */
	r->is_registered = false;
	eg__ring_close(r);
}

struct io_uring_sqe *eg__ring_next_sqe(struct eg_ring *r)
{
	struct io_uring_sqe *sqe;

	if (eg_unlikely(eg__ring_unsubmitted(r) > r->sq_mask))
		return NULL;
	sqe = &r->sqes[r->sq_tail++ & r->sq_mask];
	*sqe = (struct io_uring_sqe){ 0 };
	return sqe;
}

void eg__ring_forget(struct eg_ring *r, int fd)
{
	for (uint32_t n = eg__ring_unsubmitted(r); n; n--) {
		struct io_uring_sqe *sqe = &r->sqes[(r->sq_tail - n) &
						    r->sq_mask];

		if (sqe->fd == fd)
			sqe->fd = -1;
	}
}

static int enter(struct eg_ring *r, unsigned complete, unsigned flags,
		 const void *arg, size_t arg_bytes)
{
	if (r->is_registered)
		flags |= IORING_ENTER_REGISTERED_RING;
	__atomic_store_n(r->sq_ktail, r->sq_tail, __ATOMIC_RELEASE);
	return eg__sys_io_uring_enter(r->enter_fd, eg__ring_unsubmitted(r),
				      complete, flags, arg, arg_bytes);
}

int eg__ring_submit(struct eg_ring *r)
{
	int n = enter(r, 0, 0, NULL, 0);

	return n < 0 ? n : 0;
}

int eg__ring_submit_and_look(struct eg_ring *r)
{
	int n = enter(r, 0, IORING_ENTER_GETEVENTS, NULL, 0);

	return n < 0 ? n : 0;
}

int eg__ring_submit_and_wait(struct eg_ring *r, int64_t deadline)
{
	unsigned flags = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
	struct __kernel_timespec ts;
	struct io_uring_getevents_arg arg = { .sigmask_sz = 8 };
	int64_t time = deadline;
	int n;

	if (deadline != INT64_MAX) {
		if (r->has_abs_timeouts)
			flags |= IORING_ENTER_ABS_TIMER;
		else
			time -= eg__clock_now();
		if (time <= 0)
			return eg__ring_submit_and_look(r);
		ts.tv_sec = time / NS_PER_SEC;
		ts.tv_nsec = time % NS_PER_SEC;
		arg.ts = (uint64_t)&ts;
	}
	n = enter(r, 1, flags, &arg, sizeof(arg));
	return n < 0 && n != -ETIME ? n : 0;
}
