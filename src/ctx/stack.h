/* SPDX-License-Identifier: MIT */
/*
 * Stacks: mapped in slabs, guarded, coloured, recycled last in first out.
 * Owns the mappings and the guards. Knows nothing of what runs on a stack.
 */
#ifndef EG_CTX_STACK_H
#define EG_CTX_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Size classes are powers of two, 16 KiB to 1 GiB, guard included. */
enum {
	EG_STACK_SHIFT_MIN = 14,
	EG_STACK_SHIFT_MAX = 30,
	EG_STACK_CLASSES = EG_STACK_SHIFT_MAX - EG_STACK_SHIFT_MIN + 1,
	EG_STACK_COLOURS = 12,
	EG_STACK_COLOUR_STEP = 128,
};

/*
 * The header of a stack, at the (coloured) top of its own memory, so that a
 * parked owner costs one page and no other allocation. The usable stack is
 * [lo + guard_bytes, (char *)this), and its top is 64-byte aligned. The owner
 * makes this the first field of its own structure, header_bytes long.
 */
struct eg_stack {
	struct eg_stack *next_free; /* while in the pool; else the owner's */
	char *lo; /* lowest address of the slot, guard first */
	uint32_t guard_bytes;
	uint32_t valgrind_id;
	uint8_t class;	/* log2(slot bytes) - EG_STACK_SHIFT_MIN */
	bool is_in_use; /* false while in the pool's free list */
};

struct eg_stack_slab;

struct eg_stack_pool {
	struct eg_stack *free[EG_STACK_CLASSES];      /* last in, first out */
	struct eg_stack_slab *open[EG_STACK_CLASSES]; /* newest of its class */
	struct eg_stack_slab *slabs; /* owned, all of them, newest first */
	size_t header_bytes; /* the owner's structure, eg_stack included */
	size_t page_bytes;
	size_t mapped_bytes;   /* address space held */
	uint32_t slots_carved; /* slots ever handed out, for colours */
	uint8_t guard_kind;    /* enum eg_stack_guard */
	bool is_batched; /* process_madvise() on ourselves works, >= 6.15 */
};

enum eg_stack_guard {
	EG_STACK_GUARD_UNKNOWN, /* probed at the first slab */
	EG_STACK_GUARD_INSTALL, /* MADV_GUARD_INSTALL, Linux >= 6.13 */
	EG_STACK_GUARD_MPROTECT, /* splits mappings, see vm.max_map_count */
};

void eg__stack_pool_init(struct eg_stack_pool *p, size_t header_bytes);
/* Unmaps everything; every stack must be back in the pool. */
void eg__stack_pool_done(struct eg_stack_pool *p);

/*
 * The class whose slots hold @bytes of usable stack, or -EINVAL. Guard, header
 * and colour come on top: 64 KiB slots hold eg__stack_class_bytes(), not 64.
 */
int eg__stack_class(const struct eg_stack_pool *p, size_t bytes);

/* Usable bytes that every stack of @class has; 0 if too small for any. */
size_t eg__stack_class_bytes(const struct eg_stack_pool *p, unsigned class);

/* The slow path of eg__stack_get(): carves a slot, or maps a slab. */
int eg__stack_grow(struct eg_stack_pool *p, unsigned class,
		   struct eg_stack **ret);

/* Gives a stack of @class that was used before, or NULL. */
static inline struct eg_stack *eg__stack_take(struct eg_stack_pool *p,
					      unsigned class)
{
	struct eg_stack *s = p->free[class];

	if (__builtin_expect(!s, 0))
		return NULL;
	p->free[class] = s->next_free;
	s->is_in_use = true;
	return s;
}

/* Gives a stack of @class. -ENOMEM: no memory, or too many mappings. */
static inline int eg__stack_get(struct eg_stack_pool *p, unsigned class,
				struct eg_stack **ret)
{
	struct eg_stack *s = eg__stack_take(p, class);

	if (!s)
		return eg__stack_grow(p, class, ret);
	*ret = s;
	return 0;
}

static inline void eg__stack_put(struct eg_stack_pool *p, struct eg_stack *s)
{
	s->is_in_use = false;
	s->next_free = p->free[s->class];
	p->free[s->class] = s;
}

/* Calls @visit for every stack in use; @visit must not get or put stacks. */
void eg__stack_pool_each(struct eg_stack_pool *p,
			 void (*visit)(struct eg_stack *s, void *arg),
			 void *arg);

/* Usable bytes of @s. */
size_t eg__stack_bytes(const struct eg_stack *s);
/* Most bytes ever touched in this slot, to the page (mincore). */
size_t eg__stack_used_max(const struct eg_stack *s);
/* True if @addr lies in the guard of @s: an overflow. */
bool eg__stack_is_overflow(const struct eg_stack *s, const void *addr);

#endif
