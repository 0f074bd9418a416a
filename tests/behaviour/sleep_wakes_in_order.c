/* SPDX-License-Identifier: MIT */
/*
 * Sleeping: never early, in order of deadlines, and zero gives way once
 * (semantics HB-11).
 */
#include "fiber_trace.h"

struct sleeper {
	struct letter letter;
	int64_t deadline;
	int64_t woke_at;
};

static void *sleep_and_write(void *arg)
{
	struct sleeper *s = arg;

	egt_eq(eg_sleep_until(s->deadline), 0);
	s->woke_at = eg_now();
	return write_letter(&s->letter);
}

EG_TEST(sleepers_wake_in_order_of_their_deadlines)
{
	static const int64_t after_ms[] = { 5, 1, 3, 1, 9, 2, 5, 0 };
	struct sleeper s[ARRAY_LEN(after_ms)];
	eg_fiber *f[ARRAY_LEN(after_ms)];
	struct trace t = { .len = 0 };
	int64_t start = eg_now();

	for (size_t i = 0; i < ARRAY_LEN(s); i++) {
		s[i] = (struct sleeper){ { &t, (char)('a' + i) },
					 start + after_ms[i] * EG_MSEC,
					 0 };
		egt_eq(eg_spawn(&f[i], sleep_and_write, &s[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(s); i++) {
		egt_eq(eg_join(f[i], NULL, EG_FOREVER), 0);
		egt_le(s[i].deadline, s[i].woke_at);
		if (egt_is_sim())
			egt_eq(s[i].woke_at, s[i].deadline);
	}
	/* Equal deadlines: first come, first served. */
	egt_str_eq(t.text, "hbdfcage");
}

EG_TEST(sleeping_is_exact, .backends = EGT_SIM)
{
	static const int64_t durations[] = { 1,
					     2,
					     EG_USEC,
					     999 * EG_USEC,
					     EG_MSEC,
					     50 * EG_MSEC,
					     EG_SEC,
					     86400 * EG_SEC,
					     365 * 86400 * EG_SEC };

	for (size_t i = 0; i < ARRAY_LEN(durations); i++) {
		int64_t start = eg_now();

		egt_casef("%jd ns", (intmax_t)durations[i]);
		egt_eq(eg_sleep(durations[i]), 0);
		egt_eq(eg_now() - start, durations[i]);
	}
}

EG_TEST(sleeping_is_never_short)
{
	static const int64_t durations[] = { 1, EG_USEC, 50 * EG_USEC, EG_MSEC,
					     3 * EG_MSEC };

	for (size_t i = 0; i < ARRAY_LEN(durations); i++) {
		for (int n = 0; n < 5; n++) {
			int64_t start = eg_now();

			egt_casef("%jd ns", (intmax_t)durations[i]);
			egt_eq(eg_sleep(durations[i]), 0);
			egt_le(durations[i], eg_now() - start);
		}
	}
}

/* The turn's clock is old by then: a deadline comes from a fresh one. */
EG_TEST(sleeping_after_a_long_computation_is_not_short, .backends = EGT_REAL)
{
	for (int i = 0; i < 3; i++) {
		int64_t start = eg_now();

		while (eg_now() < start + 5 * EG_MSEC)
			;
		start = eg_now();
		egt_eq(eg_sleep(2 * EG_MSEC), 0);
		egt_le(2 * EG_MSEC, eg_now() - start);
	}
}

EG_TEST(sleeping_for_nothing_gives_way_once)
{
	static const int64_t durations[] = { 0, -1, -EG_SEC, INT64_MIN };

	for (size_t i = 0; i < ARRAY_LEN(durations); i++) {
		struct trace t = { .len = 0 };
		struct letter l[] = { { &t, 'a' }, { &t, 'b' } };

		egt_casef("%jd ns", (intmax_t)durations[i]);
		egt_eq(eg_spawn(NULL, write_letter, &l[0]), 0);
		egt_eq(eg_spawn(NULL, write_letter, &l[1]), 0);
		egt_str_eq(t.text, "");
		egt_eq(eg_sleep(durations[i]), 0);
		egt_str_eq(t.text, "ab");
	}
}

EG_TEST(durations_become_deadlines)
{
	static const struct {
		const char *name;
		int64_t duration;
		bool is_never;
	} cases[] = {
		{ "forever", EG_FOREVER, true },
		{ "what overflows", EG_FOREVER - 1, true },
		{ "half of forever", EG_FOREVER / 2, false },
		{ "nothing", 0, false },
		{ "the past", -EG_SEC, false },
		{ "the far past", INT64_MIN, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t before = eg_now();
		int64_t deadline = eg_after(cases[i].duration);

		egt_case(cases[i].name);
		if (cases[i].is_never) {
			egt_eq(deadline, EG_FOREVER);
			continue;
		}
		egt_le(before + cases[i].duration, deadline);
		egt_le(deadline, eg_now() + cases[i].duration);
	}
}
