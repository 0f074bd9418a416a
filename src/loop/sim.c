/* SPDX-License-Identifier: MIT */
/*
 * The backend for tests: real descriptors, but a clock that jumps to the next
 * deadline when nothing else can happen, and descriptors that follow a script.
 * Nothing here is fast: each wait looks at every op in flight.
 */
#include "loop/sim.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/mem.h"
#include "loop/in_flight.h"
#include "loop/pollset.h"

enum {
	/* Real time that real descriptors get before the clock jumps: what is
	 * sent over loopback may arrive a moment later. */
	GRACE_NS = 200000,
	/* While something wanted is ready there is no need for time to pass;
	 * after so many turns of that it does, by a step each: else a program
	 * that is never idle would wait for ever. */
	BUSY_TURNS = 64,
	BUSY_STEP_NS = 100000,
	PROC_BYTES = 64,
};

static const struct timespec no_time;
static const struct timespec grace = { .tv_nsec = GRACE_NS };

/* An answer of the script, not yet given. */
struct answer {
	struct eg_list link;
	int64_t at;
	const void *data; /* borrowed from the test */
	size_t len;
	int fd;
	int32_t result;
	uint8_t kind;
};

/* An op in flight is on scripted, or on a list of the set's. */
struct sim {
	struct eg_pollset set; /* first */
	int64_t clock;	       /* atomic: any thread reads it */
	int holds;	       /* atomic */
	struct eg_list helpers;
	int busy_turns;
	struct eg_list scripted; /* on descriptors that do not exist */
	struct eg_list answers;
	struct eg_slab answer_slab;
};

static struct sim *from_base(struct eg_backend *b)
{
	return eg_container_of(eg__pollset_of(b), struct sim, set);
}

static struct eg_op *to_op(struct eg_list *node)
{
	return eg_list_entry(node, struct eg_op, link);
}

static bool is_scripted(const struct eg_op *op)
{
	return op->fd >= EG_SIM_FD_BASE;
}

static void sim_close(struct eg_backend *b)
{
	struct sim *s = from_base(b);

	eg__slab_done(&s->answer_slab);
	eg__pollset_free(&s->set, sizeof(*s));
}

static int sim_open(struct eg_poller *loop, struct eg_backend **ret)
{
	struct eg_pollset *set;
	struct sim *s;
	int r = eg__pollset_new(&set, sizeof(*s), loop, &eg__sim_ops);

	if (r < 0)
		return r;
	s = from_base(&set->base);
	s->clock = EG_SIM_START;
	eg_list_init(&s->helpers);
	eg_list_init(&s->scripted);
	eg_list_init(&s->answers);
	eg__slab_init(&s->answer_slab, sizeof(struct answer));
	*ret = &set->base;
	return 0;
}

static int sim_submit(struct eg_backend *b, struct eg_op *op)
{
	struct eg_fd *unused;
	int r;

	if (!is_scripted(op) || !eg__op_is_exclusive(op))
		return eg__pollset_submit(b, op);
	r = eg__op_take(b, op, &unused);
	if (r == 0)
		eg_list_push_back(&from_base(b)->scripted, &op->link);
	return r;
}

static struct answer *find_answer(struct sim *s, const struct eg_op *op)
{
	eg_list_for_each(it, &s->answers) {
		struct answer *a = eg_list_entry(it, struct answer, link);

		if (a->fd == op->fd && a->kind == op->kind)
			return a;
	}
	return NULL;
}

/* The scripted op that is answered first, with its answer; or NULL. */
static struct eg_op *next_scripted(struct sim *s, struct answer **ret)
{
	struct eg_op *first = NULL;
	struct answer *a;

	eg_list_for_each(it, &s->scripted) {
		a = find_answer(s, to_op(it));
		if (a && (!first || a->at < (*ret)->at)) {
			first = to_op(it);
			*ret = a;
		}
	}
	return first;
}

static int64_t next_answer_time(struct sim *s)
{
	struct answer *a;

	return next_scripted(s, &a) ? a->at : INT64_MAX;
}

static void give_answer(struct sim *s, struct eg_op *op, struct answer *a)
{
	size_t len = a->len < op->len ? a->len : op->len;
	int32_t result = a->result;

	if (op->kind == EG_OP_RECV || op->kind == EG_OP_READ)
		eg__memcpy(op->buf, a->data, len);
	eg_list_remove(&a->link);
	eg__slab_put(&s->answer_slab, a);
	eg__op_complete(&s->set.base, op, result);
}

static void give_due_answers(struct sim *s)
{
	struct answer *a;
	struct eg_op *op;

	while ((op = next_scripted(s, &a)) && a->at <= s->clock)
		give_answer(s, op, a);
}

static void set_clock(struct sim *s, int64_t now)
{
	__atomic_store_n(&s->clock, now, __ATOMIC_RELAXED);
}

/* Reads the beginning of "/proc/self/task/TID/FILE" into @buf: its length, or
 * less than 1. No fault points: how often it is asked is chance. */
static long read_of_thread(int tid, const char *file, char buf[PROC_BYTES])
{
	static const char head[] = "/proc/self/task/";
	size_t len = eg__strlen(file) + 1;
	char *at = buf + PROC_BYTES - len;
	long fd, n;

	eg__memcpy(at, file, len);
	for (*--at = '/'; tid; tid /= 10)
		*--at = (char)('0' + tid % 10);
	at -= sizeof(head) - 1;
	eg__memcpy(at, head, sizeof(head) - 1);
	fd = eg__raw_syscall(SYS_openat, AT_FDCWD, (long)at,
			     O_RDONLY | O_CLOEXEC, 0, 0, 0);
	if (fd < 0)
		return fd;
	n = eg__raw_syscall(SYS_read, fd, (long)buf, PROC_BYTES, 0, 0, 0);
	eg__raw_syscall(SYS_close, fd, 0, 0, 0, 0, 0);
	return n;
}

/* Whether a thread sleeps, and a signal would wake it: what waits for a lock of
 * the kernel goes on by itself. The state is behind the name in parentheses,
 * which may have some, too; of 15 bytes, so it is all there. */
static bool is_asleep(int tid)
{
	char buf[PROC_BYTES];
	long n = read_of_thread(tid, "stat", buf);

	while (n > 0 && buf[n - 1] != ')')
		n--;
	return n > 0 && n + 1 < PROC_BYTES && buf[n + 1] == 'S';
}

/* The system call that a thread is stopped in; -1: it runs. */
static long call_of(int tid)
{
	char buf[PROC_BYTES];
	long n = read_of_thread(tid, "syscall", buf);
	long nr = 0;
	int i = 0;

	for (; i < n && buf[i] >= '0' && buf[i] <= '9'; i++)
		nr = nr * 10 + buf[i] - '0';
	return i ? nr : -1;
}

static bool all_sleep(struct sim *s)
{
	eg_list_for_each(it, &s->helpers) {
		struct eg_sim_helper *h =
			eg_list_entry(it, struct eg_sim_helper, link);
		int tid = __atomic_load_n(&h->tid, __ATOMIC_ACQUIRE);

		if (!tid || call_of(tid) != h->nr || !is_asleep(tid))
			return false;
		/* That may have been another sleep, after the call. */
		if (!__atomic_load_n(&h->tid, __ATOMIC_ACQUIRE))
			return false;
	}
	return true;
}

/* Nothing can happen now: lets time pass, the virtual one if nobody works in
 * the real one. */
static int let_time_pass(struct sim *s, int64_t deadline)
{
	int64_t next = eg_min64(deadline, next_answer_time(s));
	int r;

	if (next <= s->clock)
		return 0;
	if (next == INT64_MAX || __atomic_load_n(&s->holds, __ATOMIC_ACQUIRE))
		return eg__pollset_look(&s->set, NULL);
	if (!all_sleep(s))
		return eg__pollset_look(&s->set, &grace);
	if (!eg_list_is_empty(&s->set.waiting) || s->set.base.wanted) {
		r = eg__pollset_look(&s->set, &grace);
		if (r)
			return r;
	}
	set_clock(s, next);
	return 0;
}

static void count_busy_turn(struct sim *s, int64_t deadline)
{
	if (!s->set.reported)
		s->busy_turns = 0;
	else if (++s->busy_turns > BUSY_TURNS && deadline > s->clock)
		set_clock(s, eg_min64(deadline, s->clock + BUSY_STEP_NS));
}

static int sim_wait(struct eg_backend *b, int64_t deadline)
{
	struct sim *s = from_base(b);
	int r = eg__pollset_look(&s->set, &no_time);

	if (r == 0 && eg_list_is_empty(&s->set.ready))
		r = let_time_pass(s, deadline);
	count_busy_turn(s, deadline);
	eg__pollset_perform(&s->set);
	give_due_answers(s);
	return r < 0 ? r : 0;
}

static int64_t sim_now(struct eg_backend *b)
{
	return __atomic_load_n(&from_base(b)->clock, __ATOMIC_RELAXED);
}

const struct eg_backend_ops eg__sim_ops = {
	.name = "sim",
	.open = sim_open,
	.close = sim_close,
	.abandon = sim_close,
	.submit = sim_submit,
	.cancel = eg__pollset_cancel,
	.wait = sim_wait,
	.wake = eg__pollset_wake,
	.watch = eg__pollset_watch,
	.want = eg__pollset_want,
	.pollable_fd = eg__pollset_pollable_fd,
	.forget = eg__pollset_forget,
	.own_fds = eg__pollset_own_fds,
	.now = sim_now,
};

int eg__sim_script(struct eg_poller *l, int fd, int64_t at,
		   enum eg_op_kind kind, int32_t result, const void *data,
		   size_t len)
{
	struct answer *a;
	struct sim *s;

	if (l->backend->ops != &eg__sim_ops || fd < EG_SIM_FD_BASE)
		return -EINVAL;
	s = from_base(l->backend);
	a = eg__slab_get(&s->answer_slab);
	if (!a)
		return -ENOMEM;
	*a = (struct answer){
		.at = at,
		.data = data,
		.len = len,
		.fd = fd,
		.result = result,
		.kind = (uint8_t)kind,
	};
	eg_list_push_back(&s->answers, &a->link);
	return 0;
}

static void add_hold(struct eg_poller *l, int n)
{
	if (l->backend->ops == &eg__sim_ops)
		__atomic_fetch_add(&from_base(l->backend)->holds, n,
				   __ATOMIC_ACQ_REL);
}

void eg__sim_hold(struct eg_poller *l)
{
	add_hold(l, 1);
}

void eg__sim_release(struct eg_poller *l)
{
	add_hold(l, -1);
}

void eg__sim_helper_begin(struct eg_poller *l, struct eg_sim_helper *h)
{
	h->tid = 0;
	if (l->backend->ops == &eg__sim_ops)
		eg_list_push_back(&from_base(l->backend)->helpers, &h->link);
}

void eg__sim_helper_end(struct eg_sim_helper *h)
{
	if (eg_list_is_linked(&h->link))
		eg_list_remove(&h->link);
}

void eg__sim_helper_waits(struct eg_sim_helper *h, int tid, long nr)
{
	h->nr = nr;
	__atomic_store_n(&h->tid, tid, __ATOMIC_RELEASE);
}

void eg__sim_helper_works(struct eg_sim_helper *h)
{
	__atomic_store_n(&h->tid, 0, __ATOMIC_RELEASE);
}
