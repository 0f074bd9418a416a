/* SPDX-License-Identifier: MIT */
/*
 * What a new fiber gets of the values of who spawns it: a part in those that are
 * shared, copies of others. All of it, or it is not spawned.
 */
#include "base/fault.h"
#include "sync/local.h"

#include <errno.h>
#include <stdlib.h>

static int inherit(struct eg_fiber *child);

void eg__local_watch_spawns(struct eg_hub *hub)
{
	hub->on_spawn = inherit;
	hub->spawns_slowly = true;
}

static bool is_inherited(const struct eg_local_place *p, uint16_t index)
{
	return p->how != EG_LOCAL_HOW_NOTHING && eg__local_is_live(p, index);
}

/* What the child needs, or 0: nothing is inherited. */
static size_t bytes_to_inherit(struct eg_locals *from)
{
	size_t places = 0;

	if (!from || !from->inheritable)
		return 0;
	for (uint16_t i = from->oldest; i != EG_LOCAL_NONE;
	     i = eg__local_at(from, i)->newer)
		if (is_inherited(eg__local_at(from, i), i) && i >= places)
			places = (size_t)i + 1;
	if (!places)
		return 0;
	return sizeof(*from) + places * sizeof(struct eg_local_place);
}

static int share(struct eg_local_place *p)
{
	if (!p->share) {
		if (eg__fault(EG_FAULT_ALLOC))
			return -ENOMEM;
		p->share = malloc(sizeof(*p->share));
		if (!p->share)
			return -ENOMEM;
		p->share->fibers = 1;
	}
	p->share->fibers++;
	return 0;
}

/* All in the parent's order. What is to be copied is the parent's as yet. */
static int take_parts(struct eg_locals *to, struct eg_locals *from)
{
	for (uint16_t i = from->oldest; i != EG_LOCAL_NONE;
	     i = eg__local_at(from, i)->newer) {
		struct eg_local_place *p = eg__local_at(from, i);

		if (!is_inherited(p, i))
			continue;
		if (p->how == EG_LOCAL_HOW_SHARED) {
			int r = share(p);

			if (r < 0)
				return r;
		}
		eg__local_put(to, i, p);
	}
	return 0;
}

/* *@at: the first that is not copied; none after a success. */
static int copy_values(struct eg_locals *to, uint16_t *at)
{
	uint16_t newer;

	for (; *at != EG_LOCAL_NONE; *at = newer) {
		struct eg_local_place *p = eg__local_at(to, *at);

		newer = p->newer;
		if (p->how == EG_LOCAL_HOW_COPY) {
			void *copy = NULL;
			int r = p->copy(&copy, p->value);

			if (r < 0)
				return r;
			if (copy)
				p->value = copy;
			else
				eg__local_clear(to, *at);
		}
	}
	return 0;
}

/* From @at on, what is to be copied is not the child's. */
static void give_back(struct eg_fiber *child, struct eg_locals *to, uint16_t at)
{
	uint16_t newer;

	for (; at != EG_LOCAL_NONE; at = newer) {
		newer = eg__local_at(to, at)->newer;
		if (eg__local_at(to, at)->how == EG_LOCAL_HOW_COPY)
			eg__local_clear(to, at);
	}
	eg__local_destroy_all(child);
	child->extra[EG_EXTRA_LOCALS] = NULL;
	free(to);
}

/*
 * The parts are taken before anything is copied: a copy function that changes
 * the parent's values changes nothing that is still to be looked at.
 */
static int inherit(struct eg_fiber *child)
{
	struct eg_locals *from = eg__locals_of(eg__local_fiber());
	size_t bytes = bytes_to_inherit(from);
	struct eg_locals *to;
	uint16_t at;
	int r;

	if (!bytes)
		return 0;
	r = eg__locals_make(child, bytes, &to);
	if (r < 0)
		return r;
	r = take_parts(to, from);
	at = to->oldest;
	if (r == 0)
		r = copy_values(to, &at);
	if (r < 0)
		give_back(child, to, at);
	return r;
}
