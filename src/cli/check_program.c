/* SPDX-License-Identifier: MIT */
/*
 * Follows a script to the binary that will interpret it, and refuses what the
 * kernel would give other rights, and so no LD_PRELOAD. The binary itself is
 * check_elf.c's.
 */
#include "cli/check_program.h"
#include "cli/check_elf.h"
#include "cli/cli.h"
#include "cli/find_program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum {
	SCRIPTS_MAX = 4,  /* of which one interprets the other */
	LINE_BYTES = 256, /* as much of it as the kernel reads */
};

/* The line "#!INTERPRETER [ARGUMENT]". */
struct script {
	char line[LINE_BYTES];
	const char *interpreter; /* in line */
	const char *argument;	 /* in line; "" if there is none */
};

static int refuse(const char *path, const char *why)
{
	cli_complain("%s: %s", path, why);
	return CLI_FAILED;
}

static bool read_script(int fd, struct script *ret_script)
{
	char *line = ret_script->line, *end;
	ssize_t n = pread(fd, line, LINE_BYTES - 1, 0);

	if (n < 2 || memcmp(line, "#!", 2) != 0)
		return false;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	line += 2 + strspn(line + 2, " \t");
	end = line + strcspn(line, " \t");
	if (end == line)
		return false;
	ret_script->interpreter = line;
	ret_script->argument = end + strspn(end, " \t");
	*end = '\0';
	return true;
}

/* True if the script is for env(1), and it is clear what env will execute. */
static bool is_env_of(const struct script *script, char *ret_name)
{
	const char *base = strrchr(script->interpreter, '/');
	const char *name = script->argument;
	size_t length;

	if (!base || strcmp(base, "/env") != 0)
		return false;
	if (strncmp(name, "-S", 2) == 0)
		name += 2 + strspn(name + 2, " \t");
	length = strcspn(name, " \t");
	if (!length || *name == '-' || memchr(name, '=', length))
		return false;
	memcpy(ret_name, name, length);
	ret_name[length] = '\0';
	return true;
}

static bool has_file_capabilities(int fd)
{
	return fgetxattr(fd, "security.capability", NULL, 0) > 0;
}

static int check_rights(const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return refuse(path, strerror(errno));
	if ((st.st_mode & S_ISUID) && st.st_uid != geteuid())
		return refuse(path, "it is set-user-ID, so nothing can be "
				    "loaded into it; run it as that user");
	if ((st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
	    st.st_gid != getegid())
		return refuse(path, "it is set-group-ID, so nothing can be "
				    "loaded into it; run it as that group");
	/* To root they give nothing that it lacks. */
	if (getuid() != 0 && has_file_capabilities(fd))
		return refuse(path, "it has file capabilities, so nothing can "
				    "be loaded into it; run it as root, or a "
				    "copy");
	return 0;
}

static int check_binary(const char *path, int fd)
{
	int r = check_rights(path, fd);

	return r ? r : cli_check_elf(path, fd);
}

static int check_interpreter(const char *script, const char *name,
			     char ret_path[PATH_MAX])
{
	int r = cli_find_program(name, ret_path);

	if (r == 0)
		return 0;
	cli_complain("%s: its interpreter %s: %s", script, name,
		     r == -ENOENT ? "no such program" : strerror(-r));
	return r == -ENOENT ? CLI_NOT_FOUND : CLI_CANNOT_EXEC;
}

static int open_program(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		cli_complain("%s: cannot be read, so nobody knows whether it "
			     "would work: %s",
			     path, strerror(errno));
	return fd;
}

/* @path becomes that of what interprets it; *ret_is_script is false at a
 * binary, which has been checked. */
static int check_one(char path[PATH_MAX], bool *ret_is_script)
{
	char script_path[PATH_MAX], name[LINE_BYTES];
	struct script script;
	int fd = open_program(path), r;

	if (fd < 0)
		return CLI_FAILED;
	*ret_is_script = read_script(fd, &script);
	r = *ret_is_script ? 0 : check_binary(path, fd);
	close(fd);
	if (r || !*ret_is_script)
		return r;
	memcpy(script_path, path, PATH_MAX);
	/* The kernel takes the interpreter's path as it is, PATH aside. */
	if (!strchr(script.interpreter, '/'))
		return refuse(path, "the path of its interpreter has no /");
	r = check_interpreter(script_path, script.interpreter, path);
	/* env is as good as any binary here; what it executes decides. */
	if (r == 0 && is_env_of(&script, name))
		r = check_interpreter(script_path, name, path);
	return r;
}

int cli_check_program(const char *path)
{
	char at[PATH_MAX];
	bool is_script = true;
	int r = 0;

	snprintf(at, sizeof(at), "%s", path);
	for (int i = 0; r == 0 && is_script && i <= SCRIPTS_MAX; i++)
		r = check_one(at, &is_script);
	if (r == 0 && is_script)
		return refuse(path, "more than 4 scripts interpret each other");
	return r;
}
