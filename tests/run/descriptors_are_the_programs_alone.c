/* SPDX-License-Identifier: MIT */
/*
 * The program sees the descriptors it opened and no others: numbers are the
 * lowest free, /proc lists them, closing or overwriting all the rest harms
 * nobody.
 */
#include "claim.h"

#include <dirent.h>
#include <linux/close_range.h>
#include <sys/resource.h>

static int in[2], out[2];

static void *echoes(void *arg)
{
	char byte;

	while (OK(read(in[0], &byte, 1)) == 1)
		OK(write(out[1], &byte, 1));
	return arg;
}

static void all_works(void)
{
	char byte;

	for (int i = 0; i < 5; i++) {
		OK(write(in[1], "x", 1));
		CHECK_EQ(read(out[0], &byte, 1), 1);
		OK(usleep(100));
	}
}

static int listed(int highest)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *e;
	int n = 0;

	while ((e = readdir(folder)))
		if (e->d_name[0] != '.' && atoi(e->d_name) != dirfd(folder)) {
			CHECK(atoi(e->d_name) <= highest);
			n++;
		}
	closedir(folder);
	return n;
}

static void close_and_overwrite_others(int above)
{
	OK(close_range((unsigned)above, ~0u, CLOSE_RANGE_CLOEXEC));
	all_works();
	OK(close_range((unsigned)above, ~0u, 0));
	all_works();
	for (int fd = above; fd < 4096; fd++)
		CHECK_ERROR(close(fd), EBADF);
	all_works();
	for (int fd = above; fd < 1024; fd++)
		CHECK_EQ(dup2(0, fd), fd);
	all_works();
	for (int fd = above; fd < 1024; fd++)
		OK(close(fd));
	closefrom(above);
	all_works();
	for (int fd = above; fd < 4096; fd++)
		CHECK_ERROR(fcntl(fd, F_GETFD), EBADF);
}

static void run_out(void)
{
	struct rlimit before, low = { 64, 64 };
	int fd;

	OK(getrlimit(RLIMIT_NOFILE, &before));
	low.rlim_max = before.rlim_max;
	OK(setrlimit(RLIMIT_NOFILE, &low));
	for (int i = 0; i < 64 - 7; i++)
		OK(dup(0));
	CHECK_ERROR(dup(0), EMFILE);
	CHECK_ERROR(fd = open("/dev/null", O_RDONLY), EMFILE);
	all_works();
	closefrom(7);
	OK(setrlimit(RLIMIT_NOFILE, &before));
}

int main(void)
{
	pthread_t t;

	closefrom(3); /* what the runner left open */
	OK(pipe(in));
	OK(pipe(out));
	CHECK_EQ(in[0], 3);
	CHECK_EQ(out[1], 6);
	t = start(echoes, NULL);
	all_works();
	CHECK_EQ(listed(6), 7);
	CHECK_EQ(dup(0), 7);
	OK(close(7));
	close_and_overwrite_others(7);
	run_out();
	CHECK_EQ(listed(6), 7);
	OK(close(in[1]));
	join(t);
	return ok();
}
