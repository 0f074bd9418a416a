/* SPDX-License-Identifier: MIT */
/*
 * From a system call to the function that answers it, and back: restarts,
 * signals on the way out, a turn for others. Answers none itself.
 */
#include "base/log.h"
#include "run/registers.h"
#include "run/schedule.h"
#include "run/signals.h"

#include <errno.h>
#include <stdarg.h>

enum { CALL_BUDGET = 256 }; /* calls in a row that need not wait */

__attribute__((aligned(4096))) struct eg_run_layer eg__run;
/* NULL: the kernel's. entry_x86_64.S looks here first. */
__attribute__((visibility("hidden"))) eg_run_call_fn
	*eg__run_table[EG_RUN_CALLS];

/* Who never has to wait would never let anybody else run. */
static inline void spend_budget(struct eg_run_thread *t)
{
	struct eg_run_worker *w = eg__run_worker();

	if (eg_likely(--w->call_budget > 0))
		return;
	w->call_budget = CALL_BUDGET;
	if (eg__run.threads_alive > 1)
		eg__run_preempt(t);
}

static int64_t answer(struct eg_run_thread *t, struct eg_run_call *c,
		      enum eg_run_entry entry)
{
	eg_run_call_fn *fn = (uint64_t)c->nr < EG_RUN_CALLS
				     ? eg__run_table[c->nr]
				     : NULL;
	int64_t r;

	if (!fn)
		return eg__run_kernel(c);
	for (;;) {
		t->entry = (uint8_t)entry;
		r = fn(c);
		t->entry = EG_RUN_ENTRY_FAST;
		if (eg_likely(r != EG_RUN_RESTART))
			return r;
		if (!eg__run_signals_deliver(t))
			return -EINTR;
	}
}

/* For entry_x86_64.S. */
void eg__run_dispatch(struct eg_run_regs *r);

void eg__run_dispatch(struct eg_run_regs *r)
{
	struct eg_run_thread *t = eg__run_self();

	eg__run.stats.calls++;
	t->entry = EG_RUN_ENTRY_CALL;
	spend_budget(t);
	r->call.nr = answer(t, &r->call, EG_RUN_ENTRY_CALL);
}

int64_t eg__run_call(int64_t nr, int64_t a, int64_t b, int64_t c, int64_t d,
		     int64_t e, int64_t f)
{
	struct eg_run_call call = { nr, { a, b, c, d, e, f } };
	int64_t r;

	if (eg_unlikely(eg__run_is_pass_through()))
		return eg__run_kernel(&call);
	eg__run_enter();
	eg__run.stats.fast++;
	spend_budget(eg__run_self());
	r = answer(eg__run_self(), &call, EG_RUN_ENTRY_FAST);
	eg__run_leave();
	return r;
}

int64_t eg__run_kernel_blocking(const struct eg_run_call *c)
{
	int64_t r;

	eg__run_leave();
	r = eg__run_kernel(c);
	eg__run_enter();
	return r;
}

void eg__run_die(const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	eg__vformat(text, sizeof(text), format, args);
	va_end(args);
	eg__log(EG_LOG_FATAL, "%s", text);
	for (;;)
		eg__raw_syscall(SYS_exit_group, EG_RUN_STATUS, 0, 0, 0, 0, 0);
}
