/* SPDX-License-Identifier: MIT */
/*
 * Locking, waiting and waking between threads. Knows no object.
 */
#include "sync/shared.h"

#include "base/check.h"
#include "base/sys.h"

enum {
	SPINS = 64, /* a holder that runs is done by then */
	NS_PER_SEC = 1000000000,
};

/* A thread's futex. */
enum { WAITING, SLEEPING, WOKEN };

void eg__shared_lock_slowly(struct eg__shared *s)
{
	for (int i = 0; i < SPINS; i++) {
		uint32_t state = EG_SHARED_FREE;

		if (__atomic_load_n(&s->lock, __ATOMIC_RELAXED) == state &&
		    __atomic_compare_exchange_n(
			    &s->lock, &state, EG_SHARED_HELD, false,
			    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return;
		eg__cpu_relax();
	}
	/* Others may sleep too, so whoever has slept leaves it contended. */
	while (__atomic_exchange_n(&s->lock, EG_SHARED_CONTENDED,
				   __ATOMIC_ACQUIRE) != EG_SHARED_FREE)
		eg__sys_futex_wait(&s->lock, EG_SHARED_CONTENDED, NULL);
}

/* It is free already, so the object may be gone: the address is enough. */
void eg__shared_unlock_slowly(struct eg__shared *s)
{
	eg__sys_futex_wake(&s->lock, 1);
}

int eg__shared_take_all(struct eg_list *line, struct eg_list *taken, int result)
{
	struct eg__shared_waiter *w;
	int n = 0;

	for (; (w = eg__shared_take_first(line, result)); n++)
		eg_list_push_back(taken, &w->link);
	return n;
}

/* On the hub of the fiber, or by a fiber or callback of it. */
static void task_wake(eg_task *task, void *arg)
{
	struct eg__shared_waiter *w = arg;

	(void)task;
	eg__unpark(w->fiber, w->result);
}

void eg__shared_wake(struct eg__shared_waiter *w)
{
	struct eg_hub *hub = w->hub;

	if (!hub) {
		/* With WOKEN it may go on, so that its stack may be gone when
		 * the kernel is asked: that only looks at the address. */
		if (__atomic_exchange_n(&w->word, WOKEN, __ATOMIC_ACQ_REL) ==
		    SLEEPING)
			eg__sys_futex_wake(&w->word, 1);
		return;
	}
	if (hub == eg__hub())
		w->task.fn(&w->task, w->task.arg);
	else
		/* A hub does not end while a fiber of it waits. */
		EG_CHECK(eg_hub_post(hub, &w->task) == 0);
}

void eg__shared_wake_all(struct eg_list *taken)
{
	struct eg_list *link;

	while ((link = eg_list_pop_front(taken)))
		eg__shared_wake(
			eg_list_entry(link, struct eg__shared_waiter, link));
}

bool eg__shared_leave(struct eg__shared_waiter *w)
{
	struct eg__shared *s = w->object;
	bool is_left;

	eg__shared_lock(s);
	is_left = !w->is_taken;
	/* Who found that it was served elsewhere has removed it. */
	if (is_left && eg_list_is_linked(&w->link)) {
		eg_list_remove(&w->link);
		if (w->kind->left)
			w->kind->left(s);
	}
	eg__shared_unlock(s);
	return is_left;
}

void eg__shared_abort(struct eg_waiter *w, int reason)
{
	if (eg__shared_leave(w->value))
		eg__unpark(w, reason);
}

static int sleep_until(struct eg__shared_waiter *w, int64_t deadline)
{
	struct timespec at = {
		.tv_sec = deadline / NS_PER_SEC,
		.tv_nsec = deadline % NS_PER_SEC,
	};

	return eg__sys_futex_wait(&w->word, SLEEPING,
				  deadline == EG_FOREVER ? NULL : &at);
}

static int wait_as_thread(struct eg__shared_waiter *w, int64_t deadline)
{
	uint32_t state = WAITING;

	/* Said first, so that who wakes it knows that the kernel must. */
	if (!__atomic_compare_exchange_n(&w->word, &state, SLEEPING, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
		return w->result;
	while (__atomic_load_n(&w->word, __ATOMIC_ACQUIRE) != WOKEN) {
		if (sleep_until(w, deadline) != -ETIMEDOUT)
			continue;
		if (eg__shared_leave(w))
			return -ETIMEDOUT;
		deadline = EG_FOREVER;
	}
	return w->result;
}

static int wait_as_fiber(struct eg__shared_waiter *w, struct eg_fiber *self,
			 int64_t deadline)
{
	struct eg__shared *s = w->object;
	struct eg_hub *hub = self->hub;
	int r;

	w->hub = hub;
	w->fiber = eg__waiter(self, &w->kind->wait, s);
	w->fiber->value = w;
	w->task = (eg_task){ .fn = task_wake, .arg = w };
	/* A reference means: somebody outside can still wake this hub. */
	eg_hub_ref(hub);
	eg__shared_unlock(s);
	r = eg__park(self, deadline);
	eg__hub_unref_awake(hub);
	return r;
}

int eg__shared_wait(struct eg__shared *s, struct eg_list *line,
		    const struct eg__shared_kind *kind, void *value,
		    int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	struct eg__shared_waiter w;

	/* Field by field: what only a fiber needs, it sets. */
	w.object = s;
	w.kind = kind;
	w.hub = NULL;
	w.winner = NULL;
	w.value = value;
	w.is_taken = false;
	w.word = WAITING;
	eg__shared_push(line, &w);
	if (self)
		return wait_as_fiber(&w, self, deadline);
	eg__shared_unlock(s);
	return wait_as_thread(&w, deadline);
}
