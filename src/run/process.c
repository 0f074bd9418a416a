/* SPDX-License-Identifier: MIT */
/*
 * fork, vfork, the child of posix_spawn, and execve. A fork child has one
 * thread, a poller of its own, and dispatch switched on again.
 */
#include "run/process.h"

#include "base/mem.h"
#include "core/hub.h"
#include "run/cpu_time.h"
#include "run/fast_parts.h"
#include "run/futex.h"
#include "run/offload.h"
#include "run/patch.h"
#include "run/registers.h"
#include "run/signals.h"
#include "run/threads.h"
#include "run/user_memory.h"

#include <errno.h>
#include <linux/prctl.h>
#include <linux/sched.h>

enum {
	ENVIRONMENT_MAX = 1 << 20, /* variables */
	FORKS_BEFORE = 4, /* patching costs what a few traps cost */
};

static const char *preload;	/* "LD_PRELOAD=..." as it was at the start */
static const char *run_options; /* "EVERGREEN_RUN=..." */

/* Linker symbols: the library's own system calls are not dispatched. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char etext[] __attribute__((visibility("hidden")));

int eg__run_dispatch_on(void)
{
	return (int)eg__syscall5(SYS_prctl, PR_SET_SYSCALL_USER_DISPATCH,
				 PR_SYS_DISPATCH_ON, __ehdr_start,
				 etext - __ehdr_start, 0);
}

static bool begins_with(const char *s, const char *prefix)
{
	while (*prefix)
		if (*s++ != *prefix++)
			return false;
	return true;
}

void eg__run_process_init(char **environment)
{
	for (char **e = environment; *e; e++) {
		if (begins_with(*e, "LD_PRELOAD="))
			preload = *e;
		if (begins_with(*e, "EVERGREEN_RUN="))
			run_options = *e;
	}
}

static void become_child(struct eg_run_thread *self)
{
	struct eg_run_worker *w = eg__run_worker();

	w->os_thread = eg__sys_gettid();
	w->tick_timer = -1;
	eg__run.process_id = eg__sys_getpid();
	eg__run.descriptor_epoch++;
	eg__run.has_forked = true;
	eg__run.forks = 0;
	eg__run.stats = (struct eg_run_stats){ 0 };
	eg__run_threads_after_fork(self);
	eg__run_cpu_time_after_fork(self);
	eg__run_futex_after_fork();
	eg__run_offload_after_fork();
	eg__hub_after_fork(eg__run.hub);
	eg__run_signals_after_fork(self);
	if (eg__run_dispatch_on() < 0)
		eg__run_die("a fork child cannot dispatch system calls");
}

/* As the kernel does it for the child's copy of the memory. */
static void store_child_tid(struct eg_run_thread *self, uint64_t flags,
			    uint32_t *child_tid)
{
	if (flags & CLONE_CHILD_SETTID)
		eg__run_store_u32(child_tid, (uint32_t)self->tid);
	self->clear_tid = flags & CLONE_CHILD_CLEARTID ? child_tid : NULL;
}

static uint32_t *child_tid_of(const struct eg_run_call *c)
{
	struct clone_args args = { 0 };

	if (c->nr == SYS_clone)
		return (uint32_t *)c->a[3];
	if (c->nr == SYS_clone3 &&
	    eg__run_copy_in(&args, (void *)c->a[0],
			    CLONE_ARGS_SIZE_VER0) == 0)
		return (uint32_t *)args.child_tid;
	return NULL;
}

/* The kernel's own fork; the child goes on here, whatever stack it wants. */
static int64_t kernel_fork(const struct eg_run_call *c, uint64_t flags)
{
	struct clone_args args = { 0 };
	struct eg_run_call q = *c;

	if (c->nr == SYS_clone3) {
		if (eg__run_copy_in(&args, (void *)c->a[0],
				    (size_t)c->a[1]) < 0)
			return -EFAULT;
		args.flags &= ~(uint64_t)CLONE_VFORK;
		args.stack = args.stack_size = 0;
		q.a[0] = (int64_t)&args;
	} else if (c->nr == SYS_clone) {
		q.a[0] = (int64_t)(flags & ~(uint64_t)CLONE_VFORK);
		q.a[1] = 0;
	} else {
		q.nr = SYS_fork;
	}
	return eg__run_kernel(&q);
}

struct environment {
	char **list; /* owned; NULL: the program's own will do */
	size_t bytes;
};

static struct environment spawned; /* of the child of posix_spawn */

/* CLONE_VM | CLONE_VFORK, as posix_spawn does it: the child uses this memory,
 * with the kernel's own system calls, until it executes a program. */
static int64_t spawn(struct eg_run_call *c, uint64_t sp)
{
	static const uint64_t all = ~UINT64_C(0);
	struct eg_run_worker *w = eg__run_worker();
	struct eg_run_regs *regs;
	int64_t r;

	regs = eg__run_regs_copy(eg__run_regs_of(c), sp);
	if (!regs)
		return -EFAULT;
	/* Nothing traps in the child, and its environment may need a word. */
	if (eg__run.options.follow)
		eg__run_patch_function((void *)eg__run_real.execve);
	/* The layer's handlers must not run in the child. */
	eg__syscall4(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8);
	eg__run.descriptor_epoch++;
	w->pass_through = 1;
	eg__run_set_in_layer(0);
	r = eg__run_clone_child(c->nr, c->a[0], c->a[1], c->a[2], c->a[3],
				c->a[4], regs);
	eg__run_set_in_layer(1);
	w->pass_through = 0;
	eg__syscall4(SYS_rt_sigprocmask, SIG_SETMASK, &w->kernel_mask, NULL,
		     8);
	if (spawned.list)
		eg__pages_put(spawned.list, spawned.bytes);
	spawned.list = NULL;
	return r;
}

int64_t eg__run_fork(struct eg_run_call *c, uint64_t flags, uint64_t sp)
{
	struct eg_run_thread *self = eg__run_self();
	uint32_t *child_tid = child_tid_of(c);
	struct eg_run_regs *regs;
	int64_t r;

	if (flags & CLONE_VM && sp && flags & CLONE_VFORK)
		return spawn(c, sp);
	if (flags & CLONE_VM && !(flags & CLONE_VFORK))
		eg__run_die("clone of a process that shares memory (flags %lx) is not supported",
			    flags);
	/* Who forks again and again gets children that need not trap. */
	if (++eg__run.forks == FORKS_BEFORE) {
		eg__run_patch_function((void *)eg__run_real._Fork);
		eg__run_patch_function((void *)eg__run_real._exit);
	}
	/* Descriptors are shared from here on, with the mode they are in. */
	eg__run.descriptor_epoch++;
	r = kernel_fork(c, flags & ~(uint64_t)CLONE_VM);
	if (r != 0)
		return r;
	become_child(self);
	store_child_tid(self, flags, child_tid);
	if (!sp)
		return 0;
	regs = eg__run_regs_copy(eg__run_regs_of(c), sp);
	if (!regs)
		eg__run_die("a fork child has no stack");
	eg__run_exit_to(regs);
}

static int64_t call_fork(struct eg_run_call *c)
{
	return eg__run_fork(c, SIGCHLD, 0);
}

/* execve */

static size_t count_strings(char *const *user, int *error)
{
	char *s;

	for (size_t n = 0; n < ENVIRONMENT_MAX; n++) {
		if (eg__run_copy_in(&s, user + n, sizeof(s)) < 0) {
			*error = -EFAULT;
			return 0;
		}
		if (!s)
			return n;
	}
	*error = -E2BIG;
	return 0;
}

static bool is_ours(const char *user, const char *prefix)
{
	char head[16] = { 0 };

	/* A string may end before the page does: byte by byte. */
	for (size_t i = 0; i + 1 < sizeof(head) && prefix[i]; i++)
		if (eg__run_copy_in(&head[i], user + i, 1) < 0 || !head[i])
			return false;
	return begins_with(head, prefix);
}

/* The environment of a child: with what leads it here too, or without. */
static int make_environment(char *const *user, struct environment *ret)
{
	bool has_preload = false, has_options = false;
	size_t count, out = 0;
	int error = 0;

	*ret = (struct environment){ 0 };
	count = user ? count_strings(user, &error) : 0;
	if (error < 0)
		return error;
	ret->bytes = (count + 3) * sizeof(char *);
	ret->list = eg__pages_get(ret->bytes);
	if (!ret->list)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		bool is_preload = is_ours(user[i], "LD_PRELOAD=");
		bool is_options = is_ours(user[i], "EVERGREEN_RUN=");

		has_preload |= is_preload;
		has_options |= is_options;
		if (eg__run.options.follow || !(is_preload || is_options))
			ret->list[out++] = user[i];
	}
	if (eg__run.options.follow && !has_preload && preload)
		ret->list[out++] = (char *)(uintptr_t)preload;
	if (eg__run.options.follow && !has_options && run_options)
		ret->list[out++] = (char *)(uintptr_t)run_options;
	return 0;
}

/* For entry_x86_64.S: an execve in the child of posix_spawn, which shares this
 * memory. What it needs of it, the parent gives back. */
void eg__run_execute_in_child(struct eg_run_regs *r);

void eg__run_execute_in_child(struct eg_run_regs *r)
{
	struct eg_run_call q = r->call;
	struct environment e;

	if (spawned.list)
		eg__pages_put(spawned.list, spawned.bytes);
	spawned.list = NULL;
	r->call.nr = make_environment((char *const *)q.a[2], &e);
	if (r->call.nr < 0)
		return;
	spawned = e;
	q.a[2] = (int64_t)e.list;
	r->call.nr = eg__run_kernel(&q);
}

static int64_t execute(struct eg_run_call *c, unsigned environment_index)
{
	struct eg_run_thread *self = eg__run_self();
	struct environment e;
	int64_t r;

	r = make_environment((char *const *)c->a[environment_index], &e);
	if (r < 0)
		return r;
	c->a[environment_index] = (int64_t)e.list;
	eg__run_signals_before_exec(self);
	r = eg__run_kernel(c);
	eg__run_signals_exec_failed(self);
	eg__pages_put(e.list, e.bytes);
	return r;
}

static int64_t call_execve(struct eg_run_call *c)
{
	struct eg_run_call q = *c;

	return execute(&q, 2);
}

static int64_t call_execveat(struct eg_run_call *c)
{
	struct eg_run_call q = *c;

	return execute(&q, 3);
}

const struct eg_run_row eg__run_process_rows[] = {
	{ SYS_fork, call_fork },
	{ SYS_vfork, call_fork },
	{ SYS_execve, call_execve },
	{ SYS_execveat, call_execveat },
	{ -1, NULL },
};
