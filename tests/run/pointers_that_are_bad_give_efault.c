/* SPDX-License-Identifier: MIT */
/*
 * System calls that are given addresses that are not there fail with EFAULT;
 * none of them crashes, blocks, or takes anything.
 */
#include "claim.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

static int end[2], pair[2], ep;

/* All by number: libc looks into some of them before the kernel does. */
static void memory_of(long bad)
{
	CHECK_ERROR(syscall(SYS_read, end[0], bad, 10), EFAULT);
	CHECK_ERROR(syscall(SYS_write, end[1], bad, 10), EFAULT);
	CHECK_ERROR(syscall(SYS_readv, end[0], bad, 1), EFAULT);
	CHECK_ERROR(syscall(SYS_writev, end[1], bad, 1), EFAULT);
	CHECK_ERROR(syscall(SYS_sendto, pair[1], bad, 10, 0, 0, 0), EFAULT);
	CHECK_ERROR(syscall(SYS_recvfrom, pair[0], bad, 1, 0, 0, 0), EFAULT);
	CHECK_ERROR(syscall(SYS_sendmsg, pair[1], bad, 0), EFAULT);
	CHECK_ERROR(syscall(SYS_recvmsg, pair[0], bad, 0), EFAULT);
	CHECK_ERROR(syscall(SYS_recvmmsg, pair[0], bad, 1, 0, 0), EFAULT);
	CHECK_ERROR(syscall(SYS_poll, bad, 1, 0), EFAULT);
	CHECK_ERROR(syscall(SYS_poll, bad, 1, -1), EFAULT);
	CHECK_ERROR(syscall(SYS_ppoll, 0, 0, bad, 0, 8), EFAULT);
	CHECK_ERROR(syscall(SYS_ppoll, 0, 0, 0, bad, 8), EFAULT);
	CHECK_ERROR(syscall(SYS_select, 10, bad, 0, 0, 0), EFAULT);
	CHECK_ERROR(syscall(SYS_select, 0, 0, 0, 0, bad), EFAULT);
	CHECK_ERROR(syscall(SYS_pselect6, 0, 0, 0, 0, 0, bad), EFAULT);
	CHECK_ERROR(syscall(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, end[0], bad),
		    EFAULT);
	CHECK_ERROR(syscall(SYS_nanosleep, bad, 0), EFAULT);
	CHECK_ERROR(syscall(SYS_clock_nanosleep, 0, 0, bad, 0), EFAULT);
	CHECK_ERROR(syscall(SYS_clock_gettime, 0, bad), EFAULT);
	CHECK_ERROR(syscall(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, bad),
		    EFAULT);
	CHECK_ERROR(syscall(SYS_futex, bad, 0, 0, 0, 0, 0), EFAULT);
}

static void others_of(long bad)
{
	CHECK_ERROR(syscall(SYS_rt_sigaction, SIGUSR1, bad, 0, 8), EFAULT);
	CHECK_ERROR(syscall(SYS_rt_sigaction, SIGUSR1, 0, bad, 8), EFAULT);
	CHECK_ERROR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, bad, 0, 8), EFAULT);
	CHECK_ERROR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, bad, 8), EFAULT);
	CHECK_ERROR(syscall(SYS_rt_sigpending, bad, 8), EFAULT);
	CHECK_ERROR(syscall(SYS_rt_sigsuspend, bad, 8), EFAULT);
	CHECK_ERROR(syscall(SYS_rt_sigtimedwait, bad, 0, 0, 8), EFAULT);
	CHECK_ERROR(syscall(SYS_sigaltstack, bad, 0), EFAULT);
	CHECK_ERROR(syscall(SYS_sigaltstack, 0, bad), EFAULT);
	CHECK_ERROR(syscall(SYS_setitimer, ITIMER_REAL, bad, 0), EFAULT);
	CHECK_ERROR(syscall(SYS_timer_create, 0, bad, bad), EFAULT);
	CHECK_ERROR(syscall(SYS_pipe2, bad, 0), EFAULT);
	CHECK_ERROR(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, bad),
		    EFAULT);
	CHECK_ERROR(syscall(SYS_openat, AT_FDCWD, bad, 0), EFAULT);
	CHECK_ERROR(syscall(SYS_execve, bad, 0, 0), EFAULT);
	CHECK_ERROR(syscall(SYS_getrusage, 0, bad), EFAULT);
	CHECK_ERROR(syscall(SYS_sched_getaffinity, 0, 128, bad), EFAULT);
	CHECK_ERROR(syscall(SYS_prctl, 15 /* PR_SET_NAME */, bad), EFAULT);
	CHECK_ERROR(syscall(SYS_fcntl, end[0], F_SETLKW, bad), EFAULT);
}

static void *body(void *arg)
{
	void *hole =
		mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char byte;

	memory_of((long)hole);
	others_of((long)hole);
	memory_of(64);
	others_of(64);
	memory_of((long)0xffff800000000000);
	/* What was there still is. */
	CHECK_EQ(read(end[0], &byte, 1), 1);
	CHECK_EQ(recv(pair[0], &byte, 1, 0), 1);
	return arg;
}

static void give_one(void)
{
	OK(write(end[1], "x", 1));
	OK(send(pair[1], "x", 1, 0));
}

int main(void)
{
	struct iovec part = { (void *)64, 8 };
	pid_t child;

	OK(pipe(end));
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	ep = OK(epoll_create1(0));
	give_one();
	body(NULL);
	give_one();
	CHECK_ERROR(readv(end[0], &part, 1), EFAULT);
	join(start(body, NULL));
	child = OK(fork());
	if (!child)
		_exit(0);
	CHECK_ERROR(syscall(SYS_wait4, child, 64L, 0, 0), EFAULT);
	return ok();
}
