/* SPDX-License-Identifier: MIT */
/*
 * Telling of switches, and ending who has left for ever: what comes first where
 * a coroutine is resumed. It is a call made on top of the suspended coroutine,
 * which knows nothing of it. So an ordinary switch has nothing to look for when
 * it returns.
 */
#include "coro/coro.h"

#include "ctx/sanitizer.h"

static bool is_traced(const struct coro_home *home)
{
	return home->thread->trace && !home->is_tracing;
}

bool eg__coro_has_arrival(const struct coro_home *home)
{
	uint32_t attention =
		__atomic_load_n(&home->attention, __ATOMIC_RELAXED);

	return attention & CORO_ATTEND_DOOMED || is_traced(home);
}

/* On the coroutine's own frames again. */
static void arrival_gone(void *arg)
{
	struct coro_home *home = arg;

	eg__ctx_done(&home->leaving);
}

/*
 * The target, called on top of where it was suspended. If it switches away
 * meanwhile, it is this that is suspended, so all is taken out of the home
 * first.
 */
static void arrive(void *arg)
{
	struct coro_home *home = arg;
	struct eg_coro *self = home->current;
	struct eg_ctx suspended = home->arrival.suspended;
	eg_coro_result what;

	eg__ctx_entered(&self->ctx);
	what = eg__coro_arrival_call(home);
	home->leaving = self->ctx;
	self->ctx = suspended;
	eg__coro_enter(home, self);
	eg__ctx_exit_pair(&home->leaving, &self->ctx, what.value, what.code,
			  arrival_gone, home);
}

void eg__coro_arrival_prepare(struct coro_home *home, struct eg_coro *to,
			      eg_coro_result what)
{
	struct arrival *a = &home->arrival;

	a->target = to;
	a->origin = eg_coro_ref(home->current);
	a->what = what;
	a->is_traced = is_traced(home);
	home->is_tracing |= a->is_traced;
	if (to->is_fresh)
		return; /* coro_main() does the call itself */
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

/* With its last reference the origin is ended, if it is not dead. */
eg_coro_result eg__coro_arrival_call(struct coro_home *home)
{
	const struct arrival a = home->arrival;
	struct coro_thread *t = home->thread;
	eg_coro_result what = a.what;
	int r = 0;

	home->arrival.target = NULL;
	if (a.is_traced && t->trace)
		r = t->trace(what.code < 0 ? EG_CORO_THREW : EG_CORO_SWITCHED,
			     a.origin, a.target, t->trace_arg);
	if (r < 0) {
		t->trace = NULL;
		set_attention(t);
		what = (eg_coro_result){ .code = r };
	}
	eg_coro_unref(a.origin);
	if (a.is_traced)
		home->is_tracing = false;
	return what;
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
