/* SPDX-License-Identifier: MIT */
/*
 * A handler that interrupts a wait or a computation can walk the stack down to
 * the body of its thread: profilers, debuggers and unwinding rest on it.
 */
#include "claim.h"

#include <execinfo.h>
#include <signal.h>

/* Where the function of that section begins and ends; made by the linker. */
extern char __start_claim_body[], __stop_claim_body[];

static int quiet[2];
static atomic_int seen, entered;
static volatile bool stop;

static void handler(int signal)
{
	void *frames[64];
	int n = backtrace(frames, 64);

	(void)signal;
	for (int i = 0; i < n; i++) {
		char *at = frames[i];

		if (at >= __start_claim_body && at < __stop_claim_body) {
			atomic_fetch_add(&seen, 1);
			return;
		}
	}
	FAIL("the body is not in the stack");
}

__attribute__((noinline, section("claim_body"))) static void *body(void *arg)
{
	char byte;

	atomic_store(&entered, 1);
	if (arg)
		while (!stop)
			;
	else
		CHECK_EQ(read(quiet[0], &byte, 1), 1);
	return arg;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler,
				    .sa_flags = SA_RESTART };
	void *warm_up[4];

	CHECK(backtrace(warm_up, 4) > 0); /* it allocates the first time */
	OK(pipe(quiet));
	sigaction(SIGUSR1, &action, NULL);
	for (int i = 0; i < 2; i++) {
		pthread_t t;

		entered = seen = 0;
		t = start(body, i ? quiet : NULL);
		await(&entered);
		for (int j = 1; j <= 5; j++) {
			settle();
			CHECK_EQ(pthread_kill(t, SIGUSR1), 0);
			while (atomic_load(&seen) < j)
				sched_yield();
		}
		stop = i > 0;
		OK(write(quiet[1], "x", 1));
		join(t);
	}
	return ok();
}
