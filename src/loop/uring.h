/* SPDX-License-Identifier: MIT */
/*
 * What the files of the io_uring backend share: uring.c has the ops, the edges
 * and the turn, uring_want.c what is wanted, uring_open.c what is opened. For
 * nobody else.
 */
#ifndef EG_LOOP_URING_H
#define EG_LOOP_URING_H

#include "loop/poller.h"
#include "loop/ring.h"

/* user_data of our own requests. */
enum {
	EG_URING_CANCEL = 1, /* it failed: the op was complete already */
	EG_URING_UNWANT,     /* the same, of a want */
	EG_URING_WAKE,
	EG_URING_TAGS_END,
};
/* From here on it is a watch's or a want's: see watch_data(), want_data(). No
 * address is so high, and what is left between is the address of an op. */
#define EG_URING_FD_DATA (UINT64_C(1) << 63)
/* A want's: no number of a descriptor has this bit. */
#define EG_URING_WANT_DATA (UINT64_C(1) << 30)

/*
 * An op in flight is the kernel's and on no list, or waits for a free slot of
 * the queue: on unsent for its own request, on uncancelled for the request
 * that cancels it. On cancelled are those that ended before they were sent.
 */
struct eg_uring {
	struct eg_backend base;
	struct eg_ring ring;
	int wake_fd;
	bool is_wake_armed;
	bool holds_files; /* polls for watches or wants were ever sent */
	bool is_early;	  /* see eg__uring_want_completed() */
	int changed;	  /* the first entry to be settled; -1: none */
	uint32_t stale;	  /* completions in this turn that mean nothing */
	int notify_fd;	  /* for a foreign loop; -1: not asked for */
	uint32_t opens;	  /* sent, and each may keep a worker of the kernel */
	uint32_t workers; /* asked for on their account */
	struct eg_list unsent;
	struct eg_list uncancelled;
	struct eg_list cancelled;
};

static inline struct eg_uring *eg__uring_of(struct eg_backend *b)
{
	return eg_container_of(b, struct eg_uring, base);
}

/* A free slot; empties the queue if it is full. NULL: the kernel takes none
 * now, try again in the next turn. */
struct io_uring_sqe *eg__uring_next_sqe(struct eg_uring *u);
/* Ends the request with that user_data; @tag is the request's own. False: there
 * is no slot. */
bool eg__uring_end_request(struct eg_uring *u, uint64_t data, uint64_t tag);

int eg__uring_want(struct eg_backend *b, int fd, struct eg_fd *e,
		   uint32_t events, bool is_new);
/* Nothing of the entry is remembered outside of it any longer. */
void eg__uring_forget_want(struct eg_uring *u, int fd, struct eg_fd *e);
/* Asks the kernel for what is wanted now, as far as there are slots. */
void eg__uring_settle_wants(struct eg_uring *u);
/* A completion that belongs to a want. Of one that is early, from before this
 * turn, the kernel is asked again: it tells what was true when it happened. */
void eg__uring_want_completed(struct eg_uring *u, uint64_t data,
			      int32_t result);
int eg__uring_pollable_fd(struct eg_backend *b);
/* At the end of a turn: tells a foreign loop whether there is more to do. */
void eg__uring_notify(struct eg_uring *u);

void eg__uring_fill_open(struct eg_uring *u, struct io_uring_sqe *sqe,
			 const struct eg_op *op);
/* Of an open that was sent. */
void eg__uring_open_completed(struct eg_uring *u, const struct eg_op *op);

#endif
