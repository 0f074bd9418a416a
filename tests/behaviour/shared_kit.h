/* SPDX-License-Identifier: MIT */
/*
 * Threads for the tests of shared objects: with a hub of their own or without,
 * and a way to know that one sleeps. Tests nothing itself.
 */
#ifndef TESTS_SHARED_KIT_H
#define TESTS_SHARED_KIT_H

#include "egt.h"

#include <evergreen/evergreen.h>

#include <errno.h>
#include <pthread.h>

struct shared_thread {
	pthread_t thread;
	void (*fn)(void *arg);
	void *arg;
	bool has_hub;
	int tid; /* atomic; 0: has not begun */
};

/* Runs @fn on a thread: plainly, or as the main fiber of a hub there. */
void shared_start(struct shared_thread *t, void (*fn)(void *arg), void *arg,
		  bool has_hub);
/* Waits with the whole thread: the caller's hub stands still meanwhile. */
void shared_end(struct shared_thread *t);
/* From begin to end, on a thread without a hub. */
void shared_run(void (*fn)(void *arg), void *arg);

/* Until the kernel has put the thread to sleep: in what it waits for. */
void shared_until_asleep(struct shared_thread *t);

/* Until a counter that threads add to has reached @want. */
void shared_until(const int *counter, int want);

static inline void shared_count(int *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_ACQ_REL);
}

static inline int shared_read(const int *counter)
{
	return __atomic_load_n(counter, __ATOMIC_ACQUIRE);
}

/* For storms: the next of a seed's numbers, below @n. */
unsigned shared_draw(unsigned *seed, unsigned n);
/* Mostly patient; else some that pass at once, or while others come. */
int64_t shared_draw_deadline(unsigned *seed);

/* The three who call a shared object. */
enum shared_caller {
	SHARED_FIBER,  /* the one that runs now */
	SHARED_THREAD, /* one without a hub */
	SHARED_HUB,    /* a fiber of another hub, on another thread */
	SHARED_CALLERS,
};

/* Has @fn called by one of them. The fibers of this hub run meanwhile. */
void shared_call(enum shared_caller caller, void (*fn)(void *arg), void *arg);

#endif
