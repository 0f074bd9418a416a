/* SPDX-License-Identifier: MIT */
/*
 * The table of calls that can wait. Tests no behaviour itself.
 */
#include "timeout_calls.h"
#include "timeout_values.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void set_up_nothing(struct call_rig *r)
{
	(void)r;
}

static int64_t call_sleep_until(struct call_rig *r, int64_t deadline)
{
	(void)r;
	return eg_sleep_until(deadline);
}

static int64_t call_sleep(struct call_rig *r, int64_t deadline)
{
	int64_t now = eg_now();

	(void)r;
	/* What has passed meanwhile would become "give way". */
	if (deadline == EG_FOREVER || deadline <= now)
		return eg_sleep_until(deadline);
	return eg_sleep(deadline - now);
}

static void *wait_for_release(void *arg)
{
	struct call_rig *r = arg;

	egt_eq(eg_event_wait(&r->release, EG_FOREVER), 0);
	return NULL;
}

static void release(struct call_rig *r)
{
	egt_le(0, eg_event_set(&r->release));
}

static void spawn_helper(struct call_rig *r, eg_fiber_fn *fn)
{
	egt_eq(eg_spawn(&r->helper, fn, r), 0);
	egt_eq(eg_yield(), 0);
}

static void set_up_join(struct call_rig *r)
{
	spawn_helper(r, wait_for_release);
}

static int64_t call_join(struct call_rig *r, int64_t deadline)
{
	int result = eg_join(eg_ref(r->helper), NULL, deadline);

	/* Success has consumed the reference. */
	if (result < 0)
		eg_unref(r->helper);
	return result;
}

static int64_t call_event(struct call_rig *r, int64_t deadline)
{
	return eg_event_wait(&r->event, deadline);
}

static void wake_event(struct call_rig *r)
{
	egt_eq(eg_event_set(&r->event), 1);
}

static int64_t call_sem(struct call_rig *r, int64_t deadline)
{
	return eg_sem_wait(&r->sem, deadline);
}

static void wake_sem(struct call_rig *r)
{
	egt_eq(eg_sem_post(&r->sem), 0);
}

static int64_t call_peek(struct call_rig *r, int64_t deadline)
{
	return eg_sem_peek(&r->sem, deadline);
}

static void set_up_full_sem(struct call_rig *r)
{
	egt_eq(eg_sem_init_bounded(&r->sem, 1, 1), 0);
}

static int64_t call_post(struct call_rig *r, int64_t deadline)
{
	return eg_sem_post_wait(&r->sem, deadline);
}

static void take_unit(struct call_rig *r)
{
	egt_eq(eg_sem_wait(&r->sem, EG_NOW), 0);
}

static int64_t call_result(struct call_rig *r, int64_t deadline)
{
	return eg_result_get(&r->result, NULL, deadline);
}

static void wake_result(struct call_rig *r)
{
	egt_le(0, eg_result_set(&r->result, NULL));
	egt_eq(eg_result_reset(&r->result), 0);
}

static void *hold_mutex(void *arg)
{
	struct call_rig *r = arg;

	egt_eq(eg_mutex_lock(&r->mutex, EG_FOREVER), 0);
	wait_for_release(r);
	egt_eq(eg_mutex_unlock(&r->mutex), 0);
	return NULL;
}

static void set_up_mutex(struct call_rig *r)
{
	spawn_helper(r, hold_mutex);
}

static int64_t call_mutex(struct call_rig *r, int64_t deadline)
{
	int result = eg_mutex_lock(&r->mutex, deadline);

	if (result == 0)
		egt_eq(eg_mutex_unlock(&r->mutex), 0);
	return result;
}

static void *hold_rmutex(void *arg)
{
	struct call_rig *r = arg;

	egt_eq(eg_rmutex_lock(&r->rmutex, EG_FOREVER), 0);
	wait_for_release(r);
	egt_eq(eg_rmutex_unlock(&r->rmutex), 0);
	return NULL;
}

static void set_up_rmutex(struct call_rig *r)
{
	spawn_helper(r, hold_rmutex);
}

static int64_t call_rmutex(struct call_rig *r, int64_t deadline)
{
	int result = eg_rmutex_lock(&r->rmutex, deadline);

	if (result == 0)
		egt_eq(eg_rmutex_unlock(&r->rmutex), 0);
	return result;
}

static int64_t call_cond(struct call_rig *r, int64_t deadline)
{
	bool is_fiber = eg_self() != NULL;
	int result;

	if (is_fiber)
		egt_eq(eg_mutex_lock(&r->mutex, EG_NOW), 0);
	result = eg_cond_wait(&r->cond, &r->mutex, deadline);
	if (is_fiber)
		egt_eq(eg_mutex_unlock(&r->mutex), 0);
	return result;
}

static int64_t call_cond_rmutex(struct call_rig *r, int64_t deadline)
{
	int depth = eg_self() ? 2 : 0, result;

	for (int i = 0; i < depth; i++)
		egt_eq(eg_rmutex_lock(&r->rmutex, EG_NOW), 0);
	result = eg_cond_wait_rmutex(&r->cond, &r->rmutex, deadline);
	for (int i = 0; i < depth; i++)
		egt_eq(eg_rmutex_unlock(&r->rmutex), 0);
	return result;
}

static void wake_cond(struct call_rig *r)
{
	egt_le(0, eg_cond_signal(&r->cond));
}

static void *hold_for_reading(void *arg)
{
	struct call_rig *r = arg;

	egt_eq(eg_rwlock_rdlock(&r->rwlock, EG_FOREVER), 0);
	wait_for_release(r);
	egt_eq(eg_rwlock_unlock(&r->rwlock), 0);
	return NULL;
}

static void *hold_for_writing(void *arg)
{
	struct call_rig *r = arg;

	egt_eq(eg_rwlock_wrlock(&r->rwlock, EG_FOREVER), 0);
	wait_for_release(r);
	egt_eq(eg_rwlock_unlock(&r->rwlock), 0);
	return NULL;
}

static void set_up_reader(struct call_rig *r)
{
	spawn_helper(r, hold_for_reading);
}

static void set_up_writer(struct call_rig *r)
{
	spawn_helper(r, hold_for_writing);
}

static int64_t unlock_if_taken(struct call_rig *r, int result)
{
	if (result == 0)
		egt_eq(eg_rwlock_unlock(&r->rwlock), 0);
	return result;
}

static int64_t call_rdlock(struct call_rig *r, int64_t deadline)
{
	return unlock_if_taken(r, eg_rwlock_rdlock(&r->rwlock, deadline));
}

static int64_t call_wrlock(struct call_rig *r, int64_t deadline)
{
	return unlock_if_taken(r, eg_rwlock_wrlock(&r->rwlock, deadline));
}

static void set_up_barrier(struct call_rig *r)
{
	egt_eq(eg_barrier_init(&r->barrier, 2), 0);
}

static int64_t call_barrier(struct call_rig *r, int64_t deadline)
{
	return eg_barrier_wait(&r->barrier, deadline);
}

/* Opens it if somebody waits. */
static void wake_barrier(struct call_rig *r)
{
	int result = eg_barrier_wait(&r->barrier, EG_NOW);

	egt_true(result == 1 || result == -ETIMEDOUT);
}

static void set_up_group(struct call_rig *r)
{
	egt_eq(eg_group_spawn(&r->group, wait_for_release, r, NULL), 0);
	egt_eq(eg_yield(), 0);
}

static int64_t call_group(struct call_rig *r, int64_t deadline)
{
	return eg_group_wait(&r->group, deadline);
}

static void set_up_pipe(struct call_rig *r)
{
	int fd[2];

	egt_eq(pipe2(fd, O_CLOEXEC | O_NONBLOCK), 0);
	r->fd[0] = fd[0];
	r->peer[r->peers++] = fd[1];
}

static void set_up_full_pipe(struct call_rig *r)
{
	static const char zeros[4096];
	int fd[2];

	egt_eq(pipe2(fd, O_CLOEXEC | O_NONBLOCK), 0);
	while (write(fd[1], zeros, sizeof(zeros)) > 0)
		;
	r->fd[0] = fd[1];
	r->peer[r->peers++] = fd[0];
}

static void set_up_socket(struct call_rig *r)
{
	int fd[2];

	egt_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			  0, fd),
	       0);
	r->fd[0] = fd[0];
	r->peer[r->peers++] = fd[1];
}

static void set_up_full_socket(struct call_rig *r)
{
	static const char zeros[4096];

	set_up_socket(r);
	while (write(r->fd[0], zeros, sizeof(zeros)) > 0)
		;
}

static void wake_reader(struct call_rig *r)
{
	egt_eq(write(r->peer[0], "ab", 2), 2);
}

static void wake_writer(struct call_rig *r)
{
	static char sink[1 << 20];

	while (read(r->peer[0], sink, sizeof(sink)) > 0)
		;
}

static int64_t call_read(struct call_rig *r, int64_t deadline)
{
	char c;

	return eg_read(r->fd[0], &c, 1, deadline);
}

static int64_t call_write(struct call_rig *r, int64_t deadline)
{
	return eg_write(r->fd[0], "w", 1, deadline);
}

static int64_t call_recv(struct call_rig *r, int64_t deadline)
{
	char c;

	return eg_recv(r->fd[0], &c, 1, 0, deadline);
}

static int64_t call_send(struct call_rig *r, int64_t deadline)
{
	return eg_send(r->fd[0], "s", 1, 0, deadline);
}

static int64_t call_wait_in(struct call_rig *r, int64_t deadline)
{
	return eg_wait_fd(r->fd[0], POLLIN, deadline);
}

static int64_t call_wait_out(struct call_rig *r, int64_t deadline)
{
	return eg_wait_fd(r->fd[0], POLLOUT, deadline);
}

static void set_up_sendfile(struct call_rig *r)
{
	set_up_full_socket(r);
	r->fd[1] = memfd_create("source", MFD_CLOEXEC);
	egt_eq(write(r->fd[1], "file", 4), 4);
}

static int64_t call_sendfile(struct call_rig *r, int64_t deadline)
{
	return eg_sendfile(r->fd[0], r->fd[1], 0, 4, deadline);
}

static void set_up_listener(struct call_rig *r)
{
	r->fd[0] = eg_tcp_listen("127.0.0.1", 0, 0);
	egt_le(0, r->fd[0]);
}

static int64_t call_accept(struct call_rig *r, int64_t deadline)
{
	int fd = eg_accept(r->fd[0], NULL, NULL, deadline);

	return fd < 0 ? fd : eg_close(fd);
}

static void wake_accept(struct call_rig *r)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)eg_local_port(r->fd[0])),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	egt_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	r->peer[r->peers++] = fd;
}

/* Until its byte has come, or the test is over. */
static void *read_one_byte(void *arg)
{
	int64_t result = call_read(arg, EG_FOREVER);

	egt_true(result == 1 || result == -EBADF);
	return NULL;
}

static void set_up_queue(struct call_rig *r)
{
	set_up_pipe(r);
	egt_eq(eg_fd_queue(r->fd[0], true), 0);
	spawn_helper(r, read_one_byte);
}

static void set_up_watcher(struct call_rig *r)
{
	set_up_pipe(r);
	egt_eq(eg_loop_hub(&r->loop), 0);
	egt_eq(eg_watch_io_init(&r->io, NULL, r->fd[0], EG_READ), 0);
}

static int64_t call_watcher(struct call_rig *r, int64_t deadline)
{
	return eg_watcher_wait(r->loop, &r->io.watcher, NULL, deadline);
}

static void count_async(eg_loop *loop, eg_watcher *watcher, int events)
{
	struct call_rig *r = watcher->data;

	(void)loop;
	(void)events;
	r->async_calls++;
}

static void set_up_loop(struct call_rig *r)
{
	eg_loop_options options = EG_LOOP_OPTIONS_INIT;

	options.backend = "epoll";
	options.flags = EG_LOOP_NO_ENV;
	egt_eq(eg_loop_new(&r->loop, &options), 0);
	egt_eq(eg_watch_async_init(&r->async, count_async), 0);
	r->async.watcher.data = r;
	egt_eq(eg_watcher_start(r->loop, &r->async.watcher), 0);
}

/* It has no deadline of its own. */
static int64_t call_loop(struct call_rig *r, int64_t deadline)
{
	int calls = r->async_calls, result;
	eg_timeout t;

	/* Not in a fiber: it waits, or says that it must not. */
	if (eg_timeout_begin(&t, deadline) < 0)
		return eg_loop_run(r->loop, EG_RUN_ONCE);
	do
		result = eg_loop_run(r->loop, EG_RUN_ONCE);
	while (result > 0 && r->async_calls == calls);
	eg_timeout_end(&t);
	return result;
}

static void wake_loop(struct call_rig *r)
{
	egt_eq(eg_watch_async_send(&r->async), 0);
}

/* The fiber that runs the hub's loop ends when nothing is active. */
static void end_loop(struct call_rig *r)
{
	eg_hub_stats stats = { .size = sizeof(stats) };

	if (!r->loop)
		return;
	if (r->async.watcher.data)
		egt_eq(eg_loop_free(r->loop), 0);
	do {
		egt_eq(eg_sleep(EG_USEC), 0);
		egt_eq(eg_hub_get_stats(&stats), 0);
	} while (stats.fibers_alive > 1);
}

const struct blocking_call blocking_calls[] = {
	{ "sleep_until", set_up_nothing, call_sleep_until, NULL, 0 },
	{ "sleep", set_up_nothing, call_sleep, NULL, 0 },
	{ "join", set_up_join, call_join, release, -ETIMEDOUT },
	{ "event_wait", set_up_nothing, call_event, wake_event, -ETIMEDOUT },
	{ "sem_wait", set_up_nothing, call_sem, wake_sem, -ETIMEDOUT },
	{ "sem_peek", set_up_nothing, call_peek, wake_sem, -ETIMEDOUT },
	{ "sem_post_wait", set_up_full_sem, call_post, take_unit, -ETIMEDOUT },
	{ "result_get", set_up_nothing, call_result, wake_result, -ETIMEDOUT },
	{ "mutex_lock", set_up_mutex, call_mutex, release, -ETIMEDOUT },
	{ "rmutex_lock", set_up_rmutex, call_rmutex, release, -ETIMEDOUT },
	{ "cond_wait", set_up_nothing, call_cond, wake_cond, -ETIMEDOUT },
	{ "cond_wait_rmutex", set_up_nothing, call_cond_rmutex, wake_cond,
	  -ETIMEDOUT },
	{ "rwlock_rdlock", set_up_writer, call_rdlock, release, -ETIMEDOUT },
	{ "rwlock_wrlock, read", set_up_reader, call_wrlock, release,
	  -ETIMEDOUT },
	{ "rwlock_wrlock, written", set_up_writer, call_wrlock, release,
	  -ETIMEDOUT },
	{ "barrier_wait", set_up_barrier, call_barrier, wake_barrier,
	  -ETIMEDOUT },
	{ "chan_send, rendezvous", chan_set_up_meeting, chan_call_send,
	  chan_wake_sender, -ETIMEDOUT },
	{ "chan_send, full", chan_set_up_full, chan_call_send, chan_wake_sender,
	  -ETIMEDOUT },
	{ "chan_recv", chan_set_up_meeting, chan_call_recv, chan_wake_receiver,
	  -ETIMEDOUT },
	{ "queue_put, full", queue_set_up_full, queue_call_put,
	  queue_wake_putter, -ETIMEDOUT },
	{ "queue_put, rendezvous", queue_set_up_meeting, queue_call_put,
	  queue_wake_putter, -ETIMEDOUT },
	{ "queue_get", queue_set_up_empty, queue_call_get, queue_wake_getter,
	  -ETIMEDOUT },
	{ "queue_get, rendezvous", queue_set_up_meeting, queue_call_get,
	  queue_wake_getter, -ETIMEDOUT },
	{ "queue_peek", queue_set_up_empty, queue_call_peek, queue_wake_peeker,
	  -ETIMEDOUT },
	{ "queue_join", queue_set_up_unfinished, queue_call_join,
	  queue_wake_joiner, -ETIMEDOUT },
	{ "group_wait", set_up_group, call_group, release, -ETIMEDOUT },
	{ "read, pipe", set_up_pipe, call_read, wake_reader, -ETIMEDOUT },
	{ "read, socket", set_up_socket, call_read, wake_reader, -ETIMEDOUT },
	{ "read, in line", set_up_queue, call_read, wake_reader, -ETIMEDOUT },
	{ "write, pipe", set_up_full_pipe, call_write, wake_writer,
	  -ETIMEDOUT },
	{ "write, socket", set_up_full_socket, call_write, wake_writer,
	  -ETIMEDOUT },
	{ "recv", set_up_socket, call_recv, wake_reader, -ETIMEDOUT },
	{ "send", set_up_full_socket, call_send, wake_writer, -ETIMEDOUT },
	{ "accept", set_up_listener, call_accept, wake_accept, -ETIMEDOUT },
	{ "wait_fd, in", set_up_pipe, call_wait_in, wake_reader, -ETIMEDOUT },
	{ "wait_fd, out", set_up_full_pipe, call_wait_out, wake_writer,
	  -ETIMEDOUT },
	{ "sendfile", set_up_sendfile, call_sendfile, wake_writer, -ETIMEDOUT },
	{ "watcher_wait", set_up_watcher, call_watcher, wake_reader,
	  -ETIMEDOUT },
	{ "loop_run", set_up_loop, call_loop, wake_loop, -ETIMEDOUT },
};
const size_t blocking_calls_count = ARRAY_LEN(blocking_calls);

void call_rig_init(struct call_rig *r, const struct blocking_call *c)
{
	*r = (struct call_rig){ .fd = { -1, -1 } };
	c->set_up(r);
}

static void end_helper(struct call_rig *r)
{
	if (!r->helper)
		return;
	eg_cancel(r->helper);
	egt_eq(eg_join(r->helper, NULL, EG_FOREVER), 0);
	r->helper = NULL;
}

void call_rig_done(struct call_rig *r)
{
	eg_hub_stats stats = { .size = sizeof(stats) };

	release(r);
	for (size_t i = 0; i < ARRAY_LEN(r->fd); i++)
		if (r->fd[i] >= 0)
			egt_eq(eg_close(r->fd[i]), 0);
	end_helper(r);
	egt_eq(eg_group_wait(&r->group, EG_FOREVER), 0);
	eg_chan_unref(r->chan);
	eg_queue_unref(r->queue);
	end_loop(r);
	for (int i = 0; i < r->peers; i++)
		egt_eq(close(r->peer[i]), 0);
	egt_eq(eg_hub_get_stats(&stats), 0);
	egt_eq(stats.timers_armed, 0);
	egt_eq(stats.ops_in_flight, 0);
	egt_eq(stats.fibers_alive, 1);
}
