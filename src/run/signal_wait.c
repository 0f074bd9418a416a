/* SPDX-License-Identifier: MIT */
/*
 * Waiting for signals: sigtimedwait, sigsuspend, pause, and what is pending.
 * Where it comes from is signal_pending.c's business.
 */
#include "run/signal_state.h"

#include "base/clock.h"
#include "run/schedule.h"
#include "run/user_memory.h"

#include <errno.h>
#include <fcntl.h>

static const struct eg_wait_kind signal_wait = { .what = "signal" };

/*
 * While a thread waits for them, signals are open in the kernel and caught, so
 * that they come: nothing has to be watched. The order matters, or one would
 * meet the default action.
 */
void eg__run_signals_watch(void)
{
	struct eg_run_signals *s = &eg__run_signals;
	uint64_t waited = 0;
	uint64_t before = s->forced;
	uint64_t now;

	eg_list_for_each(it, &s->waits)
		waited |=
			eg_list_entry(it, struct eg_run_signal_wait, link)->set;
	now = (waited | s->timers_use) & ~EG_RUN_UNBLOCKABLE;
	s->forced = before | now;
	for (int i = 1; i <= EG_RUN_SIGNALS; i++)
		if (now & ~before & EG_RUN_BIT(i) &&
		    !eg__run_action_has_handler(i))
			eg__run_action_install(i);
	s->waited = waited;
	eg__run_mask_apply(NULL);
	s->forced = now;
	for (int i = 1; i <= EG_RUN_SIGNALS; i++)
		if (before & ~now & EG_RUN_BIT(i) &&
		    !eg__run_action_has_handler(i))
			eg__run_action_install(i);
}

/* From what the kernel holds back; for this thread, or 0. */
static int take_from_kernel(struct eg_run_thread *t, uint64_t set,
			    siginfo_t *ret_info)
{
	static const struct timespec at_once;
	uint64_t wanted = set & ~EG_RUN_NEVER_HELD;
	int signal;

	for (;;) {
		signal = (int)eg__syscall4(SYS_rt_sigtimedwait, &wanted,
					   ret_info, &at_once,
					   EG_RUN_SIGSET_BYTES);
		if (signal <= 0)
			return 0;
		/* It may be another's: of a timer, or the main thread's. */
		eg__run_signal_arrived(ret_info, t);
		signal = eg__run_signal_take(t, set, ret_info);
		if (signal)
			return signal;
	}
}

static int take(struct eg_run_thread *t, uint64_t set, siginfo_t *ret_info)
{
	int signal;

	eg__run_signals_dispatch();
	signal = eg__run_signal_take(t, set, ret_info);
	if (!signal)
		signal = take_from_kernel(t, set, ret_info);
	eg__run_mask_apply(NULL);
	return signal;
}

/* May switch. The signal, -EAGAIN or -EINTR. */
static int wait_for(struct eg_run_thread *t, uint64_t set, int64_t deadline,
		    siginfo_t *ret_info)
{
	struct eg_run_signal_wait w = { .thread = t, .set = set };
	int r = 0;

	eg_list_push_back(&eg__run_signals.waits, &w.link);
	eg__run_signals_watch();
	eg__run_signals_dispatch();
	if (!w.signal) {
		eg__waiter(&t->fiber, &signal_wait, NULL);
		r = eg__run_park(t, deadline, true);
	}
	if (eg_list_is_linked(&w.link))
		eg_list_remove(&w.link);
	eg__run_signals_watch();
	if (w.signal) {
		*ret_info = w.info;
		return w.signal;
	}
	return r == -ETIMEDOUT ? -EAGAIN : -EINTR;
}

int64_t eg__run_call_sigtimedwait(struct eg_run_call *c)
{
	struct eg_run_thread *t = eg__run_self();
	void *user_info = (void *)c->a[1];
	int64_t deadline;
	siginfo_t info;
	uint64_t set;
	int r;

	if (c->a[3] != EG_RUN_SIGSET_BYTES)
		return -EINVAL;
	if (eg__run_copy_in(&set, (void *)c->a[0], sizeof(set)) < 0)
		return -EFAULT;
	r = eg__run_deadline_relative((void *)c->a[2], &deadline);
	if (r < 0)
		return r;
	set &= ~EG_RUN_UNBLOCKABLE;
	r = take(t, set, &info);
	if (!r && deadline <= eg__clock_now())
		r = -EAGAIN;
	if (!r)
		r = wait_for(t, set, deadline, &info);
	if (r > 0 && user_info &&
	    eg__run_copy_out(user_info, &info, sizeof(info)) < 0)
		return -EFAULT;
	return r;
}

static uint64_t hexadecimal(const char *s)
{
	uint64_t n = 0;

	for (; (*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'f'); s++)
		n = n << 4 | (uint64_t)(*s <= '9' ? *s - '0' : *s - 'a' + 10);
	return n;
}

static bool begins_with(const char *s, const char *word)
{
	while (*word)
		if (*s++ != *word++)
			return false;
	return true;
}

/* Of what the kernel says is pending, what is so for the process: the rest is
 * the first thread's, and only /proc tells them apart. */
static uint64_t pending_for_all(uint64_t set)
{
	static const char name[] = "\nShdPnd:\t";
	char text[4096];
	ssize_t n = 0;
	int fd;

	fd = eg__sys_openat(AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC,
			    0);
	if (fd >= 0) {
		n = eg__sys_read(fd, text, sizeof(text) - 1);
		eg__sys_close(fd);
	}
	text[n > 0 ? n : 0] = 0;
	for (const char *s = text; *s; s++)
		if (begins_with(s, name))
			return set & hexadecimal(s + sizeof(name) - 1);
	return set;
}

int64_t eg__run_call_sigpending(struct eg_run_call *c)
{
	struct eg_run_thread *t = eg__run_self();
	size_t bytes = (size_t)c->a[1];
	uint64_t set = 0;
	int r;

	if (bytes > EG_RUN_SIGSET_BYTES)
		return -EINVAL;
	r = (int)eg__syscall2(SYS_rt_sigpending, &set, EG_RUN_SIGSET_BYTES);
	if (r < 0)
		return r;
	if (set & t->mask && t != eg__run.main_thread)
		set = pending_for_all(set);
	eg__run_signals_dispatch();
	set = (set | t->pending | eg__run_signals_pending) & t->mask;
	return eg__run_copy_out((void *)c->a[0], &set, bytes);
}

/* Until a handler is due. May switch. */
static void wait_for_handler(struct eg_run_thread *t)
{
	while (!eg__run_signals_deliverable(t)) {
		eg__waiter(&t->fiber, &signal_wait, NULL);
		eg__run_park(t, EG_FOREVER, true);
	}
	eg__run_worker()->attention = 1;
}

int64_t eg__run_call_sigsuspend(struct eg_run_call *c)
{
	struct eg_run_thread *t = eg__run_self();
	int r;

	if (c->a[1] != EG_RUN_SIGSET_BYTES)
		return -EINVAL;
	if (!c->a[0])
		return -EFAULT;
	r = eg__run_signals_begin_mask(t, (void *)c->a[0], (size_t)c->a[1]);
	if (r < 0)
		return r;
	wait_for_handler(t);
	return -EINTR;
}

int64_t eg__run_call_pause(struct eg_run_call *c)
{
	(void)c;
	wait_for_handler(eg__run_self());
	return -EINTR;
}
