/* SPDX-License-Identifier: MIT */
/*
 * Reads an ELF file with libelf, and refuses what evergreen run cannot serve.
 * Does not look at the machine, nor at who owns the file.
 */
#include "cli/check_elf.h"
#include "cli/cli.h"

#include <gelf.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

static const char system_loader[] = "/lib64/ld-linux-x86-64.so.2";

static int refuse(const char *path, const char *why)
{
	cli_complain("%s: %s", path, why);
	return CLI_FAILED;
}

/* False if there is no segment of this type. */
static bool find_segment(Elf *elf, GElf_Word type, GElf_Phdr *ret_segment)
{
	GElf_Phdr segment;
	size_t count;

	if (elf_getphdrnum(elf, &count) < 0)
		return false;
	for (int i = 0; i < (int)count; i++) {
		if (gelf_getphdr(elf, i, &segment) && segment.p_type == type) {
			*ret_segment = segment;
			return true;
		}
	}
	return false;
}

static Elf_Data *read_segment(Elf *elf, const GElf_Phdr *segment, Elf_Type type)
{
	return elf_getdata_rawchunk(elf, (int64_t)segment->p_offset,
				    segment->p_filesz, type);
}

/* A shared library has no loader either, but nobody starts it. */
static bool is_position_independent_program(Elf *elf)
{
	GElf_Phdr segment;
	Elf_Data *data;
	GElf_Dyn entry;

	if (!find_segment(elf, PT_DYNAMIC, &segment))
		return false;
	data = read_segment(elf, &segment, ELF_T_DYN);
	for (int i = 0; data && gelf_getdyn(data, i, &entry); i++)
		if (entry.d_tag == DT_FLAGS_1)
			return entry.d_un.d_val & DF_1_PIE;
	return false;
}

static int refuse_without_loader(const char *path, Elf *elf, GElf_Half type)
{
	if (type == ET_EXEC)
		return refuse(path, "it is statically linked, so nothing can "
				    "be loaded into it; link it dynamically");
	if (is_position_independent_program(elf))
		return refuse(path, "it is statically linked (static-pie), so "
				    "nothing can be loaded into it; link it "
				    "dynamically");
	return refuse(path, "it is a shared library; name the program that "
			    "uses it");
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat at_a, at_b;

	return stat(a, &at_a) == 0 && stat(b, &at_b) == 0 &&
	       at_a.st_dev == at_b.st_dev && at_a.st_ino == at_b.st_ino;
}

/* The loader is half of a libc: with the system's, the program gets the
 * system's glibc, whose version is checked. */
static int check_loader(const char *path, Elf *elf, GElf_Half type)
{
	GElf_Phdr segment;
	Elf_Data *data;
	const char *loader;

	if (!find_segment(elf, PT_INTERP, &segment))
		return refuse_without_loader(path, elf, type);
	data = read_segment(elf, &segment, ELF_T_BYTE);
	if (!data || !data->d_size || data->d_size > PATH_MAX ||
	    !memchr(data->d_buf, '\0', data->d_size))
		return refuse(path, "it names no valid loader; the file is "
				    "damaged");
	loader = data->d_buf;
	if (strcmp(loader, system_loader) == 0 ||
	    is_same_file(loader, system_loader))
		return 0;
	cli_complain("%s: it uses another libc (%s, %s); build it against "
		     "this system's glibc",
		     path, strstr(loader, "musl") ? "musl" : "not glibc's",
		     loader);
	return CLI_FAILED;
}

static bool is_any_note_of_go(Elf_Data *notes)
{
	size_t at = 0, name, contents;
	const char *text = notes->d_buf;
	GElf_Nhdr note;

	while ((at = gelf_getnote(notes, at, &note, &name, &contents)) > 0)
		if (note.n_namesz >= sizeof("Go") &&
		    memcmp(text + name, "Go", sizeof("Go")) == 0)
			return true;
	return false;
}

static bool has_note_of_go(Elf *elf)
{
	GElf_Phdr segment;
	Elf_Data *notes;
	size_t count;

	if (elf_getphdrnum(elf, &count) < 0)
		return false;
	for (int i = 0; i < (int)count; i++) {
		if (!gelf_getphdr(elf, i, &segment) ||
		    segment.p_type != PT_NOTE)
			continue;
		notes = read_segment(elf, &segment,
				     segment.p_align == 8 ? ELF_T_NHDR8
							  : ELF_T_NHDR);
		if (notes && is_any_note_of_go(notes))
			return true;
	}
	return false;
}

/* Go's linker can leave the note out, but not these. */
static bool has_section_of_go(Elf *elf)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	const char *name;
	size_t names;

	if (elf_getshdrstrndx(elf, &names) < 0)
		return false;
	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header))
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		if (name && (strcmp(name, ".note.go.buildid") == 0 ||
			     strcmp(name, ".go.buildinfo") == 0))
			return true;
	}
	return false;
}

static int check_headers(const char *path, Elf *elf)
{
	GElf_Ehdr header;
	int r;

	/* What is no program at all, execve(2) refuses too. */
	if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header)) {
		cli_complain("%s: it is neither a binary nor a script that "
			     "begins with #!",
			     path);
		return CLI_CANNOT_EXEC;
	}
	if (header.e_machine != EM_X86_64 ||
	    header.e_ident[EI_CLASS] != ELFCLASS64)
		return refuse(path, "it is not for x86-64; build it for that");
	if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
		return refuse(path, "it is an object file, not a program; "
				    "link it");
	r = check_loader(path, elf, header.e_type);
	if (r == 0 && (has_note_of_go(elf) || has_section_of_go(elf)))
		r = refuse(path, "it is written in Go, whose runtime has green "
				 "threads of its own; run it plain");
	return r;
}

int cli_check_elf(const char *path, int fd)
{
	Elf *elf;
	int r;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return refuse(path, "libelf is too old to read it");
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf)
		return refuse(path, elf_errmsg(-1));
	r = check_headers(path, elf);
	elf_end(elf);
	return r;
}
