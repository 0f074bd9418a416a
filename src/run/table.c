/* SPDX-License-Identifier: MIT */
/*
 * Joins the modules' rows into the table that system calls are looked up in.
 */
#include "run/layer.h"

static const struct eg_run_row *const modules[] = {
	eg__run_thread_rows,	 eg__run_identity_rows, eg__run_sleep_rows,
	eg__run_process_rows,	 eg__run_memory_rows,	eg__run_futex_rows,
	eg__run_signal_rows,	 eg__run_rw_rows,	eg__run_socket_rows,
	eg__run_poll_rows,	 eg__run_descriptor_rows, eg__run_child_rows,
	eg__run_offload_rows,	 eg__run_ring_rows,
};

void eg__run_table_fill(void)
{
	for (size_t i = 0; i < EG_ARRAY_LEN(modules); i++)
		for (const struct eg_run_row *r = modules[i]; r->fn; r++) {
			/* Two answers to one call would be a matter of luck. */
			EG_CHECK(!eg__run_table[r->nr]);
			eg__run_table[r->nr] = r->fn;
		}
}
