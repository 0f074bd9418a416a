/* SPDX-License-Identifier: MIT */
/*
 * A program that allows itself a few system calls and is killed for any other
 * lives on with these: nobody makes others in its name.
 */
#include "claim.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>

#define ALLOW(nr)                                            \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1),     \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static struct sock_filter filter[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	ALLOW(SYS_write),
	ALLOW(SYS_read),
	ALLOW(SYS_rt_sigreturn),
	ALLOW(SYS_getpid),
	ALLOW(SYS_gettid),
	ALLOW(SYS_tgkill),
	ALLOW(SYS_rt_sigprocmask),
	ALLOW(SYS_exit_group),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
};

static volatile sig_atomic_t handled;

static void handler(int signal)
{
	handled = signal;
}

static void *runs(void *arg)
{
	usleep(1000);
	return arg;
}

int main(void)
{
	struct sock_fprog program = { ARRAY_LEN(filter), filter };
	struct sigaction action = { .sa_handler = handler };
	char byte = 0;
	int ends[2];

	OK(pipe(ends));
	join(start(runs, NULL)); /* it has had threads before */
	sigaction(SIGUSR1, &action, NULL);
	OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	OK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
	for (int i = 0; i < 100; i++) {
		CHECK_EQ(write(ends[1], "x", 1), 1);
		CHECK_EQ(read(ends[0], &byte, 1), 1);
	}
	OK(raise(SIGUSR1));
	CHECK_EQ(handled, SIGUSR1);
	CHECK_EQ(write(STDOUT_FILENO, "ok\n", 3), 3);
	_exit(0);
}
