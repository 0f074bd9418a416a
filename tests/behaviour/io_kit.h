/* SPDX-License-Identifier: MIT */
/*
 * What the tests of I/O share: fibers, connected pairs, files and what to put
 * into them. Every helper asserts that it worked. Holds no test.
 */
#ifndef IO_KIT_H
#define IO_KIT_H

#include "egt.h"

#include <evergreen/evergreen.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

eg_fiber *kit_spawn(eg_fiber_fn *fn, void *arg);
/* Joins; the fiber's result as a number. */
long kit_join(eg_fiber *fiber);
#define KIT_RESULT(n) ((void *)(intptr_t)(n))

/* Lets the other fibers run until nothing is ready: they wait now. */
void kit_settle(void);

void kit_unix_pair(int type, int pair[2]);
void kit_tcp_pair(int pair[2]);
void kit_pipe(int ends[2]);
void kit_close_pair(const int pair[2]);
/* A unix pair whose [0] has the free number @number. */
void kit_reuse(int number, int pair[2]);
/* A listener on loopback, and its port. */
int kit_listen(int backlog, uint16_t *ret_port);

enum kit_stream { KIT_TCP, KIT_UNIX, KIT_PIPE, KIT_STREAMS };
extern const char *const kit_stream_names[KIT_STREAMS];
/* What is written to [1] is read from [0]. */
void kit_stream(enum kit_stream kind, int pair[2]);

/* Byte @at of the pattern that files and long messages are made of. */
unsigned char kit_byte(size_t at);
void kit_fill(void *buf, size_t len, size_t from);
/* The pattern from byte @from on, or the test fails. */
void kit_expect(const void *buf, size_t len, size_t from);
/* An unlinked file of @bytes of the pattern. */
int kit_file(size_t bytes);

/* The next request for file data finds it not in memory. */
void kit_forget_page_cache(void);

/* Plain write(2): all of it, at once. */
void kit_put(int fd, const char *text);
/* eg_read() gives exactly @text. */
void kit_get(int fd, const char *text);

#endif
