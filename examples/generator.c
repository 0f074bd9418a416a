/* SPDX-License-Identifier: MIT */
/*
 * Generators: the sieve of Eratosthenes, where each prime found is a generator
 * that holds its multiples back. Needs no hub.
 */
#include <evergreen/coro.h>

#include <stdio.h>
#include <stdlib.h>

enum {
	PRIMES = 20,
};

struct filter {
	eg_gen *source; /* owned */
	intptr_t prime;
};

static int count(void *arg)
{
	intptr_t n = (intptr_t)arg;
	int r;

	do {
		r = eg_gen_yield((void *)n++).code;
	} while (r == 0);
	return r;
}

static int hold_back(void *arg)
{
	struct filter *f = arg;
	eg_coro_result r;

	while ((r = eg_gen_next(f->source)).code == 1) {
		if ((intptr_t)r.value % f->prime)
			r = eg_gen_yield(r.value);
		if (r.code < 0)
			break;
	}
	return r.code;
}

static int print_primes(struct filter *filters)
{
	eg_coro_result prime;
	eg_gen *numbers;
	int r = eg_gen_new(&numbers, count, (void *)2, NULL);

	for (int i = 0; r == 0 && i < PRIMES; i++) {
		filters[i].source = numbers;
		prime = eg_gen_next(numbers);
		if (prime.code < 0)
			return prime.code;
		filters[i].prime = (intptr_t)prime.value;
		printf("%s%ld", i ? " " : "", (long)filters[i].prime);
		r = eg_gen_new(&numbers, hold_back, &filters[i], NULL);
	}
	if (r == 0)
		eg_gen_free(numbers);
	return r;
}

int main(void)
{
	struct filter filters[PRIMES] = { 0 };
	int r = print_primes(filters);

	for (int i = PRIMES - 1; i >= 0; i--)
		eg_gen_free(filters[i].source);
	if (r < 0)
		fprintf(stderr, "generator: error %d\n", -r);
	else
		printf("\n");
	return r < 0;
}
