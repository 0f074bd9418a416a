/* SPDX-License-Identifier: MIT */
/*
 * A backtrace works inside a context and ends where the context began; so does
 * one between two contexts, and at every single instruction of a swap. And a
 * context that was left by a tail call resumes in the caller.
 */
#include "ctx_registers.h"

#include "egt.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
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

static struct trace between;
static _Unwind_Reason_Code between_end;

static void look_back_between(void *arg)
{
	(void)arg;
	between.frames = 0;
	between_end = _Unwind_Backtrace(note_frame, &between);
}

static void park_here(void *arg)
{
	(void)arg;
	eg__ctx_entered(&other_ctx);
	for (;;)
		eg__ctx_switch(&other_ctx, &main_ctx, 0);
}

/* First on a stack that has only a forged frame, then on a suspended one. */
EG_TEST_PLAIN(ctx_backtrace_in_a_then_is_that_of_the_target)
{
	char *stack = aligned_alloc(64, STACK_BYTES);

	eg__ctx_adopt(&main_ctx);
	eg__ctx_make(&other_ctx, stack, stack + STACK_BYTES, park_here, NULL);
	for (int i = 0; i < 2; i++) {
		eg__ctx_switch_then(&main_ctx, &other_ctx, 0, look_back_between,
				    NULL);
		egt_eq(between_end, _URC_END_OF_STACK);
		egt_true(has(&between, (uintptr_t)look_back_between));
		egt_eq(has(&between, (uintptr_t)park_here), i);
		egt_lt(between.frames, 8);
	}
	eg__ctx_done(&other_ctx);
	free(stack);
}

/* The function in which main_ctx, suspended now, will go on; 0: cannot tell. */
static uintptr_t resumes_in(void)
{
#if defined(EG_CTX_UCONTEXT)
	return 0;
#else
	const struct eg_ctx_frame *f = main_ctx.sp;
#if defined(__x86_64__)
	uintptr_t at = f->resume;
#else
	uintptr_t at = f->x30;
#endif
	return (uintptr_t)_Unwind_FindEnclosingFunction((void *)at);
#endif
}

static uintptr_t resumed_in;

static void note_resumption(void *arg)
{
	(void)arg;
	eg__ctx_entered(&other_ctx);
	for (;;) {
		resumed_in = resumes_in();
		eg__ctx_switch(&other_ctx, &main_ctx, -40);
	}
}

static __attribute__((noinline)) int leave_by_tail_call(void)
{
	return eg__ctx_switch(&main_ctx, &other_ctx, 0);
}

static __attribute__((noinline)) int leave_then_by_tail_call(void)
{
	return eg__ctx_switch_then(&main_ctx, &other_ctx, 0, nothing, NULL);
}

static __attribute__((noinline)) eg_coro_result leave_pair_by_tail_call(void)
{
	return eg__ctx_switch_pair(&main_ctx, &other_ctx, NULL, 0);
}

/* Not a tail call: there is something to do with the value. */
static __attribute__((noinline)) int call_and_add(int (*leave)(void), int more)
{
	return leave() + more;
}

static __attribute__((noinline)) int call_pair_and_add(int more)
{
	return leave_pair_by_tail_call().code + more;
}

/* ucontext keeps a frame of its own, and a sanitizer is told of the arrival. */
static bool has_tail_calls(void)
{
#if !defined(__OPTIMIZE__) || defined(EG_CTX_UCONTEXT) || \
	defined(EG_CTX_ASAN) || defined(EG_TSAN)
	return false;
#else
	return true;
#endif
}

EG_TEST_PLAIN(ctx_left_by_a_tail_call_resumes_in_the_caller)
{
	static int (*const leave[])(void) = { leave_by_tail_call,
					      leave_then_by_tail_call };
	char *stack = aligned_alloc(64, STACK_BYTES);

	eg__ctx_adopt(&main_ctx);
	eg__ctx_make(&other_ctx, stack, stack + STACK_BYTES, note_resumption,
		     NULL);
	for (int i = 0; i < 4; i++) {
		egt_eq(call_and_add(leave[i % 2], i), i - 40);
		if (has_tail_calls())
			egt_eq(resumed_in, (uintptr_t)call_and_add);
		egt_eq(call_pair_and_add(i), i - 40);
		if (has_tail_calls())
			egt_eq(resumed_in, (uintptr_t)call_pair_and_add);
	}
	eg__ctx_done(&other_ctx);
	free(stack);
}

#if defined(__x86_64__) && !defined(EG_CTX_UCONTEXT)
enum {
	TRAP_FLAG = 0x100,
	SWAP_INSTRUCTIONS = 18,
	SWAP_THEN_INSTRUCTIONS = 23,
	SWAP_PAIR_INSTRUCTIONS = 18,
	SWAP_PAIR_THEN_INSTRUCTIONS = 25,
};

static void *main_sp, *other_sp;
static ctx_swap_fn *swap_of_both;
static eg_ctx_then *then_of_both;
static int steps, lost;

/* Of the two sides of a swap: what its caller finds when it goes on. */
static struct eg_ctx_frame wanted[2];

struct step {
	uintptr_t swap; /* the function being stepped through */
	struct trace trace;
	struct eg_ctx_frame caller; /* as the CFI has it */
};

static _Unwind_Reason_Code note_step(struct _Unwind_Context *c, void *arg)
{
	struct step *s = arg;
	int frames = s->trace.frames;

	if (frames > 0 && s->trace.function[frames - 1] == s->swap)
		s->caller = (struct eg_ctx_frame){
			.r15 = _Unwind_GetGR(c, 15),
			.r14 = _Unwind_GetGR(c, 14),
			.r13 = _Unwind_GetGR(c, 13),
			.r12 = _Unwind_GetGR(c, 12),
			.rbx = _Unwind_GetGR(c, 3),
			.rbp = _Unwind_GetGR(c, 6),
			.resume = _Unwind_GetIP(c),
		};
	return note_frame(c, &s->trace);
}

static const uint64_t main_in[CTX_REGISTERS] = { 11, 12, 13, 14, 15, 16 };
static const uint64_t other_in[CTX_REGISTERS] = { 21, 22, 23, 24, 25, 26 };

static void swap_back(void *arg)
{
	uint64_t out[CTX_REGISTERS];

	for (;;)
		swap_of_both(&other_sp, main_sp, other_in, out, then_of_both,
			     arg);
}

static __attribute__((noinline)) void swap_away(void)
{
	uint64_t out[CTX_REGISTERS];

	swap_of_both(&main_sp, other_sp, main_in, out, then_of_both, NULL);
	__asm__ volatile("");
}

/* Nothing is saved yet: this is what its caller will want back. */
static struct eg_ctx_frame at_entry(const greg_t *regs)
{
	return (struct eg_ctx_frame){
		.r15 = (uint64_t)regs[REG_R15],
		.r14 = (uint64_t)regs[REG_R14],
		.r13 = (uint64_t)regs[REG_R13],
		.r12 = (uint64_t)regs[REG_R12],
		.rbx = (uint64_t)regs[REG_RBX],
		.rbp = (uint64_t)regs[REG_RBP],
		.resume = *(uint64_t *)regs[REG_RSP],
	};
}

/* The form of swap that @at is in, or 0. */
static uintptr_t swap_at(uintptr_t at)
{
	if (at < (uintptr_t)eg__ctx_swap || at >= (uintptr_t)eg__ctx_start - 1)
		return 0;
	return (uintptr_t)_Unwind_FindEnclosingFunction((void *)(at + 1));
}

/* Called for every instruction between set_stepping(true) and (false). */
static void on_step(int signal, siginfo_t *info, void *arg)
{
	const ucontext_t *uc = arg;
	const greg_t *regs = uc->uc_mcontext.gregs;
	uintptr_t at = (uintptr_t)regs[REG_RIP];
	struct step s = { .swap = swap_at(at) };
	bool is_main;

	(void)signal;
	(void)info;
	if (!s.swap)
		return;
	steps++;
	if (_Unwind_Backtrace(note_step, &s) != _URC_END_OF_STACK)
		lost++;
	is_main = has(&s.trace, (uintptr_t)swap_away);
	if (is_main == has(&s.trace, (uintptr_t)eg__ctx_start - 1))
		lost++;
	if (at == s.swap)
		wanted[is_main] = at_entry(regs);
	if (memcmp(&s.caller, &wanted[is_main], sizeof(s.caller)) != 0)
		lost++;
}

static void set_stepping(bool on)
{
	uint64_t flags = __builtin_ia32_readeflags_u64();

	flags = on ? flags | TRAP_FLAG : flags & ~(uint64_t)TRAP_FLAG;
	__builtin_ia32_writeeflags_u64(flags);
}

static void step_through(ctx_swap_fn *swap, eg_ctx_then *then, int instructions)
{
	struct sigaction action = { .sa_sigaction = on_step,
				    .sa_flags = SA_SIGINFO };
	char *stack = aligned_alloc(64, STACK_BYTES);

	if (RUNNING_ON_VALGRIND)
		egt_skip("valgrind has no single stepping");
#if defined(EG_CTX_ASAN) || defined(EG_TSAN)
	egt_skip("sanitizers do not follow a bare swap");
#endif
	egt_eq(sigaction(SIGTRAP, &action, NULL), 0);
	swap_of_both = swap;
	then_of_both = then;
	other_sp = eg__ctx_forge(stack, stack + STACK_BYTES, swap_back, NULL);
	wanted[false] = *(struct eg_ctx_frame *)other_sp;
	set_stepping(true);
	swap_away();
	swap_away();
	set_stepping(false);
	/* Twice there and back. */
	egt_eq(steps, 4 * instructions);
	egt_eq(lost, 0);
	free(stack);
}

EG_TEST_PLAIN(ctx_backtrace_works_at_every_instruction_of_the_swap)
{
	step_through(ctx_swap_with, NULL, SWAP_INSTRUCTIONS);
}

EG_TEST_PLAIN(ctx_backtrace_works_at_every_instruction_of_a_swap_with_then)
{
	step_through(ctx_swap_with, nothing, SWAP_THEN_INSTRUCTIONS);
}

EG_TEST_PLAIN(ctx_backtrace_works_at_every_instruction_of_a_swap_of_pairs)
{
	step_through(ctx_swap_pair_with, NULL, SWAP_PAIR_INSTRUCTIONS);
}

EG_TEST_PLAIN(ctx_backtrace_works_at_every_instruction_of_a_pair_with_then)
{
	step_through(ctx_swap_pair_with, nothing, SWAP_PAIR_THEN_INSTRUCTIONS);
}
#endif
