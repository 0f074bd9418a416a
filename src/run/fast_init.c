/* SPDX-License-Identifier: MIT */
/*
 * Where libc's own functions are. Looks nothing up later: the loader makes
 * system calls and takes locks.
 */
#include "run/fast_parts.h"

#include <dlfcn.h>
#include <errno.h>

struct eg_run_real eg__run_real;

enum { NS_PER_SEC = 1000000000 };

#define PTHREAD(name)                                                \
	{                                                            \
		"pthread_" #name, offsetof(struct eg_run_real, name) \
	}
#define PLAIN(name)                                       \
	{                                                 \
#name, offsetof(struct eg_run_real, name) \
	}

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
	PTHREAD(testcancel),
	PTHREAD(cancel),
	PTHREAD(setcancelstate),
	PTHREAD(setname_np),
	PTHREAD(getname_np),
	PTHREAD(mutex_lock),
	PTHREAD(mutex_trylock),
	PTHREAD(mutex_unlock),
	PTHREAD(mutex_timedlock),
	PTHREAD(mutex_clocklock),
	PTHREAD(cond_wait),
	PTHREAD(cond_timedwait),
	PTHREAD(cond_clockwait),
	PTHREAD(cond_signal),
	PTHREAD(cond_broadcast),
	PTHREAD(rwlock_rdlock),
	PTHREAD(rwlock_tryrdlock),
	PTHREAD(rwlock_timedrdlock),
	PTHREAD(rwlock_clockrdlock),
	PTHREAD(rwlock_wrlock),
	PTHREAD(rwlock_trywrlock),
	PTHREAD(rwlock_timedwrlock),
	PTHREAD(rwlock_clockwrlock),
	PTHREAD(rwlock_unlock),
	PLAIN(sem_wait),
	PLAIN(sem_trywait),
	PLAIN(sem_timedwait),
	PLAIN(sem_clockwait),
	PLAIN(sem_post),
	PLAIN(sched_yield),
	PLAIN(nanosleep),
	PLAIN(clock_nanosleep),
	PLAIN(usleep),
	PLAIN(sleep),
	PLAIN(_Fork),
	PLAIN(_exit),
	PLAIN(execve),
	PLAIN(read),
	PLAIN(write),
	PLAIN(recv),
	PLAIN(send),
	PLAIN(recvfrom),
	PLAIN(sendto),
	PLAIN(recvmsg),
	PLAIN(sendmsg),
	PLAIN(accept),
	PLAIN(accept4),
	PLAIN(connect),
	PLAIN(poll),
	PLAIN(epoll_wait),
};

/* Before boot(), which may leave the layer off: then all goes to libc. */
__attribute__((constructor(101))) static void find_functions(void)
{
	void **to;

	for (size_t i = 0; i < EG_ARRAY_LEN(functions); i++) {
		to = (void **)(void *)((char *)&eg__run_real +
				       functions[i].offset);
		*to = dlsym(RTLD_NEXT, functions[i].name);
		if (!*to)
			eg__run_die("libc has no %s", functions[i].name);
	}
	eg__run_fast_cancel_init();
}

int eg__run_fast_deadline(clockid_t clock, const struct timespec *time,
			  int64_t *ret)
{
	if (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME)
		return EINVAL;
	if (time->tv_nsec < 0 || time->tv_nsec >= NS_PER_SEC)
		return EINVAL;
	/* A time before 1970 is past, not wrong. */
	if (time->tv_sec < 0) {
		*ret = 0;
		return 0;
	}
	return -eg__run_deadline_absolute(clock, time, ret);
}
