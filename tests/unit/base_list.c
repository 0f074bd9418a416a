/* SPDX-License-Identifier: MIT */
/*
 * The intrusive list: order, removal, moving all of it, walking with removal.
 * Its users' invariants are tested where they live.
 */
#include "base/list.h"

#include "egt.h"

struct item {
	int value;
	struct eg_list link;
};

enum { ITEMS = 5 };

static struct item items[ITEMS];

static void fill(struct eg_list *head)
{
	eg_list_init(head);
	for (int i = 0; i < ITEMS; i++) {
		items[i].value = i;
		eg_list_push_back(head, &items[i].link);
	}
}

static int pop_value(struct eg_list *head)
{
	return eg_list_entry(eg_list_pop_front(head), struct item, link)->value;
}

/* Each neighbour must point back, in both directions. */
static int count(const struct eg_list *head)
{
	int n = 0;

	for (const struct eg_list *it = head->next; it != head; it = it->next) {
		egt_ptr_eq(it->next->prev, it);
		egt_ptr_eq(it->prev->next, it);
		n++;
	}
	return n;
}

EG_TEST_PLAIN(an_empty_list_has_no_first)
{
	struct eg_list head;

	eg_list_init(&head);
	egt_true(eg_list_is_empty(&head));
	egt_ptr_eq(eg_list_first(&head), NULL);
	egt_ptr_eq(eg_list_pop_front(&head), NULL);
	eg_list_for_each(it, &head)
		egt_fail("walked into %p", (void *)it);
}

EG_TEST_PLAIN(a_list_is_first_in_first_out)
{
	struct eg_list head;

	fill(&head);
	egt_eq(count(&head), ITEMS);
	egt_ptr_eq(eg_list_first(&head), &items[0].link);
	for (int i = 0; i < ITEMS; i++)
		egt_eq(pop_value(&head), i);
	egt_true(eg_list_is_empty(&head));
}

EG_TEST_PLAIN(push_front_goes_before_the_first)
{
	struct item early = { .value = -1 };
	struct eg_list head;

	eg_list_init(&head);
	eg_list_push_front(&head, &early.link);
	egt_eq(pop_value(&head), -1);

	fill(&head);
	eg_list_push_front(&head, &early.link);
	egt_eq(count(&head), ITEMS + 1);
	egt_eq(pop_value(&head), -1);
	egt_eq(pop_value(&head), 0);
}

EG_TEST_PLAIN(a_removed_node_knows_it_is_unlinked)
{
	struct eg_list head;

	for (int i = 0; i < ITEMS; i++) {
		egt_casef("node %d", i);
		fill(&head);
		egt_true(eg_list_is_linked(&items[i].link));
		eg_list_remove(&items[i].link);
		egt_true(!eg_list_is_linked(&items[i].link));
		egt_eq(count(&head), ITEMS - 1);
		eg_list_for_each(it, &head)
			egt_true(it != &items[i].link);
	}
}

EG_TEST_PLAIN(take_all_empties_the_source)
{
	struct eg_list from, to;

	fill(&from);
	eg_list_take_all(&to, &from);
	egt_true(eg_list_is_empty(&from));
	egt_eq(count(&to), ITEMS);
	egt_eq(pop_value(&to), 0);

	eg_list_take_all(&to, &from);
	egt_true(eg_list_is_empty(&to));
	egt_true(eg_list_is_empty(&from));
}

EG_TEST_PLAIN(a_walk_survives_removing_its_own_node)
{
	struct eg_list head;
	int seen = 0;

	fill(&head);
	eg_list_for_each(it, &head) {
		egt_eq(eg_list_entry(it, struct item, link)->value, seen);
		if (seen++ % 2 == 0)
			eg_list_remove(it);
	}
	egt_eq(seen, ITEMS);
	egt_eq(count(&head), 2);
	egt_eq(pop_value(&head), 1);
	egt_eq(pop_value(&head), 3);
}
