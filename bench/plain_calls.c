/* SPDX-License-Identifier: MIT */
/*
 * The rows about system calls that never block, and about fork: an ordinary
 * program, for `evergreen run` beside its plain self. Values are CPU time.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static const char some_file[] = "/etc/passwd"; /* it is everywhere */

static double run_pipe(long size, long ops)
{
	static int ends[2] = { -1, -1 };
	int64_t start;
	char byte = 0;

	(void)size;
	if (ends[0] < 0 && pipe(ends) < 0)
		bench_die("pipe");
	start = bench_cpu_ns();
	for (long i = 0; i < ops; i++) {
		if (write(ends[1], &byte, 1) != 1 ||
		    read(ends[0], &byte, 1) != 1)
			bench_die("pipe");
	}
	return (double)(bench_cpu_ns() - start) / (double)ops;
}

static double run_fopen(long size, long ops)
{
	int64_t start = bench_cpu_ns();

	(void)size;
	for (long i = 0; i < ops; i++) {
		FILE *f = fopen(some_file, "re");

		if (!f)
			bench_die(some_file);
		fclose(f);
	}
	return (double)(bench_cpu_ns() - start) / (double)ops;
}

static double run_stat(long size, long ops)
{
	int64_t start = bench_cpu_ns();
	struct stat s;

	(void)size;
	for (long i = 0; i < ops; i++) {
		if (stat(some_file, &s) < 0)
			bench_die(some_file);
	}
	return (double)(bench_cpu_ns() - start) / (double)ops;
}

static double run_getppid(long size, long ops)
{
	int64_t start = bench_cpu_ns();

	(void)size;
	for (long i = 0; i < ops; i++)
		getppid();
	return (double)(bench_cpu_ns() - start) / (double)ops;
}

static void *wait_for_ever(void *arg)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

	pthread_mutex_lock(&lock);
	for (;;)
		pthread_cond_wait(&never, &lock);
	return arg;
}

/* That of children which were waited for is a part of it. */
static int64_t family_cpu_ns(void)
{
	struct rusage r;

	getrusage(RUSAGE_CHILDREN, &r);
	return bench_cpu_ns() +
	       (r.ru_utime.tv_sec + r.ru_stime.tv_sec) *
		       (int64_t)BENCH_NS_PER_S +
	       (r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1000;
}

/* Of a process that has @threads: this one, and others that all wait. */
static double run_fork(long threads, long ops)
{
	static long have = 1;
	int64_t start;

	for (; have < threads; have++) {
		pthread_t t;

		errno = pthread_create(&t, NULL, wait_for_ever, NULL);
		if (errno)
			bench_die("pthread_create");
		pthread_detach(t);
	}
	start = family_cpu_ns();
	for (long i = 0; i < ops; i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(0);
		if (child < 0 || waitpid(child, NULL, 0) != child)
			bench_die("fork");
	}
	return (double)(family_cpu_ns() - start) / (double)ops;
}

int main(int argc, char **argv)
{
	static const struct bench_row rows[] = {
		{ "run_pipe", BENCH_NO_SIZE, run_pipe, "ns", 0 },
		{ "run_fopen", BENCH_NO_SIZE, run_fopen, "ns", 0 },
		{ "run_stat", BENCH_NO_SIZE, run_stat, "ns", 0 },
		{ "run_getppid", BENCH_NO_SIZE, run_getppid, "ns", 0 },
		{ "run_fork", 1, run_fork, "ns", 0 },
		{ "run_fork", 100, run_fork, "ns", 0 },
	};

	return bench_main(argc, argv, "plain", rows, BENCH_ARRAY_LEN(rows));
}
