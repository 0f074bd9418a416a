/* SPDX-License-Identifier: MIT */
/*
 * The version, and what every public declaration is marked with.
 * Until 1.0 the interface may change with each minor version.
 */
#ifndef EVERGREEN_VERSION_H
#define EVERGREEN_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

#define EG_VERSION_MAJOR 0
#define EG_VERSION_MINOR 1
#define EG_VERSION_PATCH 0

#define EG_API __attribute__((visibility("default")))

/**
 * eg_version - the version of the library that is running
 *
 * Return: "MAJOR.MINOR.PATCH", static memory.
 * Thread safety: any thread. Since: 0.1.
 */
EG_API const char *eg_version(void);

#ifdef __cplusplus
}
#endif
#endif
