/* SPDX-License-Identifier: MIT */
/*
 * The times of a loop: the clock, loop time, which stands while the loop is
 * suspended, and the wall clock, which jumps. Arms nothing and feeds nothing.
 */
#include "watch/clock.h"

#include "base/clock.h"

#include <evergreen/time.h>

#include <time.h>

enum {
	/* Between two looks at the wall clock that nothing else asks for. */
	LOOK_AGAIN_NS = 500000000,
	/* Slewed by ntpd, it moves a tenth of this from look to look. */
	JUMP_NS = 5000000,
	READ_MAX = 4,
};

int64_t eg__watch_clock_now(struct eg_loop *l)
{
	return l->uses_hub_clock ? eg_now() : eg__poller_now(&l->poller);
}

bool eg__watch_clock_is_virtual(const struct eg_loop *l)
{
	const struct eg_hub *hub = l->uses_hub_clock ? eg__hub() : NULL;
	const struct eg_poller *p = hub ? &hub->loop : &l->poller;

	return p->backend->ops == &eg__sim_ops;
}

void eg__watch_clock_read(struct eg_loop *l)
{
	l->poller.now = eg__watch_clock_now(l);
	if (l->is_suspended)
		return;
	l->now = l->poller.now - l->shift;
	l->realtime = l->now + l->realtime_offset;
}

/* What the wall clock is ahead of the clock. */
static int64_t read_wall_lead(const struct eg_loop *l)
{
	int64_t before, after;
	struct timespec wall;
	int i = 0;

	if (eg__watch_clock_is_virtual(l))
		return EG_WALL_CLOCK_START + l->wall_offset;
	/* A thread that lost the CPU between two clocks would see a jump. */
	do {
		before = eg__clock_now();
		clock_gettime(CLOCK_REALTIME, &wall);
		after = eg__clock_now();
	} while (after - before > JUMP_NS / 2 && ++i < READ_MAX);
	/* The later clock: what is computed from it is never early. */
	return wall.tv_sec * EG_SEC + wall.tv_nsec - after + l->wall_offset;
}

bool eg__watch_realtime_read(struct eg_loop *l, bool force)
{
	int64_t before = l->realtime_offset, moved;

	if (eg_likely(!force && l->now - l->realtime_read < LOOK_AGAIN_NS))
		return false;
	l->realtime_read = l->now;
	l->realtime_offset = read_wall_lead(l) + l->shift;
	l->realtime = l->now + l->realtime_offset;
	moved = l->realtime_offset - before;
	return moved > JUMP_NS || moved < -JUMP_NS;
}

void eg__watch_set_wall_clock(struct eg_loop *l, int64_t ns)
{
	l->wall_offset += ns - (eg__watch_clock_now(l) + read_wall_lead(l));
}

int64_t eg_loop_now(const eg_loop *loop)
{
	return loop ? loop->now : -EINVAL;
}

int64_t eg_loop_realtime(const eg_loop *loop)
{
	return loop ? loop->realtime : -EINVAL;
}

static void follow_wall_clock(struct eg_loop *l)
{
	eg__watch_periodics_reschedule(l);
	eg__watch_kick(l);
}

int eg_loop_update(eg_loop *loop)
{
	int r = loop ? eg__watch_check(loop, "eg_loop_update") : -EINVAL;

	if (r < 0)
		return r;
	eg__watch_clock_read(loop);
	if (eg__watch_realtime_read(loop, false))
		follow_wall_clock(loop);
	return 0;
}

int eg_loop_suspend(eg_loop *loop)
{
	int r = loop ? eg__watch_check(loop, "eg_loop_suspend") : -EINVAL;

	if (r < 0)
		return r;
	if (loop->is_suspended)
		return -EALREADY;
	eg__watch_clock_read(loop);
	loop->suspended_at = loop->poller.now;
	loop->is_suspended = true;
	return 0;
}

int eg_loop_resume(eg_loop *loop)
{
	int r = loop ? eg__watch_check(loop, "eg_loop_resume") : -EINVAL;

	if (r < 0)
		return r;
	if (!loop->is_suspended)
		return -EALREADY;
	/* Timers are armed in loop time, which goes on from where it stood:
	 * all of them are put off by this. */
	eg__watch_clock_read(loop);
	loop->shift += loop->poller.now - loop->suspended_at;
	loop->is_suspended = false;
	eg__watch_clock_read(loop);
	eg__watch_realtime_read(loop, true);
	follow_wall_clock(loop);
	return 0;
}
