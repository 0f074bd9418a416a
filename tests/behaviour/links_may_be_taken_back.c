/* SPDX-License-Identifier: MIT */
/*
 * eg_fiber_unlink() in every state of a link, and links when the hub ends
 * (semantics SP-07, SP-09).
 */
#include "fiber_trace.h"

struct noted {
	eg_link link;
	struct trace *trace;
	char letter;
	struct noted *unlinks; /* what it takes back, or NULL */
	int result;	       /* of that */
};

static void note_end(eg_fiber *fiber, void *arg)
{
	struct noted *n = arg;

	(void)fiber;
	trace_add(n->trace, n->letter);
	if (n->unlinks)
		n->result = eg_fiber_unlink(&n->unlinks->link);
}

static void *wait_for_unit(void *arg)
{
	eg_sem_wait(arg, EG_FOREVER);
	return arg;
}

struct scene {
	struct trace trace;
	eg_sem sem;
	eg_fiber *fiber;
	struct noted n[3];
	uint64_t fibers; /* alive before */
};

static uint64_t fibers_alive(void)
{
	eg_hub_stats stats = { .size = sizeof(stats) };

	egt_eq(eg_hub_get_stats(&stats), 0);
	return stats.fibers_alive;
}

/* A fiber with links a, b and c. */
static void begin(struct scene *s, uint32_t flags)
{
	*s = (struct scene){ .fibers = fibers_alive() };
	egt_eq(eg_spawn(&s->fiber, wait_for_unit, &s->sem), 0);
	egt_eq(eg_yield(), 0);
	for (int i = 0; i < 3; i++) {
		s->n[i].trace = &s->trace;
		s->n[i].letter = (char)('a' + i);
		egt_eq(eg_fiber_link(s->fiber, &s->n[i].link, note_end,
				     &s->n[i], flags),
		       0);
	}
}

/* Nothing is left: no fiber that was made for a link, and no reference. */
static void finish(struct scene *s, const char *want)
{
	egt_eq(eg_sem_post(&s->sem), 0);
	egt_eq(eg_join(s->fiber, NULL, EG_FOREVER), 0);
	settle();
	egt_str_eq(s->trace.text, want);
	egt_eq(fibers_alive(), s->fibers);
	for (int i = 0; i < 3; i++)
		egt_eq(eg_fiber_unlink(&s->n[i].link), 0);
}

enum { KINDS = 2 };
static const uint32_t kinds[KINDS] = { 0, EG_LINK_SPAWN };

EG_TEST(link_taken_back_before_the_end_is_not_called)
{
	static const struct {
		const char *unlink, *want;
	} cases[] = {
		{ "", "abc" }, { "a", "bc" }, { "b", "ac" },
		{ "c", "ab" }, { "ca", "b" }, { "abc", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (int k = 0; k < KINDS; k++) {
			struct scene s;

			egt_casef("'%s', %u", cases[i].unlink, kinds[k]);
			begin(&s, kinds[k]);
			for (const char *c = cases[i].unlink; *c; c++) {
				eg_link *l = &s.n[*c - 'a'].link;

				egt_eq(eg_fiber_unlink(l), 1);
				egt_eq(eg_fiber_unlink(l), 0);
			}
			finish(&s, cases[i].want);
		}
	}
}

/* Ended, and not called yet: in line, or in a fiber that is about to run. Who
 * was told before them takes it back. */
static void *unlink_after_wait(void *arg)
{
	struct scene *s = arg;

	egt_eq(eg_fiber_wait(s->fiber, EG_FOREVER), 0);
	egt_str_eq(s->trace.text, "");
	egt_eq(eg_fiber_unlink(&s->n[1].link), 1);
	egt_eq(eg_fiber_unlink(&s->n[1].link), 0);
	return NULL;
}

EG_TEST(link_is_taken_back_by_who_was_told_before)
{
	for (int k = 0; k < KINDS; k++) {
		struct scene s = { .fibers = fibers_alive() };
		eg_fiber *f;

		egt_casef("%u", kinds[k]);
		egt_eq(eg_spawn(&s.fiber, wait_for_unit, &s.sem), 0);
		egt_eq(eg_yield(), 0);
		egt_eq(eg_spawn(&f, unlink_after_wait, &s), 0);
		egt_eq(eg_yield(), 0);
		for (int i = 0; i < 3; i++) {
			s.n[i].trace = &s.trace;
			s.n[i].letter = (char)('a' + i);
			egt_eq(eg_fiber_link(s.fiber, &s.n[i].link, note_end,
					     &s.n[i], kinds[k]),
			       0);
		}
		egt_eq(eg_sem_post(&s.sem), 0);
		egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		finish(&s, "ac");
	}
}

/* Inside the function of another: the next one, oneself, the one before. */
EG_TEST(link_is_taken_back_inside_another)
{
	static const struct {
		int by, which, result;
		const char *want;
	} cases[] = {
		{ 0, 1, 1, "ac" },  { 0, 2, 1, "ab" },	{ 1, 2, 1, "ab" },
		{ 0, 0, 0, "abc" }, { 1, 0, 0, "abc" }, { 2, 1, 0, "abc" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (int k = 0; k < KINDS; k++) {
			struct scene s;

			egt_casef("%zu, %u", i, kinds[k]);
			begin(&s, kinds[k]);
			s.n[cases[i].by].unlinks = &s.n[cases[i].which];
			s.n[cases[i].by].result = -1;
			finish(&s, cases[i].want);
			egt_eq(s.n[cases[i].by].result, cases[i].result);
		}
	}
}

/* The last reference goes with the link, and the fiber with it. */
EG_TEST(link_that_is_taken_back_lets_the_fiber_go)
{
	uint64_t before = fibers_alive();
	struct noted n = { .letter = 'a' };
	struct trace t = { .len = 0 };
	eg_sem sem = { 0 };
	eg_fiber *f;

	n.trace = &t;
	egt_eq(eg_spawn(&f, wait_for_unit, &sem), 0);
	egt_eq(eg_fiber_link(f, &n.link, note_end, &n, EG_LINK_SPAWN), 0);
	egt_eq(eg_detach(f), 0);
	egt_eq(eg_fiber_unlink(&n.link), 1);
	egt_eq(eg_sem_post(&sem), 0);
	settle();
	egt_eq(fibers_alive(), before);
	egt_str_eq(t.text, "");
}

/* Linked anew in the same storage, to the same fiber or another. */
EG_TEST(link_may_be_used_again)
{
	struct scene s;

	begin(&s, 0);
	for (int i = 0; i < 5; i++) {
		egt_eq(eg_fiber_unlink(&s.n[0].link), 1);
		egt_eq(eg_fiber_link(s.fiber, &s.n[0].link, note_end, &s.n[0],
				     i & 1 ? EG_LINK_SPAWN : 0),
		       0);
	}
	finish(&s, "bca");
}

static struct trace left;
static struct noted in_hub = { .letter = 'h' }, in_fiber = { .letter = 'f' };
static eg_sem never;

static int link_and_return(void *arg)
{
	eg_fiber *f;

	in_hub.trace = &left;
	in_fiber.trace = &left;
	egt_eq(eg_spawn(&f, wait_for_unit, &never), 0);
	egt_eq(eg_yield(), 0);
	egt_eq(eg_fiber_link(f, &in_hub.link, note_end, &in_hub, 0), 0);
	egt_eq(eg_fiber_link(f, &in_fiber.link, note_end, &in_fiber,
			     EG_LINK_SPAWN),
	       0);
	if (arg)
		egt_eq(eg_kill(f, -ECANCELED, EG_NOW), 0);
	return eg_detach(f);
}

EG_TEST_BARE(links_when_the_hub_ends)
{
	for (int is_dead = 0; is_dead < 2; is_dead++) {
		left.len = 0;
		egt_eq(eg_run(link_and_return, is_dead ? &left : NULL, NULL,
			      NULL),
		       0);
		egt_str_eq(left.text, "hf");
		egt_eq(eg_fiber_unlink(&in_hub.link), 0);
		egt_eq(eg_fiber_unlink(&in_fiber.link), 0);
	}
}

static void *link_late(void *arg)
{
	eg_fiber *self = arg;

	egt_eq(eg_sleep(EG_FOREVER), -ECANCELED);
	egt_eq(eg_fiber_link(self, &in_fiber.link, note_end, &in_fiber,
			     EG_LINK_SPAWN),
	       -ECANCELED);
	egt_eq(eg_fiber_link(self, &in_hub.link, note_end, &in_hub, 0), 0);
	return NULL;
}

static int leave_linking(void *arg)
{
	eg_fiber *f;

	(void)arg;
	egt_eq(eg_spawn(&f, wait_for_unit, &never), 0);
	egt_eq(eg_spawn(NULL, link_late, f), 0);
	return eg_yield();
}

EG_TEST_BARE(links_are_made_while_the_hub_ends)
{
	in_hub.trace = &left;
	egt_eq(eg_run(leave_linking, NULL, NULL, NULL), 0);
	egt_str_eq(left.text, "h");
}

EG_TEST(link_to_one_that_is_cancelled_unstarted_is_called)
{
	struct trace t = { .len = 0 };
	struct noted n = { .trace = &t, .letter = 'a' };
	eg_sem sem = { 0 };
	eg_fiber *f;

	egt_eq(eg_spawn(&f, wait_for_unit, &sem), 0);
	egt_eq(eg_fiber_link(f, &n.link, note_end, &n, EG_LINK_SPAWN), 0);
	egt_eq(eg_cancel_unstarted(f), 1);
	egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
	settle();
	egt_str_eq(t.text, "a");
}

struct pair {
	eg_fiber *fiber, *other;
};

/* A link to oneself in one's own frame would be called when that is gone. */
static void *link_in_a_frame(void *arg)
{
	struct pair *p = arg;
	struct noted n = { .letter = 'a' };

	egt_eq(eg_fiber_link(eg_self(), &n.link, note_end, &n, 0), -EINVAL);
	egt_eq(eg_fiber_unlink(&n.link), 0);
	/* To another it is one's own to take back. */
	egt_eq(eg_fiber_link(p->other, &n.link, note_end, &n, 0), 0);
	egt_eq(eg_fiber_unlink(&n.link), 1);
	return NULL;
}

EG_TEST(link_cannot_lie_in_a_frame_of_its_fiber)
{
	struct pair p = { NULL, eg_self() };

	if (IS_SANITIZED)
		egt_skip("a sanitizer may keep what is in frames elsewhere");
	egt_eq(eg_spawn(&p.fiber, link_in_a_frame, &p), 0);
	egt_eq(eg_join(p.fiber, NULL, EG_FOREVER), 0);
}
