/* SPDX-License-Identifier: MIT */
/*
 * Tutorial, step 5: a group of fibers that work through a channel.
 */
#include <evergreen/evergreen.h>

#include <stdio.h>

enum { WORKERS = 4, NUMBERS = 1000 };

struct work {
	eg_chan *numbers;
	eg_chan *squares;
};

static void *square_all(void *arg)
{
	struct work *w = arg;
	long n;

	while (eg_chan_recv(w->numbers, &n, EG_FOREVER) == 0) {
		n *= n;
		if (eg_chan_send(w->squares, &n, EG_FOREVER) < 0)
			break;
	}
	return NULL;
}

static void *feed(void *arg)
{
	struct work *w = arg;

	for (long n = 1; n <= NUMBERS; n++)
		if (eg_chan_send(w->numbers, &n, EG_FOREVER) < 0)
			break;
	eg_chan_close(w->numbers); /* the workers end when it is empty */
	return NULL;
}

static int add_up(struct work *w)
{
	eg_group fibers = { 0 };
	long square, sum = 0;
	int r;

	r = eg_group_spawn(&fibers, feed, w, NULL);
	for (int i = 0; i < WORKERS && r == 0; i++)
		r = eg_group_spawn(&fibers, square_all, w, NULL);
	for (int i = 0; i < NUMBERS && r == 0; i++) {
		r = eg_chan_recv(w->squares, &square, eg_after(EG_SEC));
		if (r == 0)
			sum += square;
	}
	eg_group_done(&fibers); /* after this none of them can use w */
	printf("%d numbers, sum of squares %ld\n", NUMBERS, sum);
	return r;
}

static int run(void *arg)
{
	struct work w = { NULL, NULL };
	int r;

	(void)arg;
	r = eg_chan_new(&w.numbers, sizeof(long), 16);
	if (r == 0)
		r = eg_chan_new(&w.squares, sizeof(long), 0);
	if (r == 0)
		r = add_up(&w);
	eg_chan_unref(w.numbers);
	eg_chan_unref(w.squares);
	return r;
}

int main(void)
{
	int status;

	return eg_run(run, NULL, NULL, &status) < 0 || status < 0;
}
