/* SPDX-License-Identifier: MIT */
/*
 * Tests of programs made of fibers: many runs of a function, each with another
 * order of what may run next, on a clock that does not wait. What a run finds
 * comes with the seed that repeats it. Not for use in production.
 */
#ifndef EVERGREEN_TEST_H
#define EVERGREEN_TEST_H

#include <evergreen/debug.h>
#include <evergreen/hub.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Who comes next of those that are ready. */
enum eg_test_order {
	EG_ORDER_MIXED,	 /* one of those below: the seed says which */
	EG_ORDER_RANDOM, /* any, at each switch anew */
	EG_ORDER_RANKED, /* by ranks at random, which seldom change */
	EG_ORDER_FIFO,	 /* as without the test mode */
};

/* What a run can find: a set of these. */
#define EG_FOUND_ERROR 1u    /* the function did not return 0 */
#define EG_FOUND_CHECK 2u    /* EG_TEST_CHECK() did not hold */
#define EG_FOUND_DEADLOCK 4u /* all wait, and nothing can wake them */
#define EG_FOUND_ENDLESS 8u  /* no end within the limits of the options */
#define EG_FOUND_FIBERS 16u  /* fibers that were left when it returned */
#define EG_FOUND_STUCK 32u   /* and that did not end when cancelled */
#define EG_FOUND_HANDLES 64u /* ended fibers not joined, nor let go */
#define EG_FOUND_TIMERS 128u /* timers left armed */
#define EG_FOUND_FAILURES 256u /* failed fibers whose error nobody saw */
#define EG_FOUND_DANGLING 512u /* a wait on what an ended fiber had */

/** How a function is tested. Start from EG_TEST_OPTIONS_INIT. */
typedef struct eg_test_options {
	size_t size;		 /* sizeof(eg_test_options) */
	uint64_t seed;		 /* of eg_test_run(3); 0: from the clock */
	uint32_t order;		 /* enum eg_test_order */
	uint32_t allow;		 /* EG_FOUND_*: that is no failure */
	uint64_t switches_max;	 /* 0: 1,000,000 */
	int64_t time_max;	 /* on the virtual clock; 0: a day */
	size_t stack_bytes;	 /* of a fiber by default; 0: 56 KiB */
	size_t main_stack_bytes; /* of the function's fiber; 0: 1 MiB */
	eg_log_fn *log; /* gets a line for each switch; NULL: none */
	void *log_arg;
} eg_test_options;

#define EG_TEST_OPTIONS_INIT \
	{ sizeof(eg_test_options), 0, 0, 0, 0, 0, 0, 0, NULL, NULL }

#define EG_TEST_TEXT_MAX 4096

/** What came of it. Start from EG_TEST_REPORT_INIT. */
typedef struct eg_test_report {
	size_t size;	/* sizeof(eg_test_report), set by the caller */
	uint64_t runs;	/* how many there were; the rest is of the last */
	uint64_t seed;	/* repeats it */
	uint32_t order; /* which it was, if EG_ORDER_MIXED */
	uint32_t found; /* EG_FOUND_* */
	int error;	/* what the function returned */
	uint32_t reserved;
	uint64_t switches;
	int64_t time;		     /* that passed, on the virtual clock */
	char text[EG_TEST_TEXT_MAX]; /* what was found, a line each */
} eg_test_report;

#define EG_TEST_REPORT_INIT \
	{ sizeof(eg_test_report), 0, 0, 0, 0, 0, 0, 0, 0, "" }

/**
 * eg_test_run - run a function once, in an order made from a seed
 * @fn: runs as a fiber named "main"; 0 is success
 * @arg: passed to @fn
 * @options: the seed, limits, what is allowed; NULL for the defaults
 * @report: filled, if a run took place; its size field must be set
 *
 * On the simulated backend: time passes when no fiber is ready, and only then.
 * At each switch the fiber that runs next is chosen from those that are ready;
 * waits that time out at the same instant do so in any order. Whatever else has
 * an order keeps it. The same seed gives the same run, of a function that asks
 * neither the world outside nor addresses. docs/testing.md has the details.
 *
 * When a run is broken off (a check, a limit), nothing more is found. The waits
 * of its fibers are ended with -ECANCELED, so that they return and free what is
 * theirs. Who has failed a check goes on no more, and its cleanups run, see
 * eg_cleanup_push(3), when the others have ended. Who does not return is dropped
 * as it stands: what its frames own is not freed, its stack is.
 *
 * Return: 0 if nothing was found but what options->allow has; 1 if something
 *   was: see @report; or
 *   -EINVAL  @fn or @report is NULL, a size is not known, or an option makes
 *            no sense
 *   -EBUSY   this thread runs a hub
 *   -ENOMEM  no memory
 *   -EMFILE  no descriptors left (as -ENFILE)
 * Thread safety: any thread without a hub. Since: 0.1. See: eg_test_seeds(3)
 */
EG_API int eg_test_run(eg_main_fn *fn, void *arg,
		       const eg_test_options *options, eg_test_report *report);

/**
 * eg_test_seeds - run a function with many seeds, until one finds something
 * @fn: as for eg_test_run(3); called once per seed, with all as it was
 * @arg: passed to @fn
 * @options: as for eg_test_run(3), but for the seed; NULL for the defaults
 * @first: the first seed; 0: from the clock
 * @count: how many, one after the other
 * @report: of the run that found something, or of the last
 *
 * In the environment, EG_TEST_SEEDS replaces @count, and EG_TEST_SEED, one
 * seed, both: so a failure is repeated without another build.
 *
 * Return: 0 if nothing was found but what options->allow has; 1 if something
 *   was: see @report; or
 *   -EINVAL  as eg_test_run(3); or @count, or what the environment has, is no
 *            count
 *   -EBUSY   this thread runs a hub
 *   -ENOMEM  no memory
 *   -EMFILE  no descriptors left (as -ENFILE)
 * Thread safety: any thread without a hub. Since: 0.1. See: eg_test_run(3)
 */
EG_API int eg_test_seeds(eg_main_fn *fn, void *arg,
			 const eg_test_options *options, uint64_t first,
			 uint64_t count, eg_test_report *report);

/**
 * eg_test_report_print - write what came of a test, and how to repeat it
 * @report: of eg_test_run(3) or eg_test_seeds(3)
 * @fd: where to write
 *
 * Return: 0, or
 *   -EINVAL  @report is NULL, or its size is not known
 *   and what write(2) can return
 * Thread safety: any thread. Since: 0.1.
 */
EG_API int eg_test_report_print(const eg_test_report *report, int fd);

/**
 * eg_test_random - a choice that the seed of the run decides
 * @bound: from 0 to one less
 *
 * For the test's own choices: how long to sleep, whom to cancel. The same
 * seed gives the same numbers, in the order of the calls.
 *
 * Return: the number; 0 outside of a run, and for a @bound of 0.
 * Thread safety: the thread of the run. Since: 0.1. See: eg_test_run(3)
 */
EG_API uint64_t eg_test_random(uint64_t bound);

/**
 * eg_test_fail - find something, and break off the run
 * @file: where
 * @line: where
 * @what: what is wrong
 *
 * What EG_TEST_CHECK() calls. In a fiber it does not return; in a callback of
 * the hub's it does, and the run ends behind that callback. Outside of a run it
 * prints, and aborts the process.
 *
 * Return: nothing.
 * Thread safety: the thread of the run. Since: 0.1.
 */
EG_API void eg_test_fail(const char *file, int line, const char *what);

/* Must hold in every order: else the run ends, and the report says where. */
#define EG_TEST_CHECK(condition) \
	((condition) ? (void)0 : eg_test_fail(__FILE__, __LINE__, #condition))

#ifdef __cplusplus
}
#endif
#endif
