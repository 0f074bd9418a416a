/* SPDX-License-Identifier: MIT */
/*
 * Where the loop's own descriptors are: where the kernel puts them, or out of
 * the way of a program that thinks all numbers its own. Owns none of them.
 */
#ifndef EG_LOOP_OWN_FD_H
#define EG_LOOP_OWN_FD_H

#include "base/util.h"

/*
 * With @keep_high moves the new descriptor @fd to a number that programs do not
 * choose themselves. Returns the number it has then: @fd, if it cannot be moved
 * or is a negative errno already.
 */
int eg__own_fd_place(int fd, bool keep_high);

#endif
