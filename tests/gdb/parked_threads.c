/* SPDX-License-Identifier: MIT */
/*
 * Threads, each in a wait of another kind, one that computes, and one that is
 * made too late to run: for tests/gdb/check, which looks for the functions.
 * Says "parked" and waits for a signal, or with an argument aborts.
 */
#include <arpa/inet.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A function that its caller's backtrace has to show, whatever is optimised. */
#define SHOWN __attribute__((noinline)) static
#define NO_TAIL_CALL() __asm__ volatile("" ::: "memory")

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static volatile unsigned long turns;

SHOWN void reads_a_pipe(void)
{
	int fds[2];
	char c;

	if (pipe(fds) < 0 || read(fds[0], &c, 1) != 1)
		abort();
	NO_TAIL_CALL();
}

SHOWN void waits_for_a_condition(void)
{
	pthread_mutex_lock(&lock);
	pthread_cond_wait(&never, &lock);
	NO_TAIL_CALL();
}

SHOWN void sleeps_long(void)
{
	sleep(1000);
	NO_TAIL_CALL();
}

SHOWN void locks_a_held_mutex(void)
{
	pthread_mutex_lock(&held);
	NO_TAIL_CALL();
}

SHOWN void accepts_a_connection(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 ||
	    listen(fd, 1) < 0 || accept(fd, NULL, NULL) < 0)
		abort();
	NO_TAIL_CALL();
}

/* Not by one of libc's functions that are known to block. */
SHOWN void calls_the_kernel(void)
{
	static int word;

	syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
	NO_TAIL_CALL();
}

SHOWN void handles(int sig)
{
	(void)sig;
	sleep(1000);
	NO_TAIL_CALL();
}

SHOWN void is_interrupted(void)
{
	signal(SIGUSR1, handles);
	pthread_kill(pthread_self(), SIGUSR1);
	NO_TAIL_CALL();
}

SHOWN void computes(void)
{
	for (;;)
		turns++;
}

SHOWN void runs_too_late(void)
{
	abort();
}

static const struct {
	const char *name;
	void (*fn)(void);
} parts[] = {
	{ "reader", reads_a_pipe },
	{ "waiter", waits_for_a_condition },
	{ "sleeper", sleeps_long },
	{ "locker", locks_a_held_mutex },
	{ "server", accepts_a_connection },
	{ "caller", calls_the_kernel },
	{ "handler", is_interrupted },
	{ "computer", computes },
	{ "late", runs_too_late },
};

enum { PARTS = sizeof(parts) / sizeof(parts[0]), EARLY = PARTS - 1 };

static void *begins(void *arg)
{
	size_t i = (size_t)arg;

	pthread_setname_np(pthread_self(), parts[i].name);
	parts[i].fn();
	return NULL;
}

static void begin(size_t i)
{
	pthread_t t;

	if (pthread_create(&t, NULL, begins, (void *)i))
		abort();
}

int main(int argc, char **argv)
{
	(void)argv;
	pthread_mutex_lock(&held);
	for (size_t i = 0; i < EARLY; i++)
		begin(i);
	usleep(200 * 1000);
	if (argc > 1) {
		begin(EARLY);
		abort();
	}
	puts("parked");
	fflush(stdout);
	pause();
	return 0;
}
