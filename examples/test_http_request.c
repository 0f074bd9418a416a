/* SPDX-License-Identifier: MIT */
/*
 * What the request parser takes and what it refuses, each case at once and byte
 * by byte. Prints TAP; has no I/O of its own to test.
 */
#include "http_request.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST "Host: a\r\n"
#define GET_WITH(fields) "GET / HTTP/1.1\r\n" HOST fields "\r\n"
#define GET_OF(target) "GET " target " HTTP/1.1\r\n" HOST "\r\n"
#define TEXT(s) s, sizeof(s) - 1

enum { STAYS = 1, CLOSES = 0 };

static const struct good_case {
	const char *name;
	const char *data;
	size_t len;
	const char *path;
	bool keep_alive;
} good_cases[] = {
	{ "1.1 stays", TEXT(GET_WITH("")), "/", STAYS },
	{ "1.1 close", TEXT(GET_WITH("Connection: close\r\n")), "/", CLOSES },
	{ "1.1 Close in a list", TEXT(GET_WITH("connection:x ,\tClose\r\n")),
	  "/", CLOSES },
	{ "1.1 close wins", TEXT(GET_WITH("Connection: keep-alive\r\n"
					  "Connection: close\r\n")),
	  "/", CLOSES },
	{ "1.1 closed is not close", TEXT(GET_WITH("Connection: closed\r\n")),
	  "/", STAYS },
	{ "1.0 closes", TEXT("GET / HTTP/1.0\r\n\r\n"), "/", CLOSES },
	{ "1.0 keep-alive",
	  TEXT("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), "/",
	  STAYS },
	{ "1.2 is read as 1.1", TEXT("GET / HTTP/1.2\r\n" HOST "\r\n"), "/",
	  STAYS },
	{ "HEAD", TEXT("HEAD /x HTTP/1.1\r\n" HOST "\r\n"), "/x", STAYS },
	{ "CR LF before", TEXT("\r\n" GET_OF("/x")), "/x", STAYS },
	{ "path", TEXT(GET_OF("/a/b.html")), "/a/b.html", STAYS },
	{ "query dropped", TEXT(GET_OF("/a?b=../c%zz")), "/a", STAYS },
	{ "empty query", TEXT(GET_OF("/?")), "/", STAYS },
	{ "percent", TEXT(GET_OF("/a%20b%C3%a9")), "/a b\xc3\xa9", STAYS },
	{ "percent at the end", TEXT(GET_OF("/%41")), "/A", STAYS },
	{ "decoded once", TEXT(GET_OF("/%2541")), "/%41", STAYS },
	{ "percent of ?", TEXT(GET_OF("/a%3Fb")), "/a?b", STAYS },
	{ "plus is plus", TEXT(GET_OF("/a+b")), "/a+b", STAYS },
	{ "dots in names", TEXT(GET_OF("/..a/b../...")), "/..a/b../...",
	  STAYS },
	{ "one dot", TEXT(GET_OF("/./a")), "/./a", STAYS },
	{ "absolute form", TEXT(GET_OF("http://h:80/x?y")), "/x", STAYS },
	{ "absolute form, case", TEXT(GET_OF("HTTP://h/x")), "/x", STAYS },
	{ "absolute form, no path", TEXT(GET_OF("http://h")), "/", STAYS },
	{ "absolute form, query only", TEXT(GET_OF("http://h?q")), "/", STAYS },
	{ "Host with port", TEXT("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"),
	  "/", STAYS },
	{ "Host in capitals", TEXT("GET / HTTP/1.1\r\nHOST:a\r\n\r\n"), "/",
	  STAYS },
	{ "spaces around a value",
	  TEXT("GET / HTTP/1.1\r\nHost: \t a \t\r\n\r\n"), "/", STAYS },
	{ "length 0", TEXT(GET_WITH("Content-Length: 0\r\n")), "/", STAYS },
	{ "empty value", TEXT(GET_WITH("X:\r\n")), "/", STAYS },
	{ "bytes over 127", TEXT(GET_WITH("X: \xff\x80\r\n")), "/", STAYS },
	{ "tab in a value", TEXT(GET_WITH("X: a\tb\r\n")), "/", STAYS },
	{ "strange field name", TEXT(GET_WITH("!#$%&'*+-.^_`|~9: x\r\n")), "/",
	  STAYS },
};

static const struct bad_case {
	const char *name;
	const char *data;
	size_t len;
	int status;
} bad_cases[] = {
	/* The request line. */
	{ "HTTP/0.9", TEXT("GET /\r\n"), 400 },
	{ "no target", TEXT("GET HTTP/1.1\r\n"), 400 },
	{ "empty target", TEXT("GET  HTTP/1.1\r\n"), 400 },
	{ "only a method", TEXT("GET\r\n"), 400 },
	{ "two spaces", TEXT("GET  / HTTP/1.1\r\n"), 400 },
	{ "two spaces behind", TEXT("GET /  HTTP/1.1\r\n"), 400 },
	{ "space at the end", TEXT("GET / HTTP/1.1 \r\n"), 400 },
	{ "space before", TEXT(" GET / HTTP/1.1\r\n"), 400 },
	{ "tabs", TEXT("GET\t/\tHTTP/1.1\r\n"), 400 },
	{ "four parts", TEXT("GET / x HTTP/1.1\r\n"), 400 },
	{ "two CR LF before", TEXT("\r\n\r\n"), 400 },
	{ "bare LF", TEXT("GET / HTTP/1.1\n"), 400 },
	{ "LF first", TEXT("\n"), 400 },
	{ "CR CR LF", TEXT("GET / HTTP/1.1\r\r\n"), 400 },
	{ "bare CR", TEXT("GET /\rHTTP/1.1\r\n"), 400 },
	{ "NUL in the method", TEXT("G\0T / HTTP/1.1\r\n"), 400 },
	{ "a TLS greeting", TEXT("\x16\x03\x01\x02\n"), 400 },
	{ "no version", TEXT("GET / HTTP/\r\n"), 400 },
	{ "version in small letters", TEXT("GET / http/1.1\r\n"), 400 },
	{ "long version", TEXT("GET / HTTP/1.10\r\n"), 400 },
	{ "HTTP/2.0", TEXT("GET / HTTP/2.0\r\n"), 505 },
	{ "HTTP/0.9 spelled out", TEXT("GET / HTTP/0.9\r\n"), 505 },
	{ "POST", TEXT("POST / HTTP/1.1\r\n"), 405 },
	{ "DELETE", TEXT("DELETE / HTTP/1.1\r\n"), 405 },
	{ "OPTIONS *", TEXT("OPTIONS * HTTP/1.1\r\n"), 405 },
	{ "CONNECT", TEXT("CONNECT a:80 HTTP/1.1\r\n"), 405 },
	{ "unknown method", TEXT("BREW / HTTP/1.1\r\n"), 501 },
	{ "method in small letters", TEXT("get / HTTP/1.1\r\n"), 501 },
	{ "HTTP/2 without asking", TEXT("PRI * HTTP/2.0\r\n"), 505 },
	/* The target. */
	{ "*", TEXT("GET * HTTP/1.1\r\n"), 400 },
	{ "no slash", TEXT("GET a HTTP/1.1\r\n"), 400 },
	{ "another scheme", TEXT("GET ftp://a/ HTTP/1.1\r\n"), 400 },
	{ "no host", TEXT("GET http:/// HTTP/1.1\r\n"), 400 },
	{ "nothing behind http://", TEXT("GET http:// HTTP/1.1\r\n"), 400 },
	{ "userinfo", TEXT("GET http://u@h/ HTTP/1.1\r\n"), 400 },
	{ "fragment", TEXT("GET /a#b HTTP/1.1\r\n"), 400 },
	{ "fragment in the query", TEXT("GET /?a#b HTTP/1.1\r\n"), 400 },
	{ "NUL in the target", TEXT("GET /\0 HTTP/1.1\r\n"), 400 },
	{ "DEL", TEXT("GET /\x7f HTTP/1.1\r\n"), 400 },
	{ "raw UTF-8", TEXT("GET /\xc3\xa9 HTTP/1.1\r\n"), 400 },
	{ "%00", TEXT("GET /a%00.html HTTP/1.1\r\n"), 400 },
	{ "%2F", TEXT("GET /a%2Fb HTTP/1.1\r\n"), 400 },
	{ "%2f", TEXT("GET /..%2f..%2fetc/passwd HTTP/1.1\r\n"), 400 },
	{ "%", TEXT("GET /% HTTP/1.1\r\n"), 400 },
	{ "%4", TEXT("GET /%4 HTTP/1.1\r\n"), 400 },
	{ "%4?", TEXT("GET /%4?1 HTTP/1.1\r\n"), 400 },
	{ "%g1", TEXT("GET /%g1 HTTP/1.1\r\n"), 400 },
	{ "%1g", TEXT("GET /%1g HTTP/1.1\r\n"), 400 },
	{ "%-1", TEXT("GET /%-1 HTTP/1.1\r\n"), 400 },
	{ "..", TEXT("GET /.. HTTP/1.1\r\n"), 403 },
	{ "../", TEXT("GET /../etc/passwd HTTP/1.1\r\n"), 403 },
	{ ".. in the middle", TEXT("GET /a/../b HTTP/1.1\r\n"), 403 },
	{ ".. at the end", TEXT("GET /a/..?x HTTP/1.1\r\n"), 403 },
	{ ".. encoded", TEXT("GET /%2e%2E/etc/passwd HTTP/1.1\r\n"), 403 },
	{ ".. half encoded", TEXT("GET /.%2e/ HTTP/1.1\r\n"), 403 },
	{ ".. behind names like it", TEXT("GET /...//..a/.. HTTP/1.1\r\n"),
	  403 },
	{ ".. in absolute form", TEXT("GET http://h/../x HTTP/1.1\r\n"), 403 },
	/* The fields. */
	{ "no Host", TEXT("GET / HTTP/1.1\r\n\r\n"), 400 },
	{ "two Hosts", TEXT(GET_WITH("Host: a\r\n")), 400 },
	{ "two Hosts, 1.0",
	  TEXT("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), 400 },
	{ "empty Host", TEXT("GET / HTTP/1.1\r\nHost: \r\n\r\n"), 400 },
	{ "list of hosts", TEXT("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n"), 400 },
	{ "space in the host", TEXT("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
	  400 },
	{ "path in the host", TEXT("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
	  400 },
	{ "user in the host", TEXT("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
	  400 },
	{ "no colon", TEXT(GET_WITH("X\r\n")), 400 },
	{ "no name", TEXT(GET_WITH(": x\r\n")), 400 },
	{ "space before the colon", TEXT(GET_WITH("X : y\r\n")), 400 },
	{ "tab before the colon", TEXT(GET_WITH("X\t: y\r\n")), 400 },
	{ "folded line", TEXT(GET_WITH("X: y\r\n z\r\n")), 400 },
	{ "folded line, first", TEXT("GET / HTTP/1.1\r\n X: y\r\n\r\n"), 400 },
	{ "line of spaces", TEXT(GET_WITH(" \r\n")), 400 },
	{ "NUL in a value", TEXT(GET_WITH("X: a\0b\r\n")), 400 },
	{ "control in a value", TEXT(GET_WITH("X: a\x01\r\n")), 400 },
	{ "DEL in a value", TEXT(GET_WITH("X: a\x7f\r\n")), 400 },
	{ "bare CR in a value", TEXT(GET_WITH("X: a\rY: b\r\n")), 400 },
	{ "bare LF in a value", TEXT(GET_WITH("X: a\nY: b\r\n")), 400 },
	{ "bare LF at the end", TEXT("GET / HTTP/1.1\r\n" HOST "\n"), 400 },
	{ "byte over 127 in a name", TEXT(GET_WITH("X\xe9: a\r\n")), 400 },
	/* A body by any name: what one reader skips, another serves. */
	{ "length 1", TEXT(GET_WITH("Content-Length: 1\r\n")), 400 },
	{ "length 00", TEXT(GET_WITH("Content-Length: 00\r\n")), 400 },
	{ "length +0", TEXT(GET_WITH("Content-Length: +0\r\n")), 400 },
	{ "length -0", TEXT(GET_WITH("Content-Length: -0\r\n")), 400 },
	{ "length 0x0", TEXT(GET_WITH("Content-Length: 0x0\r\n")), 400 },
	{ "length 0, 0", TEXT(GET_WITH("Content-Length: 0, 0\r\n")), 400 },
	{ "no length", TEXT(GET_WITH("Content-Length:\r\n")), 400 },
	{ "two lengths", TEXT(GET_WITH("Content-Length: 0\r\n"
				       "content-length: 0\r\n")), 400 },
	{ "two lengths that differ", TEXT(GET_WITH("Content-Length: 0\r\n"
						   "Content-Length: 44\r\n")),
	  400 },
	{ "huge length", TEXT(GET_WITH("Content-Length: 18446744073709551616"
				       "\r\n")), 400 },
	{ "chunked", TEXT(GET_WITH("Transfer-Encoding: chunked\r\n")), 400 },
	{ "chunked, hidden", TEXT(GET_WITH("Transfer-Encoding:\tx\r\n")), 400 },
	{ "identity", TEXT(GET_WITH("transfer-encoding: identity\r\n")), 400 },
	{ "length and chunked", TEXT(GET_WITH("Content-Length: 0\r\n"
					      "Transfer-Encoding: chunked\r\n"
					      )), 400 },
	{ "chunked, space", TEXT(GET_WITH("Transfer-Encoding : chunked\r\n")),
	  400 },
	{ "length, 1.0", TEXT("GET / HTTP/1.0\r\nContent-Length: 9\r\n\r\n"),
	  400 },
	{ "length of HEAD", TEXT("HEAD / HTTP/1.1\r\n" HOST
				 "Content-Length: 5\r\n\r\nabcde"), 400 },
};

static int tests, failures;

static void report(bool is_good, const char *name, const char *how)
{
	tests++;
	failures += !is_good;
	printf("%sok %d - %s, %s\n", is_good ? "" : "not ", tests, name, how);
}

/* Feeds @step bytes more at a time. The data ends where its memory ends, so
 * that a sanitizer sees each read behind it. */
static int feed(struct http_request *request, char *data, size_t len,
		size_t step)
{
	size_t at = 0;
	int status = HTTP_MORE;

	*request = (struct http_request){ 0 };
	while (status == HTTP_MORE && at < len) {
		at = len - at < step ? len : at + step;
		status = http_request_feed(request, data, at);
	}
	return status;
}

static char *allocate(size_t len)
{
	char *p = malloc(len);

	if (!p) {
		printf("Bail out! no memory\n");
		exit(1);
	}
	return p;
}

static void check_good(const struct good_case *c, size_t step, const char *how)
{
	static const char next[] = "GET /next HTTP/1.1\r\n";
	size_t total = c->len + sizeof(next) - 1;
	char *data = allocate(total);
	struct http_request r;
	bool is_good;

	memcpy(data, c->data, c->len);
	memcpy(data + c->len, next, sizeof(next) - 1);
	is_good = feed(&r, data, total, step) == HTTP_OK &&
		  !strcmp(data + r.path_at, c->path) &&
		  r.keep_alive == c->keep_alive && r.bytes == c->len &&
		  r.is_head == (strstr(c->data, "HEAD ") == c->data) &&
		  !memcmp(data + r.bytes, next, sizeof(next) - 1);
	report(is_good, c->name, how);
	free(data);
}

static void check_status(const char *name, const char *text, size_t len,
			 int status)
{
	static const size_t steps[] = { SIZE_MAX, 1, 1000 };
	static const char *const how[] = { "at once", "byte by byte",
					   "in pieces" };

	for (int i = 0; i < 3; i++) {
		char *data = allocate(len);
		struct http_request r;

		memcpy(data, text, len);
		report(feed(&r, data, len, steps[i]) == status, name, how[i]);
		free(data);
	}
}

/* A request with a line of @line bytes and @fields bytes of fields. */
static void check_limit(const char *name, size_t line, size_t fields,
			int status)
{
	static char data[2 * HTTP_REQUEST_MAX];
	char *p = data;

	p += sprintf(p, "GET /");
	memset(p, 'a', line);
	p = data + line - strlen(" HTTP/1.1");
	p += sprintf(p, " HTTP/1.1\r\n");
	if (fields) {
		char *end = p + fields;

		p += sprintf(p, "Host: a\r\nX: ");
		memset(p, 'b', fields);
		memcpy(end - 4, "\r\n\r\n", 4);
		p = end;
	}
	check_status(name, data, (size_t)(p - data), status);
}

static void check_limits(void)
{
	char *flood = allocate(HTTP_REQUEST_MAX);

	check_limit("longest line", HTTP_LINE_MAX, 100, HTTP_OK);
	check_limit("line too long", HTTP_LINE_MAX + 1, 100, 414);
	check_limit("longest fields", 100, HTTP_HEADERS_MAX, HTTP_OK);
	check_limit("fields too long", 100, HTTP_HEADERS_MAX + 1, 431);
	check_limit("longest of all", HTTP_LINE_MAX, HTTP_HEADERS_MAX, HTTP_OK);
	check_limit("only a line", 100, 0, HTTP_MORE);
	memset(flood, 'a', HTTP_REQUEST_MAX);
	check_status("line without end", flood, HTTP_REQUEST_MAX, 414);
	check_status("line nearly without end", flood, HTTP_LINE_MAX + 1,
		     HTTP_MORE);
	memcpy(flood, "GET / HTTP/1.1\r\n", 16);
	check_status("field without end", flood, HTTP_REQUEST_MAX, 431);
	free(flood);
	check_status("nothing", "x", 0, HTTP_MORE);
	check_status("a CR", TEXT("\r"), HTTP_MORE);
	check_status("no empty line", TEXT("GET / HTTP/1.1\r\n" HOST),
		     HTTP_MORE);
	check_status("half an empty line", TEXT("GET / HTTP/1.1\r\n" HOST "\r"),
		     HTTP_MORE);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(good_cases) / sizeof(*good_cases); i++) {
		check_good(&good_cases[i], SIZE_MAX, "at once");
		check_good(&good_cases[i], 1, "byte by byte");
	}
	for (size_t i = 0; i < sizeof(bad_cases) / sizeof(*bad_cases); i++) {
		const struct bad_case *c = &bad_cases[i];

		check_status(c->name, c->data, c->len, c->status);
	}
	check_limits();
	printf("1..%d\n", tests);
	return failures != 0;
}
