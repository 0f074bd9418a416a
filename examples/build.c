/* SPDX-License-Identifier: MIT */
/*
 * A small build: each step runs as soon as what it needs is there, side by side
 * with others. Then one source is missing: what needs it is not built.
 */
#include <evergreen/evergreen.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NEEDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* The source that is missing, or NULL. */
static const char *lost;

static int compile(eg_dag *dag, const char *key, void **ret_value, void *arg)
{
	const int *minutes = arg;

	(void)dag;
	eg_sleep(*minutes * EG_MSEC); /* the compiler */
	if (lost && !strcmp(key, lost))
		return -ENOENT;
	*ret_value = arg;
	return 0;
}

/* What it is linked from is there by now. */
static int link_all(eg_dag *dag, const char *key, void **ret_value, void *arg)
{
	const char *const *objects = arg;
	void *minutes;

	(void)ret_value;
	printf("%s:", key);
	for (; *objects; objects++)
		if (eg_dag_get(dag, *objects, &minutes, EG_NOW) == 0)
			printf(" %s (%d)", *objects, *(int *)minutes);
	printf("\n");
	return 0;
}

static void tell_of(eg_dag *dag, const char *key)
{
	eg_dag_info info = { .size = sizeof(info) };

	eg_dag_get_info(dag, key, &info);
	printf("%s: not built, because of %s: %s\n", key, info.failed_key,
	       eg_strerror(info.error));
}

static int build(void)
{
	static int quick = 1, slow = 5;
	static const char *const objects[] = { "lib.o", "main.o", NULL };
	const eg_dag_node steps[] = {
		{ "app", objects, link_all, (void *)(uintptr_t)objects },
		{ "main.o", NEEDS("config.h"), compile, &quick },
		{ "lib.o", NEEDS("config.h", "lib.h"), compile, &slow },
		{ "lib.h", NULL, compile, &quick },
	};
	eg_dag *dag;
	int r = eg_dag_new(&dag, 0);

	if (r < 0)
		return r;
	r = eg_dag_spawn_many(dag, steps, sizeof(steps) / sizeof(*steps));
	if (r == 0)
		r = eg_dag_post(dag, "config.h", NULL, false); /* it exists */
	if (r == 0)
		r = eg_dag_get(dag, "app", NULL, eg_after(10 * EG_SEC));
	if (r == -ENOLINK)
		tell_of(dag, "app");
	eg_dag_free(dag);
	return r == -ENOLINK ? 0 : r;
}

static int run(void *arg)
{
	int r = build();

	(void)arg;
	lost = "lib.h";
	return r < 0 ? r : build();
}

int main(void)
{
	int status;

	return eg_run(run, NULL, NULL, &status) < 0 || status < 0;
}
