/* SPDX-License-Identifier: MIT */
/*
 * Each kind of fault is found, and named in words; what is well is not. A
 * deadlock and fibers that were left are told as semantics HB-08 and HB-10
 * have them.
 */
#include "fiber_trace.h" /* IS_SANITIZED */

#include <evergreen/evergreen.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static eg_sem never;
static eg_fiber *handle;
static eg_timer timer;

static void *do_nothing(void *arg)
{
	return arg;
}

static void *wait_for(void *sem)
{
	eg_sem_wait(sem, EG_FOREVER);
	return NULL;
}

static int is_well(void *arg)
{
	eg_fiber *f;

	(void)arg;
	EG_TEST_CHECK(eg_spawn(&f, do_nothing, NULL) == 0);
	EG_TEST_CHECK(eg_join(f, NULL, EG_FOREVER) == 0);
	EG_TEST_CHECK(eg_spawn(NULL, do_nothing, NULL) == 0);
	return eg_sleep(EG_MSEC);
}

static int returns_an_error(void *arg)
{
	(void)arg;
	return -ENOENT;
}

static int returns_a_number(void *arg)
{
	(void)arg;
	return 7;
}

static int does_not_hold(void *arg)
{
	(void)arg;
	EG_TEST_CHECK(1 + 1 == 3);
	egt_fail("a check that failed has returned");
}

static void *fails_check(void *arg)
{
	return does_not_hold(arg) ? NULL : arg;
}

static int does_not_hold_in_a_fiber(void *arg)
{
	EG_TEST_CHECK(eg_spawn(&handle, fails_check, arg) == 0);
	return eg_join(handle, NULL, EG_FOREVER);
}

static void check_in_callback(eg_timer *t, void *arg)
{
	(void)t;
	EG_TEST_CHECK(arg == &never);
}

static int does_not_hold_in_a_callback(void *arg)
{
	(void)arg;
	eg_timer_init(&timer, check_in_callback, NULL);
	eg_timer_start(&timer, eg_after(EG_MSEC));
	return eg_sem_wait(&never, EG_FOREVER);
}

static int is_locked(void *arg)
{
	eg_spawn_options o = EG_SPAWN_INIT;
	int r;

	(void)arg;
	o.name = "reader";
	EG_TEST_CHECK(eg_spawn_with(&handle, wait_for, &never, &o) == 0);
	r = eg_join(handle, NULL, EG_FOREVER);
	EG_TEST_CHECK(r == -EDEADLK);
	eg_cancel(handle);
	EG_TEST_CHECK(eg_join(handle, NULL, EG_FOREVER) == 0);
	return 0;
}

static int leaves_a_fiber(void *arg)
{
	(void)arg;
	EG_TEST_CHECK(eg_spawn(NULL, wait_for, &never) == 0);
	return eg_sleep(EG_MSEC);
}

static void *wait_shielded(void *arg)
{
	eg_timeout shield;

	(void)arg;
	eg_shield_begin(&shield);
	eg_sem_wait(&never, EG_FOREVER);
	egt_fail("a dropped fiber has run");
}

static int leaves_a_shielded_fiber(void *arg)
{
	(void)arg;
	EG_TEST_CHECK(eg_spawn(NULL, wait_shielded, NULL) == 0);
	return eg_sleep(EG_MSEC);
}

static int forgets_to_join(void *arg)
{
	(void)arg;
	EG_TEST_CHECK(eg_spawn(&handle, do_nothing, NULL) == 0);
	return eg_sleep(EG_MSEC);
}

static int leaves_a_timer(void *arg)
{
	(void)arg;
	eg_timer_init(&timer, check_in_callback, NULL);
	return eg_timer_start(&timer, eg_after(EG_SEC));
}

static void *fails(void *arg)
{
	return eg_fail(-EIO, arg);
}

static int ignores_a_failure(void *arg)
{
	(void)arg;
	EG_TEST_CHECK(eg_spawn(NULL, fails, NULL) == 0);
	return eg_sleep(EG_MSEC);
}

static void *have_others_wait(void *arg)
{
	eg_sem mine;

	eg_sem_init(&mine, 0);
	EG_TEST_CHECK(eg_spawn(NULL, wait_for, &mine) == 0);
	eg_sleep(EG_MSEC);
	return arg;
}

static int ends_under_a_waiter(void *arg)
{
	EG_TEST_CHECK(eg_spawn(&handle, have_others_wait, NULL) == 0);
	EG_TEST_CHECK(eg_join(handle, NULL, EG_FOREVER) == 0);
	(void)arg;
	return 0;
}

static int kills_main(void *arg)
{
	return eg_sleep(EG_SEC) == -ENOSPC ? 0 : (arg ? 2 : 1);
}

static void *fail_all(void *arg)
{
	return eg_fail_system(-ENOSPC, arg);
}

/* What concerns the program ends the wait of the function's own fiber. */
static int is_told_of_a_system_failure(void *arg)
{
	EG_TEST_CHECK(eg_spawn(&handle, fail_all, NULL) == 0);
	EG_TEST_CHECK(kills_main(arg) == 0);
	EG_TEST_CHECK(eg_uncancel() == 1);
	EG_TEST_CHECK(eg_fiber_error(handle, NULL) == -ENOSPC);
	return eg_join(handle, NULL, EG_FOREVER);
}

static const struct {
	const char *name;
	eg_main_fn *fn;
	uint32_t found;
	const char *text;
} rows[] = {
	{ "nothing", is_well, 0, "" },
	{ "system failure", is_told_of_a_system_failure, 0, "" },
	{ "error", returns_an_error, EG_FOUND_ERROR,
	  "the function returned -2: No such file or directory\n" },
	{ "number", returns_a_number, EG_FOUND_ERROR,
	  "the function returned 7\n" },
	{ "check", does_not_hold, EG_FOUND_CHECK,
	  "does not hold: 1 + 1 == 3 (fiber 1 'main')\n" },
	{ "check in a fiber", does_not_hold_in_a_fiber, EG_FOUND_CHECK,
	  "does not hold: 1 + 1 == 3 (fiber 2 '')\n" },
	{ "check in a callback", does_not_hold_in_a_callback, EG_FOUND_CHECK,
	  "does not hold: arg == &never (a callback)\n" },
	{ "deadlock", is_locked, EG_FOUND_DEADLOCK,
	  "  fiber 1 'main' waits for join of fiber 2 'reader'\n"
	  "  fiber 2 'reader' waits for semaphore #1, spawned at " },
	{ "fiber left", leaves_a_fiber, EG_FOUND_FIBERS,
	  "main has returned, and these were left:\n"
	  "  fiber 2 '' waits for semaphore #1, spawned at" },
	{ "fiber that cannot be cancelled", leaves_a_shielded_fiber,
	  EG_FOUND_FIBERS | EG_FOUND_STUCK,
	  "cancelled, but they wait for what cannot come:\n"
	  "  fiber 2 '' waits for semaphore #1, spawned at" },
	{ "handle", forgets_to_join, EG_FOUND_HANDLES,
	  "  fiber 2 '' has ended, spawned at" },
	{ "timer", leaves_a_timer, EG_FOUND_TIMERS,
	  "1 timers were left armed\n" },
	{ "failure", ignores_a_failure, EG_FOUND_FAILURES,
	  "fiber 2 '' failed with -5: Input/output error; nobody asked" },
	{ "dangling", ends_under_a_waiter, EG_FOUND_FIBERS | EG_FOUND_DANGLING,
	  "semaphore #1, in the frames of a fiber that has ended" },
};

/* Not the last one where a sanitizer keeps frames elsewhere: it ends the
 * process itself, at the use of what is gone. */
enum { ROWS = ARRAY_LEN(rows) - IS_SANITIZED };

/* In whatever order; a single run is enough for each. */
EG_TEST_PLAIN(testmode_finds_each_kind)
{
	for (size_t i = 0; i < ROWS; i++) {
		eg_test_options o = EG_TEST_OPTIONS_INIT;
		eg_test_report report = EG_TEST_REPORT_INIT;

		for (o.seed = 1; o.seed <= 20; o.seed++) {
			egt_casef("%s, seed %d", rows[i].name, (int)o.seed);
			eg_sem_init(&never, 0);
			egt_eq(eg_test_run(rows[i].fn, NULL, &o, &report),
			       rows[i].found != 0);
			egt_eq(report.found, rows[i].found);
			egt_str_has(report.text, rows[i].text);
			egt_eq(report.seed, o.seed);
		}
	}
}

EG_TEST_PLAIN(testmode_allows_what_is_allowed)
{
	for (size_t i = 0; i < ROWS; i++) {
		eg_test_options o = EG_TEST_OPTIONS_INIT;
		eg_test_report report = EG_TEST_REPORT_INIT;

		egt_case(rows[i].name);
		eg_sem_init(&never, 0);
		o.allow = rows[i].found;
		egt_eq(eg_test_run(rows[i].fn, NULL, &o, &report), 0);
		egt_eq(report.found, rows[i].found);
	}
}

/* What a fiber waited for is free of it when the run was broken off. */
static int fails_with_a_waiter(void *arg)
{
	EG_TEST_CHECK(eg_spawn(NULL, wait_for, arg) == 0);
	eg_sleep(EG_MSEC);
	EG_TEST_CHECK(false);
	return 0;
}

EG_TEST_PLAIN(testmode_takes_dropped_fibers_off_their_objects)
{
	eg_test_report report = EG_TEST_REPORT_INIT;

	eg_sem_init(&never, 0);
	egt_eq(eg_test_run(fails_with_a_waiter, &never, NULL, &report), 1);
	egt_eq(report.found, EG_FOUND_CHECK);
	/* Nobody is in line any more, of a hub that is gone. */
	egt_eq(eg_test_run(fails_with_a_waiter, &never, NULL, &report), 1);
	egt_eq(report.found, EG_FOUND_CHECK);
}

static void print_to(char *text, size_t size, const eg_test_report *report)
{
	int fds[2];
	ssize_t n;

	egt_eq(pipe(fds), 0);
	egt_eq(eg_test_report_print(report, fds[1]), 0);
	n = read(fds[0], text, size - 1);
	egt_true(n > 0);
	text[n] = '\0';
	close(fds[0]);
	close(fds[1]);
}

EG_TEST_PLAIN(testmode_prints_how_to_repeat)
{
	eg_test_report report = EG_TEST_REPORT_INIT;
	eg_test_options o = EG_TEST_OPTIONS_INIT;
	char text[2 * EG_TEST_TEXT_MAX];

	o.seed = 77;
	o.order = EG_ORDER_RANKED;
	egt_eq(eg_test_run(is_well, NULL, &o, &report), 0);
	print_to(text, sizeof(text), &report);
	egt_str_has(text, "nothing found in 1 runs; the last: seed 77, ");
	egt_eq(eg_test_run(returns_an_error, NULL, &o, &report), 1);
	print_to(text, sizeof(text), &report);
	egt_str_has(text, "the function returned -2: ");
	egt_str_has(text, "found in run 1, order ranked, after ");
	egt_str_has(text, "\nEG_TEST_SEED=77 repeats it\n");
}

static int leaves_a_crowd(void *arg)
{
	(void)arg;
	for (int i = 0; i < 500; i++)
		EG_TEST_CHECK(eg_spawn(NULL, wait_for, &never) == 0);
	return eg_sleep(EG_MSEC);
}

/* What does not fit is cut at the end of a line. */
EG_TEST_PLAIN(testmode_cuts_a_long_text)
{
	eg_test_report report = EG_TEST_REPORT_INIT;
	size_t len;

	eg_sem_init(&never, 0);
	egt_eq(eg_test_run(leaves_a_crowd, NULL, NULL, &report), 1);
	len = strlen(report.text);
	egt_le(EG_TEST_TEXT_MAX - 200, len);
	egt_lt(len, EG_TEST_TEXT_MAX);
	egt_eq(report.text[len - 1], '\n');
}
