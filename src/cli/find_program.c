/* SPDX-License-Identifier: MIT */
/*
 * Searches PATH as execvp(3) does, so that the file that is checked is the one
 * that is executed. Does not look into the file.
 */
#include "cli/find_program.h"
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What execvp(3) searches if PATH is not set. */
static const char default_path[] = "/bin:/usr/bin";

static int look_at(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	/* With the identity that the kernel will look at. */
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

/* @dir need not end with NUL; an empty one is the current directory. */
static int look_in(const char *dir, size_t dir_length, const char *name,
		   char ret_path[PATH_MAX])
{
	int n = snprintf(ret_path, PATH_MAX, "%.*s%s%s", (int)dir_length, dir,
			 dir_length ? "/" : "", name);

	if (n < 0 || n >= PATH_MAX)
		return -ENAMETOOLONG;
	return look_at(ret_path);
}

static int search(const char *name, char ret_path[PATH_MAX])
{
	const char *dir = getenv("PATH");
	int r, result = -ENOENT;
	size_t length;

	if (!dir)
		dir = default_path;
	for (;; dir += length + 1) {
		length = strcspn(dir, ":");
		r = look_in(dir, length, name, ret_path);
		if (r == 0)
			return 0;
		/* A later one may do; else this says more than "not found". */
		if (r == -EACCES || r == -EISDIR)
			result = r;
		if (!dir[length])
			return result;
	}
}

int cli_find_program(const char *name, char ret_path[PATH_MAX])
{
	if (!*name)
		return -ENOENT;
	if (strchr(name, '/'))
		return look_in("", 0, name, ret_path);
	return search(name, ret_path);
}

int cli_complain_not_found(const char *name, int error)
{
	cli_complain("%s: %s", name,
		     error == -ENOENT ? "no such program" : strerror(-error));
	return error == -ENOENT ? CLI_NOT_FOUND : CLI_CANNOT_EXEC;
}
