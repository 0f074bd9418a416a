/* SPDX-License-Identifier: MIT */
/*
 * A library with thread-local variables is loaded by a thread while others
 * run: each, older or newer, gets its own copy, initialised.
 */
#include "claim.h"

#include <dlfcn.h>

static int *(*own_counter)(void);
static char *(*own_block)(size_t *);
static pthread_barrier_t loaded;

static void use(void)
{
	size_t size;
	char *block = own_block(&size);

	CHECK_EQ(*own_counter(), 40);
	for (int i = 0; i < 10; i++) {
		++*own_counter();
		sched_yield();
		CHECK_EQ(*own_counter(), 41 + i);
	}
	for (size_t i = 0; i < size; i += 1000)
		CHECK_EQ(block[i]++, 0);
}

static void *older(void *arg)
{
	pthread_barrier_wait(&loaded);
	use();
	return arg;
}

static void *newer(void *arg)
{
	use();
	return arg;
}

static void *loads(void *arg)
{
	char path[300] = "";
	void *library;

	OK(readlink("/proc/self/exe", path, sizeof(path) - 20));
	strcpy(strrchr(path, '/') + 1, "tls_module.so");
	library = dlopen(path, RTLD_NOW);
	if (!library)
		fprintf(stderr, "%s\n", dlerror());
	CHECK(library);
	*(void **)&own_counter = dlsym(library, "own_counter");
	*(void **)&own_block = dlsym(library, "own_block");
	CHECK(own_counter && own_block);
	pthread_barrier_wait(&loaded);
	use();
	return arg;
}

int main(void)
{
	pthread_t t[12];

	pthread_barrier_init(&loaded, NULL, 6);
	for (int i = 0; i < 5; i++)
		t[i] = start(older, NULL);
	sched_yield();
	join(start(loads, NULL));
	for (int i = 5; i < 12; i++)
		t[i] = start(newer, NULL);
	for (int i = 0; i < 12; i++)
		join(t[i]);
	use();
	return ok();
}
