/* SPDX-License-Identifier: MIT */
/*
 * Paths: not there, made, changed, removed; what they were. LV-16
 */
#include "../expect.h"

#include <fcntl.h>
#include <unistd.h>

static char path[] = "./stat-XXXXXX";
static int step;

static void change(int size)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	expect(fd >= 0 && ftruncate(fd, size) == 0);
	close(fd);
}

static void on_stat(EV_P_ ev_stat *w, int revents)
{
	expect(revents == EV_STAT && ev_is_active(w));
	/* A change is seen at once or in two parts: what counts is the last. */
	if (step == 0 && w->attr.st_nlink && w->attr.st_size == 1) {
		say("made\n");
		step = 1;
		change(2);
	} else if (step == 1 && w->attr.st_size == 2) {
		say("changed from %d\n", (int)w->prev.st_size);
		step = 2;
		unlink(path);
	} else if (step == 2 && !w->attr.st_nlink) {
		say("gone\n");
		ev_stat_stop(EV_A_ w);
	}
}

int main(void)
{
	struct ev_loop *loop = EV_DEFAULT;
	ev_stat w;
	int fd = mkstemp(path);

	expect(fd >= 0);
	close(fd);
	ev_stat_init(&w, on_stat, path, 0.);
	ev_stat_stat(loop, &w);
	expect(w.attr.st_nlink == 1 && w.attr.st_size == 0);
	unlink(path);
	ev_stat_start(loop, &w);
	expect(w.attr.st_nlink == 0);
	expect(ev_run(loop, EVRUN_NOWAIT) != 0);
	change(1);
	expect(ev_run(loop, 0) == 0);
	ev_stat_init(&w, on_stat, "/", 0.);
	ev_stat_start(loop, &w);
	expect(w.attr.st_nlink > 0);
	ev_stat_stop(loop, &w);
	ev_loop_destroy(loop);
	return 0;
}
