/* SPDX-License-Identifier: MIT */
/*
 * The rows about threads that do nothing: how long a crowd of them takes, what
 * memory it holds, whether it wakes up. An ordinary program, for
 * `evergreen run` beside its plain self.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

enum {
	STACK_BYTES = 16 * 1024,
	IDLE_MS = 2000,
	IDLE_MS_QUICK = 100,
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t all_wait;
	pthread_cond_t go_on;
	long wanted;
	long waiting;
	int is_over;
} crowd = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.all_wait = PTHREAD_COND_INITIALIZER,
	.go_on = PTHREAD_COND_INITIALIZER,
};

static void *parker(void *arg)
{
	pthread_mutex_lock(&crowd.lock);
	if (++crowd.waiting == crowd.wanted)
		pthread_cond_signal(&crowd.all_wait);
	while (!crowd.is_over)
		pthread_cond_wait(&crowd.go_on, &crowd.lock);
	pthread_mutex_unlock(&crowd.lock);
	return arg;
}

/* Returns when all of them wait. The array is the caller's. */
static pthread_t *gather(long count)
{
	pthread_t *all = bench_alloc((size_t)count, sizeof(*all));
	pthread_attr_t attr;

	crowd.wanted = count;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (long i = 0; i < count; i++) {
		int r = pthread_create(&all[i], &attr, parker, NULL);

		if (r) {
			fprintf(stderr, "stops at %ld threads: %s\n", i,
				strerror(r));
			exit(1);
		}
	}
	pthread_attr_destroy(&attr);
	pthread_mutex_lock(&crowd.lock);
	while (crowd.waiting < count)
		pthread_cond_wait(&crowd.all_wait, &crowd.lock);
	pthread_mutex_unlock(&crowd.lock);
	return all;
}

static void dismiss(pthread_t *all, long count)
{
	pthread_mutex_lock(&crowd.lock);
	crowd.is_over = 1;
	pthread_cond_broadcast(&crowd.go_on);
	pthread_mutex_unlock(&crowd.lock);
	for (long i = 0; i < count; i++)
		pthread_join(all[i], NULL);
	free(all);
}

static double run_time(long count, long ops)
{
	double cpu = bench_cpu_s();
	int64_t start = bench_now();

	(void)ops;
	dismiss(gather(count), count);
	bench_extra("cpu", bench_cpu_s() - cpu);
	return (double)(bench_now() - start) / BENCH_NS_PER_S;
}

static double run_memory(long count, long ops)
{
	long kernel = bench_kernel_bytes(), resident, page_tables;
	pthread_t *all;

	(void)ops;
	bench_memory_start();
	all = gather(count);
	kernel = bench_kernel_bytes() - kernel;
	bench_memory_added(&resident, &page_tables);
	dismiss(all, count);
	bench_extra("rss", (double)resident / (double)count);
	bench_extra("pte", (double)page_tables / (double)count);
	bench_extra("kernel", (double)kernel / (double)count);
	return (double)(resident + page_tables + kernel) / (double)count;
}

/* How often all threads of @pid have given up or lost the CPU so far. */
static long wake_ups(pid_t pid, long *ret_threads)
{
	char path[300], line[256];
	long total = 0;
	struct dirent *e;
	DIR *d;

	*ret_threads = 0;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	if (!d)
		bench_die(path);
	while ((e = readdir(d))) {
		FILE *f;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/status", pid,
			 e->d_name);
		f = fopen(path, "re");
		while (f && fgets(line, sizeof(line), f)) {
			const char *key = strstr(line, "_ctxt_switches:");

			if (key)
				total += atol(strchr(key, ':') + 1);
		}
		if (f)
			fclose(f);
		(*ret_threads)++;
	}
	closedir(d);
	return total;
}

/* Another process, so that looking wakes nobody up. */
static void observe(pid_t pid, int result_fd)
{
	useconds_t us = (bench_is_quick() ? IDLE_MS_QUICK : IDLE_MS) * 1000;
	long found[2], before;

	usleep(us / 4);
	before = wake_ups(pid, &found[1]);
	usleep(us);
	found[0] = wake_ups(pid, &found[1]) - before;
	if (write(result_fd, found, sizeof(found)) != sizeof(found))
		_exit(1);
	_exit(0);
}

static double run_idle(long count, long ops)
{
	pid_t observer, pid = getpid();
	long found[2] = { 0, 0 };
	pthread_t *all;
	int ends[2];

	(void)ops;
	if (pipe(ends) < 0)
		bench_die("pipe");
	observer = fork();
	if (observer < 0)
		bench_die("fork");
	if (observer == 0)
		observe(pid, ends[1]);
	all = gather(count);
	if (read(ends[0], found, sizeof(found)) != sizeof(found))
		bench_die("observer");
	waitpid(observer, NULL, 0);
	dismiss(all, count);
	bench_extra("threads", (double)found[1]);
	return (double)found[0];
}

int main(int argc, char **argv)
{
	static const struct bench_row rows[] = {
		{ "run_park_time", 10000, run_time, "s", 1 },
		{ "run_park_time", 100000, run_time, "s", 1 },
		{ "run_park_time", 1000000, run_time, "s", 1 },
		{ "run_park_memory", 10000, run_memory, "bytes", 1 },
		{ "run_park_memory", 100000, run_memory, "bytes", 1 },
		{ "run_park_memory", 1000000, run_memory, "bytes", 1 },
		{ "run_idle", 100, run_idle, "wake-ups", 1 },
	};

	return bench_main(argc, argv, "plain", rows, BENCH_ARRAY_LEN(rows));
}
