/* SPDX-License-Identifier: MIT */
/*
 * Turns bytes into calls of <evergreen/coro.h>, by whatever coroutine runs,
 * and follows them in a table: who runs next, with what, who is dead, who is
 * killed by a last reference. libFuzzer or main.c has the main().
 */
#include "fuzz.h"

#include <evergreen/coro.h>
#include <evergreen/debug.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>

enum {
	COROS = 32, /* the first is the main one */
	NONE = -1,
	UNREF_FREE = -2,
};

enum state { FREED, NEW, STARTED, DEAD };

enum why { BY_UNREF, BY_CANCEL, BY_FREE };

/* Why somebody is thrown -ECANCELED, and by whom. */
struct kill {
	enum why why;
	int victim, killer, parent; /* the victim's own one */
};

static struct fuzz {
	struct fuzz_bytes bytes;
	struct coro {
		eg_coro *coro;
		eg_gen *gen; /* the same, if it is one */
		enum state state;
		bool has_fn;
		int parent;
		int refs;     /* the user's */
		int consumer; /* a generator: who waits for its value */
		int waits_for;
	} all[COROS];
	struct kill kills[COROS];
	int n_kills;
	/* Who runs, and what its call, or its beginning, brought. */
	int current;
	int code;
	intptr_t value; /* or the payload */
	intptr_t counter;
} z;

static eg_coro_result body(void *value);
static int gen_body(void *arg);

static int take(int n)
{
	return fuzz_take(&z.bytes) % n;
}

/* What the table says */

static struct kill *last_kill(void)
{
	return z.n_kills ? &z.kills[z.n_kills - 1] : NULL;
}

static bool is_victim(int i)
{
	for (int k = 0; k < z.n_kills; k++)
		if (z.kills[k].victim == i)
			return true;
	return false;
}

static bool is_killer(int i)
{
	for (int k = 0; k < z.n_kills; k++)
		if (z.kills[k].killer == i)
			return true;
	return false;
}

/* The user's references and the children's, but that of @without. */
static int references(int i, int without)
{
	int n = z.all[i].refs;

	for (int k = 0; k < COROS; k++)
		n += z.all[k].state != FREED && k != without &&
		     z.all[k].parent == i;
	for (int k = 0; k < z.n_kills; k++)
		n += z.kills[k].parent == i && z.kills[k].victim != without;
	return n;
}

/* Who runs cannot be killed, nor who waits for the end of one that is. That is
 * put off, which this table does not follow: true if it would come to that. */
static bool would_reach_runner(int i, int without)
{
	while (i > 0) {
		int left = 0;

		for (int k = 0; k < COROS; k++)
			left += z.all[k].state != FREED && k != without &&
				z.all[k].parent == i && !is_victim(k);
		if (left || z.all[i].refs - (without == UNREF_FREE) > 0)
			return false;
		if (i == z.current || is_killer(i) || is_victim(i))
			return true;
		without = i;
		i = z.all[i].parent;
	}
	return false;
}

static void bring(int to, int code, intptr_t value)
{
	struct coro *c = &z.all[to];

	if (c->waits_for != NONE) {
		z.all[c->waits_for].consumer = NONE;
		c->waits_for = NONE;
		if (code >= 0)
			code = -EINTR;
	}
	z.current = to;
	z.code = code;
	z.value = value;
}

/* To @to or up from it. From a coroutine's end, one that cannot be started is
 * an error for its parent; else for the caller: false, and nobody is switched
 * to. */
static bool deliver(int to, int code, intptr_t value, bool is_end)
{
	for (;; to = z.all[to].parent) {
		struct coro *c = &z.all[to];

		if (c->state == NEW && code >= 0 && c->has_fn) {
			c->state = STARTED;
			break;
		}
		if (c->state == NEW && code >= 0) {
			if (!is_end)
				return false;
			code = -EINVAL;
			value = 0;
			continue;
		}
		if (c->state == STARTED)
			break;
		c->state = DEAD;
		if (code == -ECANCELED)
			code = 0;
	}
	bring(to, code, value);
	return true;
}

static void begin_kill(int victim, int killer, enum why why)
{
	struct coro *c = &z.all[victim];

	if (c->consumer != NONE)
		z.all[c->consumer].waits_for = NONE;
	c->consumer = NONE;
	z.kills[z.n_kills++] = (struct kill){
		.why = why,
		.victim = victim,
		.killer = killer,
		.parent = c->parent,
	};
	c->parent = killer;
	bring(victim, -ECANCELED, 0);
}

/* @i may have lost its last reference, and its parent then: those suspended are
 * killed, one after the other. Then @killer goes on. */
static void drop(int i, int killer)
{
	while (i > 0 && !references(i, NONE)) {
		if (z.all[i].state == STARTED) {
			begin_kill(i, killer, BY_UNREF);
			return;
		}
		z.all[i].state = FREED;
		i = z.all[i].parent;
	}
	z.current = killer;
}

/* The victim of the last kill has ended. */
static void end_kill(int code)
{
	struct kill k = *last_kill();

	z.n_kills--;
	z.all[k.victim].parent = k.parent;
	z.current = k.killer;
	z.code = code == -ECANCELED ? 0 : code;
	if (k.why == BY_FREE)
		z.all[k.victim].refs--;
	if (k.why != BY_CANCEL)
		drop(k.victim, k.killer);
}

/* Who ran has returned @code and @value. */
static void end(int self, int code, intptr_t value)
{
	struct coro *c = &z.all[self];
	int to = c->parent;

	c->state = DEAD;
	if (last_kill() && last_kill()->victim == self) {
		end_kill(code);
		return;
	}
	if (code == -ECANCELED)
		code = 0;
	if (c->consumer != NONE) {
		to = c->consumer;
		z.all[to].waits_for = NONE;
		c->consumer = NONE;
	}
	MUST(deliver(to, code, value, true));
}

/* Against the table */

static void check(void)
{
	MUST_EQ((intptr_t)eg_coro_data(eg_coro_self()), z.current);
	for (int i = 0; i < COROS; i++) {
		const struct coro *c = &z.all[i];

		if (c->state == FREED)
			continue;
		MUST_EQ(eg_coro_is_started(c->coro), c->state != NEW);
		MUST_EQ(eg_coro_is_active(c->coro), c->state == STARTED);
		MUST_EQ(eg_coro_is_dead(c->coro), c->state == DEAD);
		MUST(eg_coro_parent(c->coro) ==
		     (c->parent == NONE ? NULL : z.all[c->parent].coro));
	}
}

/* A call has returned to @self, or it has begun. */
static void arrive(int self, eg_coro_result brought)
{
	MUST_EQ(self, z.current);
	MUST_EQ(brought.code, z.code);
	MUST_EQ((intptr_t)brought.value, z.value);
	check();
}

/* Operations. Each is made by @self. */

static bool is_there(int i)
{
	return z.all[i].state != FREED;
}

/* Refused: nothing was switched. */
static void refused(int self, int got, int want)
{
	MUST_EQ(got, want);
	z.current = self;
	check();
}

static void op_new(int self)
{
	int i = 1 + take(COROS - 1), parent = take(COROS), kind = take(6);
	eg_coro_options o = EG_CORO_INIT;
	struct coro *c = &z.all[i];

	if (is_there(i))
		return;
	if (!is_there(parent) || parent == i)
		parent = self;
	o.parent = z.all[parent].coro;
	o.data = (void *)(intptr_t)i;
	*c = (struct coro){
		.state = NEW,
		.has_fn = kind != 0,
		.parent = parent,
		.refs = 1,
		.consumer = NONE,
		.waits_for = NONE,
	};
	if (kind >= 4) {
		MUST_EQ(eg_gen_new(&c->gen, gen_body, o.data, &o), 0);
		/* A generator begins with its coroutine. */
		c->coro = (eg_coro *)c->gen;
	} else {
		MUST_EQ(eg_coro_new(&c->coro, kind ? body : NULL, &o), 0);
	}
	check();
}

static void op_switch(int self)
{
	int i = take(COROS);
	intptr_t value = ++z.counter;

	if (!is_there(i))
		return;
	if (deliver(i, 0, value, false))
		arrive(self, eg_coro_switch(z.all[i].coro, (void *)value));
	else
		refused(self, eg_coro_switch(z.all[i].coro, NULL).code,
			-EINVAL);
}

static void op_throw(int self)
{
	static const int errors[] = { -ECANCELED, -EIO, -ECANCELED, -EINTR };
	int i = take(COROS), error = errors[take(4)];
	intptr_t payload = ++z.counter;
	eg_coro *to = z.all[i].coro;

	if (!is_there(i))
		return;
	MUST_EQ(eg_coro_throw(to, take(2), NULL).code, -EINVAL);
	if (deliver(i, error, payload, false))
		arrive(self, eg_coro_throw(to, error, (void *)payload));
	else
		refused(self, eg_coro_throw(to, error, NULL).code, -EINVAL);
}

static void op_next(int self)
{
	int i = take(COROS);
	struct coro *c = &z.all[i];

	if (!is_there(i) || !c->gen)
		return;
	if (c->state == DEAD) {
		refused(self, eg_gen_next(c->gen).code, 0);
	} else if (c->consumer != NONE || i == self || c->waits_for != NONE) {
		refused(self, eg_gen_next(c->gen).code, -EBUSY);
	} else {
		MUST(deliver(i, 0, 0, false));
		c->consumer = self;
		z.all[self].waits_for = i;
		arrive(self, eg_gen_next(c->gen));
	}
}

static void op_yield(int self)
{
	int to = z.all[self].consumer;
	intptr_t value = ++z.counter;

	if (to == NONE) {
		refused(self, eg_gen_yield(NULL).code, -EPERM);
		return;
	}
	z.all[self].consumer = z.all[to].waits_for = NONE;
	bring(to, 1, value);
	arrive(self, eg_gen_yield((void *)value));
}

static void op_cancel(int self)
{
	int i = take(COROS), r;
	struct coro *c = &z.all[i];

	if (!is_there(i) || !c->gen || is_killer(i) || is_victim(i))
		return;
	if (c->state == NEW || c->state == DEAD) {
		c->state = DEAD;
		refused(self, eg_gen_cancel(c->gen), 0);
	} else if (c->consumer != NONE || i == self || c->waits_for != NONE) {
		refused(self, eg_gen_cancel(c->gen), -EBUSY);
	} else {
		begin_kill(i, self, BY_CANCEL);
		r = eg_gen_cancel(c->gen);
		MUST_EQ(self, z.current);
		MUST_EQ(r, z.code);
		check();
	}
}

static void op_ref(int self)
{
	int i = 1 + take(COROS - 1);

	(void)self;
	if (!is_there(i) || z.all[i].gen || z.all[i].refs > 2)
		return;
	MUST(eg_coro_ref(z.all[i].coro) == z.all[i].coro);
	z.all[i].refs++;
}

static void unref(int self, int i)
{
	struct coro *c = &z.all[i];

	if (!is_there(i) || !c->refs || i == self || is_killer(i) ||
	    is_victim(i) || would_reach_runner(i, UNREF_FREE))
		return;
	if (c->gen && c->state == STARTED) {
		begin_kill(i, self, BY_FREE);
		eg_gen_free(c->gen);
	} else {
		c->refs--;
		drop(i, self);
		if (c->gen)
			eg_gen_free(c->gen);
		else
			eg_coro_unref(c->coro);
	}
	MUST_EQ(self, z.current);
	check();
}

static void op_unref(int self)
{
	unref(self, 1 + take(COROS - 1));
}

/* The killer, who stands in for a victim's parent, may be below it. */
static int lasting_parent(int i)
{
	for (int k = 0; k < z.n_kills; k++)
		if (z.kills[k].victim == i)
			return z.kills[k].parent;
	return z.all[i].parent;
}

static bool is_above(int above, int i)
{
	while (i != NONE && i != above)
		i = lasting_parent(i);
	return i != NONE;
}

static void op_set_parent(int self)
{
	int i = take(COROS), parent = take(COROS), old;
	struct coro *c = &z.all[i];

	if (!is_there(i) || !is_there(parent) || is_victim(i))
		return;
	old = c->parent;
	if (!i || is_above(i, parent)) {
		refused(self, eg_coro_set_parent(c->coro, z.all[parent].coro),
			i ? -ELOOP : -EPERM);
		return;
	}
	if (would_reach_runner(old, i))
		return;
	c->parent = parent;
	drop(old, self);
	MUST_EQ(eg_coro_set_parent(c->coro, z.all[parent].coro), 0);
	MUST_EQ(self, z.current);
	check();
}

static void op_set_fn(int self)
{
	int i = take(COROS);
	struct coro *c = &z.all[i];

	if (!is_there(i))
		return;
	if (c->state == NEW && !c->gen) {
		refused(self, eg_coro_set_fn(c->coro, body), 0);
		c->has_fn = true;
	} else {
		refused(self, eg_coro_set_fn(c->coro, body), -EPERM);
	}
}

/* One that is killed makes the first ones only, and ends. */
static void (*const operations[])(int self) = {
	op_new,	   op_new,    op_new,	 op_new,	op_ref,
	op_unref,  op_unref,  op_unref,	 op_set_parent, op_set_parent,
	op_set_fn, op_cancel, op_switch, op_switch,	op_switch,
	op_switch, op_switch, op_throw,	 op_throw,	op_next,
	op_next,   op_next,   op_next,	 op_yield,	op_yield,
	op_yield,
};

enum { OPERATIONS = sizeof(operations) / sizeof(*operations), QUIET = 12 };

/* Until it is to end: the error with which, or 0. */
static int operate(int self)
{
	static const int errors[] = { 0, 0, -EIO, -ECANCELED };

	while (z.bytes.left) {
		bool is_killed = is_victim(self);
		int op = take(OPERATIONS + (self ? 2 : 0));

		if (op >= OPERATIONS || (is_killed && op >= QUIET))
			break;
		operations[op](self);
	}
	return errors[take(4)];
}

static eg_coro_result body(void *value)
{
	int self = (int)(intptr_t)eg_coro_data(eg_coro_self()), r;
	intptr_t result;

	arrive(self, (eg_coro_result){ 0, value });
	r = operate(self);
	result = ++z.counter;
	end(self, r, result);
	return (eg_coro_result){ r, (void *)result };
}

static int gen_body(void *arg)
{
	int self = (int)(intptr_t)arg, r;

	/* What the first switch brings, a generator does not see. */
	arrive(self, (eg_coro_result){ 0, (void *)z.value });
	r = operate(self);
	end(self, r, 0);
	return r;
}

/* A thread of its own has a tree of its own. */
static void *run(void *arg)
{
	(void)arg;
	z.all[0].coro = eg_coro_main();
	z.all[0].state = STARTED;
	z.all[0].parent = NONE;
	z.all[0].consumer = z.all[0].waits_for = NONE;
	MUST_EQ(eg_coro_set_data(z.all[0].coro, NULL), 0);
	operate(0);
	/* Without references, nobody is left. */
	for (int i = 1; i < COROS; i++)
		while (z.all[i].state != FREED && z.all[i].refs)
			unref(0, i);
	for (int i = 1; i < COROS; i++)
		MUST(z.all[i].state == FREED);
	return NULL;
}

/* What is refused is said, and does not matter here. */
static void keep_log(int level, const char *line, void *arg)
{
	(void)arg;
	if (level >= EG_FATAL_LEVEL)
		fprintf(stderr, "%s\n", line);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	pthread_t thread;

	eg_set_log(keep_log, NULL);
	z = (struct fuzz){ .bytes = { input, len } };
	MUST(!pthread_create(&thread, NULL, run, NULL));
	MUST(!pthread_join(thread, NULL));
	return 0;
}
