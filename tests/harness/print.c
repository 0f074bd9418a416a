/* SPDX-License-Identifier: MIT */
/*
 * What the runner tells its reader: for people a line that moves, failures in
 * full and a total; for machines TAP. Counts, and decides nothing.
 */
#include "harness.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { REASONS_MAX = 16, OUTPUT_MAX = 4096 };

static struct {
	const struct egt_options *options;
	struct egt_tally tally;
	size_t done;
	bool has_line; /* the moving line is on the screen */
	struct {
		char text[160];
		size_t count;
	} reasons[REASONS_MAX]; /* why tests were skipped */
	size_t reason_count;
} out;

void egt__print_begin(const struct egt_options *options, size_t n)
{
	memset(&out, 0, sizeof(out));
	out.options = options;
	out.tally.total = n;
	if (options->is_tap)
		printf("TAP version 13\n1..%zu\n", n);
}

static void clear_line(void)
{
	if (out.has_line)
		fputs("\r\033[K", stdout);
	out.has_line = false;
}

static void show_progress(const struct egt_run *run)
{
	if (!isatty(STDOUT_FILENO))
		return;
	clear_line();
	printf("[%zu/%zu] %s", out.done, out.tally.total, run->name);
	out.has_line = true;
}

/* Prints @text with @prefix before each of its lines. */
static void print_lines(const char *prefix, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		printf("%s%.*s\n", prefix, (int)len, text);
		text += len;
		if (*text)
			text++;
	}
}

static void print_output(const struct egt_run *run, const char *prefix)
{
	static char text[OUTPUT_MAX + 1];
	off_t bytes;
	ssize_t got;

	if (run->output_fd < 0)
		return;
	bytes = lseek(run->output_fd, 0, SEEK_END);
	if (bytes > OUTPUT_MAX)
		printf("%s... the last %d bytes of %jd:\n", prefix, OUTPUT_MAX,
		       (intmax_t)bytes);
	got = pread(run->output_fd, text, OUTPUT_MAX,
		    bytes > OUTPUT_MAX ? bytes - OUTPUT_MAX : 0);
	text[got > 0 ? got : 0] = '\0';
	for (ssize_t i = 0; i < got; i++)
		if (!text[i])
			text[i] = '.';
	print_lines(prefix, text);
}

static void note_reason(const char *why)
{
	size_t i = 0;

	while (i < out.reason_count && strcmp(out.reasons[i].text, why) != 0)
		i++;
	if (i == REASONS_MAX)
		return;
	if (i == out.reason_count) {
		snprintf(out.reasons[i].text, sizeof(out.reasons[i].text),
			 "%.150s", why);
		out.reason_count++;
	}
	out.reasons[i].count++;
}

static void print_tap(const struct egt_run *run, enum egt_verdict verdict,
		      const char *why)
{
	printf("%sok %zu - %s%s%s\n", verdict == EGT_FAILED ? "not " : "",
	       out.done, run->name, verdict == EGT_SKIPPED ? " # SKIP " : "",
	       verdict == EGT_SKIPPED ? why : "");
	if (verdict != EGT_FAILED)
		return;
	print_lines("# ", why);
	print_output(run, "# | ");
}

static void print_failure(const struct egt_run *run, const char *why)
{
	clear_line();
	printf("FAIL %s (%s:%d)\n", run->name, egt__path(run->test->file),
	       run->test->line);
	print_lines("    ", why);
	print_output(run, "    | ");
}

void egt__print_result(struct egt_run *run, enum egt_verdict verdict,
		       const char *why)
{
	static const char *const words[] = { "?", "ok  ", "FAIL", "skip" };
	int64_t ms = 0;

	if (run->started_ns)
		ms = (egt__now_ns() - run->started_ns) / 1000000;
	out.done++;
	if (verdict == EGT_PASSED)
		out.tally.passed++;
	else if (verdict == EGT_SKIPPED)
		out.tally.skipped++;
	else
		out.tally.failed++;
	if (verdict == EGT_SKIPPED)
		note_reason(why);

	if (out.options->is_tap)
		print_tap(run, verdict, why);
	else if (verdict == EGT_FAILED)
		print_failure(run, why);
	else if (out.options->is_verbose)
		printf("%s %s %" PRId64 " ms\n", words[verdict], run->name, ms);
	else
		show_progress(run);
	fflush(stdout);
}

struct egt_tally egt__print_end(void)
{
	clear_line();
	if (out.options->is_tap)
		return out.tally;
	for (size_t i = 0; i < out.reason_count; i++)
		printf("skipped %zu: %s\n", out.reasons[i].count,
		       out.reasons[i].text);
	printf("%zu passed, %zu failed, %zu skipped\n", out.tally.passed,
	       out.tally.failed, out.tally.skipped);
	fflush(stdout);
	return out.tally;
}
