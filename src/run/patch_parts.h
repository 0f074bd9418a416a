/* SPDX-License-Identifier: MIT */
/*
 * The parts of patching: what may be overwritten (patch_decode.c), where the
 * code around a site begins and ends (patch_function.c), and the memory that
 * stubs lie in (patch_stub.c). Of no interest to anybody but patch.c.
 */
#ifndef EG_RUN_PATCH_PARTS_H
#define EG_RUN_PATCH_PARTS_H

#include "base/util.h"

enum {
	EG_PATCH_JUMP_BYTES = 5,       /* jmp rel32 */
	EG_PATCH_SYSCALL_BYTES = 2,    /* 0f 05 */
	EG_PATCH_INSTRUCTION_MAX = 15, /* the CPU's limit */
	EG_PATCH_OUTSIDE_MAX = 32,
	EG_PATCH_FUNCTION_MAX = 64 * 1024,
};

/* The code of one function, or of one part of it. */
struct eg_patch_code {
	const uint8_t *bytes;
	uint64_t address; /* where it runs */
	size_t n;
};

/*
 * What can be done about a site: either, both or neither.
 *
 * With a tail, the jump replaces the system call and what follows it, if no
 * branch from elsewhere leads into that: see @outside. With a front, it
 * replaces what is before the system call, and if that is short the call too.
 * If not, the call stays: whoever branches to it still may.
 */
struct eg_patch_plan {
	uint8_t tail_bytes;  /* instructions behind the site; 0: no tail */
	uint8_t front_bytes; /* instructions before the site; 0: no front */
	uint8_t outside_n;
	/* Where branches (not calls) leave the function to. */
	uint64_t outside[EG_PATCH_OUTSIDE_MAX];
};

/* Where what is overwritten for a front ends. */
static inline uint64_t eg__patch_front_end(uint64_t site, uint8_t front_bytes)
{
	return front_bytes >= EG_PATCH_JUMP_BYTES
		       ? site
		       : site + EG_PATCH_SYSCALL_BYTES;
}

int eg__patch_decode_init(void);

/* -EINVAL: the function does not decode, or not with @site in it. */
int eg__patch_plan(const struct eg_patch_code *function, uint64_t site,
		   struct eg_patch_plan *ret);

/* Whether a branch or call with a fixed target leads into [@from, @to), or
 * @code does not decode. */
bool eg__patch_leads_into(const struct eg_patch_code *code, uint64_t from,
			  uint64_t to);

/*
 * Copies the whole instructions of @code to @to, to be run at @address, and
 * keeps what they address relative to themselves. -ERANGE: out of reach.
 */
int eg__patch_move(const struct eg_patch_code *code, uint8_t *to,
		   uint64_t address);

/* Looks for the function of which @address is an instruction, in the unwind
 * tables of the object that it was loaded with. -ENOENT: not found. */
int eg__patch_function(uint64_t address, struct eg_patch_code *ret);
int eg__patch_function_init(void);
/* The object that @address is in, as it was loaded: [@ret_start, @ret_end). */
int eg__patch_object(uint64_t address, uint64_t *ret_start, uint64_t *ret_end);

/* A stub, and what it is made from. */
struct eg_patch_stub {
	struct eg_patch_code front; /* may be empty */
	struct eg_patch_code tail;  /* may be empty */
	uint64_t resume;	    /* the address behind the system call */
	uint64_t back;		    /* where the program goes on */
	/* Given back. */
	uint64_t first; /* where the jump leads: the front */
	uint64_t entry; /* the same behind the front */
	uint64_t tail_copy;
};

/* Makes @s within reach of @s->back. -ENOMEM, -ERANGE, or what mmap and
 * mprotect say. */
int eg__patch_stub_make(struct eg_patch_stub *s);

/* Stubs lead back only behind what they replaced, or to the program. */
bool eg__patch_is_stub(uint64_t address);

/* Makes the pages of [@start, @start + @n) writable, executable as they are, or
 * what they were. A negative errno. */
int eg__patch_set_writable(uint64_t start, size_t n, bool is_writable);

#endif
