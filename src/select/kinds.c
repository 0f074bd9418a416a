/* SPDX-License-Identifier: MIT */
/*
 * The kinds of cases: how each is tried, stood in line for, and left. Objects
 * of sync have lines of their own, some of them shared by threads; a descriptor
 * has a helper fiber wait, so that closing, queueing and refusing are what they
 * are for any reader.
 */
#include "base/sys.h"
#include "core/cancel.h"
#include "select/select.h"
#include "sync/line_up.h"

#include <evergreen/io.h>
#include <evergreen/shared.h>
#include <evergreen/spawn.h>

#include <poll.h>

/* Each call as it is, but without waiting. */

static int try_recv(eg_case *c)
{
	return eg_chan_recv(c->object, c->value, EG_NOW);
}

static int try_send(eg_case *c)
{
	return eg_chan_send(c->object, c->value, EG_NOW);
}

static int try_get(eg_case *c)
{
	return eg_queue_get(c->object, c->value, EG_NOW);
}

static int try_put(eg_case *c)
{
	return eg_queue_put(c->object, c->value, EG_NOW);
}

static int try_event(eg_case *c)
{
	return eg_event_wait(c->object, EG_NOW);
}

static int try_result(eg_case *c)
{
	return eg_result_get(c->object, c->value, EG_NOW);
}

static int try_sem(eg_case *c)
{
	return eg_sem_wait(c->object, EG_NOW);
}

static int try_sem_peek(eg_case *c)
{
	return eg_sem_peek(c->object, EG_NOW);
}

static int try_shared_event(eg_case *c)
{
	return eg_shared_event_wait(c->object, EG_NOW);
}

static int try_shared_sem(eg_case *c)
{
	return eg_shared_sem_wait(c->object, EG_NOW);
}

static int try_shared_sem_peek(eg_case *c)
{
	return eg_shared_sem_peek(c->object, EG_NOW);
}

static int try_shared_get(eg_case *c)
{
	return eg_shared_queue_get(c->object, c->value, EG_NOW);
}

static int try_shared_put(eg_case *c)
{
	return eg_shared_queue_put(c->object, c->value, EG_NOW);
}

static int try_shared_recv(eg_case *c)
{
	return eg_shared_chan_recv(c->object, c->value, EG_NOW);
}

static int try_shared_send(eg_case *c)
{
	return eg_shared_chan_send(c->object, c->value, EG_NOW);
}

static int try_fiber(eg_case *c)
{
	return eg_get(c->object, c->value, EG_NOW);
}

static int try_fd(eg_case *c)
{
	return eg_wait_fd((int)c->number, c->events, EG_NOW);
}

static int try_process(eg_case *c)
{
	static const struct timespec no_time;
	struct pollfd process = { .events = POLLIN };
	int r;

	process.fd = eg__sys_pidfd_open((int)c->number, 0);
	if (process.fd < 0)
		return process.fd;
	r = eg__sys_poll(&process, 1, &no_time);
	eg__sys_close(process.fd);
	if (r == 0)
		return -ETIMEDOUT;
	return r < 0 ? r : 0;
}

static int try_time(eg_case *c)
{
	return c->number <= eg_now() ? 0 : -ETIMEDOUT;
}

static int never(eg_case *c)
{
	(void)c;
	return -ETIMEDOUT;
}

/* Standing in line otherwise than at an object of sync. */

static void timer_fired(struct eg__timer *timer)
{
	struct case_wait *w = eg_container_of(timer, struct case_wait, timer);

	eg__case_done(case_of(w), 0);
}

static int line_up_time(struct case_set *s, eg_case *c)
{
	struct case_wait *w = case_wait_of(c);

	if (c->number == EG_FOREVER)
		return 0;
	w->timer.fire = timer_fired;
	w->timer.deadline = c->number;
	eg__timer_arm(&s->owner->hub->loop.timers, &w->timer);
	return 0;
}

static void fiber_ended(struct eg_fiber_end *end, struct eg_fiber *f)
{
	eg_case *c = case_of(eg_container_of(end, struct case_wait, end));

	(void)f;
	if (eg__case_wins(c))
		eg__case_came(c, try_fiber(c));
}

static int line_up_fiber(struct case_set *s, eg_case *c)
{
	struct case_wait *w = case_wait_of(c);

	(void)s;
	w->end.fn = fiber_ended;
	eg__fiber_at_end(c->object, &w->end);
	return 0;
}

static void *wait_fd(void *arg)
{
	eg_case *c = arg;
	int r = eg_wait_fd((int)c->number, c->events, EG_FOREVER);

	if (!eg_cancelled())
		eg__case_done(c, r);
	return NULL;
}

static void *wait_process(void *arg)
{
	eg_case *c = arg;
	int fd = eg__sys_pidfd_open((int)c->number, 0);
	int r = fd < 0 ? fd : eg_wait_fd(fd, POLLIN, EG_FOREVER);

	if (fd >= 0)
		eg_close(fd);
	if (!eg_cancelled())
		eg__case_done(c, r < 0 ? r : 0);
	return NULL;
}

static void helper_ended(struct eg_fiber_end *end, struct eg_fiber *f)
{
	struct case_wait *w = eg_container_of(end, struct case_wait, end);

	(void)f;
	w->helper = NULL;
	eg__case_helper_ended(w->set);
}

static int line_up_helper(struct case_set *s, eg_case *c)
{
	struct case_wait *w = case_wait_of(c);
	eg_spawn_options options = EG_SPAWN_INIT;
	int r;

	options.name = "select";
	r = eg_spawn_with(&w->helper,
			  c->kind == EG_CASE_FD ? wait_fd : wait_process, c,
			  &options);
	if (r < 0)
		return r;
	w->end.fn = helper_ended;
	eg__fiber_at_end(w->helper, &w->end);
	eg__fiber_unref(w->helper);
	s->helpers++;
	return 0;
}

/* Either a line of sync, one that threads share, a function, or nothing leads to
 * it. */
static const struct {
	int (*attempt)(eg_case *c);
	eg_line_up *line_up;
	int (*begin)(struct case_set *s, eg_case *c);
	const struct eg__shared_place *place;
} kinds[EG_CASE_KINDS] = {
	[EG_CASE_NONE] = { never, NULL, NULL, NULL },
	[EG_CASE_RECV] = { try_recv, eg__chan_line_up_recv, NULL, NULL },
	[EG_CASE_SEND] = { try_send, eg__chan_line_up_send, NULL, NULL },
	[EG_CASE_GET] = { try_get, eg__queue_line_up_get, NULL, NULL },
	[EG_CASE_PUT] = { try_put, eg__queue_line_up_put, NULL, NULL },
	[EG_CASE_EVENT] = { try_event, eg__event_line_up, NULL, NULL },
	[EG_CASE_RESULT] = { try_result, eg__result_line_up, NULL, NULL },
	[EG_CASE_SEM] = { try_sem, eg__sem_line_up, NULL, NULL },
	[EG_CASE_SEM_PEEK] = { try_sem_peek, eg__sem_line_up_peek, NULL, NULL },
	[EG_CASE_FIBER] = { try_fiber, NULL, line_up_fiber, NULL },
	[EG_CASE_FD] = { try_fd, NULL, line_up_helper, NULL },
	[EG_CASE_PROCESS] = { try_process, NULL, line_up_helper, NULL },
	[EG_CASE_TIME] = { try_time, NULL, line_up_time, NULL },
	[EG_CASE_SHARED_EVENT] = { try_shared_event, NULL, NULL,
				   &eg__shared_event_place },
	[EG_CASE_SHARED_SEM] = { try_shared_sem, NULL, NULL,
				 &eg__shared_sem_place },
	[EG_CASE_SHARED_SEM_PEEK] = { try_shared_sem_peek, NULL, NULL,
				      &eg__shared_sem_peek_place },
	[EG_CASE_SHARED_GET] = { try_shared_get, NULL, NULL,
				 &eg__shared_values_get_place },
	[EG_CASE_SHARED_PUT] = { try_shared_put, NULL, NULL,
				 &eg__shared_values_put_place },
	[EG_CASE_SHARED_RECV] = { try_shared_recv, NULL, NULL,
				  &eg__shared_values_get_place },
	[EG_CASE_SHARED_SEND] = { try_shared_send, NULL, NULL,
				  &eg__shared_values_put_place },
};

bool eg__case_is_known(const eg_case *c)
{
	return c->kind < EG_CASE_KINDS;
}

const struct eg__shared_place *eg__case_place(const eg_case *c)
{
	return kinds[c->kind].place;
}

/* What has been sent or has ended may itself say -ETIMEDOUT. */
static bool must_wait(const eg_case *c, int r)
{
	if (r != -ETIMEDOUT)
		return false;
	if (c->kind == EG_CASE_RESULT)
		return !eg_result_is_set(c->object);
	if (c->kind == EG_CASE_FIBER)
		return !eg_fiber_is_done(c->object);
	return true;
}

bool eg__case_try(eg_case *c, struct eg_fiber *self)
{
	int r;

	/* That @self is cancelled is the wait's to say, and no case's result. */
	self->shields++;
	r = kinds[c->kind].attempt(c);
	self->shields--;
	if (must_wait(c, r))
		return false;
	c->result = r;
	return true;
}

static void proxy_fired(struct eg_proxy *p, int result)
{
	struct case_wait *w = eg_container_of(p, struct case_wait, proxy);

	eg__case_done(case_of(w), result);
}

int eg__case_line_up(struct case_set *s, eg_case *c)
{
	struct case_wait *w = case_wait_of(c);

	w->proxy.fire = proxy_fired;
	w->proxy.winner = s->is_first_only && s->shared ? &s->winner : NULL;
	if (kinds[c->kind].line_up)
		kinds[c->kind].line_up(c->object, c->value, &w->proxy,
				       s->owner->hub);
	else if (kinds[c->kind].begin)
		return kinds[c->kind].begin(s, c);
	return 0;
}

void eg__case_leave(eg_case *c)
{
	struct case_wait *w = case_wait_of(c);

	if (eg__case_place(c)) {
		eg__case_leave_shared(c);
		return;
	}
	if (eg_list_is_linked(&w->proxy.wait.link))
		eg__waiter_unlink(&w->proxy.wait);
	if (eg__timer_is_armed(&w->timer))
		eg__timer_stop(&w->set->owner->hub->loop.timers, &w->timer);
	if (w->helper)
		eg__cancel(w->helper);
	else if (eg_list_is_linked(&w->end.link))
		eg_list_remove(&w->end.link);
}
