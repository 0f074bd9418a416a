/* SPDX-License-Identifier: MIT */
/*
 * Making contexts and switching between them: first entry, ping-pong, chains,
 * and a stack that is used again after its context ended.
 */
#include "ctx/ctx.h"
#include "ctx/stack.h"
#include "egt.h"

#include <stdlib.h>
#include <string.h>

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
