/* SPDX-License-Identifier: MIT */
/*
 * What a test left behind: descriptors, and whatever the library under test
 * counts. Compares two moments; does not decide when they are.
 */
#include "harness.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FDS_MAX = 1024 };

void egt__fds_take(struct egt_fds *ret)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	memset(ret, 0, sizeof(*ret));
	while (dir && (entry = readdir(dir))) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && fd != dirfd(dir) && fd < FDS_MAX)
			ret->open[fd / 64] |= UINT64_C(1) << (fd % 64);
	}
	if (dir)
		closedir(dir);
}

int egt_fd_count(void)
{
	struct egt_fds fds;
	int n = 0;

	egt__fds_take(&fds);
	for (size_t i = 0; i < ARRAY_LEN(fds.open); i++)
		n += __builtin_popcountll(fds.open[i]);
	return n;
}

static bool has(const struct egt_fds *fds, int fd)
{
	return fds->open[fd / 64] >> (fd % 64) & 1;
}

/* Adds one line "leaked descriptor 7: anon_inode:[eventpoll]". */
static size_t add_leaked(char *text, size_t bytes, int fd)
{
	char path[32], target[128];
	ssize_t len;
	int n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	len = readlink(path, target, sizeof(target) - 1);
	target[len > 0 ? len : 0] = '\0';
	n = snprintf(text, bytes, "leaked descriptor %d: %s\n", fd, target);
	return (size_t)n < bytes ? (size_t)n : bytes;
}

bool egt__fds_differ(const struct egt_fds *before, const struct egt_fds *now,
		     char *text, size_t text_bytes)
{
	size_t used = 0;

	for (int fd = 0; fd < FDS_MAX && used < text_bytes; fd++) {
		if (has(before, fd) == has(now, fd))
			continue;
		if (has(now, fd))
			used += add_leaked(text + used, text_bytes - used, fd);
		else
			used += (size_t)snprintf(
				text + used, text_bytes - used,
				"closed descriptor %d, not its own\n", fd);
	}
	return used > 0;
}

bool egt__leaks_grew(const struct egt_leaks *before,
		     const struct egt_leaks *now, char *text, size_t text_bytes)
{
	const struct {
		const char *what;
		uint64_t before, now;
	} counts[] = {
		{ "fibers", before->fibers, now->fibers },
		{ "timers", before->timers, now->timers },
		{ "bytes", before->bytes, now->bytes },
		{ "operations", before->ops, now->ops },
	};
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_LEN(counts) && used < text_bytes; i++)
		if (counts[i].now > counts[i].before)
			used += (size_t)snprintf(
				text + used, text_bytes - used,
				"leaked %s: %ju before, %ju after\n",
				counts[i].what, (uintmax_t)counts[i].before,
				(uintmax_t)counts[i].now);
	return used > 0;
}
