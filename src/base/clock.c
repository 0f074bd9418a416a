/* SPDX-License-Identifier: MIT */
/*
 * Finds clock_gettime in the vDSO once per process. The vDSO is an ELF image
 * that the kernel maps; its address is in the auxiliary vector (vdso(7)).
 */
#include "base/clock.h"

#include "base/mem.h"
#include "base/sys.h"

#include <elf.h>
#include <linux/auxvec.h>

typedef int clock_fn(int clock, struct timespec *ret);

/* NULL: not looked up yet. Any thread may store it; all store the same. */
static clock_fn *clock_gettime_fn;

static int by_system_call(int clock, struct timespec *ret)
{
	return eg__sys_clock_gettime(clock, ret);
}

static uintptr_t find_vdso(void)
{
	Elf64_auxv_t v[64];
	ssize_t n;
	int fd = (int)eg__raw_syscall(SYS_openat, AT_FDCWD,
				      (long)"/proc/self/auxv",
				      O_RDONLY | O_CLOEXEC, 0, 0, 0);

	if (fd < 0)
		return 0;
	n = eg__raw_syscall(SYS_read, fd, (long)v, sizeof(v), 0, 0, 0);
	eg__sys_close(fd);
	for (ssize_t i = 0; i < n / (ssize_t)sizeof(v[0]); i++)
		if (v[i].a_type == AT_SYSINFO_EHDR)
			return v[i].a_un.a_val;
	return 0;
}

struct vdso {
	uintptr_t bias; /* add to a symbol's value */
	const Elf64_Sym *symbols;
	const char *strings;
	size_t count;
};

/* The number of symbols: sysv hash tables say it, GNU ones do not. */
static size_t count_from_gnu_hash(const uint32_t *hash)
{
	const uint32_t *buckets = hash + 4 + hash[2] * 2;
	const uint32_t *chains = buckets + hash[0];
	uint32_t last = 0;

	for (uint32_t i = 0; i < hash[0]; i++)
		if (buckets[i] > last)
			last = buckets[i];
	if (last < hash[1])
		return last;
	while (!(chains[last - hash[1]] & 1))
		last++;
	return last + 1;
}

static void read_dynamic(struct vdso *v, const Elf64_Dyn *d)
{
	for (; d->d_tag != DT_NULL; d++) {
		const void *p = (const void *)(v->bias + d->d_un.d_ptr);

		if (d->d_tag == DT_SYMTAB)
			v->symbols = p;
		else if (d->d_tag == DT_STRTAB)
			v->strings = p;
		else if (d->d_tag == DT_HASH)
			v->count = ((const uint32_t *)p)[1];
		else if (d->d_tag == DT_GNU_HASH && !v->count)
			v->count = count_from_gnu_hash(p);
	}
}

static clock_fn *find_clock_gettime(uintptr_t base)
{
	const Elf64_Ehdr *e = (const Elf64_Ehdr *)base;
	const Elf64_Phdr *ph = (const Elf64_Phdr *)(base + e->e_phoff);
	const Elf64_Dyn *dynamic = NULL;
	struct vdso v = { 0 };

	for (int i = 0; i < e->e_phnum; i++) {
		if (ph[i].p_type == PT_LOAD)
			v.bias = base + ph[i].p_offset - ph[i].p_vaddr;
		if (ph[i].p_type == PT_DYNAMIC)
			dynamic = (const Elf64_Dyn *)(base + ph[i].p_offset);
	}
	if (!dynamic)
		return NULL;
	read_dynamic(&v, dynamic);
	for (size_t i = 0; v.symbols && v.strings && i < v.count; i++) {
		const char *name = v.strings + v.symbols[i].st_name;

		if (!eg__strcmp(name, "__vdso_clock_gettime") ||
		    !eg__strcmp(name, "__kernel_clock_gettime"))
			return (clock_fn *)(v.bias + v.symbols[i].st_value);
	}
	return NULL;
}

static EG_COLD clock_fn *look_up(void)
{
	uintptr_t base = find_vdso();
	clock_fn *fn = base ? find_clock_gettime(base) : NULL;

	fn = fn ? fn : by_system_call;
	__atomic_store_n(&clock_gettime_fn, fn, __ATOMIC_RELAXED);
	return fn;
}

int64_t eg__clock_now(void)
{
	clock_fn *fn = __atomic_load_n(&clock_gettime_fn, __ATOMIC_RELAXED);
	struct timespec now = { 0 };

	if (eg_unlikely(!fn))
		fn = look_up();
	fn(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}
