/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that a fiber owns: closed at its end, unless eg_close() was
 * before; then nobody else's of the same number is (semantics SK-04).
 */
#include "fiber_trace.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static eg_owned owned;
static int fd;
static int leaks;

static void note_leak(const eg_leak *leak, void *arg)
{
	(void)arg;
	egt_str_eq(leak->what, "descriptor");
	egt_eq((intptr_t)leak->handle, fd);
	egt_str_eq(leak->name, "opener");
	leaks++;
}

static int open_pipe(void)
{
	int ends[2];

	egt_eq(pipe2(ends, O_CLOEXEC), 0);
	egt_eq(close(ends[1]), 0);
	return ends[0];
}

static bool is_open(int number)
{
	return fcntl(number, F_GETFD) >= 0;
}

static void *leak_it(void *arg)
{
	fd = open_pipe();
	egt_eq(eg_own_fd(&owned, fd), 0);
	return arg;
}

static void *read_and_leak_it(void *arg)
{
	char byte;

	leak_it(arg);
	egt_eq(eg_read(fd, &byte, 1, EG_FOREVER), 0);
	return arg;
}

static void *close_it(void *arg)
{
	leak_it(arg);
	egt_eq(eg_close(fd), 0);
	return arg;
}

static void *disown_it(void *arg)
{
	close_it(arg);
	egt_eq(eg_disown(&owned), 0);
	return arg;
}

/* The number is somebody else's by the end. */
static void *reuse_the_number(void *arg)
{
	close_it(arg);
	egt_eq(open_pipe(), fd);
	return arg;
}

static void *own_both(void *arg)
{
	static eg_owned second;

	reuse_the_number(arg);
	egt_eq(eg_own_fd(&second, fd), 0);
	return arg;
}

EG_TEST(owned_descriptor_is_closed_at_the_end)
{
	static const struct {
		const char *name;
		eg_fiber_fn *fn;
		int want_leaks;
		bool want_open;
	} cases[] = {
		{ "leaked", leak_it, 1, false },
		{ "leaked after use", read_and_leak_it, 1, false },
		{ "closed", close_it, 0, false },
		{ "closed and disowned", disown_it, 0, false },
		{ "closed, and the number reused", reuse_the_number, 0, true },
		{ "reused, and leaked then", own_both, 1, false },
	};
	eg_spawn_options options = EG_SPAWN_INIT;

	options.name = "opener";
	egt_eq(eg_set_leak_handler(note_leak, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		eg_fiber *f;

		egt_case(cases[i].name);
		leaks = 0;
		egt_eq(eg_spawn_with(&f, cases[i].fn, NULL, &options), 0);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		egt_eq(leaks, cases[i].want_leaks);
		egt_eq(is_open(fd), cases[i].want_open);
		egt_eq(eg_disown(&owned), -ENOENT);
		if (is_open(fd))
			egt_eq(eg_close(fd), 0);
	}
}

static char log_text[512];

static void catch_line(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	snprintf(log_text, sizeof(log_text), "%s", line);
}

EG_TEST(owned_descriptor_is_named_by_its_number)
{
	char want[64];
	eg_fiber *f;

	egt_eq(eg_spawn(&f, leak_it, NULL), 0);
	eg_set_log(catch_line, NULL);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	eg_set_log(NULL, NULL);
	snprintf(want, sizeof(want), "leaks descriptor %d, owned at 0x", fd);
	egt_str_has(log_text, want);
}
