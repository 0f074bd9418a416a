/* SPDX-License-Identifier: MIT */
/*
 * One run of the test mode, as its parts see it: run.c has its course,
 * schedule.c who runs next, report.c what is said of it, unwind.c its end if it
 * is broken off. Says nothing of many runs: seeds.c.
 */
#ifndef EG_TEST_TEST_H
#define EG_TEST_TEST_H

#include "core/hub.h"

#include <evergreen/test.h>

enum {
	EG_TEST_OBJECTS_MAX = 32, /* that the report numbers */
};

/* The order of a run: all that the seed decides. */
struct eg_test_schedule {
	uint64_t random;    /* state of the generator */
	uint64_t choices;   /* that of eg_test_random() */
	uint64_t rank_salt; /* ranks are made of it and the fiber's id */
	uint64_t period;    /* a rank changes once in so many switches */
	uint64_t *lowered;  /* owned; by fiber id: its rank, or 0 */
	uint64_t lowered_count;
	uint64_t lowest;   /* the next to be given way to all */
	uint64_t last_id;  /* who was chosen last */
	uint32_t streak;   /* how often in a row, with others ready */
	int64_t last_time; /* at the last switch */
	uint32_t still;	   /* switches since then */
	int order;	   /* enum eg_test_order, but not MIXED */
};

struct eg_test {
	struct eg_hub *hub;		/* borrowed, while it runs */
	const eg_test_options *options; /* borrowed; no field is 0 any more */
	eg_test_report *report;		/* borrowed */
	size_t text_len;
	const void *objects[EG_TEST_OBJECTS_MAX]; /* named in the report */

	eg_main_fn *fn;
	void *arg;
	struct eg_fiber *main; /* runs fn; with a reference */
	struct eg_fiber_end main_end;
	bool main_has_ended;
	bool is_closing;  /* main has ended, and who was left is cancelled */
	bool is_spinning; /* time has to pass, though fibers are ready */
	bool is_over;	  /* broken off: nothing is found any more */
	int64_t began;

	/* Once it is over: */
	bool is_unwinding; /* fibers run, so that they end; else none does */
	int unwind_reason; /* what their waits end with */
	uint32_t unwind_switches;

	void (*fire)(struct eg__timer *t); /* ends a wait that timed out */
	struct eg_test_schedule schedule;
};

/* The run that the calling thread is in, or NULL. */
struct eg_test *eg__test_current(void);
/* Ends the run here: the fiber that drives it is the next to run. */
void eg__test_break_off(struct eg_test *t);
/* One look at the kernel, in the hub's name: callbacks must not block. */
void eg__test_turn(struct eg_test *t, int64_t deadline);

/* Ends the fibers of a run that is over, as far as they do. May switch. */
EG_MAY_SWITCH void eg__test_unwind(struct eg_test *t);
/* At each switch of that. */
void eg__test_unwind_switch(struct eg_test *t);
/* Where @self has failed: it does not go on, and exits when the others have
 * ended. */
EG_MAY_SWITCH void eg__test_stop(struct eg_fiber *self);

void eg__test_schedule_init(struct eg_test *t, uint64_t seed, int order);
void eg__test_schedule_done(struct eg_test *t);
/* hub->choose */
void eg__test_choose(struct eg_hub *hub, void *test);

/* Adds @found to what was found, and a line to the text. */
__attribute__((format(printf, 3, 4))) void
eg__test_note(struct eg_test *t, uint32_t found, const char *format, ...);
/* Whether it was found before. */
static inline bool eg__test_has(const struct eg_test *t, uint32_t found)
{
	return t->report->found & found;
}
/* Whether it waits for what an ended fiber had in its frames: nothing can be
 * done about that wait, for what it hangs on is gone. */
bool eg__test_is_dangling(struct eg_test *t, const struct eg_fiber *f);
/* A line for each fiber of the run in a state of @states, a bit for each. */
void eg__test_note_fibers(struct eg_test *t, uint32_t found, uint32_t states);

#endif
