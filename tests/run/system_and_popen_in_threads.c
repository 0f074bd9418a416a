/* SPDX-License-Identifier: MIT */
/*
 * system() and popen() in many threads at once: status, output, input; and
 * they overlap.
 */
#include "claim.h"

static void *runs(void *arg)
{
	char command[64], line[64];
	int self = (int)(intptr_t)arg;
	FILE *stream;

	snprintf(command, sizeof(command), "exit %d", self);
	CHECK_EQ(system(command), self << 8);
	snprintf(command, sizeof(command), "echo a $((%d + 1)); exit 3", self);
	stream = popen(command, "re");
	CHECK(stream && fgets(line, sizeof(line), stream));
	CHECK_EQ(atoi(line + 2), self + 1);
	CHECK(!fgets(line, sizeof(line), stream));
	CHECK_EQ(pclose(stream), 3 << 8);
	stream = popen("read a; read b; test $a = x -a $b = y", "we");
	CHECK(stream);
	fputs("x\n", stream);
	fflush(stream);
	sched_yield();
	fputs("y\n", stream);
	CHECK_EQ(pclose(stream), 0);
	CHECK_EQ(system("kill -TERM $$"), 15);
	return NULL;
}

static void *sleeps(void *arg)
{
	CHECK_EQ(system("sleep 0.5"), 0);
	return arg;
}

int main(void)
{
	pthread_t t[10];
	int64_t begin;

	CHECK(system(NULL) != 0);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(runs, (void *)i);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	begin = now(CLOCK_MONOTONIC);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(sleeps, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	CHECK(now(CLOCK_MONOTONIC) - begin < 4000 * MSEC);
	return ok();
}
