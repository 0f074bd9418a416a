/* SPDX-License-Identifier: MIT */
/*
 * Many threads over one stream: each line stays whole, a reader that waits
 * holds nobody else up, and a locked stream is locked for the others.
 */
#include "claim.h"

#define THREADS 20
#define LINES 200

static FILE *to, *from;

static void *prints(void *arg)
{
	for (int i = 0; i < LINES; i++) {
		if (i % 10) {
			fprintf(to, "line %d of thread %d\n", i,
				(int)(intptr_t)arg);
			continue;
		}
		flockfile(to);
		fprintf(to, "line %d ", i);
		sched_yield();
		fprintf(to, "of thread %d\n", (int)(intptr_t)arg);
		funlockfile(to);
	}
	return NULL;
}

static void *counts(void *arg)
{
	int next[THREADS] = { 0 }, line, thread, n = 0;
	char text[100];

	while (fgets(text, sizeof(text), from)) {
		CHECK_EQ(sscanf(text, "line %d of thread %d", &line, &thread),
			 2);
		CHECK_EQ(line, next[thread]++);
		n++;
	}
	CHECK_EQ(n, THREADS * LINES);
	return arg;
}

int main(void)
{
	pthread_t t[THREADS], reader;
	int end[2];

	OK(pipe(end));
	from = fdopen(end[0], "r");
	to = fdopen(end[1], "w");
	CHECK(from && to);
	setvbuf(to, NULL, _IOLBF, 300);
	reader = start(counts, NULL);
	for (intptr_t i = 0; i < THREADS; i++)
		t[i] = start(prints, (void *)i);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	fclose(to);
	join(reader);
	fclose(from);
	return ok();
}
