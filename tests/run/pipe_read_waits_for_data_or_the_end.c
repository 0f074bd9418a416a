/* SPDX-License-Identifier: MIT */
/*
 * A blocking read of a pipe waits, takes what there is, and ends when the last
 * writer is gone; readv and the readers of other threads alike.
 */
#include "claim.h"

#include <sys/uio.h>

static int in[2], out[2];

static void *echoes(void *arg)
{
	char a[3], b[5];
	struct iovec parts[] = { { a, 3 }, { b, 5 } };
	ssize_t n;

	while ((n = OK(readv(in[0], parts, 2))) > 0) {
		struct iovec same[] = { { a, n < 3 ? (size_t)n : 3 },
					{ b, n < 3 ? 0 : (size_t)n - 3 } };

		CHECK_EQ(writev(out[1], same, 2), n);
	}
	OK(close(out[1]));
	return arg;
}

static void *sees_the_end(void *arg)
{
	char byte;

	CHECK_EQ(read(*(int *)arg, &byte, 1), 0);
	return NULL;
}

int main(void)
{
	pthread_t t, waiting[10];
	char buffer[64];
	int quiet[2];

	OK(pipe(in));
	OK(pipe(out));
	t = start(echoes, NULL);
	for (int i = 0; i < 200; i++) {
		CHECK_EQ(write(in[1], "abcdefgh", 8), 8);
		CHECK_EQ(read(out[0], buffer, sizeof(buffer)), 8);
		CHECK(memcmp(buffer, "abcdefgh", 8) == 0);
	}
	CHECK_EQ(write(in[1], "xy", 2), 2);
	CHECK_EQ(read(out[0], buffer, sizeof(buffer)), 2);
	CHECK(memcmp(buffer, "xy", 2) == 0);
	OK(close(in[1]));
	CHECK_EQ(read(out[0], buffer, sizeof(buffer)), 0);
	join(t);

	OK(pipe(quiet));
	for (size_t i = 0; i < ARRAY_LEN(waiting); i++)
		waiting[i] = start(sees_the_end, &quiet[0]);
	settle();
	CHECK_EQ(read(quiet[0], buffer, 0), 0);
	OK(close(quiet[1]));
	for (size_t i = 0; i < ARRAY_LEN(waiting); i++)
		join(waiting[i]);
	return ok();
}
