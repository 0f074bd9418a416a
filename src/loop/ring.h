/* SPDX-License-Identifier: MIT */
/*
 * The two queues shared with the kernel by io_uring, and the system calls that
 * move them. Knows no op. Why not liburing: decision 0005.
 */
#ifndef EG_LOOP_RING_H
#define EG_LOOP_RING_H

#include "base/util.h"

#include <linux/io_uring.h>

struct eg_ring {
	int fd;	      /* owned; -1: not open */
	int enter_fd; /* what enter takes: the registered number, or fd */
	bool is_registered;
	bool has_abs_timeouts; /* Linux >= 6.12 */

	/* Submission: the kernel moves the head, we the tail. */
	uint32_t sq_tail; /* ours, ahead of the shared one until enter */
	uint32_t sq_mask;
	uint32_t *sq_khead;
	uint32_t *sq_ktail;
	uint32_t *sq_kflags;
	struct io_uring_sqe *sqes; /* owned mapping */

	/* Completion: the kernel moves the tail, we the head. */
	uint32_t cq_mask;
	uint32_t *cq_khead;
	uint32_t *cq_ktail;
	struct io_uring_cqe *cqes;

	void *queues; /* owned mapping: both queues, without the sqes */
	size_t queues_bytes;
	size_t sqes_bytes;
};

/* For the calling OS thread alone; @keep_high: see loop/own_fd.h. -ENOSYS: the
 * kernel lacks what we need. */
int eg__ring_open(struct eg_ring *r, unsigned entries, bool keep_high);
/* Accepts a ring that failed to open. */
void eg__ring_close(struct eg_ring *r);
/* The same in a fork child: the ring itself stays the parent's. */
void eg__ring_abandon(struct eg_ring *r);

/* A zeroed request to fill in, NULL: the queue is full, enter empties it. It
 * reaches the kernel at the next enter. */
struct io_uring_sqe *eg__ring_next_sqe(struct eg_ring *r);

/* Requests that the kernel has not taken yet. */
static inline uint32_t eg__ring_unsubmitted(const struct eg_ring *r)
{
	return r->sq_tail - __atomic_load_n(r->sq_khead, __ATOMIC_ACQUIRE);
}

/* Whether the kernel has completions that it writes only when entered. */
static inline bool eg__ring_must_enter(const struct eg_ring *r)
{
	return __atomic_load_n(r->sq_kflags, __ATOMIC_RELAXED) &
	       (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW);
}

/* Completions to be read. */
static inline uint32_t eg__ring_completed(const struct eg_ring *r)
{
	return __atomic_load_n(r->cq_ktail, __ATOMIC_ACQUIRE) - *r->cq_khead;
}

/* The oldest completion; there must be one. Valid until it is dropped. */
static inline const struct io_uring_cqe *eg__ring_peek(const struct eg_ring *r)
{
	return &r->cqes[*r->cq_khead & r->cq_mask];
}

/* The user data of the @n-th oldest completion; there must be so many. */
static inline uint64_t eg__ring_data_ahead(const struct eg_ring *r, uint32_t n)
{
	return r->cqes[(*r->cq_khead + n) & r->cq_mask].user_data;
}

static inline void eg__ring_drop(struct eg_ring *r)
{
	__atomic_store_n(r->cq_khead, *r->cq_khead + 1, __ATOMIC_RELEASE);
}

/* Requests on @fd that the kernel has not taken yet are on no file now. */
void eg__ring_forget(struct eg_ring *r, int fd);

/* Hands the requests over. Negative errno. */
int eg__ring_submit(struct eg_ring *r);
/* The same, and has the kernel write what is complete. */
int eg__ring_submit_and_look(struct eg_ring *r);
/* The same, and sleeps until something is complete, or until @deadline
 * (absolute ns; INT64_MAX: none). A time that ran out is no error. */
int eg__ring_submit_and_wait(struct eg_ring *r, int64_t deadline);

#endif
