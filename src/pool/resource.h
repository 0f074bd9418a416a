/* SPDX-License-Identifier: MIT */
/*
 * A resource pool and what is in it, as the files of src/pool/resource*.c share
 * them. Says nothing of who waits why.
 */
#ifndef EG_POOL_RESOURCE_H
#define EG_POOL_RESOURCE_H

#include "core/fiber.h"
#include "pool/table.h"
#include "sync/wait_queue.h"

#include <evergreen/resource.h>

struct eg__resource {
	struct eg__table_node node;    /* lent: in the pool's table */
	struct eg_list link;	       /* free, or dumped: in the pool's list */
	struct eg_fiber_end tie;       /* lent and tied: in its fiber's list */
	struct eg_resource_pool *pool; /* borrowed */
	void *resource;
	int64_t made_at; /* ns */
	int64_t freed_at;
	bool is_dumped; /* must be destroyed, by somebody who can wait */
};

/*
 * Fibers stand in line only while nothing is free and no place is left. A place
 * that is given to one of them counts in @total from then on, as does that of a
 * resource until its destroy function has returned.
 */
struct eg_resource_pool {
	struct eg_hub *hub;    /* borrowed */
	eg_resource_options o; /* its name: not to be used */
	size_t total;	       /* places taken */
	size_t idle;	       /* in @free */
	struct eg_list free;   /* the next to be lent first */
	struct eg_list dumped;
	struct eg__table lent;	   /* by pointer */
	struct eg_wait_queue line; /* with a struct eg__resource ** each */
	struct eg_waiter *ender;   /* borrowed: who frees the pool */
	eg_timer timer;		   /* armed for @expires_at */
	int64_t expires_at;	   /* not after the first free one; or never */
	struct eg_fiber_end sweeper_end;
	uint64_t created;
	uint64_t destroyed;
	uint64_t reclaimed;
	bool is_closed;
	bool is_ending;	  /* somebody is in eg_resource_pool_free() */
	bool has_sweeper; /* a fiber: sweeper_end is its */
	char name[EG_NAME_MAX];
};

/* Whether the caller may wait: it is a fiber of @p's hub. 0 or an error. */
int eg__resource_check_caller(const struct eg_resource_pool *p,
			      const char *call);

/* Makes a resource in a place that is taken already. May switch. On failure the
 * place is given up. */
EG_MAY_SWITCH int eg__resource_make(struct eg_resource_pool *p,
				    struct eg__resource **ret_item);

/* Destroys @item, which is on no list, and gives up its place. May switch. */
EG_MAY_SWITCH void eg__resource_destroy(struct eg__resource *item);

/* Gives @item to the first in line, or keeps it; or destroys it if it must not
 * be used again. May switch. */
EG_MAY_SWITCH void eg__resource_release(struct eg__resource *item);

/* Gives places that are left to those in line. */
void eg__resource_serve(struct eg_resource_pool *p);

/* Takes one that is lent out of the table, and from its fiber. */
void eg__resource_unlend(struct eg__resource *item);

/* Wakes who frees @p, if there is something to do for them: @p is theirs. */
void eg__resource_check_end(struct eg_resource_pool *p);

/* Takes one off the list of free ones, or of those dumped. */
void eg__resource_unlist(struct eg__resource *item);

/* Age: a file of its own. */

/* Whether @item, free or about to be, is too old to be lent. */
bool eg__resource_is_old(const struct eg__resource *item, int64_t now);
/* @item is free from now on: it must be looked at when it is too old. */
void eg__resource_watch_age(struct eg__resource *item);
void eg__resource_age_init(struct eg_resource_pool *p);
void eg__resource_age_done(struct eg_resource_pool *p);

/* Has @item, which may not be used again, destroyed soon. Does not switch. */
void eg__resource_dump(struct eg__resource *item);
/* Has those that are dumped and those that are too old destroyed. False: there
 * is no fiber for it. */
bool eg__resource_send_sweeper(struct eg_resource_pool *p);

/* Ties: what fibers have to put back before they end. */

void eg__resource_tie(struct eg__resource *item, struct eg_fiber *holder);
void eg__resource_untie(struct eg__resource *item);
/* Whether something of @p is tied to @self. */
bool eg__resource_is_tied_to(const struct eg_resource_pool *p,
			     const struct eg_fiber *self);

#endif
