/* SPDX-License-Identifier: MIT */
/*
 * Runs tests side by side: starts as many as there are jobs, waits, kills what
 * is past its time, hands each end to print.c. Knows nothing inside a test.
 */
#include "harness.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void finish(struct egt_run *run, enum egt_verdict verdict,
		   const char *why)
{
	egt__print_result(run, verdict, why);
	if (run->output_fd >= 0)
		close(run->output_fd);
	run->output_fd = -1;
	run->pid = 0;
}

/* Takes up every process that has ended. Returns how many. */
static int reap(struct egt_run *runs, size_t n)
{
	char why[4096];
	int status, reaped = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < n; i++) {
			if (runs[i].pid != pid)
				continue;
			/* What it started must not outlive it. */
			kill(-pid, SIGKILL);
			runs[i].status = status;
			finish(&runs[i], egt__judge(&runs[i], why, sizeof(why)),
			       why);
			reaped++;
		}
	}
	return reaped;
}

/* What a test prints is kept in memory: a loop that prints must not fill it. */
static bool is_loud(const struct egt_run *run)
{
	struct stat st;

	return !fstat(run->output_fd, &st) && st.st_size > EGT_OUTPUT_MAX;
}

/* Kills what is late or loud. Returns the ns until the next look. */
static int64_t enforce_limits(struct egt_run *runs, size_t n)
{
	int64_t now = egt__now_ns();
	int64_t next = INT64_C(100000000);

	for (size_t i = 0; i < n; i++) {
		if (!runs[i].pid || runs[i].killed_for)
			continue;
		if (runs[i].deadline_ns <= now)
			runs[i].killed_for = "still running at its time limit";
		else if (is_loud(&runs[i]))
			runs[i].killed_for = "prints without end";
		if (runs[i].killed_for) {
			kill(-runs[i].pid, SIGKILL);
		} else if (runs[i].deadline_ns - now < next) {
			next = runs[i].deadline_ns - now;
		}
	}
	return next;
}

/* Returns how many processes that made: one, or none. */
static int start(struct egt_run *run, const struct egt_options *options)
{
	int r;

	if (run->skip_reason) {
		finish(run, EGT_SKIPPED, run->skip_reason);
		return 0;
	}
	r = egt__start(run, options);
	if (r < 0) {
		finish(run, EGT_FAILED, strerrorname_np(-r));
		return 0;
	}
	return 1;
}

static void run_forked(struct egt_run *runs, size_t n,
		       const struct egt_options *options)
{
	size_t started = 0;
	int running = 0;
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	while (started < n || running) {
		struct timespec ts = { .tv_sec = 0 };

		if (started < n && running < options->jobs) {
			running += start(&runs[started++], options);
			continue;
		}
		/* Blocked, so a child that ends before this is not missed. */
		ts.tv_nsec = (long)enforce_limits(runs, started);
		sigtimedwait(&child, NULL, &ts);
		running -= reap(runs, started);
	}
}

static void run_here(struct egt_run *runs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		egt__report_to(runs[i].report, runs[i].backend, true);
		runs[i].started_ns = egt__now_ns();
		egt__run_here(&runs[i]);
		finish(&runs[i], runs[i].report->verdict, "");
	}
}

size_t egt__run_all(struct egt_run *runs, size_t n,
		    const struct egt_options *options)
{
	egt__print_begin(options, n);
	if (options->is_no_fork)
		run_here(runs, n);
	else
		run_forked(runs, n, options);
	return egt__print_end().failed;
}
