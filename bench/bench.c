/* SPDX-License-Identifier: MIT */
/*
 * Measuring one row: choosing it, repeating it for long enough, reading the
 * clock and /proc, printing the JSON line. Knows no system under test.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bench.h"

enum {
	ROW_NAME_MAX = 64,
	EXTRAS_MAX = 4,
	FIRST_OPS = 1000,
	SLICES = 25,
	STEP_MAX = 100, /* most growth from one try to the next */
	QUICK_SHRINK = 100,
	QUICK_FROM_SIZE = 100000,
};

static struct {
	const char *key;
	double value;
} extras[EXTRAS_MAX];
static size_t extra_count;

static long resident_before;
static long page_tables_before;

void bench_die(const char *what)
{
	perror(what);
	exit(1);
}

void *bench_alloc(size_t count, size_t bytes)
{
	void *p = calloc(count, bytes);

	if (!p)
		bench_die("calloc");
	return p;
}

int bench_is_quick(void)
{
	return getenv("BENCH_QUICK") != NULL;
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * BENCH_NS_PER_S + t.tv_nsec;
}

int64_t bench_now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

int64_t bench_cpu_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

double bench_cpu_s(void)
{
	return (double)bench_cpu_ns() / BENCH_NS_PER_S;
}

double bench_peak_mib(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)r.ru_maxrss / 1024;
}

/* The number of kB after @key in a file of /proc, in bytes; -1: not there. */
static long proc_bytes(const char *path, const char *key)
{
	FILE *f = fopen(path, "re");
	char line[256];
	long found = -1;

	if (!f)
		return -1;
	while (found < 0 && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, key, strlen(key)))
			found = strtol(line + strlen(key), NULL, 10) * 1024;
	}
	fclose(f);
	return found;
}

long bench_resident_bytes(pid_t pid)
{
	char path[64];
	long bytes;

	/* VmRSS lags by some pages per CPU, which idle connections would see */
	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	bytes = proc_bytes(path, "Rss:");
	if (bytes >= 0)
		return bytes;
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	bytes = proc_bytes(path, "VmRSS:");
	if (bytes < 0)
		bench_die(path);
	return bytes;
}

void bench_memory_start(void)
{
	resident_before = proc_bytes("/proc/self/status", "VmRSS:");
	page_tables_before = proc_bytes("/proc/self/status", "VmPTE:");
}

void bench_memory_added(long *ret_resident, long *ret_page_tables)
{
	*ret_resident =
		proc_bytes("/proc/self/status", "VmRSS:") - resident_before;
	*ret_page_tables =
		proc_bytes("/proc/self/status", "VmPTE:") - page_tables_before;
}

double bench_memory_per(long count)
{
	long resident, page_tables;

	bench_memory_added(&resident, &page_tables);
	bench_extra("pte", (double)page_tables / (double)count);
	return (double)resident / (double)count;
}

long bench_kernel_bytes(void)
{
	return proc_bytes("/proc/meminfo", "KernelStack:") +
	       proc_bytes("/proc/meminfo", "Slab:");
}

void bench_raise_file_limit(void)
{
	struct rlimit r;

	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

void bench_set_nonblocking(int fd)
{
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		bench_die("fcntl");
}

void bench_extra(const char *key, double value)
{
	if (extra_count == EXTRAS_MAX)
		return;
	extras[extra_count].key = key;
	extras[extra_count].value = value;
	extra_count++;
}

static void row_name(const struct bench_row *row, char *name)
{
	if (row->size == BENCH_NO_SIZE)
		snprintf(name, ROW_NAME_MAX, "%s", row->figure);
	else
		snprintf(name, ROW_NAME_MAX, "%s/%ld", row->figure, row->size);
}

static int compare_values(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* On a shared machine the CPU is taken away now and then: that falls into some
 * of the slices, and the median is of the others. */
static double median_slice(const struct bench_row *row, long size, long ops)
{
	double values[SLICES];

	for (int i = 0; i < SLICES; i++)
		values[i] = row->run(size, ops / SLICES + 1);
	qsort(values, SLICES, sizeof(values[0]), compare_values);
	return values[SLICES / 2];
}

/*
 * Repeats @row with more operations until it took long enough to trust, then
 * measures as many again. The first try only warms up.
 */
static double repeat(const struct bench_row *row, long size)
{
	double target_ns = bench_is_quick() ? 2e7 : 3e8;
	long ops = FIRST_OPS;

	for (;;) {
		double value = row->run(size, ops);
		double took_ns = value * (double)ops;
		long wanted = (long)(target_ns / value);

		if (ops > FIRST_OPS && took_ns >= target_ns / 2)
			return median_slice(row, size, ops);
		if (wanted > ops * STEP_MAX) /* ran cold: do not trust it */
			wanted = ops * STEP_MAX;
		ops = wanted > ops * 2 ? wanted : ops * 2;
	}
}

static void measure(const struct bench_row *row, const char *name,
		    const char *system)
{
	long size = row->size;
	double value;

	if (bench_is_quick() && size >= QUICK_FROM_SIZE)
		size /= QUICK_SHRINK;
	if (row->is_once)
		value = row->run(size, 0);
	else
		value = repeat(row, size);
	printf("{\"name\":\"%s\",\"system\":\"%s\",\"unit\":\"%s\","
	       "\"value\":%.6g",
	       name, system, row->unit, value);
	for (size_t i = 0; i < extra_count; i++)
		printf(",\"%s\":%.6g", extras[i].key, extras[i].value);
	puts("}");
	fflush(stdout);
}

int bench_main(int argc, char **argv, const char *system,
	       const struct bench_row *rows, size_t row_count)
{
	const char *wanted = argc == 2 ? argv[1] : "";
	char name[ROW_NAME_MAX];

	for (size_t i = 0; i < row_count; i++) {
		row_name(&rows[i], name);
		if (!strcmp(wanted, "--rows")) {
			puts(name);
		} else if (!strcmp(wanted, name)) {
			measure(&rows[i], name, system);
			return 0;
		}
	}
	if (!strcmp(wanted, "--rows"))
		return 0;
	fprintf(stderr, "usage: %s ROW | --rows\n", argv[0]);
	return 2;
}
