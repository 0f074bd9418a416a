/* SPDX-License-Identifier: MIT */
/*
 * What every benchmark program shares: the clock, the choice of a row, the
 * number of operations, memory readings and the JSON line.
 * Knows no system under test; see README.md for what the rows mean.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BENCH_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

enum {
	BENCH_NS_PER_S = 1000000000,
	BENCH_NO_SIZE = -1,
	BENCH_MESSAGE_BYTES = 64,  /* what an echo client sends at a time */
	BENCH_BUFFER_BYTES = 1024, /* what an echo server reads at most */
};

struct bench_row {
	const char *figure;
	long size; /* the row is called figure/size; or BENCH_NO_SIZE */
	/*
	 * Does about @ops operations and returns the value of one. A figure
	 * that is not repeated ignores @ops.
	 */
	double (*run)(long size, long ops);
	const char *unit; /* "ns" rows are repeated unless is_once */
	int is_once;
};

/*
 * The main() of a program: `PROG --rows` lists @rows, `PROG ROW` measures one.
 * Returns the exit status.
 */
int bench_main(int argc, char **argv, const char *system,
	       const struct bench_row *rows, size_t row_count);

/* The main() of an echo server: `PROG --rows` and `PROG serve-echo`. */
int bench_serve_main(int argc, char **argv, const char *const *rows,
		     size_t row_count, void (*serve)(int listen_fd));

/* Adds a field to the JSON line to come. @key must outlive it. */
void bench_extra(const char *key, double value);

/* True if the caller only wants to know that everything works. */
int bench_is_quick(void);

int64_t bench_now(void);     /* ns, monotonic */
int64_t bench_cpu_ns(void);  /* CPU time of this process, user and system */
double bench_cpu_s(void);    /* the same in seconds */
double bench_peak_mib(void); /* most memory ever resident */

/* Remembers the memory in use, and what @count tasks have added to it. */
void bench_memory_start(void);
double bench_memory_per(long count); /* bytes; adds the field "pte" */
/* The same in parts, of all tasks. */
void bench_memory_added(long *ret_resident, long *ret_page_tables);

/* What the kernel holds for everybody: its stacks and slabs, not page tables,
 * not cached files. */
long bench_kernel_bytes(void);

/* Resident bytes of a process, exact where the kernel tells. */
long bench_resident_bytes(pid_t pid);

/* A pseudo-random number below @bound, the same sequence in each run. */
static inline uint32_t bench_random(uint32_t bound)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(((state >> 32) * bound) >> 32);
}

/* Does @pair, which is inlined here, @ops times: the ns of one. */
static inline __attribute__((always_inline)) double
bench_each(void (*pair)(void), long ops)
{
	int64_t start = bench_now();

	for (long i = 0; i < ops; i++)
		pair();
	return (double)(bench_now() - start) / (double)ops;
}

/* As many open files as the system allows. */
void bench_raise_file_limit(void);

/* Prints @what with the meaning of errno and exits. */
void bench_die(const char *what) __attribute__((noreturn));
/* Memory that is surely there, or exit. */
void *bench_alloc(size_t count, size_t bytes);

/* Exits if that fails. */
void bench_set_nonblocking(int fd);

#ifdef __cplusplus
}
#endif
#endif
