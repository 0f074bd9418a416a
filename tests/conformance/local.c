/* SPDX-License-Identifier: MIT */
/*
 * What is one fiber's: LT-01 to LT-03, and of SP-18 what goes down the tree of
 * spawns. Each case makes its keys, and gives them up.
 */
#include "conform_kit.h"

#include <string.h>

enum { KEYS_MAX = 70, FIBERS_MAX = 50 };

static eg_local keys[KEYS_MAX];
static char things[FIBERS_MAX];
static struct trace trace;
static int destroyed;
static int copies;

static void count_it(void *value)
{
	egt_true(value);
	destroyed++;
}

static void write_it(void *value)
{
	write_letter(value);
}

static int copy_it(void **ret_copy, void *value)
{
	copies++;
	*ret_copy = value;
	return 0;
}

static int copy_fails(void **ret_copy, void *value)
{
	(void)ret_copy;
	(void)value;
	return -EIO;
}

static void make_keys(long n, eg_local_fn *destroy, uint32_t flags)
{
	destroyed = copies = 0;
	trace = (struct trace){ .len = 0 };
	for (long i = 0; i < n; i++)
		egt_eq(eg_local_init(&keys[i], destroy, flags), 0);
}

static void free_keys(long n)
{
	for (long i = 0; i < n; i++)
		egt_eq(eg_local_free(&keys[i]), 0);
}

static void *call(eg_fiber_fn *fn, void *arg)
{
	void *result = NULL;
	eg_fiber *f;

	egt_eq(eg_spawn(&f, fn, arg), 0);
	egt_eq(eg_join(f, &result, EG_FOREVER), 0);
	return result;
}

static void call_all(eg_fiber_fn *fn, long n)
{
	eg_fiber *f[FIBERS_MAX];

	for (long i = 0; i < n; i++)
		egt_eq(eg_spawn(&f[i], fn, &things[i]), 0);
	for (long i = 0; i < n; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
}

/* The stand-in of __init__: at the first use in each fiber. */
static void *own_thing(void *thing)
{
	if (!eg_local_get(&keys[0]))
		egt_eq(eg_local_set(&keys[0], thing), 0);
	return eg_local_get(&keys[0]);
}

static void *use_own_thing(void *arg)
{
	egt_ptr_eq(own_thing(arg), arg);
	settle();
	egt_ptr_eq(own_thing(&trace), arg);
	return arg;
}

static void each_has_its_own(long fibers)
{
	make_keys(1, count_it, 0);
	call_all(use_own_thing, fibers);
	egt_eq(destroyed, fibers);
	egt_ptr_eq(eg_local_get(&keys[0]), NULL);
	free_keys(1);
}

static void *look_for_any(void *arg)
{
	return eg_local_get(arg);
}

static void others_see_nothing(long flags)
{
	make_keys(1, NULL, (uint32_t)flags);
	egt_eq(eg_local_set(&keys[0], things), 0);
	egt_ptr_eq(call(look_for_any, &keys[0]), flags ? things : NULL);
	egt_eq(eg_local_set(&keys[0], NULL), 0);
	egt_ptr_eq(call(look_for_any, &keys[0]), NULL);
	free_keys(1);
}

static void *set_number(void *arg)
{
	long n = (long)(intptr_t)arg;

	for (long i = 0; i < n; i++)
		egt_eq(eg_local_set(&keys[i], &keys[i]), 0);
	for (long i = 0; i < n; i++)
		egt_ptr_eq(eg_local_get(&keys[i]), &keys[i]);
	return arg;
}

static void so_many_keys(long n)
{
	make_keys(n, count_it, 0);
	call(set_number, (void *)n);
	egt_eq(destroyed, n);
	free_keys(n);
}

static void *keep_the_fiber(void *arg)
{
	egt_eq(eg_local_set(&keys[0], arg), 0);
	return arg;
}

/* With the end, and not with the last reference. */
static void freed_when_it_ends(long how)
{
	eg_fiber *f;

	make_keys(1, count_it, 0);
	egt_eq(eg_spawn(&f, keep_the_fiber, things), 0);
	eg_ref(f);
	if (how)
		egt_eq(eg_kill(f, (int)how, EG_FOREVER), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	/* One that never ran had none. */
	egt_eq(destroyed, how ? 0 : 1);
	eg_unref(f);
	free_keys(1);
}

static void *set_and_wait(void *arg)
{
	egt_eq(eg_local_set(&keys[0], arg), 0);
	eg_sleep(EG_FOREVER);
	egt_ptr_eq(eg_local_get(&keys[0]), arg);
	return arg;
}

static void freed_when_killed(long error)
{
	eg_fiber *f;

	make_keys(1, count_it, 0);
	egt_eq(eg_spawn(&f, set_and_wait, things), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_kill(f, (int)error, EG_FOREVER), 0);
	egt_eq(destroyed, 1);
	eg_unref(f);
	free_keys(1);
}

static void *set_letters(void *arg)
{
	static struct letter letters[3];
	long first = (long)(intptr_t)arg;

	for (long i = 0; i < 3; i++) {
		long which = (first + i) % 3;

		letters[which] = (struct letter){ &trace, (char)('a' + which) };
		egt_eq(eg_local_set(&keys[which], &letters[which]), 0);
	}
	return arg;
}

/* Of setting, not of the keys. */
static void reverse_order(long first)
{
	static const char *const want[] = { "cba", "acb", "bac" };

	make_keys(3, write_it, 0);
	call(set_letters, (void *)first);
	egt_str_eq(trace.text, want[first]);
	free_keys(3);
}

static void set_so_often(long times)
{
	make_keys(1, count_it, 0);
	for (long i = 0; i < times; i++)
		egt_eq(eg_local_set(&keys[0], &things[i % 2]), 0);
	egt_eq(destroyed, times ? times - 1 : 0);
	egt_eq(eg_local_set(&keys[0], NULL), 0);
	egt_eq(eg_local_set(&keys[0], NULL), 0);
	egt_eq(destroyed, times);
	free_keys(1);
}

static void the_same_is_no_change(long times)
{
	make_keys(1, count_it, 0);
	for (long i = 0; i < times; i++)
		egt_eq(eg_local_set(&keys[0], things), 0);
	egt_eq(destroyed, 0);
	egt_eq(eg_local_set(&keys[0], NULL), 0);
	egt_eq(destroyed, 1);
	free_keys(1);
}

static void taken_is_the_callers(long flags)
{
	void *value = &trace;

	make_keys(1, count_it, (uint32_t)flags);
	egt_eq(eg_local_take(&keys[0], &value), -ENOENT);
	egt_ptr_eq(value, &trace);
	egt_eq(eg_local_set(&keys[0], things), 0);
	egt_eq(eg_local_take(&keys[0], &value), 0);
	egt_ptr_eq(value, things);
	egt_eq(destroyed, 0);
	egt_ptr_eq(eg_local_get(&keys[0]), NULL);
	free_keys(1);
}

/* A key that is made in the place of another begins with nothing. */
static void keys_are_used_again(long times)
{
	make_keys(1, count_it, 0);
	for (long i = 0; i < times; i++) {
		egt_ptr_eq(eg_local_get(&keys[0]), NULL);
		egt_eq(eg_local_set(&keys[0], things), 0);
		egt_eq(eg_local_free(&keys[0]), 0);
		egt_eq(eg_local_init(&keys[0], count_it, 0), 0);
	}
	egt_ptr_eq(eg_local_get(&keys[0]), NULL);
	egt_eq(eg_local_set(&keys[0], things), 0);
	egt_eq(destroyed, times);
	egt_eq(eg_local_set(&keys[0], NULL), 0);
	free_keys(1);
}

/* On a stack that is used again there is nothing of who had it before. */
static void nothing_of_the_dead(long fibers)
{
	make_keys(1, NULL, 0);
	for (long i = 0; i < fibers; i++) {
		egt_ptr_eq(call(keep_the_fiber, things), things);
		egt_ptr_eq(call(look_for_any, &keys[0]), NULL);
	}
	free_keys(1);
}

/* A dead fiber that is referenced keeps no values alive. */
static void handles_hold_nothing(long references)
{
	eg_fiber *f;

	make_keys(1, count_it, 0);
	egt_eq(eg_spawn(&f, keep_the_fiber, things), 0);
	for (long i = 1; i < references; i++)
		eg_ref(f);
	settle();
	egt_eq(destroyed, 1);
	for (long i = 0; i < references; i++)
		eg_unref(f);
	free_keys(1);
}

/* The stand-in of copy_context(). */
static void copies_are_asked_for(long children)
{
	make_keys(0, NULL, 0);
	egt_eq(eg_local_init_copy(&keys[0], count_it, copy_it), 0);
	for (long i = 0; i < children; i++)
		egt_ptr_eq(call(look_for_any, &keys[0]), NULL);
	egt_eq(copies, 0);
	egt_eq(eg_local_set(&keys[0], things), 0);
	for (long i = 0; i < children; i++)
		egt_ptr_eq(call(look_for_any, &keys[0]), things);
	egt_eq(copies, children);
	egt_eq(destroyed, children);
	egt_eq(eg_local_set(&keys[0], NULL), 0);
	free_keys(1);
}

static void failed_copy_is_a_failed_spawn(long others)
{
	eg_fiber *f = NULL;

	make_keys(others, count_it, EG_LOCAL_SHARED);
	egt_eq(eg_local_init_copy(&keys[others], count_it, copy_fails), 0);
	for (long i = 0; i <= others; i++)
		egt_eq(eg_local_set(&keys[i], things), 0);
	egt_eq(eg_spawn(&f, look_for_any, keys), -EIO);
	egt_ptr_eq(f, NULL);
	egt_eq(destroyed, 0);
	for (long i = 0; i <= others; i++)
		egt_eq(eg_local_set(&keys[i], NULL), 0);
	egt_eq(destroyed, others + 1);
	egt_ptr_eq(call(look_for_any, keys), NULL);
	free_keys(others + 1);
}

static eg_coro_result set_and_give(void *value)
{
	egt_eq(eg_local_set(&keys[0], value), 0);
	return (eg_coro_result){ 0, eg_local_get(&keys[0]) };
}

static void coroutines_share(long coroutines)
{
	make_keys(1, count_it, 0);
	for (long i = 0; i < coroutines; i++) {
		eg_coro *c;

		egt_eq(eg_coro_new(&c, set_and_give, NULL), 0);
		egt_ptr_eq(eg_coro_switch(c, &things[i]).value, &things[i]);
		eg_coro_unref(c);
		egt_ptr_eq(eg_local_get(&keys[0]), &things[i]);
	}
	egt_eq(destroyed, coroutines - 1);
	egt_eq(eg_local_set(&keys[0], NULL), 0);
	free_keys(1);
}

static void *count_down(void *arg)
{
	long depth = (long)(intptr_t)arg;

	egt_ptr_eq(eg_local_get(&keys[0]), things);
	return depth > 0 ? call(count_down, (void *)(depth - 1)) : things;
}

static void shared_down_the_tree(long depth)
{
	make_keys(1, count_it, EG_LOCAL_SHARED);
	egt_eq(eg_local_set(&keys[0], things), 0);
	egt_ptr_eq(call(count_down, (void *)depth), things);
	egt_eq(destroyed, 0);
	egt_eq(eg_local_set(&keys[0], NULL), 0);
	egt_eq(destroyed, 1);
	free_keys(1);
}

static void *set_in_a_child(void *arg)
{
	egt_eq(eg_local_set(&keys[0], arg), 0);
	return arg;
}

/* Only what was there when it was spawned, and only downwards. */
static void set_by_a_child_stays_there(long has_value)
{
	make_keys(1, count_it, EG_LOCAL_SHARED);
	if (has_value)
		egt_eq(eg_local_set(&keys[0], things), 0);
	call(set_in_a_child, &trace);
	egt_ptr_eq(eg_local_get(&keys[0]), has_value ? things : NULL);
	egt_eq(destroyed, 1);
	egt_eq(eg_local_set(&keys[0], NULL), 0);
	free_keys(1);
}

static eg_event go;

static void *wait_with_it(void *arg)
{
	egt_eq(eg_event_wait(&go, EG_FOREVER), 0);
	egt_ptr_eq(eg_local_get(&keys[0]), arg);
	return arg;
}

static void the_last_one_ends_it(long children)
{
	eg_fiber *f[FIBERS_MAX];

	egt_le(0, eg_event_clear(&go));
	make_keys(1, count_it, EG_LOCAL_SHARED);
	egt_eq(eg_local_set(&keys[0], things), 0);
	for (long i = 0; i < children; i++)
		egt_eq(eg_spawn(&f[i], wait_with_it, things), 0);
	egt_eq(eg_local_set(&keys[0], NULL), 0);
	settle();
	egt_eq(destroyed, children ? 0 : 1);
	egt_le(0, eg_event_set(&go));
	for (long i = 0; i < children; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
	egt_eq(destroyed, 1);
	free_keys(1);
}

static void never_ran_and_had_it(long children)
{
	make_keys(1, count_it, EG_LOCAL_SHARED);
	egt_eq(eg_local_set(&keys[0], things), 0);
	for (long i = 0; i < children; i++) {
		eg_fiber *f;

		egt_eq(eg_spawn_later(&f, look_for_any, keys, EG_FOREVER), 0);
		egt_eq(eg_kill(f, -ECANCELED, EG_FOREVER), 0);
		eg_unref(f);
	}
	egt_eq(destroyed, 0);
	egt_eq(eg_local_set(&keys[0], NULL), 0);
	egt_eq(destroyed, 1);
	free_keys(1);
}

struct handle {
	eg_owned owned;
	struct letter letter;
};

static struct handle handles[FIBERS_MAX];
static int leaks;

static void count_leak(const eg_leak *leak, void *arg)
{
	(void)arg;
	egt_str_eq(leak->what, "handle");
	leaks++;
}

static void close_it(void *handle)
{
	struct handle *h = handle;

	write_letter(&h->letter);
}

static void *own_some(void *arg)
{
	long n = (long)(intptr_t)arg;

	for (long i = 0; i < n; i++) {
		handles[i].letter = (struct letter){ &trace, (char)('a' + i) };
		egt_eq(eg_own(&handles[i].owned, "handle", close_it,
			      &handles[i]),
		       0);
	}
	return arg;
}

static void what_is_left_is_closed(long n)
{
	make_keys(0, NULL, 0);
	leaks = 0;
	egt_eq(eg_set_leak_handler(count_leak, NULL), 0);
	call(own_some, (void *)n);
	egt_eq(leaks, n);
	egt_eq(trace.len, n);
	for (long i = 0; i < n; i++)
		egt_eq(trace.text[i], 'a' + n - 1 - i);
	egt_eq(eg_set_leak_handler(NULL, NULL), 0);
}

static void *own_and_disown(void *arg)
{
	own_some(arg);
	for (long i = 0; i < (long)(intptr_t)arg; i++)
		egt_eq(eg_disown(&handles[i].owned), 0);
	return arg;
}

static void what_is_disowned_is_not(long n)
{
	make_keys(0, NULL, 0);
	leaks = 0;
	egt_eq(eg_set_leak_handler(count_leak, NULL), 0);
	call(own_and_disown, (void *)n);
	egt_eq(leaks, 0);
	egt_str_eq(trace.text, "");
	egt_eq(eg_set_leak_handler(NULL, NULL), 0);
}

static const struct conform cases[] = {
	{ "LT-01", "each fiber makes its own", each_has_its_own, 1 },
	{ "LT-01", "each fiber makes its own", each_has_its_own, 2 },
	{ "LT-01", "each fiber makes its own", each_has_its_own, FIBERS_MAX },
	{ "LT-01", "nothing is seen by others", others_see_nothing, 0 },
	{ "LT-01", "values for no key", so_many_keys, 0 },
	{ "LT-01", "values for one key", so_many_keys, 1 },
	{ "LT-01", "values for four keys", so_many_keys, 4 },
	{ "LT-01", "values for one more", so_many_keys, 5 },
	{ "LT-01", "values for many keys", so_many_keys, KEYS_MAX },
	{ "LT-01", "freed when the fiber ends", freed_when_it_ends, 0 },
	{ "LT-01", "none if it never ran", freed_when_it_ends, -ECANCELED },
	{ "LT-01", "freed when killed", freed_when_killed, -ECANCELED },
	{ "LT-01", "freed when killed", freed_when_killed, -EIO },
	{ "LT-01", "freed in reverse order", reverse_order, 0 },
	{ "LT-01", "freed in reverse order", reverse_order, 1 },
	{ "LT-01", "freed in reverse order", reverse_order, 2 },
	{ "LT-01", "each one set is freed once", set_so_often, 0 },
	{ "LT-01", "each one set is freed once", set_so_often, 1 },
	{ "LT-01", "each one set is freed once", set_so_often, 7 },
	{ "LT-01", "set again is not freed", the_same_is_no_change, 2 },
	{ "LT-01", "set again is not freed", the_same_is_no_change, 20 },
	{ "LT-01", "taken is not freed", taken_is_the_callers, 0 },
	{ "LT-01", "taken is not freed", taken_is_the_callers,
	  EG_LOCAL_SHARED },
	{ "LT-01", "left handles are closed", what_is_left_is_closed, 0 },
	{ "LT-01", "left handles are closed", what_is_left_is_closed, 1 },
	{ "LT-01", "left handles are closed", what_is_left_is_closed, 20 },
	{ "LT-01", "closed ones are not left", what_is_disowned_is_not, 1 },
	{ "LT-01", "closed ones are not left", what_is_disowned_is_not, 20 },
	{ "LT-02", "a new key has no old values", keys_are_used_again, 1 },
	{ "LT-02", "a new key has no old values", keys_are_used_again, 100 },
	{ "LT-02", "a new fiber has no old values", nothing_of_the_dead, 1 },
	{ "LT-02", "a new fiber has no old values", nothing_of_the_dead, 30 },
	{ "LT-02", "references hold no values", handles_hold_nothing, 1 },
	{ "LT-02", "references hold no values", handles_hold_nothing, 9 },
	{ "LT-03", "copies only if asked for", copies_are_asked_for, 1 },
	{ "LT-03", "copies only if asked for", copies_are_asked_for, 10 },
	{ "LT-03", "no copy, no spawn", failed_copy_is_a_failed_spawn, 0 },
	{ "LT-03", "no copy, no spawn", failed_copy_is_a_failed_spawn, 1 },
	{ "LT-03", "no copy, no spawn", failed_copy_is_a_failed_spawn, 9 },
	{ "LT-03", "coroutines share their fiber's", coroutines_share, 1 },
	{ "LT-03", "coroutines share their fiber's", coroutines_share, 5 },
	{ "SP-18", "a child sees it", others_see_nothing, EG_LOCAL_SHARED },
	{ "SP-18", "shared down the tree", shared_down_the_tree, 0 },
	{ "SP-18", "shared down the tree", shared_down_the_tree, 1 },
	{ "SP-18", "shared down the tree", shared_down_the_tree, 20 },
	{ "SP-18", "not upwards", set_by_a_child_stays_there, false },
	{ "SP-18", "not upwards", set_by_a_child_stays_there, true },
	{ "SP-18", "freed by the last one", the_last_one_ends_it, 0 },
	{ "SP-18", "freed by the last one", the_last_one_ends_it, 1 },
	{ "SP-18", "freed by the last one", the_last_one_ends_it, FIBERS_MAX },
	{ "SP-18", "those that never ran count", never_ran_and_had_it, 1 },
	{ "SP-18", "those that never ran count", never_ran_and_had_it, 12 },
};

CONFORMANCE(locals, cases)
