/* SPDX-License-Identifier: MIT */
/*
 * POSIX message queues: a reader waits for a message, a writer for room, the
 * most urgent comes first, and timed calls give up in time.
 */
#include "claim.h"

#include <mqueue.h>

static mqd_t queue;

static void *sends(void *arg)
{
	char text[16];

	for (int i = 0; i < 30; i++) {
		snprintf(text, sizeof(text), "%d", i);
		OK(mq_send(queue, text, 16, 5));
	}
	return arg;
}

static void *receives(void *arg)
{
	char text[16];
	unsigned priority;

	CHECK_EQ(mq_receive(queue, text, 16, &priority), 16);
	CHECK_EQ(priority, 9);
	CHECK(strcmp(text, "wake") == 0);
	return arg;
}

int main(void)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 16 };
	char name[64], text[16] = "wake";
	int64_t begin;
	struct timespec t;
	pthread_t thread;
	unsigned priority;

	snprintf(name, sizeof(name), "/claim-%d", getpid());
	queue = OK(mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attr));
	OK(mq_unlink(name));
	thread = start(receives, NULL);
	settle();
	OK(mq_send(queue, text, 16, 9));
	join(thread);
	thread = start(sends, NULL); /* waits after four */
	for (int i = 0; i < 30; i++) {
		CHECK_EQ(mq_receive(queue, text, 16, &priority), 16);
		CHECK_EQ(atoi(text), i);
	}
	join(thread);
	OK(mq_send(queue, "low", 4, 1));
	OK(mq_send(queue, "high", 5, 2));
	CHECK_EQ(mq_receive(queue, text, 16, NULL), 5);
	CHECK_EQ(mq_receive(queue, text, 16, NULL), 4);
	begin = now(CLOCK_MONOTONIC);
	t = after(CLOCK_REALTIME, 20 * MSEC);
	CHECK_ERROR(mq_timedreceive(queue, text, 16, NULL, &t), ETIMEDOUT);
	CHECK(now(CLOCK_MONOTONIC) - begin >= 19 * MSEC);
	CHECK_ERROR(mq_receive(queue, text, 3, NULL), EMSGSIZE);
	OK(mq_close(queue));
	return ok();
}
