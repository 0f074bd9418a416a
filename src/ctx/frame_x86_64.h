/* SPDX-License-Identifier: MIT */
/*
 * What a suspended context keeps on its stack on x86-64, and how one that
 * never ran is forged. switch_x86_64.S pushes and pops this frame: change both
 * or neither.
 */
#ifndef EG_CTX_FRAME_X86_64_H
#define EG_CTX_FRAME_X86_64_H

/* From the stored stack pointer upwards. */
struct eg_ctx_frame {
	uint64_t r15;
	uint64_t r14;
	uint64_t r13;
	uint64_t r12;
	uint64_t rbx;
	uint64_t rbp;
	uint64_t resume; /* where the suspended eg__ctx_swap() returns to */
};

_Static_assert(sizeof(struct eg_ctx_frame) == 56, "see switch_x86_64.S");

/* Where a fresh context begins: calls rbx with r12. Not callable from C. */
extern const char eg__ctx_start[] __attribute__((visibility("hidden")));

static inline void *eg__ctx_forge(void *lo, void *top, eg_ctx_entry *entry,
				  void *arg)
{
	struct eg_ctx_frame *f = (struct eg_ctx_frame *)top - 1;

	(void)lo;
	f->r12 = (uintptr_t)arg;
	f->rbx = (uintptr_t)entry;
	f->resume = (uintptr_t)eg__ctx_start;
	return f;
}

#endif
