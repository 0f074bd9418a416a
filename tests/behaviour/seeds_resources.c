/* SPDX-License-Identifier: MIT */
/*
 * Pools of resources and graphs in many orders: whatever fails or gives up, no
 * place is lost, nobody has what another has, and nothing runs before what it
 * needs (semantics PL-14 to PL-16).
 */
#include "seeds.h"

enum { OPS = 3, SIZE_MAX_HERE = 3, USERS = 4, KEYS = 6 };

static struct {
	eg_resource_pool *pool;
	int live; /* made and not destroyed */
	bool is_lent[64];
	bool is_gone[64];
	int made;
	bool never_fails;

	eg_dag *dag; /* NULL: it is freed */
	bool is_done[KEYS];
	int runs[KEYS];
} s;

static bool fails(void)
{
	return !s.never_fails && eg_test_random(5) == 0;
}

static int make(void **ret_resource, void *arg)
{
	(void)arg;
	s.live++;
	EG_TEST_CHECK(s.live <= SIZE_MAX_HERE);
	pause_somehow();
	if (fails()) {
		s.live--;
		return -EIO;
	}
	*ret_resource = &s.is_lent[s.made++];
	return 0;
}

static long number_of(void *resource)
{
	return (bool *)resource - s.is_lent;
}

static void unmake(void *resource, void *arg)
{
	(void)arg;
	EG_TEST_CHECK(!s.is_gone[number_of(resource)]);
	s.is_gone[number_of(resource)] = true;
	pause_somehow();
	s.live--;
}

static int look(void *resource, void *arg)
{
	(void)arg;
	EG_TEST_CHECK(!s.is_gone[number_of(resource)]);
	pause_somehow();
	return fails() ? -EIO : 0;
}

static void take_one(void)
{
	uint32_t flags = eg_test_random(2) ? EG_RESOURCE_TIED : 0;
	bool *lent = NULL;
	void *resource;
	int r = eg_resource_get(s.pool, &resource, flags, some_deadline());

	EG_TEST_CHECK(r == 0 || r == -EIO || r == -ESHUTDOWN || is_given_up(r));
	if (r < 0)
		return;
	lent = resource;
	EG_TEST_CHECK(!*lent && !s.is_gone[number_of(resource)]);
	*lent = true;
	pause_somehow();
	*lent = false;
	if (flags && eg_test_random(4) == 0)
		eg_exit(NULL);
	if (eg_test_random(4))
		r = eg_resource_put(s.pool, resource);
	else
		r = eg_resource_discard(s.pool, resource);
	EG_TEST_CHECK(r == 0);
}

static void *use_resources(void *arg)
{
	for (int i = 0; i < OPS; i++) {
		take_one();
		pause_somehow();
	}
	return arg;
}

static void *resize(void *arg)
{
	for (int i = 0; i < OPS; i++) {
		size_t size = (size_t)eg_test_random(SIZE_MAX_HERE + 1);

		EG_TEST_CHECK(eg_resource_pool_resize(s.pool, size) == 0);
		pause_somehow();
	}
	EG_TEST_CHECK(eg_resource_pool_resize(s.pool, 1) == 0);
	return arg;
}

static void no_log(int level, const char *text, void *arg)
{
	(void)level;
	(void)text;
	(void)arg;
}

static void begin_resources(void)
{
	eg_resource_options o = EG_RESOURCE_OPTIONS_INIT;

	memset(&s, 0, sizeof(s));
	/* That a fiber has not put back what is tied to it. */
	eg_set_log(no_log, NULL);
	o.create = make;
	o.destroy = unmake;
	o.check = look;
	o.reset = look;
	o.max_size = 1 + (size_t)eg_test_random(SIZE_MAX_HERE);
	o.max_idle = eg_test_random(2) ? EG_FOREVER : EG_MSEC;
	o.max_age = eg_test_random(2) ? EG_FOREVER : 2 * EG_MSEC;
	o.order = (int)eg_test_random(2);
	EG_TEST_CHECK(eg_resource_pool_new(&s.pool, &o) == 0);
}

static int end_resources(void)
{
	eg_resource_info info = { .size = sizeof(info) };

	EG_TEST_CHECK(eg_resource_pool_get_info(s.pool, &info) == 0);
	EG_TEST_CHECK(info.waiting == 0 && info.lent == 0);
	EG_TEST_CHECK(eg_resource_pool_free(s.pool, EG_FOREVER) == 0);
	EG_TEST_CHECK(s.live == 0);
	eg_set_log(NULL, NULL);
	return 0;
}

SEED_TEST(resource_is_one_fibers_and_no_place_is_lost)
{
	struct crowd c = { .count = 0 };
	void *resource;

	begin_resources();
	crowd_spawn(&c, USERS, use_resources);
	crowd_disturb(&c);
	crowd_join(&c);
	/* There is a place for who comes now. */
	s.never_fails = true;
	EG_TEST_CHECK(eg_resource_get(s.pool, &resource, 0, EG_FOREVER) == 0);
	EG_TEST_CHECK(eg_resource_put(s.pool, resource) == 0);
	return end_resources();
}

SEED_TEST(resources_are_resized_under_all)
{
	struct crowd c = { .count = 0 };

	begin_resources();
	crowd_spawn(&c, USERS, use_resources);
	pause_somehow();
	EG_TEST_CHECK(eg_spawn(&c.fibers[c.count++], resize, NULL) == 0);
	crowd_join(&c);
	return end_resources();
}

SEED_TEST(resources_are_closed_under_all)
{
	struct crowd c = { .count = 0 };

	begin_resources();
	crowd_spawn(&c, USERS, use_resources);
	pause_somehow();
	EG_TEST_CHECK(eg_resource_pool_close(s.pool) == 0);
	crowd_join(&c);
	return end_resources();
}

/* Graphs: each key needs some of those before it. */

static const char *const names[KEYS] = { "0", "1", "2", "3", "4", "5" };

static int run_key(eg_dag *dag, const char *key, void **ret_value, void *arg)
{
	const uint64_t *needs = arg;
	int k = key[0] - '0', r = 0;

	EG_TEST_CHECK(s.runs[k]++ == 0 || s.is_done[k] == false);
	for (int i = 0; i < KEYS; i++)
		if (*needs >> i & 1)
			EG_TEST_CHECK(s.is_done[i]);
	pause_somehow();
	if (k && eg_test_random(4) == 0) {
		r = eg_dag_get(dag, names[eg_test_random((uint64_t)k)], NULL,
			       some_deadline());
		if (r < 0 && r != -ETIMEDOUT)
			return r;
	}
	if (fails())
		return -EIO;
	s.is_done[k] = true;
	*ret_value = (void *)(uintptr_t)&names[k];
	return 0;
}

static void spawn_keys(uint64_t *needs)
{
	for (int k = KEYS - 1; k >= 0; k--) {
		const char *deps[KEYS + 1];
		int count = 0;

		needs[k] = eg_test_random(UINT64_C(1) << k);
		for (int i = 0; i < k; i++)
			if (needs[k] >> i & 1)
				deps[count++] = names[i];
		deps[count] = NULL;
		EG_TEST_CHECK(eg_dag_spawn(s.dag, names[k], deps, run_key,
					   &needs[k]) == 0);
	}
}

static void *want_keys(void *arg)
{
	for (int i = 0; i < OPS && s.dag; i++) {
		int k = (int)eg_test_random(KEYS);
		void *value = NULL;
		int r = eg_dag_get(s.dag, names[k], &value, some_deadline());

		EG_TEST_CHECK(r == 0 || r == -ENOLINK || r == -EDEADLK ||
			      r == -ESHUTDOWN || is_given_up(r));
		EG_TEST_CHECK(r < 0 || value == &names[k]);
		pause_somehow();
	}
	return arg;
}

static void *want_all(void *arg)
{
	eg_dag_info info = { .size = sizeof(info) };
	eg_dag_each *each;
	int r, seen = 0;

	if (!s.dag)
		return arg;
	EG_TEST_CHECK(eg_dag_each_new(&each, s.dag, NULL, 0) == 0);
	while ((r = eg_dag_each_next(each, &info, some_deadline())) == 1) {
		int bit = 1 << (info.key[0] - '0');

		EG_TEST_CHECK(!(seen & bit));
		seen |= bit;
	}
	EG_TEST_CHECK(r == 0 || r == -EDEADLK || r == -ESHUTDOWN ||
		      is_given_up(r));
	eg_dag_each_free(each);
	return arg;
}

SEED_TEST(graph_runs_each_after_what_it_needs)
{
	struct crowd c = { .count = 0 };
	uint64_t needs[KEYS];
	int r;

	memset(&s, 0, sizeof(s));
	eg_set_log(no_log, NULL);
	EG_TEST_CHECK(eg_dag_new(&s.dag, 0) == 0);
	spawn_keys(needs);
	crowd_spawn(&c, 3, want_keys);
	crowd_spawn(&c, 1, want_all);
	crowd_disturb(&c);
	if (eg_test_random(3) == 0)
		eg_dag_kill(s.dag, names[eg_test_random(KEYS)]);
	/* While others use it, it stays. */
	while ((r = eg_dag_free(s.dag)) == -EBUSY)
		eg_sleep(EG_MSEC);
	EG_TEST_CHECK(r == 0);
	s.dag = NULL;
	crowd_join(&c);
	eg_set_log(NULL, NULL);
	return 0;
}
