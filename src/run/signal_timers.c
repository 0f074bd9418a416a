/* SPDX-License-Identifier: MIT */
/*
 * Timers that signal one thread. The kernel signals the OS thread, which this
 * resolves to the thread that was meant. All other timers are the kernel's.
 */
#include "run/signal_state.h"

#include "run/user_memory.h"

#include <errno.h>

struct timer {
	struct eg_list link; /* in timers */
	int32_t id;	     /* the kernel's */
	int32_t signal;
	struct eg_run_thread *thread; /* borrowed; NULL: it has ended */
};

static struct eg_list timers;
static struct eg_slab slab;

void eg__run_timers_after_fork(void)
{
	eg_list_init(&timers);
	eg__slab_init(&slab, sizeof(struct timer));
}

static struct timer *find(int id)
{
	struct timer *t;

	eg_list_for_each(it, &timers) {
		t = eg_list_entry(it, struct timer, link);
		if (t->id == id)
			return t;
	}
	return NULL;
}

bool eg__run_timer_find(int id, struct eg_run_thread **ret_thread)
{
	struct timer *t = find(id);

	if (t)
		*ret_thread = t->thread;
	return t != NULL;
}

void eg__run_timers_forget(struct eg_run_thread *thread)
{
	struct timer *t;

	eg_list_for_each(it, &timers) {
		t = eg_list_entry(it, struct timer, link);
		if (t->thread == thread)
			t->thread = NULL;
	}
}

/* What timers use is caught, whoever blocks it and whatever it does. */
static void update_use(void)
{
	uint64_t use = 0;

	eg_list_for_each(it, &timers)
		use |= EG_RUN_BIT(
			eg_list_entry(it, struct timer, link)->signal);
	if (use == eg__run_signals.timers_use)
		return;
	eg__run_signals.timers_use = use;
	eg__run_signals_watch();
}

static int64_t create(int64_t clock, struct sigevent *event, int32_t *user_id,
		      struct eg_run_thread *thread)
{
	struct timer *t = eg__slab_get(&slab);
	int32_t id;
	int64_t r;

	if (!t)
		return -EAGAIN;
	event->_sigev_un._tid = eg__run_worker()->os_thread;
	r = eg__syscall3(SYS_timer_create, clock, event, &id);
	if (r >= 0 && eg__run_copy_out(user_id, &id, sizeof(id)) < 0) {
		eg__syscall1(SYS_timer_delete, id);
		r = -EFAULT;
	}
	if (r < 0) {
		eg__slab_put(&slab, t);
		return r;
	}
	*t = (struct timer){
		.id = id,
		.signal = event->sigev_signo,
		.thread = thread,
	};
	eg_list_push_back(&timers, &t->link);
	update_use();
	return 0;
}

int64_t eg__run_call_timer_create(struct eg_run_call *c)
{
	struct eg_run_thread *thread;
	struct sigevent event;

	if (!c->a[1])
		return eg__run_kernel(c);
	if (eg__run_copy_in(&event, (void *)c->a[1], sizeof(event)) < 0)
		return -EFAULT;
	if (event.sigev_notify != SIGEV_THREAD_ID)
		return eg__run_kernel(c);
	thread = event._sigev_un._tid > 0
			 ? eg__run_thread_find(event._sigev_un._tid)
			 : NULL;
	if (!thread || event.sigev_signo < 1 ||
	    event.sigev_signo > EG_RUN_SIGNALS)
		return -EINVAL;
	return create(c->a[0], &event, (int32_t *)c->a[2], thread);
}

int64_t eg__run_call_timer_delete(struct eg_run_call *c)
{
	int32_t id = (int32_t)c->a[0];
	struct timer *t = find(id);

	/* The layer's own does not exist. */
	if (id == eg__run_worker()->tick_timer)
		return -EINVAL;
	if (t) {
		eg_list_remove(&t->link);
		eg__slab_put(&slab, t);
		update_use();
	}
	return eg__run_kernel(c);
}
