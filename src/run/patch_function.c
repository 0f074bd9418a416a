/* SPDX-License-Identifier: MIT */
/*
 * Where a function begins and ends, from the unwind tables of its object
 * (.eh_frame_hdr, .eh_frame). Knows the encodings that linkers for x86-64
 * write; everything else is "not found".
 */
#include "run/patch_parts.h"

#include "base/mem.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>

/* DW_EH_PE_*: the formats, and what the value is relative to. */
enum {
	PE_ABSOLUTE = 0x00,
	PE_UDATA4 = 0x03,
	PE_UDATA8 = 0x04,
	PE_SDATA4 = 0x0b,
	PE_SDATA8 = 0x0c,
	PE_FORMAT = 0x0f,
	PE_PC_SDATA4 = 0x1b,
	PE_TABLE_SDATA4 = 0x3b, /* relative to .eh_frame_hdr */
};

enum { UNDESCRIBED_MAX = 64 }; /* bytes */

/* .eh_frame_hdr, as ld and lld write it; sorted by @start. */
struct frame_entry {
	int32_t start;
	int32_t fde;
};

struct frame_header {
	uint8_t version;
	uint8_t frame_encoding;
	uint8_t count_encoding;
	uint8_t table_encoding;
	int32_t frame;
	uint32_t n;
	struct frame_entry entries[];
};

/* libc's: takes no lock, so a signal handler may. NULL before glibc 2.35. */
static int (*find_object)(void *address, struct dl_find_object *ret);

int eg__patch_function_init(void)
{
	struct dl_find_object object;

	*(void **)&find_object = dlsym(RTLD_DEFAULT, "_dl_find_object");
	if (!find_object)
		return -ENOSYS;
	/* Resolves what the first call resolves. */
	find_object((void *)&eg__patch_function_init, &object);
	return 0;
}

static int32_t read_s32(const uint8_t *p)
{
	int32_t v;

	eg__memcpy(&v, p, sizeof(v));
	return v;
}

static const uint8_t *skip_leb128(const uint8_t *p)
{
	while (*p & 0x80)
		p++;
	return p + 1;
}

static size_t encoded_bytes(uint8_t encoding)
{
	switch (encoding & PE_FORMAT) {
	case PE_UDATA4:
	case PE_SDATA4:
		return 4;
	case PE_ABSOLUTE:
	case PE_UDATA8:
	case PE_SDATA8:
		return 8;
	default:
		return 0;
	}
}

/* How the FDEs of the CIE at @cie encode addresses: bytes of one, or 0. */
static size_t address_bytes(const uint8_t *cie)
{
	const uint8_t *augmentation = cie + 9, *p = augmentation;
	size_t personality;

	/* length, id 0, version 1, then the augmentation's letters. */
	if (read_s32(cie + 4) != 0 || cie[8] != 1)
		return 0;
	while (*p)
		p++;
	p = skip_leb128(skip_leb128(p + 1)); /* alignment factors */
	p++;				     /* the return address's register */
	if (*augmentation != 'z')
		return encoded_bytes(PE_ABSOLUTE);
	p = skip_leb128(p);
	for (augmentation++; *augmentation; augmentation++) {
		switch (*augmentation) {
		case 'R':
			return encoded_bytes(*p);
		case 'L':
			p++;
			break;
		case 'P':
			personality = encoded_bytes(*p);
			if (!personality)
				return 0;
			p += 1 + personality;
			break;
		case 'S':
		case 'B':
			break;
		default:
			return 0;
		}
	}
	return encoded_bytes(PE_ABSOLUTE);
}

/* How many bytes of code the FDE at @fde describes, or 0. */
static uint64_t fde_covers(const uint8_t *fde)
{
	uint32_t length = (uint32_t)read_s32(fde);
	size_t bytes;
	uint64_t n;

	if (length == 0 || length == UINT32_MAX)
		return 0;
	bytes = address_bytes(fde + 4 - read_s32(fde + 4));
	if (bytes == 4)
		return (uint32_t)read_s32(fde + 12);
	if (bytes != 8)
		return 0;
	eg__memcpy(&n, fde + 16, sizeof(n));
	return n;
}

/* The last entry that begins at @offset or before, or NULL. */
static const struct frame_entry *find_entry(const struct frame_header *h,
					    int64_t offset)
{
	uint32_t low = 0, high = h->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (h->entries[middle].start <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &h->entries[low - 1] : NULL;
}

/* Whether [@start, @start + @n) of @o was mapped to be read and executed, and
 * nothing else: that is what is set again when it has been written. */
static bool is_plain_text(const struct dl_find_object *o, uint64_t start,
			  uint64_t n)
{
	const Elf64_Ehdr *e = o->dlfo_map_start;
	const Elf64_Phdr *p;
	uint64_t at;

	if (read_s32(e->e_ident) != read_s32((const uint8_t *)ELFMAG) ||
	    e->e_phentsize != sizeof(*p) || e->e_phoff > 4096)
		return false;
	p = (const void *)((const char *)e + e->e_phoff);
	for (int i = 0; i < e->e_phnum; i++) {
		at = start - (o->dlfo_link_map->l_addr + p[i].p_vaddr);
		if (p[i].p_type == PT_LOAD && at < p[i].p_memsz)
			return p[i].p_flags == (PF_R | PF_X) &&
			       n <= p[i].p_memsz - at;
	}
	return false;
}

int eg__patch_function(uint64_t address, struct eg_patch_code *ret)
{
	const struct frame_header *h;
	const struct frame_entry *entry;
	struct dl_find_object o;
	uint64_t start, n;

	if (find_object((void *)address, &o) != 0 || !o.dlfo_eh_frame)
		return -ENOENT;
	h = o.dlfo_eh_frame;
	if (h->version != 1 || h->frame_encoding != PE_PC_SDATA4 ||
	    h->count_encoding != PE_UDATA4 ||
	    h->table_encoding != PE_TABLE_SDATA4)
		return -ENOENT;
	entry = find_entry(h, (int64_t)(address - (uint64_t)h));
	if (!entry)
		return -ENOENT;
	start = (uint64_t)h + (uint64_t)(int64_t)entry->start;
	n = fde_covers((const uint8_t *)h + entry->fde);
	/* Where a child goes on by itself, as behind clone3, assembly ends the
	 * description before the function. */
	if (address - start >= n && address - start < n + UNDESCRIBED_MAX &&
	    entry + 1 < h->entries + h->n)
		n = (uint64_t)(entry[1].start - entry->start);
	if (address - start >= n || !is_plain_text(&o, start, n))
		return -ENOENT;
	*ret = (struct eg_patch_code){ (const uint8_t *)start, start, n };
	return 0;
}

int eg__patch_object(uint64_t address, uint64_t *ret_start, uint64_t *ret_end)
{
	struct dl_find_object o;

	if (find_object((void *)address, &o) != 0)
		return -ENOENT;
	*ret_start = (uint64_t)o.dlfo_map_start;
	*ret_end = (uint64_t)o.dlfo_map_end;
	return 0;
}
