/* SPDX-License-Identifier: MIT */
/*
 * Sets LD_PRELOAD and EVERGREEN_RUN, and finds the library for the former.
 * The layer reads EVERGREEN_RUN, and keeps both for the program's children.
 */
#include "cli/environment.h"
#include "cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where they are in a build tree. */
static const char built_command[] = "/src/cli/evergreen";
static const char built_library[] = "/src/run/libevergreen-run.so";

static int look_at(const char *path, char ret_path[PATH_MAX])
{
	char real[PATH_MAX] = "";
	struct stat st;

	snprintf(ret_path, PATH_MAX, "%s", path);
	if (!realpath(path, real) || stat(real, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EISDIR;
	if (access(real, R_OK) < 0)
		return -errno;
	memcpy(ret_path, real, PATH_MAX);
	return 0;
}

/* False if this command is an installed one. */
static bool find_build_tree(char ret_library[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	ssize_t root = n - (ssize_t)strlen(built_command);

	if (root < 0)
		return false;
	self[n] = '\0';
	if (strcmp(self + root, built_command) != 0)
		return false;
	n = snprintf(ret_library, PATH_MAX, "%.*s%s", (int)root, self,
		     built_library);
	return n > 0 && n < PATH_MAX;
}

int cli_find_run_library(char ret_path[PATH_MAX])
{
	const char *named = getenv("EVERGREEN_RUN_LIBRARY");
	char built[PATH_MAX];

	if (named && *named)
		return look_at(named, ret_path);
	if (find_build_tree(built))
		return look_at(built, ret_path);
	return look_at(CLI_RUN_LIBRARY, ret_path);
}

/* The library is first, and there once: this may run on fibers itself. */
static int set_preload(const char *library)
{
	const char *old = getenv("LD_PRELOAD");
	size_t length = strlen(library);
	char *value;
	int r;

	if (!old)
		old = "";
	if (strncmp(old, library, length) == 0 &&
	    (!old[length] || strchr(": ", old[length])))
		old += length + strspn(old + length, ": ");
	if (asprintf(&value, "%s%s%s", library, *old ? ":" : "", old) < 0)
		return -ENOMEM;
	r = setenv("LD_PRELOAD", value, 1);
	free(value);
	return r < 0 ? -errno : 0;
}

static int set_options(const struct cli_run_options *o)
{
	char value[256];
	int n = snprintf(value, sizeof(value),
			 "root=%d,stats=%d,backend=%s,tick=%d,files=%s,"
			 "follow=%d,verbose=%d",
			 (int)getpid(), o->has_stats, o->backend, o->tick_us,
			 o->files, o->is_following, o->is_verbose);

	if (n < 0 || (size_t)n >= sizeof(value))
		return -EOVERFLOW;
	return setenv("EVERGREEN_RUN", value, 1) < 0 ? -errno : 0;
}

int cli_set_environment(const char *library,
			const struct cli_run_options *options)
{
	int r;

	/* They part the names in LD_PRELOAD, and there is no quoting. */
	if (strpbrk(library, ": ")) {
		cli_complain("%s: a library whose path has a colon or a blank "
			     "cannot be loaded; move it",
			     library);
		return CLI_FAILED;
	}
	r = set_preload(library);
	if (r == 0)
		r = set_options(options);
	if (r < 0) {
		cli_complain("cannot set the environment: %s", strerror(-r));
		return CLI_FAILED;
	}
	return 0;
}
