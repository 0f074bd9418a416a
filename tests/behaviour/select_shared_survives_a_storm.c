/* SPDX-License-Identifier: MIT */
/*
 * Three hubs whose fibers select over everything, and three threads with plain
 * calls, at random on the same objects, with deadlines that pass and fibers
 * that are cancelled: every value comes out exactly once, no unit is lost or
 * made, nobody hangs (semantics LK-05, LK-07, QU-04; classes 1, 2, 17).
 */
#include "shared_kit.h"

#include <stdlib.h>

enum {
	HUBS = 3,
	TRADERS = 5, /* in each hub, and each also takes */
	THREADS = 3, /* without a hub */
	SERIES = HUBS * TRADERS + THREADS,
	EACH = 1200,  /* values of one series */
	SPELLS = 400, /* cancels in each hub */
	UNITS = 2,
};

enum place { QUEUE, CHAN, RENDEZVOUS, PLACES };

struct storm {
	eg_shared_queue *queue;
	eg_shared_chan *chan, *rendezvous;
	eg_shared_sem sem;
	eg_shared_event never;
	uint8_t put[SERIES][EACH]; /* of the maker */
	int taken[SERIES][EACH];   /* atomic */
	int threads;		   /* atomic: that have begun */
	int makers;		   /* atomic: that have made all */
	int puts, gets;		   /* atomic */
	int held;		   /* atomic: units of sem */
	int rounds;		   /* atomic: units that went round */
};

/* Goes on where a cancelled fiber has left it. */
struct trader {
	struct storm *storm;
	eg_sem *local; /* of its hub */
	unsigned seed;
	int series;
	int next; /* EACH: has made all */
	int value;
	int locals; /* units taken */
	bool has_ended;
};

static void made(struct trader *t, bool is_put)
{
	if (is_put) {
		t->storm->put[t->series][t->next] = 1;
		shared_count(&t->storm->puts);
	}
	t->next++;
	t->value = t->series * EACH + t->next;
	if (t->next == EACH)
		shared_count(&t->storm->makers);
}

static void took(struct storm *s, int value)
{
	egt_true(value >= 0 && value < SERIES * EACH);
	shared_count(&s->taken[value / EACH][value % EACH]);
	shared_count(&s->gets);
}

static void give_unit_back(struct storm *s)
{
	egt_le(__atomic_add_fetch(&s->held, 1, __ATOMIC_ACQ_REL), UNITS);
	shared_count(&s->rounds);
	__atomic_fetch_sub(&s->held, 1, __ATOMIC_ACQ_REL);
	egt_eq(eg_shared_sem_post(&s->sem), 0);
}

enum {
	UNIT,
	NEVER,
	PUT,
	GET = PUT + PLACES,
	LOCAL = GET + PLACES,
	TIME,
	CASES,
};

/* Of places that have not been closed under the trader. */
static void draw_cases(struct trader *t, int *value, const bool *is_closed,
		       eg_case *cases)
{
	struct storm *s = t->storm;

	for (int i = 0; i < CASES; i++)
		cases[i] = (eg_case){ 0 };
	if (t->next < EACH) {
		cases[PUT + QUEUE] = eg_case_shared_put(s->queue, &t->value);
		cases[PUT + CHAN] = eg_case_shared_send(s->chan, &t->value);
		cases[PUT + RENDEZVOUS] =
			eg_case_shared_send(s->rendezvous, &t->value);
	}
	if (!is_closed[QUEUE])
		cases[GET + QUEUE] = eg_case_shared_get(s->queue, value);
	if (!is_closed[CHAN])
		cases[GET + CHAN] = eg_case_shared_recv(s->chan, value);
	if (!is_closed[RENDEZVOUS])
		cases[GET + RENDEZVOUS] =
			eg_case_shared_recv(s->rendezvous, value);
	if (shared_draw(&t->seed, 8) == 0)
		cases[UNIT] = eg_case_shared_sem(&s->sem);
	if (shared_draw(&t->seed, 4) == 0)
		cases[LOCAL] = eg_case_sem(t->local);
	if (shared_draw(&t->seed, 4) == 0)
		cases[TIME] =
			eg_case_time(eg_after(shared_draw(&t->seed, 50) * EG_USEC));
	cases[NEVER] = eg_case_shared_event(&s->never);
}

/* Leaves out some, so that who meets has to wait for each other. True: what is
 * left may never come. */
static bool leave_out_some(struct trader *t, eg_case *cases)
{
	unsigned all = 2 * PLACES, left_out = shared_draw(&t->seed, 1U << all);

	if (shared_draw(&t->seed, 4) == 0)
		return false;
	for (unsigned i = 0; i < all; i++)
		if (left_out & 1U << i)
			cases[PUT + i] = (eg_case){ 0 };
	return true;
}

static void came(struct trader *t, int at, int result, int value,
		 bool *is_closed)
{
	if (at >= GET && at < LOCAL && result < 0) {
		egt_eq(result, at == GET + QUEUE ? -ESHUTDOWN : -EPIPE);
		is_closed[at - GET] = true;
		return;
	}
	egt_eq(result, 0);
	if (at == UNIT)
		give_unit_back(t->storm);
	else if (at >= PUT && at < GET)
		made(t, true);
	else if (at >= GET && at < LOCAL)
		took(t->storm, value);
	else if (at == LOCAL)
		t->locals++;
	else
		egt_eq(at, TIME);
}

static void *trade(void *arg)
{
	struct trader *t = arg;
	bool is_closed[PLACES] = { false };
	eg_case cases[CASES];

	while (!is_closed[0] || !is_closed[1] || !is_closed[2]) {
		int64_t deadline = shared_draw_deadline(&t->seed);
		int value = -1, r;

		draw_cases(t, &value, is_closed, cases);
		if (leave_out_some(t, cases) && deadline == EG_FOREVER)
			deadline = eg_after(shared_draw(&t->seed, 200) * EG_USEC);
		r = eg_select(cases, CASES, deadline,
			      shared_draw(&t->seed, 2) ? EG_SELECT_FAIR : 0);
		if (r == -ECANCELED)
			return NULL;
		if (r >= 0)
			came(t, r, cases[r].result, value, is_closed);
		else
			egt_eq(r, -ETIMEDOUT);
		if (r == -ETIMEDOUT && eg_yield() < 0)
			return NULL;
	}
	egt_eq(t->next, EACH);
	t->has_ended = true;
	return NULL;
}

static void cancel_some(struct trader *t, eg_fiber **f, eg_sem *local,
			unsigned seed)
{
	for (int i = 0; i < SPELLS; i++) {
		int victim = (int)shared_draw(&seed, TRADERS);

		egt_eq(eg_cancel(f[victim]), 0);
		egt_eq(eg_join(f[victim], NULL, EG_FOREVER), 0);
		egt_eq(eg_spawn(&f[victim], trade, &t[victim]), 0);
		egt_eq(eg_sem_post(local), 0);
		egt_eq(eg_sleep(shared_draw(&seed, 3) * EG_USEC), 0);
	}
}

struct crew {
	struct storm *storm;
	unsigned seed;
	int series; /* the first */
};

static void all_begin(struct storm *s)
{
	shared_count(&s->threads);
	shared_until(&s->threads, HUBS + THREADS);
}

static void run_hub(void *arg)
{
	struct crew *c = arg;
	struct trader t[TRADERS];
	eg_fiber *f[TRADERS];
	eg_sem local = { 0 };
	int locals = 0;

	all_begin(c->storm);
	for (int i = 0; i < TRADERS; i++) {
		t[i] = (struct trader){ .storm = c->storm,
					.local = &local,
					.seed = c->seed + (unsigned)i,
					.series = c->series + i,
					.value = (c->series + i) * EACH };
		egt_eq(eg_spawn(&f[i], trade, &t[i]), 0);
	}
	cancel_some(t, f, &local, c->seed);
	for (int i = 0; i < TRADERS; i++) {
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
		egt_true(t[i].has_ended);
		locals += t[i].locals;
	}
	egt_eq(eg_sem_units(&local), SPELLS - locals);
}

static int put(struct storm *s, enum place place, const int *value,
	       int64_t deadline)
{
	if (place == QUEUE)
		return eg_shared_queue_put(s->queue, value, deadline);
	return eg_shared_chan_send(place == CHAN ? s->chan : s->rendezvous,
				   value, deadline);
}

static int get(struct storm *s, enum place place, int *value, int64_t deadline)
{
	if (place == QUEUE)
		return eg_shared_queue_get(s->queue, value, deadline);
	return eg_shared_chan_recv(place == CHAN ? s->chan : s->rendezvous,
				   value, deadline);
}

/* Makes all, then takes what there is until all is closed. */
static void run_thread(void *arg)
{
	struct crew *c = arg;
	struct trader t = { .storm = c->storm,
			    .seed = c->seed,
			    .series = c->series,
			    .value = c->series * EACH };

	all_begin(c->storm);
	while (t.next < EACH) {
		int r = put(t.storm, shared_draw(&t.seed, PLACES), &t.value,
			    shared_draw_deadline(&t.seed));

		if (r < 0)
			egt_eq(r, -ETIMEDOUT);
		made(&t, r == 0);
		if (shared_draw(&t.seed, 8) == 0 &&
		    eg_shared_sem_wait(&t.storm->sem, shared_draw_deadline(&t.seed)) ==
			    0)
			give_unit_back(t.storm);
	}
	for (int place = 0; place < PLACES; place++) {
		int value, r;

		while ((r = get(t.storm, (enum place)place, &value,
				EG_FOREVER)) == 0)
			took(t.storm, value);
		egt_eq(r, place == QUEUE ? -ESHUTDOWN : -EPIPE);
	}
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
	/* Traders give up no value. */
	egt_le(HUBS * TRADERS * EACH, puts);
	egt_eq(eg_shared_sem_units(&s->sem), UNITS);
	egt_lt(0, s->rounds);
	egt_eq(eg_shared_event_set(&s->never), 0);
}

EG_TEST_BARE(select_shared_survives_a_storm, .limit_ms = 120000)
{
	struct storm *s = calloc(1, sizeof(*s));
	struct shared_thread t[HUBS + THREADS];
	struct crew c[HUBS + THREADS];

	egt_true(s);
	egt_eq(eg_shared_queue_new(&s->queue, sizeof(int), 3), 0);
	egt_eq(eg_shared_chan_new(&s->chan, sizeof(int), 1), 0);
	egt_eq(eg_shared_chan_new(&s->rendezvous, sizeof(int), 0), 0);
	egt_eq(eg_shared_sem_init(&s->sem, UNITS), 0);
	for (int i = 0; i < HUBS + THREADS; i++) {
		bool is_hub = i < HUBS;

		c[i] = (struct crew){
			.storm = s,
			.seed = 20261122U * (unsigned)(i + 1),
			.series = is_hub ? i * TRADERS
					 : HUBS * TRADERS + i - HUBS,
		};
		shared_start(&t[i], is_hub ? run_hub : run_thread, &c[i],
			     is_hub);
	}
	shared_until(&s->makers, SERIES);
	egt_eq(eg_shared_queue_shutdown(s->queue, false), 0);
	egt_eq(eg_shared_chan_close(s->chan), 0);
	egt_eq(eg_shared_chan_close(s->rendezvous), 0);
	for (int i = 0; i < HUBS + THREADS; i++)
		shared_end(&t[i]);
	check(s);
	eg_shared_queue_unref(s->queue);
	eg_shared_chan_unref(s->chan);
	eg_shared_chan_unref(s->rendezvous);
	free(s);
}
