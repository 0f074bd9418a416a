/* SPDX-License-Identifier: MIT */
/*
 * A hash table of nodes that others embed: chains that get more heads as they
 * grow longer. Owns the heads alone, and compares nothing but hashes.
 */
#ifndef EG_POOL_TABLE_H
#define EG_POOL_TABLE_H

#include "base/util.h"

struct eg__table_node {
	struct eg__table_node *next;
	uint64_t hash;
};

enum { EG_TABLE_FEW = 8 };

/* The number of heads is a power of two. Without memory for more of them the
 * chains stay long: adding cannot fail. */
struct eg__table {
	struct eg__table_node **heads; /* owned, unless they are few */
	size_t mask;
	size_t count;
	struct eg__table_node *few[EG_TABLE_FEW];
};

void eg__table_init(struct eg__table *t);
void eg__table_done(struct eg__table *t);
void eg__table_add(struct eg__table *t, struct eg__table_node *node,
		   uint64_t hash);
/* @node must be in @t. */
void eg__table_remove(struct eg__table *t, struct eg__table_node *node);

/* The first node with @hash, and then each next one, or NULL. */
struct eg__table_node *eg__table_first(const struct eg__table *t,
				       uint64_t hash);
struct eg__table_node *eg__table_next(const struct eg__table_node *node);

uint64_t eg__hash_string(const char *s);
uint64_t eg__hash_pointer(const void *p);

#endif
