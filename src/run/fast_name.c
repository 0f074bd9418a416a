/* SPDX-License-Identifier: MIT */
/*
 * Names of other threads: libc reads and writes them in /proc, where threads
 * that the kernel does not know are not found. A thread's own comes by prctl.
 */
#include "run/fast_parts.h"

#include "base/mem.h"

#include <errno.h>

/* The thread, unless the kernel keeps its name, or knows what is wrong. */
static struct eg_run_thread *named_here(pthread_t thread)
{
	struct eg_run_thread *t = NULL;

	if (!eg__run_fast_is_on())
		return NULL;
	eg__run_enter();
	t = eg__run_fast_find(thread);
	if (t && (t->is_main || t == eg__run_self()))
		t = NULL;
	eg__run_leave();
	return t;
}

EG_RUN_EXPORT int pthread_setname_np(pthread_t thread, const char *name)
{
	struct eg_run_thread *t = named_here(thread);

	if (!t)
		return eg__run_real.setname_np(thread, name);
	if (eg__strlen(name) >= sizeof(t->name))
		return ERANGE;
	eg__memset(t->name, 0, sizeof(t->name));
	eg__strcopy(t->name, name, sizeof(t->name));
	return 0;
}

EG_RUN_EXPORT int pthread_getname_np(pthread_t thread, char *buf, size_t size)
{
	struct eg_run_thread *t = named_here(thread);

	if (!t)
		return eg__run_real.getname_np(thread, buf, size);
	if (size < sizeof(t->name))
		return ERANGE;
	eg__memcpy(buf, t->name, sizeof(t->name));
	return 0;
}
