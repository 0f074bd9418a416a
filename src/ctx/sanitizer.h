/* SPDX-License-Identifier: MIT */
/*
 * What sanitizers and valgrind are told about a stack's memory, as opposed to
 * the contexts on it (ctx.h). Nothing at all in a build without them.
 */
#ifndef EG_CTX_SANITIZER_H
#define EG_CTX_SANITIZER_H

#include "ctx/ctx.h"
#include "ctx/stack.h"

#ifdef EG_VALGRIND
/* It knows fewer system calls than the kernel, and says so at each. */
bool eg__sanitizer_is_valgrind(void);
/* A context is about to be made over @below: nothing there is in use so far. */
void eg__sanitizer_make_over(const struct eg_ctx *below);
#else
static inline void eg__sanitizer_make_over(const struct eg_ctx *below)
{
	(void)below;
}

static inline bool eg__sanitizer_is_valgrind(void)
{
	return false;
}
#endif

#if defined(EG_CTX_ASAN) || defined(EG_VALGRIND)
/* [@lo, @top): a stack and its header, which exist from now on. */
void eg__sanitizer_stack_born(struct eg_stack *s, void *lo, void *top);
/* Before its memory is unmapped. */
void eg__sanitizer_stack_gone(struct eg_stack *s, void *lo, void *top);
#else
static inline void eg__sanitizer_stack_born(struct eg_stack *s, void *lo,
					    void *top)
{
	(void)s;
	(void)lo;
	(void)top;
}

static inline void eg__sanitizer_stack_gone(struct eg_stack *s, void *lo,
					    void *top)
{
	(void)s;
	(void)lo;
	(void)top;
}
#endif
#endif
