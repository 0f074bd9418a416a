/* SPDX-License-Identifier: MIT */
/*
 * Keys, and the values that each fiber has for them. What children get is
 * local_inherit.c's, what is owned owned.c's; both end here.
 */
#include "sync/local.h"

#include "base/fault.h"
#include "base/log.h"
#include "sync/owned.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	PLACES_MIN = 4,
	ROUNDS_MAX = 4, /* PTHREAD_DESTRUCTOR_ITERATIONS */
};

_Static_assert(sizeof(struct eg_local_key) <= sizeof(eg_local),
	       "eg_local too small");
_Static_assert((int)EG_LOCAL_KEYS_MAX < (int)EG_LOCAL_NONE, "indices suffice");

/* Atomic, of all hubs: the serial of the key that has a place; 0: it is free. */
static uint64_t serial_at[EG_LOCAL_KEYS_MAX];
static uint64_t last_serial;

static inline const struct eg_local_key *key_of(const eg_local *key)
{
	return (const struct eg_local_key *)(const void *)key;
}

static uint32_t offset_of(size_t index)
{
	return (uint32_t)(offsetof(struct eg_locals, places) +
			  index * sizeof(struct eg_local_place));
}

static uint16_t index_of(const struct eg_local_key *k)
{
	return (uint16_t)((k->offset - offsetof(struct eg_locals, places)) /
			  sizeof(struct eg_local_place));
}

/* Keys */

static int make_key(eg_local *key, const struct eg_local_key *model)
{
	uint64_t serial = __atomic_add_fetch(&last_serial, 1, __ATOMIC_RELAXED);
	struct eg_local_key *k = (struct eg_local_key *)(void *)key;

	for (size_t i = 0; i < EG_LOCAL_KEYS_MAX; i++) {
		uint64_t nobody = 0;

		if (!__atomic_compare_exchange_n(&serial_at[i], &nobody, serial,
						 false, __ATOMIC_RELAXED,
						 __ATOMIC_RELAXED))
			continue;
		*k = *model;
		k->serial = serial;
		k->offset = offset_of(i);
		return 0;
	}
	return -EAGAIN;
}

int eg_local_init(eg_local *key, eg_local_fn *destroy, uint32_t flags)
{
	struct eg_local_key model = { .destroy = destroy };

	if (!key || flags & ~EG_LOCAL_SHARED)
		return -EINVAL;
	if (flags & EG_LOCAL_SHARED)
		model.how = EG_LOCAL_HOW_SHARED;
	return make_key(key, &model);
}

int eg_local_init_copy(eg_local *key, eg_local_fn *destroy,
		       eg_local_copy_fn *copy)
{
	struct eg_local_key model = {
		.destroy = destroy,
		.how = EG_LOCAL_HOW_COPY,
		.copy = copy,
	};

	if (!key || !copy)
		return -EINVAL;
	return make_key(key, &model);
}

int eg_local_free(eg_local *key)
{
	const struct eg_local_key *k = key_of(key);

	if (!k || !k->serial)
		return -EINVAL;
	__atomic_store_n(&serial_at[index_of(k)], 0, __ATOMIC_RELAXED);
	memset(key, 0, sizeof(*key));
	return 0;
}

bool eg__local_is_live(const struct eg_local_place *p, uint16_t index)
{
	return __atomic_load_n(&serial_at[index], __ATOMIC_RELAXED) ==
	       p->serial;
}

/* Values */

void *eg_local_get(const eg_local *key)
{
	const struct eg_local_key *k = key_of(key);
	const struct eg_worker *w = eg__worker();
	const struct eg_local_place *p;
	const struct eg_locals *l;

	if (eg_unlikely(!k || !w))
		return NULL;
	l = eg__locals_of(eg__local_fiber_at(w));
	if (!l || k->offset >= l->bytes)
		return NULL;
	/* What is no key has the offset 0: there is no serial of 0. */
	p = (const void *)((const char *)l + k->offset);
	return p->serial == k->serial ? p->value : NULL;
}

void eg__local_clear(struct eg_locals *l, uint16_t index)
{
	struct eg_local_place *p = eg__local_at(l, index);

	if (p->newer == EG_LOCAL_NONE)
		l->newest = p->older;
	else
		eg__local_at(l, p->newer)->older = p->older;
	if (p->older == EG_LOCAL_NONE)
		l->oldest = p->newer;
	else
		eg__local_at(l, p->older)->newer = p->newer;
	if (l->next_to_end == index)
		l->next_to_end = p->older;
	if (p->how != EG_LOCAL_HOW_NOTHING)
		l->inheritable--;
	p->value = NULL;
}

void eg__local_put(struct eg_locals *l, uint16_t index,
		   const struct eg_local_place *value)
{
	struct eg_local_place *p = eg__local_at(l, index);
	uint16_t older = p->older, newer = p->newer;

	if (!p->value) {
		older = l->newest;
		newer = EG_LOCAL_NONE;
		if (older == EG_LOCAL_NONE)
			l->oldest = index;
		else
			eg__local_at(l, older)->newer = index;
		l->newest = index;
		if (value->how != EG_LOCAL_HOW_NOTHING)
			l->inheritable++;
	}
	*p = *value;
	p->older = older;
	p->newer = newer;
}

/* Drops one fiber's part. True: nobody else has the value. */
static bool was_last(const struct eg_local_place *was)
{
	if (was->how != EG_LOCAL_HOW_SHARED || !was->share)
		return true;
	if (--was->share->fibers > 0)
		return false;
	free(was->share);
	return true;
}

void eg__local_destroy(const struct eg_local_place *was)
{
	if (was_last(was) && was->destroy)
		was->destroy(was->value);
}

void eg__local_destroy_all(struct eg_fiber *f)
{
	struct eg_locals *l = eg__locals_of(f);

	/* What is set meanwhile is newer than all that is left. */
	l->next_to_end = l->newest;
	while ((l = eg__locals_of(f))->next_to_end != EG_LOCAL_NONE) {
		struct eg_local_place was = *eg__local_at(l, l->next_to_end);

		eg__local_clear(l, l->next_to_end);
		eg__local_destroy(&was);
	}
}

/* After so many rounds it is not destroyed any more. */
static EG_COLD void leave_the_rest(struct eg_fiber *f, struct eg_locals *l)
{
	unsigned values = 0;

	while (l->newest != EG_LOCAL_NONE) {
		struct eg_local_place was = *eg__local_at(l, l->newest);

		eg__local_clear(l, l->newest);
		values += was_last(&was);
	}
	eg__log(EG_LOG_ERROR,
		"fiber %lu '%s', spawned at %p, goes on setting and owning while that is destroyed: %u values and %u handles are left",
		f->id, eg__owner_name(f), f->spawned_at, values,
		eg__owned_forget_all(l));
}

static void end_locals(struct eg_fiber_extra *extra)
{
	struct eg_locals *l = (struct eg_locals *)(void *)extra;
	struct eg_fiber *f = l->fiber;

	while (l->newest != EG_LOCAL_NONE || l->owned) {
		if (l->rounds++ == ROUNDS_MAX) {
			leave_the_rest(f, l);
			break;
		}
		eg__local_destroy_all(f);
		eg__owned_close_all(f);
		l = eg__locals_of(f);
	}
	f->extra[EG_EXTRA_LOCALS] = NULL;
	free(l);
}

/* A new one, or the old one moved. The new part is zero: not set. */
static struct eg_locals *resize(struct eg_fiber *f, size_t bytes)
{
	struct eg_locals *l = eg__locals_of(f);
	size_t had = l ? l->bytes : 0;
	bool is_new = !l;

	if (eg__fault(EG_FAULT_ALLOC))
		return NULL;
	l = realloc(l, bytes);
	if (!l)
		return NULL;
	memset((char *)l + had, 0, bytes - had);
	l->bytes = (uint32_t)bytes;
	if (is_new) {
		l->extra.end = end_locals;
		l->fiber = f;
		l->newest = l->oldest = l->next_to_end = EG_LOCAL_NONE;
	}
	f->extra[EG_EXTRA_LOCALS] = &l->extra;
	return l;
}

int eg__locals_make(struct eg_fiber *f, size_t bytes, struct eg_locals **ret)
{
	struct eg_locals *l = eg__locals_of(f);

	if (!l || l->bytes < bytes) {
		l = resize(f, bytes);
		if (!l)
			return -ENOMEM;
	}
	*ret = l;
	return 0;
}

/* Room for @k's place, and some more: keys are made together. */
static int make_room(struct eg_fiber *f, const struct eg_local_key *k,
		     struct eg_locals **ret)
{
	size_t places = eg_round_up((size_t)index_of(k) + 1, PLACES_MIN);

	return eg__locals_make(f, offset_of(places), ret);
}

/* The place of @k if it has been used, by whatever key. */
static struct eg_local_place *find(struct eg_fiber *f,
				   const struct eg_local_key *k)
{
	struct eg_locals *l = eg__locals_of(f);

	if (!l || k->offset >= l->bytes)
		return NULL;
	return eg__local_at(l, index_of(k));
}

static void replace(struct eg_locals *l, const struct eg_local_key *k,
		    void *value)
{
	struct eg_local_place new = {
		.serial = k->serial,
		.value = value,
		.destroy = k->destroy,
		.copy = k->copy, /* or no share */
		.how = k->how,
	};
	uint16_t index = index_of(k);
	struct eg_local_place was = *eg__local_at(l, index);

	if (was.value && (!value || was.serial != k->serial))
		eg__local_clear(l, index);
	if (value)
		eg__local_put(l, index, &new);
	if (was.value)
		eg__local_destroy(&was);
}

int eg_local_set(const eg_local *key, void *value)
{
	const struct eg_local_key *k = key_of(key);
	struct eg_fiber *f = eg__local_fiber();
	struct eg_local_place *p;
	struct eg_locals *l;
	int r;

	if (!k || !k->serial)
		return -EINVAL;
	if (!f)
		return -EPERM;
	p = find(f, k);
	if (p ? p->value == value && p->serial == k->serial : !value)
		return 0;
	r = make_room(f, k, &l);
	if (r < 0)
		return r;
	if (k->how != EG_LOCAL_HOW_NOTHING)
		eg__local_watch_spawns(f->hub);
	replace(l, k, value);
	return 0;
}

int eg_local_take(const eg_local *key, void **ret_value)
{
	const struct eg_local_key *k = key_of(key);
	struct eg_fiber *f = eg__local_fiber();
	struct eg_local_place *p, was;

	if (!k || !k->serial || !ret_value)
		return -EINVAL;
	if (!f)
		return -EPERM;
	p = find(f, k);
	if (!p || p->serial != k->serial || !p->value)
		return -ENOENT;
	was = *p;
	if (was.how == EG_LOCAL_HOW_SHARED && was.share &&
	    was.share->fibers > 1)
		return -EBUSY;
	eg__local_clear(eg__locals_of(f), index_of(k));
	was_last(&was);
	*ret_value = was.value;
	return 0;
}
