/* SPDX-License-Identifier: MIT */
/*
 * What the layer knows of a descriptor, and waiting until it is ready. Many
 * threads may wait on one; the loop's edges wake them. Does no I/O.
 */
#ifndef EG_RUN_DESCRIPTOR_H
#define EG_RUN_DESCRIPTOR_H

#include "loop/poller.h"
#include "run/schedule.h"

enum eg_run_fd_type {
	EG_RUN_FD_OTHER,
	EG_RUN_FD_PIPE,	     /* a FIFO, too */
	EG_RUN_FD_TERMINAL,  /* poll() tells half of what a read waits for */
	EG_RUN_FD_EVENT,     /* eventfd */
	EG_RUN_FD_STREAM,    /* socket: a write is complete, or an error */
	EG_RUN_FD_DATAGRAM,  /* socket */
	EG_RUN_FD_SEQPACKET, /* socket */
};

/* Cannot be waited for by polling. Never seen by the program. */
enum { EG_RUN_CANNOT_WAIT = -513 };

/* A place in the line of a descriptor's direction: eg_fd.line[dir]. Linked, it
 * belongs to a thread that is parked or has been made ready and did not run. */
struct eg_run_fd_wait {
	struct eg_list link;
	struct eg_run_thread *thread;
	struct eg_fd *entry; /* in whose line it is */
	int fd;
	bool is_shared;	 /* poll: woken by every edge, takes nothing */
	bool is_woken;	 /* its thread is ready */
	bool is_movable; /* goes on with the file when its number is closed */
};

/* The entry of @fd, its kind looked up. NULL: out of range, closed, or the
 * layer's own: eg__run_fd_refuse() will say which. */
struct eg_fd *eg__run_fd_look_up(int fd);

static inline struct eg_fd *eg__run_fd(int fd)
{
	struct eg_fd *e = eg__fd_find(&eg__run.hub->loop.fds, fd);

	if (eg_likely(e && e->kind != EG_FD_UNKNOWN))
		return e;
	return eg__run_fd_look_up(fd);
}

/* Answers @c, whose descriptor has no entry. */
int64_t eg__run_fd_refuse(const struct eg_run_call *c, int fd);

/* A descriptor that this process has just made, whose flags nobody else can
 * change. The number meant nothing before. */
void eg__run_fd_made(int fd, enum eg_fd_kind kind, enum eg_run_fd_type type,
		     bool is_nonblocking);
/* A number that the kernel has just given out, for whatever. */
void eg__run_fd_is_new(int fd);

/* Whether all changes to its flags come by this entry: no other process and no
 * other number has the file. Then they need not be asked for. */
static inline bool eg__run_fd_is_private(const struct eg_fd *e)
{
	return e->private_epoch == eg__run.descriptor_epoch + 1 &&
	       !e->is_duplicated;
}

/* True only if it is sure, without a system call: for the kernel directly. */
static inline bool eg__run_fd_never_blocks(const struct eg_fd *e)
{
	return eg__run_fd_is_private(e) && e->is_nonblocking;
}

/* Whether the program has set O_NONBLOCK. */
bool eg__run_fd_is_nonblocking(int fd, struct eg_fd *e);

/* SO_RCVTIMEO or SO_SNDTIMEO as a deadline from now; EG_FOREVER if none. */
int64_t eg__run_fd_deadline(int fd, struct eg_fd *e, enum eg_dir dir);

/*
 * Waits for an edge of @fd after @seen, which the caller sampled from
 * e->edge[dir] before the system call that said EAGAIN. 0: try again. -EAGAIN:
 * the deadline passed; -EINTR: a signal; -EBADF: closed meanwhile. -EPERM: it
 * is always ready; -ENOMEM, -ENOSPC, -ELOOP: no room for it. May switch.
 */
int eg__run_fd_wait(struct eg_run_thread *t, int fd, struct eg_fd *e,
		    enum eg_dir dir, uint32_t seen, int64_t deadline);

/* After a call that had waited: lets the next in line try. */
void eg__run_fd_pass_on(struct eg_fd *e, enum eg_dir dir);

/* The places of a wait for any of several. The caller parks in between. */
void eg__run_fd_enlist(struct eg_fd *e, enum eg_dir dir,
		       struct eg_run_fd_wait *w);

static inline void eg__run_fd_unlist(struct eg_run_fd_wait *w)
{
	if (eg_list_is_linked(&w->link))
		eg_list_remove(&w->link);
}

/*
 * The number @fd is about to be closed or given to another file: forgets it.
 * Transfers that wait go on with the file, as in the kernel, under a number of
 * the layer's own; other waits end.
 */
void eg__run_fd_forget(int fd);

/* A number that the layer itself uses: for the program it does not exist. */
bool eg__run_fd_is_own(int fd);
/* The lowest such number from @first on, or UINT_MAX. */
unsigned eg__run_fd_next_own(unsigned first);
/* The program wants the number @fd, the layer's own: moves that away. -EBADF:
 * it cannot be moved. */
int eg__run_fd_make_way(int fd);

/* Made by boot.c for eg_loop.on_edge. */
void eg__run_fd_on_edge(struct eg_poller *l, int fd, struct eg_fd *e,
			uint32_t events);

/* What /proc says of @fd, cut to @size; its length, or a negative errno. */
long eg__run_fd_path(int fd, char *ret, size_t size);

/* The events that hold now; 0: none. */
int eg__run_fd_poll(int fd, short events);

/*
 * One call of the program that transfers something, in as many tries as it
 * takes. On the caller's stack.
 */
struct eg_run_io {
	struct eg_run_thread *thread;
	struct eg_fd *entry;
	int fd;
	enum eg_dir dir;
	uint32_t generation;
	uint32_t seen;	/* the edge counter before the last try */
	bool has_asked; /* the next two are known */
	bool is_timed;
	bool has_waited;
	bool keeps_file; /* @fd is the layer's, by now */
	int64_t deadline;
};

/* The last transfer with a file that the program has closed meanwhile. */
void eg__run_fd_let_go(int fd, struct eg_fd *e);

static inline void eg__run_io_begin(struct eg_run_io *io, int fd,
				    struct eg_fd *e, enum eg_dir dir)
{
	*io = (struct eg_run_io){
		.thread = eg__run_self(),
		.entry = e,
		.fd = fd,
		.dir = dir,
		.generation = e->generation,
	};
}

/* The call is over: who waits behind it may have something, too. */
static inline void eg__run_io_end(struct eg_run_io *io)
{
	if (io->has_waited && io->entry->generation == io->generation)
		eg__run_fd_pass_on(io->entry, io->dir);
	if (eg_unlikely(io->keeps_file))
		eg__run_fd_let_go(io->fd, io->entry);
}

/* Before a try. */
static inline void eg__run_io_sample(struct eg_run_io *io)
{
	io->seen = io->entry->edge[io->dir];
}

/*
 * A try said EAGAIN: waits. 0: try again, with io->fd, which may be another
 * number then. Else the program's answer, if it has
 * got nothing yet: -EAGAIN (it does not want to wait, or the time is up),
 * -EINTR, EG_RUN_RESTART, -EBADF, -ECANCELED (of the park), or
 * EG_RUN_CANNOT_WAIT. May switch.
 */
int eg__run_io_wait(struct eg_run_io *io);

/*
 * Makes @q, which never blocks, with the transfer's descriptor, until it says
 * something else than EAGAIN, or waiting for it ends as above. @bytes: a stream
 * that gives or takes less has no more; 0: that says nothing. May switch.
 */
int64_t eg__run_io_do(struct eg_run_io *io, struct eg_run_call *q,
		      size_t bytes);

/* All of it, for a call @c that can be made as @q. */
int64_t eg__run_io_call(const struct eg_run_call *c, struct eg_run_call *q,
			int fd, struct eg_fd *e, enum eg_dir dir, size_t bytes);

#endif
