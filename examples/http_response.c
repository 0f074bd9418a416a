/* SPDX-License-Identifier: MIT */
/*
 * The words of HTTP responses: statuses, content types, the date. Knows nothing
 * of requests, files or sockets.
 */
#include "http_response.h"

#include <assert.h>
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

/* Not snprintf(), which needs more stack than all the rest of a connection:
 * each fiber would keep another page for it. */
static char *put_number(char *to, int64_t n)
{
	char digits[20];
	char *p = digits + sizeof(digits);

	*--p = '\0';
	do
		*--p = (char)('0' + n % 10);
	while (n /= 10);
	return stpcpy(to, p);
}

size_t http_response_head(const struct http_response *response,
			  char head[HTTP_HEAD_MAX])
{
	const struct http_response *r = response;
	const char *words = reason(r->status);
	bool has_words = r->status != 200;
	char *p = head;

	p = put_number(stpcpy(p, "HTTP/1.1 "), r->status);
	p = stpcpy(stpcpy(stpcpy(p, " "), words), "\r\nDate: ");
	p = stpcpy(p, date());
	if (r->status == 405)
		p = stpcpy(p, "\r\nAllow: GET, HEAD");
	p = stpcpy(p, "\r\nContent-Type: ");
	p = stpcpy(p, has_words ? "text/plain; charset=utf-8" : r->type);
	p = stpcpy(p, "\r\nContent-Length: ");
	p = put_number(p, has_words ? (int64_t)strlen(words) + 1
				    : r->body_bytes);
	p = stpcpy(p, r->keep_alive ? "\r\nConnection: keep-alive\r\n\r\n"
				    : "\r\nConnection: close\r\n\r\n");
	if (has_words && !r->is_head)
		p = stpcpy(stpcpy(p, words), "\n");
	assert(p - head < HTTP_HEAD_MAX);
	return (size_t)(p - head);
}
