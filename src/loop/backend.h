/* SPDX-License-Identifier: MIT */
/*
 * The completion contract between the loop and its backends: submit an op,
 * and its done() is called later, from wait(). A backend knows no fiber.
 */
#ifndef EG_LOOP_BACKEND_H
#define EG_LOOP_BACKEND_H

#include "loop/fd_table.h"
#include "loop/op.h"

struct eg_poller;

/*
 * About how many ops one wait() completes. Few enough that what they touched is
 * still in the cache when their fibers run; enough to share a system call.
 */
enum { EG_TURN_BATCH = 64 };

enum { EG_OWN_FDS_MAX = 4 }; /* descriptors that a backend holds itself */

enum eg_backend_caps {
	/* READ and WRITE of regular files, and OPEN, are asynchronous. Without
	 * it submit() answers them with -EOPNOTSUPP. */
	EG_CAP_FILES = 1 << 0,
	/* What waits is woken by changes alone: to wait for what is there
	 * already is to wait for ever. */
	EG_CAP_EDGES = 1 << 1,
	/* What is wanted of a descriptor holds its file: close() is its end for
	 * nobody before want() has said that nothing is. */
	EG_CAP_HOLDS = 1 << 2,
};

/* Each backend embeds this at the start of its own structure. */
struct eg_backend {
	const struct eg_backend_ops *ops;
	struct eg_poller *loop; /* borrowed: the clock and the fd table */
	uint32_t caps;		/* enum eg_backend_caps */
	uint32_t in_flight;	/* ops submitted and not completed */
	uint32_t wanted;	/* descriptors of which something is */
	bool has_more;		/* the last wait() left some that are ready */
};

struct eg_backend_ops {
	const char *name;

	/* Makes a backend. -ENOSYS, -EPERM, -EINVAL: not here, try the next. */
	int (*open)(struct eg_poller *loop, struct eg_backend **ret);

	/* Frees it. No op may be in flight. */
	void (*close)(struct eg_backend *b);

	/* In a fork child: frees what the child has of it, ops in flight or
	 * not, and changes nothing that the parent goes on using. What is
	 * shared is closed, never emptied first. */
	void (*abandon)(struct eg_backend *b);

	/* Queues @op, whose descriptor has an entry in the fd table. On success
	 * it is in flight until done(), which never runs inside submit(). On
	 * failure (negative errno) nothing happened. */
	int (*submit)(struct eg_backend *b, struct eg_op *op);

	/* Asks for an early end of the op in flight @op: it completes in a
	 * later wait(), with -ECANCELED or with what it achieved. Idempotent,
	 * cannot fail. */
	void (*cancel)(struct eg_backend *b, struct eg_op *op);

	/* Sleeps until something completes, wake() was called, or @deadline
	 * (absolute ns; INT64_MAX: none; 0 or past: does not sleep), then
	 * completes what is done, or EG_TURN_BATCH of it and sets has_more.
	 * EINTR and a spurious return are no error. A negative errno means that
	 * the kernel refused to wait. */
	int (*wait)(struct eg_backend *b, int64_t deadline);

	/* Ends the current or next wait(). The one call for any thread. */
	void (*wake)(struct eg_backend *b);

	/*
	 * Reports each change of readiness of @fd from here on, what holds now
	 * included, until forget(): wait() counts e->edge[] and calls the
	 * loop's on_edge(). @e is its entry, not watched yet. No op in flight:
	 * any number of fibers can wait for the edges of one descriptor.
	 *
	 * -EPERM: always ready, as files are. -EBADF. -ENOMEM, -ENOSPC: the
	 * kernel has no room. -ENOSYS: this backend does not watch (sim).
	 */
	int (*watch)(struct eg_backend *b, int fd, struct eg_fd *e);

	/*
	 * Level-triggered: from here on every wait() reports through the loop's
	 * on_ready() which of @events (EPOLLIN, EPOLLOUT; errors and hang-ups
	 * always, but for select, which cannot tell them) hold, again and again
	 * while they do, until this call changes @events. 0: nothing is wanted
	 * of @fd any longer. No op and no watch() on the same descriptor.
	 *
	 * @is_new: the number may mean another file than when it was last
	 * wanted: closed and opened again since.
	 *
	 * -EBADF. -EPERM: always ready, as files are. -ENOMEM, -ENOSPC: the
	 * kernel has no room. After an error nothing is wanted of @fd; with
	 * @events 0 there is none.
	 */
	int (*want)(struct eg_backend *b, int fd, struct eg_fd *e,
		    uint32_t events, bool is_new);

	/* A descriptor for a foreign loop, owned by the backend: readable when
	 * wait() with deadline 0 has something to do. The same until close().
	 * -ENOSYS: there is none. -EMFILE, -ENFILE, -ENOMEM. */
	int (*pollable_fd)(struct eg_backend *b);

	/* The number @fd is about to be closed or given away: no exclusive op
	 * is in flight on it that was not cancelled, and what the kernel has
	 * not seen yet must not meet the next file of that number. Drops kernel
	 * registrations: the close() that follows is the file's last. */
	void (*forget)(struct eg_backend *b, int fd, struct eg_fd *e);

	/* Where the numbers that are the backend's own stand; returns how many.
	 * Who gives such a file another number writes that there. */
	int (*own_fds)(struct eg_backend *b, int *ret[EG_OWN_FDS_MAX]);

	/* Now, in ns: the monotonic clock, or a virtual one. Any thread. */
	int64_t (*now)(struct eg_backend *b);
};

extern const struct eg_backend_ops eg__uring_ops;
extern const struct eg_backend_ops eg__epoll_ops;
extern const struct eg_backend_ops eg__poll_ops;
extern const struct eg_backend_ops eg__select_ops;
extern const struct eg_backend_ops eg__sim_ops;

#endif
