/* SPDX-License-Identifier: MIT */
/*
 * The command line of a test program: which tests, on which backends, and how
 * they are run and shown. Runs none itself; runner.c does.
 */
#include "harness.h"

#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char usage[] =
	"usage: %s [options]\n"
	"  -l, --list          name the tests and run none\n"
	"      --list-conformance  the rows of the tables, and run none\n"
	"  -k, --match TEXT    only tests whose FILE:NAME[BACKEND] has TEXT;\n"
	"                      with * or ?, a glob for the whole of it\n"
	"  -b, --backend NAME  io_uring, epoll, sim or none; may be repeated\n"
	"  -j, --jobs N        at once (as many as there are CPUs)\n"
	"  -t, --timeout SECS  for each test (20)\n"
	"  -r, --repeat N      run all N times\n"
	"  -n, --no-fork       in this process, for a debugger: choose one\n"
	"                      with -k; a failure aborts\n"
	"  -v, --verbose       a line for each test\n"
	"      --tap           print TAP\n";

enum { OPTION_TAP = 256, OPTION_LIST_CONFORMANCE };

static const struct option long_options[] = {
	{ "list", no_argument, NULL, 'l' },
	{ "list-conformance", no_argument, NULL, OPTION_LIST_CONFORMANCE },
	{ "match", required_argument, NULL, 'k' },
	{ "backend", required_argument, NULL, 'b' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "timeout", required_argument, NULL, 't' },
	{ "repeat", required_argument, NULL, 'r' },
	{ "no-fork", no_argument, NULL, 'n' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "tap", no_argument, NULL, OPTION_TAP },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const enum egt_backend backends[] = { EGT_URING, EGT_EPOLL, EGT_SIM };

/* "none" stands for the tests without a hub: a bit no backend uses. */
enum { WITHOUT_HUB = 8 };

static _Noreturn void die(const char *program, const char *what)
{
	fprintf(stderr, "%s: %s (--help lists the options)\n", program, what);
	exit(2);
}

static unsigned parse_backend(const char *program, const char *name)
{
	if (!strcmp(name, "none"))
		return WITHOUT_HUB;
	for (size_t i = 0; i < ARRAY_LEN(backends); i++)
		if (!strcmp(name, egt__backend_name(backends[i])))
			return backends[i];
	die(program, "no such backend");
}

static int parse_count(const char *program, const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || value < 1 || value > 1000000)
		die(program, "that number is not a count");
	return (int)value;
}

static void parse(int argc, char **argv, struct egt_options *o)
{
	int c;

	while ((c = getopt_long(argc, argv, "lk:b:j:t:r:nvh", long_options,
				NULL)) != -1) {
		switch (c) {
		case 'l':
			o->is_list = true;
			break;
		case 'k':
			o->pattern = optarg;
			break;
		case 'b':
			o->backends |= parse_backend(argv[0], optarg);
			break;
		case 'j':
			o->jobs = parse_count(argv[0], optarg);
			break;
		case 't':
			o->limit_ms = 1000 * parse_count(argv[0], optarg);
			break;
		case 'r':
			o->repeat = parse_count(argv[0], optarg);
			break;
		case 'n':
			o->is_no_fork = true;
			break;
		case 'v':
			o->is_verbose = true;
			break;
		case OPTION_LIST_CONFORMANCE:
			if (egt_list_conformance)
				egt_list_conformance();
			exit(0);
		case OPTION_TAP:
			o->is_tap = true;
			break;
		case 'h':
			printf(usage, argv[0]);
			exit(0);
		default:
			exit(2);
		}
	}
	if (optind < argc)
		die(argv[0], "a test is chosen with -k");
}

static bool is_wanted(const struct egt_run *run, const struct egt_options *o)
{
	char whole[512];
	unsigned on = run->backend == EGT_NO_HUB ? WITHOUT_HUB : run->backend;

	if (o->backends && !(o->backends & on))
		return false;
	if (!o->pattern)
		return true;
	snprintf(whole, sizeof(whole), "%s:%s", egt__path(run->test->file),
		 run->name);
	if (strpbrk(o->pattern, "*?"))
		return !fnmatch(o->pattern, whole, 0);
	return strstr(whole, o->pattern);
}

/* Adds @test on @backend to @runs if it is wanted. Returns how many. */
static size_t add(struct egt_run *run, const struct egt_test *test,
		  enum egt_backend backend, const struct egt_options *o)
{
	*run = (struct egt_run){ .test = test,
				 .backend = backend,
				 .output_fd = -1 };
	if (backend == EGT_NO_HUB)
		snprintf(run->name, sizeof(run->name), "%s", test->name);
	else
		snprintf(run->name, sizeof(run->name), "%s[%s]", test->name,
			 egt__backend_name(backend));
	return is_wanted(run, o);
}

/* The linker keeps no order inside a file. */
static int by_place(const void *a, const void *b)
{
	const struct egt_run *x = a, *y = b;
	int order = strcmp(x->test->file, y->test->file);

	if (!order)
		order = x->test->line - y->test->line;
	return order ? order : (int)x->backend - (int)y->backend;
}

static size_t collect(struct egt_run *runs, const struct egt_options *o)
{
	const struct egt_test *const *t;
	size_t n = 0;

	for (t = __start_egt_tests; t < __stop_egt_tests; t++) {
		if (!(*t)->backends)
			n += add(&runs[n], *t, EGT_NO_HUB, o);
		for (size_t i = 0; i < ARRAY_LEN(backends); i++)
			if ((*t)->backends & backends[i])
				n += add(&runs[n], *t, backends[i], o);
	}
	qsort(runs, n, sizeof(*runs), by_place);
	return n;
}

/* A kernel, or a container's filter, may refuse io_uring: 0 or an errno. */
static int uring_refusal(void)
{
	struct io_uring_params params = { 0 };
	long fd = syscall(SYS_io_uring_setup, 1, &params);

	if (fd < 0)
		return errno;
	close((int)fd);
	return 0;
}

/* Marks io_uring's runs as skipped where it cannot be used. */
static void check_uring(struct egt_run *runs, size_t n)
{
	static char reason[128];
	int error = uring_refusal();

	if (!error)
		return;
	snprintf(reason, sizeof(reason), "the kernel refuses io_uring: %s",
		 strerror(error));
	for (size_t i = 0; i < n; i++)
		if (runs[i].backend == EGT_URING)
			runs[i].skip_reason = reason;
}

static size_t count_max(void)
{
	size_t tests = (size_t)(__stop_egt_tests - __start_egt_tests);

	return tests * ARRAY_LEN(backends) + 1;
}

int main(int argc, char **argv)
{
	struct egt_options o = {
		.jobs = (int)sysconf(_SC_NPROCESSORS_ONLN),
		.limit_ms = 20000,
		.repeat = 1,
	};
	struct egt_report *reports;
	struct egt_run *runs;
	size_t n, failed = 0;

	parse(argc, argv, &o);
	runs = calloc(count_max(), sizeof(*runs));
	reports =
		mmap(NULL, count_max() * sizeof(*reports),
		     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!runs || reports == MAP_FAILED) {
		free(runs);
		die(argv[0], "no memory");
	}
	n = collect(runs, &o);
	check_uring(runs, n);
	for (size_t i = 0; i < n; i++) {
		runs[i].report = &reports[i];
		if (o.is_list)
			printf("%s:%s\n", egt__path(runs[i].test->file),
			       runs[i].name);
	}
	if (!o.is_list)
		for (int i = 0; i < o.repeat; i++)
			failed += egt__run_all(runs, n, &o);
	free(runs);
	munmap(reports, count_max() * sizeof(*reports));
	return failed > 0;
}
