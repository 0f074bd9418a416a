/* SPDX-License-Identifier: MIT */
/*
 * Most fork children execute a program or end. Opening a poller for each would
 * cost ten system calls and half as many copied pages.
 */
#include "loop/inherited.h"

#include "loop/poller.h"

static struct eg_inherited *from_base(struct eg_backend *b)
{
	return eg_container_of(b, struct eg_inherited, base);
}

static void drop(struct eg_inherited *i)
{
	if (i->parents)
		i->parents->ops->abandon(i->parents);
	i->parents = NULL;
}

int eg__inherited_renew(struct eg_inherited *i)
{
	struct eg_poller *l = i->base.loop;
	int r;

	drop(i);
	r = eg__poller_renew(l);
	if (r < 0)
		l->backend = &i->base;
	else
		eg__poller_want_again(l);
	return r;
}

/* Now it is needed. */
static int renew(struct eg_backend *b)
{
	return eg__inherited_renew(from_base(b));
}

static void inherited_close(struct eg_backend *b)
{
	drop(from_base(b));
}

static int inherited_submit(struct eg_backend *b, struct eg_op *op)
{
	struct eg_poller *l = b->loop;
	int r = renew(b);

	return r < 0 ? r : l->backend->ops->submit(l->backend, op);
}

static int inherited_watch(struct eg_backend *b, int fd, struct eg_fd *e)
{
	struct eg_poller *l = b->loop;
	int r = renew(b);

	return r < 0 ? r : l->backend->ops->watch(l->backend, fd, e);
}

static int inherited_want(struct eg_backend *b, int fd, struct eg_fd *e,
			  uint32_t events, bool is_new)
{
	struct eg_poller *l = b->loop;
	int r = renew(b);

	return r < 0 ? r : l->backend->ops->want(l->backend, fd, e, events,
						 is_new);
}

static int inherited_pollable_fd(struct eg_backend *b)
{
	struct eg_poller *l = b->loop;
	int r = renew(b);

	return r < 0 ? r : l->backend->ops->pollable_fd(l->backend);
}

static int inherited_wait(struct eg_backend *b, int64_t deadline)
{
	struct eg_poller *l = b->loop;
	int r = renew(b);

	return r < 0 ? r : l->backend->ops->wait(l->backend, deadline);
}

/* Nothing is in flight, watched, or asleep. */

static void inherited_cancel(struct eg_backend *b, struct eg_op *op)
{
	(void)b;
	(void)op;
}

static void inherited_wake(struct eg_backend *b)
{
	(void)b;
}

static void inherited_forget(struct eg_backend *b, int fd, struct eg_fd *e)
{
	(void)b;
	(void)fd;
	(void)e;
}

static int inherited_own_fds(struct eg_backend *b, int *ret[EG_OWN_FDS_MAX])
{
	struct eg_backend *parents = from_base(b)->parents;

	return parents ? parents->ops->own_fds(parents, ret) : 0;
}

static int64_t inherited_now(struct eg_backend *b)
{
	struct eg_backend *parents = from_base(b)->parents;

	return parents ? parents->ops->now(parents) : b->loop->now;
}

static const struct eg_backend_ops ops = {
	.name = "inherited",
	.close = inherited_close,
	.abandon = inherited_close,
	.submit = inherited_submit,
	.cancel = inherited_cancel,
	.wait = inherited_wait,
	.wake = inherited_wake,
	.watch = inherited_watch,
	.want = inherited_want,
	.pollable_fd = inherited_pollable_fd,
	.forget = inherited_forget,
	.own_fds = inherited_own_fds,
	.now = inherited_now,
};

void eg__inherited_init(struct eg_inherited *i, struct eg_poller *l)
{
	if (l->backend == &i->base)
		return; /* a child of a child, and neither has needed one */
	*i = (struct eg_inherited){
		.base = { .ops = &ops, .loop = l, .caps = l->backend->caps },
		.parents = l->backend,
		.name = l->backend->ops->name,
	};
	l->backend = &i->base;
}
