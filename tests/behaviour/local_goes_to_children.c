/* SPDX-License-Identifier: MIT */
/*
 * What a new fiber gets of its spawner's values: nothing, a share or a copy, and
 * through whatever it is spawned (semantics SP-18).
 */
#include "fiber_trace.h"

#include <stdlib.h>

static eg_local shared, copied, plain;
static int destroyed; /* values of the shared key */
static int live_copies;
static int copy_error;

static void count_destroyed(void *value)
{
	(void)value;
	destroyed++;
}

static void free_copy(void *value)
{
	live_copies--;
	free(value);
}

static int copy_number(void **ret_copy, void *value)
{
	int *copy;

	if (copy_error)
		return copy_error;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *(int *)value + 1;
	live_copies++;
	*ret_copy = copy;
	return 0;
}

static int *new_number(int value)
{
	int *n = malloc(sizeof(*n));

	egt_true(n);
	*n = value;
	live_copies++;
	return n;
}

static void make_keys(void)
{
	destroyed = 0;
	egt_eq(live_copies, 0);
	egt_eq(eg_local_init(&shared, count_destroyed, EG_LOCAL_SHARED), 0);
	egt_eq(eg_local_init(&plain, NULL, 0), 0);
	egt_eq(eg_local_init_copy(&copied, free_copy, copy_number), 0);
}

static void free_keys(void)
{
	egt_eq(eg_local_free(&shared), 0);
	egt_eq(eg_local_free(&plain), 0);
	egt_eq(eg_local_free(&copied), 0);
}

static void set_all(void)
{
	egt_eq(eg_local_set(&shared, &shared), 0);
	egt_eq(eg_local_set(&plain, &plain), 0);
	egt_eq(eg_local_set(&copied, new_number(1)), 0);
}

static void clear_all(void)
{
	egt_eq(eg_local_set(&shared, NULL), 0);
	egt_eq(eg_local_set(&plain, NULL), 0);
	egt_eq(eg_local_set(&copied, NULL), 0);
}

static int visits;

/* In the generation that the copy tells. */
static void check_inherited(int generation)
{
	int *number = eg_local_get(&copied);

	egt_ptr_eq(eg_local_get(&shared), &shared);
	egt_ptr_eq(eg_local_get(&plain), NULL);
	egt_true(number);
	egt_eq(*number, generation);
	visits++;
}

static void *be_a_child(void *arg)
{
	check_inherited(2);
	return arg;
}

static void *be_a_parent(void *arg)
{
	eg_fiber *f;

	check_inherited(2);
	egt_eq(eg_spawn(&f, be_a_child, arg), 0);
	egt_eq(eg_cancel(f), 0); /* which never ran has its values, too */
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	return arg;
}

static void spawn_plainly(void)
{
	eg_fiber *f;

	egt_eq(eg_spawn(&f, be_a_parent, NULL), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

static void spawn_with_options(void)
{
	eg_spawn_options options = EG_SPAWN_INIT;
	eg_fiber *f;

	options.stack_bytes = 200000;
	options.flags = EG_SPAWN_OWN_FP;
	egt_eq(eg_spawn_with(&f, be_a_child, NULL, &options), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

/* As it was when it was spawned, not when it starts. */
static void spawn_later(void)
{
	eg_fiber *f;

	egt_eq(eg_spawn_later(&f, be_a_child, NULL, eg_after(EG_MSEC)), 0);
	clear_all();
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

static void spawn_in_a_group(void)
{
	eg_group group = { 0 };

	egt_eq(eg_group_spawn(&group, be_a_child, NULL, NULL), 0);
	egt_eq(eg_group_wait(&group, EG_FOREVER), 0);
}

/* The second waits for the first's place. */
static void spawn_in_a_pool(void)
{
	eg_result result = { 0 };
	eg_pool *pool;

	egt_eq(eg_pool_new(&pool, 1), 0);
	egt_eq(eg_pool_spawn(pool, be_a_child, NULL, EG_FOREVER), 0);
	egt_eq(eg_pool_apply_async(pool, be_a_child, NULL, &result), 0);
	egt_eq(eg_result_get(&result, NULL, EG_FOREVER), 0);
	egt_eq(eg_pool_free(pool), 0);
	egt_eq(visits, 2);
}

static void be_linked(eg_fiber *fiber, void *arg)
{
	(void)fiber;
	check_inherited(2);
	egt_le(0, eg_event_set(arg));
}

static void spawn_a_link(void)
{
	eg_event event = { 0 };
	eg_link link;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, be_a_child, NULL), 0);
	egt_eq(eg_fiber_link(f, &link, be_linked, &event, EG_LINK_SPAWN), 0);
	egt_eq(eg_event_wait(&event, EG_FOREVER), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	settle();
}

EG_TEST(local_children_inherit)
{
	static const struct {
		const char *name;
		void (*spawn)(void);
	} cases[] = {
		{ "eg_spawn", spawn_plainly },
		{ "eg_spawn_with", spawn_with_options },
		{ "eg_spawn_later", spawn_later },
		{ "a group", spawn_in_a_group },
		{ "a pool", spawn_in_a_pool },
		{ "a link", spawn_a_link },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		egt_case(cases[i].name);
		make_keys();
		set_all();
		visits = 0;
		cases[i].spawn();
		egt_le(1, visits);
		clear_all();
		egt_eq(destroyed, 1);
		egt_eq(live_copies, 0);
		free_keys();
	}
}

static void *spawn_down(void *arg)
{
	intptr_t generation = (intptr_t)arg;
	eg_fiber *f[2];

	check_inherited((int)generation);
	if (generation == 6)
		return NULL;
	for (int i = 0; i < 2; i++)
		egt_eq(eg_spawn(&f[i], spawn_down, (void *)(generation + 1)),
		       0);
	egt_eq(eg_detach(f[0]), 0);
	egt_eq(eg_join(f[1], NULL, EG_FOREVER), 0);
	return NULL;
}

static void *be_the_root(void *arg)
{
	set_all();
	*(int *)eg_local_get(&copied) = 0;
	egt_eq(eg_spawn(NULL, spawn_down, (void *)1), 0);
	return arg;
}

/* The last of the tree destroys it, whoever that is. */
EG_TEST(local_shared_value_ends_with_the_last_of_its_tree)
{
	eg_hub_stats stats = { .size = sizeof(stats) };
	eg_fiber *f;

	make_keys();
	egt_eq(eg_spawn(&f, be_the_root, NULL), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	do {
		egt_eq(destroyed, 0);
		egt_eq(eg_yield(), 0);
		egt_eq(eg_hub_get_stats(&stats), 0);
	} while (stats.fibers_alive > 1);
	egt_eq(visits, 63);
	egt_eq(destroyed, 1);
	egt_eq(live_copies, 0);
	free_keys();
}

static eg_event parent_may_end;

static void *outlive_the_parent(void *arg)
{
	static int other;
	void *value;

	egt_eq(eg_local_take(&shared, &value), -EBUSY);
	egt_eq(eg_local_set(&shared, &other), 0);
	egt_eq(destroyed, 0); /* the parent has it still */
	egt_eq(eg_local_set(&shared, NULL), 0);
	egt_eq(destroyed, 1); /* the child's own */
	egt_le(0, eg_event_set(&parent_may_end));
	return arg;
}

EG_TEST(local_shared_value_is_replaced_for_one_fiber_alone)
{
	void *value = NULL;
	eg_fiber *f;

	make_keys();
	egt_eq(eg_local_set(&shared, &shared), 0);
	egt_eq(eg_spawn(&f, outlive_the_parent, NULL), 0);
	egt_eq(eg_event_wait(&parent_may_end, EG_FOREVER), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_ptr_eq(eg_local_get(&shared), &shared);
	/* Nobody else has it any more. */
	egt_eq(eg_local_take(&shared, &value), 0);
	egt_ptr_eq(value, &shared);
	egt_eq(destroyed, 1);
	free_keys();
}

/* What is left of a spawn that fails is nothing. */
EG_TEST(local_copy_that_fails_makes_the_spawn_fail)
{
	static int errors[] = { -EIO, -ENOMEM, -ECANCELED };
	eg_hub_stats before = { .size = sizeof(before) }, after = before;
	eg_local last;

	make_keys();
	set_all();
	egt_eq(eg_local_init_copy(&last, free_copy, copy_number), 0);
	egt_eq(eg_local_set(&last, new_number(7)), 0);
	egt_eq(eg_hub_get_stats(&before), 0);
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		eg_fiber *f = NULL;

		copy_error = errors[i];
		egt_eq(eg_spawn(&f, be_a_child, NULL), errors[i]);
		egt_ptr_eq(f, NULL);
		egt_eq(live_copies, 2);
		egt_eq(destroyed, 0);
	}
	copy_error = 0;
	egt_eq(eg_hub_get_stats(&after), 0);
	egt_eq(after.fibers_alive, before.fibers_alive);
	spawn_plainly();
	egt_eq(live_copies, 2);
	clear_all();
	egt_eq(eg_local_set(&last, NULL), 0);
	egt_eq(live_copies, 0);
	egt_eq(eg_local_free(&last), 0);
	free_keys();
}

static int copies_left;

static int copy_some(void **ret_copy, void *value)
{
	return copies_left-- > 0 ? copy_number(ret_copy, value) : -EIO;
}

/* Those before it are destroyed, those after it were never copied. */
EG_TEST(local_copy_may_fail_in_the_middle)
{
	enum { COPIES = 5 };
	eg_local keys[COPIES];

	make_keys();
	egt_eq(eg_local_set(&shared, &shared), 0);
	for (int i = 0; i < COPIES; i++) {
		egt_eq(eg_local_init_copy(&keys[i], free_copy, copy_some), 0);
		egt_eq(eg_local_set(&keys[i], new_number(i)), 0);
	}
	for (int i = 0; i < COPIES; i++) {
		copies_left = i;
		egt_eq(eg_spawn(NULL, be_a_child, NULL), -EIO);
		egt_eq(live_copies, COPIES);
	}
	for (int i = 0; i < COPIES; i++) {
		egt_eq(*(int *)eg_local_get(&keys[i]), i);
		egt_eq(eg_local_set(&keys[i], NULL), 0);
		egt_eq(eg_local_free(&keys[i]), 0);
	}
	clear_all();
	egt_eq(destroyed, 1);
	free_keys();
}

static int copy_nothing(void **ret_copy, void *value)
{
	(void)value;
	*ret_copy = NULL;
	return 0;
}

static void *has_nothing(void *arg)
{
	egt_ptr_eq(eg_local_get(&plain), NULL);
	egt_ptr_eq(eg_local_get(arg), NULL);
	visits++;
	return arg;
}

EG_TEST(local_copy_may_be_nothing)
{
	eg_local key;
	eg_fiber *f;

	visits = 0;
	egt_eq(eg_local_init_copy(&key, free_copy, copy_nothing), 0);
	egt_eq(eg_local_set(&key, new_number(1)), 0);
	egt_eq(eg_spawn(&f, has_nothing, &key), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(visits, 1);
	egt_eq(live_copies, 1);
	egt_eq(eg_local_set(&key, NULL), 0);
	egt_eq(eg_local_free(&key), 0);
}

/* A key that is given up is not inherited, nor is one made in its place. */
EG_TEST(local_value_of_a_freed_key_is_not_inherited)
{
	eg_local key;
	eg_fiber *f;

	destroyed = 0;
	visits = 0;
	egt_eq(eg_local_init(&key, count_destroyed, EG_LOCAL_SHARED), 0);
	egt_eq(eg_local_set(&key, &key), 0);
	egt_eq(eg_local_free(&key), 0);
	egt_eq(eg_local_init(&key, count_destroyed, EG_LOCAL_SHARED), 0);
	egt_eq(eg_spawn(&f, has_nothing, &key), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(visits, 1);
	egt_eq(destroyed, 0);
	egt_eq(eg_local_set(&key, &visits), 0);
	egt_eq(destroyed, 1);
	egt_eq(eg_local_set(&key, NULL), 0);
	egt_eq(destroyed, 2);
	egt_eq(eg_local_free(&key), 0);
}

/* Nor is its copy function called, which may be gone by then. */
EG_TEST(local_value_of_a_freed_key_is_not_copied)
{
	eg_local key;
	eg_fiber *f;

	visits = 0;
	egt_eq(eg_local_init_copy(&key, free_copy, copy_number), 0);
	egt_eq(eg_local_set(&key, new_number(1)), 0);
	egt_eq(eg_local_free(&key), 0);
	egt_eq(eg_local_init(&key, NULL, 0), 0);
	copy_error = -EIO;
	egt_eq(eg_spawn(&f, has_nothing, &key), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(visits, 1);
	egt_eq(eg_local_set(&key, &visits), 0);
	egt_eq(live_copies, 0);
	egt_eq(eg_local_free(&key), 0);
}

static void *return_value(void *arg)
{
	return eg_local_get(arg);
}

/* What is inherited is what the newer key says, where an older one left a value
 * in the same place. */
EG_TEST(local_place_of_a_freed_key_is_inherited_as_the_new_one)
{
	static const uint32_t kinds[] = { EG_LOCAL_SHARED, 0 };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		uint32_t flags = kinds[i];
		void *result = &visits;
		eg_local key;
		eg_fiber *f;

		egt_eq(eg_local_init(&key, NULL, flags ^ EG_LOCAL_SHARED), 0);
		egt_eq(eg_local_set(&key, &visits), 0);
		egt_eq(eg_local_free(&key), 0);
		egt_eq(eg_local_init(&key, NULL, flags), 0);
		egt_eq(eg_local_set(&key, &key), 0);
		egt_eq(eg_spawn(&f, return_value, &key), 0);
		egt_eq(eg_join(f, &result, EG_FOREVER), 0);
		egt_ptr_eq(result, flags ? &key : NULL);
		egt_eq(eg_local_set(&key, NULL), 0);
		egt_eq(eg_local_free(&key), 0);
	}
}

static struct trace trace;

static void write_value(void *value)
{
	write_letter(value);
}

static void *end_at_once(void *arg)
{
	return arg;
}

/* In the parent's order of setting: not in that of the keys. */
EG_TEST(local_inherited_values_keep_their_order)
{
	struct letter letters[3];
	eg_local keys[3];
	void *value;
	eg_fiber *f;

	for (int i = 0; i < 3; i++) {
		letters[i] = (struct letter){ &trace, (char)('a' + i) };
		egt_eq(eg_local_init(&keys[i], write_value, EG_LOCAL_SHARED),
		       0);
	}
	for (int i = 0; i < 3; i++)
		egt_eq(eg_local_set(&keys[(i + 1) % 3], &letters[(i + 1) % 3]),
		       0);
	egt_eq(eg_spawn(&f, end_at_once, NULL), 0);
	/* The child is left with the only one: b, c, a were set. */
	for (int i = 0; i < 3; i++) {
		egt_eq(eg_local_take(&keys[i], &value), -EBUSY);
		egt_eq(eg_local_set(&keys[i], NULL), 0);
	}
	egt_str_eq(trace.text, "");
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_str_eq(trace.text, "acb");
	for (int i = 0; i < 3; i++)
		egt_eq(eg_local_free(&keys[i]), 0);
}

static void spawn_in_a_task(eg_task *task, void *arg)
{
	(void)task;
	set_all();
	egt_eq(eg_spawn(arg, be_a_child, NULL), 0);
	clear_all();
}

/* In a callback it is the hub's that are inherited. */
EG_TEST(local_children_of_callbacks_inherit)
{
	eg_fiber *f = NULL;
	eg_task task = { .fn = spawn_in_a_task, .arg = &f };

	make_keys();
	egt_eq(eg_hub_post(eg_hub_self(), &task), 0);
	while (!f)
		egt_eq(eg_sleep(EG_USEC), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(visits, 1);
	egt_eq(destroyed, 1);
	egt_eq(live_copies, 0);
	free_keys();
}

/* A child that is spawned while its parent's values end gets what is left. */
static void spawn_while_ending(void *value)
{
	egt_eq(eg_spawn(NULL, has_nothing, value), 0);
}

static void *leave_two(void *arg)
{
	eg_local *keys = arg;

	egt_eq(eg_local_set(&keys[0], &keys[1]), 0);
	egt_eq(eg_local_set(&keys[1], &keys[1]), 0);
	return arg;
}

EG_TEST(local_ending_value_is_not_inherited)
{
	eg_local keys[2];
	eg_fiber *f;

	visits = 0;
	egt_eq(eg_local_init(&keys[0], NULL, EG_LOCAL_SHARED), 0);
	egt_eq(eg_local_init(&keys[1], spawn_while_ending, EG_LOCAL_SHARED), 0);
	egt_eq(eg_spawn(&f, leave_two, keys), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	settle();
	egt_eq(visits, 1);
	egt_eq(eg_local_free(&keys[0]), 0);
	egt_eq(eg_local_free(&keys[1]), 0);
}
