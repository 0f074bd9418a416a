/* SPDX-License-Identifier: MIT */
/*
 * Telling of switches. The callback runs in the target before it gets what was
 * brought: a call made on top of a suspended coroutine, which knows nothing of
 * it. So a switch that is not traced has nothing to look for when it returns.
 */
#include "coro/coro.h"

#include "ctx/sanitizer.h"

/* On the coroutine's own frames again. */
static void arrival_gone(void *arg)
{
	struct coro_home *home = arg;

	eg__ctx_done(&home->leaving);
}

/*
 * The target, called on top of where it was suspended. If the callback switches
 * away, it is this that is suspended, so all is taken out of the home first.
 */
static void arrive(void *arg)
{
	struct coro_home *home = arg;
	struct eg_coro *self = home->current;
	struct arrival a = home->arrival;
	struct delivery d;

	eg__ctx_entered(&self->ctx);
	d = eg__coro_trace_call(home);
	self->ret = a.ret;
	eg__coro_hand_over(self, &d);
	home->leaving = self->ctx;
	self->ctx = a.suspended;
	eg__coro_enter(home, self);
	eg__ctx_exit(&home->leaving, &self->ctx, d.code, arrival_gone, home);
}

void eg__coro_trace_arrival(struct coro_home *home, struct eg_coro *to,
			    const struct delivery *d)
{
	struct arrival *a = &home->arrival;

	home->is_tracing = true;
	a->target = to;
	a->origin = eg_coro_ref(home->current);
	a->what = *d;
	if (to->is_fresh)
		return; /* coro_main() calls back itself */
	a->ret = to->ret;
	a->suspended = to->ctx;
	eg__sanitizer_make_over(&a->suspended);
	eg__ctx_make_over(&to->ctx, &a->suspended, arrive, home);
}

static void set_attention(struct coro_thread *t)
{
	eg_list_for_each(it, &t->homes) {
		struct coro_home *home =
			eg_list_entry(it, struct coro_home, of_thread);

		if (t->trace)
			__atomic_fetch_or(&home->attention, CORO_ATTEND_TRACE,
					  __ATOMIC_RELAXED);
		else
			__atomic_fetch_and(&home->attention,
					   ~(uint32_t)CORO_ATTEND_TRACE,
					   __ATOMIC_RELAXED);
	}
}

struct delivery eg__coro_trace_call(struct coro_home *home)
{
	struct eg_coro *origin = home->arrival.origin, *self = home->current;
	struct coro_thread *t = home->thread;
	struct delivery d = home->arrival.what;
	int r = 0;

	home->arrival.target = NULL;
	if (t->trace)
		r = t->trace(d.code < 0 ? EG_CORO_THREW : EG_CORO_SWITCHED,
			     origin, self, t->trace_arg);
	if (r < 0) {
		t->trace = NULL;
		set_attention(t);
		d = (struct delivery){ .code = r };
	}
	eg_coro_unref(origin);
	home->is_tracing = false;
	return d;
}

int eg_coro_set_trace(eg_coro_trace_fn *fn, void *arg,
		      eg_coro_trace_fn **ret_fn, void **ret_arg)
{
	struct coro_home *home;
	struct coro_thread *t;
	int r;

	r = eg__coro_home_get(&home);
	if (r < 0)
		return r;
	t = home->thread;
	if (ret_fn)
		*ret_fn = t->trace;
	if (ret_arg)
		*ret_arg = t->trace ? t->trace_arg : NULL;
	t->trace = fn;
	t->trace_arg = arg;
	set_attention(t);
	return 0;
}
