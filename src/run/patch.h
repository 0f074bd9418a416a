/* SPDX-License-Identifier: MIT */
/*
 * System-call sites: rewriting the instructions around one so that it jumps to
 * a stub instead of trapping. Decides by decoding, never by the look of bytes.
 */
#ifndef EG_RUN_PATCH_H
#define EG_RUN_PATCH_H

#include <stdint.h>

int eg__run_patch_init(void);

/*
 * @site: the address of a `syscall` instruction that has just trapped, with
 * the number @nr. Patches it, once; returns the address of its stub's entry,
 * where the interrupted context can go on as if it had jumped there, or 0 if
 * the site cannot be patched.
 */
uint64_t eg__run_patch(uint64_t site, int64_t nr);

/* The same for all system calls of @function, before they have trapped. */
void eg__run_patch_function(const void *function);

/* Where a context goes on that was saved with @ip: at @ip, unless that lies
 * inside of a jump by now. For what is restored from the program's memory, and
 * for returning behind a system call. */
uint64_t eg__run_patch_moved(uint64_t ip);

/* The program unmapped or replaced [@start, @end): sites there are forgotten. */
void eg__run_patch_forget(uint64_t start, uint64_t end);

/* In tick.c: threads that were preempted inside of [@from, @to) go on in the
 * copy at @copy. */
void eg__run_preempted_fix_ip(uint64_t from, uint64_t to, uint64_t copy);

/* In entry_x86_64.S: what a stub calls. The eight bytes at EG_RUN_STUB_RESUME
 * before the return address hold the address behind the system call. */
extern const char eg__run_entry[];
enum { EG_RUN_STUB_RESUME = 19 };

#endif
