/* SPDX-License-Identifier: MIT */
/*
 * The decision benchmark behind decision 0004: the library's timers against
 * the structures they were chosen from, in one program and on one clock that
 * only this program moves. Compares structures, not event loops.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/timers.h"
#include "timer_rivals.h"

enum {
	ROUNDS_MAX = 99,
	OPS = 1000000,
	OPS_PER_TURN = 64,
	NS_PER_OP = 1000, /* a million operations a second, on our clock */
	NS_PER_MS = 1000000,
	SHUFFLE = 7919, /* prime: i * SHUFFLE % count meets each once */
	FIRE_TURN_NS = 997001, /* meets no delay and no tick */
	DELAY_MIN_MS = 1000,
	DELAY_MAX_MS = 60000,
};

/* The library's own, as a rival. */

static struct eg__timers own_wheel;
static struct eg__timer *own_nodes;

static void own_open(long count)
{
	own_nodes = touched((size_t)count, sizeof(*own_nodes));
	eg__timers_init(&own_wheel, 0);
}

static void own_start(long i, int64_t deadline)
{
	own_nodes[i].deadline = deadline;
	eg__timer_arm(&own_wheel, &own_nodes[i]);
}

static void own_stop(long i)
{
	eg__timer_stop(&own_wheel, &own_nodes[i]);
}

static void own_reset(long i, int64_t deadline)
{
	own_stop(i);
	own_start(i, deadline);
}

static void own_expire(int64_t now, on_fire_fn *on_fire)
{
	struct eg__timer *t;

	eg__timers_advance(&own_wheel, now);
	while ((t = eg__timers_pop_due(&own_wheel)))
		on_fire(t - own_nodes, t->deadline);
}

static const struct rival rivals[] = {
	{ "evergreen", sizeof(struct eg__timer), own_open, own_start, own_stop,
	  own_reset, own_expire },
	{ "4-ary heap", sizeof(struct heap4_node) + sizeof(struct heap4_entry),
	  heap4_open, heap4_start, heap4_stop, heap4_reset, heap4_expire },
	{ "pairing heap", sizeof(struct pairing_node), pairing_open,
	  pairing_start, pairing_stop, pairing_reset, pairing_expire },
	{ "wheel alone", sizeof(struct wheel_node), wheel_open, wheel_start,
	  wheel_stop, wheel_reset, wheel_expire },
};

enum figure {
	FILL,
	START_STOP,
	RESET_RANDOM,
	RESET_IDLE,
	FIRE,
	LONGEST_TURN,
	MISORDERED,
	LATE,
	FIGURES,
};

static const struct {
	const char *name;
	double scale;
} figures[FIGURES] = {
	[FILL] = { "fill, ns", 1 },
	[START_STOP] = { "start + stop, ns", 1 },
	[RESET_RANDOM] = { "reset at random, ns", 1 },
	[RESET_IDLE] = { "reset of an idle timeout, ns", 1 },
	[FIRE] = { "fire, ns", 1 },
	[LONGEST_TURN] = { "longest turn, us", 1e-3 },
	[MISORDERED] = { "fired out of order, %", 100 },
	[LATE] = { "late by up to, us", 1e-3 },
};

/*
 * Half a minute before 2^40 ns, where a wheel's index turns over on several
 * levels at once and every timer beyond moves down in one turn: the worst case,
 * unless they are moved ahead of time.
 */
static const int64_t before_turnover =
	(INT64_C(1) << 40) - 30 * INT64_C(1000000000);

/* The process that measures, one rival and one count each. */

static const struct rival *subject;
static int64_t now;
static uint64_t *orders; /* of starting, by timer */

static struct {
	int64_t last_turn; /* when the one before began */
	int64_t deadline;  /* of the timer that fired last in this turn */
	uint64_t order;
	int64_t late;
	long fired, misordered;
} seen;

static int64_t random_deadline(void)
{
	uint32_t ms = DELAY_MIN_MS + bench_random(DELAY_MAX_MS - DELAY_MIN_MS);

	return now + (int64_t)ms * NS_PER_MS;
}

static void restart(long i, int64_t deadline)
{
	(void)deadline;
	subject->start(i, random_deadline());
}

static void turn(long op)
{
	if (op % OPS_PER_TURN)
		return;
	now += OPS_PER_TURN * NS_PER_OP;
	subject->expire(now, restart);
}

/* Of this process alone: others on the machine do not count. */
static int64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * BENCH_NS_PER_S + t.tv_nsec;
}

static double since(int64_t start, long ops)
{
	return (double)(cpu_ns() - start) / (double)ops;
}

static double measure_start_stop(long count)
{
	int64_t start = cpu_ns();

	for (long op = 0; op < OPS; op++) {
		turn(op);
		subject->start(count, random_deadline());
		subject->stop(count);
	}
	return since(start, OPS);
}

static double measure_reset_random(long count)
{
	int64_t start = cpu_ns();

	for (long op = 0; op < OPS; op++) {
		turn(op);
		subject->reset(bench_random((uint32_t)count),
			       random_deadline());
	}
	return since(start, OPS);
}

static double measure_reset_idle(long count)
{
	int64_t start = cpu_ns();
	long i = 0;

	for (long op = 0; op < OPS; op++) {
		turn(op);
		subject->reset(i, now + (int64_t)DELAY_MAX_MS * NS_PER_MS);
		i = i + 1 < count ? i + 1 : 0;
	}
	return since(start, OPS);
}

static void note_firing(long i, int64_t deadline)
{
	bool is_after = deadline != seen.deadline ? deadline > seen.deadline :
						    orders[i] > seen.order;

	if (deadline > now)
		bench_die("a timer fired early");
	if (!is_after)
		seen.misordered++;
	if (seen.last_turn - deadline > seen.late)
		seen.late = seen.last_turn - deadline;
	seen.deadline = deadline;
	seen.order = orders[i];
	seen.fired++;
}

/* Lets all fire, in turns of about a millisecond, and looks at each turn. */
static void watch_firing(long count, double *ret)
{
	int64_t start, took, longest = 0;

	while (seen.fired < count) {
		seen.last_turn = now;
		seen.deadline = INT64_MIN;
		now += FIRE_TURN_NS;
		start = cpu_ns();
		subject->expire(now, note_firing);
		took = cpu_ns() - start;
		longest = took > longest ? took : longest;
	}
	ret[LONGEST_TURN] = (double)longest;
	ret[MISORDERED] = (double)seen.misordered / (double)count;
	ret[LATE] = (double)seen.late;
}

/* Timers 0 to @count - 1 run from now on. */
static double fill(long count, int is_random)
{
	int64_t start, deadline;

	subject->open(count + 1);
	start = cpu_ns();
	for (long i = 0; i < count; i++) {
		deadline = is_random ? random_deadline() :
				       now + (int64_t)DELAY_MAX_MS * NS_PER_MS;
		subject->start(i, deadline);
	}
	return since(start, count);
}

static void measure_random(long count, double *ret)
{
	ret[FILL] = fill(count, 1);
	ret[START_STOP] = measure_start_stop(count);
	ret[RESET_RANDOM] = measure_reset_random(count);
}

static void measure_idle(long count, double *ret)
{
	fill(count, 0);
	ret[RESET_IDLE] = measure_reset_idle(count);
}

/* Starts all, half a minute before the turnover. */
static void fill_shuffled(long count)
{
	int64_t deadline;

	orders = touched((size_t)count, sizeof(*orders));
	subject->open(count + 1);
	now = before_turnover;
	subject->expire(now, NULL);
	for (long k = 0; k < count; k++) {
		/* Neighbours in time are seldom neighbours in memory. */
		long i = k * SHUFFLE % count;

		/* Delays of whole milliseconds: many deadlines are equal. */
		deadline = random_deadline();
		orders[i] = (uint64_t)k;
		subject->start(i, deadline);
	}
}

static void measure_accuracy(long count, double *ret)
{
	fill_shuffled(count);
	watch_firing(count, ret);
}

static void count_firing(long i, int64_t deadline)
{
	(void)i;
	(void)deadline;
	seen.fired++;
}

static void measure_firing(long count, double *ret)
{
	int64_t start;

	fill_shuffled(count);
	start = cpu_ns();
	while (seen.fired < count) {
		now += FIRE_TURN_NS;
		subject->expire(now, count_firing);
	}
	ret[FIRE] = since(start, count);
}

/* The parent */

/* Measures in a process of its own: each begins with fresh memory. */
static void measure(const struct rival *r, long count, double *shared,
		    void (*body)(long count, double *ret))
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		bench_die("fork");
	if (!pid) {
		subject = r;
		body(count, shared);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		bench_die("a measuring process failed");
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The least and the median: others on the machine only ever add. */
static void print_cell(double *values, size_t n, double scale)
{
	qsort(values, n, sizeof(values[0]), compare);
	printf(" %8.1f %8.1f |", values[0] * scale, values[n / 2] * scale);
}

static void compare_at(long count, size_t rounds, double *shared)
{
	static double values[BENCH_ARRAY_LEN(rivals)][FIGURES][ROUNDS_MAX];

	for (size_t round = 0; round < rounds; round++) {
		for (size_t r = 0; r < BENCH_ARRAY_LEN(rivals); r++) {
			measure(&rivals[r], count, shared, measure_random);
			measure(&rivals[r], count, shared, measure_idle);
			measure(&rivals[r], count, shared, measure_firing);
			measure(&rivals[r], count, shared, measure_accuracy);
			for (int f = 0; f < FIGURES; f++)
				values[r][f][round] = shared[f];
		}
	}
	printf("\n%ld timers, least and median of %zu rounds\n", count, rounds);
	printf("%-29s", "");
	for (size_t r = 0; r < BENCH_ARRAY_LEN(rivals); r++)
		printf(" %-17s |", rivals[r].name);
	for (int f = 0; f < FIGURES; f++) {
		printf("\n%-29s", figures[f].name);
		for (size_t r = 0; r < BENCH_ARRAY_LEN(rivals); r++)
			print_cell(values[r][f], rounds, figures[f].scale);
	}
	printf("\n%-29s", "bytes per timer");
	for (size_t r = 0; r < BENCH_ARRAY_LEN(rivals); r++)
		printf(" %17zu |", rivals[r].node_bytes);
	putchar('\n');
}

static void pin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)sched_getcpu(), &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		bench_die("sched_setaffinity");
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 5;
	double *shared = mmap(NULL, FIGURES * sizeof(*shared),
			      PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		bench_die("mmap");
	if (argc > 2 || rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: %s [ROUNDS]\n", argv[0]);
		return 2;
	}
	pin();
	compare_at(100000, (size_t)rounds, shared);
	compare_at(1000000, (size_t)rounds, shared);
	return 0;
}
