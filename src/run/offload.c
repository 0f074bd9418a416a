/* SPDX-License-Identifier: MIT */
/*
 * Helper OS threads, made when needed and gone after a second without work.
 * They execute nothing but one raw system call at a time, in the layer's text,
 * with all signals but SIGSYS blocked; and answer through the hub's inbox.
 */
#include "run/offload.h"

#include "base/check.h"
#include "base/mem.h"
#include "run/registers.h"
#include "run/schedule.h"
#include "run/signals.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <linux/sched.h>

enum {
	HELPERS_MAX = 4096,
	STACK_BYTES = 32 * 1024,
	IDLE_SECONDS = 1,
	FLAGS = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID |
		CLONE_CHILD_CLEARTID,
};

enum job_state { IDLE, RUNNING, DONE };
enum leaving { STAYS, LEAVES, IS_TAKEN };

struct job {
	struct eg_run_call call;
	int64_t result;
	struct eg_run_thread *thread; /* parked for it; hub's side only */
};

/* At the start of its stack. Helpers are never freed but used again: a kernel
 * that still leaves one says so by clearing `tid`. */
struct helper {
	struct eg_run_worker worker; /* first: what %gs leads to */
	struct eg_task task;	     /* posted when a job is done */
	struct helper *next;	     /* idle, or gone; the hub's side */
	struct job *job;	     /* borrowed: the parked thread's stack */
	uint32_t state;		     /* futex: enum job_state */
	uint32_t is_leaving;	     /* atomic: enum leaving */
	int32_t tid;		     /* futex: cleared by the kernel */
};

static struct helper *idle;
static struct helper *all[HELPERS_MAX];
static uint32_t helpers;

static void futex_wait(uint32_t *word, uint32_t value, int seconds)
{
	struct timespec ts = { .tv_sec = seconds };

	eg__raw_syscall(SYS_futex, (long)word, FUTEX_WAIT_PRIVATE, value,
			(long)&ts, 0, 0);
}

static void futex_wake(uint32_t *word)
{
	eg__raw_syscall(SYS_futex, (long)word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}

/* On the hub's side: the job is done, its thread goes on. */
static void job_done(struct eg_task *task, void *arg)
{
	struct helper *h = arg;
	struct job *job = h->job;

	(void)task;
	h->job = NULL;
	h->state = IDLE;
	h->next = idle;
	idle = h;
	eg__run_wake(job->thread, 0);
}

/* False: nothing came for long, and nothing will come any more. */
static bool wait_for_job(struct helper *h)
{
	uint32_t stays = STAYS;

	while (__atomic_load_n(&h->state, __ATOMIC_ACQUIRE) != RUNNING) {
		uint32_t seen = __atomic_load_n(&h->state, __ATOMIC_ACQUIRE);

		if (seen == RUNNING)
			break;
		futex_wait(&h->state, seen, IDLE_SECONDS);
		if (__atomic_load_n(&h->state, __ATOMIC_ACQUIRE) == RUNNING)
			break;
		if (__atomic_compare_exchange_n(&h->is_leaving, &stays, LEAVES,
						false, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST))
			return __atomic_load_n(&h->state, __ATOMIC_SEQ_CST) ==
			       RUNNING;
		stays = STAYS;
	}
	return true;
}

static void helper_main(void *arg)
{
	struct helper *h = arg;

	eg__run_set_gs_base(&h->worker);
	/* So that whoever counts OS threads knows them apart. */
	eg__raw_syscall(SYS_prctl, PR_SET_NAME, (long)"eg-helper", 0, 0, 0, 0);
	while (wait_for_job(h)) {
		/* A signal may have come before the call could begin. */
		h->job->result = h->worker.attention
					 ? -EINTR
					 : eg__run_kernel(&h->job->call);
		__atomic_store_n(&h->state, DONE, __ATOMIC_RELEASE);
		eg_hub_post(eg__run.hub, &h->task);
		if (__atomic_load_n(&h->is_leaving, __ATOMIC_SEQ_CST) ==
		    LEAVES)
			break;
	}
	for (;;)
		eg__raw_syscall(SYS_exit, 0, 0, 0, 0, 0, 0);
}

/* Starts, or starts again, the OS thread of @h. All signals are blocked while
 * it is made, so that it begins so, and opens SIGSYS alone. */
static int start(struct helper *h)
{
	const uint64_t blocked = ~(UINT64_C(1) << (SIGSYS - 1));
	struct eg_run_worker *w = eg__run_worker();
	int64_t r;

	eg__memset(&h->worker, 0, sizeof(h->worker));
	h->worker.self = &h->worker;
	h->worker.in_layer = 1;
	h->worker.pass_through = 1;
	h->is_leaving = IS_TAKEN;
	h->state = IDLE;
	eg__syscall4(SYS_rt_sigprocmask, SIG_SETMASK, &blocked, NULL, 8);
	r = eg__run_clone_helper(FLAGS, (char *)h + STACK_BYTES, &h->tid,
				 &h->tid, helper_main, h);
	eg__syscall4(SYS_rt_sigprocmask, SIG_SETMASK, &w->kernel_mask, NULL,
		     8);
	return r < 0 ? (int)r : 0;
}

static struct helper *make(void)
{
	struct helper *h;

	if (helpers == HELPERS_MAX)
		return NULL;
	h = eg__pages_get(STACK_BYTES);
	if (!h)
		return NULL;
	h->task = (struct eg_task){ .fn = job_done, .arg = h };
	if (start(h) < 0) {
		eg__pages_put(h, STACK_BYTES);
		return NULL;
	}
	all[helpers++] = h;
	return h;
}

/* A helper that is there to take a job; NULL if there can be none. */
static struct helper *take(void)
{
	struct helper *h = idle;
	uint32_t stays = STAYS;

	if (!h)
		return make();
	idle = h->next;
	/* It cannot decide to leave any more once this says so first. */
	if (__atomic_compare_exchange_n(&h->is_leaving, &stays, IS_TAKEN, false,
					__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return h;
	while (__atomic_load_n(&h->tid, __ATOMIC_ACQUIRE))
		eg__cpu_relax();
	return start(h) < 0 ? NULL : h;
}

/* A signal for a thread whose call a helper makes: the helper is interrupted,
 * and the job ends as the kernel says. */
static void interrupt_job(struct eg_waiter *w, int reason)
{
	struct helper *h = w->object;

	(void)reason;
	eg__sys_tgkill(eg__run.process_id, h->tid, SIGSYS);
}

static const struct eg_wait_kind job_wait = {
	.what = "system call",
	.abort = interrupt_job,
};

int64_t eg__run_offload(const struct eg_run_call *c, bool is_interruptible)
{
	struct eg_run_thread *t = eg__run_self();
	struct job job = { .call = *c, .thread = t };
	struct helper *h;

	if (eg__run_is_alone())
		return eg__run_kernel_blocking(c);
	if (is_interruptible && eg__run_needs_attention() &&
	    eg__run_signals_deliverable(t))
		return EG_RUN_RESTART;
	h = take();
	if (!h)
		return eg__run_kernel(c);
	eg__run.stats.offloaded++;
	h->job = &job;
	h->worker.attention = 0;
	__atomic_store_n(&h->state, RUNNING, __ATOMIC_SEQ_CST);
	__atomic_store_n(&h->is_leaving, STAYS, __ATOMIC_SEQ_CST);
	futex_wake(&h->state);
	eg__waiter(&t->fiber, &job_wait, h);
	if (eg__run_park(t, EG_FOREVER, is_interruptible) == -EINTR) {
		/* Before it began to wait: the helper is to give up, too. */
		eg__waiter(&t->fiber, &job_wait, h);
		interrupt_job(&t->fiber.wait, -EINTR);
		eg__run_park(t, EG_FOREVER, false);
	}
	return job.result == -EINTR ? EG_RUN_RESTART : job.result;
}

void eg__run_offload_after_fork(void)
{
	/* The memory of the parent's helpers is left as it is. */
	idle = NULL;
	helpers = 0;
}
