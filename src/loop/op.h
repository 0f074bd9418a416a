/* SPDX-License-Identifier: MIT */
/*
 * An op: one request to the kernel, submitted now and completed later. Owned
 * by whoever submits it; borrowed by the backend until done() runs.
 */
#ifndef EG_LOOP_OP_H
#define EG_LOOP_OP_H

#include "base/list.h"

#include <sys/socket.h>

enum eg_op_kind {
	EG_OP_POLL,    /* fd, flags = poll events; result: events, one shot */
	EG_OP_RECV,    /* fd, buf, len, flags = MSG_*; result: bytes */
	EG_OP_SEND,    /* fd, buf, len, flags = MSG_*; result: bytes */
	EG_OP_ACCEPT,  /* fd, addr, addr_len, flags = SOCK_*; result: fd */
	EG_OP_CONNECT, /* fd, addr, offset = its length; result: 0. Begun by
			* the backend: nobody has called connect() yet. */
	EG_OP_READ,    /* fd, buf, len, offset or -1; result: bytes */
	EG_OP_WRITE,   /* fd, buf, len, offset or -1; result: bytes */
	EG_OP_OPEN,    /* buf = path, flags, len = mode; result: fd */
};

/* Which half of a descriptor an op waits on. */
enum eg_dir { EG_DIR_IN, EG_DIR_OUT };

enum eg_op_state {
	EG_OP_IDLE,	 /* the owner's */
	EG_OP_IN_FLIGHT, /* the backend's, buffer and address included */
};

struct eg_op {
	struct eg_list link; /* the backend's while in flight */
	/* Called once, from the backend's wait(), with the op idle again and
	 * the result set. May submit and cancel ops, this one included. */
	void (*done)(struct eg_op *op);
	int32_t result; /* >= 0, or negative errno */
	uint8_t kind;	/* enum eg_op_kind */
	uint8_t state;	/* enum eg_op_state */
	bool is_cancelling; /* the backend's: cancel() was called */
	uint8_t dir;	/* enum eg_dir: set by eg__op_init() */
	int32_t fd;
	uint32_t flags;
	uint32_t len;
	/* The descriptor's edge counter, sampled before the system call that
	 * said EAGAIN: a later edge means "try again", not "wait". Complete:
	 * the counter as it was then; more edges may follow before its owner
	 * looks. */
	uint32_t edge;
	void *buf;
	int64_t offset;
	struct sockaddr *addr;
	socklen_t *addr_len;
	void *owner;	      /* the submitter's, for done() */
	int32_t abort_reason; /* the submitter's: why it was cancelled */
};

/* With thousands of ops in flight each is out of the cache when its turn comes.
 * These bring it in while others are completed: first the op, then, when that
 * is there, what done() touches of its owner. */
static inline void eg__op_fetch(const void *op)
{
	__builtin_prefetch(op, 1);
	__builtin_prefetch((const char *)op + 64, 1);
}

static inline void eg__op_fetch_owner(const struct eg_op *op)
{
	__builtin_prefetch(op->owner, 1);
	__builtin_prefetch((const char *)op->owner + 64, 1);
}

/* Fills what every op has; the rest is zero. */
static inline void eg__op_init(struct eg_op *op, enum eg_op_kind kind, int fd,
			       enum eg_dir dir, void (*done)(struct eg_op *op))
{
	*op = (struct eg_op){ .done = done,
			      .kind = (uint8_t)kind,
			      .dir = (uint8_t)dir,
			      .fd = fd };
}

#endif
