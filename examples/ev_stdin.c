/* SPDX-License-Identifier: MIT */
/*
 * A program for libev, built with evergreen: says what lines come on standard
 * input, and gives up when none comes for a while. `cc ev_stdin.c $(pkg-config
 * --cflags --libs evergreen-ev)`, or -lev: it does the same.
 */
#include <ev.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE 0.5

static ev_timer patience;

static void on_input(EV_P_ ev_io *w, int revents)
{
	char text[256];
	ssize_t got = read(w->fd, text, sizeof(text) - 1);

	(void)revents;
	if (got <= 0) {
		puts("end of input");
		ev_break(EV_A_ EVBREAK_ALL);
		return;
	}
	text[got] = '\0';
	text[strcspn(text, "\n")] = '\0';
	printf("input: %s\n", text);
	/* Not a stop and a start: that is what "again" is for. */
	ev_timer_again(EV_A_ & patience);
}

static void on_patience(EV_P_ ev_timer *w, int revents)
{
	(void)w;
	(void)revents;
	puts("nothing comes");
	ev_break(EV_A_ EVBREAK_ALL);
}

int main(void)
{
	struct ev_loop *loop = EV_DEFAULT;
	ev_io input;

	ev_io_init(&input, on_input, STDIN_FILENO, EV_READ);
	ev_io_start(loop, &input);
	ev_timer_init(&patience, on_patience, PATIENCE, PATIENCE);
	ev_timer_start(loop, &patience);
	ev_run(loop, 0);
	return 0;
}
