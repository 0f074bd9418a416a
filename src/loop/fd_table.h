/* SPDX-License-Identifier: MIT */
/*
 * What a hub knows of each descriptor: who waits, which edges were seen. One
 * entry per number, allocated on first use. Does no I/O.
 */
#ifndef EG_LOOP_FD_TABLE_H
#define EG_LOOP_FD_TABLE_H

#include "base/util.h"
#include "loop/op.h"

enum {
	EG_FD_CHUNK = 256,	  /* entries a chunk */
	EG_FD_CHUNKS = 4096,	  /* so 1,048,576 descriptors */
	EG_FD_MAX = EG_FD_CHUNK * EG_FD_CHUNKS,
};

enum eg_fd_kind {
	EG_FD_UNKNOWN,	/* not looked at yet */
	EG_FD_SOCKET,	/* MSG_DONTWAIT */
	EG_FD_STREAM,	/* pipe, FIFO, tty, eventfd ...: RWF_NOWAIT or poll */
	EG_FD_FILE,	/* regular file or block device: never ready, offload */
};

/*
 * edge[d] counts the edges reported for direction d; drained[d] is its value
 * when the direction was last seen empty. They differ: I/O may succeed, so try.
 * They are equal: it would only say EAGAIN, so wait at once.
 */
struct eg_fd {
	struct eg_op *pending[2]; /* borrowed: op in flight, per direction */
	void *user[2];		  /* the io layer's: who is in a call */
	uint32_t edge[2];
	uint32_t drained[2];
	uint32_t generation; /* moves on when the number changes hands */
	uint8_t kind;	     /* enum eg_fd_kind */
	bool is_registered;  /* epoll: in the interest list */
	bool has_hung_up;    /* epoll: the peer has ended; no edge will come */
	bool is_queueing;    /* io: a second user waits in line */
	bool is_stream;	     /* io: a short read means that it is empty */
	bool is_listener;    /* io: made non-blocking for accept */
	bool is_watched;     /* watch() succeeded, and holds until forget() */
	bool has_lapsed;     /* io_uring: armed again, nothing heard since */
	uint32_t jobs;	     /* io: helper threads that use the number */

	struct eg_list line[2]; /* the io layer's: who waits for its turn */
	bool is_closing;	/* io: to be closed when no job uses it */

	/* What is wanted: see want() in loop/backend.h. */
	uint8_t wanted;	     /* poll events; 0: nothing */
	uint8_t armed;	     /* io_uring: what the kernel polls for */
	bool is_pollable;    /* io_uring: the kernel can tell */
	bool is_changed;     /* io_uring: the kernel is to be told, */
	union {
		int32_t next_changed; /* and then of this number; -1: none */
		uint32_t want_index;  /* poll: its place in the set */
	};

	/* run's: what is known of the file. */
	uint32_t private_epoch; /* see eg__run_fd_is_private() */
	uint8_t type;		/* enum eg_run_fd_type */
	bool is_nonblocking;
	bool is_duplicated; /* another number has the same file */
	bool may_time_out;  /* SO_RCVTIMEO or SO_SNDTIMEO was set */
	bool lacks_nowait;  /* RWF_NOWAIT is refused */
	bool is_kept;	    /* the layer's: for who waits on a closed one */

	bool is_new; /* watch's: the number may mean another file */
} __attribute__((aligned(64))); /* a call touches the first line alone */

_Static_assert(offsetof(struct eg_fd, line) == 64, "the hot part is a line");
_Static_assert(sizeof(struct eg_fd) == 128, "and the rest another");

struct eg_fd_table {
	struct eg_fd **chunks; /* owned; NULL until the first descriptor */
};

void eg__fd_table_done(struct eg_fd_table *t);

/* Makes the entry of @fd. -EBADF: out of range. -ENOMEM. */
int eg__fd_table_make(struct eg_fd_table *t, int fd, struct eg_fd **ret);

/* The entry of @fd, or NULL if it was never used. */
static inline struct eg_fd *eg__fd_find(const struct eg_fd_table *t, int fd)
{
	struct eg_fd *chunk;

	if (eg_unlikely((unsigned)fd >= EG_FD_MAX || !t->chunks))
		return NULL;
	chunk = t->chunks[(unsigned)fd / EG_FD_CHUNK];
	return eg_likely(chunk) ? &chunk[(unsigned)fd % EG_FD_CHUNK] : NULL;
}

/* The first entry from number *@fd on, to which it moves *@fd; NULL: none. */
struct eg_fd *eg__fd_next(const struct eg_fd_table *t, int *fd);

/* Forgets what was known: the number is closed, or means something new. */
void eg__fd_reset(struct eg_fd *e);

static inline bool eg__fd_is_drained(const struct eg_fd *e, enum eg_dir dir)
{
	return e->drained[dir] == e->edge[dir];
}

#endif
