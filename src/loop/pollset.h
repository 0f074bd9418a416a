/* SPDX-License-Identifier: MIT */
/*
 * What backends share that ask about all descriptors anew in each wait: poll,
 * select and sim. Performs ops, keeps what is wanted; how to ask is theirs.
 */
#ifndef EG_LOOP_POLLSET_H
#define EG_LOOP_POLLSET_H

#include "base/sys.h"
#include "loop/poller.h"

/* An op in flight is on exactly one of waiting and ready, or on a list of who
 * embeds this. */
struct eg_pollset {
	struct eg_backend base;
	int wake_fd;
	bool lacks_hang_up; /* polls for nothing else are refused */
	unsigned reported;  /* what is wanted and held, at the last look */
	/* As eg__sys_poll(), on the first @n of polls. */
	int (*poll)(struct eg_pollset *s, unsigned n,
		    const struct timespec *timeout);
	struct eg_list waiting; /* for their descriptors */
	struct eg_list ready;	/* to be performed in this wait() or the next */
	/* Owned: the wakeup, what is wanted, and while looking what waits. */
	struct pollfd *polls;
	unsigned polls_max;
};

static inline struct eg_pollset *eg__pollset_of(struct eg_backend *b)
{
	return eg_container_of(b, struct eg_pollset, base);
}

/*
 * Makes a backend of @bytes, all zero but for the set that it begins with. That
 * asks by poll(), until its member poll is set.
 */
int eg__pollset_new(struct eg_pollset **ret, size_t bytes,
		    struct eg_poller *loop, const struct eg_backend_ops *ops);
void eg__pollset_free(struct eg_pollset *s, size_t bytes);

/*
 * Asks for @timeout of real time at most (NULL: none), reports what is wanted
 * and moves the ops that can go on to the ready list; calls no done(). Returns
 * whether anything happened, or a negative errno.
 */
int eg__pollset_look(struct eg_pollset *s, const struct timespec *timeout);
/* Performs what is ready. What done() makes ready waits for the next turn. */
void eg__pollset_perform(struct eg_pollset *s);

/* What struct eg_backend_ops asks for, on the real clock. */
int eg__pollset_submit(struct eg_backend *b, struct eg_op *op);
void eg__pollset_cancel(struct eg_backend *b, struct eg_op *op);
int eg__pollset_wait(struct eg_backend *b, int64_t deadline);
void eg__pollset_wake(struct eg_backend *b);
int eg__pollset_watch(struct eg_backend *b, int fd, struct eg_fd *e);
int eg__pollset_want(struct eg_backend *b, int fd, struct eg_fd *e,
		     uint32_t events, bool is_new);
int eg__pollset_pollable_fd(struct eg_backend *b);
void eg__pollset_forget(struct eg_backend *b, int fd, struct eg_fd *e);
int eg__pollset_own_fds(struct eg_backend *b, int *ret[EG_OWN_FDS_MAX]);
int64_t eg__pollset_now(struct eg_backend *b);

#endif
