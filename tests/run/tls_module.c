/* SPDX-License-Identifier: MIT */
/*
 * A library with variables of each thread's own, one of them large: loaded by
 * dlopen_gives_each_thread_its_variables.c.
 */
#include <stddef.h>

int *own_counter(void);
char *own_block(size_t *ret_size);

static __thread int counter = 40;
static __thread char block[100000];

__attribute__((visibility("default"))) int *own_counter(void)
{
	return &counter;
}

__attribute__((visibility("default"))) char *own_block(size_t *ret_size)
{
	*ret_size = sizeof(block);
	return block;
}
