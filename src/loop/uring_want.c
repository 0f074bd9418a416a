/* SPDX-License-Identifier: MIT */
/*
 * Level-triggered readiness on io_uring: a poll that completes once, asked for
 * again by the turn that follows. Sends no op and enters for no turn itself.
 */
#include "base/sys.h"
#include "loop/own_fd.h"
#include "loop/perform.h"
#include "loop/uring.h"
#include "loop/wakeup.h"

/* In eg_fd.armed: the poll in the kernel is of a file of the past. */
enum { ARMED_PAST = 0x80 };

/* No two polls that ever meet in the kernel have the same. */
static uint64_t want_data(int fd, const struct eg_fd *e)
{
	return EG_URING_FD_DATA | (uint64_t)e->generation << 32 |
	       EG_URING_WANT_DATA | (uint32_t)fd;
}

/* The kernel is to be told, in the next turn. */
static void mark_changed(struct eg_uring *u, int fd, struct eg_fd *e)
{
	if (e->is_changed)
		return;
	e->is_changed = true;
	e->next_changed = u->changed;
	u->changed = fd;
}

/* Ends the poll in the kernel, if there is one. False: there is no slot. */
static bool disarm(struct eg_uring *u, int fd, struct eg_fd *e)
{
	if (!e->armed)
		return true;
	if (!eg__uring_end_request(u, want_data(fd, e), EG_URING_UNWANT))
		return false;
	e->armed = 0;
	e->generation++; /* what is still to be reaped is of the past */
	return true;
}

static bool arm(struct eg_uring *u, int fd, struct eg_fd *e)
{
	struct io_uring_sqe *sqe = eg__uring_next_sqe(u);

	if (eg_unlikely(!sqe))
		return false;
	sqe->opcode = IORING_OP_POLL_ADD;
	sqe->fd = fd;
	sqe->poll32_events = e->wanted;
	sqe->user_data = want_data(fd, e);
	e->armed = e->wanted;
	u->holds_files = true;
	return true;
}

static bool settle(struct eg_uring *u, int fd, struct eg_fd *e)
{
	if (e->armed != e->wanted && !disarm(u, fd, e))
		return false;
	return e->armed == e->wanted || arm(u, fd, e);
}

void eg__uring_settle_wants(struct eg_uring *u)
{
	int fd = u->changed, next;
	struct eg_fd *e;

	u->changed = -1;
	for (; fd >= 0; fd = next) {
		e = eg__fd_find(&u->base.loop->fds, fd);
		next = e->next_changed;
		e->is_changed = false;
		if (eg_unlikely(!settle(u, fd, e)))
			mark_changed(u, fd, e);
	}
}

void eg__uring_want_completed(struct eg_uring *u, uint64_t data, int32_t result)
{
	int fd = (int)((uint32_t)data & ~(uint32_t)EG_URING_WANT_DATA);
	struct eg_fd *e = eg__fd_find(&u->base.loop->fds, fd);
	bool is_past;

	if (!e || data != want_data(fd, e)) {
		u->stale++;
		return;
	}
	is_past = e->armed & ARMED_PAST;
	e->armed = 0;
	e->generation++;
	if (!e->wanted || is_past || u->is_early) {
		u->stale++;
		mark_changed(u, fd, e);
	} else if (result == -EBADF) {
		eg__poller_lost(u->base.loop, fd, e);
	} else {
		mark_changed(u, fd, e);
		if (result >= 0)
			eg__poller_ready(u->base.loop, fd, e, (uint32_t)result);
	}
}

/* The file is held until the kernel has ended the poll: here and now, so that
 * the close() that follows is its end. */
static void unwant(struct eg_uring *u, int fd, struct eg_fd *e)
{
	if (!e->armed)
		return;
	if (disarm(u, fd, e))
		eg__ring_submit_and_look(&u->ring);
	else
		mark_changed(u, fd, e);
}

/* Whether the kernel can tell: asked once for each file. */
static int check_pollable(int fd, struct eg_fd *e, bool is_new)
{
	int r = 0;

	if (is_new || !e->is_pollable)
		r = eg__perform_can_wait(fd);
	e->is_pollable = r == 0;
	return r;
}

int eg__uring_want(struct eg_backend *b, int fd, struct eg_fd *e,
		   uint32_t events, bool is_new)
{
	struct eg_uring *u = eg__uring_of(b);
	int r = events ? check_pollable(fd, e, is_new) : 0;

	if (r < 0)
		events = 0;
	eg__poller_set_wanted(b, e, events);
	if (!events) {
		unwant(u, fd, e);
		return r;
	}
	if (is_new && e->armed)
		e->armed |= ARMED_PAST;
	if (e->armed != events)
		mark_changed(u, fd, e);
	if (u->notify_fd >= 0)
		eg__wakeup_signal(u->notify_fd);
	return 0;
}

void eg__uring_forget_want(struct eg_uring *u, int fd, struct eg_fd *e)
{
	int *at = &u->changed;

	eg__uring_want(&u->base, fd, e, 0, false);
	if (!e->is_changed)
		return;
	while (*at != fd)
		at = &eg__fd_find(&u->base.loop->fds, *at)->next_changed;
	*at = e->next_changed;
	e->is_changed = false;
}

int eg__uring_pollable_fd(struct eg_backend *b)
{
	struct eg_uring *u = eg__uring_of(b);
	int fd, r;

	if (u->notify_fd >= 0)
		return u->notify_fd;
	fd = eg__own_fd_place(eg__wakeup_open(), b->loop->keep_high);
	if (fd < 0)
		return fd;
	r = eg__sys_io_uring_register(u->ring.fd, IORING_REGISTER_EVENTFD, &fd,
				      1);
	if (r < 0) {
		eg__sys_close(fd);
		return r;
	}
	u->notify_fd = fd;
	/* What is there already has notified nobody. */
	eg__wakeup_signal(fd);
	return fd;
}

void eg__uring_notify(struct eg_uring *u)
{
	if (eg_likely(u->notify_fd < 0))
		return;
	eg__wakeup_clear(u->notify_fd);
	/* Looked at after clearing: what comes in between is not lost. */
	if (u->changed >= 0 || eg__ring_completed(&u->ring) ||
	    eg__ring_must_enter(&u->ring) || eg__ring_unsubmitted(&u->ring))
		eg__wakeup_signal(u->notify_fd);
}
