/* SPDX-License-Identifier: MIT */
/*
 * What the files of the harness share, and what a library under test supplies
 * to it. Tests include egt.h and never this.
 */
#ifndef EGT_HARNESS_H
#define EGT_HARNESS_H

#include "egt.h"

#include <sys/types.h>

enum egt_verdict {
	EGT_UNFINISHED, /* the process went away inside the test */
	EGT_PASSED,
	EGT_FAILED,
	EGT_SKIPPED,
};

/* Written by the test's process, read by the runner: shared memory. */
struct egt_report {
	enum egt_verdict verdict;
	char row[128];	 /* of the table, as egt_case() set it */
	char text[3072]; /* what failed, or why it was skipped */
};

struct egt_options {
	const char *pattern; /* NULL: all */
	unsigned backends;   /* of enum egt_backend */
	int jobs;
	int limit_ms;
	int repeat;
	bool is_list, is_tap, is_no_fork, is_verbose;
};

/* Bytes that a test may print. */
enum { EGT_OUTPUT_MAX = 64 << 20 };

/* One run of a test: on one backend, in one process. */
struct egt_run {
	const struct egt_test *test;
	enum egt_backend backend;
	char name[160];		   /* name[backend] */
	struct egt_report *report; /* owned, shared with the process */
	int output_fd;		   /* owned; what it printed; -1: none */
	pid_t pid;		   /* 0: not running */
	int64_t started_ns;
	int64_t deadline_ns;
	const char *skip_reason; /* NULL: it is to be run */
	const char *killed_for;	 /* by the runner; NULL: it was not */
	int status;		 /* as waitpid() gave it */
};

/* What a library under test still holds. */
struct egt_leaks {
	uint64_t fibers;
	uint64_t timers;
	uint64_t bytes;
	uint64_t ops; /* requests the kernel has not completed */
};

/* The library's part, in egt_evergreen.c; without it, nothing is held. */
struct egt_leaks egt_probe_leaks(void);
/* Runs @body as a hub's main fiber. Returns eg_run()'s result. */
int egt_run_in_hub(void (*body)(void)) __attribute__((weak));

/* Prints the tables of a program that has some: file, name, row, argument and
 * sentence, with tabs between. */
void egt_list_conformance(void) __attribute__((weak));

/* The tests of the program, in the order they were linked. */
extern const struct egt_test *const __start_egt_tests[] __attribute__((weak));
extern const struct egt_test *const __stop_egt_tests[] __attribute__((weak));

/* egt.c: where this process reports to, and on which backend it runs. */
void egt__report_to(struct egt_report *report, enum egt_backend backend,
		    bool is_no_fork);
const char *egt__backend_name(enum egt_backend backend);
/* A path as seen from the root of the source tree. */
const char *egt__path(const char *file);

/* leak.c */
struct egt_fds {
	uint64_t open[16]; /* bit per descriptor, the first 1024 */
};
void egt__fds_take(struct egt_fds *ret);
/* Says what @before and @now have not in common; false if nothing. */
bool egt__fds_differ(const struct egt_fds *before, const struct egt_fds *now,
		     char *text, size_t text_bytes);
bool egt__leaks_grew(const struct egt_leaks *before,
		     const struct egt_leaks *now, char *text,
		     size_t text_bytes);

/* child.c */
int egt__start(struct egt_run *run, const struct egt_options *options);
void egt__run_here(struct egt_run *run);
/* The verdict on a process that has ended; @why says it in words. */
enum egt_verdict egt__judge(struct egt_run *run, char *why, size_t why_bytes);

/* runner.c: runs all; returns how many failed. */
size_t egt__run_all(struct egt_run *runs, size_t n,
		    const struct egt_options *options);

/* print.c */
struct egt_tally {
	size_t passed, failed, skipped, total;
};
void egt__print_begin(const struct egt_options *options, size_t n);
void egt__print_result(struct egt_run *run, enum egt_verdict verdict,
		       const char *why);
struct egt_tally egt__print_end(void);

int64_t egt__now_ns(void);

#endif
