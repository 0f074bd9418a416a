/* SPDX-License-Identifier: MIT */
/*
 * Memory without malloc: slabs of equal objects, and whole pages. Owned by a
 * hub, so used by one OS thread. Every allocation is a fault point.
 */
#ifndef EG_BASE_ALLOC_H
#define EG_BASE_ALLOC_H

#include "base/util.h"

/* Objects of one size; freed ones are reused last in, first out. */
struct eg_slab {
	size_t object_bytes;	  /* rounded up to 16 */
	void *free;		  /* first free object, linked through them */
	struct eg_slab_chunk *chunks; /* owned */
	uint64_t live;		  /* objects handed out */
};

void eg__slab_init(struct eg_slab *s, size_t object_bytes);
/* Unmaps all, objects still live included. */
void eg__slab_done(struct eg_slab *s);
/* Uninitialised memory, 16-byte aligned; NULL when there is none. */
void *eg__slab_get(struct eg_slab *s);
void eg__slab_put(struct eg_slab *s, void *object);

/* Zeroed pages straight from the kernel; NULL when there are none. */
void *eg__pages_get(size_t bytes);
void eg__pages_put(void *pages, size_t bytes);

/* Bytes held through eg__pages_get by the whole process: for leak checks. */
uint64_t eg__pages_live_bytes(void);

#endif
