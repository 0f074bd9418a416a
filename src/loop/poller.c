/* SPDX-License-Identifier: MIT */
/*
 * Chooses a backend and runs turns of the loop.
 */
#include "loop/poller.h"

#include "base/check.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>

/* Best first; from the third on they are never chosen by themselves. */
static const struct eg_backend_ops *const backends[] = {
	&eg__uring_ops,
	&eg__epoll_ops,
	&eg__poll_ops,
	&eg__select_ops,
	&eg__sim_ops,
};

enum { ROUNDS_MAX = 1024 }; /* an endless stream of input stops no timer */

static bool is_refusal(int r)
{
	return r == -ENOSYS || r == -EPERM || r == -EINVAL || r == -EACCES;
}

static int open_named(struct eg_poller *l, const char *name)
{
	for (size_t i = 0; i < EG_ARRAY_LEN(backends); i++)
		if (!eg__strcmp(backends[i]->name, name))
			return backends[i]->open(l, &l->backend);
	return -ENOSYS;
}

static int open_best(struct eg_poller *l)
{
	int r = backends[0]->open(l, &l->backend);

	/* Old kernel, seccomp, or io_uring_disabled: epoll is always there. */
	if (is_refusal(r)) {
		eg__log(EG_LOG_INFO, "%s refused (%d), using %s",
			backends[0]->name, r, backends[1]->name);
		r = backends[1]->open(l, &l->backend);
	}
	return r;
}

int eg__poller_open(struct eg_poller *l, const char *name)
{
	int r;

	l->backend = NULL;
	l->fds = (struct eg_fd_table){ 0 };
	r = name ? open_named(l, name) : open_best(l);
	if (r < 0) {
		l->backend = NULL;
		return is_refusal(r) && r != -EPERM ? -ENOSYS : r;
	}
	l->now = eg__poller_now(l);
	eg__timers_init(&l->timers, l->now);
	return 0;
}

void eg__poller_close(struct eg_poller *l)
{
	if (!l->backend)
		return;
	EG_CHECK(l->backend->in_flight == 0);
	l->backend->ops->close(l->backend);
	l->backend = NULL;
	eg__fd_table_done(&l->fds);
}

void eg__poller_inherit(struct eg_poller *l)
{
	eg__inherited_init(&l->inherited, l);
	eg__fd_table_done(&l->fds);
	if (l->timers.count)
		eg__timers_init(&l->timers, l->now);
}

int eg__poller_renew(struct eg_poller *l)
{
	return open_named(l, l->inherited.name);
}

void eg__poller_want_again(struct eg_poller *l)
{
	struct eg_backend *b = l->backend;
	struct eg_fd *e;
	uint32_t events;

	b->wanted = 0;
	for (int fd = 0; (e = eg__fd_next(&l->fds, &fd)); fd++) {
		events = e->wanted;
		e->wanted = 0;
		if (events && b->ops->want(b, fd, e, events, true) < 0)
			eg__poller_lost(l, fd, e);
	}
}

/* What entries say of the parent's backend is not true of a new one. */
static void forget_backend(struct eg_poller *l)
{
	struct eg_fd *e;

	for (int fd = 0; (e = eg__fd_next(&l->fds, &fd)); fd++) {
		e->is_registered = false;
		e->is_watched = false;
		e->armed = 0;
		e->is_changed = false;
	}
}

int eg__poller_renew_wants(struct eg_poller *l)
{
	int r;

	EG_CHECK(l->backend->in_flight == 0);
	eg__inherited_init(&l->inherited, l);
	forget_backend(l);
	r = eg__inherited_renew(&l->inherited);
	if (r == 0)
		l->backend->ops->wake(l->backend);
	return r;
}

int eg__poller_turn(struct eg_poller *l, int64_t deadline)
{
	struct eg__timer *t;
	int r;

	if (deadline > l->now)
		deadline = eg_min64(deadline, eg__timers_next(&l->timers));
	r = l->backend->ops->wait(l->backend, deadline);
	l->now = eg__poller_now(l);
	/* Before a timer fires, all input that is ready has been seen. */
	for (int i = 0; i < ROUNDS_MAX && l->backend->has_more &&
			eg__timers_next(&l->timers) <= l->now;
	     i++)
		r = l->backend->ops->wait(l->backend, 0);
	if (l->timers.count) {
		eg__timers_advance(&l->timers, l->now);
		while ((t = eg__timers_pop_due(&l->timers)))
			t->fire(t);
	}
	return r;
}
