/* SPDX-License-Identifier: MIT */
/*
 * Values from thread to thread, in order: what shared queues and channels have
 * in common. Their names, and what a closed one is called, are theirs.
 */
#ifndef EG_SYNC_SHARED_VALUES_H
#define EG_SYNC_SHARED_VALUES_H

#include "sync/shared.h"

#include <sys/types.h>

struct eg__shared_values;

/* How those are called who use it. */
struct eg__shared_values_kind {
	struct eg__shared_kind put, get;
	int closed; /* what a call gets that cannot be served any more */
};

/* @capacity may be EG_QUEUE_UNBOUNDED. -EINVAL, -ENOMEM. */
int eg__shared_values_new(struct eg__shared_values **ret,
			  const struct eg__shared_values_kind *kind,
			  size_t value_bytes, size_t capacity);
void eg__shared_values_ref(struct eg__shared_values *v);
void eg__shared_values_unref(struct eg__shared_values *v);

/* -EINVAL: it is NULL, but values are not of no bytes. Else as the calls. */
EG_MAY_SWITCH int eg__shared_values_put(struct eg__shared_values *v,
					const void *value, int64_t deadline);
EG_MAY_SWITCH int eg__shared_values_get(struct eg__shared_values *v,
					void *ret_value, int64_t deadline);

/* Wakes all, and lets nothing in any more. @drop: what is inside, too. */
void eg__shared_values_close(struct eg__shared_values *v, bool drop);
size_t eg__shared_values_len(struct eg__shared_values *v);

#endif
