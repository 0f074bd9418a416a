/* SPDX-License-Identifier: MIT */
/*
 * Descriptors among what fibers own: closed as eg_close() does, and known to be
 * closed already, so that nobody else's of the same number is.
 */
#include "io/fd.h"
#include "sync/owned.h"

#include <evergreen/io.h>

static void close_fd(void *handle)
{
	eg_close((int)(intptr_t)handle);
}

static bool is_closed(const struct eg_owned_record *o)
{
	const struct eg_fd *e =
		eg__fd_find(&o->fiber->hub->loop.fds, (int)(intptr_t)o->handle);

	return !e || e->generation != o->tag;
}

static const struct eg_owned_kind fd_kind = {
	.is_number = true,
	.is_gone = is_closed,
};

int eg_own_fd(eg_owned *owned, int fd)
{
	struct eg_owned_record model = {
		.kind = &fd_kind,
		.what = "descriptor",
		.close = close_fd,
		.handle = (void *)(intptr_t)fd,
		.owned_at = __builtin_return_address(0),
	};
	struct eg_hub *hub = eg__hub();
	struct eg_fd *e;
	int r;

	if (!owned)
		return -EINVAL;
	if (!hub)
		return -EPERM;
	if (fd < 0)
		return -EBADF;
	r = eg__fd_use(hub, fd, &e);
	if (r < 0)
		return r;
	model.tag = e->generation;
	return eg__own(owned, &model);
}
