/* SPDX-License-Identifier: MIT */
/*
 * The formatter against libc's, where it cuts, and where lines go.
 */
#include "base/log.h"

#include "egt.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 512 };

static char got[256];

static void check(const char *want, size_t returned)
{
	egt_str_eq(got, want);
	egt_eq(returned, strlen(want));
}

/* Formats by both and compares. */
#define SAME(...)                                              \
	do {                                                   \
		char want[sizeof(got)];                        \
                                                               \
		snprintf(want, sizeof(want), __VA_ARGS__);     \
		check(want, eg__format(got, sizeof(got),       \
				       __VA_ARGS__));          \
	} while (0)

EG_TEST_PLAIN(format_prints_strings_and_characters)
{
	/* volatile, or the compiler warns of it. */
	const char *volatile nothing = NULL;

	SAME("plain");
	SAME("%s", "word");
	SAME("a %s, b %s.", "", "two");
	SAME("%c%c%c", 'x', '%', '\n');
	SAME("100%%");
	check("(null)", eg__format(got, sizeof(got), "%s", nothing));
	check("", eg__format(got, sizeof(got), "%s", ""));
}

EG_TEST_PLAIN(format_prints_numbers_of_every_width)
{
	static const int ints[] = { 0, 1, -1, 9, 10, -10, INT_MAX, INT_MIN };
	static const long longs[] = { 0, -1, 1L << 40, LONG_MAX, LONG_MIN };

	for (size_t i = 0; i < ARRAY_LEN(ints); i++) {
		SAME("%d|%u|%x", ints[i], (unsigned)ints[i],
		     (unsigned)ints[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(longs); i++) {
		SAME("%ld|%lu|%lx", longs[i], (unsigned long)longs[i],
		     (unsigned long)longs[i]);
		SAME("%zu|%lld", (size_t)longs[i], (long long)longs[i]);
	}
	SAME("%u", UINT_MAX);
	SAME("%zu", SIZE_MAX);
	/* A width is taken from the right argument, whatever its neighbours. */
	SAME("%d %ld %s %u %lu %c", -1, LONG_MIN, "s", 7U, ULONG_MAX, 'c');
}

EG_TEST_PLAIN(format_prints_pointers)
{
	SAME("%p", (void *)got);
	SAME("%p", (void *)UINTPTR_MAX);
	check("0x0", eg__format(got, sizeof(got), "%p", (void *)NULL));
}

EG_TEST_PLAIN(format_stops_at_a_lone_percent)
{
	/* A variable, or the compiler refuses it. */
	const char *volatile format = "50%";
	size_t len;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
	len = eg__format(got, sizeof(got), format);
#pragma GCC diagnostic pop
	check("50", len);
}

EG_TEST_PLAIN(format_cuts_and_says_what_it_needed)
{
	for (size_t size = 0; size <= 12; size++) {
		char want[16], buf[16];

		egt_casef("size %zu", size);
		memset(want, '#', sizeof(want));
		memset(buf, '#', sizeof(buf));
		egt_eq(snprintf(want, size, "%s-%d", "abcd", 12345), 10);
		egt_eq(eg__format(buf, size, "%s-%d", "abcd", 12345), 10);
		/* Not a byte behind the end either. */
		egt_true(!memcmp(buf, want, sizeof(buf)));
	}
	egt_eq(eg__format(NULL, 0, "%lu", ULONG_MAX), 20);
}

struct seen {
	int calls;
	int level;
	char line[1024];
};

static void hook(int level, const char *line, void *arg)
{
	struct seen *seen = arg;

	seen->calls++;
	seen->level = level;
	snprintf(seen->line, sizeof(seen->line), "%s", line);
}

EG_TEST_PLAIN(log_hook_gets_every_line_and_level)
{
	struct seen seen = { 0 };

	eg__log_set(hook, &seen);
	for (int level = EG_LOG_DEBUG; level <= EG_LOG_FATAL; level++) {
		eg__log(level, "level %d", level);
		egt_eq(seen.level, level);
		egt_eq(seen.calls, level + 1);
		snprintf(got, sizeof(got), "level %d", level);
		egt_str_eq(seen.line, got);
	}
	eg__log_set(NULL, NULL);
}

EG_TEST_PLAIN(log_cuts_a_long_line)
{
	struct seen seen = { 0 };
	char text[2 * LINE_MAX_BYTES];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	eg__log_set(hook, &seen);
	eg__log(EG_LOG_ERROR, "%s", text);
	eg__log_set(NULL, NULL);
	egt_eq(strlen(seen.line), LINE_MAX_BYTES - 1);
	text[LINE_MAX_BYTES - 1] = '\0';
	egt_str_eq(seen.line, text);
}

/* What standard error gets from one line at each level, without a hook. */
static void log_to_stderr(char *text, size_t bytes, const char *what)
{
	int saved = dup(STDERR_FILENO);
	int file = memfd_create("log", MFD_CLOEXEC);
	ssize_t n;

	egt_le(0, saved);
	egt_le(0, file);
	dup2(file, STDERR_FILENO);
	for (int level = EG_LOG_DEBUG; level <= EG_LOG_FATAL; level++)
		eg__log(level, "%d%s", level, what);
	dup2(saved, STDERR_FILENO);
	n = pread(file, text, bytes - 1, 0);
	egt_le(0, n);
	text[n] = '\0';
	close(saved);
	close(file);
}

EG_TEST_PLAIN(without_a_hook_warnings_and_worse_go_to_stderr)
{
	char text[4096], what[2 * LINE_MAX_BYTES];

	log_to_stderr(text, sizeof(text), "!");
	egt_str_eq(text, "evergreen: 2!\nevergreen: 3!\nevergreen: 4!\n");

	memset(what, 'y', sizeof(what) - 1);
	what[sizeof(what) - 1] = '\0';
	log_to_stderr(text, sizeof(text), what);
	egt_eq(strlen(text), 3 * (strlen("evergreen: \n") + LINE_MAX_BYTES - 1));
	egt_true(text[strlen(text) - 1] == '\n');
}
