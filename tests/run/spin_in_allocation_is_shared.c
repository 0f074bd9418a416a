/* SPDX-License-Identifier: MIT */
/* run: --tick=1 */
/*
 * Long computations that allocate, print and lock, in every thread: a switch
 * in the middle of any of them harms nothing.
 */
#include "claim.h"

#define THREADS 6

static void *body(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg + 1;
	char *block[64] = { 0 };
	char text[64];

	for (int i = 0; i < 60000; i++) {
		size_t which, length;

		seed = seed * 1103515245 + 12345;
		which = seed >> 16 & 63;
		length = 16 + (seed >> 8 & 1023);
		if (block[which]) {
			CHECK_EQ(block[which][0],
				 (char)(which + (uintptr_t)arg));
			free(block[which]);
		}
		block[which] = malloc(length);
		memset(block[which], (int)(which + (uintptr_t)arg), length);
		if (i % 100 == 0) {
			snprintf(text, sizeof(text), "%.3f", i * 0.5);
			CHECK(strtod(text, NULL) == i * 0.5);
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(block); i++)
		free(block[i]);
	return NULL;
}

int main(void)
{
	pthread_t t[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		t[i] = start(body, (void *)i);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	return ok();
}
