/* SPDX-License-Identifier: MIT */
/*
 * The hash table: chains, and how the number of their heads is doubled. What a
 * node stands for, and when it is equal to another, its holder knows.
 */
#include "pool/table.h"

#include "base/check.h"
#include "base/fault.h"

#include <stdlib.h>

void eg__table_init(struct eg__table *t)
{
	*t = (struct eg__table){ .mask = EG_TABLE_FEW - 1 };
	t->heads = t->few;
}

void eg__table_done(struct eg__table *t)
{
	EG_CHECK(!t->count);
	if (t->heads != t->few)
		free(t->heads);
}

static void push(struct eg__table_node **heads, size_t mask,
		 struct eg__table_node *node)
{
	struct eg__table_node **head = &heads[node->hash & mask];

	node->next = *head;
	*head = node;
}

static void grow(struct eg__table *t)
{
	size_t heads_count = 2 * (t->mask + 1);
	struct eg__table_node **heads;

	heads = eg__fault(EG_FAULT_ALLOC)
			? NULL
			: calloc(heads_count, sizeof(struct eg__table_node *));
	if (!heads)
		return;
	for (size_t i = 0; i <= t->mask; i++) {
		struct eg__table_node *node = t->heads[i];

		while (node) {
			struct eg__table_node *next = node->next;

			push(heads, heads_count - 1, node);
			node = next;
		}
	}
	if (t->heads != t->few)
		free(t->heads);
	t->heads = heads;
	t->mask = heads_count - 1;
}

void eg__table_add(struct eg__table *t, struct eg__table_node *node,
		   uint64_t hash)
{
	if (t->count++ > t->mask)
		grow(t);
	node->hash = hash;
	push(t->heads, t->mask, node);
}

void eg__table_remove(struct eg__table *t, struct eg__table_node *node)
{
	struct eg__table_node **at = &t->heads[node->hash & t->mask];

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	t->count--;
}

static struct eg__table_node *skip(struct eg__table_node *node, uint64_t hash)
{
	while (node && node->hash != hash)
		node = node->next;
	return node;
}

struct eg__table_node *eg__table_first(const struct eg__table *t, uint64_t hash)
{
	return skip(t->heads[hash & t->mask], hash);
}

struct eg__table_node *eg__table_next(const struct eg__table_node *node)
{
	return skip(node->next, node->hash);
}

/* FNV-1a, of 64 bits. */
uint64_t eg__hash_string(const char *s)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *s; s++)
		hash = (hash ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return hash;
}

/* The low bits of a pointer say little: those of a product come from all. */
uint64_t eg__hash_pointer(const void *p)
{
	uint64_t product = (uintptr_t)p * UINT64_C(0x9e3779b97f4a7c15);

	return product ^ product >> 32;
}
