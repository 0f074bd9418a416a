/* SPDX-License-Identifier: MIT */
/*
 * The HTTP request parser (RFC 9110, RFC 9112), line by line. Knows syntax and
 * limits; does not know files, sockets or what to answer beyond the status.
 */
#include "http_request.h"

#include <string.h>
#include <strings.h>

/* A piece of the data. */
struct text {
	const char *at;
	size_t len;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The characters of a method and of a field's name. */
static bool is_token_char(char c)
{
	return is_alnum(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* Of a host and port. Without the comma, which also separates list elements:
 * somebody else may read two hosts there. */
static bool is_host_char(char c)
{
	return is_alnum(c) || (c && strchr("-._~%!$&'()*+;=:[]", c));
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Counts the characters at the start of @t that are of one kind. */
static size_t span(struct text t, bool (*is_kind)(char c))
{
	size_t n = 0;

	while (n < t.len && is_kind(t.at[n]))
		n++;
	return n;
}

static bool equals(struct text t, const char *s)
{
	return t.len == strlen(s) && !memcmp(t.at, s, t.len);
}

static bool equals_ignoring_case(struct text t, const char *s)
{
	return t.len == strlen(s) && !strncasecmp(t.at, s, t.len);
}

static struct text trim(struct text t)
{
	while (t.len && (t.at[0] == ' ' || t.at[0] == '\t')) {
		t.at++;
		t.len--;
	}
	while (t.len && (t.at[t.len - 1] == ' ' || t.at[t.len - 1] == '\t'))
		t.len--;
	return t;
}

static int take_method(struct http_request *r, struct text method)
{
	static const char *const not_allowed[] = {
		"POST",	   "PUT",   "DELETE", "CONNECT",
		"OPTIONS", "TRACE", "PATCH",
	};

	r->is_head = equals(method, "HEAD");
	if (r->is_head || equals(method, "GET"))
		return HTTP_MORE;
	for (size_t i = 0; i < sizeof(not_allowed) / sizeof(char *); i++) {
		if (equals(method, not_allowed[i]))
			return 405;
	}
	return 501;
}

static int take_version(struct http_request *r, const char *at, size_t len)
{
	if (len != 8 || memcmp(at, "HTTP/", 5) != 0 || !is_digit(at[5]) ||
	    at[6] != '.' || !is_digit(at[7]))
		return 400;
	r->is_http_1_0 = at[7] == '0';
	return at[5] == '1' ? HTTP_MORE : 505;
}

/* A path that only goes down cannot need "..", and one that goes up leaves the
 * directory that is served. */
static bool goes_up(const char *path)
{
	while ((path = strstr(path, "/.."))) {
		path += 3;
		if (*path == '/' || *path == '\0')
			return true;
	}
	return false;
}

/* Decodes the path from @in to @end in place, and ends it. A "%2F" is refused:
 * it is data and not a separator, but no file name can hold it. */
static int decode_path(char *in, const char *end)
{
	const char *path = in;
	char *out = in;

	for (; in < end && *in != '?'; in++) {
		char c = *in;

		if (c == '%') {
			int high = end - in > 2 ? hex_value(in[1]) : -1;
			int low = high >= 0 ? hex_value(in[2]) : -1;

			c = (char)(high * 16 + low);
			if (low < 0 || c == '\0' || c == '/')
				return 400;
			in += 2;
		}
		*out++ = c;
	}
	*out = '\0';
	return goes_up(path) ? 403 : HTTP_MORE;
}

/* Takes "/path?query", or "http://host/path?query" as proxies send it. The byte
 * at @end is there to be overwritten. */
static int take_target(struct http_request *r, char *data, char *at, char *end)
{
	for (const char *p = at; p < end; p++) {
		if (*p <= ' ' || *p > '~' || *p == '#')
			return 400;
	}
	if (end - at > 7 && !strncasecmp(at, "http://", 7)) {
		at += 7;
		size_t n = span((struct text){ at, (size_t)(end - at) },
				is_host_char);

		if (n == 0)
			return 400;
		at += n;
		/* No path means "/": the host's last letter makes room. */
		if (at == end || *at == '?')
			*--at = '/';
	}
	if (at == end || *at != '/')
		return 400;
	r->path_at = (size_t)(at - data);
	return decode_path(at, end);
}

/* Between the three parts is one space each, and nowhere else. */
static int take_request_line(struct http_request *r, char *data, char *line,
			     size_t len)
{
	struct text method = { line, len };
	char *end = line + len;
	char *target, *target_end;
	int status;

	method.len = span(method, is_token_char);
	if (method.len == 0 || method.len == len || line[method.len] != ' ')
		return 400;
	target = line + method.len + 1;
	target_end = memchr(target, ' ', (size_t)(end - target));
	if (!target_end || target_end == target)
		return 400;
	status = take_version(r, target_end + 1,
			      (size_t)(end - target_end - 1));
	if (status == HTTP_MORE)
		status = take_method(r, method);
	if (status == HTTP_MORE)
		status = take_target(r, data, target, target_end);
	return status;
}

static void take_connection(struct http_request *r, struct text list)
{
	while (list.len) {
		const char *comma = memchr(list.at, ',', list.len);
		size_t len = comma ? (size_t)(comma - list.at) : list.len;
		struct text option = trim((struct text){ list.at, len });

		if (equals_ignoring_case(option, "close"))
			r->says_close = true;
		if (equals_ignoring_case(option, "keep-alive"))
			r->says_keep_alive = true;
		len += comma ? 1 : 0;
		list.at += len;
		list.len -= len;
	}
}

static int take_field(struct http_request *r, struct text line)
{
	struct text name = { line.at, span(line, is_token_char) };
	struct text value;

	/* Also refuses a space before the colon, and a folded line. */
	if (name.len == 0 || name.len == line.len || line.at[name.len] != ':')
		return 400;
	value = trim((struct text){ line.at + name.len + 1,
				    line.len - name.len - 1 });
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.at[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return 400;
	}
	if (equals_ignoring_case(name, "host")) {
		if (r->has_host || value.len == 0 ||
		    span(value, is_host_char) != value.len)
			return 400;
		r->has_host = true;
	} else if (equals_ignoring_case(name, "content-length")) {
		/* GET and HEAD have no use for a body, and one that is not
		 * read would be taken for the next request. */
		if (r->has_length || !equals(value, "0"))
			return 400;
		r->has_length = true;
	} else if (equals_ignoring_case(name, "transfer-encoding")) {
		return 400;
	} else if (equals_ignoring_case(name, "connection")) {
		take_connection(r, value);
	}
	return HTTP_MORE;
}

static int finish(struct http_request *r)
{
	if (!r->has_host && !r->is_http_1_0)
		return 400;
	r->bytes = r->line_at;
	r->keep_alive = !r->says_close &&
			(!r->is_http_1_0 || r->says_keep_alive);
	return HTTP_OK;
}

/* Takes the line from line_at up to @newline. */
static int take_line(struct http_request *r, char *data, const char *newline)
{
	size_t line_at = r->line_at;
	char *line = data + line_at;
	size_t len = (size_t)(newline - line);
	int status;

	if (len == 0 || line[--len] != '\r')
		return 400;
	r->line_at = r->scanned = (size_t)(newline + 1 - data);
	if (r->fields_at)
		return len ? take_field(r, (struct text){ line, len })
			   : finish(r);
	/* Old clients send one CR LF too many after a request. */
	if (len == 0 && line_at == 0)
		return HTTP_MORE;
	status = take_request_line(r, data, line, len);
	r->fields_at = r->line_at;
	return status;
}

int http_request_feed(struct http_request *request, char *data, size_t len)
{
	struct http_request *r = request;
	int status = HTTP_MORE;

	while (status == HTTP_MORE) {
		size_t max = r->fields_at ? r->fields_at + HTTP_HEADERS_MAX
					  : r->line_at + HTTP_LINE_MAX + 2;
		size_t limit = len < max ? len : max;
		const char *newline = memchr(data + r->scanned, '\n',
					     limit - r->scanned);

		if (!newline) {
			r->scanned = limit;
			if (limit < max)
				return HTTP_MORE;
			return r->fields_at ? 431 : 414;
		}
		status = take_line(r, data, newline);
	}
	return status;
}
