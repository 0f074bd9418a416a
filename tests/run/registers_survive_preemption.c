/* SPDX-License-Identifier: MIT */
/* run: --tick=1 */
/*
 * Vector and x87 registers, flags and the red zone of a computation are its
 * own, wherever it loses the CPU.
 */
#include "claim.h"

#include <immintrin.h>

#define LENGTH (60 * MSEC)

/* Sums that stay in registers, of two kinds; both known in the end. */
__attribute__((target("avx2,fma"), noinline)) static void avx(long self)
{
	__m256d sum = _mm256_setzero_pd();
	__m256d step = _mm256_set1_pd((double)self);
	__m256i whole = _mm256_setzero_si256();
	__m256i one = _mm256_set1_epi64x(self);
	double out[4];
	long out_whole[4];

	for (int i = 0; i < 100000; i++) {
		sum = _mm256_fmadd_pd(step, _mm256_set1_pd(1.0), sum);
		whole = _mm256_add_epi64(whole, one);
	}
	_mm256_storeu_pd(out, sum);
	_mm256_storeu_si256((__m256i *)(void *)out_whole, whole);
	for (int i = 0; i < 4; i++) {
		CHECK(out[i] == 100000.0 * (double)self);
		CHECK_EQ(out_whole[i], 100000 * self);
	}
}

__attribute__((noinline)) static void x87(long self)
{
	long double sum = 0;

	for (int i = 0; i < 100000; i++) {
		sum += (long double)self;
		__asm__ volatile("" : "+t"(sum));
	}
	CHECK(sum == 100000.0L * (long double)self);
}

/* A leaf that keeps its count below the stack pointer, and in the carry. */
__attribute__((noinline)) static long red_zone(long self)
{
	long sum;

	__asm__ volatile("movq $0, -64(%%rsp)\n\t"
			 "movq $100000, %%rcx\n"
			 "1:\taddq %1, -64(%%rsp)\n\t"
			 "stc\n\t"
			 "nop; nop; nop; nop\n\t"
			 "jnc 2f\n\t"
			 "decq %%rcx\n\t"
			 "jnz 1b\n"
			 "2:\tmovq -64(%%rsp), %0\n\t"
			 : "=&r"(sum)
			 : "r"(self)
			 : "rcx", "cc", "memory");
	return sum;
}

static void *body(void *arg)
{
	int64_t begin = now(CLOCK_THREAD_CPUTIME_ID);
	long self = (long)(intptr_t)arg + 3;

	while (now(CLOCK_THREAD_CPUTIME_ID) - begin < LENGTH) {
		if (__builtin_cpu_supports("avx2") &&
		    __builtin_cpu_supports("fma"))
			avx(self);
		x87(self);
		CHECK_EQ(red_zone(self), 100000 * self);
	}
	return NULL;
}

int main(void)
{
	pthread_t t[5];

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(body, (void *)i);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	return ok();
}
