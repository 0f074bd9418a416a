/* SPDX-License-Identifier: MIT */
/*
 * What the tests of level-triggered readiness share: a record of what a loop
 * reported of each descriptor. Asserts nothing about when it must.
 */
#ifndef LOOP_READY_H
#define LOOP_READY_H

#include "loop_rig.h"

/* From here on, what @l reports is recorded; the record is empty. */
void ready_listen(struct eg_poller *l);
/* What was reported of @fd since the last time. */
uint32_t ready_take(int fd);
/* How often, in all, and how often @fd was reported lost. */
int ready_reports(void);
int ready_losses(int fd);

void ready_want(struct eg_poller *l, int fd, uint32_t events);
/* The same for a number that is another file's since it was last wanted. */
void ready_want_new(struct eg_poller *l, int fd, uint32_t events);
/* One wait, which succeeds. */
void ready_wait(struct eg_poller *l, int64_t deadline);
/* As often as @n descriptors take, a batch at a time. */
void ready_wait_for_all(struct eg_poller *l, int n);
/* As the public loop closes: ends the want, then the file. */
void ready_close(struct eg_poller *l, int fd);
/* Whether poll() sees @fd readable at once. */
bool ready_polls_readable(int fd);

/* A child that writes a byte to @fd once it runs; ready_reap() awaits it. */
int ready_fork_writer(int fd);
void ready_reap(int child);

#endif
