/* SPDX-License-Identifier: MIT */
/*
 * One test in one process: starts it with its output caught, runs the body,
 * and judges how it ended. Does not wait for it; runner.c does.
 */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int64_t egt__now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static void run_body(const struct egt_run *run)
{
	int r;

	if (run->backend == EGT_NO_HUB || run->test->is_bare) {
		run->test->body();
		return;
	}
	if (!egt_run_in_hub)
		egt_skip("this program is built without a hub");
	r = egt_run_in_hub(run->test->body);
	if (r < 0)
		egt__fail(run->test->file, run->test->line,
			  "the hub did not run: %s", strerrorname_np(-r));
}

/* Runs the test in this process, and checks what it left behind. */
void egt__run_here(struct egt_run *run)
{
	char text[2048];
	struct egt_fds fds, fds_now;
	struct egt_leaks leaks, leaks_now;

	if (run->backend != EGT_NO_HUB)
		setenv("EG_BACKEND", egt__backend_name(run->backend), 1);
	/* Streams open what they need at first use; that is no leak. */
	fflush(NULL);
	egt__fds_take(&fds);
	leaks = egt_probe_leaks();

	run_body(run);

	egt_case("");
	egt__fds_take(&fds_now);
	if (egt__fds_differ(&fds, &fds_now, text, sizeof(text)))
		egt__fail(run->test->file, run->test->line, "%s", text);
	leaks_now = egt_probe_leaks();
	if (egt__leaks_grew(&leaks, &leaks_now, text, sizeof(text)))
		egt__fail(run->test->file, run->test->line, "%s", text);
	run->report->verdict = EGT_PASSED;
}

/* Gives the process its own group, input, output, and no core dumps. */
static void isolate(int output_fd)
{
	const struct rlimit no_core = { 0, 0 };
	int null_fd = open("/dev/null", O_RDONLY);
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &no_core);
	dup2(null_fd, STDIN_FILENO);
	dup2(output_fd, STDOUT_FILENO);
	dup2(output_fd, STDERR_FILENO);
	/* Its own copies, and those that belong to the tests beside it. */
	close_range(STDERR_FILENO + 1, ~0U, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* The runner waits with SIGCHLD blocked; a test begins like a program. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int egt__start(struct egt_run *run, const struct egt_options *options)
{
	int limit_ms = run->test->limit_ms;

	if (!limit_ms)
		limit_ms = options->limit_ms;
	memset(run->report, 0, sizeof(*run->report));
	run->killed_for = NULL;
	run->output_fd = memfd_create("output", MFD_CLOEXEC);
	if (run->output_fd < 0)
		return -errno;
	fflush(NULL);
	run->started_ns = egt__now_ns();
	run->deadline_ns = run->started_ns + limit_ms * INT64_C(1000000);
	run->pid = fork();
	if (run->pid < 0) {
		int r = -errno;

		close(run->output_fd);
		run->pid = 0;
		return r;
	}
	if (!run->pid) {
		isolate(run->output_fd);
		egt__report_to(run->report, run->backend, false);
		egt__run_here(run);
		/* Not _exit(): a sanitizer looks for leaks in its handler. */
		exit(0);
	}
	/* Both sides set it: whichever is first, the group can be killed. */
	setpgid(run->pid, run->pid);
	return 0;
}

/* True if @text is in the report or in what the process printed. */
static bool said(const struct egt_run *run, const char *text, const char *why)
{
	off_t bytes = lseek(run->output_fd, 0, SEEK_END);
	bool is_found;
	void *output;

	if (strstr(why, text))
		return true;
	if (bytes <= 0)
		return false;
	output = mmap(NULL, (size_t)bytes, PROT_READ, MAP_PRIVATE,
		      run->output_fd, 0);
	if (output == MAP_FAILED)
		return false;
	is_found = memmem(output, (size_t)bytes, text, strlen(text));
	munmap(output, (size_t)bytes);
	return is_found;
}

/* How the process itself ended, whatever the test wants. */
static enum egt_verdict judge_end(const struct egt_run *run, char *why,
				  size_t why_bytes)
{
	const struct egt_report *report = run->report;
	const char *row = report->row;
	int status = run->status;

	if (run->killed_for)
		snprintf(why, why_bytes, "%s%s%s, %lld ms", row,
			 row[0] ? ": " : "", run->killed_for,
			 (long long)(egt__now_ns() - run->started_ns) /
				 1000000);
	else if (WIFSIGNALED(status))
		snprintf(why, why_bytes, "%s%sdied of SIG%s", row,
			 row[0] ? ": " : "", sigabbrev_np(WTERMSIG(status)));
	else if (report->verdict == EGT_UNFINISHED)
		snprintf(why, why_bytes,
			 "%s%sthe process exited inside the test, status %d",
			 row, row[0] ? ": " : "", WEXITSTATUS(status));
	else if (report->verdict == EGT_PASSED && WEXITSTATUS(status))
		snprintf(why, why_bytes,
			 "passed, but the process exited with status %d",
			 WEXITSTATUS(status));
	else {
		snprintf(why, why_bytes, "%s", report->text);
		return report->verdict;
	}
	return EGT_FAILED;
}

static enum egt_verdict judge_death(const struct egt_run *run, char *why,
				    size_t why_bytes)
{
	const struct egt_test *test = run->test;
	char got[512];

	snprintf(got, sizeof(got), "%.500s", why);
	if (!WIFSIGNALED(run->status) ||
	    WTERMSIG(run->status) != test->want_signal)
		snprintf(why, why_bytes, "should have died of SIG%s: %s",
			 sigabbrev_np(test->want_signal),
			 got[0] ? got : "it ended well");
	else if (!said(run, test->want_text, ""))
		snprintf(why, why_bytes, "died of SIG%s without saying \"%s\"",
			 sigabbrev_np(test->want_signal), test->want_text);
	else
		return EGT_PASSED;
	return EGT_FAILED;
}

enum egt_verdict egt__judge(struct egt_run *run, char *why, size_t why_bytes)
{
	const struct egt_test *test = run->test;
	enum egt_verdict verdict = judge_end(run, why, why_bytes);
	char got[512];

	if (test->want == EGT_WANT_PASS || verdict == EGT_SKIPPED)
		return verdict;
	if (test->want == EGT_WANT_DEATH)
		return judge_death(run, why, why_bytes);
	snprintf(got, sizeof(got), "%.500s", why);
	if (verdict == EGT_PASSED)
		snprintf(why, why_bytes, "should have failed, and passed");
	else if (!said(run, test->want_text, got))
		snprintf(why, why_bytes,
			 "should have failed with \"%s\", but: %s",
			 test->want_text, got);
	else
		return EGT_PASSED;
	return EGT_FAILED;
}
