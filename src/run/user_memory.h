/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing the program's memory, which may not be there: a bad
 * pointer is -EFAULT, as from the kernel, and not a crash in the layer.
 */
#ifndef EG_RUN_USER_MEMORY_H
#define EG_RUN_USER_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0 or -EFAULT; then part of @to may have been written. */
int eg__run_copy_in(void *to, const void *user, size_t bytes);
int eg__run_copy_out(void *user, const void *from, size_t bytes);

/* A futex word, aligned; atomically. 0 or -EFAULT. */
int eg__run_load_u32(const uint32_t *user, uint32_t *ret);
int eg__run_store_u32(uint32_t *user, uint32_t value);
/* 0: @ret_found is what was there, and @to is if that equals @expected. */
int eg__run_swap_u32(uint32_t *user, uint32_t expected, uint32_t to,
		     uint32_t *ret_found);

/* For the fault handler: if @ip is in one of these, where it goes on. Else 0. */
uintptr_t eg__run_fault_exit(uintptr_t ip);

#endif
