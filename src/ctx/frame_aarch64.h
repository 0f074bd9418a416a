/* SPDX-License-Identifier: MIT */
/*
 * What a suspended context keeps on its stack on arm64, and how one that never
 * ran is forged. switch_aarch64.S stores and loads this frame: change both or
 * neither.
 */
#ifndef EG_CTX_FRAME_AARCH64_H
#define EG_CTX_FRAME_AARCH64_H

/* From the stored stack pointer upwards. */
struct eg_ctx_frame {
	uint64_t x29;
	uint64_t x30; /* where the suspended eg__ctx_swap() returns to */
	uint64_t x19_x28[10];
	uint64_t d8_d15[8];
};

_Static_assert(sizeof(struct eg_ctx_frame) == 160, "see switch_aarch64.S");

/* Where a fresh context begins: calls x19 with x20. Not callable from C. */
extern const char eg__ctx_start[] __attribute__((visibility("hidden")));

static inline void *eg__ctx_forge(void *lo, void *top, eg_ctx_entry *entry,
				  void *arg)
{
	struct eg_ctx_frame *f = (struct eg_ctx_frame *)top - 1;

	(void)lo;
	f->x30 = (uintptr_t)eg__ctx_start;
	f->x19_x28[0] = (uintptr_t)entry;
	f->x19_x28[1] = (uintptr_t)arg;
	return f;
}

#endif
