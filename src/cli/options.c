/* SPDX-License-Identifier: MIT */
/*
 * Reads the options of `evergreen run` with popt, up to the program's name:
 * what follows is the program's own. Does not act on them.
 */
#include "cli/options.h"
#include "cli/cli.h"

#include <errno.h>
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TICK_DEFAULT_MS = 5,
	TICK_MAX_MS = 10000,
};

/* What popt fills. */
struct values {
	char *backend, *files, *tick; /* owned; NULL: not given */
	int cpus;
	int has_stats, is_not_following, is_verbose, is_help_wanted;
};

static int bad_value(const char *option, const char *wants, const char *got)
{
	cli_complain("run: --%s takes %s, not '%s'", option, wants, got);
	return CLI_FAILED;
}

/* Sets one of the two words; NULL leaves what is there. */
static int read_word(const char **ret_word, const char *option,
		     const char *text, const char *const words[2])
{
	char wants[64];

	if (!text)
		return 0;
	for (int i = 0; i < 2; i++) {
		if (strcmp(text, words[i]) == 0) {
			*ret_word = words[i];
			return 0;
		}
	}
	snprintf(wants, sizeof(wants), "%s or %s", words[0], words[1]);
	return bad_value(option, wants, text);
}

static int read_tick(int *ret_us, const char *text)
{
	char *end;
	long ms;

	if (!text)
		return 0;
	if (strcmp(text, "off") == 0) {
		*ret_us = 0;
		return 0;
	}
	errno = 0;
	ms = strtol(text, &end, 10);
	if (errno || end == text || *end || ms < 1 || ms > TICK_MAX_MS)
		return bad_value("tick", "milliseconds from 1 to 10000, or off",
				 text);
	*ret_us = (int)ms * 1000;
	return 0;
}

static int read_values(struct cli_run_options *o, const struct values *v)
{
	static const char *const backends[] = { "epoll", "io_uring" };
	static const char *const files[] = { "block", "offload" };
	int r;

	o->has_stats = v->has_stats;
	o->is_following = !v->is_not_following;
	o->is_verbose = v->is_verbose;
	o->is_help_wanted = v->is_help_wanted;
	if (v->cpus != 1) {
		cli_complain("run: --cpus=%d: only one CPU is supported so far",
			     v->cpus);
		return CLI_FAILED;
	}
	r = read_word(&o->backend, "backend", v->backend, backends);
	if (r == 0)
		r = read_word(&o->files, "files", v->files, files);
	if (r == 0)
		r = read_tick(&o->tick_us, v->tick);
	return r;
}

static int options_left(poptContext context)
{
	const char **left = poptGetArgs(context);
	int n = 0;

	while (left && left[n])
		n++;
	return n;
}

/* @words is argv, but for the name that popt shows. NULL @ret_options: prints
 * help. */
static int parse(struct cli_run_options *ret_options, struct values *v,
		 int argc, const char **words, char **argv)
{
	const struct poptOption table[] = {
		{ "stats", 0, POPT_ARG_NONE, &v->has_stats, 0,
		  "at the end, print figures to stderr", NULL },
		{ "backend", 0, POPT_ARG_STRING, &v->backend, 0,
		  "how to wait for the kernel (io_uring where it works)",
		  "epoll|io_uring" },
		{ "tick", 0, POPT_ARG_STRING, &v->tick, 0,
		  "switch away from a thread after so long (5)", "MS|off" },
		{ "files", 0, POPT_ARG_STRING, &v->files, 0,
		  "how to read and write regular files (block)",
		  "block|offload" },
		{ "no-follow", 0, POPT_ARG_NONE, &v->is_not_following, 0,
		  "run the program's children without evergreen", NULL },
		{ "cpus", 0, POPT_ARG_INT, &v->cpus, 0,
		  "how many CPUs to use; only 1 so far", "N" },
		{ "verbose", 0, POPT_ARG_NONE, &v->is_verbose, 0,
		  "say on stderr what is done", NULL },
		{ "help", 'h', POPT_ARG_NONE, &v->is_help_wanted, 0,
		  "print this", NULL },
		POPT_TABLEEND
	};
	poptContext context = poptGetContext("evergreen", argc, words, table,
					     POPT_CONTEXT_POSIXMEHARDER);
	int r = poptGetNextOpt(context);

	if (!ret_options) {
		poptSetOtherOptionHelp(context,
				       "[OPTION...] [--] PROGRAM [ARG...]");
		poptPrintHelp(context, stdout, 0);
		r = 0;
	} else if (r < -1) {
		cli_complain("run: %s: %s; see evergreen help run",
			     poptBadOption(context, POPT_BADOPTION_NOALIAS),
			     poptStrerror(r));
		r = CLI_FAILED;
	} else {
		ret_options->program = argv + argc - options_left(context);
		r = read_values(ret_options, v);
	}
	poptFreeContext(context);
	return r;
}

static int parse_and_free(struct cli_run_options *ret_options, int argc,
			  const char **words, char **argv)
{
	struct values v = { .cpus = 1 };
	int r = parse(ret_options, &v, argc, words, argv);

	free(v.backend);
	free(v.files);
	free(v.tick);
	return r;
}

int cli_print_run_options(void)
{
	const char *words[] = { "evergreen run", NULL };

	puts("Runs PROGRAM with its threads as fibers. Its status is the"
	     " status of this.\n");
	return parse_and_free(NULL, 1, words, NULL);
}

int cli_read_run_options(struct cli_run_options *ret_options, int argc,
			 char **argv)
{
	const char **words = calloc((size_t)argc + 1, sizeof(*words));
	int r;

	if (!words) {
		cli_complain("run: out of memory");
		return CLI_FAILED;
	}
	for (int i = 0; i < argc; i++)
		words[i] = argv[i];
	*ret_options = (struct cli_run_options){
		.backend = "auto",
		.files = "block",
		.tick_us = TICK_DEFAULT_MS * 1000,
	};
	r = parse_and_free(ret_options, argc, words, argv);
	free(words);
	if (r == 0 && !ret_options->is_help_wanted && !*ret_options->program) {
		cli_complain("run: which program? see evergreen help run");
		r = CLI_FAILED;
	}
	return r;
}
