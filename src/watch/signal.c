/* SPDX-License-Identifier: MIT */
/*
 * Signal watchers: a table of the process says which loop watches a signal, the
 * handler marks it there, and the loop's next turn feeds the watchers. Children
 * are child.c's.
 */
#include "watch/watch.h"

#include "base/sys.h"

#include <pthread.h>
#include <signal.h>

enum { SIGNALS = 64 };

/*
 * What is not atomic belongs to the thread of the loop that has claimed the
 * entry, by its pointer in loop.
 *
 * A handler, or eg_loop_feed_signal(), may run on any thread while the loop
 * stops watching. It counts itself in before it takes the loop, and out when
 * it does not touch it any more; who takes the loop away waits for the count
 * to be 0 (both by seq_cst: one of the two sees the other). A handler on the
 * waiting thread itself has come to its end.
 */
struct watched {
	struct eg_loop *loop; /* atomic; NULL: nobody watches */
	int32_t inside;	      /* atomic; handlers that may touch it */
	uint32_t watchers;
	struct sigaction previous;
};

static struct watched table[SIGNALS];

/* Atomic; a bit for each signal that came and was not fed. */
static uint64_t came;

static struct watched *find(int signum)
{
	return &table[signum - 1];
}

static uint64_t bit(int signum)
{
	return UINT64_C(1) << (signum - 1);
}

static bool is_signal(int signum)
{
	return signum >= 1 && signum <= SIGNALS;
}

/* Async-signal-safe. */
static void mark(int signum)
{
	struct watched *s = find(signum);
	struct eg_loop *l;

	__atomic_fetch_add(&s->inside, 1, __ATOMIC_SEQ_CST);
	l = __atomic_load_n(&s->loop, __ATOMIC_SEQ_CST);
	if (l) {
		__atomic_fetch_or(&came, bit(signum), __ATOMIC_SEQ_CST);
		eg__watch_wake(l);
	}
	__atomic_fetch_sub(&s->inside, 1, __ATOMIC_SEQ_CST);
}

static void on_signal(int signum)
{
	int saved = errno;

	mark(signum);
	errno = saved;
}

int eg_loop_feed_signal(int signum)
{
	if (!is_signal(signum))
		return -EINVAL;
	mark(signum);
	return 0;
}

static eg_watch_signal *signal_of(eg_watcher *w)
{
	return eg_container_of(w, eg_watch_signal, watcher);
}

int eg_watch_signal_init(eg_watch_signal *signal, eg_watcher_fn *fn, int signum)
{
	if (!signal || !is_signal(signum) || signum == SIGKILL ||
	    signum == SIGSTOP)
		return -EINVAL;
	/* libc keeps the first real-time ones for itself. */
	if (signum > SIGSYS && signum < SIGRTMIN)
		return -EINVAL;
	eg__watcher_init(&signal->watcher, EG_WATCH_SIGNAL, fn);
	signal->signum = signum;
	return 0;
}

/* Handlers that the parent's other threads were in do not run on in a child. */
static void forget_handlers(void)
{
	for (size_t i = 0; i < EG_ARRAY_LEN(table); i++)
		__atomic_store_n(&table[i].inside, 0, __ATOMIC_SEQ_CST);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int prepared;

static void prepare(void)
{
	prepared = -pthread_atfork(NULL, NULL, forget_handlers);
}

static void let_go(struct watched *s)
{
	__atomic_store_n(&s->loop, NULL, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&s->inside, __ATOMIC_SEQ_CST) > 0)
		eg__cpu_relax();
}

/* On the alternate stack if there is one: fibers' own are small. */
static int install(struct watched *s, int signum)
{
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = SA_RESTART | SA_ONSTACK };
	sigset_t set;

	sigfillset(&action.sa_mask);
	if (sigaction(signum, &action, &s->previous))
		return -errno;
	sigemptyset(&set);
	sigaddset(&set, signum);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	return 0;
}

static int claim(struct eg_loop *l, struct watched *s, int signum)
{
	struct eg_loop *nobody = NULL;
	int r;

	pthread_once(&once, prepare);
	if (prepared < 0)
		return prepared;
	if (!__atomic_compare_exchange_n(&s->loop, &nobody, l, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return nobody == l ? 0 : -EBUSY;
	/* What came before is not for these watchers. */
	__atomic_fetch_and(&came, ~bit(signum), __ATOMIC_SEQ_CST);
	r = install(s, signum);
	if (r < 0)
		let_go(s);
	return r;
}

static int start_signal(struct eg_loop *l, eg_watcher *w)
{
	int signum = signal_of(w)->signum;
	struct watched *s = find(signum);
	int r = claim(l, s, signum);

	if (r < 0)
		return r;
	s->watchers++;
	eg__watch_list_add(&l->signals, w);
	return 0;
}

static void stop_signal(struct eg_loop *l, eg_watcher *w)
{
	int signum = signal_of(w)->signum;
	struct watched *s = find(signum);

	eg__watch_list_remove(&l->signals, w);
	if (--s->watchers)
		return;
	/* First, so that no more handlers begin. */
	sigaction(signum, &s->previous, NULL);
	let_go(s);
}

const struct eg_watch_kind_ops eg__watch_signal_ops = {
	.name = "signal",
	.start = start_signal,
	.stop = stop_signal,
};

/* Those of @l that came; the others stay. */
static uint64_t take(const struct eg_loop *l)
{
	uint64_t all = __atomic_load_n(&came, __ATOMIC_SEQ_CST);
	uint64_t mine = 0;

	for (uint64_t left = all; left; left &= left - 1) {
		const struct watched *s = &table[__builtin_ctzll(left)];

		if (__atomic_load_n(&s->loop, __ATOMIC_RELAXED) == l)
			mine |= left & -left;
	}
	if (mine)
		__atomic_fetch_and(&came, ~mine, __ATOMIC_SEQ_CST);
	return mine;
}

void eg__watch_signals_feed(struct eg_loop *l)
{
	uint64_t signals;

	if (!l->signals.first)
		return;
	signals = take(l);
	if (!signals)
		return;
	for (eg_watcher *w = l->signals.first; w; w = w->_next)
		if (signals & bit(signal_of(w)->signum))
			eg__watch_feed(l, w, EG_SIGNAL);
}

/* What came and was not fed is kept: some of it may be the child's. */
void eg__watch_signal_after_fork(struct eg_loop *l)
{
	if (__atomic_load_n(&came, __ATOMIC_RELAXED))
		eg__watch_wake(l);
}
