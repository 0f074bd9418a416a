/* SPDX-License-Identifier: MIT */
/*
 * The backend of a fork child that has not needed one yet: stands in for the
 * parent's, which the child must not touch, until something is to be waited
 * for. Waits for nothing itself.
 */
#ifndef EG_LOOP_INHERITED_H
#define EG_LOOP_INHERITED_H

#include "loop/backend.h"

struct eg_inherited {
	struct eg_backend base;
	struct eg_backend *parents; /* owned; NULL once it is abandoned */
	const char *name;	    /* of its kind */
};

/* Takes the place of @l's backend. */
void eg__inherited_init(struct eg_inherited *i, struct eg_poller *l);

/* Gives it up to a new one, of which is wanted what the table says. On failure
 * (negative errno) it stays, and what is asked of it next tries again. */
int eg__inherited_renew(struct eg_inherited *i);

#endif
