/* SPDX-License-Identifier: MIT */
/*
 * While cancelling is disabled, calls that block go on blocking and take what
 * comes; enabled again, the next cancellation point ends the thread.
 */
#include "claim.h"

static int in[2], out[2];
static atomic_int is_disabled, cancelled;

static void *body(void *arg)
{
	char byte = 0;
	int old;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	CHECK_EQ(old, PTHREAD_CANCEL_ENABLE);
	atomic_store(&is_disabled, 1);
	CHECK_EQ(read(in[0], &byte, 1), 1);
	CHECK_EQ(byte, 'a');
	await(&cancelled);
	pthread_testcancel();
	CHECK_EQ(read(in[0], &byte, 1), 1);
	CHECK_EQ(byte, 'b');
	OK(write(out[1], "c", 1));
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	if (arg)
		pthread_testcancel();
	OK(read(in[0], &byte, 1));
	return NULL;
}

int main(void)
{
	char byte;

	for (int i = 0; i < 2; i++) {
		pthread_t t;

		OK(pipe(in));
		OK(pipe(out));
		atomic_store(&is_disabled, 0);
		atomic_store(&cancelled, 0);
		t = start(body, i ? &in : NULL);
		await(&is_disabled);
		settle();
		CHECK_EQ(pthread_cancel(t), 0);
		atomic_store(&cancelled, 1);
		OK(write(in[1], "a", 1));
		settle();
		OK(write(in[1], "b", 1));
		CHECK_EQ(read(out[0], &byte, 1), 1);
		CHECK(join(t) == PTHREAD_CANCELED);
	}
	return ok();
}
