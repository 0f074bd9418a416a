/* SPDX-License-Identifier: MIT */
/*
 * Describing fibers, for reports and dumps.
 */
#ifndef EG_CORE_INFO_H
#define EG_CORE_INFO_H

#include "core/fiber.h"

enum { EG_INFO_LINE = 160 };

/* "fiber 7 'reader' parked: event 0x..., spawned at 0x..." into @line. */
void eg__info_line(const struct eg_fiber *f, char *line, size_t size);

#endif
