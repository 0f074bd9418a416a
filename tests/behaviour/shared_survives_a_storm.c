/* SPDX-License-Identifier: MIT */
/*
 * Two hubs with many fibers and two threads without one, at random on one
 * object, with deadlines that pass and fibers that are cancelled: every value
 * comes out exactly once, no unit is lost or made, nobody hangs (semantics
 * LK-05, LK-07, QU-04; classes 1, 2, 17).
 */
#include "shared_kit.h"

#include <stdlib.h>
#include <string.h>

enum {
	MAKERS = 4, /* in each hub */
	TAKERS = 4,
	THREADS = 4, /* of them, 2 with a hub */
	SERIES =
		2 * MAKERS + 2, /* each maker's values have their own numbers */
	EACH = 1500,
	SPELLS = 300, /* cancels in each hub */
};

struct storm {
	eg_shared_queue *queue;
	eg_shared_chan *chan;	   /* in place of it */
	uint8_t put[SERIES][EACH]; /* of the maker */
	int taken[SERIES][EACH];   /* atomic */
	int makers;		   /* atomic: that have made all */
	int puts, gets;		   /* atomic */
};

/* A maker or taker, which goes on where a cancelled fiber has left it. */
struct worker {
	struct storm *storm;
	unsigned seed;
	int series; /* of a maker */
	int next;
	bool makes, has_ended;
};

static int put(struct storm *s, const int *value, int64_t deadline)
{
	return s->chan ? eg_shared_chan_send(s->chan, value, deadline)
		       : eg_shared_queue_put(s->queue, value, deadline);
}

static int get(struct storm *s, int *value, int64_t deadline)
{
	return s->chan ? eg_shared_chan_recv(s->chan, value, deadline)
		       : eg_shared_queue_get(s->queue, value, deadline);
}

static int closed(const struct storm *s)
{
	return s->chan ? -EPIPE : -ESHUTDOWN;
}

/* Each number once: it has been put, or its maker gave it up. */
static void make(struct worker *w)
{
	while (w->next < EACH) {
		int value = w->series * EACH + w->next;
		int r = put(w->storm, &value, shared_draw_deadline(&w->seed));

		if (r == 0) {
			w->storm->put[w->series][w->next] = 1;
			shared_count(&w->storm->puts);
		} else if (r == -ECANCELED) {
			return;
		} else {
			egt_eq(r, -ETIMEDOUT);
		}
		w->next++;
	}
	w->has_ended = true;
	shared_count(&w->storm->makers);
}

static void take(struct worker *w)
{
	int value, r;

	for (;;) {
		r = get(w->storm, &value, shared_draw_deadline(&w->seed));
		if (r == 0) {
			egt_true(value >= 0 && value < SERIES * EACH);
			shared_count(
				&w->storm->taken[value / EACH][value % EACH]);
			shared_count(&w->storm->gets);
		} else if (r == closed(w->storm)) {
			break;
		} else if (r == -ECANCELED) {
			return;
		} else {
			egt_eq(r, -ETIMEDOUT);
			if (eg_self())
				egt_true(eg_yield() == 0 || eg_cancelled());
		}
	}
	w->has_ended = true;
}

struct crew {
	struct storm *storm;
	unsigned seed;
	int series; /* of its first maker */
};

static void *work(void *arg)
{
	struct worker *w = arg;

	if (w->has_ended)
		return NULL;
	if (w->makes)
		make(w);
	else
		take(w);
	return NULL;
}

static void run_hub(void *arg)
{
	struct crew *c = arg;
	struct worker w[MAKERS + TAKERS];
	eg_fiber *f[MAKERS + TAKERS];

	for (int i = 0; i < MAKERS + TAKERS; i++) {
		w[i] = (struct worker){ .storm = c->storm,
					.seed = c->seed + (unsigned)i,
					.series = c->series + i,
					.makes = i < MAKERS };
		egt_eq(eg_spawn(&f[i], work, &w[i]), 0);
	}
	/* Cancels one, and has another go on with its work. */
	for (int i = 0; i < SPELLS; i++) {
		int victim = (int)shared_draw(&c->seed, MAKERS + TAKERS);

		egt_eq(eg_cancel(f[victim]), 0);
		egt_eq(eg_join(f[victim], NULL, EG_FOREVER), 0);
		egt_eq(eg_spawn(&f[victim], work, &w[victim]), 0);
		egt_eq(eg_sleep(shared_draw(&c->seed, 3) * EG_USEC), 0);
	}
	for (int i = 0; i < MAKERS + TAKERS; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
	for (int i = 0; i < MAKERS + TAKERS; i++)
		egt_true(w[i].has_ended);
}

/* By turns, so that a rendezvous has somebody on either side. */
static void run_thread(void *arg)
{
	struct crew *c = arg;
	struct worker w = { .storm = c->storm,
			    .seed = c->seed,
			    .series = c->series };

	make(&w);
	take(&w);
	egt_true(w.has_ended);
}

static void check(struct storm *s)
{
	int puts = 0;

	for (int i = 0; i < SERIES; i++) {
		for (int j = 0; j < EACH; j++) {
			if (s->taken[i][j] == s->put[i][j]) {
				puts += s->put[i][j];
				continue;
			}
			egt_fail("value %d of %d: put %d, taken %d", j, i,
				 s->put[i][j], s->taken[i][j]);
		}
	}
	egt_eq(s->puts, puts);
	egt_eq(s->gets, puts);
	/* Else it was no storm. */
	egt_lt(SERIES * EACH / 8, puts);
}

static void blow(struct storm *s)
{
	struct shared_thread t[THREADS];
	struct crew c[THREADS];

	for (int i = 0; i < THREADS; i++) {
		bool is_hub = i < 2;

		c[i] = (struct crew){
			.storm = s,
			.seed = 20261122U * (unsigned)(i + 1),
			.series = is_hub ? i * MAKERS : 2 * MAKERS + i - 2,
		};
		shared_start(&t[i], is_hub ? run_hub : run_thread, &c[i],
			     is_hub);
	}
	shared_until(&s->makers, SERIES);
	if (s->chan)
		egt_eq(eg_shared_chan_close(s->chan), 0);
	else
		egt_eq(eg_shared_queue_shutdown(s->queue, false), 0);
	for (int i = 0; i < THREADS; i++)
		shared_end(&t[i]);
	check(s);
}

static void storm_over_queue(size_t capacity)
{
	struct storm *s = calloc(1, sizeof(*s));

	egt_true(s);
	egt_eq(eg_shared_queue_new(&s->queue, sizeof(int), capacity), 0);
	blow(s);
	egt_eq(eg_shared_queue_len(s->queue), 0);
	eg_shared_queue_unref(s->queue);
	free(s);
}

EG_TEST_BARE(shared_queue_survives_a_storm, .limit_ms = 120000)
{
	storm_over_queue(3);
}

EG_TEST_BARE(shared_queue_without_a_bound_survives_a_storm, .limit_ms = 120000)
{
	storm_over_queue(EG_QUEUE_UNBOUNDED);
}

static void storm_over_chan(size_t capacity)
{
	struct storm *s = calloc(1, sizeof(*s));

	egt_true(s);
	egt_eq(eg_shared_chan_new(&s->chan, sizeof(int), capacity), 0);
	blow(s);
	egt_eq(eg_shared_chan_len(s->chan), 0);
	eg_shared_chan_unref(s->chan);
	free(s);
}

EG_TEST_BARE(shared_rendezvous_survives_a_storm, .limit_ms = 120000)
{
	storm_over_chan(0);
}

EG_TEST_BARE(shared_chan_survives_a_storm, .limit_ms = 120000)
{
	storm_over_chan(1);
}

/* Units go round: never more out than there are, and all back in the end. */
enum { UNITS = 3, ROUNDS = 4000, HOLDERS = 6 };

struct ring {
	eg_shared_sem sem;
	int out;  /* atomic */
	int took; /* atomic */
};

struct holder {
	struct ring *ring;
	unsigned seed;
	int rounds;
};

static void hold(struct holder *h)
{
	while (h->rounds > 0) {
		int r = eg_shared_sem_wait(&h->ring->sem,
					   shared_draw_deadline(&h->seed));

		h->rounds--;
		if (r == -ECANCELED)
			return;
		if (r == -ETIMEDOUT)
			continue;
		egt_eq(r, 0);
		egt_le(__atomic_add_fetch(&h->ring->out, 1, __ATOMIC_ACQ_REL),
		       UNITS);
		shared_count(&h->ring->took);
		if (eg_self() && shared_draw(&h->seed, 2))
			egt_true(eg_yield() == 0 || eg_cancelled());
		__atomic_fetch_sub(&h->ring->out, 1, __ATOMIC_ACQ_REL);
		egt_eq(eg_shared_sem_post(&h->ring->sem), 0);
	}
}

static void *hold_as_fiber(void *arg)
{
	hold(arg);
	return NULL;
}

static void hold_as_thread(void *arg)
{
	hold(arg);
}

static void hold_in_hub(void *arg)
{
	struct holder *all = arg, h[HOLDERS];
	eg_fiber *f[HOLDERS];

	for (int i = 0; i < HOLDERS; i++) {
		h[i] = (struct holder){ all->ring, all->seed + (unsigned)i,
					all->rounds / HOLDERS };
		egt_eq(eg_spawn(&f[i], hold_as_fiber, &h[i]), 0);
	}
	for (int i = 0; i < SPELLS; i++) {
		int victim = (int)shared_draw(&all->seed, HOLDERS);

		egt_eq(eg_sleep(shared_draw(&all->seed, 3) * EG_USEC), 0);
		egt_eq(eg_cancel(f[victim]), 0);
		egt_eq(eg_join(f[victim], NULL, EG_FOREVER), 0);
		egt_eq(eg_spawn(&f[victim], hold_as_fiber, &h[victim]), 0);
	}
	for (int i = 0; i < HOLDERS; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
}

EG_TEST_BARE(shared_sem_survives_a_storm, .limit_ms = 120000)
{
	struct ring ring = { .out = 0 };
	struct shared_thread t[THREADS];
	struct holder h[THREADS];

	egt_eq(eg_shared_sem_init_bounded(&ring.sem, UNITS, UNITS), 0);
	for (int i = 0; i < THREADS; i++) {
		h[i] = (struct holder){ &ring, 7U * (unsigned)i, ROUNDS };
		shared_start(&t[i], i < 2 ? hold_in_hub : hold_as_thread, &h[i],
			     i < 2);
	}
	for (int i = 0; i < THREADS; i++)
		shared_end(&t[i]);
	egt_eq(ring.out, 0);
	egt_lt(ROUNDS, ring.took);
	egt_eq(eg_shared_sem_units(&ring.sem), UNITS);
}

/* Both sides of a semaphore with a bound wait: what was taken was posted. */
struct capped {
	eg_shared_sem sem;
	int posted, taken, seen; /* atomic */
};

struct dealer {
	struct capped *capped;
	unsigned seed;
	int rounds;
};

static void deal_once(struct dealer *d)
{
	int64_t deadline = shared_draw(&d->seed, 3)
				   ? eg_after(shared_draw(&d->seed, 100) * EG_USEC)
				   : EG_NOW;
	struct capped *c = d->capped;
	int r, *count = &c->seen;

	switch (shared_draw(&d->seed, 5)) {
	case 0:
	case 1:
		r = eg_shared_sem_post_wait(&c->sem, deadline);
		count = &c->posted;
		break;
	case 2:
	case 3:
		r = eg_shared_sem_wait(&c->sem, deadline);
		count = &c->taken;
		break;
	default:
		r = eg_shared_sem_peek(&c->sem, deadline);
	}
	if (r == 0)
		shared_count(count);
	else
		egt_true(r == -ETIMEDOUT || r == -ECANCELED);
	egt_le(eg_shared_sem_units(&c->sem), UNITS);
}

static void *deal_as_fiber(void *arg)
{
	struct dealer *d = arg;

	for (; d->rounds > 0 && !eg_cancelled(); d->rounds--)
		deal_once(d);
	return NULL;
}

static void deal_as_thread(void *arg)
{
	deal_as_fiber(arg);
}

static void deal_in_hub(void *arg)
{
	struct dealer *all = arg, d[HOLDERS];
	eg_fiber *f[HOLDERS];

	for (int i = 0; i < HOLDERS; i++) {
		d[i] = (struct dealer){ all->capped, all->seed + (unsigned)i,
					all->rounds / HOLDERS };
		egt_eq(eg_spawn(&f[i], deal_as_fiber, &d[i]), 0);
	}
	for (int i = 0; i < SPELLS; i++) {
		int victim = (int)shared_draw(&all->seed, HOLDERS);

		egt_eq(eg_sleep(shared_draw(&all->seed, 3) * EG_USEC), 0);
		egt_eq(eg_cancel(f[victim]), 0);
		egt_eq(eg_join(f[victim], NULL, EG_FOREVER), 0);
		egt_eq(eg_spawn(&f[victim], deal_as_fiber, &d[victim]), 0);
	}
	for (int i = 0; i < HOLDERS; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
}

EG_TEST_BARE(shared_sem_with_a_bound_survives_a_storm, .limit_ms = 120000)
{
	struct capped c = { .posted = 0 };
	struct shared_thread t[THREADS];
	struct dealer d[THREADS];

	egt_eq(eg_shared_sem_init_bounded(&c.sem, 0, UNITS), 0);
	for (int i = 0; i < THREADS; i++) {
		d[i] = (struct dealer){ &c, 11U * (unsigned)i, ROUNDS };
		shared_start(&t[i], i < 2 ? deal_in_hub : deal_as_thread, &d[i],
			     i < 2);
	}
	for (int i = 0; i < THREADS; i++)
		shared_end(&t[i]);
	egt_eq(eg_shared_sem_units(&c.sem), c.posted - c.taken);
	egt_lt(ROUNDS / 8, c.taken);
	egt_lt(0, c.seen);
}

/* Rounds: all wait for the next event, the last one there sets it. */
enum { GATES = 500 };

struct gates {
	eg_shared_event open[GATES];
	int there[GATES]; /* atomic */
	int crowd;
};

static void pass_all(struct gates *g)
{
	for (int i = 0; i < GATES; i++) {
		int r;

		if (__atomic_add_fetch(&g->there[i], 1, __ATOMIC_ACQ_REL) ==
		    g->crowd)
			egt_le(0, eg_shared_event_set(&g->open[i]));
		/* Some look away now and then. */
		do
			r = eg_shared_event_wait(&g->open[i],
						 i % 3 ? EG_FOREVER
						       : eg_after(EG_USEC));
		while (r == -ETIMEDOUT);
		egt_eq(r, 0);
		egt_eq(shared_read(&g->there[i]), g->crowd);
	}
}

static void *pass_as_fiber(void *arg)
{
	pass_all(arg);
	return NULL;
}

static void pass_as_thread(void *arg)
{
	pass_all(arg);
}

static void pass_in_hub(void *arg)
{
	eg_fiber *f[HOLDERS];

	for (int i = 0; i < HOLDERS; i++)
		egt_eq(eg_spawn(&f[i], pass_as_fiber, arg), 0);
	for (int i = 0; i < HOLDERS; i++)
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
}

EG_TEST_BARE(shared_event_wakes_each_crowd, .limit_ms = 120000)
{
	struct gates *g = calloc(1, sizeof(*g));
	struct shared_thread t[THREADS];

	egt_true(g);
	g->crowd = 2 * HOLDERS + 2;
	for (int i = 0; i < THREADS; i++)
		shared_start(&t[i], i < 2 ? pass_in_hub : pass_as_thread, g,
			     i < 2);
	for (int i = 0; i < THREADS; i++)
		shared_end(&t[i]);
	free(g);
}
