/* SPDX-License-Identifier: MIT */
/*
 * A thread in the lines of several descriptors. Keeps one block of memory for
 * the next large set, as a program that polls many does so again and again.
 */
#include "run/wait_set.h"

static struct {
	void *block; /* owned; NULL: in use, or there was none */
	size_t bytes;
} spare;

int eg__run_wait_set_init(struct eg_run_wait_set *s, size_t capacity)
{
	size_t bytes = capacity * sizeof(s->waits[0]);

	s->thread = eg__run_self();
	s->count = 0;
	s->capacity = capacity;
	s->cannot_wait = false;
	s->waits = s->few;
	if (capacity <= EG_RUN_FEW_WAITS)
		return 0;
	if (spare.block && spare.bytes >= bytes) {
		s->waits = spare.block;
		s->capacity = spare.bytes / sizeof(s->waits[0]);
		spare.block = NULL;
		return 0;
	}
	s->waits = eg__pages_get(bytes);
	return s->waits ? 0 : -ENOMEM;
}

void eg__run_wait_set_done(struct eg_run_wait_set *s)
{
	size_t bytes = s->capacity * sizeof(s->waits[0]);

	if (s->waits == s->few)
		return;
	if (spare.block && spare.bytes >= bytes) {
		eg__pages_put(s->waits, bytes);
		return;
	}
	if (spare.block)
		eg__pages_put(spare.block, spare.bytes);
	spare.block = s->waits;
	spare.bytes = bytes;
}

static void enlist(struct eg_run_wait_set *s, struct eg_fd *e, enum eg_dir dir)
{
	struct eg_run_fd_wait *w = &s->waits[s->count];

	if (s->count == s->capacity) {
		s->cannot_wait = true;
		return;
	}
	*w = (struct eg_run_fd_wait){ .thread = s->thread, .is_shared = true };
	eg__run_fd_enlist(e, dir, w);
	s->count++;
}

void eg__run_wait_set_add(struct eg_run_wait_set *s, int fd, short events)
{
	enum { OUT = POLLOUT | POLLWRNORM | POLLWRBAND };
	struct eg_poller *l = &eg__run.hub->loop;
	struct eg_fd *e;
	int r;

	r = eg__fd_table_make(&l->fds, fd, &e);
	if (r == 0)
		r = eg__poller_watch(l, fd, e);
	/* -EPERM: a file, which is ready, and not for these events. */
	if (r < 0) {
		s->cannot_wait |= r != -EPERM;
		return;
	}
	/* Errors and ends are edges of both. */
	if (events & OUT)
		enlist(s, e, EG_DIR_OUT);
	if (events & ~OUT || !events)
		enlist(s, e, EG_DIR_IN);
}

static const struct eg_wait_kind any_wait = { .what = "any of several" };

int eg__run_wait_set_park(struct eg_run_wait_set *s, int64_t deadline)
{
	int r = EG_RUN_CANNOT_WAIT;

	if (eg_likely(!s->cannot_wait)) {
		eg__waiter(&s->thread->fiber, &any_wait, NULL);
		r = eg__run_park(s->thread, deadline, true);
	}
	for (size_t i = 0; i < s->count; i++)
		eg__run_fd_unlist(&s->waits[i]);
	s->count = 0;
	return r;
}
