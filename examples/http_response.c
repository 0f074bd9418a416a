/* SPDX-License-Identifier: MIT */
/*
 * The words of HTTP responses: statuses, content types, the date. Knows nothing
 * of requests, files or sockets.
 */
#include "http_response.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const char *reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" },
		{ 400, "Bad Request" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 414, "URI Too Long" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	return "Unknown";
}

const char *http_content_type(const char *path)
{
	static const struct {
		const char *suffix;
		const char *type;
	} types[] = {
		{ "css", "text/css; charset=utf-8" },
		{ "gif", "image/gif" },
		{ "htm", "text/html; charset=utf-8" },
		{ "html", "text/html; charset=utf-8" },
		{ "ico", "image/x-icon" },
		{ "jpeg", "image/jpeg" },
		{ "jpg", "image/jpeg" },
		{ "js", "text/javascript; charset=utf-8" },
		{ "json", "application/json" },
		{ "md", "text/markdown; charset=utf-8" },
		{ "pdf", "application/pdf" },
		{ "png", "image/png" },
		{ "svg", "image/svg+xml" },
		{ "txt", "text/plain; charset=utf-8" },
		{ "wasm", "application/wasm" },
		{ "webp", "image/webp" },
		{ "xml", "application/xml" },
	};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++) {
		if (!strcasecmp(dot + 1, types[i].suffix))
			return types[i].type;
	}
	return "application/octet-stream";
}

/* Changes once a second: writing it anew each time would be the dearest part
 * of a small response. */
static const char *date(void)
{
	static time_t written;
	static char text[32];
	time_t now = time(NULL);
	struct tm tm;

	if (now != written && gmtime_r(&now, &tm)) {
		written = now;
		strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	}
	return text;
}

size_t http_response_head(const struct http_response *response,
			  char head[HTTP_HEAD_MAX])
{
	const struct http_response *r = response;
	const char *words = reason(r->status);
	const char *type = r->type;
	int64_t bytes = r->body_bytes;
	const char *body = "", *end = "";
	int n;

	if (r->status != 200) {
		type = "text/plain; charset=utf-8";
		bytes = (int64_t)strlen(words) + 1;
		if (!r->is_head) {
			body = words;
			end = "\n";
		}
	}
	n = snprintf(head, HTTP_HEAD_MAX,
		     "HTTP/1.1 %d %s\r\n"
		     "Date: %s\r\n"
		     "%s"
		     "Content-Type: %s\r\n"
		     "Content-Length: %" PRId64 "\r\n"
		     "Connection: %s\r\n"
		     "\r\n"
		     "%s%s",
		     r->status, words, date(),
		     r->status == 405 ? "Allow: GET, HEAD\r\n" : "", type,
		     bytes, r->keep_alive ? "keep-alive" : "close", body, end);
	assert(n > 0 && n < HTTP_HEAD_MAX);
	return (size_t)n;
}
