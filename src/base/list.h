/* SPDX-License-Identifier: MIT */
/*
 * The intrusive list: circular, doubly linked. Owns no memory: a node belongs
 * to whoever embeds it, and is on at most one list. An unlinked node has
 * next == NULL.
 */
#ifndef EG_BASE_LIST_H
#define EG_BASE_LIST_H

#include "base/util.h"

struct eg_list {
	struct eg_list *next;
	struct eg_list *prev;
};

static inline void eg_list_init(struct eg_list *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool eg_list_is_empty(const struct eg_list *head)
{
	return head->next == head;
}

static inline bool eg_list_is_linked(const struct eg_list *node)
{
	return node->next != NULL;
}

static inline void eg_list_push_back(struct eg_list *head, struct eg_list *node)
{
	struct eg_list *last = head->prev;

	node->next = head;
	node->prev = last;
	last->next = node;
	head->prev = node;
}

static inline void eg_list_push_front(struct eg_list *head,
				      struct eg_list *node)
{
	eg_list_push_back(head->next, node);
}

/* Unlinks @node, which must be linked. */
static inline void eg_list_remove(struct eg_list *node)
{
	node->next->prev = node->prev;
	node->prev->next = node->next;
	node->next = NULL;
}

static inline struct eg_list *eg_list_first(const struct eg_list *head)
{
	return eg_list_is_empty(head) ? NULL : head->next;
}

static inline struct eg_list *eg_list_pop_front(struct eg_list *head)
{
	struct eg_list *node = head->next;

	if (node == head)
		return NULL;
	eg_list_remove(node);
	return node;
}

/* Moves every node of @from to the empty, uninitialised head @to. */
static inline void eg_list_take_all(struct eg_list *to, struct eg_list *from)
{
	if (eg_list_is_empty(from)) {
		eg_list_init(to);
		return;
	}
	to->next = from->next;
	to->prev = from->prev;
	to->next->prev = to;
	to->prev->next = to;
	eg_list_init(from);
}

#define eg_list_entry(node, type, member) eg_container_of(node, type, member)

/* @it may be removed inside the body; no other node may. */
#define eg_list_for_each(it, head)                                    \
	for (struct eg_list *it = (head)->next, *it##_next = it->next; \
	     it != (head); it = it##_next, it##_next = it->next)

#endif
