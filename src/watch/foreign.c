/* SPDX-License-Identifier: MIT */
/*
 * A loop that another loop drives: a descriptor to poll, and the time until
 * which it may. The turn itself is eg_loop_run()'s.
 */
#include "watch/watch.h"

#include <evergreen/time.h>

int eg_loop_fd(eg_loop *loop)
{
	int r;

	if (!loop)
		return -EINVAL;
	r = loop->poller.backend->ops->pollable_fd(loop->poller.backend);
	return r == -ENOSYS ? -ENOTSUP : r;
}

/* In the time of whoever asks: a loop that was made outside of this hub has
 * another clock. */
static int64_t to_callers_clock(struct eg_loop *l, int64_t at)
{
	int64_t left;

	if (at == EG_NOW || at == INT64_MAX)
		return at;
	left = at - (eg__watch_clock_now(l) - l->shift);
	return left <= 0 ? EG_NOW : eg_after(left);
}

int eg_loop_prepare(eg_loop *loop, int64_t *ret_deadline)
{
	int64_t at;
	int r;

	if (!loop || !ret_deadline)
		return -EINVAL;
	r = eg__watch_check(loop, "eg_loop_prepare");
	if (r < 0)
		return r;
	if (eg_unlikely(loop->embeds.first))
		eg__watch_embeds_prepare(loop);
	/* May feed those whose descriptor is none. */
	eg__watch_io_reify(loop);
	/* From here on who wakes the loop makes its descriptor readable; who
	 * did so before has left a mark. */
	__atomic_store_n(&loop->is_sleeping, 1, __ATOMIC_SEQ_CST);
	at = eg__watch_deadline(loop);
	if (loop->is_forked ||
	    __atomic_load_n(&loop->is_woken, __ATOMIC_SEQ_CST))
		at = EG_NOW;
	*ret_deadline = to_callers_clock(loop, at);
	return 0;
}
