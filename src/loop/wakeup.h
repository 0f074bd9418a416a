/* SPDX-License-Identifier: MIT */
/*
 * The descriptor through which other threads end a backend's sleep. Owns an
 * eventfd; how a backend watches it is the backend's business.
 */
#ifndef EG_LOOP_WAKEUP_H
#define EG_LOOP_WAKEUP_H

/* Returns a descriptor, or a negative errno. */
int eg__wakeup_open(void);

/*
 * Makes @fd readable, and reports an edge to whoever watches for edges, even
 * when it was readable before. Any thread; async-signal-safe; cannot fail.
 */
void eg__wakeup_signal(int fd);

/* Makes @fd unreadable again: for those that look at its level. */
void eg__wakeup_clear(int fd);

#endif
