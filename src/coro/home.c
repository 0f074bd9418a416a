/* SPDX-License-Identifier: MIT */
/*
 * Homes: one for an OS thread or a fiber, from the first call to its end, with
 * its main coroutine. What happens to the coroutines then is drop.c's.
 */
#include "coro/coro.h"

#include "base/fault.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

CORO_TLS _Thread_local struct coro_home *eg__coro_home_tls;
CORO_TLS _Thread_local struct coro_thread *eg__coro_thread_tls;

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool has_key;

static void thread_unref(struct coro_thread *t)
{
	if (__atomic_sub_fetch(&t->references, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	eg__stack_pool_done(&t->stacks);
	free(t);
}

/* The OS thread ends: nothing of it runs any more but this. */
static void thread_ended(void *thread)
{
	struct coro_thread *t = thread;

	if (t->home)
		t->home->extra.end(&t->home->extra);
	eg__coro_home_tls = NULL;
	eg__coro_thread_tls = NULL;
	thread_unref(t);
}

static void make_key(void)
{
	has_key = pthread_key_create(&key, thread_ended) == 0;
}

static int thread_get(struct coro_thread **ret)
{
	struct coro_thread *t = eg__coro_thread_tls;

	if (!t) {
		pthread_once(&key_once, make_key);
		if (!has_key || eg__fault(EG_FAULT_ALLOC))
			return -ENOMEM;
		t = calloc(1, sizeof(*t));
		if (!t)
			return -ENOMEM;
		if (pthread_setspecific(key, t)) {
			free(t);
			return -ENOMEM;
		}
		eg__stack_pool_init(&t->stacks, sizeof(struct coro_stack));
		eg_list_init(&t->homes);
		t->references = 1;
		eg__coro_thread_tls = t;
	}
	*ret = t;
	return 0;
}

struct coro_home *eg__coro_home_ref(struct coro_home *home)
{
	__atomic_fetch_add(&home->references, 1, __ATOMIC_RELAXED);
	return home;
}

void eg__coro_home_unref(struct coro_home *home)
{
	struct coro_thread *t = home->thread;

	if (__atomic_sub_fetch(&home->references, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	free(home);
	thread_unref(t);
}

/* Its owner ends: the fiber, the hub for its callbacks, or the OS thread. */
static void home_end(struct eg_fiber_extra *extra)
{
	struct coro_home *home = (struct coro_home *)(void *)extra;

	/* The hub's home is ended on another stack than it was used on. */
	if (home->base && home->current == &home->main)
		eg__ctx_stand_on(&home->main.ctx, home->base);
	eg__coro_end_all(home);
	home->current = NULL;
	eg_list_remove(&home->of_thread);
	home->main.state = CORO_DEAD;
	home->main.gate = &home->main;
	if (!home->base)
		eg__ctx_done(&home->main.ctx);
	eg_coro_unref(&home->main);
	eg__coro_home_unref(home);
}

static bool home_holds(const struct eg_fiber_extra *extra, const void *at,
		       const void **sp)
{
	const struct coro_home *home =
		(const struct coro_home *)(const void *)extra;

	if (home->current != &home->main)
		*sp = home->main.ctx.sp;
	eg_list_for_each(node, &home->alive) {
		const struct eg_coro *c =
			eg_list_entry(node, struct eg_coro, link);
		const struct eg_stack *s = &c->stack->stack;

		if ((const char *)at > s->lo &&
		    (const char *)at < (const char *)s)
			return true;
	}
	return false;
}

/* The main coroutine: what runs now, on the stack that is already there. */
static void init_main(struct coro_home *home)
{
	struct eg_coro *c = &home->main;

	c->home = eg__coro_home_ref(home);
	c->gate = home;
	c->state = CORO_STARTED;
	c->references = 1;
	strncpy(c->name, "main", sizeof(c->name) - 1);
	if (home->base)
		eg__ctx_stand_on(&c->ctx, home->base);
	else
		eg__ctx_adopt(&c->ctx);
	home->current = c;
}

static int home_make(struct coro_thread *t, struct eg_fiber *f,
		     struct coro_home **ret)
{
	struct coro_home *home;

	if (eg__fault(EG_FAULT_ALLOC))
		return -ENOMEM;
	home = aligned_alloc(_Alignof(struct coro_home), sizeof(*home));
	if (!home)
		return -ENOMEM;
	memset(home, 0, sizeof(*home));
	home->extra.end = home_end;
	home->extra.holds = home_holds;
	home->base = f ? &f->ctx : NULL;
	home->references = 1;
	home->attention = t->trace ? CORO_ATTEND_TRACE : 0;
	home->thread = t;
	__atomic_fetch_add(&t->references, 1, __ATOMIC_RELAXED);
	eg_list_init(&home->alive);
	eg_list_push_back(&t->homes, &home->of_thread);
	init_main(home);
	if (f) {
		f->extra[EG_EXTRA_COROUTINES] = &home->extra;
	} else {
		t->home = home;
		eg__coro_home_tls = home;
	}
	*ret = home;
	return 0;
}

int eg__coro_home_get(struct coro_home **ret)
{
	struct coro_home *home = eg__coro_home();
	struct coro_thread *t;
	int r;

	if (eg_likely(home)) {
		*ret = home;
		return 0;
	}
	r = thread_get(&t);
	if (r < 0)
		return r;
	return home_make(t, eg__coro_fiber(), ret);
}
