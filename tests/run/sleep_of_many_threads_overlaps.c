/* SPDX-License-Identifier: MIT */
/*
 * A hundred threads that sleep 200 ms take that long together, not one after
 * the other, and nobody wakes early.
 */
#include "claim.h"

#include <poll.h>
#include <sys/select.h>

static void *sleeps(void *arg)
{
	int64_t begin = now(CLOCK_MONOTONIC);
	struct timespec t = timespec_of(200 * MSEC);
	struct timeval tv = { 0, 200000 };

	switch ((intptr_t)arg % 5) {
	case 0:
		OK(nanosleep(&t, NULL));
		break;
	case 1:
		OK(usleep(200000));
		break;
	case 2:
		CHECK_EQ(poll(NULL, 0, 200), 0);
		break;
	case 3:
		CHECK_EQ(select(0, NULL, NULL, NULL, &tv), 0);
		break;
	case 4:
		t = after(CLOCK_MONOTONIC, 200 * MSEC);
		CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t,
					 NULL),
			 0);
	}
	CHECK(now(CLOCK_MONOTONIC) - begin >= 200 * MSEC);
	return NULL;
}

int main(void)
{
	int64_t begin = now(CLOCK_MONOTONIC);
	pthread_t t[100];

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(sleeps, (void *)i);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	CHECK(now(CLOCK_MONOTONIC) - begin < 1000 * MSEC);
	return ok();
}
