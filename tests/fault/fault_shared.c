/* SPDX-License-Identifier: MIT */
/*
 * Shared objects without memory, and with system calls that fail: those of hubs
 * that sleep, and of threads that wait for a futex. What cannot be made is
 * refused; every value and unit is accounted for (semantics LK-07, QU-09).
 */
#include "fault_rig.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

enum { VALUES = 1200, ROUNDS = 20 };

/* Growing by segments: what is not put is said not to be. */
FAULT_TEST(fault_of_a_growing_shared_queue)
{
	eg_shared_queue *q = NULL;
	bool is_well = true;
	long sum = 0, value;

	if (!fault_ok(
		    eg_shared_queue_new(&q, sizeof(long), EG_QUEUE_UNBOUNDED)))
		return 1;
	for (long i = 1; i <= VALUES; i++) {
		if (fault_ok(eg_shared_queue_put(q, &i, EG_NOW)))
			sum += i;
		else
			is_well = false;
	}
	while (eg_shared_queue_get(q, &value, EG_NOW) == 0)
		sum -= value;
	egt_eq(sum, 0);
	eg_shared_queue_unref(q);
	return !is_well;
}

FAULT_TEST(fault_of_making_shared_objects)
{
	static const size_t capacities[] = { 0, 1, 100, EG_QUEUE_UNBOUNDED };
	eg_shared_queue *q = NULL;
	eg_shared_chan *c = NULL;
	bool is_well = true;

	for (size_t i = 0; i < ARRAY_LEN(capacities); i++) {
		q = NULL;
		if (fault_ok(eg_shared_queue_new(&q, 8, capacities[i])))
			eg_shared_queue_unref(q);
		else
			is_well = false;
		egt_true(is_well || !q || eg__faults.fired);
	}
	if (fault_ok(eg_shared_chan_new(&c, 8, 3)))
		eg_shared_chan_unref(c);
	else
		is_well = false;
	return !is_well;
}

struct pair {
	eg_shared_sem there, back;
	eg_shared_queue *queue;
	long sum;
};

static void *answer(void *arg)
{
	struct pair *p = arg;
	long value;

	for (int i = 0; i < ROUNDS; i++) {
		egt_eq(eg_shared_sem_wait(&p->there, EG_FOREVER), 0);
		egt_eq(eg_shared_sem_post(&p->back), 0);
	}
	while (eg_shared_queue_get(p->queue, &value, EG_FOREVER) == 0)
		p->sum += value;
	return NULL;
}

/* Each waits for the other, a fiber and a thread. Where a system call of a wait
 * fails, it waits again. */
static bool play(struct pair *p)
{
	pthread_t thread;
	long sum = 0;

	egt_eq(pthread_create(&thread, NULL, answer, p), 0);
	for (int i = 0; i < ROUNDS; i++) {
		egt_eq(eg_shared_sem_post(&p->there), 0);
		egt_eq(eg_shared_sem_wait(&p->back, EG_FOREVER), 0);
	}
	for (long i = 1; i <= ROUNDS; i++) {
		egt_eq(eg_shared_queue_put(p->queue, &i, EG_FOREVER), 0);
		sum += i;
	}
	egt_eq(eg_shared_queue_shutdown(p->queue, false), 0);
	egt_eq(pthread_join(thread, NULL), 0);
	egt_eq(p->sum, sum);
	egt_eq(eg_shared_sem_units(&p->there), 0);
	egt_eq(eg_shared_sem_units(&p->back), 0);
	return true;
}

FAULT_TEST(fault_of_a_fiber_and_a_thread)
{
	struct pair p = { .sum = 0 };
	bool is_well;

	if (!fault_ok(eg_shared_queue_new(&p.queue, sizeof(long), 2)))
		return 1;
	is_well = play(&p);
	eg_shared_queue_unref(p.queue);
	return !is_well;
}

/* A thread whose every futex wait fails goes on by itself, and is served. */
static const int futex_errors[] = { -EIO, -EINTR, -EAGAIN, -ENOSYS };

static void *take_one(void *sem)
{
	egt_eq(eg_shared_sem_wait(sem, EG_FOREVER), 0);
	egt_eq(eg_shared_sem_wait(sem, eg_after(EG_SEC / 1000)), -ETIMEDOUT);
	return NULL;
}

EG_TEST_PLAIN(fault_of_each_futex_wait)
{
	for (size_t i = 0; i < ARRAY_LEN(futex_errors); i++) {
		eg_shared_sem sem = { { NULL } };
		pthread_t thread;

		eg__faults = (struct eg_faults){
			.only_nr = SYS_futex,
			.error = futex_errors[i],
			.countdown = 1,
			.more = 50,
		};
		egt_eq(pthread_create(&thread, NULL, take_one, &sem), 0);
		while (!__atomic_load_n(&eg__faults.fired, __ATOMIC_RELAXED))
			sched_yield();
		egt_eq(eg_shared_sem_post(&sem), 0);
		egt_eq(pthread_join(thread, NULL), 0);
		egt_eq(eg_shared_sem_units(&sem), 0);
	}
}
