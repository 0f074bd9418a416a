/* SPDX-License-Identifier: MIT */
/*
 * Writes the heads of HTTP/1.1 responses. No I/O: the caller sends them, and
 * the body after them.
 */
#ifndef EVERGREEN_EXAMPLES_HTTP_RESPONSE_H
#define EVERGREEN_EXAMPLES_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HTTP_HEAD_MAX = 320, /* room for any head, a short body included */
};

struct http_response {
	int status;
	const char *type;   /* of the body; for status 200 only */
	int64_t body_bytes; /* of the body; for status 200 only */
	bool is_head;	    /* answers HEAD: no body follows */
	bool keep_alive;    /* the connection stays open */
};

/**
 * http_response_head - write what comes before the body
 * @response: what to say
 * @head: where to
 *
 * A status other than 200 brings its own body: the status in words.
 *
 * Return: the bytes written.
 */
size_t http_response_head(const struct http_response *response,
			  char head[HTTP_HEAD_MAX]);

/**
 * http_content_type - guess what a file is
 * @path: its name; only the end counts
 *
 * Return: a value for Content-Type, static memory.
 */
const char *http_content_type(const char *path);

#endif
