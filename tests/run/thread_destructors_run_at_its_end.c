/* SPDX-License-Identifier: MIT */
/*
 * What a thread leaves is destroyed by the thread itself, in the order of C++
 * and POSIX: objects of thread_local last made first, then keys, again while
 * destructors set them.
 */
#include "claim.h"

#include <threads.h>

/* What compilers call for a thread_local object with a destructor. */
int __cxa_thread_atexit_impl(void (*destroy)(void *), void *object,
			     void *library);
extern void *__dso_handle;

static pthread_key_t key;
static tss_t c11_key;
static __thread char trace[32];
static __thread int length, rounds, blocks[2];
static char seen[32];

static void destroy_object(void *name)
{
	OK(write(blocks[1], "x", 1));
	CHECK_EQ(read(blocks[0], trace + 31, 1), 1);
	trace[length++] = *(char *)name;
}

static void destroy_value(void *value)
{
	trace[length++] = *(char *)value;
	if (++rounds < 3)
		pthread_setspecific(key, value);
	else
		memcpy(seen, trace, 31);
}

static void destroy_c11(void *value)
{
	free(value);
}

static void *body(void *arg)
{
	static char a = 'a', b = 'b', k = 'k';

	OK(pipe(blocks));
	CHECK_EQ(__cxa_thread_atexit_impl(destroy_object, &a, &__dso_handle),
		 0);
	CHECK_EQ(__cxa_thread_atexit_impl(destroy_object, &b, &__dso_handle),
		 0);
	pthread_setspecific(key, &k);
	CHECK_EQ(tss_set(c11_key, malloc(10)), thrd_success);
	if (arg)
		pthread_exit(NULL);
	return NULL;
}

int main(void)
{
	pthread_key_create(&key, destroy_value);
	CHECK_EQ(tss_create(&c11_key, destroy_c11), thrd_success);
	join(start(body, NULL));
	CHECK(strcmp(seen, "bakkk") == 0);
	memset(seen, 0, sizeof(seen));
	join(start(body, &key));
	CHECK(strcmp(seen, "bakkk") == 0);
	CHECK(pthread_getspecific(key) == NULL);
	return ok();
}
