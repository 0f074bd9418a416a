/* SPDX-License-Identifier: MIT */
/*
 * A run that is broken off ends its fibers' waits, so that what they own is
 * freed; who does not return is dropped, and then his frames alone are lost.
 * Stacks, descriptors and hubs never are, however many runs fail.
 */
#include "fiber_trace.h" /* IS_SANITIZED */

#include <evergreen/evergreen.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FRAMES_MAX = 64, BLOCKS_MAX = 64, SEEDS = 40 };

/* What the fibers of a run wait for, and what they have. */
static struct {
	eg_event never;
	eg_sem units;
	eg_mutex mutex; /* main's */
	eg_cond cond;
	eg_rwlock rwlock; /* main's */
	eg_barrier barrier;
	eg_chan *chan;
	eg_queue *queue;
	int pipe[2];
	void *blocks[BLOCKS_MAX]; /* that somebody owns, or NULL */
	int returned;
	int frames_count;
	uintptr_t frames[FRAMES_MAX];
} w;

static void *own(void)
{
	for (int i = 0; i < BLOCKS_MAX; i++) {
		if (w.blocks[i])
			continue;
		w.blocks[i] = malloc(64);
		egt_true(w.blocks[i] != NULL);
		return &w.blocks[i];
	}
	egt_fail("too many blocks");
}

static void disown(void *block)
{
	void **owned = block;

	free(*owned);
	*owned = NULL;
}

/* Takes back what nobody has freed: so many. */
static int take_back(void)
{
	int count = 0;

	for (int i = 0; i < BLOCKS_MAX; i++) {
		count += w.blocks[i] != NULL;
		disown(&w.blocks[i]);
	}
	return count;
}

static void note_frame(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	egt_lt(w.frames_count, FRAMES_MAX);
	w.frames[w.frames_count++] =
		(uintptr_t)__builtin_frame_address(0) & ~(page - 1);
}

/* A sanitizer may use their place for something else. */
static int mapped_frames(void)
{
	int count = 0;

	for (int i = 0; !IS_SANITIZED && i < w.frames_count; i++) {
		unsigned char in_core;

		count += mincore((void *)w.frames[i], 1, &in_core) == 0;
	}
	return count;
}

/* The waits: all end with what they are told, in whatever way. */

static int64_t do_nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int in_thread(void)
{
	for (int i = 0; i < 100; i++) {
		int r = eg_offload(do_nothing, NULL, NULL, EG_FOREVER);

		if (r < 0)
			return r;
	}
	return 0;
}

static int at_event(void)
{
	return eg_event_wait(&w.never, EG_FOREVER);
}

static int at_sem(void)
{
	return eg_sem_wait(&w.units, EG_FOREVER);
}

static int at_sleep(void)
{
	return eg_sleep(1000 * EG_SEC);
}

static int at_mutex(void)
{
	return eg_mutex_lock(&w.mutex, EG_FOREVER);
}

static int at_cond(void)
{
	eg_mutex own_mutex = { 0 };
	int r;

	eg_mutex_lock(&own_mutex, EG_FOREVER);
	r = eg_cond_wait(&w.cond, &own_mutex, EG_FOREVER);
	EG_TEST_CHECK(eg_mutex_unlock(&own_mutex) == 0);
	return r;
}

static int at_reading(void)
{
	return eg_rwlock_rdlock(&w.rwlock, EG_FOREVER);
}

static int at_barrier(void)
{
	return eg_barrier_wait(&w.barrier, EG_FOREVER);
}

static int at_chan(void)
{
	return eg_chan_recv(w.chan, NULL, EG_FOREVER);
}

static int at_queue(void)
{
	return eg_queue_get(w.queue, NULL, EG_FOREVER);
}

static int at_pipe(void)
{
	char c;

	return (int)eg_read(w.pipe[0], &c, 1, EG_FOREVER);
}

static int at_pool(void)
{
	eg_pool *pool;
	int r = eg_pool_new(&pool, 1);

	if (r < 0)
		return r;
	r = eg_sem_wait(&w.units, EG_FOREVER);
	eg_pool_free(pool);
	return r;
}

static int shielded(void)
{
	eg_timeout shield;
	int r;

	eg_shield_begin(&shield);
	r = eg_sleep(EG_SEC);
	eg_shield_end(&shield);
	return r;
}

static int twice(void)
{
	int r = at_event();

	return r < 0 ? at_sem() : r;
}

static int (*const waits[])(void) = {
	at_event,   at_sem,	at_sleep, at_mutex,  at_cond,
	at_reading, at_barrier, at_chan,  at_queue,  at_pipe,
	at_pool,    shielded,	twice,	  in_thread,
};

static void *wait_owning(void *wait)
{
	int (*const *fn)(void) = wait;
	void *block = own();

	note_frame();
	(*fn)();
	disown(block);
	w.returned++;
	return NULL;
}

/* What main counts in its own frame is the others' to the end. */
struct count {
	int left;
};

static void *count_down(void *arg)
{
	struct count *c = arg;

	note_frame();
	at_event();
	c->left--;
	w.returned++;
	return NULL;
}

static void spawn_all(struct count *c)
{
	for (size_t i = 0; i < ARRAY_LEN(waits); i++)
		EG_TEST_CHECK(eg_spawn(NULL, wait_owning,
				       (void *)(uintptr_t)&waits[i]) == 0);
	EG_TEST_CHECK(eg_spawn(NULL, count_down, c) == 0);
	EG_TEST_CHECK(eg_mutex_lock(&w.mutex, EG_NOW) == 0);
	EG_TEST_CHECK(eg_rwlock_wrlock(&w.rwlock, EG_NOW) == 0);
	note_frame();
	eg_sleep(EG_MSEC);
}

/* How a run is broken off */

static int fail_check(void *arg)
{
	struct count c = { .left = 1 };

	(void)arg;
	EG_TEST_CHECK(eg_cleanup_push(disown, own()) == 0);
	spawn_all(&c);
	EG_TEST_CHECK(c.left < 0);
	return 0;
}

static void *fail_in_fiber(void *arg)
{
	note_frame();
	EG_TEST_CHECK(eg_cleanup_push(disown, own()) == 0);
	eg_sleep(EG_MSEC);
	EG_TEST_CHECK(arg != NULL);
	return arg;
}

static int join_who_fails(void *arg)
{
	struct count c = { .left = 1 };
	void *block = own();
	eg_fiber *f;
	int r;

	(void)arg;
	spawn_all(&c);
	EG_TEST_CHECK(eg_spawn(&f, fail_in_fiber, NULL) == 0);
	r = eg_join(f, NULL, EG_FOREVER);
	disown(block);
	return r;
}

static void fail_in_callback(eg_timer *timer, void *arg)
{
	(void)timer;
	EG_TEST_CHECK(arg != NULL);
}

static int wait_for_callback(void *arg)
{
	struct count c = { .left = 1 };
	void *block = own();
	eg_timer timer;
	int r;

	(void)arg;
	spawn_all(&c);
	eg_timer_init(&timer, fail_in_callback, NULL);
	EG_TEST_CHECK(eg_timer_start(&timer, eg_after(EG_MSEC)) == 0);
	r = at_event();
	disown(block);
	return r;
}

static int sleep_for_ever(void *arg)
{
	struct count c = { .left = 1 };
	void *block = own();

	(void)arg;
	spawn_all(&c);
	while (eg_sleep(EG_SEC) == 0)
		;
	disown(block);
	return 0;
}

static int yield_for_ever(void *arg)
{
	struct count c = { .left = 1 };
	void *block = own();

	spawn_all(&c);
	while (!arg)
		eg_yield();
	disown(block);
	return 0;
}

/* Told once to end, these would never switch again. */
static int poll_for_ever(void *arg)
{
	struct count c = { .left = 1 };
	void *block = own();

	spawn_all(&c);
	while (!arg)
		eg_sleep(EG_SEC);
	disown(block);
	return 0;
}

static int never_return(void)
{
	eg_timeout shield;

	eg_shield_begin(&shield);
	at_event();
	egt_fail("a dropped fiber has run");
}

static int leave_a_stuck_one(void *arg)
{
	static int (*const stuck)(void) = never_return;
	struct count c = { .left = 1 };

	(void)arg;
	EG_TEST_CHECK(eg_cleanup_push(disown, own()) == 0);
	spawn_all(&c);
	EG_TEST_CHECK(eg_spawn(NULL, wait_owning, (void *)(uintptr_t)&stuck) ==
		      0);
	eg_sleep(EG_MSEC);
	EG_TEST_CHECK(c.left < 0);
	return 0;
}

/* Its lock is not given back, and who waits for that cannot be shielded. */
static void *relock(void *arg)
{
	void *block = own();
	int r;

	note_frame();
	EG_TEST_CHECK(eg_mutex_lock(&w.mutex, EG_FOREVER) == 0);
	r = eg_cond_wait(&w.cond, &w.mutex, EG_FOREVER);
	EG_TEST_CHECK(r == -EDEADLK);
	disown(block);
	w.returned++;
	return arg;
}

static int fail_with_lock(void *arg)
{
	EG_TEST_CHECK(eg_cleanup_push(disown, own()) == 0);
	EG_TEST_CHECK(eg_spawn(NULL, relock, arg) == 0);
	eg_sleep(EG_MSEC);
	EG_TEST_CHECK(eg_mutex_lock(&w.mutex, EG_NOW) == 0);
	EG_TEST_CHECK(eg_cond_signal(&w.cond) == 1);
	EG_TEST_CHECK(arg != NULL);
	return 0;
}

enum { ALL = ARRAY_LEN(waits) + 1 };

static const struct {
	const char *name;
	eg_main_fn *fn;
	uint32_t found;
	int lost;     /* blocks of who is dropped */
	int returned; /* fibers */
} rows[] = {
	{ "check", fail_check, EG_FOUND_CHECK, 0, ALL },
	{ "check in a fiber", join_who_fails, EG_FOUND_CHECK, 0, ALL },
	{ "check in a callback", wait_for_callback, EG_FOUND_CHECK, 0, ALL },
	{ "time", sleep_for_ever, EG_FOUND_ENDLESS, 0, ALL },
	{ "switches", yield_for_ever, EG_FOUND_ENDLESS, 1, ALL },
	{ "polls", poll_for_ever, EG_FOUND_ENDLESS, 1, ALL },
	/* Whoever may be needed by a stuck one stays too. */
	{ "stuck", leave_a_stuck_one, EG_FOUND_CHECK, 2, ALL },
	{ "lock", fail_with_lock, EG_FOUND_CHECK, 0, 1 },
};

static void begin_world(void)
{
	w.returned = w.frames_count = 0;
	eg_event_init(&w.never);
	eg_sem_init(&w.units, 0);
	eg_mutex_init(&w.mutex);
	eg_cond_init(&w.cond);
	eg_rwlock_init(&w.rwlock);
	eg_barrier_init(&w.barrier, 2);
}

/* The channel and the queue are a hub's: so they are made in the run. */
static int run_with_objects(void *arg)
{
	eg_main_fn *const *fn = arg;

	EG_TEST_CHECK(eg_chan_new(&w.chan, 0, 0) == 0);
	EG_TEST_CHECK(eg_queue_new(&w.queue, 0, NULL) == 0);
	return (*fn)(NULL);
}

static void end_world(void)
{
	w.chan = eg_chan_unref(w.chan);
	w.queue = eg_queue_unref(w.queue);
}

static void run_row(size_t i, uint64_t seed)
{
	eg_test_report report = EG_TEST_REPORT_INIT;
	eg_test_options o = EG_TEST_OPTIONS_INIT;
	eg_main_fn *fn = rows[i].fn;

	egt_casef("%s, seed %d", rows[i].name, (int)seed);
	o.seed = seed;
	o.time_max = 20 * EG_SEC;
	o.switches_max = 5000;
	begin_world();
	egt_eq(eg_test_run(run_with_objects, (void *)&fn, &o, &report), 1);
	egt_eq(report.found, rows[i].found);
	egt_eq(report.error, 0);
	egt_eq(take_back(), rows[i].lost);
	egt_eq(w.returned, rows[i].returned);
	egt_eq(mapped_frames(), 0);
	end_world();
}

EG_TEST_PLAIN(testmode_frees_what_returns, .limit_ms = 120000)
{
	int fds;

	egt_eq(pipe2(w.pipe, O_NONBLOCK | O_CLOEXEC), 0);
	run_row(0, 1);
	fds = egt_fd_count();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (uint64_t seed = 1; seed <= SEEDS; seed++)
			run_row(i, seed);
		egt_eq(egt_fd_count(), fds);
	}
	close(w.pipe[0]);
	close(w.pipe[1]);
}

/* Until who is told to end says so. */
static int64_t read_in_thread(void *arg)
{
	char c;

	(void)arg;
	return read(w.pipe[0], &c, 1);
}

static void *be_in_a_thread(void *arg)
{
	int64_t got = 0;

	note_frame();
	eg_offload(read_in_thread, NULL, &got, EG_FOREVER);
	w.returned++;
	return arg;
}

static void *let_thread_go(void *arg)
{
	note_frame();
	at_event();
	egt_eq(write(w.pipe[1], "x", 1), 1);
	w.returned++;
	return arg;
}

static int fail_meanwhile(void *arg)
{
	eg_fiber_fn *const *fns = arg;

	for (int i = 0; i < 2; i++)
		EG_TEST_CHECK(eg_spawn(NULL, fns[i], NULL) == 0);
	EG_TEST_CHECK(eg_yield() == 0);
	EG_TEST_CHECK(arg == NULL);
	return 0;
}

/* A thread is waited for: else it would keep the hub, with all it has. */
EG_TEST_PLAIN(testmode_waits_for_threads_that_work_for_it, .limit_ms = 60000)
{
	eg_fiber_fn *const fns[] = { be_in_a_thread, let_thread_go,
				     be_in_a_thread };
	eg_test_report report = EG_TEST_REPORT_INIT;
	eg_test_options o = EG_TEST_OPTIONS_INIT;
	int fds = 0;

	egt_eq(pipe2(w.pipe, O_CLOEXEC), 0);
	o.order = EG_ORDER_FIFO;
	for (o.seed = 1; o.seed <= SEEDS; o.seed++) {
		begin_world();
		egt_eq(eg_test_run(fail_meanwhile,
				   (void *)(uintptr_t)&fns[o.seed % 2], &o,
				   &report),
		       1);
		egt_eq(report.found, EG_FOUND_CHECK);
		egt_eq(w.returned, 2);
		egt_eq(mapped_frames(), 0);
		if (o.seed == 1)
			fds = egt_fd_count();
	}
	egt_eq(egt_fd_count(), fds);
	close(w.pipe[0]);
	close(w.pipe[1]);
}
