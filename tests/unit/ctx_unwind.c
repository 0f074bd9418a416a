/* SPDX-License-Identifier: MIT */
/*
 * A backtrace works inside a context and ends where the context began; and it
 * works at every single instruction of the swap.
 */
#include "ctx/ctx.h"
#include "egt.h"

#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unwind.h>

#ifdef EG_VALGRIND
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

enum { STACK_BYTES = 1 << 17, FRAMES_MAX = 200 };

static struct eg_ctx main_ctx, other_ctx;

struct trace {
	int frames;
	uintptr_t function[FRAMES_MAX];
};

static _Unwind_Reason_Code note_frame(struct _Unwind_Context *c, void *arg)
{
	struct trace *t = arg;

	if (t->frames == FRAMES_MAX)
		return _URC_NORMAL_STOP;
	t->function[t->frames++] = (uintptr_t)_Unwind_GetRegionStart(c);
	return _URC_NO_REASON;
}

static bool has(const struct trace *t, uintptr_t function)
{
	for (int i = 0; i < t->frames; i++)
		if (t->function[i] == function)
			return true;
	return false;
}

static struct trace inside;
static _Unwind_Reason_Code inside_end;

static void nothing(void *arg)
{
	(void)arg;
}

static void look_back(void *arg)
{
	(void)arg;
	eg__ctx_entered(&other_ctx);
	inside_end = _Unwind_Backtrace(note_frame, &inside);
	eg__ctx_exit(&other_ctx, &main_ctx, 0, nothing, NULL);
}

EG_TEST_PLAIN(ctx_backtrace_ends_where_the_context_began)
{
	char *stack = aligned_alloc(64, STACK_BYTES);

	eg__ctx_adopt(&main_ctx);
	eg__ctx_make(&other_ctx, stack, stack + STACK_BYTES, look_back, NULL);
	eg__ctx_switch(&main_ctx, &other_ctx, 0);
	egt_eq(inside_end, _URC_END_OF_STACK);
	egt_true(has(&inside, (uintptr_t)look_back));
	egt_lt(inside.frames, 8);
	eg__ctx_done(&other_ctx);
	free(stack);
}

#if defined(__x86_64__) && !defined(EG_CTX_UCONTEXT)
enum { TRAP_FLAG = 0x100, SWAP_INSTRUCTIONS = 18 };

static void *main_sp, *other_sp;
static int steps, lost;
static struct trace stepped;

static void swap_back(void *arg)
{
	(void)arg;
	for (;;)
		eg__ctx_swap(&other_sp, main_sp, 0);
}

static __attribute__((noinline)) void swap_away(void)
{
	eg__ctx_swap(&main_sp, other_sp, 0);
	__asm__ volatile("");
}

/* A caller on this side or on the other, which may have yet to begin. */
static bool has_one_caller(const struct trace *t)
{
	return has(t, (uintptr_t)swap_away) !=
	       has(t, (uintptr_t)eg__ctx_start - 1);
}

/* Called for every instruction between set_stepping(true) and (false). */
static void on_step(int signal, siginfo_t *info, void *arg)
{
	const ucontext_t *uc = arg;
	uintptr_t at = (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];
	uintptr_t swap = (uintptr_t)eg__ctx_swap;

	(void)signal;
	(void)info;
	if (at < swap || at >= (uintptr_t)eg__ctx_start - 1)
		return;
	stepped.frames = 0;
	steps++;
	if (_Unwind_Backtrace(note_frame, &stepped) != _URC_END_OF_STACK ||
	    !has(&stepped, swap) || !has_one_caller(&stepped))
		lost++;
}

static void set_stepping(bool on)
{
	uint64_t flags = __builtin_ia32_readeflags_u64();

	flags = on ? flags | TRAP_FLAG : flags & ~(uint64_t)TRAP_FLAG;
	__builtin_ia32_writeeflags_u64(flags);
}

EG_TEST_PLAIN(ctx_backtrace_works_at_every_instruction_of_the_swap)
{
	struct sigaction action = { .sa_sigaction = on_step,
				    .sa_flags = SA_SIGINFO };
	char *stack = aligned_alloc(64, STACK_BYTES);

	if (RUNNING_ON_VALGRIND)
		egt_skip("valgrind has no single stepping");
#if defined(EG_CTX_ASAN) || defined(EG_CTX_TSAN)
	egt_skip("sanitizers do not follow a bare swap");
#endif
	egt_eq(sigaction(SIGTRAP, &action, NULL), 0);
	other_sp = eg__ctx_forge(stack, stack + STACK_BYTES, swap_back, NULL);
	set_stepping(true);
	swap_away();
	swap_away();
	set_stepping(false);
	/* Twice there and back. */
	egt_eq(steps, 4 * SWAP_INSTRUCTIONS);
	egt_eq(lost, 0);
	free(stack);
}
#endif
