/* SPDX-License-Identifier: MIT */
/*
 * The worker: what belongs to one OS thread of the layer. Found through the GS
 * base, because the program's own thread-local storage is loaded while the
 * layer runs. Says nothing of what all workers share (layer.h).
 */
#ifndef EG_RUN_WORKER_H
#define EG_RUN_WORKER_H

/* Offsets from the GS base, for entry_x86_64.S as well. */
#define EG_RUN_GS_CORE 0
#define EG_RUN_GS_SELF 8
#define EG_RUN_GS_IN_LAYER 16
#define EG_RUN_GS_ATTENTION 17
#define EG_RUN_GS_PASS_THROUGH 18

#ifndef __ASSEMBLER__

#include "base/check.h"
#include "core/hub.h"
#include "run/thread.h"

struct eg_run_worker {
	struct eg_worker *core;	    /* what eg__worker() finds */
	struct eg_run_worker *self;
	/* The OS thread executes the layer, not the program: signals that come
	 * now are noted and delivered on the way out. */
	uint8_t in_layer;
	/* Something is to be done before the program goes on: see
	 * eg__run_attend(). */
	uint8_t attention;
	/* A child shares this memory until it executes a program (vfork, as
	 * posix_spawn uses it): system calls are the kernel's. */
	uint8_t pass_through;
	uint64_t kernel_mask;	 /* the signals that the kernel holds back */
	struct eg_run_notes *notes; /* owned: signals that came in the layer */
	char *signal_stack;	 /* owned: where the kernel pushes frames */
	int32_t os_thread;	 /* the kernel's thread id */
	int32_t call_budget;	 /* calls left before others get a turn */
	uint32_t spare_signal_stacks; /* in spare_stack, linked */
	char *spare_stack;	 /* owned: first of a list */
	int32_t tick_timer;	 /* the kernel's timer, or -1 */
	uint32_t ticks_held;	 /* by one thread, for the watchdog */
	uint64_t ticks_switches; /* the switches when it was last counted */
	int32_t guard_timer;	 /* the kernel's timer; see guard.c */
	int32_t guard_owner;	 /* the process that has it, or 0 */
	bool guard_is_armed;
	bool guard_is_active; /* in a guarded call */
	bool guard_is_used;   /* by one that began since it was armed */
};

_Static_assert(offsetof(struct eg_run_worker, in_layer) == EG_RUN_GS_IN_LAYER &&
		       offsetof(struct eg_run_worker, attention) ==
			       EG_RUN_GS_ATTENTION &&
		       offsetof(struct eg_run_worker, pass_through) ==
			       EG_RUN_GS_PASS_THROUGH,
	       "entry_x86_64.S knows these");

#define EG_RUN_STRING_(x) #x
#define EG_RUN_STRING(x) EG_RUN_STRING_(x)
#define EG_RUN_GS(offset) "%%gs:" EG_RUN_STRING(offset)

/* The worker that executes this; another one after every switch. */
static inline struct eg_run_worker *eg__run_worker(void)
{
	struct eg_run_worker *w;

	__asm__ volatile("movq " EG_RUN_GS(EG_RUN_GS_SELF) ", %0" : "=r"(w));
	return w;
}

/* The running thread. Not in the hub's own context. */
static inline struct eg_run_thread *eg__run_self(void)
{
	return eg_container_of(eg__worker()->current, struct eg_run_thread,
			       fiber);
}

static inline bool eg__run_is_in_layer(void)
{
	uint8_t in;

	__asm__ volatile("movb " EG_RUN_GS(EG_RUN_GS_IN_LAYER) ", %0"
			 : "=r"(in) : : "memory");
	return in;
}

static inline void eg__run_set_in_layer(uint8_t in)
{
	__asm__ volatile("movb %0, " EG_RUN_GS(EG_RUN_GS_IN_LAYER)
			 : : "q"(in) : "memory");
}

static inline bool eg__run_needs_attention(void)
{
	uint8_t needs;

	__asm__ volatile("movb " EG_RUN_GS(EG_RUN_GS_ATTENTION) ", %0"
			 : "=r"(needs) : : "memory");
	return needs;
}

static inline bool eg__run_is_pass_through(void)
{
	uint8_t is;

	__asm__ volatile("movb " EG_RUN_GS(EG_RUN_GS_PASS_THROUGH) ", %0"
			 : "=r"(is) : : "memory");
	return is;
}

/* Runs what was put off while in the layer: signals. Called outside of it, may
 * run the program's handlers, may switch, and may never return. */
void eg__run_attend(void);

/* Around a fast path: nothing between them is interrupted by a handler of the
 * program or by another thread, unless it parks. */
static inline void eg__run_enter(void)
{
	eg__run_set_in_layer(1);
}

static inline void eg__run_leave(void)
{
	eg__run_set_in_layer(0);
	if (eg_unlikely(eg__run_needs_attention()))
		eg__run_attend();
}

#endif
#endif
