/* SPDX-License-Identifier: MIT */
/*
 * Who a thread is: its id, name, scheduling and CPU clock. What the kernel
 * keeps per OS thread is kept per thread of the program here.
 */
#include "base/mem.h"
#include "run/cpu_time.h"
#include "run/layer.h"
#include "run/registers.h"
#include "run/seccomp.h"
#include "run/user_memory.h"

#include <errno.h>
#include <linux/prctl.h>
#include <linux/rseq.h>
#include <linux/seccomp.h>
#include <sched.h>

enum {
	NS_PER_SEC = 1000000000,
	ARCH_SET_GS = 0x1001,
	ARCH_SET_FS = 0x1002,
	ARCH_GET_FS = 0x1003,
	/* A CPU clock id is ~pid << 3 | flags: include/uapi in the kernel says
	 * 4 for "of a thread", 2 for "as the scheduler counts". */
	CLOCK_OF_THREAD = 4,
	CLOCK_FLAGS = 7,
	PRIO_OF_PROCESS = 0,
};

static int64_t call_gettid(struct eg_run_call *c)
{
	(void)c;
	return eg__run_self()->tid;
}

/* Registered, as glibc wants it, but never on a CPU it could count on. */
static int64_t call_rseq(struct eg_run_call *c)
{
	enum { UNINITIALIZED = 0, REGISTRATION_FAILED = -2 };
	uint32_t *area = (uint32_t *)c->a[0];

	if (c->a[2] & RSEQ_FLAG_UNREGISTER)
		return 0;
	if (eg__run_self()->is_main && !eg__run.has_forked)
		return eg__run_kernel(c);
	if (eg__run_store_u32(area, UNINITIALIZED) < 0 ||
	    eg__run_store_u32(area + 1, (uint32_t)REGISTRATION_FAILED) < 0)
		return -EFAULT;
	return 0;
}

static int64_t call_arch_prctl(struct eg_run_call *c)
{
	switch ((int)c->a[0]) {
	case ARCH_SET_FS:
		eg__run_set_fs_base((uint64_t)c->a[1]);
		return 0;
	case ARCH_SET_GS:
		eg__run_die("the program wants the GS register for itself");
	}
	return eg__run_kernel(c);
}

/* prctl */

static int64_t set_name(struct eg_run_thread *t, const char *user)
{
	char name[sizeof(t->name)] = { 0 };

	for (size_t i = 0; i + 1 < sizeof(name); i++) {
		if (eg__run_copy_in(&name[i], user + i, 1) < 0)
			return -EFAULT;
		if (!name[i])
			break;
	}
	eg__memcpy(t->name, name, sizeof(name));
	if (t->is_main)
		return eg__syscall2(SYS_prctl, PR_SET_NAME, name);
	return 0;
}

static int64_t call_prctl(struct eg_run_call *c)
{
	struct eg_run_thread *t = eg__run_self();
	uint64_t tid_address = (uint64_t)t->clear_tid;

	switch ((int)c->a[0]) {
	case PR_SET_NAME:
		return set_name(t, (const char *)c->a[1]);
	case PR_GET_NAME:
		if (t->is_main && !t->name[0])
			break;
		return eg__run_copy_out((void *)c->a[1], t->name,
					sizeof(t->name));
	case PR_GET_TID_ADDRESS:
		return eg__run_copy_out((void *)c->a[1], &tid_address,
					sizeof(tid_address));
	case PR_SET_SECCOMP:
		if (c->a[1] == SECCOMP_MODE_STRICT || c->a[2])
			eg__run_seccomp_begins();
		break;
	case PR_SET_SYSCALL_USER_DISPATCH:
		/* Taken. Off is what a program finds that only asks whether
		 * there is such a thing. */
		return c->a[1] == PR_SYS_DISPATCH_OFF ? 0 : -EBUSY;
	}
	return eg__run_kernel(c);
}

static int64_t call_seccomp(struct eg_run_call *c)
{
	if (c->a[0] == SECCOMP_SET_MODE_STRICT ||
	    (c->a[0] == SECCOMP_SET_MODE_FILTER && c->a[2]))
		eg__run_seccomp_begins();
	return eg__run_kernel(c);
}

/* Scheduling */

/* The thread that @tid means; NULL if it is none of ours, with @ret_error 0 if
 * it may be another process. */
static struct eg_run_thread *find(int64_t tid, int64_t *ret_error)
{
	struct eg_run_thread *t = eg__run_thread_find((int)tid);

	*ret_error = !t && (int)tid >= EG_RUN_TID_FIRST ? -ESRCH : 0;
	return t;
}

/* CPUs beyond the first 64 are not virtualised. */
static int64_t call_sched_setaffinity(struct eg_run_call *c)
{
	struct eg_run_thread *t;
	uint64_t allowed[16] = { 0 }, wanted = 0;
	size_t bytes = (size_t)c->a[1] < 8 ? (size_t)c->a[1] : 8;
	int64_t error;

	t = find(c->a[0], &error);
	if (!t)
		return error ? error : eg__run_kernel(c);
	if (eg__run_is_alone())
		return eg__run_kernel(c);
	if (eg__run_copy_in(&wanted, (void *)c->a[2], bytes) < 0)
		return -EFAULT;
	eg__syscall3(SYS_sched_getaffinity, 0, sizeof(allowed), allowed);
	wanted &= allowed[0];
	if (!wanted)
		return -EINVAL;
	t->affinity = wanted;
	return 0;
}

static int64_t call_sched_getaffinity(struct eg_run_call *c)
{
	struct eg_run_call q = *c;
	struct eg_run_thread *t;
	int64_t error, r;

	t = find(c->a[0], &error);
	if (!t)
		return error ? error : eg__run_kernel(c);
	q.a[0] = 0;
	r = eg__run_kernel(&q);
	if (r >= 8 && t->affinity &&
	    eg__run_copy_out((void *)c->a[2], &t->affinity, 8) < 0)
		return -EFAULT;
	return r;
}

/* Whether the kernel would let this OS thread have it; tried and undone. */
static int64_t try_scheduler(int64_t policy, const struct sched_param *p)
{
	struct sched_param before = { 0 };
	int64_t old = eg__syscall1(SYS_sched_getscheduler, 0);
	int64_t r;

	eg__syscall2(SYS_sched_getparam, 0, &before);
	r = eg__syscall3(SYS_sched_setscheduler, 0, policy, p);
	if (r >= 0)
		eg__syscall3(SYS_sched_setscheduler, 0, old, &before);
	return r;
}

/* Alone it is for the kernel as well: what is forked or executed inherits it.
 * Of several threads none may be given what another one asked for. */
static int64_t set_scheduler(struct eg_run_thread *t, int64_t policy,
			     const void *user)
{
	struct sched_param p;
	int64_t r;

	if (!user || t->tid < 0)
		return -EINVAL;
	if (eg__run_copy_in(&p, user, sizeof(p)) < 0)
		return -EFAULT;
	if (eg__run_is_alone())
		r = eg__syscall3(SYS_sched_setscheduler, 0, policy, &p);
	else
		r = try_scheduler(policy, &p);
	if (r < 0)
		return r;
	t->policy = (int32_t)policy;
	t->priority = p.sched_priority;
	return 0;
}

static int64_t call_sched_setscheduler(struct eg_run_call *c)
{
	int64_t error;
	struct eg_run_thread *t = find(c->a[0], &error);

	if (!t)
		return error ? error : eg__run_kernel(c);
	return set_scheduler(t, c->a[1], (void *)c->a[2]);
}

static int64_t call_sched_setparam(struct eg_run_call *c)
{
	int64_t error;
	struct eg_run_thread *t = find(c->a[0], &error);

	if (!t)
		return error ? error : eg__run_kernel(c);
	return set_scheduler(t, t->policy, (void *)c->a[1]);
}

static int64_t call_sched_getscheduler(struct eg_run_call *c)
{
	int64_t error;
	struct eg_run_thread *t = find(c->a[0], &error);

	if (!t)
		return error ? error : eg__run_kernel(c);
	return t->policy;
}

static int64_t call_sched_getparam(struct eg_run_call *c)
{
	struct sched_param p = { 0 };
	int64_t error;
	struct eg_run_thread *t = find(c->a[0], &error);

	if (!t)
		return error ? error : eg__run_kernel(c);
	if (!c->a[1])
		return -EINVAL;
	p.sched_priority = t->priority;
	return eg__run_copy_out((void *)c->a[1], &p, sizeof(p));
}

/* The kernel's first version of it (SCHED_ATTR_SIZE_VER0). */
struct attributes {
	uint32_t bytes, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t deadline[3];
};

/* Has more policies than sched_setscheduler(). As there: for one of several
 * threads it is tried, remembered, and undone. */
static int64_t call_sched_setattr(struct eg_run_call *c)
{
	struct attributes before = { 0 }, now = { 0 };
	struct eg_run_call q = *c;
	int64_t error, r;
	struct eg_run_thread *t = find(c->a[0], &error);

	if (!t)
		return error ? error : eg__run_kernel(c);
	q.a[0] = 0;
	eg__syscall4(SYS_sched_getattr, 0, &before, sizeof(before), 0);
	r = eg__run_kernel(&q);
	if (r < 0)
		return r;
	eg__syscall4(SYS_sched_getattr, 0, &now, sizeof(now), 0);
	t->policy = (int32_t)now.policy;
	t->priority = (int32_t)now.priority;
	if (!eg__run_is_alone())
		eg__syscall3(SYS_sched_setattr, 0, &before, 0);
	return 0;
}

/* What takes a thread id and may as well mean the OS thread. */
static int64_t for_os_thread(struct eg_run_call *c, int index)
{
	struct eg_run_call q = *c;
	int64_t error;

	if (find(c->a[index], &error))
		q.a[index] = 0;
	else if (error)
		return error;
	return eg__run_kernel(&q);
}

static int64_t call_priority(struct eg_run_call *c)
{
	return c->a[0] == PRIO_OF_PROCESS ? for_os_thread(c, 1)
					  : eg__run_kernel(c);
}

static int64_t call_first_is_tid(struct eg_run_call *c)
{
	return for_os_thread(c, 0);
}

/* CPU clocks */

/* The thread whose CPU clock @clock is, or NULL. */
static struct eg_run_thread *clock_owner(int64_t clock)
{
	int id = (int)clock;

	if (id == CLOCK_THREAD_CPUTIME_ID)
		return eg__run_self();
	if (id >= 0 || !(id & CLOCK_OF_THREAD) ||
	    (id & CLOCK_FLAGS) == CLOCK_FLAGS)
		return NULL;
	return eg__run_thread_find(~(id >> 3));
}

static int64_t call_clock_gettime(struct eg_run_call *c)
{
	struct eg_run_thread *t = clock_owner(c->a[0]);
	struct timespec ts;
	int64_t ns;

	if (!t || (eg__run_is_alone() && !eg__run_cpu_time_is_on))
		return eg__run_kernel(c);
	ns = eg__run_cpu_time(t);
	ts = (struct timespec){ ns / NS_PER_SEC, ns % NS_PER_SEC };
	return eg__run_copy_out((void *)c->a[1], &ts, sizeof(ts));
}

static int64_t call_clock_getres(struct eg_run_call *c)
{
	struct eg_run_call q = *c;

	if (clock_owner(c->a[0]))
		q.a[0] = CLOCK_THREAD_CPUTIME_ID;
	return eg__run_kernel(&q);
}

/* Of the thread's own time, how much was the kernel's is not known. */
static int64_t call_getrusage(struct eg_run_call *c)
{
	struct eg_run_thread *t = eg__run_self();
	struct rusage usage = { 0 };
	int64_t ns;

	if ((int)c->a[0] != RUSAGE_THREAD ||
	    (eg__run_is_alone() && !eg__run_cpu_time_is_on))
		return eg__run_kernel(c);
	eg__syscall2(SYS_getrusage, RUSAGE_THREAD, &usage);
	ns = eg__run_cpu_time(t);
	usage.ru_utime = (struct timeval){ ns / NS_PER_SEC,
					   ns % NS_PER_SEC / 1000 };
	usage.ru_stime = (struct timeval){ 0 };
	return eg__run_copy_out((void *)c->a[1], &usage, sizeof(usage));
}

const struct eg_run_row eg__run_identity_rows[] = {
	{ SYS_gettid, call_gettid },
	{ SYS_rseq, call_rseq },
	{ SYS_arch_prctl, call_arch_prctl },
	{ SYS_prctl, call_prctl },
	{ SYS_seccomp, call_seccomp },
	{ SYS_sched_setaffinity, call_sched_setaffinity },
	{ SYS_sched_getaffinity, call_sched_getaffinity },
	{ SYS_sched_setscheduler, call_sched_setscheduler },
	{ SYS_sched_getscheduler, call_sched_getscheduler },
	{ SYS_sched_setattr, call_sched_setattr },
	{ SYS_sched_setparam, call_sched_setparam },
	{ SYS_sched_getparam, call_sched_getparam },
	{ SYS_sched_rr_get_interval, call_first_is_tid },
	{ SYS_sched_getattr, call_first_is_tid },
	{ SYS_getpriority, call_priority },
	{ SYS_setpriority, call_priority },
	{ SYS_getrusage, call_getrusage },
	{ SYS_clock_gettime, call_clock_gettime },
	{ SYS_clock_getres, call_clock_getres },
	{ -1, NULL },
};
