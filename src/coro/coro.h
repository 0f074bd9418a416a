/* SPDX-License-Identifier: MIT */
/*
 * The coroutine and its home, the set of coroutines that may switch to each
 * other. Owns the states and who holds what; the switches are in switch.c.
 */
#ifndef EG_CORO_CORO_H
#define EG_CORO_CORO_H

#include "base/list.h"
#include "base/util.h"
#include "core/fiber.h"
#include "core/hub.h"
#include "ctx/ctx.h"
#include "ctx/stack.h"

#include <evergreen/coro.h>

enum {
	CORO_NAME_BYTES = 24,
	CORO_ERROR_MAX = 4095, /* the kernel's largest errno */
};

/* NEW -> STARTED -> DEAD, or NEW -> DEAD by an error. Only in STARTED is there
 * a stack, and the coroutine is in its home's list of those alive. */
enum coro_state { CORO_NEW, CORO_STARTED, CORO_DEAD };

/* What makes a switch take the slow path. */
enum coro_attention {
	CORO_ATTEND_TRACE = 1,
	CORO_ATTEND_DOOMED = 2, /* references were dropped elsewhere */
};

/*
 * What a switch touches is in the first cache line. References are dropped on
 * any thread and are atomic; all else is the home's, that is, one thread's.
 */
struct eg_coro {
	struct eg_ctx ctx; /* while suspended */
	/*
	 * STARTED: the home, if anybody there may resume it; or the generator
	 * whose next value it waits for. Else the coroutine itself: that is no
	 * home, not even of a thread that has none.
	 */
	const void *gate;
	/* Of a generator: who waits for its value; its gate is this one.
	 * Borrowed: whoever resumes it otherwise clears this first. */
	struct eg_coro *consumer;
	struct coro_home *home; /* owns a reference */
	void *first_value;
	struct eg_coro *parent; /* owns a reference; a main one's is NULL */
	/* Being killed: its own parent, while the killer stands in. Borrowed
	 * from eg__coro_kill(). */
	struct eg_coro *kept_parent;
	uint8_t state; /* enum coro_state */
	uint8_t stack_class;
	bool is_gen;
	bool is_fresh;	  /* STARTED, and has not run yet */
	bool is_stubborn; /* did not end when it was killed; said so */

	uint32_t references; /* atomic */
	eg_coro_fn *fn;
	void *data;
	struct coro_stack
		*stack;	     /* owned while STARTED; a main one's is NULL */
	struct eg_list link; /* in home->alive */
	struct eg_coro *next_doomed; /* in home->doomed, with a reference */
	char name[CORO_NAME_BYTES];
} __attribute__((aligned(64)));

struct coro_stack {
	struct eg_stack stack; /* first: the pool's header */
};

/* What is under way to a coroutine where something else comes first: the trace
 * callback, or the end of who has left and is not referenced any more. */
struct arrival {
	struct eg_coro *target; /* NULL: none is under way */
	struct eg_coro *origin; /* owns a reference */
	eg_coro_result what;
	bool is_traced;
	struct eg_ctx suspended; /* the target's, which may switch meanwhile */
};

/*
 * An OS thread's home, or a fiber's. It outlives the thread or the fiber while
 * there are coroutines of it.
 */
struct coro_home {
	struct eg_fiber_extra extra; /* first: how a fiber finds and ends it */
	struct eg_coro *current;
	uint32_t attention;	    /* atomic: enum coro_attention */
	struct eg_ctx *base;	    /* the fiber's; NULL: an OS thread's home */
	struct coro_thread *thread; /* owns a reference */
	struct eg_coro *doomed;	    /* atomic: see drop.c */
	struct eg_list alive;	    /* STARTED but the main one, oldest first */
	struct eg_list of_thread;
	uint32_t references; /* atomic: its owner's, each coroutine's */
	bool is_ending;	     /* nothing is started any more */
	bool is_tracing;     /* until the callback has returned */
	struct arrival arrival;
	struct eg_ctx leaving; /* an arrival's, at its end */
	struct eg_coro main;
};

/* What the homes of an OS thread share. */
struct coro_thread {
	struct eg_stack_pool stacks;
	struct coro_home *home; /* of the thread itself; NULL: none yet */
	struct eg_list homes;
	eg_coro_trace_fn *trace; /* NULL: none */
	void *trace_arg;
	uint32_t references; /* atomic: the thread's, each home's */
};

struct eg_gen {
	struct eg_coro coro; /* first */
	eg_gen_fn *fn;
	void *arg;
};

/* At a fixed offset: no call, and no need of the loader, to find it. The
 * definitions say it again, where the compiler would choose otherwise. */
#define CORO_TLS \
	__attribute__((visibility("hidden"), tls_model("initial-exec")))

/* NULL until there is one. */
extern CORO_TLS _Thread_local struct coro_home *eg__coro_home_tls;
extern CORO_TLS _Thread_local struct coro_thread *eg__coro_thread_tls;

/* The fiber that a coroutine made now would belong to, or NULL. */
static inline struct eg_fiber *eg__coro_fiber(void)
{
	struct eg_worker *w = eg__worker();

	if (eg_likely(!w))
		return NULL;
	return w->current ? w->current : w->idle;
}

/* The home whose coroutines may run here, or NULL: none yet. */
static inline struct coro_home *eg__coro_home(void)
{
	struct eg_fiber *f = eg__coro_fiber();

	if (eg_likely(!f))
		return eg__coro_home_tls;
	return (struct coro_home *)(void *)f->extra[EG_EXTRA_COROUTINES];
}

/* Also makes it. -ENOMEM. */
int eg__coro_home_get(struct coro_home **ret);
struct coro_home *eg__coro_home_ref(struct coro_home *home);
void eg__coro_home_unref(struct coro_home *home);

/* True if what a switch does here is all that there is to do. */
static inline bool eg__coro_is_plain(const struct coro_home *home)
{
	return !__atomic_load_n(&home->attention, __ATOMIC_RELAXED);
}

/* @c runs from now on. Its fiber, if resumed, is resumed on @c's stack. */
static inline void eg__coro_enter(struct coro_home *home, struct eg_coro *c)
{
	home->current = c;
#if defined(EG_CTX_ASAN) || defined(EG_TSAN)
	if (home->base)
		eg__ctx_stand_on(home->base, &c->ctx);
#endif
}

/* coro.c. Half of a coroutine: no parent and not referenced yet. */
int eg__coro_make(struct eg_coro **ret, size_t bytes, eg_coro_fn *fn,
		  const eg_coro_options *options);
/* Says in the log why @c cannot be used here. */
int eg__coro_refuse(const char *call, const struct eg_coro *c);
static inline void eg__coro_ref(struct eg_coro *c)
{
	__atomic_fetch_add(&c->references, 1, __ATOMIC_RELAXED);
}

/* switch.c. Gives @c a stack. -ENOMEM, -EINVAL, -ECANCELED. */
int eg__coro_start(struct coro_home *home, struct eg_coro *c);
/* Brings @what to @to, or to whom it concerns in its place. Switches. */
eg_coro_result eg__coro_deliver(struct coro_home *home, struct eg_coro *to,
				eg_coro_result what);

/* drop.c. Kills what was dropped elsewhere. Switches. */
void eg__coro_attend(struct coro_home *home);
/* Throws -ECANCELED into @c, suspended, for the caller to get what comes of it.
 * True if @c is dead. Switches. */
bool eg__coro_kill(struct coro_home *home, struct eg_coro *c, int *ret_error);
/* Kills @c, whoever else has references, and gives the caller's back. */
void eg__coro_end(struct eg_coro *c);
/* Kills all that are alive, and lets nobody in any more. */
void eg__coro_end_all(struct coro_home *home);
/* Where no coroutine of @home can run any more. */
bool eg__coro_home_is_closed(const struct coro_home *home);

/* trace.c. Whether something comes before what is brought to a coroutine. */
bool eg__coro_has_arrival(const struct coro_home *home);
/* Prepares @to to do it. */
void eg__coro_arrival_prepare(struct coro_home *home, struct eg_coro *to,
			      eg_coro_result what);
/* In the target: does it, and returns what is to be brought. */
eg_coro_result eg__coro_arrival_call(struct coro_home *home);

#endif
