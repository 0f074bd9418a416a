/* SPDX-License-Identifier: MIT */
/*
 * What a fiber has for itself: its values, each in the place that the key says,
 * and the list of what it owns. Made at its first use, ended with the fiber.
 */
#ifndef EG_SYNC_LOCAL_H
#define EG_SYNC_LOCAL_H

#include "core/fiber.h"
#include "core/hub.h"

#include <evergreen/local.h>

enum {
	EG_LOCAL_KEYS_MAX = 4096,
	EG_LOCAL_NONE = UINT16_MAX, /* in place of a place's index */
};

/* What a child gets of a value. */
enum eg_local_how {
	EG_LOCAL_HOW_NOTHING,
	EG_LOCAL_HOW_SHARED,
	EG_LOCAL_HOW_COPY,
};

/*
 * Serials are never used twice, so a value that was set by another key, in a
 * place that is this one's now, is told by its own.
 */
struct eg_local_key {
	uint64_t serial; /* 0: no key */
	uint32_t offset; /* of its place in struct eg_locals */
	uint8_t how;	 /* enum eg_local_how */
	eg_local_fn *destroy;
	eg_local_copy_fn *copy; /* EG_LOCAL_HOW_COPY */
};

/* Of one hub's fibers: not atomic. */
struct eg_local_share {
	size_t fibers; /* that have the value */
};

/* What it takes to destroy a value is kept with it: the key may be gone. */
struct eg_local_place {
	uint64_t serial; /* of the key it was set by; 0: never */
	void *value;	 /* NULL: none; else it is in the list */
	eg_local_fn *destroy;
	union {
		eg_local_copy_fn *copy;	      /* EG_LOCAL_HOW_COPY */
		struct eg_local_share *share; /* _SHARED; NULL: with nobody */
	};
	uint16_t older, newer; /* in order of setting: indices */
	uint8_t how;	       /* enum eg_local_how */
};

/* Moves when it grows: nothing points into it but the fiber. */
struct eg_locals {
	struct eg_fiber_extra extra;   /* first */
	struct eg_fiber *fiber;	       /* borrowed: whose it is */
	struct eg_owned_record *owned; /* the newest first; borrowed */
	uint32_t bytes;		       /* of all this */
	uint16_t newest, oldest;       /* values */
	uint16_t next_to_end;	       /* while they are destroyed */
	uint16_t inheritable;	       /* values that children get */
	uint8_t rounds;		       /* of destroying, so far */
	struct eg_local_place places[];
};

/* Whose values these are where @w is: in a callback the hub's. */
static inline struct eg_fiber *eg__local_fiber_at(const struct eg_worker *w)
{
	return w->current ? w->current : w->idle;
}

/* NULL: no hub. */
static inline struct eg_fiber *eg__local_fiber(void)
{
	struct eg_worker *w = eg__worker();

	return w ? eg__local_fiber_at(w) : NULL;
}

static inline struct eg_locals *eg__locals_of(const struct eg_fiber *f)
{
	return (struct eg_locals *)(void *)f->extra[EG_EXTRA_LOCALS];
}

static inline struct eg_local_place *eg__local_at(struct eg_locals *l,
						  uint16_t index)
{
	return &l->places[index];
}

/* Makes those of @f, with room for @bytes of them at least. -ENOMEM. */
int eg__locals_make(struct eg_fiber *f, size_t bytes, struct eg_locals **ret);

/* Whether @p was set by a key that still is one. */
bool eg__local_is_live(const struct eg_local_place *p, uint16_t index);

/* Puts @value in the place, as the newest if there is none there. */
void eg__local_put(struct eg_locals *l, uint16_t index,
		   const struct eg_local_place *value);
/* Takes the value out of the place. */
void eg__local_clear(struct eg_locals *l, uint16_t index);
/* Destroys what was in a place, unless another fiber still has it. */
void eg__local_destroy(const struct eg_local_place *was);
/* All values that @f has now, the newest first. */
void eg__local_destroy_all(struct eg_fiber *f);

/* Has spawns on @hub bring children their values. */
void eg__local_watch_spawns(struct eg_hub *hub);

#endif
