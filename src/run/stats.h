/* SPDX-License-Identifier: MIT */
/*
 * What `--stats` prints when the program ends.
 */
#ifndef EG_RUN_STATS_H
#define EG_RUN_STATS_H

/* Nothing, unless --stats was given. */
void eg__run_stats_print(void);

#endif
