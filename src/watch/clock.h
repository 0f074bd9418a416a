/* SPDX-License-Identifier: MIT */
/*
 * The wall clock of a loop, as tests see and set it. Reading it is clock.c's.
 */
#ifndef EG_WATCH_CLOCK_H
#define EG_WATCH_CLOCK_H

#include "watch/watch.h"

/* What a virtual wall clock is ahead of its monotonic one, at first. */
#define EG_WALL_CLOCK_START (INT64_C(1000000000) * INT64_C(1000000000))

/* Sets the wall clock that this loop sees, as date(1) would: the loop is not
 * told, and finds out when it looks. */
void eg__watch_set_wall_clock(struct eg_loop *l, int64_t ns);

#endif
