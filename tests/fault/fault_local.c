/* SPDX-License-Identifier: MIT */
/*
 * What is one fiber's, under faults: each value and each handle that got in is
 * destroyed once, and what did not get in is not.
 */
#include "fault_rig.h"

#include <fcntl.h>
#include <stdlib.h>

enum { KEYS = 9, FIBERS = 5 };

static eg_local keys[KEYS];
static int live; /* values that are set and not destroyed */

static void count_out(void *value)
{
	(void)value;
	live--;
}

static void make_keys(uint32_t flags)
{
	live = 0;
	for (int i = 0; i < KEYS; i++)
		egt_eq(eg_local_init(&keys[i], count_out, flags), 0);
}

static void free_keys(void)
{
	for (int i = 0; i < KEYS; i++)
		egt_eq(eg_local_free(&keys[i]), 0);
}

static bool set_one(int i)
{
	if (!fault_ok(eg_local_set(&keys[i], &keys[i]))) {
		egt_ptr_eq(eg_local_get(&keys[i]), NULL);
		return false;
	}
	egt_ptr_eq(eg_local_get(&keys[i]), &keys[i]);
	live++;
	return true;
}

static bool set_all(void)
{
	bool is_well = true;

	for (int i = 0; i < KEYS; i++)
		is_well &= set_one(i);
	return is_well;
}

static void *sets_values(void *arg)
{
	bool is_well = set_all();

	(void)arg;
	egt_eq(eg_yield(), 0);
	return FAULT_RESULT(is_well);
}

FAULT_TEST(fault_of_values)
{
	eg_fiber *f[FIBERS];
	bool is_well = true;

	make_keys(0);
	for (int i = 0; i < FIBERS; i++)
		f[i] = fault_spawn(sets_values, NULL);
	for (int i = 0; i < FIBERS; i++)
		is_well &= fault_join(f[i]);
	egt_eq(live, 0);
	free_keys();
	return !is_well;
}

static void *has_them_all(void *arg)
{
	for (int i = 0; i < *(int *)arg; i++)
		egt_ptr_eq(eg_local_get(&keys[i]), &keys[i]);
	return FAULT_RESULT(true);
}

/* A child has all or is none. */
FAULT_TEST(fault_of_shared_values)
{
	eg_fiber *f[FIBERS];
	bool is_well;
	int set = 0;

	make_keys(EG_LOCAL_SHARED);
	while (set < KEYS && set_one(set))
		set++;
	is_well = set == KEYS;
	for (int i = 0; i < FIBERS; i++)
		f[i] = fault_spawn(has_them_all, &set);
	for (int i = 0; i < FIBERS; i++)
		is_well &= fault_join(f[i]);
	egt_eq(live, set);
	for (int i = 0; i < KEYS; i++)
		egt_eq(eg_local_set(&keys[i], NULL), 0);
	egt_eq(live, 0);
	free_keys();
	return !is_well;
}

static void free_number(void *value)
{
	free(value);
	live--;
}

/* Under a fault of its own, as a program's would be. */
static int copy_number(void **ret_copy, void *value)
{
	int *copy = eg__fault(EG_FAULT_ALLOC) ? NULL : malloc(sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	*copy = *(int *)value;
	*ret_copy = copy;
	live++;
	return 0;
}

static void *has_copies(void *arg)
{
	for (int i = 0; i < KEYS; i++)
		if (eg_local_get(&keys[i]))
			egt_eq(*(int *)eg_local_get(&keys[i]), i);
	return FAULT_RESULT(arg);
}

FAULT_TEST(fault_of_copied_values)
{
	int numbers[KEYS];
	bool is_well = true;
	eg_fiber *f[FIBERS];

	live = 0;
	for (int i = 0; i < KEYS; i++) {
		void *copy = NULL;

		numbers[i] = i;
		egt_eq(eg_local_init_copy(&keys[i], free_number, copy_number),
		       0);
		if (fault_ok(copy_number(&copy, &numbers[i]))) {
			if (fault_ok(eg_local_set(&keys[i], copy)))
				continue;
			free_number(copy);
		}
		is_well = false;
	}
	for (int i = 0; i < FIBERS; i++)
		f[i] = fault_spawn(has_copies, keys);
	for (int i = 0; i < FIBERS; i++)
		is_well &= fault_join(f[i]);
	for (int i = 0; i < KEYS; i++)
		egt_eq(eg_local_set(&keys[i], NULL), 0);
	egt_eq(live, 0);
	free_keys();
	return !is_well;
}

struct handle {
	eg_owned owned;
	bool is_owned, is_closed;
};

static int leaks;

static void count_leak(const eg_leak *leak, void *arg)
{
	(void)leak;
	(void)arg;
	leaks++;
}

static void close_it(void *handle)
{
	struct handle *h = handle;

	egt_true(h->is_owned && !h->is_closed);
	h->is_closed = true;
}

static void *owns_one(void *arg)
{
	struct handle *h = arg;

	h->is_owned = fault_ok(eg_own(&h->owned, "handle", close_it, h));
	return FAULT_RESULT(h->is_owned);
}

static void *waits(void *arg)
{
	return FAULT_RESULT(fault_ok(eg_event_wait(arg, EG_FOREVER)));
}

/* One is left by who owned it, one is given away if that can be. */
FAULT_TEST(fault_of_handles)
{
	static struct handle left, given;
	eg_event event = { 0 };
	eg_fiber *other;
	bool is_well;

	left = given = (struct handle){ .is_owned = false };
	leaks = 0;
	egt_eq(eg_set_leak_handler(count_leak, NULL), 0);
	other = fault_spawn(waits, &event);
	is_well = owns_one(&given) != NULL && other &&
		  fault_ok(eg_own_transfer(&given.owned, other));
	if (!is_well)
		egt_eq(eg_disown(&given.owned), given.is_owned ? 0 : -ENOENT);
	is_well &= fault_join(fault_spawn(owns_one, &left));
	egt_eq(left.is_closed, left.is_owned);
	egt_le(0, eg_event_set(&event));
	is_well &= fault_join(other);
	egt_eq(leaks, left.is_closed + given.is_closed);
	egt_true(!is_well || given.is_closed);
	return !is_well;
}

static void *owns_a_descriptor(void *arg)
{
	static eg_owned owned;
	int fd = eg_open("/dev/null", O_RDONLY | O_CLOEXEC, 0, EG_FOREVER);

	(void)arg;
	if (!fault_ok(fd))
		return FAULT_RESULT(false);
	if (fault_ok(eg_own_fd(&owned, fd)))
		return FAULT_RESULT(true);
	egt_eq(eg_close(fd), 0);
	return FAULT_RESULT(false);
}

/* The rig counts the descriptors. */
FAULT_TEST(fault_of_descriptors)
{
	bool is_well;

	leaks = 0;
	egt_eq(eg_set_leak_handler(count_leak, NULL), 0);
	is_well = fault_join(fault_spawn(owns_a_descriptor, NULL));
	egt_eq(leaks, is_well);
	return !is_well;
}
