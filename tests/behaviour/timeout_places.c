/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait for a place: in a backlog, or on a helper thread. Rows for
 * timeout_calls.h. Tests no behaviour itself.
 */
#include "timeout_calls.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

/* Abstract, so that it leaves no file; the kernel thinks of a name. */
static void set_up_unix_backlog(struct call_rig *r)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(a);
	int fd;

	r->fd[0] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	egt_eq(bind(r->fd[0], (struct sockaddr *)&a, sizeof(sa_family_t)), 0);
	egt_eq(listen(r->fd[0], 0), 0);
	egt_eq(getsockname(r->fd[0], (struct sockaddr *)&a, &len), 0);
	do {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			    0);
		egt_lt(r->peers, (int)ARRAY_LEN(r->peer));
		r->peer[r->peers++] = fd;
	} while (connect(fd, (struct sockaddr *)&a, len) == 0);
}

static int64_t call_connect(struct call_rig *r, int64_t deadline)
{
	struct sockaddr_un a;
	socklen_t len = sizeof(a);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), result;

	egt_eq(getsockname(r->fd[0], (struct sockaddr *)&a, &len), 0);
	result = eg_connect(fd, (struct sockaddr *)&a, len, deadline);
	egt_eq(close(fd), 0);
	return result;
}

static void wake_connect(struct call_rig *r)
{
	int fd = accept4(r->fd[0], NULL, NULL, SOCK_CLOEXEC);

	egt_le(0, fd);
	egt_eq(close(fd), 0);
}

/* The kernel drops what a full backlog has no room for. */
static void set_up_tcp_backlog(struct call_rig *r)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(a);

	r->fd[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	egt_eq(bind(r->fd[0], (struct sockaddr *)&a, sizeof(a)), 0);
	egt_eq(listen(r->fd[0], 0), 0);
	egt_eq(getsockname(r->fd[0], (struct sockaddr *)&a, &len), 0);
	for (int i = 0; i < 2; i++) {
		int fd = socket(AF_INET,
				SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		connect(fd, (struct sockaddr *)&a, len);
		r->peer[r->peers++] = fd;
	}
}

static int64_t call_tcp_connect(struct call_rig *r, int64_t deadline)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	int fd;

	egt_eq(getsockname(r->fd[0], (struct sockaddr *)&a, &len), 0);
	fd = eg_tcp_connect("127.0.0.1", ntohs(a.sin_port), deadline);
	return fd < 0 ? fd : eg_close(fd);
}

enum { THREADS_MAX = 10 };

/* All helper threads, each in a function that waits for a byte. */
struct threads {
	struct call_rig *rig;
	eg_fiber *fiber[THREADS_MAX];
	int gate[2];
	int begun; /* atomic */
};

static int64_t pass_gate(void *arg)
{
	struct threads *t = arg;
	char c;

	__atomic_fetch_add(&t->begun, 1, __ATOMIC_SEQ_CST);
	return read(t->gate[0], &c, 1);
}

static void *hold_thread(void *arg)
{
	egt_eq(eg_offload(pass_gate, arg, NULL, EG_FOREVER), 0);
	return NULL;
}

static void set_up_threads(struct call_rig *r)
{
	struct threads *t = calloc(1, sizeof(*t));

	egt_true(t);
	r->own = t;
	t->rig = r;
	egt_eq(pipe2(t->gate, O_CLOEXEC), 0);
	for (int i = 0; i < THREADS_MAX; i++)
		egt_eq(eg_spawn(&t->fiber[i], hold_thread, t), 0);
	while (__atomic_load_n(&t->begun, __ATOMIC_SEQ_CST) < THREADS_MAX)
		egt_eq(eg_yield(), 0);
}

static int64_t return_one(void *arg)
{
	return arg != NULL;
}

static int64_t call_offload(struct call_rig *r, int64_t deadline)
{
	int64_t result = -1;
	int error = eg_offload(return_one, r, &result, deadline);

	return error < 0 ? error : result;
}

static void let_one_pass(struct call_rig *r)
{
	struct threads *t = r->own;

	egt_eq(write(t->gate[1], "g", 1), 1);
}

static void tear_down_threads(struct call_rig *r)
{
	struct threads *t = r->own;

	egt_eq(close(t->gate[1]), 0);
	for (int i = 0; i < THREADS_MAX; i++)
		if (t->fiber[i])
			egt_eq(eg_join(t->fiber[i], NULL, EG_FOREVER), 0);
	egt_eq(close(t->gate[0]), 0);
	free(t);
}

static const struct blocking_call rows[] = {
	{ "connect", .set_up = set_up_unix_backlog, .call = call_connect,
	  .wake = wake_connect, .flags = CALL_BY_ONE | CALL_LOOKS_AGAIN },
	{ "tcp_connect", .set_up = set_up_tcp_backlog,
	  .call = call_tcp_connect },
	{ "offload", .set_up = set_up_threads, .call = call_offload,
	  .wake = let_one_pass, .tear_down = tear_down_threads,
	  .flags = CALL_STOPS_THE_CLOCK },
};
BLOCKING_CALLS(rows)
