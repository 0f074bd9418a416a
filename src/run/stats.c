/* SPDX-License-Identifier: MIT */
/*
 * `--stats`: what the layer did, on standard error when a process ends.
 */
#include "run/stats.h"

#include "base/log.h"
#include "run/layer.h"

enum { US_PER_SEC = 1000000 };

static void print(const char *what, uint64_t value)
{
	char line[96];
	size_t n = eg__format(line, sizeof(line), "evergreen: %s %lu\n", what,
			      value);

	eg__raw_syscall(SYS_write, 2, (long)line, (long)n, 0, 0, 0);
}

static uint64_t to_us(const struct timeval *tv)
{
	return (uint64_t)tv->tv_sec * US_PER_SEC + (uint64_t)tv->tv_usec;
}

void eg__run_stats_print(void)
{
	const struct eg_run_stats *s = &eg__run.stats;
	struct rusage usage = { 0 };

	if (!eg__run.options.stats)
		return;
	eg__syscall2(SYS_getrusage, RUSAGE_SELF, &usage);
	print("process                       ", (uint64_t)eg__run.process_id);
	print("threads made                  ", s->threads_made);
	print("threads at once, at most      ", s->threads_max);
	print("switches                      ",
	      eg__switches(eg__run.hub));
	print("preempted                     ", s->preempted);
	print("looks at the kernel           ", eg__run.hub->turns);
	print("system calls answered         ", s->calls);
	print("system calls by fast paths    ", s->fast);
	print("system calls trapped          ", s->trapped);
	print("system calls on helper threads", s->offloaded);
	print("sites patched                 ", s->sites);
	print("sites that could not be       ", s->sites_refused);
	print("CPU us in the program         ", to_us(&usage.ru_utime));
	print("CPU us in the kernel          ", to_us(&usage.ru_stime));
	print("memory of the layer, KiB      ",
	      eg__pages_live_bytes() / 1024);
	print("memory at most, KiB           ", (uint64_t)usage.ru_maxrss);
}
