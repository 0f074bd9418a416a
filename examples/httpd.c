/* SPDX-License-Identifier: MIT */
/*
 * A file server, a fiber for each connection. This file listens, accepts and
 * stops; what a fiber does is in httpd_connection.c, files are httpd_file.c's.
 */
#include <evergreen/evergreen.h>

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include "httpd_connection.h"
#include "httpd_file.h"
#include "httpd_options.h"

/* How long connections may go on after SIGTERM. */
#define STOP_TIME (2 * EG_SEC)

static struct {
	struct httpd_options options;
	int listener;
	rlim_t connections_max;
	eg_group connections;
} server;

static bool has_room(void)
{
	return (rlim_t)eg_group_count(&server.connections) <
	       server.connections_max;
}

/* Out of descriptors or memory, what is open is served on, and the kernel keeps
 * who knocks; accepting goes on when something has been given back. */
static void *accept_connections(void *arg)
{
	int64_t pause = 0;

	(void)arg;
	for (;;) {
		int fd = has_room() ? eg_accept(server.listener, NULL, NULL,
						EG_FOREVER)
				    : -EMFILE;
		int r = fd < 0 ? fd
			: eg_group_spawn(&server.connections, httpd_connection,
					 (void *)(intptr_t)fd, NULL);

		if (r >= 0) {
			if (pause)
				fprintf(stderr, "httpd: accepting again\n");
			pause = 0;
			continue;
		}
		if (fd >= 0)
			eg_close(fd);
		if (r == -ECANCELED)
			return NULL;
		if (!pause)
			fprintf(stderr, "httpd: not accepting for now: %s\n",
				eg_strerror(r));
		pause = pause ? pause * 2 : 10 * EG_MSEC;
		if (pause > EG_SEC)
			pause = EG_SEC;
		eg_sleep(pause);
	}
}

static void print_statistics(void)
{
	eg_hub_stats stats = { .size = sizeof(stats) };

	eg_hub_get_stats(&stats);
	printf("httpd: %" PRIu64 " requests, %d connections, %" PRIu64
	       " fibers (at most %" PRIu64 ") on %s\n",
	       httpd_connections_served(), eg_group_count(&server.connections),
	       stats.fibers_alive, stats.fibers_alive_max, eg_hub_backend());
	fflush(stdout);
}

static void *print_each_second(void *arg)
{
	(void)arg;
	while (eg_sleep(EG_SEC) == 0)
		print_statistics();
	return NULL;
}

/* Waits for SIGTERM or SIGINT, both blocked in main(). */
static void wait_for_signal(void)
{
	struct signalfd_siginfo info;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0) {
		perror("httpd: signalfd");
		return;
	}
	eg_read(fd, &info, sizeof(info), EG_FOREVER);
	eg_close(fd);
}

/* Lets who is being answered go on for a while. Who waits for a request reads
 * the end of the connection now. */
static void stop(eg_fiber *acceptor)
{
	eg_cancel(acceptor);
	eg_join(acceptor, NULL, EG_FOREVER);
	eg_close(server.listener);
	httpd_connections_stop();
	eg_group_wait(&server.connections, eg_after(STOP_TIME));
	eg_group_done(&server.connections);
}

static int listen_or_say_why(void)
{
	const struct httpd_options *o = &server.options;
	int fd = eg_tcp_listen(o->address, o->port, 0);

	if (fd >= 0)
		return fd;
	fprintf(stderr, "httpd: %s:%d ", o->address, o->port);
	switch (-fd) {
	case EADDRINUSE:
		fprintf(stderr, "is in use; choose another with -p\n");
		break;
	case EACCES:
		fprintf(stderr, "needs privileges; choose another with -p\n");
		break;
	case EINVAL:
	case EADDRNOTAVAIL:
		fprintf(stderr, "is no address of this machine; see -b\n");
		break;
	default:
		fprintf(stderr, "cannot be used: %s\n", eg_strerror(fd));
	}
	return fd;
}

static int serve(void *arg)
{
	const struct httpd_options *o = &server.options;
	bool is_ipv6 = strchr(o->address, ':');
	eg_fiber *acceptor;
	int r;

	(void)arg;
	server.listener = listen_or_say_why();
	if (server.listener < 0)
		return 1;
	r = eg_spawn(&acceptor, accept_connections, NULL);
	if (r >= 0 && o->has_statistics)
		r = eg_spawn(NULL, print_each_second, NULL);
	if (r < 0) {
		fprintf(stderr, "httpd: %s\n", eg_strerror(r));
		return 1;
	}
	printf("httpd: %s is at http://%s%s%s:%d/ (%s)\n", o->directory,
	       is_ipv6 ? "[" : "", o->address, is_ipv6 ? "]" : "",
	       eg_local_port(server.listener), eg_hub_backend());
	fflush(stdout);
	wait_for_signal();
	stop(acceptor);
	print_statistics();
	return 0;
}

/* As many connections as there can be descriptors, less some for files: a
 * server that has none left to open would refuse every request. */
static void limit_connections(void)
{
	struct rlimit files = { 1024, 1024 };

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	server.connections_max = files.rlim_max - files.rlim_max / 8 - 8;
}

int main(int argc, char **argv)
{
	sigset_t set;
	int r, root, status;

	httpd_options_read(&server.options, argc, argv);
	root = httpd_file_root(server.options.directory);
	if (root < 0) {
		fprintf(stderr, "httpd: %s: %s\n", server.options.directory,
			strerror(-root));
		return 1;
	}
	httpd_connections_init(root, server.options.idle_seconds * EG_SEC);
	/* Blocked before there is any other thread, so that all inherit it. */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	limit_connections();
	r = eg_run(serve, NULL, NULL, &status);
	if (r < 0) {
		fprintf(stderr, "httpd: no event loop: %s\n", eg_strerror(r));
		return 1;
	}
	return status;
}
