/* SPDX-License-Identifier: MIT */
/*
 * The least of an io_uring that a program can use without a library: set up,
 * put a request, wait, take a completion. One thread at a time.
 */
#ifndef RINGS_H
#define RINGS_H

#include "claim.h"

#include <linux/io_uring.h>
#include <sys/mman.h>

struct ring {
	int fd;
	_Atomic(unsigned) *sq_tail, *cq_head, *cq_tail;
	unsigned sq_mask, cq_mask, *sq_array;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static inline char *map_ring(int fd, size_t length, off_t what)
{
	char *p = mmap(NULL, length, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_POPULATE, fd, what);

	CHECK(p != MAP_FAILED);
	return p;
}

static inline void ring_open(struct ring *r, unsigned flags)
{
	struct io_uring_params p = { .flags = flags };
	char *sq, *cq;

	r->fd = (int)OK(syscall(SYS_io_uring_setup, 32, &p));
	sq = map_ring(r->fd, p.sq_off.array + p.sq_entries * 4,
		      IORING_OFF_SQ_RING);
	cq = map_ring(r->fd,
		      p.cq_off.cqes +
			      p.cq_entries * sizeof(struct io_uring_cqe),
		      IORING_OFF_CQ_RING);
	r->sqes = (void *)map_ring(r->fd,
				   p.sq_entries * sizeof(struct io_uring_sqe),
				   IORING_OFF_SQES);
	r->sq_tail = (void *)(sq + p.sq_off.tail);
	r->sq_array = (void *)(sq + p.sq_off.array);
	r->sq_mask = *(unsigned *)(void *)(sq + p.sq_off.ring_mask);
	r->cq_head = (void *)(cq + p.cq_off.head);
	r->cq_tail = (void *)(cq + p.cq_off.tail);
	r->cq_mask = *(unsigned *)(void *)(cq + p.cq_off.ring_mask);
	r->cqes = (void *)(cq + p.cq_off.cqes);
}

static inline void ring_put(struct ring *r, struct io_uring_sqe sqe)
{
	unsigned tail = atomic_load(r->sq_tail);

	r->sqes[tail & r->sq_mask] = sqe;
	r->sq_array[tail & r->sq_mask] = tail & r->sq_mask;
	atomic_store(r->sq_tail, tail + 1);
}

static inline long ring_enter(struct ring *r, unsigned submit, unsigned wait)
{
	return syscall(SYS_io_uring_enter, r->fd, submit, wait,
		       IORING_ENTER_GETEVENTS, NULL, 0);
}

/* Takes the completion of request @data, which is there; gives its result. */
static inline int ring_take(struct ring *r, uint64_t data)
{
	unsigned head = atomic_load(r->cq_head);
	const struct io_uring_cqe *cqe = &r->cqes[head & r->cq_mask];
	int result = cqe->res;

	CHECK(head != atomic_load(r->cq_tail));
	CHECK_EQ(cqe->user_data, data);
	atomic_store(r->cq_head, head + 1);
	return result;
}

#endif
