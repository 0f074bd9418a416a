/* SPDX-License-Identifier: MIT */
/*
 * Copying, setting and comparing memory without libc. The names are ours, so
 * that nothing of libc's is replaced in a program that links us statically.
 */
#ifndef EG_BASE_MEM_H
#define EG_BASE_MEM_H

#include <stddef.h>

void *eg__memcpy(void *to, const void *from, size_t n);
void *eg__memset(void *to, int byte, size_t n);
size_t eg__strlen(const char *s);
int eg__strcmp(const char *a, const char *b);
/* Copies a string, cut to @size with its NUL. */
void eg__strcopy(char *to, const char *from, size_t size);

#endif
