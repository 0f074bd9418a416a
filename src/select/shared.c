/* SPDX-License-Identifier: MIT */
/*
 * Standing in the lines of objects that threads share: in all of them at one
 * moment, so that whoever serves one finds the set complete. What the objects
 * do is sync's, when a set is over is set.c's.
 */
#include "select/select.h"

#include "base/check.h"

enum { SORT_BINS = 32 }; /* each holds twice as many as the one before */

static bool comes_before(const struct case_wait *a, const struct case_wait *b)
{
	return (uintptr_t)a->line.object < (uintptr_t)b->line.object;
}

static struct case_wait *merge(struct case_wait *a, struct case_wait *b)
{
	struct case_wait *first = NULL, **end = &first;

	while (a && b) {
		struct case_wait **less = comes_before(b, a) ? &b : &a;

		*end = *less;
		end = &(*less)->next;
		*less = *end;
	}
	*end = a ? a : b;
	return first;
}

static struct case_wait *sort(struct case_wait *list)
{
	struct case_wait *bins[SORT_BINS] = { NULL }, *w;
	int i;

	while ((w = list)) {
		list = w->next;
		w->next = NULL;
		for (i = 0; i < SORT_BINS - 1 && bins[i]; i++) {
			w = merge(bins[i], w);
			bins[i] = NULL;
		}
		bins[i] = merge(bins[i], w);
	}
	for (i = 0; i < SORT_BINS; i++)
		list = merge(bins[i], list);
	return list;
}

/* Those of @s that have not come, in the order in which their objects are
 * locked: by address, as by everybody who holds the locks of several. */
static struct case_wait *those_to_lock(struct case_set *s)
{
	struct case_wait *list = NULL;

	for (size_t i = 0; i < s->count; i++) {
		eg_case *c = &s->cases[i];

		if (c->order || !eg__case_place(c))
			continue;
		case_wait_of(c)->line.object = c->object;
		case_wait_of(c)->next = list;
		list = case_wait_of(c);
	}
	return sort(list);
}

/* Two cases may have one object. */
static bool is_repeated(const struct case_wait *w)
{
	return w->next && w->next->line.object == w->line.object;
}

static void lock_all(struct case_wait *list)
{
	for (struct case_wait *w = list; w; w = w->next)
		if (!is_repeated(w))
			eg__shared_lock(w->line.object);
}

static void unlock_all(struct case_wait *list)
{
	for (struct case_wait *w = list; w; w = w->next)
		if (!is_repeated(w))
			eg__shared_unlock(w->line.object);
}

/* Takes back what must_wait() has said to the objects of the first @count. */
static void unsay(struct case_set *s, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const eg_case *c = &s->cases[i];
		const struct eg__shared_place *place = eg__case_place(c);

		if (place && !c->order && place->left)
			place->left(c->object);
	}
}

/* The first case that need not wait any more, or NULL. Under the locks. */
static eg_case *find_ready(struct case_set *s)
{
	for (size_t i = 0; i < s->count; i++) {
		eg_case *c = &s->cases[i];
		const struct eg__shared_place *place = eg__case_place(c);

		if (!place || c->order || place->must_wait(c->object))
			continue;
		unsay(s, i);
		return c;
	}
	return NULL;
}

static void end_sharing(struct case_set *s)
{
	if (--s->shared == 0)
		eg__hub_unref_awake(s->owner->hub);
}

/* On the owner's hub. */
static void served(eg_task *task, void *arg)
{
	eg_case *c = arg;
	struct case_wait *w = case_wait_of(c);

	(void)task;
	end_sharing(w->set);
	eg__case_came(c, w->line.result);
}

static void stand(struct case_set *s, eg_case *c)
{
	struct case_wait *w = case_wait_of(c);

	w->line = (struct eg__shared_waiter){
		.object = c->object,
		.hub = s->owner->hub,
		.winner = s->is_first_only ? &s->winner : NULL,
		.value = c->value,
		.task = { .fn = served, .arg = c },
	};
	/* A reference means: somebody outside can still wake this hub. */
	if (s->shared++ == 0)
		eg_hub_ref(s->owner->hub);
	eg__case_place(c)->line_up(c->object, &w->line);
}

static void stand_in_all(struct case_set *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (eg__case_place(&s->cases[i]) && !s->cases[i].order)
			stand(s, &s->cases[i]);
}

void eg__set_line_up_shared(struct case_set *s)
{
	struct case_wait *list = those_to_lock(s);

	while (list) {
		eg_case *ready;

		lock_all(list);
		ready = find_ready(s);
		if (!ready)
			stand_in_all(s);
		unlock_all(list);
		if (!ready)
			return;
		/* Done without the locks, as by anybody who is in no line. */
		if (!eg__case_try(ready, s->owner))
			continue;
		eg__case_came(ready, ready->result);
		if (s->is_first_only)
			return;
		list = those_to_lock(s);
	}
}

void eg__case_leave_shared(eg_case *c)
{
	struct case_wait *w = case_wait_of(c);

	if (!w->line.hub || !eg__shared_leave(&w->line))
		return;
	w->line.hub = NULL;
	end_sharing(w->set);
}
