/* SPDX-License-Identifier: MIT */
/*
 * Reads HTTP/1.1 and HTTP/1.0 requests for GET and HEAD, strictly: what two
 * programs could read in two ways is refused. Pure functions: no I/O, no
 * allocation, no state outside the caller's struct.
 */
#ifndef EVERGREEN_EXAMPLES_HTTP_REQUEST_H
#define EVERGREEN_EXAMPLES_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

enum {
	HTTP_LINE_MAX = 8192,	  /* the request line without its CR LF */
	HTTP_HEADERS_MAX = 16384, /* all fields, each CR LF counted */
	/* Data this long is never incomplete: a CR LF that may come first,
	 * the longest line, the longest headers. */
	HTTP_REQUEST_MAX = 2 + HTTP_LINE_MAX + 2 + HTTP_HEADERS_MAX,

	HTTP_MORE = 0, /* no status: the request has not come to its end */
	HTTP_OK = 200,
};

/** A request while it comes in. All zero is one that has not begun. */
struct http_request {
	/* What it asks for; whole once the status is HTTP_OK. */
	size_t path_at;	 /* in the data: '/' first, decoded, NUL at the end */
	size_t bytes;	 /* its length; what follows is the next request */
	bool is_head;	 /* true as soon as the method is known */
	bool keep_alive; /* the client wants the connection to stay */

	/* The parser's own. */
	size_t line_at;	  /* where the line begins that is not whole */
	size_t scanned;	  /* no line ends between line_at and here */
	size_t fields_at; /* where the fields begin; 0: not there yet */
	bool is_http_1_0;
	bool has_host;
	bool has_length;
	bool says_close;
	bool says_keep_alive;
};

/**
 * http_request_feed - read on in a request
 * @request: where it stands; unchanged by the caller between two calls
 * @data: the request from its first byte on; may have moved since the last
 *        call. The path in it is decoded in place.
 * @len: how much of it is there; at least as much as at the last call
 *
 * Looks at each byte about once, however small the pieces it comes in.
 *
 * Return: HTTP_MORE, HTTP_OK, or the status to refuse it with; the connection
 * must be closed then, because nobody knows where the next request begins.
 * (403, a path with a ".." segment, is no exception.)
 */
int http_request_feed(struct http_request *request, char *data, size_t len);

#endif
