/* SPDX-License-Identifier: MIT */
/*
 * Two fibers that hand a number to and fro over two channels, and how long a
 * round takes. Closing one channel ends the other fiber.
 */
#include <evergreen/evergreen.h>

#include <inttypes.h>
#include <stdio.h>

enum {
	ROUNDS = 100000,
};

struct table {
	eg_chan *ping, *pong;
};

static void *return_balls(void *arg)
{
	struct table *t = arg;
	int ball;

	while (eg_chan_recv(t->ping, &ball, EG_FOREVER) == 0) {
		ball++;
		if (eg_chan_send(t->pong, &ball, EG_FOREVER) < 0)
			break;
	}
	return NULL;
}

static int play(struct table *t)
{
	int64_t start = eg_now();
	int ball = 0;

	for (int i = 0; i < ROUNDS; i++) {
		int r = eg_chan_send(t->ping, &ball, EG_FOREVER);

		if (r == 0)
			r = eg_chan_recv(t->pong, &ball, EG_FOREVER);
		if (r < 0)
			return r;
	}
	printf("%d rounds, %" PRId64 " ns each\n", ball,
	       (eg_now() - start) / ROUNDS);
	return 0;
}

static int pingpong(void *arg)
{
	struct table t = { NULL, NULL };
	eg_fiber *other;
	int r;

	(void)arg;
	r = eg_chan_new(&t.ping, sizeof(int), 0);
	if (r == 0)
		r = eg_chan_new(&t.pong, sizeof(int), 0);
	if (r == 0)
		r = eg_spawn(&other, return_balls, &t);
	if (r == 0) {
		r = play(&t);
		eg_chan_close(t.ping);
		eg_join(other, NULL, EG_FOREVER);
	}
	eg_chan_unref(t.ping);
	eg_chan_unref(t.pong);
	return r < 0;
}

int main(void)
{
	int status = 1;

	if (eg_run(pingpong, NULL, NULL, &status) < 0)
		fprintf(stderr, "pingpong: no event loop\n");
	return status;
}
