/* SPDX-License-Identifier: MIT */
/*
 * The assertions: compare, report into memory shared with the runner, and end
 * the process. Knows nothing of how processes are started or judged.
 */
#include "harness.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct egt_report *report; /* borrowed; set before a test begins */
static enum egt_backend backend;
static bool is_debugged;

void egt__report_to(struct egt_report *to, enum egt_backend on, bool is_no_fork)
{
	report = to;
	backend = on;
	is_debugged = is_no_fork;
}

enum egt_backend egt_backend(void)
{
	return backend;
}

bool egt_is_sim(void)
{
	return backend == EGT_SIM;
}

const char *egt__backend_name(enum egt_backend b)
{
	switch (b) {
	case EGT_URING:
		return "io_uring";
	case EGT_EPOLL:
		return "epoll";
	case EGT_SIM:
		return "sim";
	default:
		return NULL;
	}
}

const char *egt__path(const char *file)
{
	while (!strncmp(file, "../", 3))
		file += 3;
	return file;
}

void egt_case(const char *label)
{
	snprintf(report->row, sizeof(report->row), "%s", label);
}

void egt_casef(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(report->row, sizeof(report->row), format, args);
	va_end(args);
}

/* exit() would run handlers, and they may need what the test has broken. */
static _Noreturn void end(enum egt_verdict verdict)
{
	report->verdict = verdict;
	fflush(NULL);
	if (is_debugged && verdict == EGT_FAILED) {
		fprintf(stderr, "%s\n", report->text);
		abort();
	}
	_exit(verdict == EGT_FAILED);
}

void egt__fail(const char *file, int line, const char *format, ...)
{
	va_list args;
	size_t used;

	snprintf(report->text, sizeof(report->text), "%s:%d: %s%s",
		 egt__path(file), line, report->row,
		 report->row[0] ? ": " : "");
	used = strlen(report->text);
	va_start(args, format);
	vsnprintf(report->text + used, sizeof(report->text) - used, format,
		  args);
	va_end(args);
	end(EGT_FAILED);
}

void egt__skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(report->text, sizeof(report->text), format, args);
	va_end(args);
	end(EGT_SKIPPED);
}

/* "-110 (-ETIMEDOUT)": most small negative numbers here are errors. */
static const char *describe(intmax_t value, char *text, size_t bytes)
{
	const char *name = NULL;

	if (value < 0 && value > -134)
		name = strerrorname_np((int)-value);
	snprintf(text, bytes, name ? "%jd (-%s)" : "%jd", value, name);
	return text;
}

static bool holds(const char *op, intmax_t a, intmax_t b)
{
	switch (op[0]) {
	case '=':
		return a == b;
	case '!':
		return a != b;
	default:
		return op[1] == '=' ? a <= b : a < b;
	}
}

void egt__cmp(const char *file, int line, const char *op, const char *a_expr,
	      intmax_t a, const char *b_expr, intmax_t b)
{
	char a_text[64], b_text[64];

	if (holds(op, a, b))
		return;
	egt__fail(file, line, "%s %s %s\n  left:  %s\n  right: %s", a_expr, op,
		  b_expr, describe(a, a_text, sizeof(a_text)),
		  describe(b, b_text, sizeof(b_text)));
}

void egt__ptr_eq(const char *file, int line, const char *a_expr, const void *a,
		 const char *b_expr, const void *b)
{
	if (a != b)
		egt__fail(file, line, "%s == %s\n  left:  %p\n  right: %p",
			  a_expr, b_expr, a, b);
}

static const char *or_null(const char *text)
{
	return text ? text : "(null)";
}

void egt__str_eq(const char *file, int line, const char *a_expr, const char *a,
		 const char *b_expr, const char *b)
{
	if (!a || !b || strcmp(a, b) != 0)
		egt__fail(file, line,
			  "%s == %s\n  left:  \"%s\"\n  right: \"%s\"", a_expr,
			  b_expr, or_null(a), or_null(b));
}

void egt__str_has(const char *file, int line, const char *expr,
		  const char *haystack, const char *needle)
{
	if (!haystack || !needle || !strstr(haystack, needle))
		egt__fail(file, line, "%s has no \"%s\"\n  it is: \"%s\"", expr,
			  or_null(needle), or_null(haystack));
}
