/* SPDX-License-Identifier: MIT */
/*
 * Symmetric switching: two coroutines that name each other as who runs next,
 * and hand a number to and fro. Needs no hub.
 */
#include <evergreen/coro.h>

#include <stdio.h>

static eg_coro *ping, *pong;

static eg_coro_result play(const char *name, eg_coro **other, void *ball)
{
	eg_coro_result r = { 0, ball };

	while (r.code == 0 && (long)r.value < 6) {
		printf("%s %ld\n", name, (long)r.value);
		r = eg_coro_switch(*other, (void *)((long)r.value + 1));
	}
	/* What it returns goes to its parent: the main coroutine. */
	return r;
}

static eg_coro_result play_ping(void *ball)
{
	return play("ping", &pong, ball);
}

static eg_coro_result play_pong(void *ball)
{
	return play("pong", &ping, ball);
}

int main(void)
{
	eg_coro_result r;

	if (eg_coro_new(&ping, play_ping, NULL) < 0 ||
	    eg_coro_new(&pong, play_pong, NULL) < 0)
		return 1;
	r = eg_coro_switch(ping, (void *)1L);
	printf("main %ld\n", (long)r.value);
	/* The other still waits for the ball: this ends it. */
	eg_coro_unref(ping);
	eg_coro_unref(pong);
	return r.code < 0;
}
