/* SPDX-License-Identifier: MIT */
/*
 * The park contract where several workers share a hub: a fiber is unparked
 * exactly once, by a single winner, and never runs before its registers are
 * saved. A hub with one worker needs none of this and does not pay for it.
 *
 * The parking worker: begin, save the context, then publish from the *next*
 * context. A waker may claim at any time in between.
 */
#ifndef EG_CORE_STATE_H
#define EG_CORE_STATE_H

#include "core/fiber.h"

/* The running fiber is going to park: wakers may claim it from here on. */
static inline void eg__state_begin_park(struct eg_fiber *f)
{
	__atomic_store_n(&f->state, EG_FIBER_PARKING, __ATOMIC_RELEASE);
}

/* Its registers are saved. True: it was woken meanwhile, make it ready. */
static inline bool eg__state_publish_park(struct eg_fiber *f)
{
	uint8_t parking = EG_FIBER_PARKING;

	if (__atomic_compare_exchange_n(&f->state, &parking, EG_FIBER_PARKED,
					false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return false;
	__atomic_store_n(&f->state, EG_FIBER_READY, __ATOMIC_RELAXED);
	return true;
}

enum eg_claim {
	EG_CLAIM_LOST,	/* somebody else woke it */
	EG_CLAIM_READY, /* make it ready */
	EG_CLAIM_LATER, /* won; the publisher will make it ready */
};

/* Wakes @f: at most one caller per park gets anything but LOST. */
static inline enum eg_claim eg__state_claim(struct eg_fiber *f)
{
	uint8_t state = EG_FIBER_PARKED;

	if (__atomic_compare_exchange_n(&f->state, &state, EG_FIBER_READY,
					false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return EG_CLAIM_READY;
	if (state == EG_FIBER_PARKING &&
	    __atomic_compare_exchange_n(&f->state, &state, EG_FIBER_WOKEN,
					false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return EG_CLAIM_LATER;
	/* Published between the two attempts: once more settles it. */
	if (state == EG_FIBER_PARKED &&
	    __atomic_compare_exchange_n(&f->state, &state, EG_FIBER_READY,
					false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return EG_CLAIM_READY;
	return EG_CLAIM_LOST;
}

#endif
