/* SPDX-License-Identifier: MIT */
/*
 * The backend on poll(), for who asks for it by name: to see what a program
 * does without epoll's memory. All of it is the poll set's.
 */
#include "loop/pollset.h"

static void poll_close(struct eg_backend *b)
{
	struct eg_pollset *s = eg__pollset_of(b);

	eg__pollset_free(s, sizeof(*s));
}

static int poll_open(struct eg_poller *loop, struct eg_backend **ret)
{
	struct eg_pollset *s;
	int r = eg__pollset_new(&s, sizeof(*s), loop, &eg__poll_ops);

	if (r == 0)
		*ret = &s->base;
	return r;
}

const struct eg_backend_ops eg__poll_ops = {
	.name = "poll",
	.open = poll_open,
	.close = poll_close,
	.abandon = poll_close,
	.submit = eg__pollset_submit,
	.cancel = eg__pollset_cancel,
	.wait = eg__pollset_wait,
	.wake = eg__pollset_wake,
	.watch = eg__pollset_watch,
	.want = eg__pollset_want,
	.pollable_fd = eg__pollset_pollable_fd,
	.forget = eg__pollset_forget,
	.own_fds = eg__pollset_own_fds,
	.now = eg__pollset_now,
};
