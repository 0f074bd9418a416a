/* SPDX-License-Identifier: MIT */
/*
 * Each thread has a name, set by itself or another, by either of two calls.
 */
#include "claim.h"

#include <sys/prctl.h>

static pthread_barrier_t named, done;

static void *body(void *arg)
{
	char name[16], want[16];

	pthread_getname_np(pthread_self(), name, sizeof(name));
	CHECK(strcmp(name, "boss") == 0); /* inherited */
	snprintf(want, sizeof(want), "worker-%d", (int)(intptr_t)arg);
	if ((intptr_t)arg % 2)
		CHECK_EQ(pthread_setname_np(pthread_self(), want), 0);
	else
		OK(prctl(PR_SET_NAME, want));
	OK(prctl(PR_GET_NAME, name));
	CHECK(strcmp(name, want) == 0);
	pthread_barrier_wait(&named);
	pthread_barrier_wait(&done);
	OK(prctl(PR_GET_NAME, name));
	CHECK(strcmp(name, "renamed") == 0);
	return NULL;
}

int main(void)
{
	pthread_t t[4];
	char name[16], want[16];

	pthread_barrier_init(&named, NULL, ARRAY_LEN(t) + 1);
	pthread_barrier_init(&done, NULL, ARRAY_LEN(t) + 1);
	CHECK_EQ(pthread_setname_np(pthread_self(), "boss"), 0);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(body, (void *)i);
	pthread_barrier_wait(&named);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		snprintf(want, sizeof(want), "worker-%zu", i);
		CHECK_EQ(pthread_getname_np(t[i], name, sizeof(name)), 0);
		CHECK(strcmp(name, want) == 0);
	}
	CHECK_EQ(pthread_setname_np(t[0], "sixteen letters."), ERANGE);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		CHECK_EQ(pthread_setname_np(t[i], "renamed"), 0);
	pthread_getname_np(pthread_self(), name, sizeof(name));
	CHECK(strcmp(name, "boss") == 0);
	pthread_barrier_wait(&done);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	return ok();
}
