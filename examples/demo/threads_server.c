/* SPDX-License-Identifier: MIT */
/*
 * An HTTP/1.1 server as it is written every day: a POSIX thread for each
 * connection, blocking calls, no evergreen in it. Answers each GET with the
 * path that was asked for. Has no limits on clients; Ctrl-C ends it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	HEAD_MAX = 2048,
	BACKLOG = 4096,
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Returns 0, or -1 when the connection is of no more use. */
static int send_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static int answer(int fd, const char *head)
{
	static const char bad[] = "HTTP/1.1 400 Bad Request\r\n"
				  "Content-Length: 0\r\n"
				  "Connection: close\r\n\r\n";
	char path[HEAD_MAX], text[HEAD_MAX + 100];
	int len;

	if (sscanf(head, "GET %2047s HTTP/1.1", path) != 1) {
		send_all(fd, bad, sizeof(bad) - 1);
		return -1;
	}
	len = snprintf(text, sizeof(text),
		       "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
		       strlen(path), path);
	return send_all(fd, text, (size_t)len);
}

/* A GET has no body: a head ends where the next one begins. */
static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char buffer[HEAD_MAX + 1];
	size_t have = 0;
	ssize_t n;

	while ((n = recv(fd, buffer + have, HEAD_MAX - have, 0)) > 0) {
		char *end;

		have += (size_t)n;
		buffer[have] = '\0';
		while ((end = strstr(buffer, "\r\n\r\n"))) {
			end += 4;
			if (answer(fd, buffer) < 0)
				goto out;
			have -= (size_t)(end - buffer);
			memmove(buffer, end, have + 1);
		}
		if (have == HEAD_MAX)
			break;
	}
out:
	close(fd);
	return NULL;
}

/* On a port of the loopback device, 0: any that is free. Says which. */
static int listen_on(int port)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(a);
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&a, len) < 0 || listen(fd, BACKLOG) < 0)
		die("listen");
	if (getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		die("getsockname");
	printf("PORT %d\n", ntohs(a.sin_port));
	fflush(stdout);
	return fd;
}

int main(int argc, char **argv)
{
	int listener = listen_on(argc > 1 ? atoi(argv[1]) : 0);
	struct rlimit files;

	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		pthread_t thread;

		if (fd < 0 && errno == ECONNABORTED)
			continue;
		if (fd < 0)
			die("accept4");
		errno = pthread_create(&thread, NULL, serve,
				       (void *)(intptr_t)fd);
		if (errno) {
			perror("pthread_create");
			close(fd);
			continue;
		}
		pthread_detach(thread);
	}
}
