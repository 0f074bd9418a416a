/* SPDX-License-Identifier: MIT */
/*
 * The ends of fibers against a naive model: later starts, kills that are lived
 * through, links that do something in their turn, and groups, in any order. The
 * model is one queue of what is ready (semantics HB-01, SP-01 to SP-17).
 * EG_SEED=N repeats a failure. On the virtual clock, where no turn is long.
 */
#include "egt.h"

#include <evergreen/evergreen.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	ROUNDS = 400,
	ROUND_OPS = 120,
	VICTIMS = 6,
	LINKS = 12,
	GROUPS = 2,
	BATCH = 8,
	THENS = 32, /* what links do; the first half links nothing */
	EVENTS = 256,
	TRACE = 4096,
};

enum kind { KILL, POST, START, UNLINK, ADD, DETACH, LINK, KINDS };

struct op {
	enum kind kind;
	int victim, link, group, error;
	uint32_t flags; /* LINK */
	int then;	/* LINK: what its function does, of thens */
};

struct victim {
	/* Real. */
	eg_fiber *fiber; /* owned; NULL: none */
	eg_sem sem;
	int error, lives;
	/* The model's. */
	bool is_started, is_parked, is_done;
	int resumes_with, killed, lives_left, units, ended_with;
	int group;		     /* or -1 */
	int ends[LINKS + 1], n_ends; /* links, or LINKS for the group */
};

struct link {
	eg_link link;
	int then;
	/* The model's. */
	int victim; /* -1: not linked */
	int model_then;
	uint32_t flags;
	bool is_fired;
};

struct group {
	eg_group group;
	uint32_t flags;
	/* The model's. */
	int members[VICTIMS], n, error;
};

/* What is ready, in order. */
enum event_kind { RUN, CALL };

struct event {
	enum event_kind kind;
	int which;
};

static struct victim victims[VICTIMS];
static struct link links[LINKS];
static struct group groups[GROUPS];
static struct op thens[THENS];
static struct event events[EVENTS];
static int n_events;
static char got[TRACE], want[TRACE];
static uint64_t random_state;

static int random_below(int bound)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (int)((random_state * UINT64_C(0x2545f4914f6cdd1d) >> 16) %
		     (uint64_t)bound);
}

static void note(char *trace, char letter, int number)
{
	size_t len = strlen(trace);

	egt_lt(len + 16, TRACE);
	snprintf(trace + len, TRACE - len, "%c%d ", letter, number);
}

/* The model */

static int model_do(const struct op *op);

static void push(enum event_kind kind, int which)
{
	egt_lt(n_events, EVENTS);
	events[n_events].kind = kind;
	events[n_events++].which = which;
}

static void drop_event(int kind, int which)
{
	int kept = 0;

	for (int i = 0; i < n_events; i++)
		if ((int)events[i].kind != kind || events[i].which != which)
			events[kept++] = events[i];
	n_events = kept;
}

static void make_ready(int i, int result)
{
	struct victim *v = &victims[i];

	v->is_parked = false;
	v->resumes_with = result;
	push(RUN, i);
}

static void model_kill(int i, int error)
{
	struct victim *v = &victims[i];

	if (v->is_done || v->killed)
		return;
	v->killed = error;
	if (v->is_parked)
		make_ready(i, error);
}

static bool is_failure(int error)
{
	return error && error != -ECANCELED;
}

static void fire(int l, int error)
{
	uint32_t which = links[l].flags & (EG_LINK_VALUE | EG_LINK_ERROR);

	if (which &&
	    !(which & (is_failure(error) ? EG_LINK_ERROR : EG_LINK_VALUE))) {
		links[l].victim = -1;
		return;
	}
	links[l].is_fired = true;
	push(CALL, l);
}

static void leave_group(int i)
{
	struct group *g = &groups[victims[i].group];
	int kept = 0;

	for (int k = 0; k < g->n; k++)
		if (g->members[k] != i)
			g->members[kept++] = g->members[k];
	g->n = kept;
	victims[i].group = -1;
}

static void end_in_group(int i, int error)
{
	struct group *g = &groups[victims[i].group];

	if (is_failure(error) && !g->error) {
		g->error = error;
		for (int k = 0; k < g->n && g->flags; k++)
			model_kill(g->members[k], -ECANCELED);
	}
	leave_group(i);
}

static void model_end(int i, int error)
{
	struct victim *v = &victims[i];

	v->is_done = true;
	v->ended_with = error;
	for (int k = 0; k < v->n_ends; k++) {
		if (v->ends[k] == LINKS)
			end_in_group(i, error);
		else
			fire(v->ends[k], error);
	}
	v->n_ends = 0;
}

static void model_run(int i)
{
	struct victim *v = &victims[i];
	int r;

	if (!v->is_started) {
		v->is_started = true;
		if (v->killed) {
			model_end(i, v->killed);
			return;
		}
		note(want, 's', i);
	} else {
		r = v->resumes_with;
		note(want, r ? 'k' : 'p', i);
		if (!r || v->lives_left-- <= 0) {
			model_end(i, v->error);
			return;
		}
		v->killed = 0;
	}
	/* It waits: what need not wait succeeds. */
	while (v->units || v->killed) {
		r = v->units ? 0 : v->killed;
		note(want, r ? 'k' : 'p', i);
		if (!r || v->lives_left-- <= 0) {
			v->units -= !r;
			model_end(i, v->error);
			return;
		}
		v->killed = 0;
	}
	v->is_parked = true;
}

static void model_call(int l)
{
	note(want, 'L', l);
	links[l].victim = -1;
	links[l].is_fired = false;
	model_do(&thens[links[l].model_then]);
}

static void model_settle(void)
{
	while (n_events) {
		struct event e = events[0];

		memmove(events, events + 1,
			(size_t)--n_events * sizeof(events[0]));
		if (e.kind == RUN)
			model_run(e.which);
		else
			model_call(e.which);
	}
}

static void remove_end(struct victim *v, int end)
{
	int kept = 0;

	for (int k = 0; k < v->n_ends; k++)
		if (v->ends[k] != end)
			v->ends[kept++] = v->ends[k];
	v->n_ends = kept;
}

static void model_spawn(int i, bool is_later)
{
	struct victim *v = &victims[i];

	v->is_started = v->is_done = false;
	v->is_parked = is_later;
	v->killed = v->units = v->n_ends = 0;
	v->lives_left = v->lives;
	v->group = -1;
	if (!is_later)
		push(RUN, i);
}

static void model_link(const struct op *op)
{
	struct victim *v = &victims[op->victim];

	links[op->link].victim = op->victim;
	links[op->link].flags = op->flags;
	links[op->link].model_then = op->then;
	links[op->link].is_fired = false;
	if (v->is_done)
		fire(op->link, v->ended_with);
	else
		v->ends[v->n_ends++] = op->link;
}

static void model_unlink(const struct op *op)
{
	struct link *l = &links[op->link];

	if (l->victim < 0)
		return;
	if (l->is_fired)
		drop_event(CALL, op->link);
	else
		remove_end(&victims[l->victim], op->link);
	l->victim = -1;
	l->is_fired = false;
}

static void model_add(const struct op *op)
{
	struct group *g = &groups[op->group];
	struct victim *v = &victims[op->victim];

	v->group = op->group;
	v->ends[v->n_ends++] = LINKS;
	g->members[g->n++] = op->victim;
	if (g->flags && g->error)
		model_kill(op->victim, -ECANCELED);
}

/* What the call must return is known before; then its effect. */
static int model_result(const struct op *op)
{
	const struct victim *v = &victims[op->victim];

	switch (op->kind) {
	case UNLINK:
		return links[op->link].victim >= 0;
	case ADD:
		return v->is_done ? -ESRCH : v->group >= 0 ? -EBUSY : 0;
	case DETACH:
		return v->group == op->group ? 0 : -ENOENT;
	default:
		return 0;
	}
}

static int model_do(const struct op *op)
{
	struct victim *v = &victims[op->victim];
	int result = model_result(op);

	switch (op->kind) {
	case KILL:
		model_kill(op->victim, op->error);
		break;
	case POST:
		if (v->is_started && v->is_parked)
			make_ready(op->victim, 0);
		else
			v->units++;
		break;
	case START:
		if (!v->is_started && v->is_parked)
			make_ready(op->victim, 0);
		break;
	case LINK:
		model_unlink(op);
		model_link(op);
		break;
	case UNLINK:
		model_unlink(op);
		break;
	case ADD:
		if (result == 0)
			model_add(op);
		break;
	case DETACH:
		if (result == 0) {
			remove_end(v, LINKS);
			leave_group(op->victim);
		}
		break;
	default:
		break;
	}
	return result;
}

/* The real ones */

static void *live(void *arg)
{
	struct victim *v = arg;
	int i = (int)(v - victims);
	int lives = v->lives;

	note(got, 's', i);
	for (;;) {
		int r = eg_sem_wait(&v->sem, EG_FOREVER);

		note(got, r ? 'k' : 'p', i);
		if (!r || lives-- <= 0)
			break;
		egt_eq(eg_uncancel(), 1);
	}
	return v->error ? eg_fail(v->error, v) : v;
}

static int really_do(const struct op *op);

static void call_link(eg_fiber *fiber, void *arg)
{
	struct link *l = arg;

	egt_true(eg_fiber_is_done(fiber));
	note(got, 'L', (int)(l - links));
	really_do(&thens[l->then]);
}

/* Linked anew, if it is linked already. */
static int really_link(const struct op *op)
{
	struct link *l = &links[op->link];

	egt_le(0, eg_fiber_unlink(&l->link));
	l->then = op->then;
	return eg_fiber_link(victims[op->victim].fiber, &l->link, call_link, l,
			     op->flags);
}

static int really_do(const struct op *op)
{
	struct victim *v = &victims[op->victim];

	switch (op->kind) {
	case KILL:
		return eg_kill(v->fiber, op->error, EG_NOW);
	case POST:
		return eg_sem_post(&v->sem);
	case START:
		return eg_start(v->fiber);
	case LINK:
		return really_link(op);
	case UNLINK:
		return eg_fiber_unlink(&links[op->link].link);
	case ADD:
		return eg_group_add(&groups[op->group].group, v->fiber);
	case DETACH:
		return eg_group_detach(&groups[op->group].group, v->fiber);
	default:
		return -ENOSYS;
	}
}

/* Rounds */

static struct op random_op(int kinds, int n_thens)
{
	static const int errors[] = { -EIO, -EPIPE, -ECANCELED };

	return (struct op){
		.kind = (enum kind)random_below(kinds),
		.victim = random_below(VICTIMS),
		.link = random_below(LINKS),
		.group = random_below(GROUPS),
		.error = errors[random_below(3)],
		.flags = (uint32_t)random_below(8),
		.then = random_below(n_thens),
	};
}

static void spawn_anew(int i)
{
	static const int errors[] = { 0, 0, -EIO, -ECANCELED };
	struct victim *v = &victims[i];
	bool is_later = random_below(3) == 0;

	eg_unref(v->fiber);
	v->error = errors[random_below(4)];
	v->lives = random_below(3);
	egt_eq(eg_sem_init(&v->sem, 0), 0);
	egt_eq(eg_spawn_later(&v->fiber, live, v,
			      is_later ? EG_FOREVER : EG_NOW),
	       0);
	model_spawn(i, is_later);
}

static void check(void)
{
	egt_str_eq(got, want);
	got[0] = want[0] = '\0';
	for (int i = 0; i < VICTIMS; i++) {
		const struct victim *v = &victims[i];

		egt_eq(eg_fiber_is_done(v->fiber), v->is_done);
		if (v->is_done)
			egt_eq(eg_fiber_succeeded(v->fiber),
			       !is_failure(v->ended_with));
	}
	for (int i = 0; i < GROUPS; i++) {
		egt_eq(eg_group_count(&groups[i].group), groups[i].n);
		egt_eq(eg_group_error(&groups[i].group, NULL), groups[i].error);
	}
}

/* Nothing runs in between; then all that is ready does. */
static void do_batch(void)
{
	for (int i = random_below(BATCH); i >= 0; i--) {
		struct op op = random_op(KINDS, THENS);

		if (victims[op.victim].is_done && random_below(2))
			spawn_anew(op.victim);
		egt_eq(really_do(&op), model_do(&op));
	}
	egt_eq(eg_idle(EG_FOREVER), 0);
	model_settle();
	check();
}

static void begin_round(uint64_t seed)
{
	random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	memset(links, 0, sizeof(links));
	for (int i = 0; i < LINKS; i++)
		links[i].victim = -1;
	for (int i = 0; i < THENS; i++)
		thens[i] = i < THENS / 2 ? random_op(LINK, 1)
					 : random_op(KINDS, THENS / 2);
	for (int i = 0; i < GROUPS; i++) {
		groups[i] =
			(struct group){ .flags = i ? EG_GROUP_FAIL_FAST : 0 };
		egt_eq(eg_group_init_with(&groups[i].group, groups[i].flags),
		       0);
	}
	for (int i = 0; i < VICTIMS; i++)
		spawn_anew(i);
}

static void kill_them(void)
{
	for (int i = 0; i < VICTIMS; i++) {
		struct op kill = { .kind = KILL,
				   .victim = i,
				   .error = -ECANCELED };

		egt_eq(really_do(&kill), model_do(&kill));
	}
	egt_eq(eg_idle(EG_FOREVER), 0);
	model_settle();
	check();
}

static void end_round(void)
{
	/* Each may live through two, and links may start others. */
	for (int i = 0; i < 4; i++)
		kill_them();
	for (int i = 0; i < VICTIMS; i++) {
		egt_true(victims[i].is_done);
		victims[i].fiber = eg_unref(victims[i].fiber);
	}
	for (int i = 0; i < GROUPS; i++)
		egt_eq(eg_group_count(&groups[i].group), 0);
	egt_eq(eg_idle(EG_FOREVER), 0);
}

static void ignore_report(const eg_error_info *info, void *arg)
{
	(void)arg;
	egt_true(is_failure(info->error));
}

EG_TEST(ends_of_fibers_agree_with_a_naive_model, .backends = EGT_SIM,
	.limit_ms = 240000)
{
	const char *text = getenv("EG_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);

	egt_eq(eg_set_error_handler(ignore_report, NULL), 0);
	for (int round = 0; round < ROUNDS; round++, seed++) {
		egt_casef("EG_SEED=%ju", (uintmax_t)seed);
		begin_round(seed);
		for (int i = 0; i < ROUND_OPS; i++)
			do_batch();
		end_round();
	}
}
