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
#include "base/sys.h"
#include "loop/in_flight.h"
#include "loop/own_fd.h"
#include "loop/perform.h"
#include "loop/wakeup.h"

enum {
	POLLS_MIN = 256,
	/* Real time that real descriptors get before the clock jumps: what is
	 * sent over loopback may arrive a moment later. */
	GRACE_NS = 200000,
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

/* An op in flight is on exactly one of waiting, scripted and ready. */
struct sim {
	struct eg_backend base;
	int64_t clock; /* atomic: any thread reads it */
	int holds;     /* atomic */
	int wake_fd;
	struct eg_list waiting;	 /* on real descriptors */
	struct eg_list scripted; /* on descriptors that do not exist */
	struct eg_list ready;	 /* to be performed in the next wait() */
	struct eg_list answers;
	struct eg_slab answer_slab;
	struct pollfd *polls; /* owned; room for the wakeup and every op */
	unsigned polls_max;
};

static struct sim *from_base(struct eg_backend *b)
{
	return eg_container_of(b, struct sim, base);
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

	if (s->wake_fd >= 0)
		eg__sys_close(s->wake_fd);
	eg__pages_put(s->polls, s->polls_max * sizeof(s->polls[0]));
	eg__slab_done(&s->answer_slab);
	eg__pages_put(s, sizeof(*s));
}

static int make_room(struct sim *s, unsigned polls)
{
	unsigned max = s->polls_max ? s->polls_max : POLLS_MIN;
	struct pollfd *p;

	if (polls <= s->polls_max)
		return 0;
	while (max < polls)
		max *= 2;
	p = eg__pages_get(max * sizeof(*p));
	if (!p)
		return -ENOMEM;
	/* The old ones hold nothing between two waits. */
	eg__pages_put(s->polls, s->polls_max * sizeof(*p));
	s->polls = p;
	s->polls_max = max;
	return 0;
}

static int sim_open(struct eg_poller *loop, struct eg_backend **ret)
{
	struct sim *s = eg__pages_get(sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->base = (struct eg_backend){ .ops = &eg__sim_ops, .loop = loop };
	s->clock = EG_SIM_START;
	eg_list_init(&s->waiting);
	eg_list_init(&s->scripted);
	eg_list_init(&s->ready);
	eg_list_init(&s->answers);
	eg__slab_init(&s->answer_slab, sizeof(struct answer));
	s->wake_fd = eg__own_fd_place(eg__wakeup_open(), loop->keep_high);
	r = s->wake_fd < 0 ? s->wake_fd : make_room(s, 1);
	if (r < 0) {
		sim_close(&s->base);
		return r;
	}
	*ret = &s->base;
	return 0;
}

/* A poll of a file answers at once; the other backends do not wait for it. */
static int refuse_file(const struct eg_op *op)
{
	struct stat st;
	int r = eg__sys_fstat(op->fd, &st);

	if (r < 0)
		return r;
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode))
		return eg__perform_refusal(op);
	return 0;
}

static int start(struct sim *s, struct eg_op *op)
{
	int r;

	if (is_scripted(op)) {
		eg_list_push_back(&s->scripted, &op->link);
		return 0;
	}
	r = make_room(s, s->base.in_flight + 1);
	if (r == 0)
		r = refuse_file(op);
	if (r == 0)
		r = eg__perform_begin(op);
	if (r == 0)
		eg_list_push_back(&s->waiting, &op->link);
	return r;
}

static int sim_submit(struct eg_backend *b, struct eg_op *op)
{
	struct eg_fd *unused;
	int r;

	if (!eg__op_is_exclusive(op))
		return eg__perform_refusal(op);
	r = eg__op_take(b, op, &unused);
	if (r < 0)
		return r;
	r = start(from_base(b), op);
	if (r < 0)
		eg__op_give_back(b, op);
	return r;
}

static void sim_cancel(struct eg_backend *b, struct eg_op *op)
{
	if (op->state != EG_OP_IN_FLIGHT || op->is_cancelling)
		return;
	op->is_cancelling = true;
	eg_list_remove(&op->link);
	eg_list_push_back(&from_base(b)->ready, &op->link);
}

/*
 * Looks at the real descriptors, for @timeout of real time at most (NULL: none)
 * and moves the ops that can go on to the ready list. Returns whether anything
 * happened, or a negative errno. Calls no done().
 */
static int collect(struct sim *s, const struct timespec *timeout)
{
	unsigned n = 1;
	int r;

	s->polls[0] = (struct pollfd){ .fd = s->wake_fd, .events = POLLIN };
	eg_list_for_each(it, &s->waiting)
		s->polls[n++] = (struct pollfd){
			.fd = to_op(it)->fd,
			.events = eg__perform_events(to_op(it)),
		};
	r = eg__sys_poll(s->polls, n, timeout);
	if (r <= 0)
		return r == -EINTR ? 1 : r;
	if (s->polls[0].revents)
		eg__wakeup_clear(s->wake_fd);
	n = 1;
	eg_list_for_each(it, &s->waiting) {
		if (!s->polls[n++].revents)
			continue;
		eg_list_remove(it);
		eg_list_push_back(&s->ready, it);
	}
	return 1;
}

static void perform_ready(struct sim *s)
{
	struct eg_list now, *node;

	/* What done() cancels waits for the next turn. */
	eg_list_take_all(&now, &s->ready);
	while ((node = eg_list_pop_front(&now)))
		if (!eg__perform(&s->base, to_op(node)))
			eg_list_push_back(&s->waiting, node);
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
	eg__op_complete(&s->base, op, result);
}

static void give_due_answers(struct sim *s)
{
	struct answer *a;
	struct eg_op *op;

	while ((op = next_scripted(s, &a)) && a->at <= s->clock)
		give_answer(s, op, a);
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
		return collect(s, NULL);
	if (!eg_list_is_empty(&s->waiting)) {
		r = collect(s, &grace);
		if (r)
			return r;
	}
	__atomic_store_n(&s->clock, next, __ATOMIC_RELAXED);
	return 0;
}

static int sim_wait(struct eg_backend *b, int64_t deadline)
{
	struct sim *s = from_base(b);
	int r = collect(s, &no_time);

	if (r == 0 && eg_list_is_empty(&s->ready))
		r = let_time_pass(s, deadline);
	perform_ready(s);
	give_due_answers(s);
	return r < 0 ? r : 0;
}

static void sim_wake(struct eg_backend *b)
{
	eg__wakeup_signal(from_base(b)->wake_fd);
}

/* Each wait looks at every op anew: there are no edges to report. */
static int sim_watch(struct eg_backend *b, int fd, struct eg_fd *e)
{
	(void)b;
	(void)fd;
	(void)e;
	return -ENOSYS;
}

static void sim_forget(struct eg_backend *b, int fd, struct eg_fd *e)
{
	(void)b;
	(void)fd;
	(void)e;
}

static int sim_own_fds(struct eg_backend *b, int *ret[EG_OWN_FDS_MAX])
{
	ret[0] = &from_base(b)->wake_fd;
	return 1;
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
	.cancel = sim_cancel,
	.wait = sim_wait,
	.wake = sim_wake,
	.watch = sim_watch,
	.forget = sim_forget,
	.own_fds = sim_own_fds,
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
