/* SPDX-License-Identifier: MIT */
/*
 * Opens files for the server. The kernel holds every path beneath the root
 * (openat2 with RESOLVE_BENEATH), symbolic links and renames included: a check
 * made before the opening could be overtaken.
 */
#include "httpd_file.h"

#include <evergreen/evergreen.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct opening {
	int directory;
	const char *path;
	uint64_t resolve;
};

static int64_t open_now(void *arg)
{
	const struct opening *o = arg;
	struct open_how how = {
		/* O_NONBLOCK: a FIFO must not wait for its other end. */
		.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
		.resolve = o->resolve,
	};
	long fd = syscall(SYS_openat2, o->directory, o->path, &how,
			  sizeof(how));

	return fd < 0 ? -errno : fd;
}

/* What the kernel's cache knows opens at once. Only for what must come from a
 * disk another thread waits, and this fiber for that. */
static int open_beneath(int directory, const char *path)
{
	struct opening o = { directory, path,
			     RESOLVE_BENEATH | RESOLVE_CACHED };
	int64_t fd = open_now(&o);
	int r;

	if (fd == -EAGAIN || fd == -EINVAL) { /* EINVAL: before Linux 5.12 */
		o.resolve = RESOLVE_BENEATH;
		r = eg_offload(open_now, &o, &fd, EG_FOREVER);
		if (r < 0)
			return r;
	}
	return (int)fd;
}

static int status_of(int error)
{
	switch (-error) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
		return 404;
	case EACCES:
	case EPERM:
	case ELOOP:
	case ENXIO: /* a socket */
	case EXDEV: /* leads out of the directory */
		return 403;
	case EAGAIN:
	case ECANCELED:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return 503;
	default:
		return 500;
	}
}

int httpd_file_root(const char *path)
{
	struct opening o = { AT_FDCWD, path, 0 };
	struct stat st;
	int fd = (int)open_now(&o);

	if (fd < 0)
		return fd;
	if (!fstat(fd, &st) && S_ISDIR(st.st_mode))
		return fd;
	close(fd);
	return -ENOTDIR;
}

int httpd_file_find(int root, const char *path, int *ret_fd,
		    int64_t *ret_bytes)
{
	const char *name = path + strspn(path, "/");
	int fd = open_beneath(root, *name ? name : ".");
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && S_ISDIR(st.st_mode)) {
		int directory = fd;

		fd = -ENOENT;
		if (path[strlen(path) - 1] == '/')
			fd = open_beneath(directory, "index.html");
		eg_close(directory);
	}
	if (fd < 0)
		return status_of(fd);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		eg_close(fd);
		return 403;
	}
	*ret_fd = fd;
	*ret_bytes = st.st_size;
	return 200;
}
