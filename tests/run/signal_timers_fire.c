/* SPDX-License-Identifier: MIT */
/*
 * alarm(), setitimer() on its three clocks and timer_create() with a signal,
 * to a thread, and as a thread: they fire, on time, as often as told.
 */
#include "claim.h"

#include <signal.h>
#include <sys/time.h>

static atomic_int alarms, notified, last_value, handled_by;

static void handler(int signal, siginfo_t *info, void *context)
{
	(void)context;
	if (signal == SIGRTMIN) {
		CHECK_EQ(info->si_code, SI_TIMER);
		last_value = info->si_value.sival_int;
	}
	handled_by = gettid();
	atomic_fetch_add(&alarms, 1);
}

static void in_a_thread(union sigval value)
{
	last_value = value.sival_int;
	atomic_fetch_add(&notified, 1);
}

static void wait_for(atomic_int *count, int want)
{
	while (atomic_load(count) < want)
		usleep(1000);
	atomic_store(count, 0);
}

static void interval(__itimer_which_t which)
{
	struct itimerval t = { { 0, 5000 }, { 0, 5000 } }, none = { 0 }, old;

	OK(setitimer(which, &t, NULL));
	while (atomic_load(&alarms) < 3)
		if (which == ITIMER_REAL)
			pause();
	OK(setitimer(which, &none, &old));
	CHECK_EQ(old.it_interval.tv_usec, 5000);
	atomic_store(&alarms, 0);
}

static void timer(struct sigevent *event, atomic_int *count)
{
	struct itimerspec t = { timespec_of(2 * MSEC), timespec_of(2 * MSEC) };
	timer_t id;

	last_value = 0;
	OK(timer_create(CLOCK_MONOTONIC, event, &id));
	OK(timer_settime(id, 0, &t, NULL));
	wait_for(count, 5);
	CHECK_EQ(last_value, 55);
	OK(timer_gettime(id, &t));
	CHECK_EQ(t.it_interval.tv_nsec, 2 * MSEC);
	OK(timer_delete(id));
}

static void *timer_of_a_thread(void *arg)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = SIGRTMIN,
				  .sigev_value.sival_int = 55 };

	event._sigev_un._tid = gettid();
	timer(&event, &alarms);
	CHECK_EQ(handled_by, gettid());
	return arg;
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_SIGINFO };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGRTMIN,
				  .sigev_value.sival_int = 55 };

	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGVTALRM, &action, NULL);
	sigaction(SIGPROF, &action, NULL);
	sigaction(SIGRTMIN, &action, NULL);
	alarm(100);
	CHECK(alarm(0) >= 99);
	interval(ITIMER_REAL);
	interval(ITIMER_VIRTUAL);
	interval(ITIMER_PROF);
	timer(&event, &alarms);
	event.sigev_notify = SIGEV_THREAD;
	event.sigev_notify_function = in_a_thread;
	timer(&event, &notified);
	join(start(timer_of_a_thread, NULL));
	return ok();
}
