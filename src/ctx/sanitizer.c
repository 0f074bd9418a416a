/* SPDX-License-Identifier: MIT */
/*
 * The calls by which AddressSanitizer, LeakSanitizer, ThreadSanitizer and
 * valgrind follow stacks and switches: here and nowhere else. An ordinary build
 * has nothing of this file but the valgrind requests, if configured.
 */
#include "ctx/sanitizer.h"

#ifdef EG_VALGRIND
#include <valgrind/memcheck.h>
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(lo, top) ((void)(lo), (void)(top), 0U)
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#endif

#ifdef EG_CTX_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#else
#define __asan_unpoison_memory_region(lo, bytes) ((void)(lo), (void)(bytes))
#define __lsan_register_root_region(lo, bytes) ((void)(lo), (void)(bytes))
#define __lsan_unregister_root_region(lo, bytes) ((void)(lo), (void)(bytes))
#endif

#ifdef EG_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#ifdef EG_VALGRIND
bool eg__sanitizer_is_valgrind(void)
{
	return RUNNING_ON_VALGRIND != 0;
}

void eg__sanitizer_make_over(const struct eg_ctx *below)
{
	size_t bytes = 3 * EG_CTX_FRAME_MAX;

	(void)VALGRIND_MAKE_MEM_UNDEFINED((char *)below->sp - bytes, bytes);
}
#endif

#if defined(EG_CTX_ASAN) || defined(EG_VALGRIND)
/*
 * A root region, because the leak check knows neither the mapping nor that what
 * is parked on it will run again. Not the whole slab: it has guards in it, and
 * the check reads every byte.
 */
void eg__sanitizer_stack_born(struct eg_stack *s, void *lo, void *top)
{
	size_t bytes = (size_t)((char *)top - (char *)lo);

	__lsan_register_root_region(lo, bytes);
	s->valgrind_id = (uint32_t)VALGRIND_STACK_REGISTER(lo, top);
}

/* Frames that never returned have left poison, and the address may come back
 * as somebody else's mapping. */
void eg__sanitizer_stack_gone(struct eg_stack *s, void *lo, void *top)
{
	size_t bytes = (size_t)((char *)top - (char *)lo);

	VALGRIND_STACK_DEREGISTER(s->valgrind_id);
	__lsan_unregister_root_region(lo, bytes);
	__asan_unpoison_memory_region(lo, bytes);
}
#endif

#ifdef EG_CTX_ASAN
static void asan_make(struct eg_ctx *c, void *lo, void *top)
{
	c->asan_fake_stack = NULL;
	c->asan_lo = lo;
	c->asan_bytes = (size_t)((char *)top - (char *)lo);
	/* A recycled stack: frames of its last owner never returned. */
	__asan_unpoison_memory_region(lo, c->asan_bytes);
}

/*
 * The bounds of an OS thread's stack are what the sanitizer says was left, when
 * a switch ends. So it is told of a switch to nowhere, and of one back.
 */
static void asan_adopt(struct eg_ctx *c)
{
	char nowhere[16] = { 0 };
	void *fake;

	__sanitizer_start_switch_fiber(&fake, nowhere, sizeof(nowhere));
	__sanitizer_finish_switch_fiber(fake, &c->asan_lo, &c->asan_bytes);
	__sanitizer_start_switch_fiber(&fake, c->asan_lo, c->asan_bytes);
	__sanitizer_finish_switch_fiber(fake, NULL, NULL);
	c->asan_fake_stack = NULL;
}

/* What is called on top of frames has a fake stack of its own. */
static void asan_make_over(struct eg_ctx *c)
{
	c->asan_fake_stack = NULL;
}

static void asan_leave(void **fake, const struct eg_ctx *to)
{
	__sanitizer_start_switch_fiber(fake, to->asan_lo, to->asan_bytes);
}

static void asan_arrive(void *fake)
{
	__sanitizer_finish_switch_fiber(fake, NULL, NULL);
}
#else
#define asan_make(c, lo, top) ((void)(lo))
#define asan_adopt(c) ((void)(c))
#define asan_make_over(c) ((void)(c))
#define asan_leave(fake, to) ((void)(to))
#define asan_arrive(fake) ((void)0)
#endif

#ifdef EG_TSAN
static void tsan_make(struct eg_ctx *c)
{
	c->tsan_fiber = __tsan_create_fiber(0);
}

static void tsan_adopt(struct eg_ctx *c)
{
	c->tsan_fiber = __tsan_get_current_fiber();
}

/* An adopted context is the OS thread's own fiber, and not ours to destroy. */
static void tsan_done(struct eg_ctx *c)
{
	if (c->tsan_fiber != __tsan_get_current_fiber())
		__tsan_destroy_fiber(c->tsan_fiber);
	c->tsan_fiber = NULL;
}

/*
 * No flag: a switch orders what came before with what comes after. Inlined,
 * because a function that is entered on one fiber and left on the other
 * unbalances the call stacks that TSan keeps for both.
 */
static inline __attribute__((always_inline)) void
tsan_leave(const struct eg_ctx *to)
{
	__tsan_switch_to_fiber(to->tsan_fiber, 0);
}
#else
#define tsan_make(c) ((void)(c))
#define tsan_adopt(c) ((void)(c))
#define tsan_done(c) ((void)(c))
#define tsan_leave(to) ((void)(to))
#endif

#if defined(EG_CTX_ASAN) || defined(EG_TSAN)
void eg__ctx_make(struct eg_ctx *c, void *lo, void *top, eg_ctx_entry *entry,
		  void *arg)
{
	asan_make(c, lo, top);
	tsan_make(c);
	c->sp = eg__ctx_forge(lo, top, entry, arg);
}

void eg__ctx_adopt(struct eg_ctx *c)
{
	c->sp = NULL;
	asan_adopt(c);
	tsan_adopt(c);
}

void eg__ctx_done(struct eg_ctx *c)
{
	tsan_done(c);
}

void eg__ctx_entered(struct eg_ctx *self)
{
	(void)self;
	asan_arrive(NULL);
}

eg_coro_result eg__ctx_switch_pair(struct eg_ctx *from, struct eg_ctx *to,
				   void *value, int code)
{
	void *load_sp = to->sp;
	eg_coro_result brought;

	asan_leave(&from->asan_fake_stack, to);
	tsan_leave(to);
	brought = eg__ctx_swap_pair(&from->sp, load_sp, value, code);
	asan_arrive(from->asan_fake_stack);
	return brought;
}

int eg__ctx_switch(struct eg_ctx *from, struct eg_ctx *to, int value)
{
	return eg__ctx_switch_pair(from, to, NULL, value).code;
}

int eg__ctx_switch_then(struct eg_ctx *from, struct eg_ctx *to, int value,
			eg_ctx_then *then, void *arg)
{
	void *load_sp = to->sp;

	asan_leave(&from->asan_fake_stack, to);
	tsan_leave(to);
	value = eg__ctx_swap_then(&from->sp, load_sp, value, then, arg);
	asan_arrive(from->asan_fake_stack);
	return value;
}

/* A NULL fake stack frees what the sanitizer holds for the stack being left. */
_Noreturn void eg__ctx_exit_pair(struct eg_ctx *from, struct eg_ctx *to,
				 void *value, int code, eg_ctx_then *then,
				 void *arg)
{
	void *load_sp = to->sp;

	asan_leave(NULL, to);
	tsan_leave(to);
	eg__ctx_swap_pair_then(&from->sp, load_sp, value, code, then, arg);
	__builtin_unreachable();
}

_Noreturn void eg__ctx_exit(struct eg_ctx *from, struct eg_ctx *to, int value,
			    eg_ctx_then *then, void *arg)
{
	eg__ctx_exit_pair(from, to, NULL, value, then, arg);
}

/* The same stack, so the same bounds; but to TSan another flow of control. */
void eg__ctx_make_over(struct eg_ctx *c, const struct eg_ctx *below,
		       eg_ctx_entry *entry, void *arg)
{
	void *sp = below->sp;

	*c = *below;
	asan_make_over(c);
	tsan_make(c);
	c->sp = eg__ctx_forge_over(sp, entry, arg);
}

void eg__ctx_stand_on(struct eg_ctx *c, const struct eg_ctx *inner)
{
	void *sp = c->sp;

	*c = *inner;
	c->sp = sp;
}
#endif
