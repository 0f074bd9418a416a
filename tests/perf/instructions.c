/* SPDX-License-Identifier: MIT */
/*
 * Operations to be counted, in instructions, by tools/check-instructions. Runs
 * one of them so often; does not measure anything itself.
 */
#include <evergreen/evergreen.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long count;
static eg_chan *chan;
static eg_sem ping, pong;

static void *yields(void *arg)
{
	for (long i = 0; i < count; i++)
		eg_yield();
	return arg;
}

/* A switch: two fibers, half of them each. */
static void run_yield(void)
{
	eg_fiber *f;

	count /= 2;
	if (eg_spawn(&f, yields, NULL) == 0) {
		yields(NULL);
		eg_join(f, NULL, EG_FOREVER);
	}
}

static void *nothing(void *arg)
{
	return arg;
}

static void run_spawn_join(void)
{
	eg_fiber *f;

	for (long i = 0; i < count; i++)
		if (eg_spawn(&f, nothing, NULL) == 0)
			eg_join(f, NULL, EG_FOREVER);
}

static void *sends(void *arg)
{
	for (long i = 0; i < count; i++)
		eg_chan_send(chan, &i, EG_FOREVER);
	return arg;
}

static void run_chan(size_t capacity)
{
	eg_fiber *f;
	long value;

	if (eg_chan_new(&chan, sizeof(long), capacity) < 0)
		return;
	if (eg_spawn(&f, sends, NULL) == 0) {
		for (long i = 0; i < count; i++)
			eg_chan_recv(chan, &value, EG_FOREVER);
		eg_join(f, NULL, EG_FOREVER);
	}
	eg_chan_unref(chan);
}

static void run_chan_0(void)
{
	run_chan(0);
}

static void run_chan_64(void)
{
	run_chan(64);
}

static void *pongs(void *arg)
{
	for (long i = 0; i < count; i++) {
		eg_sem_wait(&ping, EG_FOREVER);
		eg_sem_post(&pong);
	}
	return arg;
}

/* There and back. */
static void run_sem(void)
{
	eg_fiber *f;

	if (eg_spawn(&f, pongs, NULL) < 0)
		return;
	for (long i = 0; i < count; i++) {
		eg_sem_post(&ping);
		eg_sem_wait(&pong, EG_FOREVER);
	}
	eg_join(f, NULL, EG_FOREVER);
}

static void run_mutex(void)
{
	static eg_mutex mutex;

	for (long i = 0; i < count; i++) {
		eg_mutex_lock(&mutex, EG_FOREVER);
		eg_mutex_unlock(&mutex);
	}
}

static void run_rmutex(void)
{
	static eg_rmutex rmutex;

	for (long i = 0; i < count; i++) {
		eg_rmutex_lock(&rmutex, EG_FOREVER);
		eg_rmutex_unlock(&rmutex);
	}
}

static void run_rwlock(void)
{
	static eg_rwlock rwlock;

	for (long i = 0; i < count; i++) {
		eg_rwlock_rdlock(&rwlock, EG_FOREVER);
		eg_rwlock_unlock(&rwlock);
	}
}

static void run_event(void)
{
	static eg_event event;

	for (long i = 0; i < count; i++) {
		eg_event_set(&event);
		eg_event_wait(&event, EG_FOREVER);
		eg_event_clear(&event);
	}
}

static void run_sem_alone(void)
{
	static eg_sem sem;

	for (long i = 0; i < count; i++) {
		eg_sem_post(&sem);
		eg_sem_wait(&sem, EG_FOREVER);
	}
}

static void run_chan_alone(void)
{
	long value;

	if (eg_chan_new(&chan, sizeof(long), 64) < 0)
		return;
	for (long i = 0; i < count; i++) {
		eg_chan_send(chan, &i, EG_FOREVER);
		eg_chan_recv(chan, &value, EG_FOREVER);
	}
	eg_chan_unref(chan);
}

static void run_queue_alone(void)
{
	eg_queue_options options = EG_QUEUE_OPTIONS_INIT;
	eg_queue *queue;
	long value;

	options.capacity = 64;
	if (eg_queue_new(&queue, sizeof(long), &options) < 0)
		return;
	for (long i = 0; i < count; i++) {
		eg_queue_put(queue, &i, EG_FOREVER);
		eg_queue_get(queue, &value, EG_FOREVER);
	}
	eg_queue_unref(queue);
}

static void *puts_in(void *arg)
{
	for (long i = 0; i < count; i++)
		eg_queue_put(arg, &i, EG_FOREVER);
	return arg;
}

/* Room for one: the two take turns. */
static void run_queue_handover(void)
{
	eg_queue_options options = EG_QUEUE_OPTIONS_INIT;
	eg_queue *queue;
	eg_fiber *f;
	long value;

	options.capacity = 1;
	if (eg_queue_new(&queue, sizeof(long), &options) < 0)
		return;
	if (eg_spawn(&f, puts_in, queue) == 0) {
		for (long i = 0; i < count; i++)
			eg_queue_get(queue, &value, EG_FOREVER);
		eg_join(f, NULL, EG_FOREVER);
	}
	eg_queue_unref(queue);
}

static void run_shared_event(void)
{
	static eg_shared_event event;

	for (long i = 0; i < count; i++) {
		eg_shared_event_set(&event);
		eg_shared_event_wait(&event, EG_FOREVER);
		eg_shared_event_clear(&event);
	}
}

static void run_shared_sem_alone(void)
{
	static eg_shared_sem sem;

	for (long i = 0; i < count; i++) {
		eg_shared_sem_post(&sem);
		eg_shared_sem_wait(&sem, EG_FOREVER);
	}
}

static eg_shared_sem shared_ping, shared_pong;

static void *shared_pongs(void *arg)
{
	for (long i = 0; i < count; i++) {
		eg_shared_sem_wait(&shared_ping, EG_FOREVER);
		eg_shared_sem_post(&shared_pong);
	}
	return arg;
}

/* There and back, between fibers of one hub. */
static void run_shared_sem(void)
{
	eg_fiber *f;

	if (eg_spawn(&f, shared_pongs, NULL) < 0)
		return;
	for (long i = 0; i < count; i++) {
		eg_shared_sem_post(&shared_ping);
		eg_shared_sem_wait(&shared_pong, EG_FOREVER);
	}
	eg_join(f, NULL, EG_FOREVER);
}

static void run_shared_queue(void)
{
	eg_shared_queue *queue;
	long value;

	if (eg_shared_queue_new(&queue, sizeof(long), 64) < 0)
		return;
	for (long i = 0; i < count; i++) {
		eg_shared_queue_put(queue, &i, EG_FOREVER);
		eg_shared_queue_get(queue, &value, EG_FOREVER);
	}
	eg_shared_queue_unref(queue);
}

static int map_nothing(void *result, const void *item, void *arg)
{
	(void)result;
	(void)item;
	(void)arg;
	return 0;
}

static void run_pool_map(void)
{
	eg_map map = EG_MAP_INIT;
	eg_pool *pool;

	map.fn = map_nothing;
	map.count = (size_t)count;
	if (eg_pool_new(&pool, 100) < 0)
		return;
	eg_pool_map(pool, &map, EG_FOREVER);
	eg_pool_free(pool);
}

static void run_pool_spawn(void)
{
	eg_pool *pool;

	if (eg_pool_new(&pool, 100) < 0)
		return;
	for (long i = 0; i < count; i++)
		eg_pool_spawn(pool, nothing, NULL, EG_FOREVER);
	eg_pool_wait(pool, EG_FOREVER);
	eg_pool_free(pool);
}

static void on_timer(eg_timer *timer, void *arg)
{
	(void)timer;
	(void)arg;
}

static void run_timer(void)
{
	eg_timer timer;
	int64_t now = eg_now();

	eg_timer_init(&timer, on_timer, NULL);
	for (long i = 0; i < count; i++) {
		eg_timer_start(&timer, now + EG_SEC);
		eg_timer_stop(&timer);
	}
}

static eg_coro_result echoes(void *value)
{
	eg_coro *parent = eg_coro_parent(eg_coro_self());
	eg_coro_result r = { 0, value };

	do {
		r = eg_coro_switch(parent, r.value);
	} while (r.code == 0);
	return r;
}

/* A switch: half of them each way. */
static void run_coro(void)
{
	eg_coro_result r = { 0, NULL };
	eg_coro *c;

	if (eg_coro_new(&c, echoes, NULL) < 0)
		return;
	for (long i = 0; i < count; i += 2)
		r = eg_coro_switch(c, r.value);
	eg_coro_unref(c);
}

static eg_local local;

static void run_local_get(void)
{
	eg_local_init(&local, NULL, 0);
	eg_local_set(&local, &local);
	for (long i = 0; i < count; i++)
		if (!eg_local_get(&local))
			abort();
}

/* What one inherited value adds to run_spawn_join(). */
static void run_spawn_join_shared(void)
{
	eg_local_init(&local, NULL, EG_LOCAL_SHARED);
	eg_local_set(&local, &local);
	run_spawn_join();
}

static const struct {
	const char *name;
	void (*run)(void);
} operations[] = {
	{ "yield", run_yield },
	{ "spawn_join", run_spawn_join },
	{ "chan_0", run_chan_0 },
	{ "chan_64", run_chan_64 },
	{ "sem_round_trip", run_sem },
	{ "mutex_lock_unlock", run_mutex },
	{ "rmutex_lock_unlock", run_rmutex },
	{ "rwlock_read_unlock", run_rwlock },
	{ "event_set_wait_clear", run_event },
	{ "sem_post_wait", run_sem_alone },
	{ "chan_send_recv", run_chan_alone },
	{ "queue_put_get", run_queue_alone },
	{ "queue_handover", run_queue_handover },
	{ "pool_map", run_pool_map },
	{ "pool_spawn", run_pool_spawn },
	{ "shared_event_set_wait_clear", run_shared_event },
	{ "shared_sem_post_wait", run_shared_sem_alone },
	{ "shared_sem_round_trip", run_shared_sem },
	{ "shared_queue_put_get", run_shared_queue },
	{ "timer_start_stop", run_timer },
	{ "coro_switch", run_coro },
	{ "local_get", run_local_get },
	{ "spawn_join_shared", run_spawn_join_shared },
};

static int main_fiber(void *arg)
{
	const char *name = arg;

	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (!strcmp(operations[i].name, name)) {
			operations[i].run();
			return 0;
		}
	fprintf(stderr, "no operation '%s'\n", name);
	return 2;
}

int main(int argc, char **argv)
{
	int status = 1;

	if (argc != 3) {
		fprintf(stderr, "usage: %s OPERATION COUNT\n", argv[0]);
		return 2;
	}
	count = atol(argv[2]);
	return eg_run(main_fiber, argv[1], NULL, &status) < 0 ? 1 : status;
}
