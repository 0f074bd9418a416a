/* SPDX-License-Identifier: MIT */
/*
 * Select: of several cases one is done, the others are as if never tried, and
 * nothing is lost however the wait ends. One test, one line per kind of case.
 */
#include "fiber_trace.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* One of everything that can be waited for, none of it ready. */
struct world {
	eg_chan *chan, *full_chan;
	eg_queue *queue, *full_queue;
	eg_event event, go_on;
	eg_result result;
	eg_sem sem, peeked;
	eg_fiber *fiber;
	int fd[2];
	eg_case cases[EG_CASE_KINDS];
	long in, out;
	void *value;
};

static void *wait_for_event(void *arg)
{
	egt_eq(eg_event_wait(arg, EG_FOREVER), 0);
	return arg;
}

static void world_open(struct world *w)
{
	eg_queue_options one = EG_QUEUE_OPTIONS_INIT;

	*w = (struct world){ .out = 5 };
	one.capacity = 1;
	egt_eq(eg_chan_new(&w->chan, sizeof(long), 1), 0);
	egt_eq(eg_chan_new(&w->full_chan, sizeof(long), 1), 0);
	egt_eq(eg_chan_send(w->full_chan, &w->out, EG_NOW), 0);
	egt_eq(eg_queue_new(&w->queue, sizeof(long), &one), 0);
	egt_eq(eg_queue_new(&w->full_queue, sizeof(long), &one), 0);
	egt_eq(eg_queue_put(w->full_queue, &w->out, EG_NOW), 0);
	egt_eq(eg_spawn(&w->fiber, wait_for_event, &w->go_on), 0);
	egt_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, w->fd), 0);
	w->cases[EG_CASE_RECV] = eg_case_recv(w->chan, &w->in);
	w->cases[EG_CASE_SEND] = eg_case_send(w->full_chan, &w->out);
	w->cases[EG_CASE_GET] = eg_case_get(w->queue, &w->in);
	w->cases[EG_CASE_PUT] = eg_case_put(w->full_queue, &w->out);
	w->cases[EG_CASE_EVENT] = eg_case_event(&w->event);
	w->cases[EG_CASE_RESULT] = eg_case_result(&w->result, &w->value);
	w->cases[EG_CASE_SEM] = eg_case_sem(&w->sem);
	w->cases[EG_CASE_SEM_PEEK] = eg_case_sem_peek(&w->peeked);
	w->cases[EG_CASE_FIBER] = eg_case_fiber(w->fiber, &w->value);
	w->cases[EG_CASE_FD] = eg_case_fd(w->fd[0], POLLIN);
	w->cases[EG_CASE_TIME] = eg_case_time(eg_after(EG_SEC));
	/* The simulated clock knows no processes and no sockets. */
	if (egt_is_sim())
		w->cases[EG_CASE_FD] = (eg_case){ 0 };
}

/* What stands in a line and is not taken would be there still. */
static void world_close(struct world *w)
{
	long value;

	egt_le(0, eg_event_set(&w->go_on));
	egt_eq(eg_join(w->fiber, NULL, EG_FOREVER), 0);
	egt_eq(eg_chan_recv(w->chan, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_chan_recv(w->full_chan, &value, EG_NOW), 0);
	egt_eq(eg_chan_recv(w->full_chan, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_queue_get(w->queue, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_queue_get(w->full_queue, &value, EG_NOW), 0);
	egt_eq(eg_queue_get(w->full_queue, &value, EG_NOW), -ETIMEDOUT);
	egt_eq(eg_sem_post(&w->sem), 0);
	egt_eq(eg_sem_units(&w->sem), 1);
	eg_chan_unref(w->chan);
	eg_chan_unref(w->full_chan);
	eg_queue_unref(w->queue);
	eg_queue_unref(w->full_queue);
	egt_eq(eg_close(w->fd[0]), 0);
	egt_eq(eg_close(w->fd[1]), 0);
}

/* Makes the case of @kind come. */
static void bring(struct world *w, enum eg_case_kind kind)
{
	long value = 7;

	switch (kind) {
	case EG_CASE_RECV:
		egt_eq(eg_chan_send(w->chan, &value, EG_NOW), 0);
		break;
	case EG_CASE_SEND:
		egt_eq(eg_chan_recv(w->full_chan, &value, EG_NOW), 0);
		break;
	case EG_CASE_GET:
		egt_eq(eg_queue_put(w->queue, &value, EG_NOW), 0);
		break;
	case EG_CASE_PUT:
		egt_eq(eg_queue_get(w->full_queue, &value, EG_NOW), 0);
		break;
	case EG_CASE_EVENT:
		egt_le(0, eg_event_set(&w->event));
		break;
	case EG_CASE_RESULT:
		egt_le(0, eg_result_set(&w->result, w));
		break;
	case EG_CASE_SEM:
		egt_eq(eg_sem_post(&w->sem), 0);
		break;
	case EG_CASE_SEM_PEEK:
		egt_eq(eg_sem_post(&w->peeked), 0);
		break;
	case EG_CASE_FIBER:
		egt_le(0, eg_event_set(&w->go_on));
		break;
	case EG_CASE_FD:
		egt_eq(write(w->fd[1], "x", 1), 1);
		break;
	default:
		break; /* a time comes by itself */
	}
}

struct bringer {
	struct world *world;
	enum eg_case_kind kind;
};

static void *bring_it(void *arg)
{
	struct bringer *b = arg;

	bring(b->world, b->kind);
	return NULL;
}

static void check_value(const struct world *w, enum eg_case_kind kind)
{
	if (kind == EG_CASE_RECV || kind == EG_CASE_GET)
		egt_eq(w->in, 7);
	else
		egt_eq(w->in, 0);
	if (kind == EG_CASE_RESULT)
		egt_ptr_eq(w->value, w);
	if (kind == EG_CASE_FIBER)
		egt_ptr_eq(w->value, &w->go_on);
	egt_eq(w->cases[kind].result, kind == EG_CASE_FD ? POLLIN : 0);
	for (int k = 0; k < EG_CASE_KINDS; k++)
		egt_eq(w->cases[k].order, k == (int)kind);
}

static bool is_there(const struct world *w, int kind)
{
	return w->cases[kind].kind != EG_CASE_NONE;
}

EG_TEST(select_waits_for_whichever_comes)
{
	for (int kind = 1; kind < EG_CASE_KINDS; kind++) {
		struct world w;
		struct bringer b = { &w, (enum eg_case_kind)kind };
		eg_fiber *f;

		egt_casef("kind %d", kind);
		world_open(&w);
		if (is_there(&w, kind)) {
			egt_eq(eg_spawn(&f, bring_it, &b), 0);
			egt_eq(eg_select(w.cases, EG_CASE_KINDS, EG_FOREVER, 0),
			       kind);
			check_value(&w, b.kind);
			egt_eq(eg_join(f, NULL, EG_FOREVER), 0);
		}
		world_close(&w);
	}
}

EG_TEST(select_takes_what_is_ready_without_waiting)
{
	for (int kind = 1; kind < EG_CASE_TIME; kind++) {
		struct world w;

		egt_casef("kind %d", kind);
		world_open(&w);
		if (is_there(&w, kind)) {
			bring(&w, (enum eg_case_kind)kind);
			/* The fiber has to run to its end. */
			settle();
			egt_eq(eg_select(w.cases, EG_CASE_KINDS, EG_NOW, 0),
			       kind);
			check_value(&w, (enum eg_case_kind)kind);
		}
		world_close(&w);
	}
}

static void *select_and_keep(void *arg)
{
	struct world *w = arg;

	return (void *)(intptr_t)eg_select(w->cases, EG_CASE_KINDS, EG_FOREVER,
					   0);
}

EG_TEST(select_cut_short_has_done_nothing)
{
	enum { BY_DEADLINE, BY_REGION, BY_KILL, WAYS };

	for (int way = 0; way < WAYS; way++) {
		struct world w;
		eg_timeout region;
		eg_fiber *f;
		void *result;

		egt_casef("way %d", way);
		world_open(&w);
		if (way == BY_DEADLINE) {
			egt_eq(eg_select(w.cases, EG_CASE_KINDS,
					 eg_after(EG_MSEC), 0),
			       -ETIMEDOUT);
		} else if (way == BY_REGION) {
			egt_eq(eg_timeout_begin(&region, eg_after(EG_MSEC)), 0);
			egt_eq(eg_select(w.cases, EG_CASE_KINDS, EG_FOREVER, 0),
			       -ETIMEDOUT);
			egt_eq(eg_timeout_end(&region), -ETIMEDOUT);
		} else {
			egt_eq(eg_spawn(&f, select_and_keep, &w), 0);
			settle();
			egt_eq(eg_kill(f, -EIO, EG_FOREVER), 0);
			egt_eq(eg_join(f, &result, EG_FOREVER), 0);
			egt_eq((intptr_t)result, -EIO);
		}
		for (int k = 0; k < EG_CASE_KINDS; k++)
			egt_eq(w.cases[k].order, 0);
		world_close(&w);
	}
}

EG_TEST(select_of_the_cancelled_takes_what_is_ready)
{
	struct world w;

	world_open(&w);
	eg_cancel(eg_self());
	egt_eq(eg_select(w.cases, EG_CASE_KINDS, EG_NOW, 0), -ECANCELED);
	egt_eq(eg_select(w.cases, EG_CASE_KINDS, EG_FOREVER, 0), -ECANCELED);
	bring(&w, EG_CASE_SEM);
	egt_eq(eg_select(w.cases, EG_CASE_KINDS, EG_FOREVER, 0), EG_CASE_SEM);
	egt_eq(eg_uncancel(), 1);
	world_close(&w);
}

/* Both sides of each of two channels, by two fibers: each value once. */
struct two_ways {
	eg_chan *a, *b;
	long sum;
	int rounds;
};

static void *trade(void *arg)
{
	struct two_ways *t = arg;

	for (int i = 0; i < t->rounds; i++) {
		long in = 0, out = i + 1;
		eg_case cases[] = { eg_case_send(t->a, &out),
				    eg_case_recv(t->b, &in) };
		int r = eg_select(cases, 2, EG_FOREVER, EG_SELECT_FAIR);

		egt_le(0, r);
		egt_eq(cases[r].result, 0);
		t->sum += r == 0 ? -out : in;
	}
	return NULL;
}

EG_TEST(select_against_select_passes_each_value_once)
{
	enum { ROUNDS = 500 };
	struct two_ways one = { .rounds = ROUNDS },
			other = { .rounds = ROUNDS };
	eg_fiber *f[2];

	egt_eq(eg_chan_new(&one.a, sizeof(long), 0), 0);
	egt_eq(eg_chan_new(&one.b, sizeof(long), 0), 0);
	other.a = one.b;
	other.b = one.a;
	egt_eq(eg_spawn(&f[0], trade, &one), 0);
	egt_eq(eg_spawn(&f[1], trade, &other), 0);
	egt_eq(eg_join(f[0], NULL, EG_FOREVER), 0);
	egt_eq(eg_join(f[1], NULL, EG_FOREVER), 0);
	egt_eq(one.sum + other.sum, 0);
	eg_chan_unref(one.a);
	eg_chan_unref(one.b);
}

EG_TEST(select_does_not_meet_itself)
{
	long in = 0, out = 3;
	eg_chan *c;

	egt_eq(eg_chan_new(&c, sizeof(long), 0), 0);
	for (int first = 0; first < 2; first++) {
		eg_case cases[2];

		cases[first] = eg_case_send(c, &out);
		cases[!first] = eg_case_recv(c, &in);
		egt_eq(eg_select(cases, 2, eg_after(EG_MSEC), 0), -ETIMEDOUT);
	}
	egt_eq(in, 0);
	eg_chan_unref(c);
}

EG_TEST(select_fair_starves_no_case)
{
	eg_sem s[3];
	int taken[3] = { 0 };

	for (int i = 0; i < 3; i++)
		egt_eq(eg_sem_init(&s[i], 300), 0);
	for (int i = 0; i < 300; i++) {
		eg_case cases[] = { eg_case_sem(&s[0]), eg_case_sem(&s[1]),
				    eg_case_sem(&s[2]) };

		taken[eg_select(cases, 3, EG_FOREVER, EG_SELECT_FAIR)]++;
	}
	for (int i = 0; i < 3; i++)
		egt_eq(taken[i], 100);
}

EG_TEST(select_prefers_the_first_of_those_ready)
{
	eg_sem s[2];
	eg_case cases[] = { eg_case_sem(&s[0]), eg_case_sem(&s[1]) };

	egt_eq(eg_sem_init(&s[0], 2), 0);
	egt_eq(eg_sem_init(&s[1], 1), 0);
	egt_eq(eg_select(cases, 2, EG_FOREVER, 0), 0);
	egt_eq(eg_select(cases, 2, EG_FOREVER, 0), 0);
	egt_eq(eg_select(cases, 2, EG_FOREVER, 0), 1);
	egt_eq(eg_select(cases, 2, EG_NOW, 0), -ETIMEDOUT);
}

struct ends {
	eg_chan *chan;
	int fd;
};

static void *close_chan(void *arg)
{
	struct ends *e = arg;

	egt_eq(eg_chan_close(e->chan), 0);
	return NULL;
}

static void *close_fd(void *arg)
{
	struct ends *e = arg;

	egt_eq(eg_close(e->fd), 0);
	return NULL;
}

EG_TEST(select_case_may_come_with_an_error)
{
	int fd[2];
	struct ends e;
	long in;

	egt_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	egt_eq(eg_chan_new(&e.chan, sizeof(long), 0), 0);
	e.fd = fd[0];
	{
		eg_case cases[] = { eg_case_time(EG_FOREVER),
				    eg_case_recv(e.chan, &in) };

		egt_eq(eg_spawn(NULL, close_chan, &e), 0);
		egt_eq(eg_select(cases, 2, EG_FOREVER, 0), 1);
		egt_eq(cases[1].result, -EPIPE);
	}
	{
		eg_case cases[] = { eg_case_event(NULL), eg_case_fd(-1, POLLIN),
				    eg_case_process(-1) };

		egt_eq(eg_select(cases, 1, EG_NOW, 0), 0);
		egt_eq(cases[0].result, -EINVAL);
		egt_eq(eg_select(cases + 1, 1, EG_NOW, 0), 0);
		egt_eq(cases[1].result, -EBADF);
		egt_eq(eg_select(cases + 2, 1, EG_NOW, 0), 0);
		egt_eq(cases[2].result, -EINVAL);
	}
	if (!egt_is_sim()) {
		eg_case cases[] = { eg_case_fd(fd[0], POLLIN) };

		egt_eq(eg_spawn(NULL, close_fd, &e), 0);
		egt_eq(eg_select(cases, 1, EG_FOREVER, 0), 0);
		egt_eq(cases[0].result, -EBADF);
	} else {
		egt_eq(eg_close(fd[0]), 0);
	}
	egt_eq(eg_close(fd[1]), 0);
	eg_chan_unref(e.chan);
}

EG_TEST(select_sees_the_end_of_a_process, .backends = EGT_REAL)
{
	pid_t pid = fork();
	eg_case cases[2];
	int status;

	if (pid == 0) {
		pause();
		_exit(1);
	}
	egt_lt(0, pid);
	cases[0] = eg_case_process(pid);
	cases[1] = eg_case_time(eg_after(10 * EG_MSEC));
	egt_eq(eg_select(cases, 2, EG_FOREVER, 0), 1);
	egt_eq(kill(pid, SIGKILL), 0);
	cases[1] = eg_case_time(eg_after(60 * EG_SEC));
	egt_eq(eg_select(cases, 2, EG_FOREVER, 0), 0);
	egt_eq(cases[0].result, 0);
	egt_eq(waitpid(pid, &status, WNOHANG), pid);
	cases[0] = eg_case_process(pid);
	egt_eq(eg_select(cases, 1, EG_FOREVER, 0), 0);
	egt_eq(cases[0].result, -ESRCH);
}

/* Without a wait, too. */
EG_TEST(select_looks_at_processes, .backends = EGT_REAL)
{
	pid_t pid = fork();
	siginfo_t info;
	eg_case c;

	if (pid == 0) {
		pause();
		_exit(1);
	}
	egt_lt(0, pid);
	c = eg_case_process(pid);
	egt_eq(eg_select(&c, 1, EG_NOW, 0), -ETIMEDOUT);
	egt_eq(kill(pid, SIGKILL), 0);
	egt_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	egt_eq(eg_select(&c, 1, EG_NOW, 0), 0);
	egt_eq(c.result, 0);
	egt_eq(waitpid(pid, NULL, 0), pid);
	egt_eq(eg_select(&c, 1, EG_NOW, 0), 0);
	egt_eq(c.result, -ESRCH);
	c = eg_case_process(-1);
	egt_eq(eg_select(&c, 1, EG_NOW, 0), 0);
	egt_eq(c.result, -EINVAL);
}

EG_TEST(select_of_nothing_waits_for_its_deadline)
{
	eg_case none = { 0 };
	int64_t at = eg_after(5 * EG_MSEC);

	egt_eq(eg_select(NULL, 0, at, 0), -ETIMEDOUT);
	egt_le(at, eg_now());
	at = eg_after(5 * EG_MSEC);
	egt_eq(eg_select(&none, 1, at, EG_SELECT_FAIR), -ETIMEDOUT);
	egt_le(at, eg_now());
}

EG_TEST(select_with_one_object_twice_takes_it_once)
{
	eg_event e = { 0 };
	eg_sem s = { 0 };
	eg_case cases[] = { eg_case_event(&e), eg_case_event(&e),
			    eg_case_sem(&s), eg_case_sem(&s) };
	struct world w;

	world_open(&w);
	egt_eq(eg_select(cases, 4, eg_after(EG_MSEC), 0), -ETIMEDOUT);
	world_close(&w);
	egt_eq(eg_sem_post(&s), 0);
	egt_eq(eg_sem_post(&s), 0);
	egt_eq(eg_select(cases, 4, EG_FOREVER, 0), 2);
	egt_eq(eg_sem_units(&s), 1);
	egt_eq(eg_event_set(&e), 0);
	egt_eq(eg_select(cases, 4, EG_FOREVER, 0), 0);
}
