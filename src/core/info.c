/* SPDX-License-Identifier: MIT */
/*
 * What can be asked of a hub and its fibers: counters, info, names, the dump.
 */
#include "core/info.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/sys.h"
#include "core/park.h"

#include <evergreen/debug.h>

#include <errno.h>

void eg__info_line(const struct eg_fiber *f, char *line, size_t size)
{
	const struct eg_waiter *w = &f->wait;
	size_t len;

	len = eg__format(line, size, "fiber %lu '%s' %s", f->id, f->name,
			 eg__fiber_state_name(f));
	if (f->state == EG_FIBER_PARKED && len < size)
		len += eg__format(line + len, size - len, ": waits for %s",
				  w->kind->what);
	if (f->state == EG_FIBER_PARKED && w->object && len < size)
		len += w->kind->is_number
			       ? eg__format(line + len, size - len, " %ld",
					    (long)(intptr_t)w->object)
			       : eg__format(line + len, size - len, " %p",
					    w->object);
	if (f->spawned_at && len < size)
		eg__format(line + len, size - len, ", spawned at %p",
			   f->spawned_at);
}

int eg_hub_get_stats(eg_hub_stats *stats)
{
	struct eg_hub *hub = eg__hub();

	if (!stats || stats->size < sizeof(*stats))
		return -EINVAL;
	if (!hub)
		return -EPERM;
	*stats = (eg_hub_stats){
		.size = sizeof(*stats),
		.fibers_alive = hub->fibers_alive,
		.fibers_spawned = hub->fibers_spawned,
		.fibers_alive_max = hub->fibers_alive_max,
		.turns = hub->turns,
		.switches = eg__switches(hub),
		.timers_armed = hub->loop.timers.count,
		.ops_in_flight = hub->loop.backend->in_flight,
		.stack_bytes = hub->stacks.mapped_bytes,
	};
	return 0;
}

const char *eg_hub_backend(void)
{
	struct eg_hub *hub = eg__hub();

	return hub ? hub->loop.backend->ops->name : NULL;
}

int eg_set_name(eg_fiber *fiber, const char *name)
{
	struct eg_fiber *f = fiber ? fiber : eg__current();

	if (!name)
		return -EINVAL;
	if (!f || f->hub != eg__hub())
		return -EPERM;
	eg__strcopy(f->name, name, sizeof(f->name));
	return 0;
}

int eg_fiber_get_info(eg_fiber *fiber, eg_fiber_info *info)
{
	struct eg_fiber *f = fiber ? fiber : eg__current();
	bool is_parked;

	if (!info || info->size < sizeof(*info))
		return -EINVAL;
	if (!f || f->hub != eg__hub())
		return -EPERM;
	is_parked = f->state == EG_FIBER_PARKED;
	*info = (eg_fiber_info){
		.size = sizeof(*info),
		.id = f->id,
		.name = f->name,
		.state = eg__fiber_state_name(f),
		.waits_for = is_parked ? f->wait.kind->what : NULL,
		.waits_on = is_parked ? f->wait.object : NULL,
		.spawned_at = f->spawned_at,
	};
	if (!(f->flags & EG_FIBER_IS_MAIN)) {
		info->stack_bytes = eg__stack_bytes(&f->stack);
		info->stack_used_max = eg__stack_used_max(&f->stack);
	}
	return 0;
}

struct dump {
	int fd;
	int count; /* fibers written, or negative errno */
};

static void dump_fiber(struct dump *d, const struct eg_fiber *f)
{
	char line[EG_INFO_LINE + 64];
	size_t len;
	ssize_t r;

	if (d->count < 0)
		return;
	eg__info_line(f, line, EG_INFO_LINE);
	len = eg__strlen(line);
	if (!(f->flags & EG_FIBER_IS_MAIN))
		len += eg__format(line + len, sizeof(line) - len,
				  ", stack %lu of %lu",
				  eg__stack_used_max(&f->stack),
				  eg__stack_bytes(&f->stack));
	line[len++] = '\n';
	r = eg__sys_write(d->fd, line, len);
	d->count = r < 0 ? (int)r : d->count + 1;
}

static void dump_visited(struct eg_stack *s, void *arg)
{
	struct eg_fiber *f = eg__fiber_of_stack(s);

	if (!(f->flags & EG_FIBER_IS_IDLE))
		dump_fiber(arg, f);
}

int eg_dump(int fd)
{
	struct eg_hub *hub = eg__hub();
	struct dump d = { .fd = fd };

	if (!hub)
		return -EPERM;
	dump_fiber(&d, &hub->main);
	eg__stack_pool_each(&hub->stacks, dump_visited, &d);
	return d.count;
}

void eg_set_log(eg_log_fn *fn, void *arg)
{
	eg__log_set(fn, arg);
}
