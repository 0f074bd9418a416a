/* SPDX-License-Identifier: MIT */
/*
 * Threads with io_urings of their own, of several kinds, wait in
 * io_uring_enter() for what other threads of the program do.
 */
#include "rings.h"

#include <sys/eventfd.h>

static const unsigned kinds[] = {
	0,
	IORING_SETUP_COOP_TASKRUN,
	IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
};

struct user {
	unsigned kind;
	int in[2], out[2];
};

static void *uses(void *arg)
{
	struct user *u = arg;
	struct ring r;
	char byte;

	ring_open(&r, u->kind);
	for (int i = 0; i < 20; i++) {
		struct __kernel_timespec t = { 0, 100000 };

		ring_put(&r, (struct io_uring_sqe){ .opcode = IORING_OP_READ,
						    .fd = u->in[0],
						    .addr = (uintptr_t)&byte,
						    .len = 1,
						    .off = ~0ull,
						    .user_data = 5 });
		CHECK_EQ(ring_enter(&r, 1, 1), 1);
		CHECK_EQ(ring_take(&r, 5), 1);
		ring_put(&r, (struct io_uring_sqe){ .opcode = IORING_OP_TIMEOUT,
						    .fd = -1,
						    .addr = (uintptr_t)&t,
						    .len = 1,
						    .user_data = 6 });
		CHECK_EQ(ring_enter(&r, 1, 1), 1);
		CHECK_EQ(ring_take(&r, 6), -ETIME);
		OK(write(u->out[1], "x", 1));
	}
	ring_put(&r, (struct io_uring_sqe){ .opcode = IORING_OP_NOP });
	CHECK_EQ(ring_enter(&r, 1, 0), 1);
	CHECK_EQ(ring_take(&r, 0), 0);
	OK(close(r.fd));
	return NULL;
}

int main(void)
{
	struct user u[ARRAY_LEN(kinds)];
	pthread_t t[ARRAY_LEN(kinds)];
	char byte;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		u[i].kind = kinds[i];
		OK(pipe(u[i].in));
		OK(pipe(u[i].out));
		t[i] = start(uses, &u[i]);
	}
	for (int i = 0; i < 20; i++) {
		settle();
		for (size_t j = 0; j < ARRAY_LEN(kinds); j++)
			OK(write(u[j].in[1], "x", 1));
		for (size_t j = 0; j < ARRAY_LEN(kinds); j++)
			CHECK_EQ(read(u[j].out[0], &byte, 1), 1);
	}
	for (size_t j = 0; j < ARRAY_LEN(kinds); j++)
		join(t[j]);
	return ok();
}
