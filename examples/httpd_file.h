/* SPDX-License-Identifier: MIT */
/*
 * Finds the file that a request's path names, and nothing outside of the
 * directory that is served.
 */
#ifndef EVERGREEN_EXAMPLES_HTTPD_FILE_H
#define EVERGREEN_EXAMPLES_HTTPD_FILE_H

#include <stdint.h>

/**
 * httpd_file_root - open the directory to serve
 * @path: its name
 *
 * Return: a descriptor, or a negative errno; -ENOSYS where the kernel cannot
 * hold paths beneath a directory (before Linux 5.6).
 */
int httpd_file_root(const char *path);

/**
 * httpd_file_find - open a file
 * @root: from httpd_file_root()
 * @path: begins with '/'; a directory is named with its '/' at the end, too,
 *        and stands for the index.html in it
 * @ret_fd: set to a descriptor for eg_close(3)
 * @ret_bytes: set to its size
 *
 * May switch. Return: 200, or the status to refuse the request with.
 */
int httpd_file_find(int root, const char *path, int *ret_fd,
		    int64_t *ret_bytes);

#endif
