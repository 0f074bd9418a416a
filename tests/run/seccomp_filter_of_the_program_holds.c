/* SPDX-License-Identifier: MIT */
/*
 * A program that installs a seccomp filter is held to it: what it forbids
 * fails as it says, what it allows works, in all threads, and a trap reaches
 * the program's own handler of SIGSYS.
 */
#include "claim.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>

#define NUMBER offsetof(struct seccomp_data, nr)

static atomic_int trapped;
static int end[2];

static void handler(int signal, siginfo_t *info, void *context)
{
	(void)context;
	CHECK_EQ(signal, SIGSYS);
	CHECK_EQ(info->si_syscall, SYS_getppid);
	trapped++;
}

static void install(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NUMBER),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgrp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOTTY),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_LEN(code), code };

	OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	OK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

static void *obeys(void *arg)
{
	char byte;
	int before = trapped;

	CHECK_ERROR(syscall(SYS_getpgrp), ENOTTY);
	syscall(SYS_getppid);
	CHECK_EQ(trapped, before + 1);
	OK(write(end[1], "x", 1));
	CHECK_EQ(read(end[0], &byte, 1), 1);
	return arg;
}

static void *reads(void *arg)
{
	char byte;

	CHECK_EQ(read(end[0], &byte, 1), 1);
	return arg;
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_SIGINFO };
	pthread_t t;

	OK(pipe(end));
	OK(sigaction(SIGSYS, &action, NULL));
	install();
	for (int i = 0; i < 5; i++) {
		obeys(NULL);
		join(start(obeys, NULL));
	}
	t = start(reads, NULL);
	settle();
	OK(write(end[1], "x", 1));
	join(t);
	return ok();
}
