/* SPDX-License-Identifier: MIT */
/*
 * How coroutines come to an end from outside: the last reference, wherever it
 * is dropped, and the end of the thread or fiber they belong to.
 */
#include "coro/coro.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>

/* In place of home->doomed: nothing can be put off to this home any more. */
static struct eg_coro closed;

bool eg__coro_home_is_closed(const struct coro_home *home)
{
	return __atomic_load_n(&home->doomed, __ATOMIC_ACQUIRE) == &closed;
}

/* Drops a reference unless it is the last one. True: it is, and the caller's. */
static bool unref_if_shared(struct eg_coro *c)
{
	uint32_t n = __atomic_load_n(&c->references, __ATOMIC_ACQUIRE);

	while (n > 1)
		if (__atomic_compare_exchange_n(&c->references, &n, n - 1, true,
						__ATOMIC_ACQ_REL,
						__ATOMIC_ACQUIRE))
			return false;
	return true;
}

/*
 * Leaves the last reference to the home, which looks at it at its next call.
 * False: it has ended.
 */
static bool put_off(struct eg_coro *c)
{
	struct coro_home *home = c->home;
	struct eg_coro *first;

	first = __atomic_load_n(&home->doomed, __ATOMIC_ACQUIRE);
	do {
		if (first == &closed)
			return false;
		c->next_doomed = first;
	} while (!__atomic_compare_exchange_n(&home->doomed, &first, c, true,
					      __ATOMIC_ACQ_REL,
					      __ATOMIC_ACQUIRE));
	__atomic_fetch_or(&home->attention, CORO_ATTEND_DOOMED,
			  __ATOMIC_RELEASE);
	return true;
}

/* Not one that runs. Its stack, if any is left, holds frames that will never
 * return. */
static void free_coro(struct eg_coro *c)
{
	struct coro_home *home = c->home;

	if (c->stack) {
		eg__ctx_done(&c->ctx);
		if (home->thread == eg__coro_thread_tls)
			eg__stack_put(&home->thread->stacks, &c->stack->stack);
	}
	if (c != &home->main)
		free(c);
	eg__coro_home_unref(home);
}

static void report_stubborn(struct eg_coro *c)
{
	if (!c->is_stubborn)
		eg__log(EG_LOG_ERROR,
			"coroutine '%s' did not end when it was killed: it is leaked",
			c->name);
	c->is_stubborn = true;
}

/* True if @c, suspended, is dead then. */
static bool kill_and_tell(struct coro_home *home, struct eg_coro *c)
{
	int error;

	if (!eg__coro_kill(home, c, &error))
		return false;
	if (error < 0)
		eg__log(EG_LOG_WARNING,
			"coroutine '%s' was killed, and ended with error %d",
			c->name, -error);
	return true;
}

/* Ends @c, whose last reference is the caller's. False: it has been referenced
 * again, or it goes on, and keeps that reference for ever. */
static bool end_one(struct coro_home *home, struct eg_coro *c)
{
	if (c->state != CORO_STARTED)
		return true;
	if (c->is_stubborn)
		return false;
	if (kill_and_tell(home, c))
		return unref_if_shared(c);
	if (unref_if_shared(c))
		report_stubborn(c);
	return false;
}

/*
 * Drops a reference, and if it was the last one, those that hang on it: a loop,
 * because chains of parents are long. @home: the one that runs here, or NULL.
 */
static void drop(struct coro_home *home, struct eg_coro *c)
{
	struct eg_coro *parent;

	while (c && unref_if_shared(c)) {
		if (!eg__coro_home_is_closed(c->home)) {
			if (c->home != home || c == home->current) {
				put_off(c);
				return;
			}
			if (!end_one(home, c))
				return;
		}
		parent = c->parent;
		free_coro(c);
		c = parent;
	}
}

eg_coro *eg_coro_unref(eg_coro *coro)
{
	struct coro_home *home = eg__coro_home();

	if (!coro)
		return NULL;
	drop(home, coro);
	if (home && eg_unlikely(!eg__coro_is_plain(home)))
		eg__coro_attend(home);
	return NULL;
}

void eg__coro_end(struct eg_coro *c)
{
	struct coro_home *home = eg__coro_home();

	if (c->home == home && c != home->current && !c->is_stubborn &&
	    c->state == CORO_STARTED && !kill_and_tell(home, c))
		report_stubborn(c);
	eg_coro_unref(c);
}

static void attend(struct coro_home *home)
{
	struct eg_coro *c, *next;

	__atomic_fetch_and(&home->attention, ~(uint32_t)CORO_ATTEND_DOOMED,
			   __ATOMIC_ACQ_REL);
	c = __atomic_exchange_n(&home->doomed, NULL, __ATOMIC_ACQ_REL);
	for (; c; c = next) {
		next = c->next_doomed;
		drop(home, c);
	}
}

void eg__coro_attend(struct coro_home *home)
{
	if (__atomic_load_n(&home->attention, __ATOMIC_RELAXED) &
	    CORO_ATTEND_DOOMED)
		attend(home);
}

bool eg__coro_kill(struct coro_home *home, struct eg_coro *c, int *ret_error)
{
	const eg_coro_result end = { .code = -ECANCELED };
	struct eg_coro *self = home->current, *old = c->parent;
	bool is_first = !c->kept_parent;
	int r;

	/* Who waits for a value of it waits on, like any who is suspended. */
	if (c->consumer) {
		c->consumer->gate = home;
		c->consumer = NULL;
	}
	eg__coro_ref(self);
	c->parent = self;
	if (is_first)
		c->kept_parent = old;
	r = eg__coro_deliver(home, c, end).code;
	if (c->parent == self)
		c->parent = old;
	else
		self = old;
	if (is_first)
		c->kept_parent = NULL;
	drop(home, self);
	*ret_error = r;
	return c->state == CORO_DEAD;
}

/* Those that do not end are not resumed any more. */
static void kill_all(struct coro_home *home)
{
	struct eg_list *first;
	struct eg_coro *c;
	int error;

	while ((first = eg_list_first(&home->alive))) {
		c = eg_list_entry(first, struct eg_coro, link);
		eg__coro_ref(c);
		if (c->is_stubborn || !eg__coro_kill(home, c, &error)) {
			eg_list_remove(&c->link);
			report_stubborn(c);
		}
		drop(home, c);
	}
}

/*
 * The OS thread may be ending from inside a coroutine: its frames have been
 * unwound, but it stands on its stack no longer, and cannot be suspended.
 */
static void leave_current(struct coro_home *home)
{
	struct eg_coro *c = home->current;

	if (c == &home->main)
		return;
	eg_list_remove(&c->link);
	c->state = CORO_DEAD;
	c->gate = c;
	eg__stack_put(&home->thread->stacks, &c->stack->stack);
	c->stack = NULL;
	eg__coro_enter(home, &home->main);
}

void eg__coro_end_all(struct coro_home *home)
{
	struct eg_coro *none = NULL;

	leave_current(home);
	home->is_ending = true;
	do {
		none = NULL;
		attend(home);
		kill_all(home);
	} while (!__atomic_compare_exchange_n(&home->doomed, &none, &closed,
					      false, __ATOMIC_ACQ_REL,
					      __ATOMIC_ACQUIRE));
}
