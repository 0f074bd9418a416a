/* SPDX-License-Identifier: MIT */
/*
 * An initialiser that blocks runs once, and nobody gets past before it is
 * done; one that is cancelled runs again.
 */
#include "claim.h"

static pthread_once_t once = PTHREAD_ONCE_INIT, cancelled = PTHREAD_ONCE_INIT;
static atomic_int runs, tries, done, blocked;
static int quiet[2];

static void initialise(void)
{
	atomic_fetch_add(&runs, 1);
	settle();
	atomic_store(&done, 1);
}

static void *needs_it(void *arg)
{
	CHECK_EQ(pthread_once(&once, initialise), 0);
	CHECK_EQ(done, 1);
	return arg;
}

static void blocks_at_first(void)
{
	char byte;

	if (atomic_fetch_add(&tries, 1) > 0)
		return;
	atomic_store(&blocked, 1);
	OK(read(quiet[0], &byte, 1));
}

static void *tries_it(void *arg)
{
	CHECK_EQ(pthread_once(&cancelled, blocks_at_first), 0);
	return arg;
}

int main(void)
{
	pthread_t t[50], other;

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(needs_it, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	CHECK_EQ(runs, 1);

	OK(pipe(quiet));
	t[0] = start(tries_it, NULL);
	await(&blocked);
	other = start(tries_it, quiet);
	CHECK_EQ(pthread_cancel(t[0]), 0);
	CHECK(join(t[0]) == PTHREAD_CANCELED);
	CHECK(join(other) == quiet);
	CHECK_EQ(tries, 2);
	return ok();
}
