/* SPDX-License-Identifier: MIT */
/*
 * The signal by which a helper thread is brought out of a system call.
 */
#ifndef EG_IO_INTERRUPT_H
#define EG_IO_INTERRUPT_H

#include <signal.h>

/* Signals that are blocked in @mask are the program's, to wait for. */
void eg__interrupt_spare(const sigset_t *mask);

/*
 * The signal to use for the next call, whose handler does nothing.
 * -EAGAIN: the program has them all. Under one lock with the above.
 */
int eg__interrupt_signal(void);

#endif
