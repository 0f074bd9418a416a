/* SPDX-License-Identifier: MIT */
/*
 * Generators: coroutines that remember who asked. So the next value needs no
 * change of parents; only at its end does a generator look for one.
 */
#include "coro/coro.h"

#include "base/log.h"

#include <errno.h>

static struct eg_gen *gen_of(struct eg_coro *c)
{
	return eg_container_of(c, struct eg_gen, coro);
}

static eg_coro_result gen_main(void *value)
{
	struct eg_gen *gen = gen_of(eg__coro_home()->current);

	(void)value;
	return (eg_coro_result){ .code = gen->fn(gen->arg) };
}

int eg_gen_new(eg_gen **ret_gen, eg_gen_fn *fn, void *arg,
	       const eg_coro_options *options)
{
	struct eg_coro *c;
	int r;

	if (!ret_gen || !fn)
		return -EINVAL;
	r = eg__coro_make(&c, sizeof(struct eg_gen), gen_main, options);
	if (r < 0)
		return r;
	c->is_gen = true;
	gen_of(c)->fn = fn;
	gen_of(c)->arg = arg;
	*ret_gen = gen_of(c);
	return 0;
}

/* Whether @g is at work: it runs, waits for another, or has left with somebody
 * waiting for it. */
static bool is_busy(const struct coro_home *home, const struct eg_coro *g)
{
	return g->consumer || g == home->current ||
	       (g->state == CORO_STARTED && g->gate != home);
}

/* The home, with nothing left to be attended to; or why @g is out of reach. */
static int reach(const char *call, struct eg_gen *gen, struct coro_home **ret)
{
	struct coro_home *home;
	int r;

	if (!gen)
		return -EINVAL;
	r = eg__coro_home_get(&home);
	if (r < 0)
		return r;
	if (gen->coro.home != home)
		return eg__coro_refuse(call, &gen->coro);
	if (!eg__coro_is_plain(home))
		eg__coro_attend(home);
	*ret = home;
	return 0;
}

static EG_COLD eg_coro_result next_slowly(struct eg_gen *gen)
{
	const eg_coro_result ask = { .code = 0 };
	struct coro_home *home;
	struct eg_coro *g;
	int r;

	r = reach("eg_gen_next", gen, &home);
	if (r < 0)
		return (eg_coro_result){ .code = r };
	g = &gen->coro;
	if (g->state == CORO_DEAD)
		return (eg_coro_result){ .code = 0 };
	if (is_busy(home, g))
		return (eg_coro_result){ .code = -EBUSY };
	if (g->state == CORO_NEW) {
		r = eg__coro_start(home, g);
		if (r < 0)
			return (eg_coro_result){ .code = r };
	}
	g->consumer = home->current;
	home->current->gate = g;
	return eg__coro_deliver(home, g, ask);
}

/* Both leave by a tail call, and who waits returns 1: see eg_coro_switch(). */
eg_coro_result eg_gen_next(eg_gen *gen)
{
	struct coro_home *home = eg__coro_home();
	struct eg_coro *self, *g;

	if (eg_unlikely(!gen || gen->coro.gate != home || gen->coro.consumer ||
			&gen->coro == home->current ||
			!eg__coro_is_plain(home)))
		return next_slowly(gen);
	g = &gen->coro;
	self = home->current;
	self->gate = g;
	g->consumer = self;
	eg__coro_enter(home, g);
	return eg__ctx_switch_pair(&self->ctx, &g->ctx, NULL, 0);
}

static EG_COLD eg_coro_result yield_slowly(void *value)
{
	struct coro_home *home = eg__coro_home();
	struct eg_coro *to;

	if (home && !eg__coro_is_plain(home))
		eg__coro_attend(home);
	if (!home || !home->current->consumer) {
		eg__log(EG_LOG_ERROR, "eg_gen_yield: %s",
			home && home->current->is_gen
				? "nobody waits for the value"
				: "not called in a generator");
		return (eg_coro_result){ .code = -EPERM };
	}
	to = home->current->consumer;
	to->gate = home;
	home->current->consumer = NULL;
	return eg__coro_deliver(home, to, (eg_coro_result){ 1, value });
}

eg_coro_result eg_gen_yield(void *value)
{
	struct coro_home *home = eg__coro_home();
	struct eg_coro *self, *to;

	if (eg_unlikely(!home || !home->current->consumer ||
			!eg__coro_is_plain(home)))
		return yield_slowly(value);
	self = home->current;
	to = self->consumer;
	self->consumer = NULL;
	to->gate = home;
	eg__coro_enter(home, to);
	return eg__ctx_switch_pair(&self->ctx, &to->ctx, value, 1);
}

int eg_gen_cancel(eg_gen *gen)
{
	struct coro_home *home;
	struct eg_coro *g;
	bool is_dead;
	int r;

	r = reach("eg_gen_cancel", gen, &home);
	if (r < 0)
		return r;
	g = &gen->coro;
	if (g->state == CORO_NEW)
		g->state = CORO_DEAD;
	if (g->state == CORO_DEAD)
		return 0;
	if (is_busy(home, g))
		return -EBUSY;
	eg__coro_ref(g);
	is_dead = eg__coro_kill(home, g, &r);
	eg_coro_unref(g);
	return is_dead ? r : -EAGAIN;
}

eg_gen *eg_gen_free(eg_gen *gen)
{
	/* What it has made may hold a reference to it, as its parent. */
	if (gen)
		eg__coro_end(&gen->coro);
	return NULL;
}
