/* SPDX-License-Identifier: MIT */
/*
 * siglongjmp() out of a handler that interrupted a wait, a computation or a
 * condition: the thread goes on from there, and blocks again as usual.
 */
#include "claim.h"

#include <setjmp.h>
#include <signal.h>

static __thread sigjmp_buf back;
static __thread volatile sig_atomic_t may_jump;
static int quiet[2];
static atomic_int ready, jumps;

static void handler(int signal)
{
	(void)signal;
	if (!may_jump)
		return;
	may_jump = 0;
	siglongjmp(back, 1);
}

static void wait_in(int which)
{
	volatile unsigned long n = 0;
	char byte;

	switch (which) {
	case 0:
		CHECK_EQ(read(quiet[0], &byte, 1), 1);
		break;
	case 1:
		sleep(1000);
		break;
	default:
		for (;;)
			n++;
	}
	FAIL("came back without a jump");
}

static void *jumps_out(void *arg)
{
	for (volatile int i = 0; i < 9; i++) {
		if (sigsetjmp(back, 1) == 0) {
			may_jump = 1;
			atomic_store(&ready, 1);
			wait_in(i % 3);
		}
		atomic_fetch_add(&jumps, 1);
	}
	return arg;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler,
				    .sa_flags = SA_RESTART };
	pthread_t t;
	int before;

	OK(pipe(quiet));
	sigaction(SIGUSR1, &action, NULL);
	t = start(jumps_out, NULL);
	for (int i = 0; i < 9; i++) {
		await(&ready);
		before = atomic_load(&jumps);
		atomic_store(&ready, 0);
		if (i < 6)
			settle();
		CHECK_EQ(pthread_kill(t, SIGUSR1), 0);
		while (atomic_load(&jumps) == before)
			sched_yield();
	}
	join(t);
	return ok();
}
