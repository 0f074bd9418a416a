/* SPDX-License-Identifier: MIT */
/*
 * The rig of calls that can wait, and the way through their tables. The rows are
 * in the files timeout_*.c beside it. Tests no behaviour itself.
 */
#include "timeout_calls.h"

#include <unistd.h>

extern const struct blocking_table *const __start_blocking_tables[];
extern const struct blocking_table *const __stop_blocking_tables[];

/* The row after @c, wherever it runs. */
static const struct blocking_call *after(const struct blocking_call *c)
{
	const struct blocking_table *const *t = __start_blocking_tables;

	if (!c)
		return (*t)->rows;
	while (c < (*t)->rows || c >= (*t)->rows + (*t)->n)
		t++;
	if (c + 1 < (*t)->rows + (*t)->n)
		return c + 1;
	t++;
	return t < __stop_blocking_tables ? (*t)->rows : NULL;
}

const struct blocking_call *next_blocking_call(const struct blocking_call *c)
{
	do
		c = after(c);
	while (c && c->flags & CALL_STOPS_THE_CLOCK && egt_is_sim());
	if (c)
		egt_case(c->name);
	return c;
}

void *rig_wait_for_release(void *arg)
{
	struct call_rig *r = arg;

	egt_eq(eg_event_wait(&r->release, EG_FOREVER), 0);
	return NULL;
}

void rig_release(struct call_rig *r)
{
	egt_le(0, eg_event_set(&r->release));
}

void rig_spawn_helper(struct call_rig *r, eg_fiber_fn *fn)
{
	egt_eq(eg_spawn(&r->helper, fn, r), 0);
	egt_eq(eg_yield(), 0);
}

void call_rig_init(struct call_rig *r, const struct blocking_call *c)
{
	*r = (struct call_rig){ .row = c, .fd = { -1, -1 } };
	if (c->set_up)
		c->set_up(r);
}

static void end_helper(struct call_rig *r)
{
	if (!r->helper)
		return;
	eg_cancel(r->helper);
	egt_eq(eg_join(r->helper, NULL, EG_FOREVER), 0);
	r->helper = NULL;
}

void call_rig_done(struct call_rig *r)
{
	eg_hub_stats stats = { .size = sizeof(stats) };

	rig_release(r);
	for (size_t i = 0; i < ARRAY_LEN(r->fd); i++)
		if (r->fd[i] >= 0)
			egt_eq(eg_close(r->fd[i]), 0);
	end_helper(r);
	egt_eq(eg_group_wait(&r->group, EG_FOREVER), 0);
	if (r->row->tear_down)
		r->row->tear_down(r);
	for (int i = 0; i < r->peers; i++)
		egt_eq(close(r->peer[i]), 0);
	egt_eq(eg_hub_get_stats(&stats), 0);
	egt_eq(stats.timers_armed, 0);
	egt_eq(stats.ops_in_flight, 0);
	egt_eq(stats.fibers_alive, 1);
}
