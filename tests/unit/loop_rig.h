/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the loop share: running on each backend, ops that count
 * their completions, socket pairs. Asserts nothing about the contract itself.
 */
#ifndef LOOP_RIG_H
#define LOOP_RIG_H

#include "egt.h"
#include "loop/poller.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A test that runs once on each backend that the kernel grants. */
#define LOOP_TEST(name) LOOP__TEST(name, false)
/* Of descriptors beyond FD_SETSIZE: not on select where an emulator, as qemu,
 * has sets of libc's size. */
#define LOOP_TEST_OF_MANY(name) LOOP__TEST(name, true)

#define LOOP__TEST(name, is_of_many)                \
	static void on_##name(struct eg_poller *l); \
	EG_TEST_PLAIN(name)                         \
	{                                           \
		rig_on_each(on_##name, is_of_many); \
	}                                           \
	static void on_##name(struct eg_poller *l)

/* An op that records how it ended. */
struct rig_op {
	struct eg_op op;
	struct eg_poller *loop;
	int completions;
	int32_t result;
	int order; /* the how-manieth completion of the process it was */
	void (*then)(struct rig_op *r); /* runs in done(); may be NULL */
	struct rig_op *other;
	char buf[64];
};

void rig_on_each(void (*body)(struct eg_poller *l), bool is_of_many);
bool rig_is(const struct eg_poller *l, const char *backend);
/* Whether its backend reports edges. */
bool rig_watches(const struct eg_poller *l);

/* Fill @r; what is not said is zero, the buffer is its own. */
void rig_init(struct rig_op *r, struct eg_poller *l, enum eg_op_kind kind,
	      int fd, enum eg_dir dir);
void rig_recv(struct rig_op *r, struct eg_poller *l, int fd);
void rig_send(struct rig_op *r, struct eg_poller *l, int fd, const char *text);
void rig_poll(struct rig_op *r, struct eg_poller *l, int fd, unsigned events);

/* Makes the entry, samples the edge, submits. */
int rig_try_submit(struct rig_op *r);
void rig_submit(struct rig_op *r);

/* Turns until @r has completed; there is no time limit but the test's. */
void rig_finish(struct rig_op *r);
/* Turns that do not sleep, enough for all that can happen by itself. */
void rig_idle(struct eg_poller *l);

struct eg_fd *rig_entry(struct eg_poller *l, int fd);
/* As the io layer closes: forgets the number first. */
void rig_close(struct eg_poller *l, int fd);
void rig_pair(int fds[2]);

#endif
