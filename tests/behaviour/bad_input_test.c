/* SPDX-License-Identifier: MIT */
/*
 * Calls of test.h that make no sense.
 */
#include "bad_input.h"

#include <sys/wait.h>
#include <unistd.h>

static eg_test_report report = EG_TEST_REPORT_INIT;
static eg_test_report no_report;
static const eg_test_options no_size;
static const eg_test_options no_order = { .size = sizeof(eg_test_options),
					  .order = EG_ORDER_FIFO + 1 };
static const eg_test_options all_bits = { .size = sizeof(eg_test_options),
					  .allow = UINT32_MAX };
static const eg_test_options before_now = { .size = sizeof(eg_test_options),
					    .time_max = -1 };
static const eg_test_options vast_stack = { .size = sizeof(eg_test_options),
					    .stack_bytes = SIZE_MAX };
static const eg_test_options vast_main = { .size = sizeof(eg_test_options),
					   .main_stack_bytes = SIZE_MAX };

static int do_nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int test_run(const eg_test_options *options)
{
	return eg_test_run(do_nothing, NULL, options, &report);
}

static int test_seeds(const eg_test_options *options, uint64_t count)
{
	return eg_test_seeds(do_nothing, NULL, options, 1, count, &report);
}

/* By which signal a process ends that fails where no test runs. */
static int signal_of_failure(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		close(STDERR_FILENO);
		eg_test_fail("file", 1, "nothing");
		_exit(0);
	}
	egt_true(child > 0);
	egt_eq(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

#define ROWS(X)                                                               \
	X(eg_test_run, no_function, ANYWHERE, -EINVAL,                        \
	  eg_test_run(NULL, NULL, NULL, &report))                             \
	X(eg_test_run, no_report, ANYWHERE, -EINVAL,                          \
	  eg_test_run(do_nothing, NULL, NULL, NULL))                          \
	X(eg_test_run, report_without_size, ANYWHERE, -EINVAL,                \
	  eg_test_run(do_nothing, NULL, NULL, &no_report))                    \
	X(eg_test_run, no_size, ANYWHERE, -EINVAL, test_run(&no_size))        \
	X(eg_test_run, no_order, ANYWHERE, -EINVAL, test_run(&no_order))      \
	X(eg_test_run, all_bits, ANYWHERE, -EINVAL, test_run(&all_bits))      \
	X(eg_test_run, before_now, ANYWHERE, -EINVAL, test_run(&before_now))  \
	X(eg_test_run, vast_stack, OUTSIDE, -EINVAL, test_run(&vast_stack))   \
	X(eg_test_run, vast_main, OUTSIDE, -EINVAL, test_run(&vast_main))     \
	X(eg_test_run, in_hub, FIBER | HUB, -EBUSY, test_run(NULL))           \
	X(eg_test_seeds, no_function, ANYWHERE, -EINVAL,                      \
	  eg_test_seeds(NULL, NULL, NULL, 1, 1, &report))                     \
	X(eg_test_seeds, no_report, ANYWHERE, -EINVAL,                        \
	  eg_test_seeds(do_nothing, NULL, NULL, 1, 1, NULL))                  \
	X(eg_test_seeds, no_count, ANYWHERE, -EINVAL, test_seeds(NULL, 0))    \
	X(eg_test_seeds, no_size, ANYWHERE, -EINVAL, test_seeds(&no_size, 1)) \
	X(eg_test_seeds, no_order, ANYWHERE, -EINVAL,                         \
	  test_seeds(&no_order, 1))                                           \
	X(eg_test_seeds, in_hub, FIBER | HUB, -EBUSY, test_seeds(NULL, 1))    \
	X(eg_test_report_print, no_report, ANYWHERE, -EINVAL,                 \
	  eg_test_report_print(NULL, 1))                                      \
	X(eg_test_report_print, no_size, ANYWHERE, -EINVAL,                   \
	  eg_test_report_print(&no_report, 1))                                \
	X(eg_test_report_print, no_file, ANYWHERE, -EBADF,                    \
	  eg_test_report_print(&report, -1))                                  \
	X(eg_test_random, no_run, ANYWHERE, 0, eg_test_random(10))            \
	X(eg_test_random, no_bound, ANYWHERE, 0, eg_test_random(0))           \
	X(eg_test_fail, no_run, ANYWHERE, SIGABRT, signal_of_failure())

BAD_TABLE(bad_test, "test.h", ROWS)
