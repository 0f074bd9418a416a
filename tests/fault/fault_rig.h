/* SPDX-License-Identifier: MIT */
/*
 * Runs a scenario with its n-th allocation or system call failing, for every n,
 * on a backend: what each run must leave behind is nothing. Holds no scenario.
 */
#ifndef FAULT_RIG_H
#define FAULT_RIG_H

#include "egt.h"

#include "base/fault.h"

#include <evergreen/evergreen.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * FAULT_TEST(name) { ... } is the main function of a hub; it returns 0 if all
 * went well, and cleans up after itself if not.
 */
#define FAULT_TEST(name)                                 \
	static int name(void *arg);                      \
	EG_TEST_PLAIN(name##_on_io_uring)                \
	{                                                \
		fault_each("io_uring", name);            \
	}                                                \
	EG_TEST_PLAIN(name##_on_epoll)                   \
	{                                                \
		fault_each("epoll", name);               \
	}                                                \
	EG_TEST_PLAIN(name##_on_sim)                     \
	{                                                \
		fault_each("sim", name);                 \
	}                                                \
	static int name(void *arg __attribute__((unused)))

void fault_each(const char *backend, eg_main_fn *scenario);

/* True for a success. An error must be one that a fault explains. */
bool fault_ok(long result);

/* A fiber, or NULL. */
eg_fiber *fault_spawn(eg_fiber_fn *fn, void *arg);
/* Joins; true if it was spawned and its result is not NULL. */
bool fault_join(eg_fiber *fiber);
#define FAULT_RESULT(is_well) ((void *)(intptr_t)(is_well))

#endif
