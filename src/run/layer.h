/* SPDX-License-Identifier: MIT */
/*
 * What all workers of the layer share, and how a system call reaches the code
 * that answers it. One process, one layer.
 */
#ifndef EG_RUN_LAYER_H
#define EG_RUN_LAYER_H

#include "base/alloc.h"
#include "base/sys.h"
#include "run/worker.h"

/* The kernel's own codes: a signal came; whether the call is begun again is
 * the handlers' (SA_RESTART) decision. Never seen by the program. */
enum { EG_RUN_RESTART = -512 };

/* How evergreen's own failures end the process, as env(1) and timeout(1) do. */
enum { EG_RUN_STATUS = 125 };

enum eg_run_files { EG_RUN_FILES_BLOCK, EG_RUN_FILES_OFFLOAD };

/* From the environment variable that the launcher sets. */
struct eg_run_options {
	int32_t root; /* the process that was launched; others are followed */
	int32_t tick_us; /* 0: no tick */
	uint8_t files;	 /* enum eg_run_files */
	bool stats;
	bool follow;
	bool verbose;
	char backend[12];
};

struct eg_run_stats {
	uint64_t threads_made;
	uint64_t threads_max;
	uint64_t trapped;
	uint64_t calls;	  /* system calls that the layer answered */
	uint64_t fast;
	uint64_t sites;
	uint64_t sites_refused;
	uint64_t preempted;
	uint64_t offloaded;
};

struct eg_run_layer {
	bool is_on;	     /* set once, when system calls are dispatched */
	struct eg_hub *hub;
	struct eg_slab threads_slab;
	struct eg_list threads; /* all, the oldest first */
	uint32_t threads_alive;
	struct eg_run_thread *main_thread; /* NULL when it has ended */
	struct eg_run_options options;
	struct eg_run_stats stats;
	int32_t process_id;
	/* Moves on whenever what is remembered of descriptors (blocking mode,
	 * timeouts) may have become wrong for all of them. */
	uint32_t descriptor_epoch;
	bool has_forked; /* this process was forked off while the layer ran */
	uint32_t forks;	 /* made by this process */
	struct eg_run_worker first_worker;
};

/* On one page with what else a fork child writes first: each is a copy. */
extern struct eg_run_layer eg__run;

/* The arguments of a system call, in the kernel's order. */
struct eg_run_call {
	int64_t nr;
	int64_t a[6]; /* rdi rsi rdx r10 r8 r9 */
};

/* What entry_x86_64.S pushed, when the call came by an instruction: offsets in
 * registers.h. */
struct eg_run_regs {
	struct eg_run_call call; /* nr is rax, and takes the result */
	uint64_t rbx, rbp, r12, r13, r14, r15;
	uint64_t resume; /* the address behind the system call */
	uint64_t back;	 /* where the entry returns to: a stub */
};

/* The red zone of the ABI, which the entry leaves alone. */
enum { EG_RUN_RED_ZONE = 128 };

/* The program's stack pointer at its system call. */
static inline uint64_t eg__run_regs_sp(const struct eg_run_regs *r)
{
	return (uint64_t)(r + 1) + EG_RUN_RED_ZONE;
}

/*
 * Answers a system call: a value, a negative errno, or EG_RUN_RESTART. Runs in
 * the layer, on the calling thread's stack. May switch. What it holds must be
 * released when it returns EG_RUN_RESTART or -EINTR: a handler that runs then
 * may never come back.
 */
typedef int64_t eg_run_call_fn(struct eg_run_call *c);

/* One row of a module's table; boot.c joins them. */
struct eg_run_row {
	int32_t nr;
	eg_run_call_fn *fn;
};

/* Rows end with { -1, NULL }. A call without one goes to the kernel. */
extern const struct eg_run_row eg__run_thread_rows[];
extern const struct eg_run_row eg__run_identity_rows[];
extern const struct eg_run_row eg__run_sleep_rows[];
extern const struct eg_run_row eg__run_process_rows[];
extern const struct eg_run_row eg__run_memory_rows[];
extern const struct eg_run_row eg__run_futex_rows[];
extern const struct eg_run_row eg__run_signal_rows[];
extern const struct eg_run_row eg__run_rw_rows[];
extern const struct eg_run_row eg__run_socket_rows[];
extern const struct eg_run_row eg__run_poll_rows[];
extern const struct eg_run_row eg__run_descriptor_rows[];
extern const struct eg_run_row eg__run_child_rows[];
extern const struct eg_run_row eg__run_offload_rows[];
extern const struct eg_run_row eg__run_ring_rows[];

/* Writes the rows' functions into eg__run_table. */
void eg__run_table_fill(void);

enum { EG_RUN_CALLS = 512 };
extern eg_run_call_fn *eg__run_table[EG_RUN_CALLS];

/* The call as the kernel answers it. */
static inline int64_t eg__run_kernel(const struct eg_run_call *c)
{
	return eg__raw_syscall(c->nr, c->a[0], c->a[1], c->a[2], c->a[3],
			       c->a[4], c->a[5]);
}

/* The same for a call that blocks, when nobody else could run: signals are
 * delivered as the kernel does it. May not return, as handlers may not. */
int64_t eg__run_kernel_blocking(const struct eg_run_call *c);

/* The registers around @c, for calls that only come by an instruction. */
static inline struct eg_run_regs *eg__run_regs_of(struct eg_run_call *c)
{
	return eg_container_of(c, struct eg_run_regs, call);
}

/* Nobody else could run: the kernel may block the whole OS thread. */
static inline bool eg__run_is_alone(void)
{
	return eg__run.threads_alive == 1;
}

/*
 * Answers a call of the fast paths: by the same table, with signals delivered
 * and restarts done. Called outside the layer. A value or a negative errno.
 */
int64_t eg__run_call(int64_t nr, int64_t a, int64_t b, int64_t c, int64_t d,
		     int64_t e, int64_t f);

/* Stops the process with a line that says why: what cannot be answered must not
 * be answered wrongly. */
_Noreturn void eg__run_die(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#endif
