/* SPDX-License-Identifier: MIT */
/*
 * Records of what fibers own: in caller's storage, in a list of the owner's. For
 * the layers above, which have kinds of handles of their own.
 */
#ifndef EG_SYNC_OWNED_H
#define EG_SYNC_OWNED_H

#include "sync/local.h"

struct eg_owned_record;

struct eg_owned_kind {
	bool is_number; /* the handle: in reports */
	/* Whether the handle has been closed in the right way already; NULL:
	 * then it would have been disowned. */
	bool (*is_gone)(const struct eg_owned_record *o);
};

struct eg_owned_record {
	uintptr_t mark;		/* says that it is owned, at this address */
	struct eg_fiber *fiber; /* borrowed: the owner */
	struct eg_owned_record *older, *newer;
	const struct eg_owned_kind *kind;
	const char *what; /* borrowed, as the handle */
	eg_close_fn *close;
	void *handle;
	const void *owned_at;
	uint64_t tag; /* the kind's */
};

/* eg_own(), of @model's kind and so on. */
int eg__own(eg_owned *owned, const struct eg_owned_record *model);

/* Reports and closes all that @f owns now, the newest first. */
void eg__owned_close_all(struct eg_fiber *f);
/* Takes all records off the list as they are. Returns how many. */
unsigned eg__owned_forget_all(struct eg_locals *l);

/* The name of @f for reports. */
const char *eg__owner_name(const struct eg_fiber *f);

#endif
