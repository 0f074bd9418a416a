/* SPDX-License-Identifier: MIT */
/*
 * Each thread has an id of its own; the first one's is the process's. A
 * signal can be sent to those that live, and to no other.
 */
#include "claim.h"

#include <signal.h>
#include <sys/prctl.h>

#define THREADS 100

static pid_t ids[THREADS];
static pthread_barrier_t known, done;

static int tgkill_(pid_t process, pid_t thread, int signal)
{
	return (int)syscall(SYS_tgkill, process, thread, signal);
}

static void *body(void *arg)
{
	pid_t *id = arg;

	*id = gettid();
	CHECK_EQ(*id, syscall(SYS_gettid));
	pthread_barrier_wait(&known);
	pthread_barrier_wait(&done);
	CHECK_EQ(*id, gettid());
	return NULL;
}

int main(void)
{
	pthread_t t[THREADS];
	int *main_word = NULL;

	CHECK_EQ(gettid(), getpid());
	OK(prctl(PR_GET_TID_ADDRESS, &main_word));
	CHECK_EQ(*main_word, gettid());
	CHECK_EQ(getpid(), syscall(SYS_getpid));
	pthread_barrier_init(&known, NULL, THREADS + 1);
	pthread_barrier_init(&done, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		t[i] = start(body, &ids[i]);
	pthread_barrier_wait(&known);
	for (int i = 0; i < THREADS; i++) {
		CHECK(ids[i] > 0 && ids[i] != getpid());
		OK(tgkill_(getpid(), ids[i], 0));
		CHECK_EQ(pthread_kill(t[i], 0), 0);
		for (int j = 0; j < i; j++)
			CHECK(ids[i] != ids[j]);
	}
	CHECK_ERROR(tgkill_(getpid() - 1, ids[0], 0), ESRCH);
	CHECK_ERROR(tgkill_(getpid(), ids[0], 65), EINVAL);
	CHECK_ERROR(tgkill_(getpid(), -1, 0), EINVAL);
	pthread_barrier_wait(&done);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	/* The kernel's own end of a thread may come after its join. */
	while (tgkill_(getpid(), ids[0], 0) == 0)
		sched_yield();
	CHECK_EQ(errno, ESRCH);
	return ok();
}
