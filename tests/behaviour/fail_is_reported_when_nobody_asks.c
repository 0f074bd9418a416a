/* SPDX-License-Identifier: MIT */
/*
 * An error that nobody asks for is reported once, to the handler or the log,
 * when the fiber's last reference has gone (semantics SP-06, HB-16 to HB-18).
 */
#include "fiber_trace.h"

#include <string.h>

struct reports {
	int count;
	eg_error_info last;
	char name[EG_NAME_MAX];
};

static void note_report(const eg_error_info *info, void *arg)
{
	struct reports *r = arg;

	egt_ptr_eq(eg_self(), NULL);
	egt_eq(info->size, sizeof(*info));
	r->count++;
	r->last = *info;
	memcpy(r->name, info->name, sizeof(r->name));
}

static char log_text[4096];

static void catch_line(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	strncat(log_text, line, sizeof(log_text) - strlen(log_text) - 1);
}

static void *fail(void *arg)
{
	return eg_fail(*(int *)arg, arg);
}

static int eio = -EIO, cancelled = -ECANCELED;

enum asks {
	NOT_AT_ALL,
	DETACHED,
	BY_JOIN,
	BY_WAIT,
	BY_IS_DONE,
	BY_GET,
	BY_ERROR,
	BY_LINK,
	BY_VALUE_LINK,
	BY_SPAWNED_LINK,
	BY_GROUP,
	BY_PLAIN_GROUP,
	BY_RAISE,
	BY_COUNT,
};

static void ignore_link(eg_fiber *fiber, void *arg)
{
	(void)fiber;
	(void)arg;
}

static void link_and_drop(eg_fiber *f, uint32_t flags)
{
	static eg_link link;

	egt_eq(eg_fiber_link(f, &link, ignore_link, NULL, flags), 0);
	egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
	egt_eq(eg_yield(), 0);
}

static void in_group(uint32_t flags, int *error)
{
	eg_group g;

	egt_eq(eg_group_init_with(&g, flags), 0);
	egt_eq(eg_group_spawn(&g, fail, error, NULL), 0);
	eg_group_wait(&g, EG_FOREVER);
}

static void ask(enum asks how, eg_fiber *f)
{
	switch (how) {
	case BY_WAIT:
		egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
		break;
	case BY_IS_DONE:
		egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
		egt_true(eg_fiber_is_done(f));
		egt_true(eg_fiber_succeeded(f) || !eg_fiber_succeeded(f));
		break;
	case BY_GET:
		eg_get(f, NULL, EG_FOREVER);
		break;
	case BY_ERROR:
		egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
		eg_fiber_error(f, NULL);
		break;
	case BY_LINK:
		link_and_drop(f, 0);
		break;
	case BY_VALUE_LINK:
		link_and_drop(f, EG_LINK_VALUE);
		break;
	case BY_SPAWNED_LINK:
		link_and_drop(f, EG_LINK_ERROR | EG_LINK_SPAWN);
		break;
	case BY_RAISE:
		eg_join_all(&f, 1, 0, NULL, EG_FOREVER, EG_JOIN_RAISE);
		break;
	case BY_COUNT:
		egt_eq(eg_join_all(&f, 1, 0, NULL, EG_FOREVER, 0), 1);
		break;
	default:
		break;
	}
}

static void fail_and_ask(enum asks how, int *error)
{
	eg_fiber *f;

	if (how == BY_GROUP || how == BY_PLAIN_GROUP) {
		in_group(how == BY_GROUP ? EG_GROUP_FAIL_FAST : 0, error);
		return;
	}
	egt_eq(eg_spawn(how == DETACHED ? NULL : &f, fail, error), 0);
	if (how == DETACHED)
		return;
	ask(how, f);
	if (how == BY_JOIN)
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	else
		eg_unref(f);
}

EG_TEST(error_is_reported_unless_somebody_asks)
{
	static const struct {
		const char *name;
		enum asks how;
		int reports;
	} cases[] = {
		{ "not at all", NOT_AT_ALL, 1 },
		{ "detached", DETACHED, 1 },
		{ "join", BY_JOIN, 1 },
		{ "wait", BY_WAIT, 1 },
		{ "is done", BY_IS_DONE, 1 },
		{ "get", BY_GET, 0 },
		{ "error", BY_ERROR, 0 },
		{ "link", BY_LINK, 0 },
		{ "link for values", BY_VALUE_LINK, 1 },
		{ "link in a fiber", BY_SPAWNED_LINK, 0 },
		{ "group that fails", BY_GROUP, 0 },
		{ "plain group", BY_PLAIN_GROUP, 1 },
		{ "join all, raising", BY_RAISE, 0 },
		{ "join all", BY_COUNT, 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reports r = { .count = 0 };

		egt_case(cases[i].name);
		egt_eq(eg_set_error_handler(note_report, &r), 0);
		fail_and_ask(cases[i].how, &eio);
		settle();
		egt_eq(r.count, cases[i].reports);
		if (r.count) {
			egt_eq(r.last.error, -EIO);
			egt_ptr_eq(r.last.payload, &eio);
		}
		/* Being cancelled is no failure. */
		fail_and_ask(cases[i].how, &cancelled);
		settle();
		egt_eq(r.count, cases[i].reports);
		egt_eq(eg_set_error_handler(NULL, NULL), 0);
	}
}

EG_TEST(report_says_which_fiber)
{
	eg_spawn_options options = EG_SPAWN_INIT;
	struct reports r = { .count = 0 };
	eg_fiber_info info = { .size = sizeof(info) };
	eg_fiber *f;

	options.name = "broken";
	egt_eq(eg_set_error_handler(note_report, &r), 0);
	egt_eq(eg_spawn_with(&f, fail, &eio, &options), 0);
	egt_eq(eg_fiber_wait(f, EG_FOREVER), 0);
	settle();
	/* Somebody may still ask. */
	egt_eq(r.count, 0);
	egt_eq(eg_fiber_get_info(f, &info), 0);
	eg_unref(f);
	egt_eq(r.count, 0); /* never from within a call */
	settle();
	egt_eq(r.count, 1);
	egt_eq(r.last.id, info.id);
	egt_ptr_eq(r.last.spawned_at, info.spawned_at);
	egt_str_eq(r.name, "broken");
}

EG_TEST(report_goes_to_the_log_by_default)
{
	struct reports r = { .count = 0 };
	eg_spawn_options options = EG_SPAWN_INIT;

	options.name = "broken";
	egt_eq(eg_set_error_handler(note_report, &r), 0);
	egt_eq(eg_set_error_handler(NULL, NULL), 0);
	eg_set_log(catch_line, NULL);
	egt_eq(eg_spawn_with(NULL, fail, &eio, &options), 0);
	settle();
	eg_set_log(NULL, NULL);
	egt_eq(r.count, 0);
	egt_str_has(log_text, "'broken'");
	egt_str_has(log_text, "failed with error 5,");
}

/* Killed before it ran is a failure, too, but for -ECANCELED. */
EG_TEST(error_of_a_kill_before_the_start_is_reported)
{
	struct reports r = { .count = 0 };
	eg_fiber *f;

	egt_eq(eg_set_error_handler(note_report, &r), 0);
	egt_eq(eg_spawn(&f, fail, &eio), 0);
	egt_eq(eg_kill(f, -EPIPE, EG_NOW), 0);
	egt_eq(eg_detach(f), 0);
	egt_eq(eg_spawn(&f, fail, &eio), 0);
	egt_eq(eg_cancel(f), 0);
	egt_eq(eg_detach(f), 0);
	settle();
	egt_eq(r.count, 1);
	egt_eq(r.last.error, -EPIPE);
	egt_ptr_eq(r.last.payload, EG_CANCELED);
}

/* A handler may do what the hub may: spawn, and drop what fails in turn. */
static eg_fiber *held;

static void drop_another(const eg_error_info *info, void *arg)
{
	int *count = arg;

	egt_eq(info->error, -EIO);
	++*count;
	held = eg_unref(held);
	egt_eq(eg_spawn(NULL, fail, &cancelled), 0);
}

EG_TEST(handler_may_cause_another_report)
{
	int count = 0;

	egt_eq(eg_set_error_handler(drop_another, &count), 0);
	egt_eq(eg_spawn(&held, fail, &eio), 0);
	egt_eq(eg_fiber_wait(held, EG_FOREVER), 0);
	egt_eq(eg_spawn(NULL, fail, &eio), 0);
	settle();
	egt_eq(count, 2);
	egt_ptr_eq(held, NULL);
	egt_eq(eg_set_error_handler(NULL, NULL), 0);
}

EG_TEST(many_errors_are_each_reported)
{
	enum { MANY = 200 };
	struct reports r = { .count = 0 };

	egt_eq(eg_set_error_handler(note_report, &r), 0);
	for (int i = 0; i < MANY; i++)
		egt_eq(eg_spawn(NULL, fail, i & 1 ? &eio : &cancelled), 0);
	settle();
	egt_eq(r.count, MANY / 2);
}

static struct reports late;

static void *fail_when_cancelled(void *arg)
{
	eg_sleep(EG_FOREVER);
	return eg_fail(-EIO, arg);
}

static int leave_failing(void *arg)
{
	egt_eq(eg_set_error_handler(note_report, &late), 0);
	egt_eq(eg_spawn(NULL, fail_when_cancelled, arg), 0);
	return eg_yield();
}

EG_TEST_BARE(errors_at_the_hubs_end_are_reported)
{
	egt_eq(eg_run(leave_failing, NULL, NULL, NULL), 0);
	egt_eq(late.count, 1);
	egt_eq(late.last.error, -EIO);
}

/* An error for the whole program: main is told, and may go on. */
static void *fail_system(void *arg)
{
	egt_eq(eg_sleep(EG_MSEC), 0);
	return eg_fail_system(-EPIPE, arg);
}

EG_TEST(system_error_kills_main_which_may_go_on)
{
	struct reports r = { .count = 0 };

	egt_eq(eg_set_error_handler(note_report, &r), 0);
	egt_eq(eg_spawn(NULL, fail_system, &r), 0);
	egt_eq(eg_sleep(EG_FOREVER), -EPIPE);
	egt_true(eg_cancelled());
	egt_eq(eg_sleep(EG_FOREVER), -EPIPE);
	egt_eq(eg_uncancel(), 1);
	egt_true(!eg_cancelled());
	egt_eq(eg_sleep(EG_MSEC), 0);
	egt_eq(r.count, 1);
	/* And once more. */
	egt_eq(eg_spawn(NULL, fail_system, &r), 0);
	egt_eq(eg_sleep(EG_FOREVER), -EPIPE);
	egt_eq(eg_uncancel(), 1);
	settle();
	egt_eq(r.count, 2);
}

static void *wait_for_main(void *arg)
{
	*(int *)arg = eg_sleep(2 * EG_MSEC);
	return NULL;
}

EG_TEST(system_error_leaves_other_fibers_alone)
{
	int result = 1;
	eg_fiber *f, *g;

	egt_eq(eg_spawn(&f, wait_for_main, &result), 0);
	egt_eq(eg_spawn(&g, fail_system, NULL), 0);
	egt_eq(eg_join(f, NULL, EG_FOREVER), -EPIPE);
	egt_eq(eg_uncancel(), 1);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	egt_eq(result, 0);
	egt_eq(eg_get(g, NULL, EG_FOREVER), -EPIPE);
	egt_eq(eg_detach(g), 0);
}
