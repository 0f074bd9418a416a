/* SPDX-License-Identifier: MIT */
/*
 * The backend on select(), for who asks for it by name: the poll set, asked by
 * bits. They are our own, of any number: FD_SETSIZE is libc's limit alone.
 */
#include "loop/pollset.h"

#include "base/alloc.h"
#include "base/mem.h"

enum {
	WORD_BITS = 8 * sizeof(unsigned long),
	WORDS_MIN = 512, /* a page */
};

/* Those of input, of output, of urgent data: each set as long as the highest
 * number asks for. */
enum { IN, OUT, URGENT, SETS };

struct select_set {
	struct eg_pollset set; /* first */
	unsigned long *words;  /* owned */
	size_t words_max;
	unsigned long *sets[SETS]; /* in there, for one call */
};

static struct select_set *from_set(struct eg_pollset *s)
{
	return eg_container_of(s, struct select_set, set);
}

static void set_bit(unsigned long *set, int fd)
{
	set[fd / WORD_BITS] |= 1UL << (unsigned)fd % WORD_BITS;
}

static bool has_bit(const unsigned long *set, int fd)
{
	return set[fd / WORD_BITS] >> (unsigned)fd % WORD_BITS & 1;
}

/* Empty sets for numbers up to @highest. */
static int clear_sets(struct select_set *s, int highest)
{
	size_t words = (size_t)highest / WORD_BITS + 1, max = s->words_max;
	unsigned long *p = s->words;

	if (!max)
		max = WORDS_MIN;
	while (max < SETS * words)
		max *= 2;
	if (max != s->words_max) {
		p = eg__pages_get(max * sizeof(*p));
		if (!p)
			return -ENOMEM;
		eg__pages_put(s->words, s->words_max * sizeof(*p));
		s->words = p;
		s->words_max = max;
	}
	eg__memset(p, 0, SETS * words * sizeof(*p));
	for (int i = 0; i < SETS; i++)
		s->sets[i] = p + (size_t)i * words;
	return 0;
}

static void fill_sets(struct select_set *s, unsigned n)
{
	const struct pollfd *p = s->set.polls;

	for (; n--; p++) {
		if (p->events & POLLIN)
			set_bit(s->sets[IN], p->fd);
		if (p->events & POLLOUT)
			set_bit(s->sets[OUT], p->fd);
		if (p->events & POLLPRI)
			set_bit(s->sets[URGENT], p->fd);
	}
}

static void read_sets(struct select_set *s, unsigned n)
{
	struct pollfd *p = s->set.polls;
	int revents;

	for (; n--; p++) {
		revents = 0;
		if (has_bit(s->sets[IN], p->fd))
			revents |= POLLIN;
		if (has_bit(s->sets[OUT], p->fd))
			revents |= POLLOUT;
		if (has_bit(s->sets[URGENT], p->fd))
			revents |= POLLPRI;
		/* Two may ask about one number. */
		p->revents = (short)(revents & p->events);
	}
}

/* One of them is not open, and select says no more. Returns how many. */
static int find_bad(struct select_set *s, unsigned n)
{
	struct pollfd *p = s->set.polls;
	int bad = 0;

	for (; n--; p++) {
		p->revents = 0;
		if (eg__sys_fcntl(p->fd, F_GETFD, 0) != -EBADF)
			continue;
		p->revents = POLLNVAL;
		bad++;
	}
	return bad;
}

static int ask_select(struct eg_pollset *set, unsigned n,
		      const struct timespec *timeout)
{
	struct select_set *s = from_set(set);
	int highest = 0, r;

	for (unsigned i = 0; i < n; i++)
		if (set->polls[i].fd > highest)
			highest = set->polls[i].fd;
	r = clear_sets(s, highest);
	if (r < 0)
		return r;
	fill_sets(s, n);
	r = eg__sys_select(highest + 1, s->sets[IN], s->sets[OUT],
			   s->sets[URGENT], timeout);
	if (r == -EBADF)
		return find_bad(s, n);
	if (r > 0)
		read_sets(s, n);
	return r;
}

static void select_close(struct eg_backend *b)
{
	struct select_set *s = from_set(eg__pollset_of(b));

	eg__pages_put(s->words, s->words_max * sizeof(s->words[0]));
	eg__pollset_free(&s->set, sizeof(*s));
}

static int select_open(struct eg_poller *loop, struct eg_backend **ret)
{
	struct eg_pollset *s;
	int r = eg__pollset_new(&s, sizeof(struct select_set), loop,
				&eg__select_ops);

	if (r < 0)
		return r;
	s->poll = ask_select;
	s->lacks_hang_up = true;
	*ret = &s->base;
	return 0;
}

const struct eg_backend_ops eg__select_ops = {
	.name = "select",
	.open = select_open,
	.close = select_close,
	.abandon = select_close,
	.submit = eg__pollset_submit,
	.cancel = eg__pollset_cancel,
	.wait = eg__pollset_wait,
	.wake = eg__pollset_wake,
	.watch = eg__pollset_watch,
	.want = eg__pollset_want,
	.pollable_fd = eg__pollset_pollable_fd,
	.forget = eg__pollset_forget,
	.own_fds = eg__pollset_own_fds,
	.now = eg__pollset_now,
};
