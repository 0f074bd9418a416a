/* SPDX-License-Identifier: MIT */
/*
 * Plain loops: nothing on a hot path copies more than a few words here.
 */
#include "base/mem.h"

void *eg__memcpy(void *to, const void *from, size_t n)
{
	unsigned char *t = to;
	const unsigned char *f = from;

#if defined(__x86_64__)
	__asm__ volatile("rep movsb" : "+D"(t), "+S"(f), "+c"(n) : : "memory");
#else
	while (n--)
		*t++ = *f++;
#endif
	return to;
}

void *eg__memset(void *to, int byte, size_t n)
{
	unsigned char *t = to;

#if defined(__x86_64__)
	__asm__ volatile("rep stosb"
			 : "+D"(t), "+c"(n)
			 : "a"(byte)
			 : "memory");
#else
	while (n--)
		*t++ = (unsigned char)byte;
#endif
	return to;
}

size_t eg__strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

int eg__strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

void eg__strcopy(char *to, const char *from, size_t size)
{
	size_t i = 0;

	for (; i + 1 < size && from[i]; i++)
		to[i] = from[i];
	to[i] = '\0';
}
