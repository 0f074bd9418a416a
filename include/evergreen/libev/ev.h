/* SPDX-License-Identifier: MIT */
/*
 * What `#include <ev.h>` finds with the flags of pkg-config evergreen-ev. In a
 * folder of its own: beside evergreen's other headers it would bring
 * evergreen's time.h before libc's.
 */
#include <evergreen/ev.h>
