/* SPDX-License-Identifier: MIT */
/*
 * The echo server on libuv: a stream per connection, one buffer for all, and
 * the answer sent at once, without a write request.
 */
#include <stdlib.h>
#include <uv.h>

#include "bench.h"

static void on_alloc(uv_handle_t *stream, size_t wanted, uv_buf_t *ret)
{
	static char buffer[BENCH_BUFFER_BYTES];

	(void)stream;
	(void)wanted;
	*ret = uv_buf_init(buffer, sizeof(buffer));
}

static void on_closed(uv_handle_t *stream)
{
	free(stream);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
	uv_buf_t answer;

	if (n == 0)
		return;
	if (n > 0) {
		answer = uv_buf_init(buffer->base, (unsigned)n);
		if (uv_try_write(stream, &answer, 1) == (int)n)
			return;
	}
	uv_close((uv_handle_t *)stream, on_closed);
}

static void on_connection(uv_stream_t *listener, int status)
{
	uv_tcp_t *stream;

	if (status < 0)
		return;
	stream = bench_alloc(1, sizeof(*stream));
	uv_tcp_init(listener->loop, stream);
	if (uv_accept(listener, (uv_stream_t *)stream) < 0)
		uv_close((uv_handle_t *)stream, on_closed);
	else
		uv_read_start((uv_stream_t *)stream, on_alloc, on_read);
}

static void serve(int listen_fd)
{
	uv_loop_t *loop = uv_default_loop();
	uv_tcp_t listener;

	uv_tcp_init(loop, &listener);
	uv_tcp_open(&listener, listen_fd);
	uv_listen((uv_stream_t *)&listener, SOMAXCONN, on_connection);
	uv_run(loop, UV_RUN_DEFAULT);
}

int main(int argc, char **argv)
{
	static const char *const rows[] = {
		"echo/64",
		"echo/1000",
		"echo/10000",
		"idle_conn/10000",
	};

	return bench_serve_main(argc, argv, rows, BENCH_ARRAY_LEN(rows), serve);
}
