/* SPDX-License-Identifier: MIT */
/*
 * A pipe opened anew through /proc, and a FIFO, block as the first descriptor
 * does: not every way to avoid blocking works on them.
 */
#include "claim.h"

static int again;

static void *reads(void *arg)
{
	char text[8];
	ssize_t n;

	for (int i = 0; i < 100; i++) {
		n = OK(read(again, text, sizeof(text)));
		CHECK_EQ(n, 4);
		CHECK(memcmp(text, "ping", 4) == 0);
		OK(write(*(int *)arg, "pong", 4));
	}
	CHECK_EQ(read(again, text, sizeof(text)), 0);
	return NULL;
}

int main(void)
{
	char path[64], text[8];
	int in[2], out[2];
	pthread_t t;

	OK(pipe(in));
	OK(pipe(out));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", in[0]);
	again = OK(open(path, O_RDONLY));
	OK(close(in[0]));
	t = start(reads, &out[1]);
	for (int i = 0; i < 100; i++) {
		OK(write(in[1], "ping", 4));
		CHECK_EQ(read(out[0], text, sizeof(text)), 4);
	}
	OK(close(in[1]));
	join(t);
	return ok();
}
