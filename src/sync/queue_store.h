/* SPDX-License-Identifier: MIT */
/*
 * The values inside a queue, in the order of its kind. Grows when it is told
 * to; knows neither capacities nor fibers.
 */
#ifndef EG_SYNC_QUEUE_STORE_H
#define EG_SYNC_QUEUE_STORE_H

#include "sync/value.h"

#include <evergreen/queue.h>

/*
 * A FIFO is a ring over its slots. The other kinds have their values in the
 * first @count of them: a LIFO from the oldest to the newest, a PRIORITY as a
 * heap whose slots also have the value's place in the order of arrival.
 */
struct eg__store {
	size_t count; /* values inside */
	size_t slots; /* values that there is memory for */
	struct eg__ring ring;
	size_t value_bytes;
	size_t slot_bytes;
	int kind; /* enum eg_queue_kind */
	eg_queue_compare_fn *compare;
	void *compare_arg;
	uint64_t arrivals; /* PRIORITY: values that were ever pushed */
};

/* Empty, without memory. */
void eg__store_init(struct eg__store *s, size_t value_bytes,
		    const eg_queue_options *options);
void eg__store_done(struct eg__store *s);

/* Makes room for @slots values at least: 0, or -ENOMEM and all as it was. */
int eg__store_reserve(struct eg__store *s, size_t slots);
/* Makes room for one more, by doubling: so a long line costs each a little. */
int eg__store_grow(struct eg__store *s);

/* There must be room. */
void eg__store_push(struct eg__store *s, const void *value);
/* The value that comes out next; there must be one. */
const void *eg__store_next(const struct eg__store *s);
/* Takes it out; NULL drops it. */
void eg__store_pop(struct eg__store *s, void *ret_value);
void eg__store_clear(struct eg__store *s);

#endif
