/* SPDX-License-Identifier: MIT */
/*
 * Helper threads for what blocks and has no other way. A job lies on its
 * fiber's stack: the fiber stays parked until no thread can touch it.
 *
 * Threads are started on demand, sleep between jobs, and end when they had
 * nothing to do for a while. They outlive hubs; nothing joins them.
 */
#include "io/offload.h"

#include "base/check.h"
#include "base/fault.h"
#include "base/sys.h"
#include "io/interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

enum {
	THREADS_MAX = 10, /* as gevent's pool (semantics TP-04) */
	IDLE_SECONDS = 5,
	STACK_BYTES = 256 * 1024,
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct eg_list jobs; /* next == NULL until the first job */
	unsigned queued;     /* jobs on the list */
	unsigned threads;
	unsigned lasting; /* of them: in a call that may last, of no use */
	unsigned idle; /* threads that sleep, or were woken for a queued job */
} pool = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.work = PTHREAD_COND_INITIALIZER,
};

unsigned eg__offload_threads(void)
{
	unsigned n;

	pthread_mutex_lock(&pool.lock);
	n = pool.threads;
	pthread_mutex_unlock(&pool.lock);
	return n;
}

/* On the hub: the job is nobody's any more, so its fiber may go on. */
static void job_done(eg_task *task, void *arg)
{
	struct eg_job *j = arg;

	(void)task;
	eg_hub_unref(j->waiter->hub);
	eg__unpark(j->waiter, 0);
}

static void run_job(struct eg_job *j)
{
	eg_hub *hub = j->waiter->hub;

	j->result = j->fn(j->arg);
	/* The hub runs: it cannot end while this fiber waits. After the post
	 * the job may be gone. */
	EG_CHECK(eg_hub_post(hub, &j->done) == 0);
}

/* The next job, or NULL when there was none for a while. Under the lock. */
static struct eg_job *next_job(void)
{
	struct timespec until;
	int r = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += IDLE_SECONDS;
	while (eg_list_is_empty(&pool.jobs) && r == 0) {
		pool.idle++;
		r = pthread_cond_timedwait(&pool.work, &pool.lock, &until);
		pool.idle--;
	}
	if (eg_list_is_empty(&pool.jobs))
		return NULL;
	pool.queued--;
	return eg_list_entry(eg_list_pop_front(&pool.jobs), struct eg_job,
			     link);
}

static void *thread_main(void *arg)
{
	struct eg_job *j;

	(void)arg;
	pthread_mutex_lock(&pool.lock);
	while ((j = next_job())) {
		j->state = EG_JOB_RUNNING;
		pthread_mutex_unlock(&pool.lock);
		run_job(j);
		pthread_mutex_lock(&pool.lock);
	}
	pool.threads--;
	pthread_mutex_unlock(&pool.lock);
	return NULL;
}

/* Signals are the program's threads' business. */
static int create_thread(void)
{
	sigset_t all, old;
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	if (eg__fault(EG_FAULT_ALLOC))
		return -EAGAIN;
	r = pthread_attr_init(&attr);
	if (r)
		return -r;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&thread, &attr, thread_main, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return -r;
}

/*
 * A job may wait for another to be run: each gets a thread, as long as there are
 * no more than allowed. No new one is no harm while an old one comes back.
 */
static int provide_thread(void)
{
	if (pool.queued < pool.idle ||
	    pool.threads - pool.lasting >= THREADS_MAX)
		return 0;
	if (create_thread() == 0)
		pool.threads++;
	return pool.threads > pool.lasting ? 0 : -EAGAIN;
}

static int submit(struct eg_job *j)
{
	sigset_t mask;
	int r;

	pthread_mutex_lock(&pool.lock);
	if (j->spoil && !pthread_sigmask(SIG_SETMASK, NULL, &mask))
		eg__interrupt_spare(&mask);
	if (!pool.jobs.next)
		eg_list_init(&pool.jobs);
	r = provide_thread();
	if (r == 0) {
		eg_list_push_back(&pool.jobs, &j->link);
		pool.queued++;
		pthread_cond_signal(&pool.work);
	}
	pthread_mutex_unlock(&pool.lock);
	return r;
}

/* For the job to be interrupted by, or for none. */
static void mask_signal(int how, int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	pthread_sigmask(how, &set, NULL);
}

static int begin_lasting(struct eg_job *j)
{
	int r;

	j->signal = eg__interrupt_signal();
	if (j->signal < 0)
		return j->signal;
	pool.lasting++;
	/* Jobs that are queued may have counted on this thread. */
	r = pool.queued ? provide_thread() : 0;
	if (r < 0)
		pool.lasting--;
	return r;
}

int eg__job_begin_lasting(struct eg_job *j, long nr)
{
	int r;

	pthread_mutex_lock(&pool.lock);
	r = begin_lasting(j);
	if (r == 0)
		j->tid = eg__sys_gettid();
	pthread_mutex_unlock(&pool.lock);
	if (r < 0)
		return r;
	mask_signal(SIG_UNBLOCK, j->signal);
	eg__sim_helper_waits(&j->helper, j->tid, nr);
	return 0;
}

void eg__job_end_lasting(struct eg_job *j)
{
	eg__sim_helper_works(&j->helper);
	pthread_mutex_lock(&pool.lock);
	j->tid = 0;
	pool.lasting--;
	pthread_mutex_unlock(&pool.lock);
	mask_signal(SIG_BLOCK, j->signal);
}

/* What is in a call comes out of it and meets what is spoilt; what is not there
 * yet meets that alone. */
static void spoil(struct eg_job *j, int reason)
{
	if (!j->spoil || j->reason)
		return;
	j->reason = reason;
	j->spoil(j->arg);
	if (j->tid)
		eg__sys_tgkill(eg__sys_getpid(), j->tid, j->signal);
}

/* A job that has begun is waited for: its argument is in the thread's hands. */
static void abort_job(struct eg_waiter *w, int reason)
{
	struct eg_job *j = w->value;
	bool is_queued;

	pthread_mutex_lock(&pool.lock);
	is_queued = j->state == EG_JOB_QUEUED;
	if (is_queued) {
		eg_list_remove(&j->link);
		pool.queued--;
	} else {
		spoil(j, reason);
	}
	pthread_mutex_unlock(&pool.lock);
	if (!is_queued)
		return;
	eg_hub_unref(w->hub);
	eg__unpark(w, reason);
}

static const struct eg_wait_kind offload_wait = {
	.what = "helper thread",
	.abort = abort_job,
};

int eg__offload(struct eg_job *j, const char *name, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	int r;

	if (!self)
		return eg__refuse_blocking(name);
	r = eg__park_check(self, deadline);
	if (r < 0)
		return r;
	j->waiter = eg__waiter(self, &offload_wait, NULL);
	j->waiter->value = j;
	j->done = (eg_task){ .fn = job_done, .arg = j };
	/* A reference means: somebody outside can still wake this hub. */
	eg_hub_ref(self->hub);
	if (j->spoil)
		eg__sim_helper_begin(&self->hub->loop, &j->helper);
	else
		eg__sim_hold(&self->hub->loop);
	r = submit(j);
	if (r == 0)
		r = eg__park(self, deadline);
	else
		eg_hub_unref(self->hub);
	if (j->spoil)
		eg__sim_helper_end(&j->helper);
	else
		eg__sim_release(&self->hub->loop);
	return r;
}

int eg_offload(eg_offload_fn *fn, void *arg, int64_t *ret_value,
	       int64_t deadline)
{
	struct eg_job j = { .fn = fn, .arg = arg };
	int r;

	if (!fn)
		return -EINVAL;
	r = eg__offload(&j, "eg_offload", deadline);
	if (r == 0 && ret_value)
		*ret_value = j.result;
	return r;
}
