/* SPDX-License-Identifier: MIT */
/*
 * Fibers that wait to call a link's function.
 */
#ifndef EG_CORE_LINK_H
#define EG_CORE_LINK_H

#include "core/fiber.h"

/* Whether @f is one, and the call still to come. It is to come in any case, so
 * nobody but the link itself may cancel it. */
bool eg__link_waits_in(const struct eg_fiber *f);

#endif
