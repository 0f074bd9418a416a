/* SPDX-License-Identifier: MIT */
/*
 * Mappings: remembers the shared ones, and answers glibc's way of making a
 * thread stack so that a hundred thousand of them are a few mappings. A stack
 * that is mapped without access and then opened but for its guard is two
 * mappings; one that is open from the start, with guard markers in its page
 * table (MADV_GUARD_INSTALL), merges with its neighbours.
 */
#include "run/memory.h"

#include "run/layer.h"
#include "run/offload.h"
#include "run/patch.h"

#include <errno.h>
#include <linux/membarrier.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif

enum {
	SHARED_MIN = 64,
	MOST_OF_A_STACK = 1 << 20, /* no guard is larger, so look no further */
	IS_ERROR = 4095,
};

struct range {
	uintptr_t start;
	uintptr_t end;
};

static struct range *shared; /* owned; in no order */
static size_t shared_count;
static size_t shared_max;
static bool has_guards;
static bool has_made_stacks;

static bool is_error(int64_t r)
{
	return (uint64_t)r >= -(uint64_t)IS_ERROR;
}

void eg__run_memory_init(void)
{
	void *page;

	if (eg__sys_mmap(4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, &page) < 0)
		return;
	has_guards = eg__sys_madvise(page, 4096, MADV_GUARD_INSTALL) == 0;
	eg__sys_munmap(page, 4096);
}

bool eg__run_memory_is_shared(const void *address)
{
	uintptr_t a = (uintptr_t)address;

	for (size_t i = 0; i < shared_count; i++)
		if (a >= shared[i].start && a < shared[i].end)
			return true;
	return false;
}

static void remember_shared(uintptr_t start, size_t bytes)
{
	struct range *grown;

	if (shared_count == shared_max) {
		size_t max = shared_max ? shared_max * 2 : SHARED_MIN;

		grown = eg__pages_get(max * sizeof(*grown));
		if (!grown)
			eg__run_die("no memory for a list of shared mappings");
		for (size_t i = 0; i < shared_count; i++)
			grown[i] = shared[i];
		if (shared)
			eg__pages_put(shared, shared_max * sizeof(*shared));
		shared = grown;
		shared_max = max;
	}
	shared[shared_count++] = (struct range){ start, start + bytes };
}

/* What is left of one partly gone stays: a wrong yes costs only time. */
static void forget_shared(uintptr_t start, size_t bytes)
{
	for (size_t i = 0; i < shared_count;)
		if (shared[i].start >= start && shared[i].end <= start + bytes)
			shared[i] = shared[--shared_count];
		else
			i++;
}

static void range_is_gone(uintptr_t start, size_t bytes)
{
	if (shared_count)
		forget_shared(start, bytes);
	eg__run_patch_forget(start, start + bytes);
}

static bool is_stack(const struct eg_run_call *c)
{
	enum { STACK = MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK };

	return has_guards && c->a[2] == PROT_NONE &&
	       (c->a[3] & (STACK | MAP_FIXED)) == STACK;
}

static int64_t call_mmap(struct eg_run_call *c)
{
	struct eg_run_call q = *c;
	int64_t flags = c->a[3];
	int64_t r;

	if (is_stack(c)) {
		q.a[2] = PROT_READ | PROT_WRITE;
		q.a[3] |= MAP_NORESERVE;
	}
	r = eg__run_kernel(&q);
	if (is_error(r))
		return r;
	if (is_stack(c)) {
		eg__run_self()->stack_lo = (uint64_t)r;
		eg__run_self()->stack_bytes = (uint64_t)c->a[1];
		has_made_stacks = true;
	}
	if (flags & MAP_FIXED)
		range_is_gone((uintptr_t)r, (size_t)c->a[1]);
	if ((flags & MAP_TYPE) != MAP_PRIVATE)
		remember_shared((uintptr_t)r, (size_t)c->a[1]);
	return r;
}

/* The second half of making a stack: all of it but the guard is opened. */
static bool is_opened_stack(struct eg_run_thread *t, const struct eg_run_call *c)
{
	uint64_t start = (uint64_t)c->a[0];
	uint64_t end = start + (uint64_t)c->a[1];

	return t->stack_lo && c->a[2] == (PROT_READ | PROT_WRITE) &&
	       start >= t->stack_lo && end == t->stack_lo + t->stack_bytes;
}

static int64_t call_mprotect(struct eg_run_call *c)
{
	struct eg_run_thread *t = eg__run_self();
	uint64_t lo = t->stack_lo;
	int64_t r;

	if (is_opened_stack(t, c)) {
		t->stack_lo = 0;
		if ((uint64_t)c->a[0] == lo)
			return 0;
		return eg__sys_madvise((void *)lo, (uint64_t)c->a[0] - lo,
				       MADV_GUARD_INSTALL);
	}
	r = eg__run_kernel(c);
	if (r < 0)
		return r;
	/* A stack that is used again with a smaller guard. */
	if (has_made_stacks && c->a[2] == (PROT_READ | PROT_WRITE) &&
	    c->a[1] <= MOST_OF_A_STACK)
		eg__sys_madvise((void *)c->a[0], (size_t)c->a[1],
				MADV_GUARD_REMOVE);
	return r;
}

static int64_t call_munmap(struct eg_run_call *c)
{
	int64_t r = eg__run_kernel(c);

	if (r == 0)
		range_is_gone((uintptr_t)c->a[0], (size_t)c->a[1]);
	return r;
}

static int64_t call_mremap(struct eg_run_call *c)
{
	bool was_shared = eg__run_memory_is_shared((void *)c->a[0]);
	int64_t r = eg__run_kernel(c);

	if (!is_error(r) && was_shared)
		remember_shared((uintptr_t)r, (size_t)c->a[2]);
	return r;
}

static int64_t call_shmat(struct eg_run_call *c)
{
	struct shmid { /* struct shmid64_ds: the size comes behind ipc_perm */
		char ipc_perm[48];
		size_t bytes;
		char rest[64];
	} info = { 0 };
	int64_t r = eg__run_kernel(c);

	if (!is_error(r) &&
	    eg__syscall3(SYS_shmctl, c->a[0], 2 /* IPC_STAT */, &info) == 0)
		remember_shared((uintptr_t)r, info.bytes);
	return r;
}

/* One for all processes takes the kernel tens of milliseconds, and no CPU: the
 * tick would never come to take the turn from who makes it again and again. */
static int64_t call_membarrier(struct eg_run_call *c)
{
	if (c->a[0] == MEMBARRIER_CMD_GLOBAL)
		return eg__run_offload(c, false);
	return eg__run_kernel(c);
}

const struct eg_run_row eg__run_memory_rows[] = {
	{ SYS_mmap, call_mmap },
	{ SYS_mprotect, call_mprotect },
	{ SYS_munmap, call_munmap },
	{ SYS_mremap, call_mremap },
	{ SYS_shmat, call_shmat },
	{ SYS_membarrier, call_membarrier },
	{ -1, NULL },
};
