/* SPDX-License-Identifier: MIT */
/*
 * Join takes what a thread returned or gave to pthread_exit(), whoever joins
 * and whenever; and the joins that cannot be say why.
 */
#include "claim.h"

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;

static void *returns(void *arg)
{
	return arg;
}

static _Noreturn void leave(void *value)
{
	pthread_exit(value);
}

static void *exits_from_depth(void *arg)
{
	leave((char *)arg + 1);
}

static void *waits_for_the_mutex(void *arg)
{
	pthread_mutex_lock(&held);
	pthread_mutex_unlock(&held);
	return arg;
}

static void *joins(void *arg)
{
	return join(*(pthread_t *)arg);
}

int main(void)
{
	char cell[2];
	struct timespec soon;
	pthread_t t, joiner;
	void *value;

	CHECK(join(start(returns, cell)) == cell);
	CHECK(join(start(exits_from_depth, cell)) == cell + 1);
	CHECK(join(start(returns, NULL)) == NULL);
	CHECK(join(start(returns, (void *)-1L)) == (void *)-1L);

	t = start(returns, cell);
	settle();
	CHECK(join(t) == cell);

	CHECK_EQ(pthread_join(pthread_self(), NULL), EDEADLK);

	pthread_mutex_lock(&held);
	t = start(waits_for_the_mutex, cell);
	CHECK_EQ(pthread_tryjoin_np(t, &value), EBUSY);
	soon = after(CLOCK_REALTIME, 20 * MSEC);
	CHECK_EQ(pthread_timedjoin_np(t, &value, &soon), ETIMEDOUT);
	soon = after(CLOCK_MONOTONIC, 20 * MSEC);
	CHECK_EQ(pthread_clockjoin_np(t, &value, CLOCK_MONOTONIC, &soon),
		 ETIMEDOUT);
	joiner = start(joins, &t);
	settle();
	pthread_mutex_unlock(&held);
	CHECK(join(joiner) == cell);
	return ok();
}
