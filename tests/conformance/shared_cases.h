/* SPDX-License-Identifier: MIT */
/*
 * What the tables of shared objects have in common: rows for each who may call,
 * and a queue with fibers that wait at it. Tests nothing itself.
 */
#ifndef TESTS_SHARED_CASES_H
#define TESTS_SHARED_CASES_H

#include "../behaviour/shared_kit.h"
#include "conformance.h"

/* clang-format off */
#define BY_ALL(row, says, check)                                      \
	{ row, says " (by a fiber)", check, SHARED_FIBER },           \
	{ row, says " (by a thread)", check, SHARED_THREAD },         \
	{ row, says " (by another hub)", check, SHARED_HUB }
/* clang-format on */

#endif
