/* SPDX-License-Identifier: MIT */
/*
 * pthread_cancel: libc marks the thread, and sends it a signal only if that is
 * cancelled at any time. One that waits in a fast path is told here. Knows of
 * libc's struct pthread, which pthread_t points to, where two fields are.
 */
#include "run/fast_parts.h"

#include "base/mem.h"
#include "run/registers.h"

#include <errno.h>

enum { SEARCH_BYTES = 2048 }; /* struct pthread is larger */

/* In struct pthread; 0: not found, and nobody's wait is ended. */
static size_t tid_offset;
static size_t state_offset; /* of the byte with the next */
static uint8_t state_bit;   /* set: cancelling is disabled */

static size_t find_tid(const uint8_t *self)
{
	int32_t tid = eg__sys_gettid(), found;

	for (size_t i = sizeof(tid); i < SEARCH_BYTES; i += sizeof(tid)) {
		eg__memcpy(&found, self + i, sizeof(found));
		if (found == tid)
			return i;
	}
	return 0;
}

/* What changes when cancelling is disabled. */
static void find_state(const uint8_t *self)
{
	uint8_t before[SEARCH_BYTES];
	int state;

	eg__memcpy(before, self, sizeof(before));
	eg__run_real.setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	for (size_t i = 0; i < sizeof(before) && !state_bit; i++) {
		state_offset = i;
		state_bit = self[i] & (uint8_t)~before[i];
	}
	eg__run_real.setcancelstate(state, &state);
}

void eg__run_fast_cancel_init(void)
{
	const uint8_t *self = (const uint8_t *)eg__run_tls_address();

	tid_offset = find_tid(self);
	find_state(self);
}

struct eg_run_thread *eg__run_fast_find(pthread_t thread)
{
	struct eg_run_thread *t;
	int32_t tid;

	if (!tid_offset)
		return NULL;
	tid = *(const int32_t *)(thread + tid_offset);
	t = tid > 0 ? eg__run_thread_find(tid) : NULL;
	if (!t || t == eg__run_self())
		return t;
	return t->fs_base == thread ? t : NULL;
}

/* The same, if it lets itself be cancelled. */
static struct eg_run_thread *cancellable(pthread_t thread)
{
	if (!state_bit ||
	    *(const uint8_t *)(thread + state_offset) & state_bit)
		return NULL;
	return eg__run_fast_find(thread);
}

EG_RUN_EXPORT int pthread_cancel(pthread_t thread)
{
	struct eg_run_thread *t;
	int r = eg__run_real.cancel(thread);

	if (r || !eg__run_fast_is_on())
		return r;
	eg__run_enter();
	t = cancellable(thread);
	if (t && t->fiber.state == EG_FIBER_PARKED && t->is_cancel_point &&
	    t->entry == EG_RUN_ENTRY_FAST)
		eg__abort_wait(&t->fiber.wait, -ECANCELED);
	eg__run_leave();
	return 0;
}
