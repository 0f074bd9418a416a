/* SPDX-License-Identifier: MIT */
/*
 * Closing a descriptor while a thread reads from it: that read goes on with
 * the pipe it began with, whoever gets the number next.
 */
#include "claim.h"

static atomic_int reading;

static void *reads(void *arg)
{
	char byte = 0;

	atomic_fetch_add(&reading, 1);
	CHECK_EQ(read(*(int *)arg, &byte, 1), 1);
	return (void *)(intptr_t)byte;
}

int main(void)
{
	int first[2], other[2], old, copy;
	pthread_t t, bystander;
	char byte;

	OK(pipe(other));
	bystander = start(reads, &other[0]);
	for (int i = 0; i < 5; i++) {
		int second[2];

		reading = 0;
		OK(pipe(first));
		old = first[0];
		copy = OK(dup(first[0]));
		t = start(reads, &old);
		await(&reading);
		/* Long: a read that has not begun has no pipe to keep. */
		for (int j = 0; j < 10; j++)
			settle();
		OK(close(first[0]));
		OK(pipe(second));
		CHECK_EQ(second[0], old);
		OK(write(second[1], "2", 1));
		OK(write(first[1], "1", 1));
		CHECK_EQ((intptr_t)join(t), '1');
		CHECK_EQ(read(second[0], &byte, 1), 1);
		CHECK_EQ(byte, '2');
		OK(close(second[0]));
		OK(close(second[1]));
		OK(close(first[1]));
		OK(close(copy));
	}
	OK(write(other[1], "b", 1));
	CHECK_EQ((intptr_t)join(bystander), 'b');
	return ok();
}
