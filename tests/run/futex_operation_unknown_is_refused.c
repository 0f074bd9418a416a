/* SPDX-License-Identifier: MIT */
/* refused: futex */
/*
 * A futex operation that the layer does not know might wait: it stops the
 * program and says so. A plain run is told by the kernel that there is none.
 */
#include "futexes.h"

int main(void)
{
	atomic_int word = 0;

	CHECK_ERROR(futex(&word, 99, 0, NULL, NULL, 0), ENOSYS);
	return ok();
}
