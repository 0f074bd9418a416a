/* SPDX-License-Identifier: MIT */
/* refused: SQPOLL */
/*
 * A ring whose requests a thread of the kernel takes cannot be followed by the
 * layer: it stops the program and says so.
 */
#include "rings.h"

int main(void)
{
	struct io_uring_params p = { .flags = IORING_SETUP_SQPOLL };

	OK(syscall(SYS_io_uring_setup, 8, &p));
	return ok();
}
