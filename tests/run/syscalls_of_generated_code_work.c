/* SPDX-License-Identifier: MIT */
/*
 * Code that a program writes at run time makes system calls that block: from
 * one place at once in many threads, from a place that changes, from a page
 * that is gone after.
 */
#include "claim.h"

#include <sys/mman.h>

typedef long (*call_fn)(long, long, long, long);

/* mov rax, rdi; mov rdi, rsi; mov rsi, rdx; mov rdx, rcx; syscall; ret */
static const unsigned char code[] = { 0x48, 0x89, 0xf8, 0x48, 0x89,
				      0xf7, 0x48, 0x89, 0xd6, 0x48,
				      0x89, 0xca, 0x0f, 0x05, 0xc3 };
static const unsigned char padded[] = { 0x48, 0x89, 0xf8, 0x48, 0x89, 0xf7,
					0x48, 0x89, 0xd6, 0x48, 0x89, 0xca,
					0x0f, 0x05, 0x48, 0x3d, 0x00, 0xf0,
					0xff, 0xff, 0x90, 0xc3 };

static int end[2];
static call_fn call;

static void *reads(void *arg)
{
	char byte;

	for (int i = 0; i < 10; i++)
		CHECK_EQ(call(SYS_read, end[0], (long)&byte, 1), 1);
	return arg;
}

static void all_at_once(void)
{
	pthread_t t[10];

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(reads, NULL);
	settle();
	for (size_t i = 0; i < 10 * ARRAY_LEN(t); i++) {
		OK(write(end[1], "x", 1));
		sched_yield();
	}
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	CHECK_EQ(call(SYS_close, -1, 0, 0), -EBADF);
}

int main(void)
{
	OK(pipe(end));
	for (int i = 0; i < 6; i++) {
		unsigned char *page =
			mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		CHECK(page != MAP_FAILED);
		memcpy(page, i % 2 ? padded : code,
		       i % 2 ? sizeof(padded) : sizeof(code));
		if (i % 3)
			OK(mprotect(page, 4096, PROT_READ | PROT_EXEC));
		memcpy(&call, &page, sizeof(call));
		all_at_once();
		OK(munmap(page, 4096));
	}
	return ok();
}
