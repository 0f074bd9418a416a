/* SPDX-License-Identifier: MIT */
/*
 * The leak probe of a program with no library under test: nothing is held. A
 * file of its own, so that egt_evergreen.c's stronger definition replaces it.
 */
#include "harness.h"

__attribute__((weak)) struct egt_leaks egt_probe_leaks(void)
{
	return (struct egt_leaks){ 0 };
}
