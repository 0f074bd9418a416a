/* SPDX-License-Identifier: MIT */
/*
 * The program's memory, by the instructions of user_memory_x86_64.S. Which of
 * them faulted does not matter: all of them end in the same way.
 */
#include "run/user_memory.h"

extern const char eg__run_user_begin[] __attribute__((visibility("hidden")));
extern const char eg__run_user_end[] __attribute__((visibility("hidden")));
extern const char eg__run_user_fault[] __attribute__((visibility("hidden")));

int eg__run_user_copy(void *to, const void *from, size_t bytes)
	__attribute__((visibility("hidden")));

int eg__run_copy_in(void *to, const void *user, size_t bytes)
{
	return eg__run_user_copy(to, user, bytes);
}

int eg__run_copy_out(void *user, const void *from, size_t bytes)
{
	return eg__run_user_copy(user, from, bytes);
}

uintptr_t eg__run_fault_exit(uintptr_t ip)
{
	if (ip < (uintptr_t)eg__run_user_begin ||
	    ip >= (uintptr_t)eg__run_user_end)
		return 0;
	return (uintptr_t)eg__run_user_fault;
}
