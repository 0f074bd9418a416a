/* SPDX-License-Identifier: MIT */
/*
 * 1000 threads wait at the same time, each on its own stack; then all of
 * them end and are joined.
 */
#include "live_at_once.h"

int main(void)
{
	return live_at_once(1000);
}
