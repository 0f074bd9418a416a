/* SPDX-License-Identifier: MIT */
/*
 * Tutorial, step 7: calling what blocks, and being called by a thread.
 */
#include <evergreen/evergreen.h>

#include <pthread.h>
#include <stdio.h>
#include <time.h>

static int64_t block_for_100_ms(void *arg)
{
	const struct timespec t = { .tv_nsec = 100 * EG_MSEC };

	(void)arg;
	return nanosleep(&t, NULL); /* stops its thread, not the hub's */
}

static void *offload(void *arg)
{
	int64_t value;

	if (eg_offload(block_for_100_ms, arg, &value, EG_FOREVER) == 0)
		printf("the blocking function has returned %d\n", (int)value);
	return NULL;
}

static void *go_on(void *arg)
{
	(void)arg;
	printf("other fibers run meanwhile\n");
	return NULL;
}

struct message {
	eg_hub *hub;
	eg_task task;
	eg_event arrived;
};

static void on_hub(eg_task *task, void *arg)
{
	struct message *m = arg;

	(void)task;
	eg_event_set(&m->arrived);
}

static void *post(void *arg)
{
	struct message *m = arg;

	eg_hub_post(m->hub, &m->task); /* on_hub() runs there */
	return NULL;
}

static int run(void *arg)
{
	struct message m = { .task = { .fn = on_hub, .arg = &m } };
	eg_group fibers = { 0 };
	pthread_t thread;

	eg_group_spawn(&fibers, offload, arg, NULL);
	eg_group_spawn(&fibers, go_on, arg, NULL);
	eg_group_wait(&fibers, EG_FOREVER);

	m.hub = eg_hub_ref(eg_hub_self());
	if (pthread_create(&thread, NULL, post, &m) == 0) {
		eg_event_wait(&m.arrived, EG_FOREVER);
		printf("a thread has woken a fiber\n");
		pthread_join(thread, NULL);
	}
	eg_hub_unref(m.hub);
	return 0;
}

int main(void)
{
	return eg_run(run, NULL, NULL, NULL) < 0;
}
