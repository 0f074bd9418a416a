/* SPDX-License-Identifier: MIT */
/*
 * Threads: clone() answered with a fiber on the stack that the program gave,
 * exit() with its end, and thread ids that the kernel has never seen.
 */
#include "base/mem.h"
#include "core/switch.h"
#include "run/futex.h"
#include "run/process.h"
#include "run/registers.h"
#include "run/schedule.h"
#include "run/signals.h"
#include "run/stats.h"
#include "run/threads.h"
#include "run/user_memory.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>

enum {
	WANTED = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		 CLONE_THREAD,
	KNOWN = WANTED | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID |
		CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | CLONE_DETACHED |
		CLONE_IO,
};

/* By index_of(). Address space only, until it is used. */
static struct eg_run_thread **by_index;
static uint32_t last_index;
/* The tid of index 0, less EG_RUN_TID_FIRST. Each process has its own: a mutex
 * that processes share knows its owner by tid. */
static uint32_t tid_offset;

static void choose_tids(void)
{
	/* Odd, so that the 2^22 possible processes have 2^22 offsets, 32 apart,
	 * and those of neighbours are far from each other. */
	enum { SCATTER = 0x9e3779b1u & 0x3fffff, PROCESSES = 1 << 22 };
	uint32_t id = (uint32_t)eg__sys_getpid();

	tid_offset = id * SCATTER % PROCESSES * (EG_RUN_TIDS / PROCESSES);
}

static uint32_t index_of(int tid)
{
	uint32_t number = (uint32_t)tid - EG_RUN_TID_FIRST;

	return number < EG_RUN_TIDS ? (number - tid_offset) % EG_RUN_TIDS
				    : EG_RUN_THREADS_MAX;
}

struct eg_run_thread *eg__run_thread_find(int tid)
{
	uint32_t index = index_of(tid);

	if (tid == 0)
		return eg__run_self();
	if (eg__run.main_thread && tid == eg__run.main_thread->tid)
		return eg__run.main_thread;
	return index < EG_RUN_THREADS_MAX && by_index ? by_index[index] : NULL;
}

/* A tid is not used again until all others have been. */
static int take_tid(struct eg_run_thread *t)
{
	if (!by_index)
		by_index = eg__pages_get(EG_RUN_THREADS_MAX *
					 sizeof(*by_index));
	if (!by_index)
		return -EAGAIN;
	for (uint32_t i = 0; i < EG_RUN_THREADS_MAX; i++) {
		last_index = (last_index + 1) % EG_RUN_THREADS_MAX;
		if (by_index[last_index])
			continue;
		by_index[last_index] = t;
		t->tid = (int32_t)(EG_RUN_TID_FIRST +
				   (tid_offset + last_index) % EG_RUN_TIDS);
		return 0;
	}
	return -EAGAIN;
}

static void give_tid(struct eg_run_thread *t)
{
	uint32_t index = index_of(t->tid);

	if (index < EG_RUN_THREADS_MAX && by_index)
		by_index[index] = NULL;
}

static void thread_init(struct eg_run_thread *t)
{
	eg__memset(t, 0, sizeof(*t));
	eg_list_init(&t->signals);
	t->alt_stack.ss_flags = SS_DISABLE;
	eg__run_fpu_save(t);
}

static void enlist(struct eg_run_thread *t)
{
	eg_list_push_back(&eg__run.threads, &t->link);
	eg__run.threads_alive++;
	eg__run.stats.threads_made++;
	if (eg__run.threads_alive > eg__run.stats.threads_max)
		eg__run.stats.threads_max = eg__run.threads_alive;
}

int eg__run_threads_init(struct eg_run_thread **ret_main)
{
	struct eg_run_thread *t;

	choose_tids();
	eg__slab_init(&eg__run.threads_slab, sizeof(*t));
	t = eg__slab_get(&eg__run.threads_slab);
	if (!t)
		return -ENOMEM;
	thread_init(t);
	t->is_main = true;
	t->tid = eg__sys_gettid();
	t->policy = (int32_t)eg__raw_syscall(SYS_sched_getscheduler, 0, 0, 0,
					     0, 0, 0);
	eg__raw_syscall(SYS_sched_getparam, 0, (long)&t->priority, 0, 0, 0, 0);
	t->fs_base = eg__run_fs_base();
	eg_list_init(&eg__run.threads);
	enlist(t);
	eg__run.main_thread = t;
	*ret_main = t;
	return 0;
}

/* The other threads' memory is left as it lies: it is the parent's as long as
 * nobody writes to it. */
void eg__run_threads_after_fork(struct eg_run_thread *self)
{
	by_index = NULL; /* until it makes a thread */
	choose_tids();
	self->tid = eg__sys_gettid();
	self->is_main = true;
	self->link.next = NULL;
	eg_list_init(&eg__run.threads);
	eg_list_push_back(&eg__run.threads, &self->link);
	eg__run.threads_alive = 1;
	eg__run.main_thread = self;
	eg__slab_init(&eg__run.threads_slab, sizeof(*self));
}

/* The first code of a thread, on its own stack. */
static void thread_main(void *arg)
{
	struct eg_run_thread *t = arg;

	eg__ctx_entered(&t->fiber.ctx);
	eg__run_set_fs_base(t->fs_base);
	eg__run_fpu_restore(t);
	if (eg__run_signals_are_pending(t))
		eg__run_worker()->attention = 1;
	eg__run_exit_to(t->fiber.arg);
}

struct eg_run_regs *eg__run_regs_copy(const struct eg_run_regs *from,
				      uint64_t sp)
{
	struct eg_run_regs *to =
		(struct eg_run_regs *)(sp - EG_RUN_RED_ZONE) - 1;

	if (eg__run_copy_out(to, from, sizeof(*to)) < 0)
		return NULL;
	to->call.nr = 0;
	return to;
}

static void launch(struct eg_run_thread *t, struct eg_run_regs *regs)
{
	struct eg_fiber *f = &t->fiber;
	struct eg_hub *hub = eg__run.hub;

	eg__fiber_init(f, hub);
	f->references = 1;
	f->scope_deadline = EG_FOREVER;
	f->state = EG_FIBER_NEW;
	f->id = ++hub->fibers_spawned;
	f->arg = regs;
	hub->fibers_alive++;
	eg__ctx_make(&f->ctx, NULL,
		     (void *)((uintptr_t)regs & ~(uintptr_t)15), thread_main,
		     t);
	eg__ready_push(hub, f);
}

/* What clone3() takes; clone() puts its registers into one. */
struct request {
	uint64_t flags;
	uint32_t *child_tid;
	uint32_t *parent_tid;
	uint64_t sp;
	uint64_t tls;
};

static int check(const struct request *q)
{
	if (q->flags & ~(uint64_t)KNOWN)
		eg__run_die("clone with flags %lx is not supported",
			    q->flags & ~(uint64_t)KNOWN);
	if ((q->flags & WANTED) != WANTED)
		return -EINVAL;
	return q->sp ? 0 : -EINVAL;
}

static void inherit(struct eg_run_thread *t, const struct request *q,
		    struct eg_run_thread *parent)
{
	t->fs_base = q->flags & CLONE_SETTLS ? q->tls : eg__run_fs_base();
	eg__memcpy(t->name, parent->name, sizeof(t->name));
	t->affinity = parent->affinity;
	if (!(parent->policy & SCHED_RESET_ON_FORK)) {
		t->policy = parent->policy;
		t->priority = parent->priority;
	}
	if (q->flags & CLONE_CHILD_CLEARTID)
		t->clear_tid = q->child_tid;
	eg__run_signals_begin(t, parent);
}

static int64_t make_thread(struct eg_run_call *c, const struct request *q)
{
	struct eg_run_thread *t;
	struct eg_run_regs *regs;
	int r = check(q);

	if (r < 0)
		return r;
	r = eg__run_queue_reserve(&eg__run.hub->ready,
				  eg__run.hub->fibers_alive + 1);
	t = r < 0 ? NULL : eg__slab_get(&eg__run.threads_slab);
	if (!t)
		return -EAGAIN;
	thread_init(t);
	regs = eg__run_regs_copy(eg__run_regs_of(c), q->sp);
	r = regs ? take_tid(t) : -EFAULT;
	if (r < 0) {
		eg__slab_put(&eg__run.threads_slab, t);
		return r;
	}
	inherit(t, q, eg__run_self());
	enlist(t);
	if (eg__run.threads_alive == 2)
		eg__run_tick_start();
	if (q->flags & CLONE_PARENT_SETTID)
		eg__run_store_u32(q->parent_tid, (uint32_t)t->tid);
	if (q->flags & CLONE_CHILD_SETTID)
		eg__run_store_u32(q->child_tid, (uint32_t)t->tid);
	launch(t, regs);
	return t->tid;
}

static int64_t call_clone(struct eg_run_call *c)
{
	struct request q = {
		.flags = (uint64_t)c->a[0],
		.sp = (uint64_t)c->a[1],
		.parent_tid = (uint32_t *)c->a[2],
		.child_tid = (uint32_t *)c->a[3],
		.tls = (uint64_t)c->a[4],
	};

	if (q.flags & CLONE_THREAD) {
		q.flags &= ~(uint64_t)CSIGNAL;
		return make_thread(c, &q);
	}
	return eg__run_fork(c, q.flags, q.sp);
}

static int64_t call_clone3(struct eg_run_call *c)
{
	struct clone_args args = { 0 };
	size_t bytes = (size_t)c->a[1];
	struct request q;

	if (bytes < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	if (bytes > sizeof(args))
		return eg__run_kernel(c); /* it says what is wrong */
	if (eg__run_copy_in(&args, (void *)c->a[0], bytes) < 0)
		return -EFAULT;
	q = (struct request){
		.flags = args.flags,
		.sp = args.stack ? args.stack + args.stack_size : 0,
		.parent_tid = (uint32_t *)args.parent_tid,
		.child_tid = (uint32_t *)args.child_tid,
		.tls = args.tls,
	};
	if (q.flags & CLONE_THREAD)
		return make_thread(c, &q);
	return eg__run_fork(c, q.flags, q.sp);
}

/* On another stack: the thread's own may be freed as soon as this is said. */
static void thread_gone(void *arg)
{
	struct eg_run_thread *t = arg;
	uint32_t *clear_tid = t->clear_tid;

	eg__slab_put(&eg__run.threads_slab, t);
	if (clear_tid && eg__run_store_u32(clear_tid, 0) == 0)
		eg__run_futex_wake_anywhere(clear_tid, 1, ~0u);
}

static int64_t call_exit(struct eg_run_call *c)
{
	struct eg_run_thread *t = eg__run_self();

	eg__run_futex_release_robust(t);
	if (eg__run_is_alone()) {
		eg__run_stats_print();
		return eg__run_kernel(c);
	}
	eg__run_signals_end(t);
	eg_list_remove(&t->link);
	eg__run.threads_alive--;
	if (t == eg__run.main_thread)
		eg__run.main_thread = NULL;
	give_tid(t);
	eg__run_leave_for_good(t, thread_gone, t);
}

static int64_t call_exit_group(struct eg_run_call *c)
{
	eg__run_futex_release_all();
	eg__run_stats_print();
	return eg__run_kernel(c);
}

static int64_t call_set_tid_address(struct eg_run_call *c)
{
	struct eg_run_thread *t = eg__run_self();

	t->clear_tid = (uint32_t *)c->a[0];
	return t->tid;
}

const struct eg_run_row eg__run_thread_rows[] = {
	{ SYS_clone, call_clone },
	{ SYS_clone3, call_clone3 },
	{ SYS_exit, call_exit },
	{ SYS_exit_group, call_exit_group },
	{ SYS_set_tid_address, call_set_tid_address },
	{ -1, NULL },
};
