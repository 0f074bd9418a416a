/* SPDX-License-Identifier: MIT */
/*
 * Stacks in slabs: one mapping holds many slots of one size class, guards are
 * installed a batch ahead of use, and a slot is given a header when it is first
 * handed out. Owns no list of stacks in use: that is what pool_each() finds.
 */
#include "ctx/stack.h"

#include "base/sys.h"
#include "ctx/sanitizer.h"

/* Newer than the headers of the oldest systems that we build on. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#ifndef PIDFD_SELF
#define PIDFD_SELF (-10000)
#endif

enum {
	SLAB_SLOTS_FIRST = 16,
	SLAB_BYTES_MAX = 64 << 20,
	BATCH_SLOTS = 32,
	/* Guards of one batch lie under one page of page table entries. */
	BATCH_BYTES = 2 << 20,
	/* From so many slots on, tops are populated a batch ahead: a program
	 * of few fibers does not pay for slots that it never uses. */
	POPULATE_SLOTS_MIN = 256,
	CACHE_LINE = 64,
	MINCORE_PAGES = 64,
};

/*
 * At the very top of its own first slot, in a page that the first stack touches
 * anyway. The slots lie side by side from base on.
 */
struct eg_stack_slab {
	struct eg_stack_slab *next; /* of the pool, older */
	char *base;
	uint32_t slots;
	uint32_t guarded; /* slots whose guard is installed; >= carved */
	uint32_t carved;  /* slots ever handed out: these have headers */
	uint8_t class;
	uint8_t first_colour;
};

_Static_assert(sizeof(struct eg_stack_slab) <= CACHE_LINE,
	       "the slab's place above the first header");

static size_t slot_bytes(unsigned class)
{
	return (size_t)1 << (class + EG_STACK_SHIFT_MIN);
}

static char *slot_lo(const struct eg_stack_slab *slab, uint32_t i)
{
	return slab->base + i * slot_bytes(slab->class);
}

static struct eg_stack *slot_header(const struct eg_stack_pool *p,
				    const struct eg_stack_slab *slab,
				    uint32_t i)
{
	char *top = slot_lo(slab, i) + slot_bytes(slab->class);
	unsigned colour = (slab->first_colour + i) % EG_STACK_COLOURS;

	if (i == 0)
		top -= CACHE_LINE; /* the slab */
	top -= colour * EG_STACK_COLOUR_STEP + p->header_bytes;
	return (struct eg_stack *)(void *)top;
}

/* What a slot loses to guard, header, the worst colour and the slab. */
static size_t overhead(const struct eg_stack_pool *p)
{
	return p->page_bytes + p->header_bytes +
	       (EG_STACK_COLOURS - 1) * EG_STACK_COLOUR_STEP + CACHE_LINE;
}

/*
 * Without asking libc or reading the auxiliary vector: an empty range is fine
 * where it starts on a page, else -EINVAL. Raw, for this is no call that fails.
 */
static size_t page_size(void)
{
	long page = 4096;

	while (page < 65536 && eg__raw_syscall(SYS_madvise, page, 0,
					       MADV_NORMAL, 0, 0, 0) == -EINVAL)
		page *= 2;
	return (size_t)page;
}

void eg__stack_pool_init(struct eg_stack_pool *p, size_t header_bytes)
{
	for (unsigned class = 0; class < EG_STACK_CLASSES; class++) {
		p->free[class] = NULL;
		p->open[class] = NULL;
	}
	p->slabs = NULL;
	p->header_bytes = eg_round_up(header_bytes, CACHE_LINE);
	p->mapped_bytes = 0;
	p->slots_carved = 0;
	p->guard_kind = EG_STACK_GUARD_UNKNOWN;
	p->is_batched = !eg__sanitizer_is_valgrind();

	p->page_bytes = page_size();
}

void eg__stack_pool_done(struct eg_stack_pool *p)
{
	struct eg_stack_slab *slab = p->slabs;

	while (slab) {
		struct eg_stack_slab *next = slab->next;
		size_t step = slot_bytes(slab->class);

		for (uint32_t i = 0; i < slab->carved; i++)
			eg__sanitizer_stack_gone(slot_header(p, slab, i),
						 slot_lo(slab, i) +
							 p->page_bytes,
						 slot_lo(slab, i) + step);
		(void)eg__sys_munmap(slab->base, slab->slots * step);
		slab = next;
	}
	eg__stack_pool_init(p, p->header_bytes);
}

size_t eg__stack_class_bytes(const struct eg_stack_pool *p, unsigned class)
{
	size_t slot = slot_bytes(class);

	return slot > overhead(p) ? slot - overhead(p) : 0;
}

int eg__stack_class(const struct eg_stack_pool *p, size_t bytes)
{
	if (bytes == 0)
		return -EINVAL;
	for (unsigned class = 0; class < EG_STACK_CLASSES; class++) {
		if (eg__stack_class_bytes(p, class) >= bytes)
			return (int)class;
	}
	return -EINVAL;
}

/* Twice the slots of the class's last slab, but no more than fill 64 MiB. */
static uint32_t slots_wanted(const struct eg_stack_pool *p, unsigned class)
{
	const struct eg_stack_slab *last = p->open[class];
	uint32_t wanted = last ? last->slots * 2 : SLAB_SLOTS_FIRST;
	size_t most = SLAB_BYTES_MAX / slot_bytes(class);

	if (most == 0)
		return 1;
	return wanted < most ? wanted : (uint32_t)most;
}

/*
 * Maps a slab for @class. Where address space is short (RLIMIT_AS, strict
 * overcommit), a smaller one may still fit.
 */
static int slab_new(struct eg_stack_pool *p, unsigned class)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
			  MAP_STACK;
	uint32_t slots = slots_wanted(p, class);
	struct eg_stack_slab *slab;
	void *base;

	for (;;) {
		if (eg__sys_mmap(slots * slot_bytes(class),
				 PROT_READ | PROT_WRITE, flags, -1, 0,
				 &base) == 0)
			break;
		if (slots == 1)
			return -ENOMEM;
		slots /= 2;
	}

	/* A huge page would commit 2 MiB at the first touch of a stack. Where
	 * the kernel has none there is nothing to turn off. */
	(void)eg__sys_madvise(base, slots * slot_bytes(class), MADV_NOHUGEPAGE);

	slab = (struct eg_stack_slab *)(void *)((char *)base +
						slot_bytes(class) - CACHE_LINE);
	slab->next = p->slabs;
	slab->base = base;
	slab->slots = slots;
	slab->guarded = 0;
	slab->carved = 0;
	slab->class = (uint8_t)class;
	slab->first_colour = (uint8_t)(p->slots_carved % EG_STACK_COLOURS);
	p->slabs = slab;
	p->open[class] = slab;
	p->mapped_bytes += slots * slot_bytes(class);
	return 0;
}

/*
 * True if the kernel refuses to write to @guard. Emulators and sandboxes exist
 * that accept every advice and do nothing.
 */
static bool is_guarded(void *guard)
{
	return eg__sys_clock_gettime(CLOCK_MONOTONIC, guard) == -EFAULT;
}

/* Gives one page of each of @n slots from @first on the same @advice, @offset
 * into the slot. Returns how many took it, or negative errno. */
static int advise_batch(const struct eg_stack_pool *p,
			const struct eg_stack_slab *slab, uint32_t first,
			uint32_t n, size_t offset, int advice)
{
	struct iovec pages[BATCH_SLOTS];
	ssize_t r;

	for (uint32_t i = 0; i < n; i++) {
		pages[i].iov_base = slot_lo(slab, first + i) + offset;
		pages[i].iov_len = p->page_bytes;
	}
	r = eg__sys_process_madvise(PIDFD_SELF, pages, n, advice);
	return (int)(r < 0 ? r : r / (ssize_t)p->page_bytes);
}

static uint32_t batch_slots(const struct eg_stack_slab *slab)
{
	size_t most = BATCH_BYTES / slot_bytes(slab->class);
	uint32_t left = slab->slots - slab->guarded;

	if (most > BATCH_SLOTS)
		most = BATCH_SLOTS;
	if (most == 0)
		most = 1;
	return left < most ? left : (uint32_t)most;
}

/* Many slots a system call. 0 if the kernel cannot do it. */
static int guard_batch(struct eg_stack_pool *p, struct eg_stack_slab *slab)
{
	uint32_t first = slab->guarded;
	uint32_t n = batch_slots(slab);
	int done;

	if (!p->is_batched || n == 1)
		return 0;
	done = advise_batch(p, slab, first, n, 0, MADV_GUARD_INSTALL);
	if (done <= 0) {
		p->is_batched = done == -ENOMEM;
		return done == -ENOMEM ? done : 0;
	}
	slab->guarded += (uint32_t)done;

	/* Only to save page faults: a failure changes nothing. */
	if (p->slots_carved >= POPULATE_SLOTS_MIN)
		(void)advise_batch(p, slab, first, (uint32_t)done,
				   slot_bytes(slab->class) - p->page_bytes,
				   MADV_POPULATE_WRITE);
	return done;
}

/* Guards the slab's next slot, and maybe some beyond it. */
static int guard_next(struct eg_stack_pool *p, struct eg_stack_slab *slab)
{
	char *guard = slot_lo(slab, slab->guarded);
	int r;

	if (p->guard_kind == EG_STACK_GUARD_INSTALL) {
		r = guard_batch(p, slab);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	if (p->guard_kind != EG_STACK_GUARD_MPROTECT) {
		r = eg__sys_madvise(guard, p->page_bytes, MADV_GUARD_INSTALL);
		if (r == -ENOMEM)
			return r;
		/* Refused later too, for memory locked by mlockall(). */
		if (r < 0)
			p->guard_kind = EG_STACK_GUARD_MPROTECT;
		else if (p->guard_kind == EG_STACK_GUARD_UNKNOWN)
			p->guard_kind = is_guarded(guard)
						? EG_STACK_GUARD_INSTALL
						: EG_STACK_GUARD_MPROTECT;
	}
	if (p->guard_kind == EG_STACK_GUARD_MPROTECT &&
	    eg__sys_mprotect(guard, p->page_bytes, PROT_NONE) < 0)
		return -ENOMEM;
	slab->guarded++;
	return 0;
}

int eg__stack_grow(struct eg_stack_pool *p, unsigned class,
		   struct eg_stack **ret)
{
	struct eg_stack_slab *slab;
	struct eg_stack *s;
	int r;

	if (class >= EG_STACK_CLASSES || !eg__stack_class_bytes(p, class))
		return -EINVAL;
	slab = p->open[class];
	if (!slab || slab->carved == slab->slots) {
		r = slab_new(p, class);
		if (r < 0)
			return r;
		slab = p->open[class];
	}
	if (slab->carved == slab->guarded) {
		r = guard_next(p, slab);
		if (r < 0)
			return r;
	}

	s = slot_header(p, slab, slab->carved);
	s->lo = slot_lo(slab, slab->carved);
	s->guard_bytes = (uint32_t)p->page_bytes;
	s->class = (uint8_t)class;
	s->is_in_use = true;
	eg__sanitizer_stack_born(s, s->lo + p->page_bytes,
				 s->lo + slot_bytes(class));
	slab->carved++;
	p->slots_carved++;
	*ret = s;
	return 0;
}

void eg__stack_pool_each(struct eg_stack_pool *p,
			 void (*visit)(struct eg_stack *s, void *arg),
			 void *arg)
{
	for (struct eg_stack_slab *slab = p->slabs; slab; slab = slab->next) {
		for (uint32_t i = 0; i < slab->carved; i++) {
			struct eg_stack *s = slot_header(p, slab, i);

			if (s->is_in_use)
				visit(s, arg);
		}
	}
}

size_t eg__stack_bytes(const struct eg_stack *s)
{
	return (size_t)((const char *)s - s->lo) - s->guard_bytes;
}

/*
 * The lowest page in memory, from above the guard, whose marker can pass for
 * one. A page that was swapped out may not be seen.
 */
size_t eg__stack_used_max(const struct eg_stack *s)
{
	size_t page = s->guard_bytes; /* one page guards a stack */
	unsigned char is_resident[MINCORE_PAGES];
	char *at = s->lo + s->guard_bytes;
	const char *top = (const char *)s;

	while (at < top) {
		size_t pages = ((size_t)(top - at) + page - 1) / page;

		if (pages > MINCORE_PAGES)
			pages = MINCORE_PAGES;
		if (eg__sys_mincore(at, pages * page, is_resident) < 0)
			return 0;
		for (size_t i = 0; i < pages; i++, at += page) {
			if (is_resident[i] & 1)
				return (size_t)(top - at);
		}
	}
	return 0;
}

bool eg__stack_is_overflow(const struct eg_stack *s, const void *addr)
{
	return (const char *)addr >= s->lo &&
	       (const char *)addr < s->lo + s->guard_bytes;
}
