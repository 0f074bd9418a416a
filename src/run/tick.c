/* SPDX-License-Identifier: MIT */
/*
 * The preemption tick: a timer of the worker's CPU time, so that an idle
 * process never wakes. Takes the processor from a thread that does not give it
 * up, and names the one that cannot be stopped.
 */
#include "run/signal_state.h"

#include "base/log.h"
#include "core/switch.h"
#include "run/schedule.h"
#include "run/threads.h"
#include "run/user_memory.h"

enum {
	US_PER_SEC = 1000000,
	NS_PER_US = 1000,
	WATCH_US = US_PER_SEC, /* between looks, where nobody is preempted */
	HELD_TOO_LONG = 10 * US_PER_SEC, /* us of CPU time, by one thread */
	SPARE_STACKS_MAX = 64,
	STACK_WORDS = 512, /* looked through for return addresses */
	FRAMES_SHOWN = 8,
	CALL_BYTES_MAX = 7,
};

/* A thread that the tick stopped. Lives on its signal stack. */
struct preempted {
	struct eg_list link;
	ucontext_t *uc;
};

static struct eg_list preempted;

/* The timer */

static uint32_t interval_us(void)
{
	return eg__run.options.tick_us ? (uint32_t)eg__run.options.tick_us
				       : WATCH_US;
}

static void set_timer(uint32_t us)
{
	long ns = (long)(us % US_PER_SEC) * NS_PER_US;
	struct itimerspec it = {
		.it_interval = { .tv_sec = us / US_PER_SEC, .tv_nsec = ns },
	};

	it.it_value = it.it_interval;
	eg__syscall4(SYS_timer_settime, eg__run_worker()->tick_timer, 0, &it,
		     NULL);
}

void eg__run_tick_start(void)
{
	struct eg_run_worker *w = eg__run_worker();
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGSYS,
	};
	int r;

	if (w->tick_timer < 0) {
		event.sigev_value.sival_ptr = w;
		event._sigev_un._tid = w->os_thread;
		r = (int)eg__syscall3(SYS_timer_create, CLOCK_THREAD_CPUTIME_ID,
				      &event, &w->tick_timer);
		if (r < 0) {
			w->tick_timer = -1;
			eg__log(EG_LOG_WARNING,
				"no timer for the tick (error %d): a thread that never waits stops all others",
				-r);
			return;
		}
	}
	set_timer(interval_us());
}

bool eg__run_tick_is(const siginfo_t *info)
{
	return info->si_code == SI_TIMER &&
	       info->si_value.sival_ptr == eg__run_worker();
}

/* The watchdog */

/* Whether the instruction before @address could be a call. */
static bool is_return_address(uint64_t address)
{
	uint8_t b[CALL_BYTES_MAX];

	if (address < sizeof(b) ||
	    eg__run_copy_in(b, (void *)(address - sizeof(b)), sizeof(b)) < 0)
		return false;
	return b[2] == 0xe8 ||				  /* call rel32 */
	       (b[5] == 0xff && (b[6] & 0x38) == 0x10) || /* call *%reg */
	       (b[4] == 0xff && (b[5] & 0x38) == 0x10) ||
	       (b[1] == 0xff && (b[2] & 0x38) == 0x10);
}

static void show_stack(const ucontext_t *uc)
{
	const uint64_t *sp = (const uint64_t *)uc->uc_mcontext.gregs[REG_RSP];
	uint64_t word;
	int shown = 0;

	eg__log(EG_LOG_WARNING, "  at %p",
		(void *)uc->uc_mcontext.gregs[REG_RIP]);
	for (int i = 0; i < STACK_WORDS && shown < FRAMES_SHOWN; i++) {
		if (eg__run_copy_in(&word, sp + i, sizeof(word)) < 0)
			return;
		if (!is_return_address(word))
			continue;
		eg__log(EG_LOG_WARNING, "  perhaps from %p", (void *)word);
		shown++;
	}
}

static void watch(const ucontext_t *uc)
{
	struct eg_run_worker *w = eg__run_worker();
	uint64_t switches = eg__switches(eg__run.hub);
	struct eg_run_thread *t;

	/* Whether others are ready nobody knows: the kernel was not asked. */
	if (!eg__worker()->current || eg__run_is_alone() ||
	    switches != w->ticks_switches) {
		w->ticks_switches = switches;
		w->ticks_held = 0;
		return;
	}
	if (++w->ticks_held != HELD_TOO_LONG / interval_us())
		return;
	t = eg__run_self();
	eg__log(EG_LOG_WARNING,
		"thread %d '%s' has held the processor for %d s, and no other thread can run",
		t->tid, t->name, HELD_TOO_LONG / US_PER_SEC);
	show_stack(uc);
}

void eg__run_tick_in_layer(const ucontext_t *uc)
{
	watch(uc);
}

/* Signal stacks: the one that a preempted thread's frame lies on stays its own
 * until it runs again. */

static int use_stack(struct eg_run_worker *w, char *stack)
{
	const stack_t s = {
		.ss_sp = stack,
		.ss_flags = EG_RUN_SS_AUTODISARM,
		.ss_size = EG_RUN_SIGNAL_STACK_BYTES,
	};

	w->signal_stack = stack;
	return (int)eg__syscall2(SYS_sigaltstack, &s, NULL);
}

static char *take_stack(struct eg_run_worker *w)
{
	char *stack = w->spare_stack;

	if (!stack)
		return eg__pages_get(EG_RUN_SIGNAL_STACK_BYTES);
	w->spare_stack = *(char **)(void *)stack;
	w->spare_signal_stacks--;
	return stack;
}

static void give_stack(struct eg_run_worker *w, char *stack)
{
	if (w->spare_signal_stacks >= SPARE_STACKS_MAX) {
		eg__pages_put(stack, EG_RUN_SIGNAL_STACK_BYTES);
		return;
	}
	*(char **)(void *)stack = w->spare_stack;
	w->spare_stack = stack;
	w->spare_signal_stacks++;
}

static int set_kernel_mask(uint64_t mask)
{
	return (int)eg__syscall4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL,
				 EG_RUN_SIGSET_BYTES);
}

/* Preemption. May switch. */
static void preempt(struct eg_run_thread *t, ucontext_t *uc)
{
	struct eg_run_worker *w = eg__run_worker();
	struct preempted p = { .uc = uc };
	char *mine = w->signal_stack;
	char *other = take_stack(w);

	if (!other)
		return;
	/* With SIGSYS blocked, the next thread's first trap would kill it all:
	 * then this one runs on. The frame puts its own stack back. */
	if (use_stack(w, other) < 0 || set_kernel_mask(w->kernel_mask) < 0) {
		give_stack(w, other);
		w->signal_stack = mine;
		return;
	}
	eg_list_push_back(&preempted, &p.link);
	t->entry = EG_RUN_ENTRY_FAST;
	eg__run.stats.preempted++;
	eg__run_preempt(t);

	/* The worker may be another, its stack whichever. The frame says, when
	 * it is left, that the stack it lies on is to be used again. */
	w = eg__run_worker();
	set_kernel_mask(~EG_RUN_NEVER_HELD);
	eg_list_remove(&p.link);
	give_stack(w, w->signal_stack);
	w->signal_stack = mine;
}

void eg__run_tick(ucontext_t *uc)
{
	struct eg_run_thread *t = eg__run_self();

	if (eg__run_is_alone()) {
		set_timer(0);
		return;
	}
	if (!eg__run.options.tick_us) {
		watch(uc);
		return;
	}
	eg__run_set_in_layer(1);
	eg__run_trap_finish(uc);
	preempt(t, uc);
	eg__run_signals_leave_into(t, uc);
}

void eg__run_preempted_fix_ip(uint64_t from, uint64_t to, uint64_t new_base)
{
	struct preempted *p;
	uint64_t ip;

	eg_list_for_each(it, &preempted) {
		p = eg_list_entry(it, struct preempted, link);
		ip = (uint64_t)p->uc->uc_mcontext.gregs[REG_RIP];
		if (ip < from || ip >= to)
			continue;
		ip = new_base + (ip - from);
		p->uc->uc_mcontext.gregs[REG_RIP] = (greg_t)ip;
	}
}

void eg__run_preempted_after_fork(void)
{
	eg_list_init(&preempted);
}
