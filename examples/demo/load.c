/* SPDX-License-Identifier: MIT */
/*
 * Load for HTTP servers on the loopback device, a fiber per connection: asks
 * and compares answers for some seconds, or asks once and holds on. Reads what
 * that cost the server from /proc; starts and stops no server.
 */
#include <evergreen/evergreen.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	TEXT_MAX = 512, /* of a request, of an answer with its head */
};

static struct {
	uint16_t port;
	const char *pid;       /* the server's, when it is measured */
	const char *held_path; /* asked for once, when there is no load */
	int seconds;
	int wanted; /* connections */
	int opened;
	int failed;
	bool is_over;
	long answers;
	long wrong;
	eg_event all_asked; /* once on each connection */
	eg_event go;
} load;

/* What /proc says of the server. */
struct usage {
	int64_t cpu_us;
	long threads;
	long rss_kib;
	long page_tables_kib;
};

static int64_t cpu_us(const char *pid)
{
	unsigned long user, system;
	char path[64], line[1024];
	const char *after_name;
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	f = fopen(path, "re");
	if (f) {
		n = fread(line, 1, sizeof(line) - 1, f);
		fclose(f);
	}
	line[n] = '\0';
	after_name = strrchr(line, ')');
	if (!after_name ||
	    sscanf(after_name,
		   ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
		   &user, &system) != 2)
		return 0;
	return (int64_t)(user + system) * 1000000 / sysconf(_SC_CLK_TCK);
}

static struct usage usage_of(const char *pid)
{
	struct usage u = { .cpu_us = cpu_us(pid) };
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "Threads: %ld", &u.threads);
		sscanf(line, "VmRSS: %ld", &u.rss_kib);
		sscanf(line, "VmPTE: %ld", &u.page_tables_kib);
	}
	if (f)
		fclose(f);
	return u;
}

/* The end of the answer's head, or NULL while that is not there. */
static char *body_of(char *answer)
{
	char *blank = strstr(answer, "\r\n\r\n");

	return blank ? blank + 4 : NULL;
}

/*
 * Sends @request and reads the answer, of which @body_len bytes follow the
 * head. Returns the body, or NULL when the connection is of no more use.
 */
static char *ask(int fd, const char *request, size_t body_len,
		 char answer[TEXT_MAX], int64_t deadline)
{
	size_t request_len = strlen(request), have = 0;
	char *body = NULL;

	if (eg_send(fd, request, request_len, 0, deadline) !=
	    (ssize_t)request_len)
		return NULL;
	do {
		ssize_t n = eg_recv(fd, answer + have, TEXT_MAX - 1 - have, 0,
				    deadline);

		if (n <= 0)
			return NULL;
		have += (size_t)n;
		answer[have] = '\0';
		body = body_of(answer);
	} while (!body || have < (size_t)(body - answer) + body_len);
	return body;
}

static void asked_once(bool is_answered)
{
	load.opened += is_answered;
	load.failed += !is_answered;
	if (load.opened + load.failed >= load.wanted)
		eg_event_set(&load.all_asked);
}

/* Asks for /number/count, which the server has to answer with just that. */
static bool ask_own(int fd, int number, long count, int64_t deadline)
{
	char path[48], request[TEXT_MAX], answer[TEXT_MAX];
	size_t path_len =
		(size_t)snprintf(path, sizeof(path), "/%d/%ld", number, count);
	const char *body;

	snprintf(request, sizeof(request),
		 "GET %s HTTP/1.1\r\nHost: demo\r\n\r\n", path);
	body = ask(fd, request, path_len, answer, deadline);
	if (!body)
		return false;
	if (strncmp(answer, "HTTP/1.1 200 ", 13) || strcmp(body, path))
		load.wrong++;
	return true;
}

static void *keep_asking(void *arg)
{
	int number = (int)(intptr_t)arg;
	int64_t deadline = eg_after(20 * EG_SEC);
	int fd = eg_tcp_connect("127.0.0.1", load.port, deadline);
	bool is_answered = fd >= 0 && ask_own(fd, number, 0, deadline);
	long count = 0;

	asked_once(is_answered);
	eg_event_wait(&load.go, EG_FOREVER);
	deadline = eg_after((load.seconds + 10) * EG_SEC);
	while (is_answered && !load.is_over) {
		is_answered = ask_own(fd, number, ++count, deadline);
		load.answers += is_answered;
		load.failed += !is_answered;
	}
	if (fd >= 0)
		eg_close(fd);
	return NULL;
}

static void *hold(void *arg)
{
	int64_t deadline = eg_after(20 * EG_SEC);
	int fd = eg_tcp_connect("127.0.0.1", load.port, deadline);
	char request[TEXT_MAX], answer[TEXT_MAX];
	bool is_answered;

	(void)arg;
	snprintf(request, sizeof(request),
		 "HEAD %.200s HTTP/1.1\r\nHost: demo\r\n\r\n", load.held_path);
	is_answered = fd >= 0 && ask(fd, request, 0, answer, deadline);
	asked_once(is_answered);
	/* Nothing more is sent: this is the end of the connection. */
	if (is_answered)
		eg_recv(fd, answer, sizeof(answer), 0, EG_FOREVER);
	if (fd >= 0)
		eg_close(fd);
	return NULL;
}

/* All connections are open meanwhile. Prints what they did and what it took. */
static void measure(void)
{
	struct usage before = usage_of(load.pid), after;
	int64_t start = eg_now();

	eg_event_set(&load.go);
	eg_sleep(load.seconds * EG_SEC);
	after = usage_of(load.pid);
	load.is_over = true;
	printf("requests %ld ns %" PRId64 " cpu_us %" PRId64
	       " threads %ld rss_kib %ld pte_kib %ld",
	       load.answers, eg_now() - start, after.cpu_us - before.cpu_us,
	       after.threads, after.rss_kib, after.page_tables_kib);
}

static int run(void *arg)
{
	eg_group fibers = { 0 };
	int r = 0;

	(void)arg;
	for (int i = 0; i < load.wanted && r >= 0; i++)
		r = eg_group_spawn(&fibers, load.pid ? keep_asking : hold,
				   (void *)(intptr_t)i, NULL);
	if (r < 0) {
		fprintf(stderr, "load: %s\n", eg_strerror(r));
		return 1;
	}
	eg_event_wait(&load.all_asked, EG_FOREVER);
	if (!load.pid) {
		printf("holding %d failed %d\n", load.opened, load.failed);
		fflush(stdout);
	} else if (load.failed == 0) {
		measure();
	}
	eg_event_set(&load.go);
	r = eg_group_wait(&fibers, EG_FOREVER);
	if (load.pid)
		printf(" failed %d wrong %ld\n", load.failed, load.wrong);
	return r < 0 || (load.pid && (load.failed || load.wrong));
}

int main(int argc, char **argv)
{
	struct rlimit files;
	int status = 1;

	if (argc != 5) {
		fprintf(stderr, "usage: load PORT CONNECTIONS SECONDS PID\n"
				"       load PORT CONNECTIONS hold PATH\n");
		return 2;
	}
	load.port = (uint16_t)atoi(argv[1]);
	load.wanted = atoi(argv[2]);
	if (strcmp(argv[3], "hold")) {
		load.seconds = atoi(argv[3]);
		load.pid = argv[4];
	} else {
		load.held_path = argv[4];
	}
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (eg_run(run, NULL, NULL, &status) < 0)
		fprintf(stderr, "load: no event loop\n");
	return status;
}
