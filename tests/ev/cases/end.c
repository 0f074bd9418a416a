/* SPDX-License-Identifier: MIT */
/*
 * The end of a loop: cleanup watchers are called, and keep it by nothing; the
 * default loop can be made anew. LV-01 LV-21
 */
#include "../expect.h"

static int cleaned;

static void on_cleanup(EV_P_ ev_cleanup *w, int revents)
{
	(void)loop;
	expect(revents == EV_CLEANUP);
	say("cleanup %s\n", (const char *)w->data);
	cleaned++;
}

static void watch(EV_P_ ev_cleanup *w, const char *name)
{
	ev_cleanup_init(w, on_cleanup);
	w->data = (void *)(size_t)name;
	ev_cleanup_start(EV_A_ w);
}

int main(void)
{
	struct ev_loop *loop = ev_loop_new(0);
	ev_cleanup a, b, c;

	expect(EV_DEFAULT_UC == NULL);
	expect(!ev_is_default_loop(loop));
	expect(EV_DEFAULT_UC == NULL);
	watch(loop, &a, "a");
	watch(loop, &b, "b");
	ev_cleanup_stop(loop, &b);
	expect(ev_run(loop, 0) == 0);
	ev_loop_destroy(loop);
	expect(cleaned == 1);

	loop = EV_DEFAULT;
	expect(loop == EV_DEFAULT && loop == EV_DEFAULT_UC);
	expect(ev_is_default_loop(loop));
	watch(loop, &c, "c");
	ev_loop_destroy(EV_DEFAULT);
	expect(cleaned == 2);
	loop = ev_default_loop(0);
	expect(loop && ev_is_default_loop(loop));
	expect(ev_run(loop, 0) == 0);
	ev_loop_destroy(loop);
	return 0;
}
