/* SPDX-License-Identifier: MIT */
/*
 * A connection of the file server: plain blocking code, as if it had a thread
 * to itself. What a request means is http_request.c's, the words of a response
 * are http_response.c's.
 */
#include "httpd_connection.h"

#include <evergreen/evergreen.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "http_request.h"
#include "http_response.h"
#include "httpd_file.h"

/* This much must go out within the idle time. */
#define SEND_BYTES (INT64_C(256) * 1024)

/* On its fiber's stack. Most requests fit into @small, so that a connection
 * which waits for its next one costs the first page of that stack and no more.
 */
struct connection {
	LIST_ENTRY(connection) link;
	int fd;
	char *data; /* @small, or HTTP_REQUEST_MAX bytes of malloc's */
	size_t len; /* of the data: received and not answered */
	char small[1024];
};

static struct {
	int root;
	int64_t idle;
	bool is_stopping;
	uint64_t served;
	LIST_HEAD(, connection) connections;
} server;

void httpd_connections_init(int root, int64_t idle)
{
	server.root = root;
	server.idle = idle;
}

uint64_t httpd_connections_served(void)
{
	return server.served;
}

void httpd_connections_stop(void)
{
	struct connection *c;

	server.is_stopping = true;
	LIST_FOREACH(c, &server.connections, link)
		eg_shutdown(c->fd, SHUT_RD);
}

static int64_t idle_deadline(void)
{
	return eg_after(server.idle);
}

/* Returns the request's status, or HTTP_MORE if none will come. */
static int receive_request(struct connection *c, struct http_request *request)
{
	int64_t deadline = idle_deadline();
	size_t max = sizeof(c->small);
	ssize_t n;
	int status;

	while (!(status = http_request_feed(request, c->data, c->len))) {
		if (c->data != c->small) {
			max = HTTP_REQUEST_MAX;
		} else if (c->len == max) {
			c->data = malloc(HTTP_REQUEST_MAX);
			if (!c->data) {
				c->data = c->small;
				return 503;
			}
			memcpy(c->data, c->small, c->len);
			continue;
		}
		n = eg_recv(c->fd, c->data + c->len, max - c->len, 0,
			    deadline);
		if (n <= 0 && c->len == 0)
			return HTTP_MORE;
		if (n == -ETIMEDOUT)
			return 408;
		if (n <= 0)
			return server.is_stopping ? 503 : 400;
		/* However slowly it comes: all of it has this long. */
		if (c->len == 0)
			deadline = idle_deadline();
		c->len += (size_t)n;
	}
	return status;
}

/* Keeps what came behind the request: the next one, pipelined. */
static void drop_request(struct connection *c, size_t bytes)
{
	char *data = c->data;

	c->len -= bytes;
	if (c->len <= sizeof(c->small))
		c->data = c->small;
	memmove(c->data, data + bytes, c->len);
	if (data != c->data)
		free(data);
}

static bool send_file(int fd, int file, int64_t bytes)
{
	int64_t at = 0;

	while (at < bytes) {
		int64_t piece = bytes - at;
		ssize_t n;

		if (piece > SEND_BYTES)
			piece = SEND_BYTES;
		n = eg_sendfile(fd, file, at, (size_t)piece, idle_deadline());
		if (n <= 0)
			return false;
		at += n;
	}
	return true;
}

/* Returns whether another request may follow. */
static bool answer(struct connection *c, const struct http_request *request,
		   int status)
{
	struct http_response response = { .is_head = request->is_head };
	char head[HTTP_HEAD_MAX];
	bool has_body, is_sent;
	int file = -1;
	size_t len;

	response.keep_alive = status == HTTP_OK && request->keep_alive &&
			      !server.is_stopping;
	if (status == HTTP_OK) {
		const char *path = c->data + request->path_at;

		status = httpd_file_find(server.root, path, &file,
					 &response.body_bytes);
		response.type = http_content_type(path);
		/* Shedding load: whoever is let go gives back a descriptor. */
		if (status == 503)
			response.keep_alive = false;
	}
	response.status = status;
	has_body = file >= 0 && !request->is_head && response.body_bytes;
	len = http_response_head(&response, head);
	is_sent = eg_send(c->fd, head, len, has_body ? MSG_MORE : 0,
			  idle_deadline()) == (ssize_t)len;
	if (is_sent && has_body)
		is_sent = send_file(c->fd, file, response.body_bytes);
	if (file >= 0)
		eg_close(file);
	return is_sent && response.keep_alive;
}

/* Closing while something is unread would reset the connection, and the client
 * could lose the response: ends it, and waits a little for the other end. */
static void hang_up(struct connection *c)
{
	int64_t deadline = eg_after(EG_SEC);

	eg_shutdown(c->fd, SHUT_WR);
	while (eg_recv(c->fd, c->small, sizeof(c->small), 0, deadline) > 0)
		;
	eg_close(c->fd);
}

void *httpd_connection(void *arg)
{
	struct connection c = { .fd = (int)(intptr_t)arg };
	bool is_open = true;

	c.data = c.small;
	LIST_INSERT_HEAD(&server.connections, &c, link);
	while (is_open) {
		struct http_request request = { 0 };
		int status = receive_request(&c, &request);

		if (status == HTTP_MORE)
			break;
		server.served++;
		is_open = answer(&c, &request, status);
		drop_request(&c, is_open ? request.bytes : c.len);
	}
	LIST_REMOVE(&c, link);
	hang_up(&c);
	return NULL;
}
