/* SPDX-License-Identifier: MIT */
/*
 * The places from which bad calls are made: outside, in a fiber, in the hub,
 * and beside another thread's hub. The calls themselves are in the tables.
 */
#include "bad_input.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct bad_objects bad_ours;
struct bad_objects bad_theirs;

static char log_text[4096];

static void catch_line(int level, const char *line, void *arg)
{
	size_t used = strlen(log_text);

	(void)level;
	(void)arg;
	snprintf(log_text + used, sizeof(log_text) - used, "%s\n", line);
}

static void name_row(const struct bad_row *row, const char *place)
{
	egt_casef("%s, %s, %s", row->call, row->what, place);
}

static void ignore_timer(eg_timer *timer, void *arg)
{
	(void)timer;
	(void)arg;
}

static void ignore_link(eg_fiber *fiber, void *arg)
{
	(void)fiber;
	(void)arg;
}

static void ignore_call(void *arg)
{
	(void)arg;
}

static void *hold_everything(void *arg)
{
	struct bad_objects *o = arg;

	egt_eq(eg_mutex_lock(&o->mutex, EG_FOREVER), 0);
	egt_eq(eg_rmutex_lock(&o->rmutex, EG_FOREVER), 0);
	egt_eq(eg_rwlock_rdlock(&o->read, EG_FOREVER), 0);
	egt_eq(eg_rwlock_wrlock(&o->written, EG_FOREVER), 0);
	eg_event_wait(&o->event, EG_FOREVER);
	egt_eq(eg_mutex_unlock(&o->mutex), 0);
	egt_eq(eg_rmutex_unlock(&o->rmutex), 0);
	egt_eq(eg_rwlock_unlock(&o->read), 0);
	egt_eq(eg_rwlock_unlock(&o->written), 0);
	return NULL;
}

static void *wait_for_unit(void *arg)
{
	struct bad_objects *o = arg;

	eg_sem_wait(&o->sem, EG_FOREVER);
	return NULL;
}

static void *wait_for_result(void *arg)
{
	struct bad_objects *o = arg;

	eg_result_get(&o->result, NULL, EG_FOREVER);
	return NULL;
}

static void *wait_for_room(void *arg)
{
	struct bad_objects *o = arg;

	eg_sem_post_wait(&o->full_sem, EG_FOREVER);
	return NULL;
}

static void *wait_for_signal(void *arg)
{
	struct bad_objects *o = arg;
	eg_mutex own = { 0 };

	egt_eq(eg_mutex_lock(&own, EG_FOREVER), 0);
	eg_cond_wait(&o->cond, &own, EG_FOREVER);
	egt_eq(eg_mutex_unlock(&own), 0);
	return NULL;
}

static void *wait_for_another(void *arg)
{
	struct bad_objects *o = arg;

	eg_barrier_wait(&o->barrier, EG_FOREVER);
	return NULL;
}

static int give_one(void *item, void *arg)
{
	(void)item;
	(void)arg;
	return 1;
}

static int do_nothing(void *result, const void *item, void *arg)
{
	(void)result;
	(void)item;
	(void)arg;
	return 0;
}

/* Its one place is taken, its source waits for another. */
static void make_pool(struct bad_objects *o)
{
	eg_imap_options options = EG_IMAP_INIT;

	options.source = give_one;
	options.fn = do_nothing;
	egt_eq(eg_pool_new(&o->pool, 1), 0);
	egt_eq(eg_pile_new(&o->pile, o->pool), 0);
	egt_eq(eg_pile_spawn(o->pile, wait_for_unit, o, EG_NOW), 0);
	egt_eq(eg_pool_imap(o->pool, &o->imap, &options), 0);
}

static int give_nothing(eg_dag *dag, const char *key, void **ret_value,
			void *arg)
{
	(void)dag;
	(void)key;
	(void)ret_value;
	(void)arg;
	return 0;
}

static void make_graph(struct bad_objects *o)
{
	static const char *const needed[] = { "missing", NULL };

	egt_eq(eg_dag_new(&o->dag, 0), 0);
	egt_eq(eg_dag_post(o->dag, "posted", NULL, false), 0);
	egt_eq(eg_dag_spawn(o->dag, "waiting", needed, give_nothing, NULL), 0);
	egt_eq(eg_dag_each_new(&o->dag_each, o->dag, NULL, 0), 0);
}

static void make_resources(struct bad_objects *o)
{
	egt_eq(eg_resource_pool_new(&o->resources, NULL), 0);
	egt_eq(eg_resource_get(o->resources, &o->resource, 0, EG_NOW), 0);
}

/* In use: an owner, waiters, members, an armed timer. */
static void make_objects(struct bad_objects *o)
{
	int fd[2];

	*o = (struct bad_objects){ .hub = eg_hub_self() };
	egt_eq(eg_chan_new(&o->chan, 4, 1), 0);
	egt_eq(eg_queue_new(&o->queue, 4, NULL), 0);
	make_pool(o);
	make_graph(o);
	make_resources(o);
	egt_eq(eg_timer_init(&o->timer, ignore_timer, NULL), 0);
	egt_eq(eg_timer_start(&o->timer, eg_after(3600 * EG_SEC)), 0);
	egt_eq(eg_spawn(&o->fiber, hold_everything, o), 0);
	egt_eq(eg_fiber_link(o->fiber, &o->link, ignore_link, NULL, 0), 0);
	egt_eq(eg_sem_init_bounded(&o->full_sem, 1, 1), 0);
	egt_eq(eg_group_spawn(&o->group, wait_for_unit, o, NULL), 0);
	egt_eq(eg_group_spawn(&o->group, wait_for_room, o, NULL), 0);
	egt_eq(eg_group_spawn(&o->group, wait_for_result, o, NULL), 0);
	egt_eq(eg_group_spawn(&o->group, wait_for_signal, o, NULL), 0);
	egt_eq(eg_barrier_init(&o->barrier, 2), 0);
	egt_eq(eg_group_spawn(&o->group, wait_for_another, o, NULL), 0);
	egt_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	o->fd = fd[0];
	o->peer = fd[1];
	egt_eq(eg_yield(), 0);
	egt_eq(eg_callback_init(&o->callback, ignore_call, NULL), 0);
	egt_eq(eg_callback_queue(&o->callback), 0);
}

static void drop_objects(struct bad_objects *o)
{
	egt_eq(eg_timer_stop(&o->timer), 0);
	egt_le(0, eg_event_set(&o->event));
	egt_eq(eg_join(o->fiber, NULL, EG_FOREVER), 0);
	egt_eq(eg_group_done(&o->group), 0);
	egt_eq(eg_imap_free(o->imap), 0);
	egt_eq(eg_pile_free(o->pile), 0);
	egt_eq(eg_pool_free(o->pool), 0);
	eg_dag_each_free(o->dag_each);
	egt_eq(eg_dag_free(o->dag), 0);
	egt_eq(eg_resource_put(o->resources, o->resource), 0);
	egt_eq(eg_resource_pool_free(o->resources, EG_NOW), 0);
	eg_chan_unref(o->chan);
	eg_queue_unref(o->queue);
	egt_eq(eg_close(o->fd), 0);
	egt_eq(close(o->peer), 0);
}

static void check_row(const struct bad_row *row, const char *place)
{
	name_row(row, place);
	egt_eq(row->fn(), row->want);
}

void bad_run_outside(const struct bad_table *table)
{
	memset(&bad_ours, 0, sizeof(bad_ours));
	bad_ours.fd = STDIN_FILENO;
	egt_eq(eg_timer_init(&bad_ours.timer, ignore_timer, NULL), 0);
	egt_eq(eg_callback_init(&bad_ours.callback, ignore_call, NULL), 0);
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].places & OUTSIDE)
			check_row(&table->rows[i], "outside");
}

static void run_in_fiber(const struct bad_row *row)
{
	make_objects(&bad_ours);
	check_row(row, "in a fiber");
	drop_objects(&bad_ours);
}

static void run_in_callback(eg_timer *timer, void *arg)
{
	const struct bad_row *row = *(const struct bad_row **)arg;

	(void)timer;
	check_row(row, "in the hub");
	*(const struct bad_row **)arg = NULL;
}

static void run_in_hub(const struct bad_row *row)
{
	const struct bad_row *left = row;
	eg_timer timer;

	make_objects(&bad_ours);
	log_text[0] = '\0';
	eg_set_log(catch_line, NULL);
	egt_eq(eg_timer_init(&timer, run_in_callback, &left), 0);
	egt_eq(eg_timer_start(&timer, EG_NOW), 0);
	while (left)
		egt_eq(eg_sleep(EG_USEC), 0);
	eg_set_log(NULL, NULL);
	if (row->places & LOGGED) {
		char want[64];

		snprintf(want, sizeof(want), "%s would block the hub",
			 row->call);
		egt_str_has(log_text, want);
	}
	drop_objects(&bad_ours);
}

static sem_t there_they_are, that_is_all;

static int own_objects(void *arg)
{
	(void)arg;
	make_objects(&bad_theirs);
	/* The whole thread waits: its hub stands still meanwhile. */
	sem_post(&there_they_are);
	sem_wait(&that_is_all);
	drop_objects(&bad_theirs);
	return 0;
}

static void *other_thread(void *arg)
{
	egt_eq(eg_run(own_objects, arg, NULL, NULL), 0);
	return NULL;
}

static void run_beside_another(const struct bad_row *row)
{
	pthread_t thread;

	make_objects(&bad_ours);
	egt_eq(sem_init(&there_they_are, 0, 0), 0);
	egt_eq(sem_init(&that_is_all, 0, 0), 0);
	egt_eq(pthread_create(&thread, NULL, other_thread, NULL), 0);
	sem_wait(&there_they_are);
	check_row(row, "beside another hub");
	sem_post(&that_is_all);
	egt_eq(pthread_join(thread, NULL), 0);
	egt_eq(sem_destroy(&there_they_are), 0);
	egt_eq(sem_destroy(&that_is_all), 0);
	drop_objects(&bad_ours);
}

void bad_run_in_hub(const struct bad_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct bad_row *row = &table->rows[i];

		if (row->places & FIBER)
			run_in_fiber(row);
		if (row->places & HUB)
			run_in_hub(row);
		if (row->places & FOREIGN)
			run_beside_another(row);
	}
}
