/* SPDX-License-Identifier: MIT */
/*
 * A system call that blocks, and one that does not, change RAX, RCX, R11 and
 * nothing else: not the other registers, no flag but by R11, no vector.
 */
#include "claim.h"

#include <immintrin.h>

static int end[2];

struct registers {
	long rbx, rbp, r8, r9, r10, r12, r13, r14, r15;
};

/* Reads a byte, with every register that is not an argument filled. */
static long filled_read(int fd, char *byte, struct registers *ret)
{
	long result;

	__asm__ volatile("pushq %%rbp\n\t"
			 "pushq %%rbx\n\t"
			 "pushq %[out]\n\t"
			 "movq $1, %%rbx; movq $2, %%rbp; movq $8, %%r8\n\t"
			 "movq $9, %%r9; movq $10, %%r10; movq $12, %%r12\n\t"
			 "movq $13, %%r13; movq $14, %%r14; movq $15, %%r15\n\t"
			 "xorl %%eax, %%eax\n\t"
			 "syscall\n\t"
			 "popq %%rcx\n\t"
			 "movq %%rbx, 0(%%rcx); movq %%rbp, 8(%%rcx)\n\t"
			 "movq %%r8, 16(%%rcx); movq %%r9, 24(%%rcx)\n\t"
			 "movq %%r10, 32(%%rcx); movq %%r12, 40(%%rcx)\n\t"
			 "movq %%r13, 48(%%rcx); movq %%r14, 56(%%rcx)\n\t"
			 "movq %%r15, 64(%%rcx)\n\t"
			 "popq %%rbx\n\t"
			 "popq %%rbp\n\t"
			 : "=a"(result)
			 : "D"((long)fd), "S"(byte), "d"(1L), [out] "c"(ret)
			 : "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
			   "memory", "cc");
	return result;
}

__attribute__((target("avx"))) static void vectors_survive(int self)
{
	register __m256d a __asm__("ymm3") = _mm256_set1_pd(self + 0.25);
	register __m256d b __asm__("ymm12") = _mm256_set1_pd(self - 0.5);
	double out[8];
	long result;
	char byte;

	__asm__ volatile("syscall"
			 : "=a"(result), "+x"(a), "+x"(b)
			 : "0"((long)SYS_read), "D"((long)end[0]), "S"(&byte),
			   "d"(1L)
			 : "rcx", "r11", "memory");
	CHECK_EQ(result, 1);
	_mm256_storeu_pd(out, a);
	_mm256_storeu_pd(out + 4, b);
	for (int i = 0; i < 4; i++)
		CHECK(out[i] == self + 0.25 && out[i + 4] == self - 0.5);
}

static void *body(void *arg)
{
	static const struct registers want = { 1, 2, 8, 9, 10, 12, 13, 14, 15 };
	struct registers got;
	char byte;

	for (int i = 0; i < 20; i++) {
		memset(&got, 0, sizeof(got));
		CHECK_EQ(filled_read(end[0], &byte, &got), 1);
		CHECK(memcmp(&got, &want, sizeof(got)) == 0);
		CHECK_EQ(filled_read(-1, &byte, &got), -EBADF);
		CHECK(memcmp(&got, &want, sizeof(got)) == 0);
		if (__builtin_cpu_supports("avx"))
			vectors_survive((int)(intptr_t)arg);
		else
			CHECK_EQ(read(end[0], &byte, 1), 1);
	}
	return NULL;
}

int main(void)
{
	pthread_t t[8];

	OK(pipe(end));
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(body, (void *)i);
	for (size_t i = 0; i < 40 * ARRAY_LEN(t); i++) {
		OK(write(end[1], "x", 1));
		if (i % 16 == 0)
			sched_yield();
	}
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	return ok();
}
