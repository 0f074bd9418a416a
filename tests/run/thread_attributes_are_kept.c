/* SPDX-License-Identifier: MIT */
/*
 * A thread has the stack that was asked for, can find out about it, and can
 * use all of it; or runs on one that it was given.
 */
#include "claim.h"

#include <limits.h>
#include <sys/mman.h>

#define BIG ((size_t)8 << 20)

static void *looks_at_itself(void *arg)
{
	size_t wanted = *(size_t *)arg, size, guard;
	pthread_attr_t a;
	char here, *low;
	void *base;
	int detached;

	CHECK_EQ(pthread_getattr_np(pthread_self(), &a), 0);
	CHECK_EQ(pthread_attr_getstack(&a, &base, &size), 0);
	CHECK_EQ(pthread_attr_getguardsize(&a, &guard), 0);
	CHECK_EQ(pthread_attr_getdetachstate(&a, &detached), 0);
	pthread_attr_destroy(&a);
	CHECK_EQ(detached, PTHREAD_CREATE_JOINABLE);
	CHECK_EQ(size, wanted);
	low = base;
	CHECK(&here > low && &here < low + size);
	/* Down to the last page, as deep recursion would. */
	for (volatile char *p = &here - 4096; p > low + 8192; p -= 4096)
		*p = 1;
	return base;
}

int main(void)
{
	size_t sizes[] = { (size_t)PTHREAD_STACK_MIN, 65536, 1 << 20, BIG };
	pthread_attr_t a;
	pthread_t t;
	void *own;

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		pthread_attr_init(&a);
		CHECK_EQ(pthread_attr_setstacksize(&a, sizes[i]), 0);
		CHECK_EQ(pthread_create(&t, &a, looks_at_itself, &sizes[i]), 0);
		join(t);
		pthread_attr_destroy(&a);
	}
	own = mmap(NULL, BIG, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(own != MAP_FAILED);
	pthread_attr_init(&a);
	CHECK_EQ(pthread_attr_setstack(&a, own, BIG), 0);
	CHECK_EQ(pthread_create(&t, &a, looks_at_itself, &sizes[3]), 0);
	CHECK(join(t) == own);
	OK(munmap(own, BIG));
	return ok();
}
