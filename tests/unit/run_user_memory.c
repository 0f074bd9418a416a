/* SPDX-License-Identifier: MIT */
/*
 * Copies from and to a page that is not there, at every length and on both
 * sides of its border: -EFAULT, what came before was copied, and nothing else
 * was touched. The handler here does what the layer's does.
 */
#include "run/user_memory.h"

#include "egt.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { LENGTH_MAX = 200 };

static void on_fault(int signal, siginfo_t *info, void *context)
{
	greg_t *ip = &((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
	uintptr_t to = eg__run_fault_exit((uintptr_t)*ip);

	(void)signal;
	(void)info;
	if (!to)
		_exit(99);
	*ip = (greg_t)to;
}

/* The end of a page behind which there is none. */
static unsigned char *border(void)
{
	struct sigaction action = { .sa_sigaction = on_fault,
				    .sa_flags = SA_SIGINFO };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	egt_true(map != MAP_FAILED);
	egt_eq(mprotect(map + page, page, PROT_NONE), 0);
	egt_eq(sigaction(SIGSEGV, &action, NULL), 0);
	return map + page;
}

EG_TEST_PLAIN(user_memory_is_copied_exactly)
{
	unsigned char area[LENGTH_MAX + 2], *end = border(), *user;

	for (size_t n = 0; n <= LENGTH_MAX; n++) {
		egt_casef("%zu bytes", n);
		user = end - n;
		for (size_t i = 0; i < n; i++)
			user[i] = (unsigned char)(i * 7 + n);
		memset(area, 0xee, sizeof(area));
		egt_eq(eg__run_copy_in(area + 1, user, n), 0);
		egt_true(!memcmp(area + 1, user, n));
		egt_eq(area[0], 0xee);
		egt_eq(area[n + 1], 0xee);
		memset(user, 0, n);
		egt_eq(eg__run_copy_out(user, area + 1, n), 0);
		egt_true(!memcmp(area + 1, user, n));
	}
}

EG_TEST_PLAIN(user_memory_that_is_not_there_is_an_error)
{
	unsigned char area[LENGTH_MAX + 1], *end = border();

	for (size_t n = 1; n <= LENGTH_MAX; n++) {
		for (size_t there = 0; there < n; there += 1 + n / 8) {
			egt_casef("%zu bytes, %zu there", n, there);
			memset(area, 0x55, sizeof(area));
			egt_eq(eg__run_copy_in(area, end - there, n), -EFAULT);
			egt_eq(area[n], 0x55);
			egt_eq(eg__run_copy_out(end - there, area, n), -EFAULT);
		}
	}
	egt_eq(eg__run_copy_in(area, NULL, 1), -EFAULT);
	/* Not canonical: the processor faults without an address. */
	egt_eq(eg__run_copy_in(area, (void *)(UINT64_C(1) << 63), 8), -EFAULT);
	egt_eq(eg__run_copy_in(area, NULL, 0), 0);
}

EG_TEST_PLAIN(user_memory_words_are_swapped_or_errors)
{
	uint32_t word = 5, found = 0;
	uint32_t *end = (uint32_t *)(void *)border();

	egt_eq(eg__run_load_u32(&word, &found), 0);
	egt_eq(found, 5);
	egt_eq(eg__run_store_u32(&word, 6), 0);
	egt_eq(word, 6);
	egt_eq(eg__run_swap_u32(&word, 5, 7, &found), 0);
	egt_eq(found, 6);
	egt_eq(word, 6);
	egt_eq(eg__run_swap_u32(&word, 6, 7, &found), 0);
	egt_eq(found, 6);
	egt_eq(word, 7);
	egt_eq(eg__run_load_u32(end, &found), -EFAULT);
	egt_eq(eg__run_store_u32(end, 1), -EFAULT);
	egt_eq(eg__run_swap_u32(end, 1, 2, &found), -EFAULT);
	egt_eq(eg__run_load_u32(end - 1, &found), 0);
}
