/* SPDX-License-Identifier: MIT */
/*
 * An op by plain system calls that do not block: what backends without
 * completions of their own are made of. Knows nothing of waiting.
 */
#ifndef EG_LOOP_PERFORM_H
#define EG_LOOP_PERFORM_H

#include "loop/backend.h"

/* The poll events that end the wait of @op. */
short eg__perform_events(const struct eg_op *op);

/*
 * What @op needs before its first wait: a connect is begun here, all else is
 * tried when it is ready. 0, or the negative errno that submit() answers.
 */
int eg__perform_begin(struct eg_op *op);

/* 0: @fd can be waited for. -EPERM: it is always ready, as files are. -EBADF,
 * -EMFILE, -ENOMEM. */
int eg__perform_can_wait(int fd);

/* The answer of submit() to an op on what is always ready, as files are. */
int eg__perform_refusal(const struct eg_op *op);

/*
 * Does the system call of @op, or completes it as cancelled. False: it is not
 * ready, and stays in flight. After true @op may be gone.
 */
bool eg__perform(struct eg_backend *b, struct eg_op *op);

/* Does the system call of @op, not in flight: its result, or -EAGAIN. */
ssize_t eg__perform_try(const struct eg_op *op);

#endif
