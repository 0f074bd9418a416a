/* SPDX-License-Identifier: MIT */
/*
 * A handler of SIGSEGV sees where the fault was and changes the registers, or
 * the memory, so that its thread goes on; in several threads.
 */
#include "claim.h"

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#define PAGE 4096

static __thread int faults;
static char *pages;

static void handler(int signal, siginfo_t *info, void *context)
{
	ucontext_t *u = context;

	(void)signal;
	faults++;
	CHECK_EQ(info->si_signo, SIGSEGV);
	if (info->si_addr == (void *)16) {
		CHECK_EQ(info->si_code, SEGV_MAPERR);
		u->uc_mcontext.gregs[REG_RIP] += 3; /* the load below */
		u->uc_mcontext.gregs[REG_RAX] = 4711;
		return;
	}
	CHECK_EQ(info->si_code, SEGV_ACCERR);
	OK(mprotect((void *)((uintptr_t)info->si_addr & -(uintptr_t)PAGE), PAGE,
		    PROT_READ | PROT_WRITE));
}

static long load_from_nowhere(void)
{
	long value;

	__asm__ volatile("movq (%1), %0" : "=a"(value) : "D"(16L));
	return value;
}

static void *body(void *arg)
{
	char volatile *own = pages + (intptr_t)arg * 10 * PAGE;

	for (int i = 0; i < 10; i++) {
		CHECK_EQ(load_from_nowhere(), 4711);
		own[i * PAGE] = 'x';
		sched_yield();
		CHECK_EQ(own[i * PAGE], 'x');
	}
	CHECK_EQ(faults, 20);
	return NULL;
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_SIGINFO };
	pthread_t t[8];

	pages = mmap(NULL, 80 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	CHECK(pages != MAP_FAILED);
	sigaction(SIGSEGV, &action, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(body, (void *)i);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	return ok();
}
