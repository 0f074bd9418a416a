/* SPDX-License-Identifier: MIT */
/*
 * A change of user or group in one thread is seen by all, whatever they do
 * meanwhile, and lost privileges are lost for all.
 */
#include "claim.h"

#include <grp.h>

#define NOBODY 65534

static pthread_barrier_t changed;
static int quiet[2];

static void *sees_it(void *arg)
{
	pthread_barrier_wait(&changed);
	CHECK_EQ(getuid(), *(uid_t *)arg);
	CHECK_EQ(geteuid(), *(uid_t *)arg);
	CHECK_EQ(getgid(), *(uid_t *)arg);
	if (*(uid_t *)arg)
		CHECK_ERROR(setuid(0), EPERM);
	return NULL;
}

static void *is_parked(void *arg)
{
	char byte;

	CHECK_EQ(read(quiet[0], &byte, 1), 0);
	return sees_it(arg);
}

static void *changes(void *arg)
{
	uid_t id = *(uid_t *)arg;

	if (getuid() == 0)
		OK(setgroups(0, NULL));
	OK(setresgid(id, id, id));
	OK(setresuid(id, id, id));
	OK(close(quiet[1]));
	pthread_barrier_wait(&changed);
	return NULL;
}

int main(void)
{
	uid_t id = getuid() == 0 ? NOBODY : getuid();
	pthread_t t[10];

	if (getuid() != getgid())
		return ok(); /* neither root nor a user of the usual kind */
	OK(pipe(quiet));
	pthread_barrier_init(&changed, NULL, 11);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(i % 2 ? sees_it : is_parked, &id);
	settle();
	join(start(changes, &id));
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	CHECK_EQ(getuid(), id);
	return ok();
}
