/* SPDX-License-Identifier: MIT */
/*
 * Feeds anything to the HTTP request parser of examples/: once whole and once
 * in pieces, which must come to the same. libFuzzer or main.c has the main().
 */
#include "http_request.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

#define MUST(claim)                                                            \
	do {                                                                   \
		if (!(claim)) {                                                \
			fprintf(stderr, "fuzz_http_request: not so: %s\n",     \
				#claim);                                       \
			abort();                                               \
		}                                                              \
	} while (0)

/* Pieces of @step bytes, each in memory of its own size that moves between the
 * calls. Leaves the data for the caller to free. */
static int feed(struct http_request *request, const uint8_t *input, size_t len,
		size_t step, char **ret_data)
{
	char *data = NULL;
	size_t at = 0;
	int status = HTTP_MORE;

	*request = (struct http_request){ 0 };
	while (status == HTTP_MORE && at < len) {
		size_t more = len - at < step ? len - at : step;
		char *moved = malloc(at + more);

		MUST(moved);
		if (data)
			memcpy(moved, data, at);
		memcpy(moved + at, input + at, more);
		free(data);
		data = moved;
		at += more;
		status = http_request_feed(request, data, at);
		MUST(status != HTTP_MORE || at < HTTP_REQUEST_MAX);
	}
	*ret_data = data;
	return status;
}

static void check_request(const struct http_request *r, const char *data,
			  size_t len)
{
	const char *path = data + r->path_at;
	size_t path_len = strnlen(path, r->bytes - r->path_at);

	MUST(r->bytes <= len && r->bytes <= HTTP_REQUEST_MAX);
	MUST(r->bytes >= 4 && !memcmp(data + r->bytes - 4, "\r\n\r\n", 4));
	MUST(r->path_at + path_len < r->bytes);
	MUST(path[0] == '/');
	MUST(!strstr(path, "/../"));
	MUST(path_len < 3 || strcmp(path + path_len - 3, "/..") != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	/* Small pieces of a long input only take time. */
	size_t step = len < 512 ? 1 : len / 16;
	struct http_request whole, pieces;
	char *whole_data, *pieces_data;
	int status = feed(&whole, input, len, len, &whole_data);

	MUST(feed(&pieces, input, len, step, &pieces_data) == status);
	if (status == HTTP_OK) {
		check_request(&whole, whole_data, len);
		MUST(whole.path_at == pieces.path_at);
		MUST(whole.bytes == pieces.bytes);
		MUST(whole.is_head == pieces.is_head);
		MUST(whole.keep_alive == pieces.keep_alive);
		MUST(!memcmp(whole_data, pieces_data, whole.bytes));
	} else {
		MUST(status == HTTP_MORE || (status >= 400 && status <= 505));
	}
	free(whole_data);
	free(pieces_data);
	return 0;
}
