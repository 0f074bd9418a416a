/* SPDX-License-Identifier: MIT */
/*
 * From a preloaded library to a running layer: options, what the machine must
 * have, every module's beginning, and at last dispatch. Runs before any code
 * of the program and of its libraries (-z initfirst), in the only OS thread.
 */
#include "base/log.h"
#include "base/mem.h"
#include "run/descriptor.h"
#include "run/futex.h"
#include "run/memory.h"
#include "run/patch.h"
#include "run/process.h"
#include "run/registers.h"
#include "run/signals.h"
#include "run/threads.h"
#include "run/xstate.h"

#include <elf.h>
#include <errno.h>
#include <linux/prctl.h>

enum { HAS_FSGSBASE = 1 << 1 }; /* in AT_HWCAP2 */

/* Options */

static const char *variable(char **environment, const char *name)
{
	size_t n = eg__strlen(name);
	size_t i;

	for (; *environment; environment++) {
		for (i = 0; i < n && (*environment)[i] == name[i]; i++)
			;
		if (i == n && (*environment)[n] == '=')
			return *environment + n + 1;
	}
	return NULL;
}

/* "name=" at the start of @s: what follows it. */
static const char *value_of(const char *s, const char *name)
{
	while (*name)
		if (*s++ != *name++)
			return NULL;
	return *s == '=' ? s + 1 : NULL;
}

static int32_t number(const char *s)
{
	int32_t n = 0;

	for (; *s >= '0' && *s <= '9'; s++)
		n = n * 10 + (*s - '0');
	return n;
}

static void take_option(struct eg_run_options *o, const char *s)
{
	const char *v;
	size_t i;

	if ((v = value_of(s, "root")))
		o->root = number(v);
	else if ((v = value_of(s, "tick")))
		o->tick_us = number(v);
	else if ((v = value_of(s, "stats")))
		o->stats = *v == '1';
	else if ((v = value_of(s, "follow")))
		o->follow = *v == '1';
	else if ((v = value_of(s, "verbose")))
		o->verbose = *v == '1';
	else if ((v = value_of(s, "files")))
		o->files = *v == 'o' ? EG_RUN_FILES_OFFLOAD
				     : EG_RUN_FILES_BLOCK;
	else if ((v = value_of(s, "backend")))
		for (i = 0; i + 1 < sizeof(o->backend) && v[i] && v[i] != ',';
		     i++)
			o->backend[i] = v[i];
}

static void read_options(struct eg_run_options *o, const char *s)
{
	while (*s) {
		take_option(o, s);
		while (*s && *s++ != ',')
			;
	}
}

/* What the program starts is not to come here: it does not inherit the way. */
static void remove_variable(char **environment, const char *name)
{
	char **to = environment;

	for (; *environment; environment++)
		if (!value_of(*environment, name))
			*to++ = *environment;
	*to = NULL;
}

/* The machine */

static uint64_t auxiliary(char **environment, uint64_t type)
{
	const Elf64_auxv_t *v;

	while (*environment)
		environment++;
	for (v = (const Elf64_auxv_t *)(environment + 1); v->a_type; v++)
		if (v->a_type == type)
			return v->a_un.a_val;
	return 0;
}

/* A program written in Go says so in a note. */
static bool is_go(char **environment)
{
	const Elf64_Phdr *p = (void *)auxiliary(environment, AT_PHDR);
	uint64_t n = auxiliary(environment, AT_PHNUM);
	uint64_t bias = 0;

	for (uint64_t i = 0; i < n; i++)
		if (p[i].p_type == PT_PHDR)
			bias = (uint64_t)p - p[i].p_vaddr;
	for (uint64_t i = 0; i < n; i++) {
		const uint32_t *note = (void *)(bias + p[i].p_vaddr);

		if (p[i].p_type == PT_NOTE && p[i].p_memsz >= 16 &&
		    note[0] == 4 && note[3] == ('G' | 'o' << 8))
			return true;
	}
	return false;
}

/* Why not, or NULL. */
static const char *obstacle(char **environment)
{
	if (!(auxiliary(environment, AT_HWCAP2) & HAS_FSGSBASE))
		return "the kernel does not offer FSGSBASE";
	if (eg__syscall5(SYS_prctl, PR_SET_SYSCALL_USER_DISPATCH,
			 PR_SYS_DISPATCH_OFF, 0, 0, 0) < 0)
		return "the kernel does not dispatch system calls, or is not allowed to";
	if (eg__run_xstate_init() < 0)
		return "the processor has no XSAVEC";
	if (is_go(environment))
		return "a Go program moves its stacks about, which is not supported yet";
	return NULL;
}

/* What was launched stops; what it has started runs without evergreen. */
static void refuse(const char *why)
{
	if (eg__run.options.root == eg__sys_getpid())
		eg__run_die("%s", why);
	if (eg__run.options.verbose)
		eg__log(EG_LOG_WARNING, "not on fibers: %s", why);
}

/* The layer */

static int open_hub(struct eg_run_thread *main_thread)
{
	const eg_options o = {
		.size = sizeof(o),
		.backend = eg__run.options.backend,
	};
	struct eg_run_worker *w = &eg__run.first_worker;
	int r;

	r = eg__hub_open(&o, &eg__run.hub);
	if (r < 0)
		return r;
	eg__run.hub->loop.on_edge = eg__run_fd_on_edge;
	/* Whoever waits for a signal is no deadlock. */
	eg_hub_ref(eg__run.hub);
	w->core = &eg__run.hub->worker;
	w->self = w;
	w->in_layer = 1;
	w->os_thread = main_thread->tid;
	w->tick_timer = -1;
	eg__run_set_gs_base(w);
	eg__hub_enter(eg__run.hub, &main_thread->fiber);
	return 0;
}

static int start(void)
{
	struct eg_run_thread *main_thread;
	int r;

	eg__run.process_id = eg__sys_getpid();
	eg__run.descriptor_epoch = 1;
	r = eg__run_threads_init(&main_thread);
	if (r >= 0)
		r = open_hub(main_thread);
	if (r >= 0)
		r = eg__run_futex_init();
	if (r >= 0)
		r = eg__run_patch_init();
	if (r >= 0)
		r = eg__run_signals_init(main_thread);
	if (r < 0)
		return r;
	eg__run_memory_init();
	eg__run_table_fill();
	return eg__run_dispatch_on();
}

__attribute__((constructor)) static void boot(int argc, char **argv,
					      char **environment)
{
	const char *options = variable(environment, "EVERGREEN_RUN");
	const char *why;
	int r;

	(void)argc;
	(void)argv;
	if (!options)
		return;
	eg__run.options.tick_us = 5000;
	eg__run.options.follow = true;
	read_options(&eg__run.options, options);
	/* By measurement: docs/decisions/0012-defaults-of-run.md. */
	if (!eg__run.options.backend[0] ||
	    !eg__strcmp(eg__run.options.backend, "auto"))
		eg__strcopy(eg__run.options.backend, "epoll",
			    sizeof(eg__run.options.backend));
	why = obstacle(environment);
	if (why) {
		refuse(why);
		return;
	}
	eg__run_process_init(environment);
	if (!eg__run.options.follow) {
		remove_variable(environment, "LD_PRELOAD");
		remove_variable(environment, "EVERGREEN_RUN");
	}
	r = start();
	if (r < 0)
		eg__run_die("the layer cannot start: error %d", -r);
	eg__run.is_on = true;
	eg__run_leave();
}
