/* SPDX-License-Identifier: MIT */
/*
 * The turn of a loop, in libev's order (semantics LV-03), and running it. What
 * the kernel is told is io.c's and the poller's, who is called pending.c's.
 */
#include "watch/watch.h"

#include "base/log.h"
#include "base/sys.h"

#include <evergreen/time.h>

#include <sys/mman.h>

void eg__watch_wake(struct eg_loop *l)
{
	if (__atomic_exchange_n(&l->is_woken, 1, __ATOMIC_SEQ_CST))
		return;
	if (__atomic_load_n(&l->is_sleeping, __ATOMIC_SEQ_CST))
		l->poller.backend->ops->wake(l->poller.backend);
}

/* Forks */

enum { MARK_BYTES = 4096 };

int eg__watch_fork_mark_open(struct eg_loop *l)
{
	char *mark = mmap(NULL, MARK_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mark == MAP_FAILED)
		return -ENOMEM;
	/* A child finds zeros. */
	if (madvise(mark, MARK_BYTES, MADV_WIPEONFORK)) {
		munmap(mark, MARK_BYTES);
		return -ENOSYS;
	}
	*mark = 1;
	l->fork_mark = mark;
	return 0;
}

void eg__watch_fork_mark_close(struct eg_loop *l)
{
	if (l->fork_mark)
		munmap(l->fork_mark, MARK_BYTES);
	l->fork_mark = NULL;
}

int eg_loop_after_fork(eg_loop *loop)
{
	int r = loop ? eg__watch_check(loop, "eg_loop_after_fork") : -EINVAL;

	if (r == 0)
		loop->is_forked = true;
	return r;
}

static void invoke(struct eg_loop *l)
{
	if (!l->pending_mask)
		return;
	if (eg_unlikely(l->hooks.invoke))
		l->hooks.invoke(l);
	else
		eg__watch_invoke_pending(l);
}

static int take_over_after_fork(struct eg_loop *l)
{
	int r = eg__poller_renew_wants(&l->poller);

	if (r < 0)
		return r;
	l->is_forked = false;
	if (l->issuer)
		l->issuer = eg__watch_this_thread();
	if (l->fork_mark)
		*l->fork_mark = 1;
	eg__watch_signal_after_fork(l);
	eg__watch_child_after_fork(l);
	eg__watch_stat_after_fork(l);
	eg__watch_periodic_after_fork(l);
	eg__watch_feed_list(l, &l->forks, EG_FORK);
	invoke(l);
	return 0;
}

/* The turn */

/* Loop time at which there is something to do; EG_NOW: at once. */
int64_t eg__watch_deadline(struct eg_loop *l)
{
	int64_t at = INT64_MAX, periodic;

	if (l->pending_mask || l->idle_count || !eg_list_is_empty(&l->always))
		return EG_NOW;
	if (l->poller.timers.count)
		at = eg__timers_next(&l->poller.timers);
	if (l->periodics.count) {
		periodic = eg__timers_next(&l->periodics);
		if (periodic != INT64_MAX)
			at = eg_min64(at, periodic - l->realtime_offset);
	}
	if (l->collect_timers && at != INT64_MAX &&
	    at < l->now + l->collect_timers)
		at = l->now + l->collect_timers;
	return at;
}

/* Lets more input gather, as long as no timer is kept waiting. */
static void collect_io(struct eg_loop *l, int64_t deadline)
{
	int64_t pause = eg_min64(l->collect_io, deadline - l->now);
	struct timespec ts = { .tv_sec = pause / EG_SEC,
			       .tv_nsec = pause % EG_SEC };

	if (pause > 0 && !l->runner)
		eg__sys_poll(NULL, 0, &ts);
}

static int sleep_until(struct eg_loop *l, int64_t deadline)
{
	struct eg_backend *b = l->poller.backend;
	int r = 0;

	if (deadline != INT64_MAX)
		deadline += l->shift;
	if (eg_unlikely(l->hooks.release)) {
		l->hooks.release(l);
		l->is_released = true;
	}
	if (eg_unlikely(l->runner)) {
		r = eg__watch_sleep_in_fiber(l, deadline);
		deadline = EG_NOW;
	}
	if (r == 0)
		r = b->ops->wait(b, deadline);
	eg__watch_acquire(l);
	return r;
}

/* The wait of a turn that has something to do. */
static int look(struct eg_loop *l, bool may_sleep)
{
	struct eg_backend *b = l->poller.backend;
	int r = 0;

	/* Else a loop that is never idle would be all that its thread does. */
	if (eg_unlikely(l->runner) && may_sleep)
		r = eg__watch_give_way_in_fiber(l);
	return r < 0 ? r : b->ops->wait(b, EG_NOW);
}

/* The wait, with or without sleep; feeds what it brings. */
static int wait_for_events(struct eg_loop *l, bool may_sleep)
{
	int64_t deadline = EG_NOW;
	int r;

	/* A hub's own goes on for watchers that do not keep it, too. */
	if (may_sleep && (eg__watch_is_kept(l) || l->hub))
		deadline = eg__watch_deadline(l);
	if (deadline > l->now) {
		if (eg_unlikely(l->collect_io))
			collect_io(l, deadline);
		__atomic_store_n(&l->is_sleeping, 1, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&l->is_woken, __ATOMIC_SEQ_CST))
			r = look(l, may_sleep);
		else
			r = sleep_until(l, deadline);
	} else {
		r = look(l, may_sleep);
	}
	__atomic_store_n(&l->is_sleeping, 0, __ATOMIC_RELEASE);
	return r;
}

/* What the wait did not feed, in an order that, last queued first, has libev's
 * order of callbacks. */
static void feed_rest(struct eg_loop *l)
{
	if (!eg_list_is_empty(&l->always))
		eg__watch_io_feed_always(l);
	if (__atomic_load_n(&l->is_woken, __ATOMIC_RELAXED)) {
		__atomic_exchange_n(&l->is_woken, 0, __ATOMIC_SEQ_CST);
		eg__watch_signals_feed(l);
		eg__watch_asyncs_feed(l);
	}
	eg__watch_timers_feed(l);
	if (l->periodics.count)
		eg__watch_periodics_feed(l);
	if (l->idle_count)
		eg__watch_idles_feed(l);
	if (l->checks.first)
		eg__watch_feed_list(l, &l->checks, EG_CHECK);
}

int eg__watch_turn(struct eg_loop *l, bool may_sleep)
{
	int r;

	if (eg_unlikely(l->fork_mark && !*l->fork_mark))
		l->is_forked = true;
	if (eg_unlikely(l->is_forked)) {
		r = take_over_after_fork(l);
		if (r < 0)
			return r;
	}
	if (l->prepares.first && !l->is_freed) {
		eg__watch_feed_list(l, &l->prepares, EG_PREPARE);
		invoke(l);
	}
	if (l->is_freed || l->break_how)
		return 0;
	if (eg_unlikely(l->embeds.first))
		eg__watch_embeds_prepare(l);
	eg__watch_io_reify(l);
	l->turns++;
	r = wait_for_events(l, may_sleep);
	eg__watch_clock_read(l);
	if (eg_unlikely(eg__watch_realtime_read(l, false)))
		eg__watch_periodics_reschedule(l);
	feed_rest(l);
	invoke(l);
	return r;
}

static int run(struct eg_loop *l, int mode)
{
	int r = 0;

	l->depth++;
	l->break_how = EG_BREAK_CANCEL;
	/* What was fed before comes before what this run finds. */
	invoke(l);
	if (!l->is_freed)
		do
			r = eg__watch_turn(l, mode != EG_RUN_NOWAIT);
		while (r == 0 && mode == EG_RUN_DEFAULT && !l->is_freed &&
		       !l->break_how && eg__watch_is_kept(l));
	l->depth--;
	if (l->break_how == EG_BREAK_ONE)
		l->break_how = EG_BREAK_CANCEL;
	return r;
}

/* The kernel has been promised that there is one: it is faster so. */
static EG_COLD int refuse_issuer(void)
{
	eg__log(EG_LOG_ERROR, "eg_loop_run: a loop on io_uring is run by the "
			      "thread that made it");
	return -EPERM;
}

/* Whether the wait would stop more than whoever calls. */
static int check_place(const struct eg_loop *l, const struct eg_fiber *self,
		       int mode)
{
	const struct eg_fiber *runner = l->runner;

	if (l->issuer && l->issuer != eg__watch_this_thread() && !l->is_forked)
		return refuse_issuer();
	/* Another fiber runs it, or the hub does. In a callback of the runner's
	 * nobody is the running fiber. */
	if (runner && (self || runner->state != EG_FIBER_RUNNING))
		return -EBUSY;
	if (self && l->hub)
		return -EBUSY;
	if (!self && !runner && mode != EG_RUN_NOWAIT && eg__hub())
		return eg__refuse_blocking("eg_loop_run");
	return 0;
}

static void set_owner(struct eg_loop *l, const void *owner)
{
	__atomic_store_n(&l->owner, owner, __ATOMIC_RELAXED);
}

int eg_loop_run(eg_loop *loop, int mode)
{
	struct eg_fiber *self = eg__current();
	struct eg_fiber *runner;
	const void *owner;
	int r;

	if (!loop || mode < EG_RUN_DEFAULT || mode > EG_RUN_ONCE)
		return -EINVAL;
	r = eg__watch_check(loop, "eg_loop_run");
	if (r < 0)
		return r;
	r = check_place(loop, self, mode);
	if (r < 0)
		return r;
	owner = loop->owner;
	runner = loop->runner;
	set_owner(loop, eg__watch_this_thread());
	if (self)
		loop->runner = self;
	r = run(loop, mode);
	set_owner(loop, owner);
	loop->runner = runner;
	if (loop->is_freed) {
		eg__watch_loop_leave(loop);
		return 0;
	}
	return r < 0 ? r : eg__watch_is_kept(loop);
}

int eg_loop_break(eg_loop *loop, int how)
{
	int r;

	if (!loop || how < EG_BREAK_CANCEL || how > EG_BREAK_ALL)
		return -EINVAL;
	r = eg__watch_check(loop, "eg_loop_break");
	if (r < 0)
		return r;
	if (loop->depth) {
		loop->break_how = (uint8_t)how;
		eg__watch_kick(loop);
	}
	return 0;
}
