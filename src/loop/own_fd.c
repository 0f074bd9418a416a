/* SPDX-License-Identifier: MIT */
/*
 * Moves the loop's own descriptors to high numbers.
 */
#include "loop/own_fd.h"

#include "base/sys.h"

enum {
	/* fork() copies the table of descriptors up to the highest one open:
	 * at 1000 it costs 5 % more, at 16,000 twice as much. */
	END_MAX = 1024,
	PLACES = 64,
};

int eg__own_fd_place(int fd, bool keep_high)
{
	struct rlimit limit;
	rlim_t end = END_MAX;
	int high;

	if (fd < 0 || !keep_high)
		return fd;
	if (eg__sys_prlimit(RLIMIT_NOFILE, NULL, &limit) == 0 &&
	    limit.rlim_cur < end)
		end = limit.rlim_cur;
	if (end <= PLACES)
		return fd;
	high = eg__sys_fcntl(fd, F_DUPFD_CLOEXEC, (long)(end - PLACES));
	if (high < 0)
		return fd;
	eg__sys_close(fd);
	return high;
}
