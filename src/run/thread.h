/* SPDX-License-Identifier: MIT */
/*
 * A thread of the program: a fiber of the core on a stack that the program
 * gave, with what the kernel keeps per thread. Owns identity, not behaviour.
 */
#ifndef EG_RUN_THREAD_H
#define EG_RUN_THREAD_H

#include "core/fiber.h"

#include <signal.h>

struct eg_run_call;
struct eg_run_regs;

enum {
	/* Thread ids of threads that the kernel does not know. The kernel's own
	 * end at 4194304 (PID_MAX_LIMIT), what a CPU clock id can name at 2^28. */
	EG_RUN_TID_FIRST = 1 << 27,
	EG_RUN_TIDS = 1 << 27,
	EG_RUN_THREADS_MAX = 1 << 21,
};

/* How the running code came into the layer: what a switch has to preserve. */
enum eg_run_entry {
	EG_RUN_ENTRY_FAST, /* a C call: the control words of the FPU */
	EG_RUN_ENTRY_CALL, /* a system call: all vector registers */
};

/* A signal directed at one thread, until it is delivered. */
struct eg_run_signal_info {
	struct eg_list link;
	siginfo_t info;
};

enum eg_run_futex_kind {
	EG_RUN_FUTEX_PLAIN,
	EG_RUN_FUTEX_VECTOR,	 /* one word of several */
	EG_RUN_FUTEX_PI,	 /* a lock: its owner hands it over */
	EG_RUN_FUTEX_REQUEUE_PI, /* to be moved to a lock */
};

/* A place in the line at a futex word: see futex.h. Not linked when woken. */
struct eg_run_futex_wait {
	struct eg_list link; /* in its bucket */
	uint32_t *address;   /* the program's */
	struct eg_run_thread *thread;
	uint32_t bits; /* woken by any of these */
	uint8_t kind;  /* enum eg_run_futex_kind */
	uint8_t index; /* VECTOR: which word; what the park returns */
};

struct eg_run_thread {
	struct eg_fiber fiber; /* first */
	uint64_t fs_base;      /* while not running */
	uint32_t mxcsr;	       /* while not running, by a fast path */
	uint16_t fpu_control;
	uint8_t entry;	       /* enum eg_run_entry */
	bool is_interruptible; /* parked: a signal ends the wait with -EINTR */
	bool is_cancel_point;  /* parked: pthread_cancel() ends it, too */
	bool is_main;	       /* the process's first thread */
	int32_t tid;
	uint32_t *clear_tid; /* the program's: cleared and woken at the end */
	void *robust_list;   /* the program's */
	size_t robust_bytes;
	struct eg_list link; /* in eg__run.threads */

	struct eg_run_futex_wait futex; /* of a wait for one word */

	/* Signals, as the program sees them. */
	uint64_t mask;
	uint64_t saved_mask; /* to come back when a handler has run */
	bool has_saved_mask; /* of sigsuspend, ppoll, ... */
	bool signals_restart; /* no handler without SA_RESTART has run */
	uint64_t pending;    /* bit s - 1: directed at this thread */
	struct eg_list signals; /* owned: struct eg_run_signal_info */
	stack_t alt_stack;

	uint64_t cpu_ns; /* used up to the last switch; see cpu_time.c */
	uint64_t affinity; /* as it was set; 0: never */
	uint64_t stack_lo; /* a stack mapped and not protected yet, or 0 */
	uint64_t stack_bytes;
	int32_t policy;	   /* as sched_setscheduler() set it */
	int32_t priority;
	char name[16]; /* as PR_GET_NAME gives it */
};

static inline struct eg_run_thread *eg__run_thread_of(struct eg_fiber *f)
{
	return eg_container_of(f, struct eg_run_thread, fiber);
}

/* The thread of this id, 0 meaning the running one; or NULL. */
struct eg_run_thread *eg__run_thread_find(int tid);

#endif
