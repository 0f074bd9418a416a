/* SPDX-License-Identifier: MIT */
/*
 * A handle that a fiber owns does not outlive it unnoticed: it is closed at the
 * end, and there is a report of it (semantics LT-01).
 */
#include "fiber_trace.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct connection {
	eg_owned owned;
	char name;
};

static struct trace closed;
static struct trace reported;
static char log_text[4096];
static struct connection pool[4];

static void close_connection(void *handle)
{
	struct connection *c = handle;

	/* As by hand: it is not owned any more by then. */
	egt_eq(eg_disown(&c->owned), -ENOENT);
	trace_add(&closed, c->name);
}

static void note_leak(const eg_leak *leak, void *arg)
{
	const struct connection *c = leak->handle;

	egt_ptr_eq(arg, &reported);
	egt_eq(leak->size, sizeof(*leak));
	egt_str_eq(leak->what, "connection");
	egt_true(leak->owned_at);
	trace_add(&reported, c->name);
}

static void catch_line(int level, const char *line, void *arg)
{
	size_t used = strlen(log_text);

	(void)level;
	(void)arg;
	snprintf(log_text + used, sizeof(log_text) - used, "%s\n", line);
}

static void begin(void)
{
	closed = (struct trace){ .len = 0 };
	reported = (struct trace){ .len = 0 };
	for (size_t i = 0; i < ARRAY_LEN(pool); i++)
		pool[i] = (struct connection){ .name = (char)('a' + i) };
	egt_eq(eg_set_leak_handler(note_leak, &reported), 0);
}

static void own(struct connection *c)
{
	egt_eq(eg_own(&c->owned, "connection", close_connection, c), 0);
}

static void own_three(void)
{
	for (int i = 0; i < 3; i++)
		own(&pool[i]);
}

static void *own_and_return(void *arg)
{
	own_three();
	return arg;
}

static void *own_and_exit(void *arg)
{
	own_three();
	eg_exit(arg);
	return NULL;
}

static void *own_and_be_cancelled(void *arg)
{
	own_three();
	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	return arg;
}

static void *disown_all(void *arg)
{
	own_three();
	for (int i = 0; i < 3; i++) {
		egt_eq(eg_disown(&pool[i].owned), 0);
		egt_eq(eg_disown(&pool[i].owned), -ENOENT);
	}
	return arg;
}

static void *disown_the_middle(void *arg)
{
	own_three();
	egt_eq(eg_disown(&pool[1].owned), 0);
	own(&pool[3]);
	return arg;
}

static void *disown_and_own(void *arg)
{
	own_three();
	egt_eq(eg_disown(&pool[0].owned), 0);
	own(&pool[0]);
	return arg;
}

static void close_by_hand(void *arg)
{
	struct connection *c = arg;

	egt_eq(eg_disown(&c->owned), 0);
	trace_add(&closed, '+');
}

static void *close_in_a_cleanup(void *arg)
{
	own_three();
	egt_eq(eg_cleanup_push(close_by_hand, &pool[1]), 0);
	return arg;
}

static eg_local key;

static void *close_with_a_local(void *arg)
{
	own_three();
	egt_eq(eg_local_set(&key, &pool[2]), 0);
	return arg;
}

EG_TEST(owned_is_closed_at_each_kind_of_end)
{
	static const struct {
		const char *name;
		eg_fiber_fn *fn;
		bool is_cancelled;
		const char *want; /* closed */
		const char *want_reported;
	} cases[] = {
		{ "return", own_and_return, false, "cba", "cba" },
		{ "exit", own_and_exit, false, "cba", "cba" },
		{ "cancelled", own_and_be_cancelled, true, "cba", "cba" },
		{ "disowned", disown_all, false, "", "" },
		{ "one disowned", disown_the_middle, false, "dca", "dca" },
		{ "owned again", disown_and_own, false, "acb", "acb" },
		{ "in a cleanup", close_in_a_cleanup, false, "+ca", "ca" },
		{ "with a local", close_with_a_local, false, "+ba", "ba" },
	};

	egt_eq(eg_local_init(&key, close_by_hand, 0), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		eg_fiber *f;

		egt_case(cases[i].name);
		begin();
		egt_eq(eg_spawn(&f, cases[i].fn, NULL), 0);
		egt_eq(eg_yield(), 0);
		if (cases[i].is_cancelled)
			egt_eq(eg_cancel(f), 0);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		egt_str_eq(closed.text, cases[i].want);
		egt_str_eq(reported.text, cases[i].want_reported);
		for (size_t j = 0; j < ARRAY_LEN(pool); j++)
			egt_eq(eg_disown(&pool[j].owned), -ENOENT);
	}
	egt_eq(eg_local_free(&key), 0);
}

static void *own_a_heap_one(void *arg)
{
	struct connection *c = calloc(1, sizeof(*c));

	egt_true(c);
	c->name = 'h';
	egt_eq(eg_own(&c->owned, "database connection", arg, c), 0);
	return c;
}

static void close_and_free(void *handle)
{
	close_connection(handle);
	free(handle);
}

/* One line for each, that says who, from where, and what. */
EG_TEST(owned_leak_is_a_line_in_the_log)
{
	eg_fiber_info info = { .size = sizeof(info) };
	eg_spawn_options options = EG_SPAWN_INIT;
	char want[256];
	void *handle;
	eg_fiber *f;

	options.name = "handler";
	egt_eq(eg_spawn_with(&f, own_a_heap_one, (void *)close_and_free,
			     &options),
	       0);
	egt_eq(eg_fiber_get_info(f, &info), 0);
	eg_set_log(catch_line, NULL);
	egt_eq(eg_join(f, &handle, EG_FOREVER), 0);
	eg_set_log(NULL, NULL);
	snprintf(want, sizeof(want),
		 "fiber %lu 'handler', spawned at %p, leaks database "
		 "connection %p, owned at 0x",
		 (unsigned long)info.id, info.spawned_at, handle);
	egt_str_has(log_text, want);
	egt_ptr_eq(strchr(log_text, '\n'), log_text + strlen(log_text) - 1);
	egt_str_eq(closed.text, "h");
}

static void *wait_for_it(void *arg)
{
	egt_eq(eg_event_wait(arg, EG_FOREVER), 0);
	return arg;
}

EG_TEST(owned_goes_with_its_new_owner)
{
	eg_event event = { 0 };
	eg_fiber *giver, *taker;

	begin();
	egt_eq(eg_spawn(&giver, own_and_be_cancelled, NULL), 0);
	egt_eq(eg_spawn(&taker, wait_for_it, &event), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_own_transfer(&pool[1].owned, taker), 0);
	egt_eq(eg_own_transfer(&pool[2].owned, taker), 0);
	egt_eq(eg_own_transfer(&pool[1].owned, taker), 0);
	egt_eq(eg_cancel(giver), 0);
	egt_eq(eg_join(giver, NULL, EG_FOREVER), 0);
	egt_str_eq(closed.text, "a");
	egt_eq(eg_event_set(&event), 1);
	egt_eq(eg_join(taker, NULL, EG_FOREVER), 0);
	egt_str_eq(closed.text, "abc");
	egt_str_eq(reported.text, "abc");
}

static void *end_at_once(void *arg)
{
	return arg;
}

EG_TEST(owned_cannot_go_to_the_dead)
{
	eg_fiber *f;

	begin();
	egt_eq(eg_spawn(&f, end_at_once, NULL), 0);
	own(&pool[0]);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_own_transfer(&pool[0].owned, f), -ESRCH);
	egt_eq(eg_own_transfer(&pool[0].owned, eg_self()), 0);
	egt_eq(eg_own_transfer(&pool[0].owned, NULL), -EINVAL);
	egt_eq(eg_disown(&pool[0].owned), 0);
	egt_eq(eg_own_transfer(&pool[0].owned, eg_self()), -ENOENT);
	eg_unref(f);
}

static eg_fiber *main_fiber;

/* Main has ended, and waits for this one. */
static void *give_to_main(void *arg)
{
	own(&pool[0]);
	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	egt_eq(eg_own_transfer(&pool[0].owned, main_fiber), -ESRCH);
	return arg;
}

static void own_in_a_task(eg_task *task, void *arg)
{
	(void)task;
	(void)arg;
	own(&pool[2]);
}

static eg_task owning_task = { .fn = own_in_a_task };

static int own_everywhere(void *arg)
{
	begin();
	own(&pool[1]);
	main_fiber = eg_self();
	egt_eq(eg_spawn(NULL, give_to_main, arg), 0);
	egt_eq(eg_hub_post(eg_hub_self(), &owning_task), 0);
	egt_eq(eg_sleep(EG_MSEC), 0);
	return 0;
}

/* What is main's ends with main, what is the hub's with the hub. */
EG_TEST_PLAIN(owned_is_closed_with_the_hub)
{
	egt_eq(eg_run(own_everywhere, NULL, NULL, NULL), 0);
	egt_str_eq(closed.text, "bac");
	egt_str_eq(reported.text, "bac");
}

static void sleep_and_close(void *handle)
{
	egt_eq(eg_sleep(EG_MSEC), 0);
	close_connection(handle);
}

static void *own_slow_ones(void *arg)
{
	for (int i = 0; i < 2; i++)
		egt_eq(eg_own(&pool[i].owned, "connection", sleep_and_close,
			      &pool[i]),
		       0);
	egt_eq(eg_cancel(eg_self()), 0);
	return arg;
}

EG_TEST(owned_closing_may_block)
{
	eg_fiber *f;

	begin();
	egt_eq(eg_spawn(&f, own_slow_ones, NULL), 0);
	egt_eq(eg_yield(), 0);
	egt_str_eq(closed.text, "");
	egt_eq(eg_disown(&pool[0].owned), 0); /* the other is being closed */
	egt_eq(eg_disown(&pool[1].owned), -ENOENT);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_str_eq(closed.text, "b");
}

static int owns_left;

static void own_another(void *handle)
{
	close_connection(handle);
	if (owns_left-- > 0)
		egt_eq(eg_own(&pool[3].owned, "connection", own_another,
			      &pool[3]),
		       0);
}

static void *own_one(void *arg)
{
	egt_eq(eg_own(&pool[0].owned, "connection", own_another, &pool[0]), 0);
	return arg;
}

EG_TEST(owned_closing_may_own_but_not_for_ever)
{
	static const struct {
		const char *name;
		int owns;
		const char *want;
		const char *want_log;
	} cases[] = {
		{ "none", 0, "a", "" },
		{ "three", 3, "addd", "" },
		{ "one too much", 4, "addd", "0 values and 1 handles" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		eg_fiber *f;

		egt_case(cases[i].name);
		begin();
		owns_left = cases[i].owns;
		log_text[0] = '\0';
		eg_set_log(catch_line, NULL);
		egt_eq(eg_spawn(&f, own_one, NULL), 0);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		eg_set_log(NULL, NULL);
		egt_str_eq(closed.text, cases[i].want);
		egt_str_has(log_text, cases[i].want_log);
		egt_eq(log_text[0] != '\0', cases[i].want_log[0] != '\0');
		egt_eq(eg_disown(&pool[3].owned), -ENOENT);
	}
}

/* alloca: with a sanitizer, too, it is the stack that it comes from. */
static void *own_on_the_stack(void *arg)
{
	eg_owned *owned = __builtin_alloca(sizeof(*owned));

	memset(owned, 0, sizeof(*owned));
	egt_eq(eg_own(owned, "connection", close_connection, owned), -EINVAL);
	egt_eq(eg_own_fd(owned, 0), -EINVAL);
	egt_eq(eg_own_transfer(owned, eg_self()), -EINVAL);
	egt_eq(eg_own(arg, "connection", close_connection, arg), 0);
	egt_eq(eg_disown(arg), 0);
	return arg;
}

/* It would be overwritten when the fiber's function has returned: whether that
 * leaves a leak is not known before. Another's stack may live longer. */
EG_TEST(owned_record_must_not_lie_on_its_owners_stack)
{
	eg_owned in_main = { { 0 } };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, own_on_the_stack, &in_main), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
}

static int try_from_another_hub(void *arg)
{
	struct connection *c = arg;

	egt_eq(eg_disown(&c->owned), -EPERM);
	egt_eq(eg_own_transfer(&c->owned, eg_self()), -EPERM);
	return 0;
}

static void *another_hub(void *arg)
{
	egt_eq(eg_run(try_from_another_hub, arg, NULL, NULL), 0);
	egt_eq(eg_disown(arg), -EPERM); /* nor without one */
	return NULL;
}

EG_TEST(owned_is_one_hubs)
{
	pthread_t thread;

	begin();
	own(&pool[0]);
	egt_eq(pthread_create(&thread, NULL, another_hub, &pool[0]), 0);
	egt_eq(pthread_join(thread, NULL), 0);
	egt_eq(eg_disown(&pool[0].owned), 0);
}

/* The list is taken apart from any place, whatever else moves meanwhile. */
EG_TEST(owned_many_are_disowned_in_any_order)
{
	enum { MANY = 200 };
	static struct connection many[MANY];
	static eg_local keys[MANY];

	for (int i = 0; i < MANY; i++) {
		own(&many[i]);
		egt_eq(eg_local_init(&keys[i], NULL, 0), 0);
		egt_eq(eg_local_set(&keys[i], &many[i]), 0);
	}
	for (int i = 0; i < MANY; i++)
		egt_eq(eg_disown(&many[i * 77 % MANY].owned), 0);
	for (int i = 0; i < MANY; i++) {
		egt_eq(eg_disown(&many[i].owned), -ENOENT);
		egt_eq(eg_local_free(&keys[i]), 0);
	}
}
