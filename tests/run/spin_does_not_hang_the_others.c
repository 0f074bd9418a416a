/* SPDX-License-Identifier: MIT */
/* run: --tick=1 */
/*
 * One thread computes for ever; others sleep, talk by pipes, take locks and
 * time out as if it were not there.
 */
#include "claim.h"

#include <poll.h>

static volatile bool stop;
static volatile unsigned long turns;
static int ping[2], pong[2];

static void *computes(void *arg)
{
	while (!stop)
		turns++;
	return arg;
}

static void *answers(void *arg)
{
	char byte;

	while (OK(read(ping[0], &byte, 1)) == 1)
		OK(write(pong[1], &byte, 1));
	return arg;
}

static void *sleeps(void *arg)
{
	for (int i = 0; i < 10; i++)
		OK(usleep(2000));
	return arg;
}

int main(void)
{
	pthread_t computing = start(computes, NULL), answering, t[5];
	int64_t begin = now(CLOCK_MONOTONIC);
	struct pollfd p = { .events = POLLIN };
	char byte;

	OK(pipe(ping));
	OK(pipe(pong));
	p.fd = pong[0];
	answering = start(answers, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(sleeps, NULL);
	for (int i = 0; i < 10; i++) {
		OK(write(ping[1], "x", 1));
		CHECK_EQ(read(pong[0], &byte, 1), 1);
		CHECK_EQ(poll(&p, 1, 1), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	CHECK(now(CLOCK_MONOTONIC) - begin < 5000 * MSEC);
	CHECK(turns > 0);
	OK(close(ping[1]));
	join(answering);
	stop = true;
	join(computing);
	return ok();
}
