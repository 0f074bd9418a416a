/* SPDX-License-Identifier: MIT */
/*
 * A process-shared mutex, condition and semaphore in shared memory, between
 * the threads of two processes.
 */
#include "claim.h"

#include <semaphore.h>
#include <sys/mman.h>

#define THREADS 4
#define TURNS 200

struct shared {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	sem_t sem;
	pthread_barrier_t barrier;
	int turn, posted, inside;
};

static struct shared *s;

static void *plays(void *arg)
{
	int self = (int)(intptr_t)arg;

	pthread_barrier_wait(&s->barrier);
	for (int i = 0; i < TURNS; i++) {
		pthread_mutex_lock(&s->lock);
		while (s->turn % 2 != self)
			pthread_cond_wait(&s->changed, &s->lock);
		CHECK_EQ(s->inside++, 0);
		sched_yield();
		CHECK_EQ(--s->inside, 0);
		s->turn++;
		pthread_cond_broadcast(&s->changed);
		pthread_mutex_unlock(&s->lock);
		self ? sem_post(&s->sem) : sem_wait(&s->sem);
	}
	return NULL;
}

static void play(intptr_t self)
{
	pthread_t t[THREADS];

	for (int i = 0; i < THREADS; i++)
		t[i] = start(plays, (void *)self);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
}

int main(void)
{
	pthread_mutexattr_t m;
	pthread_condattr_t c;
	pthread_barrierattr_t b;
	pid_t child;
	int value;

	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_init(&m);
	pthread_mutexattr_setpshared(&m, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&s->lock, &m);
	pthread_condattr_init(&c);
	pthread_condattr_setpshared(&c, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&s->changed, &c);
	pthread_barrierattr_init(&b);
	pthread_barrierattr_setpshared(&b, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&s->barrier, &b, 2 * THREADS);
	CHECK_EQ(sem_init(&s->sem, 1, 0), 0);
	child = OK(fork());
	play(child == 0);
	if (!child)
		_exit(0);
	child_ends_well(child);
	CHECK_EQ(s->turn, 2 * THREADS * TURNS);
	sem_getvalue(&s->sem, &value);
	CHECK_EQ(value, 0);
	return ok();
}
