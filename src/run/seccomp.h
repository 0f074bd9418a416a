/* SPDX-License-Identifier: MIT */
/*
 * A program that filters its own system calls.
 */
#ifndef EG_RUN_SECCOMP_H
#define EG_RUN_SECCOMP_H

#include "run/layer.h"

/*
 * Before a filter is installed. The layer's own calls would be judged by it,
 * and many a filter kills. A thread that is alone goes on without the layer: it
 * loses nothing but that threads made later are the kernel's. Of several, the
 * fibers stay, and the filter holds for what the layer calls in their stead.
 */
void eg__run_seccomp_begins(void);

#endif
