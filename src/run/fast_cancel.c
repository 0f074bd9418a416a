/* SPDX-License-Identifier: MIT */
/*
 * pthread_cancel: libc marks the thread, and sends it a signal only if that is
 * cancelled at any time. One that waits in a fast path is told here.
 */
#include "run/fast_parts.h"

#include "run/registers.h"

#include <errno.h>

enum { SEARCH_BYTES = 1024 };

/* Where libc's struct pthread, which pthread_t points to, keeps the thread's
 * id: looked for in a thread whose id is known. 0: not found yet. */
static size_t find_tid_offset(const struct eg_run_thread *self)
{
	const int32_t *words = (const int32_t *)eg__run_fs_base();

	for (size_t i = 1; i < SEARCH_BYTES / sizeof(*words); i++) {
		if (words[i] == self->tid)
			return i * sizeof(*words);
	}
	return 0;
}

/* The thread whose libc part is at @thread, if it exists. */
static struct eg_run_thread *thread_of(pthread_t thread)
{
	size_t offset = find_tid_offset(eg__run_self());
	struct eg_run_thread *t;
	int32_t tid;

	if (!offset)
		return NULL;
	tid = *(const int32_t *)(thread + offset);
	t = tid > 0 ? eg__run_thread_find(tid) : NULL;
	return t && t->fs_base == thread ? t : NULL;
}

EG_RUN_EXPORT int pthread_cancel(pthread_t thread)
{
	struct eg_run_thread *t;
	int r = eg__run_real.cancel(thread);

	if (r || !eg__run_fast_is_on())
		return r;
	eg__run_enter();
	t = thread_of(thread);
	if (t && t->fiber.state == EG_FIBER_PARKED && t->is_cancel_point &&
	    t->entry == EG_RUN_ENTRY_FAST)
		eg__abort_wait(&t->fiber.wait, -ECANCELED);
	eg__run_leave();
	return 0;
}
