/* SPDX-License-Identifier: MIT */
/*
 * The other side of the echo servers: connects, keeps one request outstanding
 * on each connection, and reads what that cost the server from /proc.
 * Knows no server; its own CPU time is not part of any figure.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

enum {
	EVENTS_MAX = 512,
	CONNECT_BATCH = 128,
};

struct connection {
	int fd;
	int received; /* bytes of the answer so far */
};

struct load {
	int epoll_fd;
	long count;
	struct connection *connections; /* owned */
	long outstanding;		/* requests without their answer */
	long answers;
};

static const char message[BENCH_MESSAGE_BYTES];

/* CPU time of all threads of @pid in ns; exact, as long as it does nothing. */
static int64_t cpu_ns(pid_t pid)
{
	char path[300];
	int64_t total = 0;
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	if (!d)
		bench_die(path);
	while ((e = readdir(d))) {
		long long run_ns = 0;
		FILE *f;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", pid,
			 e->d_name);
		f = fopen(path, "re");
		if (f && fscanf(f, "%lld", &run_ns) == 1)
			total += run_ns;
		if (f)
			fclose(f);
	}
	closedir(d);
	return total;
}

static void request(struct load *l, struct connection *c)
{
	c->received = 0;
	if (send(c->fd, message, sizeof(message), MSG_NOSIGNAL) !=
	    (ssize_t)sizeof(message))
		bench_die("send");
	l->outstanding++;
}

/* Connects and sends the first request. */
static void connect_one(struct load *l, struct connection *c, int port)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	/* ends in a reset, so that no port is held after us */
	struct linger none = { .l_onoff = 1 };

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		bench_die("connect");
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	request(l, c);
}

/* Takes the first answer: the server has surely accepted @c by now. */
static void await_one(struct load *l, struct connection *c)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
	char answer[sizeof(message)];

	if (recv(c->fd, answer, sizeof(answer), MSG_WAITALL) !=
	    (ssize_t)sizeof(answer))
		bench_die("recv");
	l->outstanding--;
	bench_set_nonblocking(c->fd);
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, c->fd, &e) < 0)
		bench_die("epoll_ctl");
}

/* Connects number @from up to @end, some at a time for servers on poll. */
static void connect_range(struct load *l, long from, long end, int port)
{
	while (from < end) {
		long batch_end = from + CONNECT_BATCH;

		if (batch_end > end)
			batch_end = end;
		for (long i = from; i < batch_end; i++)
			connect_one(l, &l->connections[i], port);
		for (; from < batch_end; from++)
			await_one(l, &l->connections[from]);
	}
}

static void receive(struct load *l, struct connection *c)
{
	char answer[sizeof(message)];
	ssize_t n = recv(c->fd, answer, sizeof(answer), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		bench_die("recv");
	c->received += (int)n;
	if (c->received == BENCH_MESSAGE_BYTES) {
		l->outstanding--;
		l->answers++;
	}
}

/* Keeps every connection busy until @end, then waits for the last answers. */
static void run_until(struct load *l, int64_t end)
{
	struct epoll_event events[EVENTS_MAX];
	int is_over = 0;

	for (long i = 0; i < l->count; i++)
		request(l, &l->connections[i]);
	while (l->outstanding) {
		int n = epoll_wait(l->epoll_fd, events, EVENTS_MAX, -1);

		is_over = is_over || bench_now() >= end;
		for (int i = 0; i < n; i++) {
			struct connection *c = events[i].data.ptr;

			receive(l, c);
			if (!is_over && c->received == BENCH_MESSAGE_BYTES)
				request(l, c);
		}
	}
}

static int64_t after(double seconds)
{
	if (bench_is_quick())
		seconds /= 10;
	return bench_now() + (int64_t)(seconds * BENCH_NS_PER_S);
}

/* Prints the server's CPU time per request. */
static void measure_cpu(struct load *l, pid_t pid, const char *head)
{
	int64_t start, end, cpu;

	run_until(l, after(0.3)); /* warm up */
	l->answers = 0;
	cpu = cpu_ns(pid);
	start = bench_now();
	run_until(l, after(1.0));
	end = bench_now(); /* reading /proc of many threads takes long */
	printf("%s,\"unit\":\"us\",\"value\":%.4g,\"per_s\":%.0f}\n", head,
	       (double)(cpu_ns(pid) - cpu) / 1e3 / (double)l->answers,
	       (double)l->answers * BENCH_NS_PER_S / (double)(end - start));
}

int main(int argc, char **argv)
{
	struct load l = { .epoll_fd = epoll_create1(EPOLL_CLOEXEC) };
	long resident;
	char head[128];
	const char *size;
	int port;
	pid_t pid;

	if (argc != 5 || !(size = strchr(argv[1], '/'))) {
		fprintf(stderr, "usage: %s ROW SYSTEM PORT PID\n", argv[0]);
		return 2;
	}
	port = atoi(argv[3]);
	pid = atoi(argv[4]);
	l.count = atol(size + 1);
	l.connections = bench_alloc((size_t)l.count, sizeof(*l.connections));
	snprintf(head, sizeof(head), "{\"name\":\"%s\",\"system\":\"%s\"",
		 argv[1], argv[2]);
	bench_raise_file_limit();

	connect_range(&l, 0, 1, port);
	resident = bench_resident_bytes(pid);
	connect_range(&l, 1, l.count, port);
	if (!strncmp(argv[1], "idle_conn/", 10))
		printf("%s,\"unit\":\"bytes\",\"value\":%.6g}\n", head,
		       (double)(bench_resident_bytes(pid) - resident) /
			       (double)(l.count - 1));
	else
		measure_cpu(&l, pid, head);
	return 0;
}
