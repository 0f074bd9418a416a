/* SPDX-License-Identifier: MIT */
/*
 * The policy that a process sets for itself is what its children have and what
 * others see; threads begin with their creator's, and keep their own.
 */
#include "claim.h"

static void *inherits(void *arg)
{
	struct sched_param param = { 0 };

	CHECK_EQ(sched_getscheduler(0), SCHED_BATCH);
	OK(sched_setscheduler(0, SCHED_IDLE, &param));
	CHECK_EQ(sched_getscheduler(0), SCHED_IDLE);
	return arg;
}

int main(void)
{
	struct sched_param param = { 0 };
	int end[2];
	pid_t child;
	char c;

	OK(sched_setscheduler(0, SCHED_BATCH, &param));
	OK(pipe(end));
	child = OK(fork());
	if (child == 0) {
		CHECK_EQ(sched_getscheduler(0), SCHED_BATCH);
		close(end[1]);
		_exit((int)read(end[0], &c, 1));
	}
	CHECK_EQ(sched_getscheduler(child), SCHED_BATCH);
	OK(sched_setscheduler(child, SCHED_IDLE, &param));
	CHECK_EQ(sched_getscheduler(child), SCHED_IDLE);
	close(end[1]);
	CHECK_EQ(OK(wait(NULL)), child);
	join(start(inherits, NULL));
	CHECK_EQ(sched_getscheduler(0), SCHED_BATCH);
	return ok();
}
