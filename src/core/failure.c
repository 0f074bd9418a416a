/* SPDX-License-Identifier: MIT */
/*
 * Errors of fibers: how one fails, and what becomes of an error that nobody has
 * asked for when the fiber's last reference goes.
 */
#include "core/failure.h"

#include "base/log.h"
#include "core/cancel.h"
#include "core/park.h"

#include <evergreen/spawn.h>

void *eg_fail(int error, void *payload)
{
	struct eg_fiber *self = eg__current();

	if (!self) {
		eg__log(EG_LOG_ERROR, "eg_fail: only a fiber can fail");
		return payload;
	}
	if (error >= 0 || error < -EG_ERRNO_MAX) {
		eg__log(EG_LOG_ERROR,
			"eg_fail: %d is no negative errno, taken as -EINVAL",
			error);
		error = -EINVAL;
	}
	self->error = (int16_t)error;
	return payload;
}

void *eg_fail_system(int error, void *payload)
{
	struct eg_fiber *self = eg__current();

	payload = eg_fail(error, payload);
	if (self)
		self->flags |= EG_FIBER_IS_SYSTEM;
	return payload;
}

static void tell(struct eg_hub *hub, struct eg_fiber *f)
{
	eg_error_info info = {
		.size = sizeof(info),
		.error = f->error,
		.payload = f->result,
		.id = f->id,
		.name = f->name,
		.spawned_at = f->spawned_at,
	};

	if (hub->error_fn)
		hub->error_fn(&info, hub->error_arg);
	else
		eg__log(EG_LOG_ERROR,
			"fiber %lu '%s', spawned at %p, failed with error %d, and nobody asked for it",
			f->id, f->name, f->spawned_at, -f->error);
}

/* In the hub: the fiber's own stack may be the one that just ended. */
static void report(struct eg_hub_call *call)
{
	struct eg_hub *hub = eg_container_of(call, struct eg_hub, failure);
	struct eg_list *node;

	while ((node = eg_list_pop_front(&hub->failed))) {
		struct eg_fiber *f =
			eg_list_entry(node, struct eg_fiber, group_link);

		tell(hub, f);
		eg__fiber_unref(f);
	}
}

void eg__failure_settle(struct eg_fiber *f)
{
	struct eg_hub *hub = f->hub;

	if (f->flags & EG_FIBER_ERROR_SEEN || f->error == -ECANCELED) {
		eg__fiber_free(f);
		return;
	}
	f->flags |= EG_FIBER_ERROR_SEEN;
	f->references = 1;
	eg_list_push_back(&hub->failed, &f->group_link);
	hub->failure.fn = report;
	hub->failure.drop = report; /* no error goes by unseen */
	eg__call_queue(hub, &hub->failure);
}

int eg_set_error_handler(eg_error_fn *fn, void *arg)
{
	struct eg_hub *hub = eg__hub();

	if (!hub)
		return -EPERM;
	hub->error_fn = fn;
	hub->error_arg = arg;
	return 0;
}
