/* SPDX-License-Identifier: MIT */
/*
 * The helpers of the tests of I/O.
 */
#include "io_kit.h"

#include "base/fault.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/syscall.h>

const char *const kit_stream_names[KIT_STREAMS] = { "TCP", "unix", "pipe" };

eg_fiber *kit_spawn(eg_fiber_fn *fn, void *arg)
{
	eg_fiber *f;

	egt_eq(eg_spawn(&f, fn, arg), 0);
	return f;
}

long kit_join(eg_fiber *fiber)
{
	void *result;

	egt_eq(eg_join(fiber, &result, EG_FOREVER), 0);
	return (long)(intptr_t)result;
}

void kit_settle(void)
{
	eg_hub_stats s = { .size = sizeof(s) };
	uint64_t turns;

	/* Two turns: what was submitted has been looked at. */
	egt_eq(eg_hub_get_stats(&s), 0);
	turns = s.turns;
	while (s.turns < turns + 3) {
		egt_eq(eg_yield(), 0);
		egt_eq(eg_sleep(1), 0);
		egt_eq(eg_hub_get_stats(&s), 0);
	}
}

void kit_unix_pair(int type, int pair[2])
{
	egt_eq(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair), 0);
}

void kit_reuse(int number, int pair[2])
{
	int first;

	kit_unix_pair(SOCK_STREAM, pair);
	first = pair[0];
	if (first == number)
		return;
	if (pair[1] == number) {
		pair[1] = first;
	} else {
		egt_eq(fcntl(number, F_GETFD), -1);
		egt_eq(dup3(first, number, O_CLOEXEC), number);
		egt_eq(close(first), 0);
	}
	pair[0] = number;
}

int kit_listen(int backlog, uint16_t *ret_port)
{
	int fd = eg_tcp_listen("127.0.0.1", 0, backlog);

	egt_le(0, fd);
	*ret_port = (uint16_t)eg_local_port(fd);
	return fd;
}

void kit_tcp_pair(int pair[2])
{
	uint16_t port;
	int listener = kit_listen(0, &port);

	pair[0] = eg_tcp_connect("127.0.0.1", port, EG_FOREVER);
	egt_le(0, pair[0]);
	pair[1] = eg_accept(listener, NULL, NULL, EG_FOREVER);
	egt_le(0, pair[1]);
	egt_eq(eg_close(listener), 0);
}

void kit_pipe(int ends[2])
{
	egt_eq(pipe2(ends, O_CLOEXEC), 0);
}

void kit_close_pair(const int pair[2])
{
	egt_eq(eg_close(pair[0]), 0);
	egt_eq(eg_close(pair[1]), 0);
}

void kit_stream(enum kit_stream kind, int pair[2])
{
	egt_case(kit_stream_names[kind]);
	if (kind == KIT_TCP)
		kit_tcp_pair(pair);
	else if (kind == KIT_UNIX)
		kit_unix_pair(SOCK_STREAM, pair);
	else
		kit_pipe(pair);
}

unsigned char kit_byte(size_t at)
{
	return (unsigned char)(at * 31 + (at >> 8) * 7 + (at >> 16));
}

void kit_fill(void *buf, size_t len, size_t from)
{
	unsigned char *to = buf;

	for (size_t i = 0; i < len; i++)
		to[i] = kit_byte(from + i);
}

void kit_expect(const void *buf, size_t len, size_t from)
{
	const unsigned char *got = buf;

	for (size_t i = 0; i < len; i++)
		if (got[i] != kit_byte(from + i))
			egt_fail("byte %zu is %d, not %d", from + i, got[i],
				 kit_byte(from + i));
}

int kit_file(size_t bytes)
{
	char path[] = "/tmp/evergreen-test-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);
	char *data = malloc(bytes + 1);

	egt_le(0, fd);
	egt_eq(unlink(path), 0);
	egt_true(data);
	kit_fill(data, bytes, 0);
	egt_eq(pwrite(fd, data, bytes, 0), (ssize_t)bytes);
	free(data);
	return fd;
}

void kit_forget_page_cache(void)
{
	eg__faults = (struct eg_faults){ .countdown = 1,
					 .error = -EAGAIN,
					 .only_nr = SYS_preadv2 };
}

void kit_put(int fd, const char *text)
{
	size_t len = strlen(text);

	egt_eq(write(fd, text, len), (ssize_t)len);
}

void kit_get(int fd, const char *text)
{
	char buf[256] = "";

	egt_eq(eg_read(fd, buf, sizeof(buf) - 1, EG_FOREVER),
	       (ssize_t)strlen(text));
	egt_str_eq(buf, text);
}
