/* SPDX-License-Identifier: MIT */
/*
 * From another thread: a send wakes the loop, several are one, and what was
 * written before is seen. LV-01 LV-22
 */
#include "../expect.h"

#include <pthread.h>

enum { MANY = 1000 };

struct shared {
	struct ev_loop *loop;
	ev_async async;
	int sent; /* atomic */
	int seen, calls;
};

static void on_async(EV_P_ ev_async *w, int revents)
{
	struct shared *s = (struct shared *)w->data;

	expect(revents == EV_ASYNC);
	s->seen = __atomic_load_n(&s->sent, __ATOMIC_RELAXED);
	s->calls++;
	if (s->seen == MANY)
		ev_break(EV_A_ EVBREAK_ALL);
}

static void *send_many(void *arg)
{
	struct shared *s = (struct shared *)arg;
	int i;

	for (i = 1; i <= MANY; i++) {
		__atomic_store_n(&s->sent, i, __ATOMIC_RELAXED);
		ev_async_send(s->loop, &s->async);
	}
	return NULL;
}

int main(void)
{
	static struct shared s;
	pthread_t thread;

	s.loop = ev_loop_new(0);
	ev_async_init(&s.async, on_async);
	s.async.data = &s;
	ev_async_start(s.loop, &s.async);
	expect(!ev_async_pending(&s.async));
	ev_async_send(s.loop, &s.async);
	ev_async_send(s.loop, &s.async);
	expect(ev_async_pending(&s.async));
	ev_run(s.loop, EVRUN_ONCE);
	ev_run(s.loop, EVRUN_NOWAIT);
	expect(s.calls == 1 && !ev_async_pending(&s.async));
	expect(pthread_create(&thread, NULL, send_many, &s) == 0);
	ev_run(s.loop, 0);
	expect(pthread_join(thread, NULL) == 0);
	expect(s.seen == MANY && s.calls <= MANY + 1);
	ev_async_stop(s.loop, &s.async);
	ev_loop_destroy(s.loop);
	return 0;
}
