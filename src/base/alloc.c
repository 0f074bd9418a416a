/* SPDX-License-Identifier: MIT */
/*
 * Slabs and pages on mmap.
 */
#include "base/alloc.h"

#include "base/check.h"
#include "base/sys.h"

enum { CHUNK_BYTES = 64 * 1024, ALIGN = 16, PAGE = 4096 };

struct eg_slab_chunk {
	struct eg_slab_chunk *next;
	uint64_t pad; /* keeps what follows 16-byte aligned */
};

#ifdef EG_TSAN
char eg__tsan_mappings;
#endif

static uint64_t live_bytes; /* of every thread */

void *eg__pages_get(size_t bytes)
{
	void *p;

	bytes = eg_round_up(bytes, PAGE);
	if (eg__fault(EG_FAULT_ALLOC))
		return NULL;
	if (eg__sys_mmap(bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, &p) < 0)
		return NULL;
	__atomic_fetch_add(&live_bytes, bytes, __ATOMIC_RELAXED);
	return p;
}

void eg__pages_put(void *pages, size_t bytes)
{
	if (!pages)
		return;
	bytes = eg_round_up(bytes, PAGE);
	__atomic_fetch_sub(&live_bytes, bytes, __ATOMIC_RELAXED);
	EG_CHECK(eg__sys_munmap(pages, bytes) == 0);
}

uint64_t eg__pages_live_bytes(void)
{
	return __atomic_load_n(&live_bytes, __ATOMIC_RELAXED);
}

void eg__slab_init(struct eg_slab *s, size_t object_bytes)
{
	*s = (struct eg_slab){ .object_bytes =
				       eg_round_up(object_bytes, ALIGN) };
	EG_CHECK(s->object_bytes <= CHUNK_BYTES / 8);
}

void eg__slab_done(struct eg_slab *s)
{
	struct eg_slab_chunk *chunk;

	while ((chunk = s->chunks)) {
		s->chunks = chunk->next;
		eg__pages_put(chunk, CHUNK_BYTES);
	}
	s->free = NULL;
	s->live = 0;
}

static EG_COLD bool add_chunk(struct eg_slab *s)
{
	struct eg_slab_chunk *chunk = eg__pages_get(CHUNK_BYTES);
	char *first, *object;

	if (!chunk)
		return false;
	chunk->next = s->chunks;
	s->chunks = chunk;
	first = (char *)(chunk + 1);
	/* Linked from the end, so that objects are given out in order. */
	for (size_t i = (CHUNK_BYTES - sizeof(*chunk)) / s->object_bytes; i--;) {
		object = first + i * s->object_bytes;
		*(void **)(void *)object = s->free;
		s->free = object;
	}
	return true;
}

void *eg__slab_get(struct eg_slab *s)
{
	void *object;

	if (eg__fault(EG_FAULT_ALLOC))
		return NULL;
	if (!s->free && !add_chunk(s))
		return NULL;
	object = s->free;
	s->free = *(void **)object;
	s->live++;
	return object;
}

void eg__slab_put(struct eg_slab *s, void *object)
{
	*(void **)object = s->free;
	s->free = object;
	s->live--;
}
