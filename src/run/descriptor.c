/* SPDX-License-Identifier: MIT */
/*
 * The entries of descriptors: what kind of file, who shares it, who waits in
 * line for an edge. Makes no transfer and answers no system call.
 */
#include "run/descriptor.h"

#include "base/mem.h"
#include "loop/own_fd.h"
#include "run/futex.h"
#include "run/offload.h"

#include <asm/ioctls.h>
#include <limits.h>
#include <linux/termios.h>
#include <netinet/in.h>

enum { NS_PER_SEC = 1000000000, NS_PER_US = 1000 };

static struct eg_poller *loop(void)
{
	return &eg__run.hub->loop;
}

/* Kinds */

static int socket_option(int fd, int name)
{
	socklen_t len = sizeof(int);
	int value = 0;
	int r = eg__sys_getsockopt(fd, SOL_SOCKET, name, &value, &len);

	return r < 0 ? r : value;
}

static void classify_socket(int fd, struct eg_fd *e)
{
	e->kind = EG_FD_SOCKET;
	switch (socket_option(fd, SO_TYPE)) {
	case SOCK_STREAM:
		e->type = EG_RUN_FD_STREAM;
		/* A read of a unix socket ends at descriptors that came along:
		 * no edge would tell of the rest. */
		e->is_stream = socket_option(fd, SO_PROTOCOL) == IPPROTO_TCP;
		break;
	case SOCK_SEQPACKET:
		e->type = EG_RUN_FD_SEQPACKET;
		break;
	default:
		e->type = EG_RUN_FD_DATAGRAM;
	}
}

static bool is_terminal(int fd)
{
	struct termios unused;

	return eg__syscall3(SYS_ioctl, fd, TCGETS, &unused) == 0;
}

static void classify_device(int fd, struct eg_fd *e)
{
	e->kind = EG_FD_STREAM;
	if (is_terminal(fd))
		e->type = EG_RUN_FD_TERMINAL;
	/* /dev/null and its kind are always ready, as files are. */
	else if (eg__poller_watch(loop(), fd, e) == -EPERM)
		e->kind = EG_FD_FILE;
}

static char *append(char *to, const char *s)
{
	while (*s)
		*to++ = *s++;
	return to;
}

long eg__run_fd_path(int fd, char *ret, size_t size)
{
	char path[32], digits[12], *p = digits + sizeof(digits);
	long n;

	*--p = 0;
	for (unsigned rest = (unsigned)fd; rest || !*p; rest /= 10)
		*--p = (char)('0' + rest % 10);
	*append(append(path, "/proc/self/fd/"), p) = 0;
	n = eg__syscall3(SYS_readlink, path, ret, size - 1);
	if (n >= 0)
		ret[n] = 0;
	return n;
}

static enum eg_run_fd_type anonymous_type(int fd)
{
	char path[32];

	if (eg__run_fd_path(fd, path, sizeof(path)) < 0)
		return EG_RUN_FD_OTHER;
	if (!eg__strcmp(path, "anon_inode:[eventfd]"))
		return EG_RUN_FD_EVENT;
	return EG_RUN_FD_OTHER;
}

static bool classify(int fd, struct eg_fd *e)
{
	struct stat st;

	if (eg__sys_fstat(fd, &st) < 0)
		return false;
	switch (st.st_mode & S_IFMT) {
	case S_IFSOCK:
		classify_socket(fd, e);
		break;
	case S_IFIFO:
		e->kind = EG_FD_STREAM;
		e->type = EG_RUN_FD_PIPE;
		break;
	case S_IFCHR:
		classify_device(fd, e);
		break;
	case 0:
		e->kind = EG_FD_STREAM;
		e->type = (uint8_t)anonymous_type(fd);
		break;
	default:
		e->kind = EG_FD_FILE;
	}
	return true;
}

EG_NOINLINE struct eg_fd *eg__run_fd_look_up(int fd)
{
	struct eg_fd *e;

	if (eg__run_fd_is_own(fd) ||
	    eg__fd_table_make(&loop()->fds, fd, &e) < 0)
		return NULL;
	if (e->kind == EG_FD_UNKNOWN && !classify(fd, e))
		return NULL;
	return e;
}

int64_t eg__run_fd_refuse(const struct eg_run_call *c, int fd)
{
	/* Else the kernel says it, or there is no memory for an entry. */
	return eg__run_fd_is_own(fd) ? -EBADF : eg__run_kernel(c);
}

/* The layer's own */

enum { OWN_MAX = EG_OWN_FDS_MAX + 2 };

static uint32_t kept; /* entries with is_kept */

static int own_fds(int ret[OWN_MAX])
{
	struct eg_backend *b = loop()->backend;
	int *of_loop[EG_OWN_FDS_MAX];
	int n = b->ops->own_fds(b, of_loop);

	for (int i = 0; i < n; i++)
		ret[i] = *of_loop[i];
	if (eg__run_futex_fds.ring >= 0) {
		ret[n++] = eg__run_futex_fds.ring;
		ret[n++] = eg__run_futex_fds.event;
	}
	return n;
}

static bool is_kept(int fd)
{
	const struct eg_fd *e = eg__fd_find(&loop()->fds, fd);

	return e && e->is_kept;
}

bool eg__run_fd_is_own(int fd)
{
	int own[OWN_MAX];
	int n = own_fds(own);

	for (int i = 0; i < n; i++)
		if (own[i] == fd)
			return true;
	return eg_unlikely(kept) && is_kept(fd);
}

unsigned eg__run_fd_next_own(unsigned first)
{
	int own[OWN_MAX];
	int n = own_fds(own);
	unsigned found = UINT_MAX;

	for (int i = 0; i < n; i++)
		if (own[i] >= 0 && (unsigned)own[i] >= first &&
		    (unsigned)own[i] < found)
			found = (unsigned)own[i];
	for (unsigned fd = first; kept && fd < found && fd < EG_FD_MAX; fd++)
		if (is_kept((int)fd))
			return fd;
	return found;
}

int eg__run_fd_make_way(int fd)
{
	struct eg_backend *b = loop()->backend;
	int *own[EG_OWN_FDS_MAX];
	int n = b->ops->own_fds(b, own);
	int to;

	for (int i = 0; i < n; i++) {
		if (*own[i] != fd)
			continue;
		to = eg__sys_fcntl(fd, F_DUPFD_CLOEXEC, fd + 1);
		if (to < 0)
			to = eg__sys_fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (to < 0)
			return -EBADF;
		*own[i] = to;
		return 0;
	}
	return -EBADF;
}

void eg__run_fd_is_new(int fd)
{
	struct eg_fd *e = eg__fd_find(&loop()->fds, fd);

	/* It was closed by a way that the layer does not see. */
	if (e && (e->kind != EG_FD_UNKNOWN || e->is_watched))
		eg__run_fd_forget(fd);
}

void eg__run_fd_made(int fd, enum eg_fd_kind kind, enum eg_run_fd_type type,
		     bool is_nonblocking)
{
	struct eg_fd *e;

	eg__run_fd_is_new(fd);
	if (eg__fd_table_make(&loop()->fds, fd, &e) < 0)
		return;
	e->kind = (uint8_t)kind;
	e->type = (uint8_t)type;
	e->is_nonblocking = is_nonblocking;
	e->private_epoch = eg__run.descriptor_epoch + 1;
}

bool eg__run_fd_is_nonblocking(int fd, struct eg_fd *e)
{
	int flags;

	if (eg_likely(eg__run_fd_is_private(e)))
		return e->is_nonblocking;
	flags = eg__sys_fcntl(fd, F_GETFL, 0);
	return flags >= 0 && flags & O_NONBLOCK;
}

int64_t eg__run_fd_deadline(int fd, struct eg_fd *e, enum eg_dir dir)
{
	struct timeval tv;
	socklen_t len = sizeof(tv);
	int64_t ns;

	if (e->kind != EG_FD_SOCKET ||
	    (eg__run_fd_is_private(e) && !e->may_time_out))
		return EG_FOREVER;
	if (eg__sys_getsockopt(fd, SOL_SOCKET,
			       dir == EG_DIR_IN ? SO_RCVTIMEO : SO_SNDTIMEO,
			       &tv, &len) < 0)
		return EG_FOREVER;
	if ((!tv.tv_sec && !tv.tv_usec) || tv.tv_sec > INT_MAX)
		return EG_FOREVER;
	ns = tv.tv_sec * NS_PER_SEC + tv.tv_usec * NS_PER_US;
	return eg__run_after(ns);
}

int eg__run_fd_poll(int fd, short events)
{
	static const struct timespec no_time;
	struct pollfd p = { .fd = fd, .events = events };
	int r = eg__sys_poll(&p, 1, &no_time);

	return r > 0 ? p.revents : 0;
}

/* Lines */

/* Whether @w's thread goes on because of this. It stays in line until it does,
 * for if its number is closed before, it has to be found. */
static bool wake(struct eg_run_fd_wait *w)
{
	w->is_woken = true;
	/* Something else was faster: it is ready, and did not run yet. */
	if (w->thread->fiber.state != EG_FIBER_PARKED)
		return false;
	eg__run_wake(w->thread, 0);
	return true;
}

/* All who share, and of the others the first (or all). */
static void wake_line(struct eg_fd *e, enum eg_dir dir, bool all)
{
	bool is_taken = false;

	if (!eg_list_is_linked(&e->line[dir]))
		return;
	eg_list_for_each(node, &e->line[dir]) {
		struct eg_run_fd_wait *w =
			eg_list_entry(node, struct eg_run_fd_wait, link);

		if (w->is_woken)
			continue;
		if (w->is_shared)
			wake(w);
		else if (all || !is_taken)
			is_taken |= wake(w);
	}
}

void eg__run_fd_on_edge(struct eg_poller *l, int fd, struct eg_fd *e,
			uint32_t events)
{
	/* Not EPOLLPRI, which io_uring reports with all that comes. */
	bool all = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR | POLLNVAL);

	(void)l;
	if (eg_unlikely(fd == eg__run_futex_fds.event)) {
		eg__run_futex_on_edge();
		return;
	}
	if (events & (EG_EVENTS_IN | POLLNVAL))
		wake_line(e, EG_DIR_IN, all);
	if (events & (EG_EVENTS_OUT | POLLNVAL))
		wake_line(e, EG_DIR_OUT, all);
}

void eg__run_fd_pass_on(struct eg_fd *e, enum eg_dir dir)
{
	if (!eg_list_is_linked(&e->line[dir]))
		return;
	eg_list_for_each(node, &e->line[dir]) {
		struct eg_run_fd_wait *w =
			eg_list_entry(node, struct eg_run_fd_wait, link);

		if (!w->is_shared && !w->is_woken && wake(w))
			return;
	}
}

void eg__run_fd_enlist(struct eg_fd *e, enum eg_dir dir,
		       struct eg_run_fd_wait *w)
{
	if (!eg_list_is_linked(&e->line[dir]))
		eg_list_init(&e->line[dir]);
	w->entry = e;
	eg_list_push_back(&e->line[dir], &w->link);
}

static const struct eg_wait_kind fd_wait[2] = {
	[EG_DIR_IN] = { .what = "input on descriptor", .is_number = true },
	[EG_DIR_OUT] = { .what = "output on descriptor", .is_number = true },
};

/* @w has its thread and number. 0 also if it was moved. */
static int wait_in_line(struct eg_run_fd_wait *w, struct eg_fd *e,
			enum eg_dir dir, uint32_t seen, int64_t deadline)
{
	uint32_t generation = e->generation;
	int r = eg__poller_watch(loop(), w->fd, e);

	if (eg_unlikely(r < 0))
		return r;
	if (e->edge[dir] != seen)
		return 0;
	eg__run_fd_enlist(e, dir, w);
	eg__waiter(&w->thread->fiber, &fd_wait[dir], (void *)(intptr_t)w->fd);
	r = eg__run_park(w->thread, deadline, true);
	eg__run_fd_unlist(w);
	if (eg_unlikely(e->generation != generation && w->entry == e))
		return -EBADF;
	return r == -ETIMEDOUT ? -EAGAIN : r;
}

int eg__run_fd_wait(struct eg_run_thread *t, int fd, struct eg_fd *e,
		    enum eg_dir dir, uint32_t seen, int64_t deadline)
{
	struct eg_run_fd_wait w = { .thread = t, .fd = fd };

	return wait_in_line(&w, e, dir, seen, deadline);
}

/* Closing */

static void wake_all(struct eg_fd *e)
{
	for (int dir = EG_DIR_IN; dir <= EG_DIR_OUT; dir++) {
		e->edge[dir]++;
		wake_line(e, (enum eg_dir)dir, true);
	}
}

static struct eg_run_fd_wait *first_movable(const struct eg_fd *e)
{
	for (int dir = EG_DIR_IN; dir <= EG_DIR_OUT; dir++) {
		if (!eg_list_is_linked(&e->line[dir]))
			continue;
		eg_list_for_each(node, &e->line[dir]) {
			struct eg_run_fd_wait *w = eg_list_entry(
				node, struct eg_run_fd_wait, link);

			if (w->is_movable)
				return w;
		}
	}
	return NULL;
}

/* @to takes the place of @from for all transfers that wait. */
static void move_waits(struct eg_fd *from, struct eg_fd *to, int fd)
{
	for (int dir = EG_DIR_IN; dir <= EG_DIR_OUT; dir++) {
		if (!eg_list_is_linked(&from->line[dir]))
			continue;
		eg_list_for_each(node, &from->line[dir]) {
			struct eg_run_fd_wait *w = eg_list_entry(
				node, struct eg_run_fd_wait, link);

			if (!w->is_movable)
				continue;
			eg_list_remove(node);
			eg__run_fd_enlist(to, (enum eg_dir)dir, w);
			w->fd = fd;
			to->jobs++;
		}
	}
}

/* A transfer that waits keeps its file: it can be that of a pipe, and not the
 * next one that gets the number. */
static void keep_file(struct eg_fd *e, int fd)
{
	int copy =
		eg__own_fd_place(eg__sys_fcntl(fd, F_DUPFD_CLOEXEC, 0), true);
	struct eg_fd *to;

	if (copy < 0)
		return;
	if (eg__fd_table_make(&loop()->fds, copy, &to) < 0) {
		eg__sys_close(copy);
		return;
	}
	eg__fd_reset(to);
	to->kind = e->kind;
	to->type = e->type;
	to->lacks_nowait = e->lacks_nowait;
	to->is_duplicated = true;
	to->is_kept = true;
	kept++;
	e->is_duplicated = true;
	move_waits(e, to, copy);
	/* It reports what holds already. If it cannot be watched, each tries
	 * once more and is told why. */
	if (eg__poller_watch(loop(), copy, to) < 0)
		wake_all(to);
}

void eg__run_fd_let_go(int fd, struct eg_fd *e)
{
	if (--e->jobs)
		return;
	kept--;
	eg__poller_forget(loop(), fd, e);
	eg__fd_reset(e);
	eg__sys_close(fd);
}

/* Whether the kernel drops the registration when the number is closed: then
 * saying it costs a system call for nothing. */
static bool ends_with_close(const struct eg_fd *e)
{
	return loop()->backend->caps & EG_CAP_EDGES && eg__run_fd_is_private(e);
}

void eg__run_fd_forget(int fd)
{
	struct eg_fd *e = eg__fd_find(&loop()->fds, fd);

	if (!e || (e->kind == EG_FD_UNKNOWN && !e->is_watched))
		return;
	if (eg_unlikely(first_movable(e)))
		keep_file(e, fd);
	wake_all(e);
	if (e->is_watched && !ends_with_close(e))
		eg__poller_forget(loop(), fd, e);
	eg__fd_reset(e);
}

/* Transfers */

int eg__run_io_wait(struct eg_run_io *io)
{
	struct eg_run_fd_wait w = {
		.thread = io->thread,
		.fd = io->fd,
		.is_movable = true,
	};
	struct eg_fd *e = io->entry;
	int r;

	if (!io->has_asked) {
		if (eg__run_fd_is_nonblocking(io->fd, e))
			return -EAGAIN;
		io->deadline = eg__run_fd_deadline(io->fd, e, io->dir);
		io->is_timed = io->deadline != EG_FOREVER;
		io->has_asked = true;
	}
	io->has_waited = true;
	r = wait_in_line(&w, e, io->dir, io->seen, io->deadline);
	if (eg_unlikely(w.fd != io->fd)) {
		io->fd = w.fd;
		io->entry = w.entry;
		io->generation = w.entry->generation;
		io->keeps_file = true;
	}
	switch (r) {
	case 0:
	case -EAGAIN:
	case -EBADF:
	case -ECANCELED:
		return r;
	case -EINTR:
		/* signal(7): never begun again, whatever SA_RESTART says. */
		return io->is_timed ? -EINTR : EG_RUN_RESTART;
	}
	return EG_RUN_CANNOT_WAIT;
}

/* A try would only say EAGAIN, and the program does not want to hear that. */
static inline bool is_futile(const struct eg_run_io *io)
{
	const struct eg_fd *e = io->entry;

	return eg__fd_is_drained(e, io->dir) && !e->has_hung_up &&
	       eg__run_fd_is_private(e) && !e->is_nonblocking;
}

int64_t eg__run_io_do(struct eg_run_io *io, struct eg_run_call *q, size_t bytes)
{
	struct eg_fd *e;
	int64_t r;

	for (;;) {
		e = io->entry;
		q->a[0] = io->fd;
		eg__run_io_sample(io);
		if (!is_futile(io)) {
			r = eg__run_kernel(q);
			if (r == -EAGAIN || (r > 0 && (size_t)r < bytes &&
					     e->is_stream && !e->has_hung_up))
				e->drained[io->dir] = io->seen;
			if (eg_likely(r != -EAGAIN))
				return r;
		}
		r = eg__run_io_wait(io);
		if (r < 0)
			return r;
	}
}

int64_t eg__run_io_call(const struct eg_run_call *c, struct eg_run_call *q,
			int fd, struct eg_fd *e, enum eg_dir dir, size_t bytes)
{
	struct eg_run_io io;
	int64_t r;

	eg__run_io_begin(&io, fd, e, dir);
	r = eg__run_io_do(&io, q, bytes);
	eg__run_io_end(&io);
	return r == EG_RUN_CANNOT_WAIT ? eg__run_offload(c, true) : r;
}
