/* SPDX-License-Identifier: MIT */
/*
 * The loop over faults. A run with a fault may fail, by an error that the fault
 * explains; it may not hang, crash, leak, or report a deadlock.
 */
#include "fault_rig.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <sys/syscall.h>

enum { POINTS_MAX = 20000 };

/* What fails, from the n-th point of its kind on. */
struct mode {
	const char *name;
	struct eg_faults faults;
};

static const struct mode modes[] = {
	{ "one", { .only_nr = EG_FAULT_ANY } },
	{ "four in a row", { .only_nr = EG_FAULT_ANY, .more = 3 } },
	{ "no memory any more",
	  { .only_nr = EG_FAULT_ALLOC, .more = INT64_MAX } },
	{ "no sockets any more", { .only_nr = SYS_socket, .more = INT64_MAX } },
	{ "no files any more", { .only_nr = SYS_openat, .more = INT64_MAX } },
	{ "no polls any more",
	  { .only_nr = SYS_epoll_ctl, .more = INT64_MAX } },
	{ "enter: EAGAIN",
	  { .only_nr = SYS_io_uring_enter, .error = -EAGAIN, .more = 2 } },
	{ "enter: EBUSY", { .only_nr = SYS_io_uring_enter, .error = -EBUSY } },
	{ "epoll: ENOMEM",
	  { .only_nr = SYS_epoll_pwait2, .error = -ENOMEM, .more = 2 } },
	{ "poll: EINTR", { .only_nr = SYS_ppoll, .error = -EINTR } },
};

/* Errors that are injected, and what else follows from them. */
static const int explained[] = {
	ENOMEM, EMFILE, EIO, ENOSPC, EAGAIN, EPIPE, ECONNRESET, ECANCELED,
};

static bool is_explained(long error)
{
	for (size_t i = 0; i < ARRAY_LEN(explained); i++)
		if (explained[i] == error)
			return true;
	return false;
}

bool fault_ok(long result)
{
	if (result >= 0)
		return true;
	if (!eg__faults.fired || !is_explained(-result))
		egt_fail("call %ld failed, and %s came out", eg__faults.last_nr,
			 strerrorname_np((int)-result));
	return false;
}

eg_fiber *fault_spawn(eg_fiber_fn *fn, void *arg)
{
	eg_fiber *f;

	return fault_ok(eg_spawn(&f, fn, arg)) ? f : NULL;
}

bool fault_join(eg_fiber *fiber)
{
	void *result;

	if (!fiber)
		return false;
	egt_eq(eg_join(fiber, &result, EG_FOREVER), 0);
	return result && result != EG_CANCELED;
}

static void listen_for_deadlocks(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	if (strstr(line, "deadlock"))
		egt_fail("after call %ld: %s", eg__faults.last_nr, line);
}

static int run(const char *backend, eg_main_fn *scenario)
{
	uint64_t bytes = eg__pages_live_bytes();
	eg_options options = EG_OPTIONS_INIT;
	int fds = egt_fd_count();
	int status = 0;

	options.backend = backend;
	if (!fault_ok(eg_run(scenario, NULL, &options, &status)))
		status = 1;
	eg__faults.countdown = 0;
	egt_eq(egt_fd_count(), fds);
	egt_eq(eg__pages_live_bytes(), bytes);
	return status;
}

static void fail_each_point(const char *backend, eg_main_fn *scenario,
			    const struct mode *mode)
{
	for (int n = 1; n < POINTS_MAX; n++) {
		egt_casef("%s, point %d", mode->name, n);
		eg__faults = mode->faults;
		eg__faults.countdown = n;
		/* Nothing failed: all points have had their turn. */
		if (run(backend, scenario) == 0 && !eg__faults.fired)
			return;
		egt_true(eg__faults.fired);
	}
	egt_fail("still failing");
}

void fault_each(const char *backend, eg_main_fn *scenario)
{
	eg_options options = EG_OPTIONS_INIT;

	unsetenv("EG_BACKEND");
	eg_set_log(listen_for_deadlocks, NULL);
	eg__faults = (struct eg_faults){ .only_nr = EG_FAULT_ANY };
	options.backend = backend;
	if (eg_run(scenario, NULL, &options, NULL) == -ENOSYS)
		egt_skip("the kernel refuses %s", backend);
	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		fail_each_point(backend, scenario, &modes[i]);
	egt_case("after all faults");
	egt_eq(run(backend, scenario), 0);
}
