/* SPDX-License-Identifier: MIT */
/*
 * Signals that have come and are not delivered yet: noted in a hurry, queued
 * for the process or for one thread, and who has to see to them. Runs no
 * handler.
 */
#include "run/signal_state.h"

#include "base/mem.h"
#include "run/schedule.h"

#include <errno.h>

enum { CODE_SECCOMP = 1 }; /* SYS_SECCOMP */

/* Delivered before all others. */
#define SYNCHRONOUS                                                      \
	(EG_RUN_BIT(SIGSEGV) | EG_RUN_BIT(SIGBUS) | EG_RUN_BIT(SIGILL) | \
	 EG_RUN_BIT(SIGTRAP) | EG_RUN_BIT(SIGFPE) | EG_RUN_BIT(SIGSYS))

/* From a handler that interrupted the layer to the layer. */
struct eg_run_notes {
	uint32_t written; /* ever; by handlers */
	uint32_t read;	  /* ever; by the layer */
	uint64_t noted;	  /* of those not read: the kernel holds the rest */
	uint32_t is_posted;
	eg_task task;
	struct note {
		siginfo_t info;
		int32_t tid; /* of the thread that ran, or -1 */
	} ring[EG_RUN_NOTES];
};

uint64_t eg__run_signals_pending;

/* Queues: a set, and its signals in the order of arrival. */

/* A timer that fires again is not a second signal: it says how often. */
static bool is_overrun(struct eg_list *queue, const siginfo_t *info)
{
	struct eg_run_signal_info *q;

	if (info->si_code != SI_TIMER)
		return false;
	eg_list_for_each(it, queue) {
		q = eg_list_entry(it, struct eg_run_signal_info, link);
		if (q->info.si_code == SI_TIMER &&
		    q->info.si_timerid == info->si_timerid) {
			q->info.si_overrun += 1 + info->si_overrun;
			return true;
		}
	}
	return false;
}

static int enqueue(uint64_t *set, struct eg_list *queue, const siginfo_t *info)
{
	uint64_t bit = EG_RUN_BIT(info->si_signo);
	struct eg_run_signal_info *q;

	if (*set & bit &&
	    (info->si_signo < EG_RUN_SIGNAL_RT_MIN || is_overrun(queue, info)))
		return 0;
	*set |= bit;
	q = eg__slab_get(&eg__run_signals.infos);
	if (!q)
		return -EAGAIN;
	q->info = *info;
	eg_list_push_back(queue, &q->link);
	return 0;
}

static void drop(struct eg_run_signal_info *q)
{
	eg_list_remove(&q->link);
	eg__slab_put(&eg__run_signals.infos, q);
}

static int dequeue(uint64_t *set, struct eg_list *queue, uint64_t wanted,
		   siginfo_t *ret)
{
	struct eg_run_signal_info *q, *first = NULL;
	bool is_last = true;
	int signal;

	wanted &= *set;
	if (!wanted)
		return 0;
	if (wanted & SYNCHRONOUS)
		wanted &= SYNCHRONOUS;
	signal = __builtin_ctzll(wanted) + 1;
	eg_list_for_each(it, queue) {
		q = eg_list_entry(it, struct eg_run_signal_info, link);
		if (q->info.si_signo != signal)
			continue;
		if (first)
			is_last = false;
		else
			first = q;
	}
	if (is_last)
		*set &= ~EG_RUN_BIT(signal);
	if (first) {
		*ret = first->info;
		drop(first);
		return signal;
	}
	/* There was no memory for what came with it. */
	eg__memset(ret, 0, sizeof(*ret));
	ret->si_signo = signal;
	return signal;
}

static void flush(uint64_t *set, struct eg_list *queue, uint64_t bits)
{
	struct eg_run_signal_info *q;

	if (!(*set & bits))
		return;
	*set &= ~bits;
	eg_list_for_each(it, queue) {
		q = eg_list_entry(it, struct eg_run_signal_info, link);
		if (EG_RUN_BIT(q->info.si_signo) & bits)
			drop(q);
	}
}

/* Of the process. */
static int dequeue_shared(uint64_t wanted, siginfo_t *ret)
{
	int signal = dequeue(&eg__run_signals_pending, &eg__run_signals.pending,
			     wanted, ret);

	eg__run_signals.held &= eg__run_signals_pending;
	return signal;
}

/* Who gets it */

static bool is_main_open(int signal)
{
	const struct eg_run_thread *t = eg__run.main_thread;

	return t && !(t->mask & EG_RUN_BIT(signal));
}

uint64_t eg__run_signals_due(const struct eg_run_thread *t)
{
	uint64_t shared = eg__run_signals_pending;

	/* The main thread has what it does not block, as in the kernel. */
	if (t != eg__run.main_thread && eg__run.main_thread)
		shared &= eg__run.main_thread->mask;
	return (t->pending | shared) & ~t->mask;
}

bool eg__run_signals_deliverable(const struct eg_run_thread *t)
{
	return eg__run_signals_are_pending(t) && eg__run_signals_due(t);
}

static struct eg_run_thread *running(void)
{
	return eg__worker()->current ? eg__run_self() : NULL;
}

static struct eg_run_thread *choose(int signal)
{
	uint64_t bit = EG_RUN_BIT(signal);
	struct eg_run_thread *t = running();

	if (is_main_open(signal))
		return eg__run.main_thread;
	if (eg__run_mask_closed() & bit)
		return NULL;
	if (t && !(t->mask & bit))
		return t;
	eg_list_for_each(it, &eg__run.threads) {
		t = eg_list_entry(it, struct eg_run_thread, link);
		if (!(t->mask & bit))
			return t;
	}
	return NULL;
}

/* @t has something to deliver: it will as soon as it runs. */
static void nudge(struct eg_run_thread *t)
{
	if (t == running())
		eg__run_worker()->attention = 1;
	else
		eg__run_interrupt(t);
}

static void hand_over(struct eg_run_signal_wait *w)
{
	EG_CHECK(eg_list_is_linked(&w->link));
	eg_list_remove(&w->link);
	if (w->thread->fiber.state == EG_FIBER_PARKED)
		eg__run_wake(w->thread, 0);
}

/* The first that waits for @signal, @t alone if not NULL. */
static struct eg_run_signal_wait *find_wait(int signal,
					    const struct eg_run_thread *t)
{
	struct eg_run_signal_wait *w;

	eg_list_for_each(it, &eg__run_signals.waits) {
		w = eg_list_entry(it, struct eg_run_signal_wait, link);
		if (w->set & EG_RUN_BIT(signal) && (!t || w->thread == t))
			return w;
	}
	return NULL;
}

int eg__run_signal_give(struct eg_run_thread *t, const siginfo_t *info)
{
	int signal = info->si_signo;
	bool is_blocked = t->mask & EG_RUN_BIT(signal);
	struct eg_run_signal_wait *w = find_wait(signal, t);
	int r;

	if (w) {
		w->signal = signal;
		w->info = *info;
		hand_over(w);
		return 0;
	}
	if (!is_blocked && eg__run_action_is_ignored(signal))
		return 0;
	r = enqueue(&t->pending, &t->signals, info);
	if (!is_blocked)
		nudge(t);
	return r;
}

/* What the kernel does to a thread because of its system call: a write that
 * nobody reads, which looks as if sent by itself, or a call that a filter of
 * the program caught. */
static bool is_by_call(const siginfo_t *info)
{
	if (info->si_signo == SIGSYS)
		return info->si_code == CODE_SECCOMP;
	return EG_RUN_BY_FAILURE & EG_RUN_BIT(info->si_signo) &&
	       info->si_code == SI_USER && info->si_pid == eg__run.process_id;
}

void eg__run_signal_arrived(const siginfo_t *info,
			    struct eg_run_thread *running_then)
{
	struct eg_run_thread *t = NULL;

	if (running_then && is_by_call(info)) {
		eg__run_signal_give(running_then, info);
		return;
	}
	if (info->si_code == SI_TIMER &&
	    eg__run_timer_find(info->si_timerid, &t)) {
		if (t)
			eg__run_signal_give(t, info);
		return;
	}
	/* Only the main thread's id is known outside. */
	if (info->si_code == SI_TKILL && eg__run.main_thread) {
		eg__run_signal_give(eg__run.main_thread, info);
		return;
	}
	enqueue(&eg__run_signals_pending, &eg__run_signals.pending, info);
	/* What waits for the process stays held until it is taken. */
	eg__run_signals.held |= EG_RUN_BIT(info->si_signo);
}

static void see_to(int signal)
{
	uint64_t bit = EG_RUN_BIT(signal);
	struct eg_run_signal_wait *w;
	struct eg_run_thread *t;

	while (eg__run_signals_pending & bit &&
	       (w = find_wait(signal, NULL)) != NULL) {
		w->signal = dequeue_shared(bit, &w->info);
		hand_over(w);
	}
	if (!(eg__run_signals_pending & bit))
		return;
	t = choose(signal);
	if (!t)
		return;
	if (eg__run_action_is_ignored(signal))
		eg__run_signal_flush(signal);
	else
		nudge(t);
}

/* What queues comes one at a time, between signals with higher numbers that
 * were sent later: all of it is fetched before any is delivered. */
static void fetch_rest(int signal)
{
	static const struct timespec at_once;
	uint64_t set = EG_RUN_BIT(signal);
	siginfo_t info = { .si_signo = signal };

	while (eg__syscall4(SYS_rt_sigtimedwait, &set, &info, &at_once,
			    EG_RUN_SIGSET_BYTES) > 0)
		eg__run_signal_arrived(&info, NULL);
}

static void read_notes(void)
{
	struct eg_run_notes *n = eg__run_worker()->notes;
	struct note note;
	int signal;

	while (n->read != __atomic_load_n(&n->written, __ATOMIC_ACQUIRE)) {
		note = n->ring[n->read % EG_RUN_NOTES];
		signal = note.info.si_signo;
		__atomic_store_n(&n->read, n->read + 1, __ATOMIC_RELEASE);
		eg__run_signal_arrived(
			&note.info,
			note.tid < 0 ? NULL : eg__run_thread_find(note.tid));
		if (signal >= EG_RUN_SIGNAL_RT_MIN)
			fetch_rest(signal);
		__atomic_fetch_and(&n->noted, ~EG_RUN_BIT(signal),
				   __ATOMIC_RELAXED);
	}
}

void eg__run_signals_dispatch(void)
{
	uint64_t bits;

	read_notes();
	for (bits = eg__run_signals_pending; bits; bits &= bits - 1)
		see_to(__builtin_ctzll(bits) + 1);
}

int eg__run_signal_take(struct eg_run_thread *t, uint64_t set,
			siginfo_t *ret_info)
{
	int signal = dequeue(&t->pending, &t->signals, set, ret_info);

	return signal ? signal : dequeue_shared(set, ret_info);
}

void eg__run_signal_flush(int signal)
{
	uint64_t bit = EG_RUN_BIT(signal);
	struct eg_run_thread *t;

	read_notes();
	flush(&eg__run_signals_pending, &eg__run_signals.pending, bit);
	eg__run_signals.held &= ~bit;
	eg_list_for_each(it, &eg__run.threads) {
		t = eg_list_entry(it, struct eg_run_thread, link);
		flush(&t->pending, &t->signals, bit);
	}
}

/* Notes */

static void on_post(eg_task *task, void *arg)
{
	struct eg_run_notes *n = arg;

	(void)task;
	__atomic_store_n(&n->is_posted, 0, __ATOMIC_SEQ_CST);
	eg__run_signals_dispatch();
	eg__run_mask_apply(NULL);
}

static void post(struct eg_run_notes *n)
{
	if (!__atomic_exchange_n(&n->is_posted, 1, __ATOMIC_SEQ_CST))
		eg_hub_post(eg__run.hub, &n->task);
}

struct eg_run_notes *eg__run_notes_make(void)
{
	struct eg_run_notes *n = eg__pages_get(sizeof(*n));

	if (!n)
		return NULL;
	n->task.fn = on_post;
	n->task.arg = n;
	return n;
}

uint64_t eg__run_notes_held(void)
{
	return __atomic_load_n(&eg__run_worker()->notes->noted,
			       __ATOMIC_RELAXED);
}

void eg__run_note(const siginfo_t *info, ucontext_t *uc)
{
	struct eg_run_worker *w = eg__run_worker();
	struct eg_run_notes *n = w->notes;
	uint64_t bit = EG_RUN_BIT(info->si_signo);
	uint32_t at;

	/* Of those that are never held one is enough: they do not queue. */
	if (__atomic_fetch_or(&n->noted, bit, __ATOMIC_RELAXED) & bit &
	    EG_RUN_NEVER_HELD)
		return;
	bit &= ~EG_RUN_NEVER_HELD;
	at = __atomic_fetch_add(&n->written, 1, __ATOMIC_ACQ_REL);
	EG_CHECK(at - n->read < EG_RUN_NOTES);
	n->ring[at % EG_RUN_NOTES] = (struct note){
		.info = *info,
		.tid = running() ? running()->tid : -1,
	};
	*eg__run_uc_mask(uc) |= bit;
	w->kernel_mask |= bit;
	w->attention = 1;
	post(n);
}

/* Beginnings and ends */

void eg__run_pending_after_fork(struct eg_run_thread *self)
{
	struct eg_run_notes *n = eg__run_worker()->notes;

	/* Unless there is something: each page written is a copy. */
	if (n->read != n->written || n->noted || n->is_posted) {
		n->read = n->written;
		n->noted = 0;
		n->is_posted = 0;
	}
	eg__run_signals_pending = 0;
	eg__run_signals.held = 0;
	self->pending = 0;
	eg__slab_init(&eg__run_signals.infos,
		      sizeof(struct eg_run_signal_info));
	eg_list_init(&self->signals);
	eg_list_init(&eg__run_signals.pending);
	eg_list_init(&eg__run_signals.waits);
}

void eg__run_signals_end(struct eg_run_thread *t)
{
	flush(&t->pending, &t->signals, ~UINT64_C(0));
	eg__run_timers_forget(t);
	eg__run_masks_forget(t);
	/* What it was meant to take goes to another, when it is gone. */
	if (eg__run_signals_pending)
		post(eg__run_worker()->notes);
}
