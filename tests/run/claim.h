/* SPDX-License-Identifier: MIT */
/*
 * What the programs beside this file check themselves with. They are programs
 * as any user writes them: nothing in here knows how they are run, but for
 * on_fibers(); that they run alike both ways is the runner's to compare.
 */
#ifndef CLAIM_H
#define CLAIM_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define MSEC 1000000LL /* ns */

static inline void claim_failed(int line, const char *text)
{
	dprintf(2, "%s:%d: %s (errno %d, %s)\n", program_invocation_short_name,
		line, text, errno, strerror(errno));
	_exit(1);
}

static inline void claim_equal(int line, const char *got_text, long long got,
			       const char *want_text, long long want)
{
	if (got == want)
		return;
	dprintf(2, "%s:%d: %s is %lld, not %s = %lld (errno %d, %s)\n",
		program_invocation_short_name, line, got_text, got, want_text,
		want, errno, strerror(errno));
	_exit(1);
}

#define FAIL(text) claim_failed(__LINE__, text)

#define CHECK(x)                                    \
	do {                                        \
		if (!(x))                           \
			claim_failed(__LINE__, #x); \
	} while (0)

#define CHECK_EQ(got, want) \
	claim_equal(__LINE__, #got, (long long)(got), #want, (long long)(want))

/* clang-format off */
/* A system call that must not fail; gives what it returned. They nest. */
#define OK(call) CLAIM_OK(call, #call, CLAIM_JOIN(ok_, __COUNTER__))
#define CLAIM_JOIN(a, b) CLAIM_JOIN_(a, b)
#define CLAIM_JOIN_(a, b) a##b
#define CLAIM_OK(call, text, value)                     \
	({                                              \
		__auto_type value = (call);             \
		if (value == -1)                        \
			claim_failed(__LINE__, text);   \
		value;                                  \
	})
/* clang-format on */

/* A system call that must fail, and with what. */
#define CHECK_ERROR(call, code)                                               \
	do {                                                                  \
		errno = 0;                                                    \
		CHECK_EQ(call, -1);                                           \
		claim_equal(__LINE__, "errno of " #call, errno, #code, code); \
	} while (0)

/* The last line of a program whose claims held. */
static inline int ok(void)
{
	puts("ok");
	return 0;
}

static inline pthread_t start(void *(*body)(void *), void *arg)
{
	pthread_t thread;

	CHECK_EQ(pthread_create(&thread, NULL, body, arg), 0);
	return thread;
}

static inline void *join(pthread_t thread)
{
	void *value = NULL;

	CHECK_EQ(pthread_join(thread, &value), 0);
	return value;
}

static inline int64_t now(clockid_t clock)
{
	struct timespec t;

	CHECK_EQ(clock_gettime(clock, &t), 0);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static inline struct timespec timespec_of(int64_t ns)
{
	return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

/* The time @ns from now, on @clock. */
static inline struct timespec after(clockid_t clock, int64_t ns)
{
	return timespec_of(now(clock) + ns);
}

/*
 * Gives the other threads time to block, to make the order of interest likely.
 * No claim may rest on it: what is checked afterwards holds in every order.
 */
static inline void settle(void)
{
	struct timespec t = timespec_of(5 * MSEC);

	while (nanosleep(&t, &t) == -1)
		;
}

/* Waits until another thread has made @flag true. */
static inline void await(atomic_int *flag)
{
	while (!atomic_load(flag))
		sched_yield();
}

/* Waits for the child and gives its status as waitpid() does. */
static inline int status_of(pid_t child)
{
	int status = -1;

	CHECK_EQ(waitpid(child, &status, 0), child);
	return status;
}

/* Waits for a child that must end with exit status 0. */
static inline void child_ends_well(pid_t child)
{
	CHECK_EQ(status_of(child), 0);
}

/* Whether the runner says that this is `evergreen run`. */
static inline bool on_fibers(void)
{
	return getenv("CLAIM_ON_FIBERS") || getenv("EVERGREEN_RUN");
}

/* How many threads the kernel sees in this process. */
static inline int os_threads(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];
	int n = 0;

	CHECK(status);
	while (fgets(line, sizeof(line), status))
		if (sscanf(line, "Threads: %d", &n) == 1)
			break;
	fclose(status);
	return n;
}

#endif
