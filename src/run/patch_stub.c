/* SPDX-License-Identifier: MIT */
/*
 * Stubs, and the memory near a site that they lie in. Never given back: a
 * thread may be parked inside of one for ever.
 */
#include "run/patch.h"
#include "run/patch_parts.h"

#include "base/mem.h"
#include "base/sys.h"

#include <errno.h>

enum { REGION_BYTES = 64 * 1024, STUB_ALIGN = 16, PAGE = 4096 };

/* A jump reaches 2 GiB; what a moved instruction addresses may lie elsewhere in
 * its object. */
#define REACH (INT64_C(3) << 29)
#define PROBE_STEP (INT64_C(2) << 20)

/* Where a region begins; stubs follow. */
struct region {
	uint64_t entry; /* what the stubs call through */
	struct region *next;
	uint64_t used; /* bytes */
};

static struct region *regions; /* the newest first */

static bool is_near(uint64_t a, uint64_t b)
{
	int64_t distance = (int64_t)(a - b);

	return distance > -REACH && distance < REACH;
}

bool eg__patch_is_stub(uint64_t address)
{
	for (struct region *r = regions; r; r = r->next) {
		if (address - (uint64_t)r < REGION_BYTES)
			return true;
	}
	return false;
}

/* Executable all the while: other threads of the kernel's run there, and this
 * very code may share a page with it. */
static int protect_pages(uint64_t start, uint64_t end, bool is_writable)
{
	uint64_t page = start & ~(uint64_t)(PAGE - 1);

	return eg__sys_mprotect((void *)page, eg_round_up(end - page, PAGE),
				PROT_READ | PROT_EXEC |
					(is_writable ? PROT_WRITE : 0));
}

int eg__patch_set_writable(uint64_t start, size_t n, bool is_writable)
{
	int r = protect_pages(start, start + n, is_writable);
	uint64_t end;

	/* What the kernel does not let be split is the vDSO: all of it, then,
	 * which is one segment of text. */
	if (r == -EINVAL && eg__patch_object(start, &start, &end) == 0)
		r = protect_pages(start, end, is_writable);
	return r;
}

static struct region *map_region(uint64_t address)
{
	struct region *r;
	long mapped;

	mapped = eg__syscall6(SYS_mmap, (long)address, REGION_BYTES,
			      PROT_READ | PROT_WRITE | PROT_EXEC,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			      -1, 0);
	if (mapped != (long)address)
		return NULL;
	r = (struct region *)address;
	*r = (struct region){ (uint64_t)eg__run_entry, regions, sizeof(*r) };
	regions = r;
	return r;
}

/* Downwards first: above a program lies its heap, which has to grow. */
static struct region *new_region(uint64_t near)
{
	uint64_t base = near & ~(uint64_t)(PROBE_STEP - 1);
	struct region *r;

	for (int64_t d = PROBE_STEP; d < REACH; d += PROBE_STEP) {
		if ((uint64_t)d > base)
			break;
		/* 64 KiB: the least address that mmap gives, usually. */
		r = map_region(base - (uint64_t)d ? base - (uint64_t)d
						  : REGION_BYTES);
		if (r)
			return r;
	}
	for (int64_t d = PROBE_STEP; d < REACH; d += PROBE_STEP) {
		r = map_region(base + (uint64_t)d);
		if (r)
			return r;
	}
	return NULL;
}

static struct region *region_near(uint64_t address, size_t bytes)
{
	for (struct region *r = regions; r; r = r->next) {
		if (is_near((uint64_t)r, address) &&
		    r->used + bytes <= REGION_BYTES)
			return r;
	}
	return new_region(address);
}

/* Code, in the order in which it is executed. */
struct writer {
	uint8_t *at;
};

static void put(struct writer *w, const void *bytes, size_t n)
{
	eg__memcpy(w->at, bytes, n);
	w->at += n;
}

static void put_relative(struct writer *w, uint64_t target)
{
	uint32_t distance = (uint32_t)(target - (uint64_t)w->at - 4);

	put(w, &distance, sizeof(distance));
}

/*
 *	the front
 * entry:
 *	movabs	$resume, %rcx		for the entry to read; rcx is dead
 *	lea	-128(%rsp), %rsp	over the red zone
 *	call	*eg__run_entry		through the region's first word
 *	lea	128(%rsp), %rsp		flags stay as they are
 *	the tail
 *	jmp	back
 */
static int write_stub(struct eg_patch_stub *s, struct region *r,
		      struct writer *w)
{
	static const uint8_t movabs_rcx[] = { 0x48, 0xb9 };
	static const uint8_t lea_down[] = { 0x48, 0x8d, 0x64, 0x24, 0x80 };
	static const uint8_t call_through[] = { 0xff, 0x15 };
	static const uint8_t lea_up[] = {
		0x48, 0x8d, 0xa4, 0x24, 0x80, 0, 0, 0
	};
	static const uint8_t jmp = 0xe9;
	int e;

	_Static_assert(sizeof(s->resume) + sizeof(lea_down) +
				       sizeof(call_through) + 4 ==
			       EG_RUN_STUB_RESUME,
		       "the entry finds the address by its distance");
	s->first = (uint64_t)w->at;
	e = eg__patch_move(&s->front, w->at, (uint64_t)w->at);
	if (e < 0)
		return e;
	w->at += s->front.n;
	s->entry = (uint64_t)w->at;
	put(w, movabs_rcx, sizeof(movabs_rcx));
	put(w, &s->resume, sizeof(s->resume));
	put(w, lea_down, sizeof(lea_down));
	put(w, call_through, sizeof(call_through));
	put_relative(w, (uint64_t)&r->entry);
	put(w, lea_up, sizeof(lea_up));
	s->tail_copy = (uint64_t)w->at;
	e = eg__patch_move(&s->tail, w->at, (uint64_t)w->at);
	if (e < 0)
		return e;
	w->at += s->tail.n;
	put(w, &jmp, sizeof(jmp));
	put_relative(w, s->back);
	return 0;
}

int eg__patch_stub_make(struct eg_patch_stub *s)
{
	/* front, movabs, lea, call, lea, tail, jmp */
	size_t most = s->front.n + 10 + 5 + 6 + 8 + s->tail.n + 5;
	struct region *r = region_near(s->back, most);
	struct writer w;
	int e, protect;

	if (!r)
		return -ENOMEM;
	e = eg__patch_set_writable((uint64_t)r, REGION_BYTES, true);
	if (e < 0)
		return e;
	w.at = (uint8_t *)r + r->used;
	e = write_stub(s, r, &w);
	if (e == 0)
		r->used = eg_round_up((uint64_t)(w.at - (uint8_t *)r),
				      STUB_ALIGN);
	protect = eg__patch_set_writable((uint64_t)r, REGION_BYTES, false);
	return e ? e : protect;
}
