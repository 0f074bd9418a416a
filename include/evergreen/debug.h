/* SPDX-License-Identifier: MIT */
/*
 * Looking inside: the log hook, and a dump of all fibers.
 */
#ifndef EVERGREEN_DEBUG_H
#define EVERGREEN_DEBUG_H

#include <evergreen/version.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Levels of eg_set_log(3), least important first. */
enum eg_log_level {
	EG_DEBUG_LEVEL,
	EG_INFO_LEVEL,
	EG_WARNING_LEVEL,
	EG_ERROR_LEVEL,
	EG_FATAL_LEVEL,
};

typedef void eg_log_fn(int level, const char *line, void *arg);

/**
 * eg_set_log - take what the library has to say
 * @fn: called with each line, without a newline; must not block or call eg_
 *      functions; NULL: back to the default
 * @arg: passed to @fn
 *
 * By default warnings and worse go to standard error.
 *
 * Return: nothing.
 * Thread safety: one thread, before any hub runs. Since: 0.1.
 */
EG_API void eg_set_log(eg_log_fn *fn, void *arg);

/**
 * eg_dump - list every fiber of this thread's hub
 * @fd: where to write, one line per fiber: id, name, state, what it waits for
 *      and on, for how deep a stack, and where it was spawned
 *
 * Writes directly, without switching.
 *
 * Return: the number of fibers, or
 *   -EPERM  no hub runs on this thread
 *   and what write(2) can return
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_dump(int fd);

#ifdef __cplusplus
}
#endif
#endif
