/* SPDX-License-Identifier: MIT */
/*
 * Making contexts and switching between them: first entry, ping-pong, the value
 * handed over, what runs in between, chains, other OS threads, and a stack that
 * is used again, or unmapped, after its context ended.
 */
#include "ctx/ctx.h"
#include "ctx/stack.h"
#include "egt.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A context at the top of its own stack, as a fiber is. */
struct task {
	struct eg_stack stack; /* must be the first field */
	struct eg_ctx ctx;
	struct eg_ctx *back;
	uint64_t count;
	struct task *next;
};

static struct eg_stack_pool pool;

static struct task *task_new(eg_ctx_entry *entry, struct eg_ctx *back)
{
	int class = eg__stack_class(&pool, 48 << 10);
	struct eg_stack *s;
	struct task *t;

	egt_le(0, class);
	egt_eq(eg__stack_get(&pool, (unsigned)class, &s), 0);
	t = (struct task *)s;
	t->back = back;
	t->count = 0;
	t->next = NULL;
	eg__ctx_make(&t->ctx, s->lo + s->guard_bytes, s, entry, t);
	return t;
}

static void task_free(struct task *t)
{
	eg__ctx_done(&t->ctx);
	eg__stack_put(&pool, &t->stack);
}

static void nothing(void *arg)
{
	(void)arg;
}

static void count_forever(void *arg)
{
	struct task *t = arg;

	eg__ctx_entered(&t->ctx);
	for (;;) {
		t->count++;
		eg__ctx_switch(&t->ctx, t->back, 0);
	}
}

EG_TEST_PLAIN(ctx_two_contexts_ping_pong)
{
	enum { ROUNDS = 1000000 };
	struct eg_ctx self;
	struct task *t;

	eg__stack_pool_init(&pool, sizeof(struct task));
	eg__ctx_adopt(&self);
	t = task_new(count_forever, &self);
	for (int i = 0; i < ROUNDS; i++)
		eg__ctx_switch(&self, &t->ctx, 0);
	egt_eq(t->count, ROUNDS);
	task_free(t);
	eg__ctx_done(&self);
	eg__stack_pool_done(&pool);
}

static const int values[] = { 0, 1, -1, 12345, -ETIMEDOUT, INT_MAX, INT_MIN };

/* Sends the successor of what came, so that neither side sees its own. */
static void echo_successor(void *arg)
{
	struct task *t = arg;
	int value = 0;

	eg__ctx_entered(&t->ctx);
	for (;;)
		value = eg__ctx_switch(&t->ctx, t->back,
				       (int)((unsigned)value + 1));
}

EG_TEST_PLAIN(ctx_switch_hands_a_value_over_both_ways)
{
	struct eg_ctx self;
	struct task *t;

	eg__stack_pool_init(&pool, sizeof(struct task));
	eg__ctx_adopt(&self);
	t = task_new(echo_successor, &self);
	/* A first entry has no pending switch, so this value goes nowhere. */
	egt_eq(eg__ctx_switch(&self, &t->ctx, 77), 1);
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		int want = (int)((unsigned)values[i] + 1);

		egt_casef("value %d", values[i]);
		egt_eq(eg__ctx_switch(&self, &t->ctx, values[i]), want);
	}
	task_free(t);
	eg__stack_pool_done(&pool);
}

static const eg_coro_result pairs[] = {
	{ 0, NULL },
	{ 1, (void *)-1 },
	{ -ECANCELED, &pool },
	{ INT_MAX, (void *)INTPTR_MAX },
	{ INT_MIN, (void *)1 },
};

static void *successor(void *value)
{
	return (void *)((uintptr_t)value + 1);
}

static void echo_pair(void *arg)
{
	struct task *t = arg;
	eg_coro_result r = { 0, NULL };

	eg__ctx_entered(&t->ctx);
	for (;;)
		r = eg__ctx_switch_pair(&t->ctx, t->back, successor(r.value),
					~r.code);
}

EG_TEST_PLAIN(ctx_switch_hands_a_pair_over_both_ways)
{
	struct eg_ctx self;
	struct task *t;

	eg__stack_pool_init(&pool, sizeof(struct task));
	eg__ctx_adopt(&self);
	t = task_new(echo_pair, &self);
	/* A first entry has no pending switch here either. */
	egt_eq(eg__ctx_switch_pair(&self, &t->ctx, t, 77).code, ~0);
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		eg_coro_result r;

		egt_casef("pair %zu", i);
		r = eg__ctx_switch_pair(&self, &t->ctx, pairs[i].value,
					pairs[i].code);
		egt_eq(r.code, ~pairs[i].code);
		egt_ptr_eq(r.value, successor(pairs[i].value));
	}
	task_free(t);
	eg__stack_pool_done(&pool);
}

/* Either form may resume what the other has suspended: there is one frame. */
EG_TEST_PLAIN(ctx_switch_forms_resume_each_other)
{
	struct eg_ctx self;
	struct task *t, *p;

	eg__stack_pool_init(&pool, sizeof(struct task));
	eg__ctx_adopt(&self);
	t = task_new(echo_successor, &self);
	p = task_new(echo_pair, &self);
	eg__ctx_switch(&self, &t->ctx, 0);
	eg__ctx_switch(&self, &p->ctx, 0);
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		int want = (int)((unsigned)values[i] + 1);

		egt_casef("value %d", values[i]);
		egt_eq(eg__ctx_switch_pair(&self, &t->ctx, &pool, values[i])
			       .code,
		       want);
		egt_eq(eg__ctx_switch(&self, &p->ctx, values[i]), ~values[i]);
	}
	task_free(p);
	task_free(t);
	eg__stack_pool_done(&pool);
}

static int pair_thens;

static void count_then(void *arg)
{
	egt_ptr_eq(arg, &pair_thens);
	pair_thens++;
}

static void exit_with_pair(void *arg)
{
	struct task *t = arg;

	eg__ctx_entered(&t->ctx);
	eg__ctx_exit_pair(&t->ctx, t->back, pairs[t->count].value,
			  pairs[t->count].code, count_then, &pair_thens);
}

EG_TEST_PLAIN(ctx_exit_hands_a_pair_over)
{
	struct eg_ctx self;

	eg__stack_pool_init(&pool, sizeof(struct task));
	eg__ctx_adopt(&self);
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct task *t = task_new(exit_with_pair, &self);
		eg_coro_result r;

		t->count = i;
		r = eg__ctx_switch_pair(&self, &t->ctx, NULL, 0);
		egt_eq(r.code, pairs[i].code);
		egt_ptr_eq(r.value, pairs[i].value);
		egt_eq(pair_thens, (int)i + 1);
		task_free(t);
	}
	eg__stack_pool_done(&pool);
}

static void exit_with_value(void *arg)
{
	struct task *t = arg;

	eg__ctx_entered(&t->ctx);
	eg__ctx_exit(&t->ctx, t->back, values[t->count], nothing, NULL);
}

EG_TEST_PLAIN(ctx_exit_hands_a_value_over)
{
	struct eg_ctx self;

	eg__stack_pool_init(&pool, sizeof(struct task));
	eg__ctx_adopt(&self);
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		struct task *t = task_new(exit_with_value, &self);

		t->count = i;
		egt_eq(eg__ctx_switch(&self, &t->ctx, 0), values[i]);
		task_free(t);
	}
	eg__stack_pool_done(&pool);
}

static void *entry_frame, *entry_arg;

static void note_entry(void *arg)
{
	struct task *t = arg;

	eg__ctx_entered(&t->ctx);
	entry_frame = __builtin_frame_address(0);
	entry_arg = arg;
	eg__ctx_exit(&t->ctx, t->back, 0, nothing, NULL);
}

/* The ABI: a multiple of 16 where a function's frame record lies. */
EG_TEST_PLAIN(ctx_entry_has_its_argument_and_an_aligned_stack)
{
	struct eg_ctx self;
	struct task *t;

	eg__stack_pool_init(&pool, sizeof(struct task));
	eg__ctx_adopt(&self);
	t = task_new(note_entry, &self);
	eg__ctx_switch(&self, &t->ctx, 0);
	egt_ptr_eq(entry_arg, t);
	egt_eq((uintptr_t)entry_frame % 16, 0);
	egt_true((char *)entry_frame > t->stack.lo);
	egt_true((char *)entry_frame < (char *)t);
	task_free(t);
	eg__stack_pool_done(&pool);
}

struct then_call {
	void *frame;
	void *arg;
	uint64_t resumed; /* how often the task had been resumed before */
};

static struct task *watched;
static struct then_call then_calls[4];
static size_t thens;

static void note_then(void *arg)
{
	egt_true(thens < ARRAY_LEN(then_calls));
	then_calls[thens++] = (struct then_call){
		.frame = __builtin_frame_address(0),
		.arg = arg,
		.resumed = watched->count,
	};
}

static void switch_back_then(void *arg)
{
	struct task *t = arg;

	eg__ctx_entered(&t->ctx);
	for (;;) {
		t->count++;
		eg__ctx_switch_then(&t->ctx, t->back, -9, note_then, &t->next);
	}
}

static bool is_on_stack_of(const struct task *t, const void *frame)
{
	return (const char *)frame > t->stack.lo &&
	       (const char *)frame < (const char *)t;
}

/* The first round goes to a context that never ran, the others to a
 * suspended one. */
EG_TEST_PLAIN(ctx_then_runs_once_on_the_targets_stack_before_it_resumes)
{
	struct eg_ctx self;
	int our_arg;

	eg__stack_pool_init(&pool, sizeof(struct task));
	eg__ctx_adopt(&self);
	watched = task_new(switch_back_then, &self);
	for (uint64_t round = 0; round < 3; round++) {
		thens = 0;
		egt_eq(eg__ctx_switch_then(&self, &watched->ctx, 1, note_then,
					   &our_arg),
		       -9);
		egt_eq(thens, 2);
		egt_ptr_eq(then_calls[0].arg, &our_arg);
		egt_eq(then_calls[0].resumed, round);
		egt_true(is_on_stack_of(watched, then_calls[0].frame));
		egt_ptr_eq(then_calls[1].arg, &watched->next);
		egt_eq(then_calls[1].resumed, round + 1);
		egt_true(!is_on_stack_of(watched, then_calls[1].frame));
		/* As note_entry(): aligned as the ABI wants at a call. */
		egt_eq((uintptr_t)then_calls[0].frame % 16, 0);
		egt_eq((uintptr_t)then_calls[1].frame % 16, 0);
	}
	task_free(watched);
	eg__stack_pool_done(&pool);
}

static void echo_successor_then(void *arg)
{
	struct task *t = arg;
	int value = 0;

	eg__ctx_entered(&t->ctx);
	for (;;)
		value = eg__ctx_switch_then(&t->ctx, t->back,
					    (int)((unsigned)value + 1), nothing,
					    NULL);
}

EG_TEST_PLAIN(ctx_switch_then_hands_a_value_over_both_ways)
{
	struct eg_ctx self;
	struct task *t;

	eg__stack_pool_init(&pool, sizeof(struct task));
	eg__ctx_adopt(&self);
	t = task_new(echo_successor_then, &self);
	egt_eq(eg__ctx_switch_then(&self, &t->ctx, 77, nothing, NULL), 1);
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		int want = (int)((unsigned)values[i] + 1);

		egt_casef("value %d", values[i]);
		egt_eq(eg__ctx_switch_then(&self, &t->ctx, values[i], nothing,
					   NULL),
		       want);
	}
	task_free(t);
	eg__stack_pool_done(&pool);
}

/* A context that each of two OS threads hands to the other. */
static struct {
	struct eg_ctx ctx;
	struct eg_ctx threads[2];
	_Atomic(struct eg_ctx *) offered[2]; /* by thread */
	int thread; /* that it runs on */
	atomic_bool is_over;
} hopper;

/* The other thread may resume it from here on: this stack is not its own. */
static void offer(void *slot)
{
	atomic_store((_Atomic(struct eg_ctx *) *)slot, &hopper.ctx);
}

static void end_hopping(void *arg)
{
	(void)arg;
	hopper.is_over = true;
}

static void hop(void *arg)
{
	enum { HOPS = 1000 };
	int *hops = arg;

	eg__ctx_entered(&hopper.ctx);
	for (; *hops < HOPS; ++*hops) {
		int from = hopper.thread;

		eg__ctx_switch_then(&hopper.ctx, &hopper.threads[from], 0,
				    offer, &hopper.offered[1 - from]);
		egt_eq(hopper.thread, 1 - from);
	}
	eg__ctx_exit(&hopper.ctx, &hopper.threads[hopper.thread], 0,
		     end_hopping, NULL);
}

static void *carry_hopper(void *arg)
{
	int thread = (int)(intptr_t)arg;
	struct eg_ctx *self = &hopper.threads[thread];

	eg__ctx_adopt(self);
	while (!hopper.is_over) {
		struct eg_ctx *c =
			atomic_exchange(&hopper.offered[thread], NULL);

		if (!c) {
			sched_yield();
			continue;
		}
		hopper.thread = thread;
		eg__ctx_switch(self, c, 0);
	}
	eg__ctx_done(self);
	return NULL;
}

EG_TEST_PLAIN(ctx_then_may_hand_what_was_left_to_another_thread)
{
	enum { STACK_BYTES = 1 << 16 };
	char *stack = aligned_alloc(64, STACK_BYTES);
	pthread_t threads[2];
	int hops = 0;

	eg__ctx_make(&hopper.ctx, stack, stack + STACK_BYTES, hop, &hops);
	hopper.offered[0] = &hopper.ctx;
	for (intptr_t i = 0; i < 2; i++)
		egt_eq(pthread_create(&threads[i], NULL, carry_hopper,
				      (void *)i),
		       0);
	for (int i = 0; i < 2; i++)
		egt_eq(pthread_join(threads[i], NULL), 0);
	egt_eq(hops, 1000);
	eg__ctx_done(&hopper.ctx);
	free(stack);
}

/* Makes the next of the chain, waits for it, and goes back. */
static void chain(void *arg)
{
	struct task *t = arg;

	eg__ctx_entered(&t->ctx);
	if (t->count > 0) {
		t->next = task_new(chain, &t->ctx);
		t->next->count = t->count - 1;
		eg__ctx_switch(&t->ctx, &t->next->ctx, 0);
		t->count += t->next->count;
		task_free(t->next);
	}
	eg__ctx_exit(&t->ctx, t->back, 0, nothing, NULL);
}

EG_TEST_PLAIN(ctx_deep_chain_of_contexts)
{
	enum { DEPTH = 1000 };
	struct eg_ctx self;
	struct task *t;

	eg__stack_pool_init(&pool, sizeof(struct task));
	eg__ctx_adopt(&self);
	t = task_new(chain, &self);
	t->count = DEPTH;
	eg__ctx_switch(&self, &t->ctx, 0);
	egt_eq(t->count, DEPTH * (DEPTH + 1) / 2);
	egt_eq(pool.slots_carved, DEPTH + 1);
	task_free(t);
	eg__stack_pool_done(&pool);
}

static void leave_frames_behind(struct task *t)
{
	char frame[4096];

	memset(frame, 1, sizeof(frame));
	__asm__ volatile("" : : "r"(frame) : "memory");
	eg__ctx_exit(&t->ctx, t->back, 0, nothing, NULL);
}

static void exit_from_below(void *arg)
{
	struct task *t = arg;

	eg__ctx_entered(&t->ctx);
	leave_frames_behind(t);
}

/* Under AddressSanitizer: what the first left poisoned is the second's. */
EG_TEST_PLAIN(ctx_stack_is_clean_for_its_next_context)
{
	struct eg_ctx self;

	eg__stack_pool_init(&pool, sizeof(struct task));
	eg__ctx_adopt(&self);
	for (int i = 0; i < 100; i++) {
		struct task *t = task_new(exit_from_below, &self);

		eg__ctx_switch(&self, &t->ctx, 0);
		memset(t->stack.lo + t->stack.guard_bytes, 0,
		       eg__stack_bytes(&t->stack));
		task_free(t);
	}
	egt_eq(pool.slots_carved, 1);
	eg__stack_pool_done(&pool);
}

enum { MAPPED_BYTES = 1 << 16 };

static struct eg_ctx mapped, mapped_back;

static void unmap_left_stack(void *stack)
{
	eg__ctx_done(&mapped);
	egt_eq(munmap(stack, MAPPED_BYTES), 0);
}

static void exit_mapped(void *stack)
{
	eg__ctx_entered(&mapped);
	eg__ctx_exit(&mapped, &mapped_back, -3, unmap_left_stack, stack);
}

EG_TEST_PLAIN(ctx_exit_may_unmap_the_stack_that_was_left)
{
	eg__ctx_adopt(&mapped_back);
	for (int i = 0; i < 100; i++) {
		char *stack = mmap(NULL, MAPPED_BYTES, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		unsigned char resident[MAPPED_BYTES >> 12];

		egt_true(stack != MAP_FAILED);
		eg__ctx_make(&mapped, stack, stack + MAPPED_BYTES, exit_mapped,
			     stack);
		egt_eq(eg__ctx_switch(&mapped_back, &mapped, 0), -3);
		egt_eq(mincore(stack, MAPPED_BYTES, resident), -1);
		egt_eq(errno, ENOMEM);
	}
}

static void keep_a_pointer(void *arg)
{
	struct task *t = arg;
	char *volatile held;

	eg__ctx_entered(&t->ctx);
	held = malloc(100);
	eg__ctx_switch(&t->ctx, t->back, 0);
	free(held);
	eg__ctx_exit(&t->ctx, t->back, 0, nothing, NULL);
}

/* Never resumed: a leak check at the end of this process must find the
 * pointer on the parked stack. */
EG_TEST_PLAIN(ctx_parked_stack_is_searched_for_pointers)
{
	static struct eg_ctx self;
	struct task *t;

	eg__stack_pool_init(&pool, sizeof(struct task));
	eg__ctx_adopt(&self);
	t = task_new(keep_a_pointer, &self);
	eg__ctx_switch(&self, &t->ctx, 0);
	egt_true(t->stack.is_in_use);
}
