/* SPDX-License-Identifier: MIT */
/*
 * What may be overwritten around a system call: functions as bytes, and the
 * plan for each. That the code still does the same afterwards is tested where
 * it runs (tests/run).
 */
#include "run/patch_parts.h"

#include "egt.h"

#include <errno.h>
#include <string.h>

enum { ADDRESS = 0x10000, BYTES_MAX = 48 };

/* Pieces of code. */
#define SYSCALL 0x0f, 0x05
#define CMP_RESULT 0x48, 0x3d, 0x00, 0xf0, 0xff, 0xff /* cmp $-4096, %rax */
#define MOV_NUMBER 0xb8, 0x27, 0x00, 0x00, 0x00	      /* mov $39, %eax */
#define MOV_NUMBER_LONG 0x48, 0xc7, 0xc0, 0x27, 0x00, 0x00, 0x00
#define XOR_EDI 0x31, 0xff
#define MOV_EDX_EAX 0x89, 0xd0
#define TEST_RAX 0x48, 0x85, 0xc0
#define RET 0xc3
#define NOP 0x90
#define JMP_TABLE 0x3e, 0xff, 0xe2 /* notrack jmp *%rdx */
#define MOV_RCX_RIP 0x48, 0x8b, 0x0d, 0x10, 0x00, 0x00, 0x00
#define MOV_RDI_RDX 0x48, 0x89, 0xfa

static const struct {
	const char *name;
	uint8_t code[BYTES_MAX];
	uint8_t n;
	uint8_t site;
	int r;
	uint8_t tail;
	uint8_t front;
	uint8_t outside;
} cases[] = {
	{ "the usual: number before, comparison behind",
	  { MOV_NUMBER, SYSCALL, CMP_RESULT, RET },
	  14,
	  5,
	  0,
	  6,
	  5,
	  0 },
	{ "a tail of three bytes is enough",
	  { MOV_EDX_EAX, SYSCALL, TEST_RAX, RET },
	  8,
	  2,
	  0,
	  3,
	  0,
	  0 },
	{ "nothing but a return behind",
	  { MOV_NUMBER, SYSCALL, RET },
	  8,
	  5,
	  0,
	  0,
	  5,
	  0 },
	{ "a long number",
	  { MOV_NUMBER_LONG, SYSCALL, RET },
	  10,
	  7,
	  0,
	  0,
	  7,
	  0 },
	{ "two short ones before, and the call",
	  { XOR_EDI, MOV_EDX_EAX, SYSCALL, RET },
	  7,
	  4,
	  0,
	  0,
	  4,
	  0 },
	{ "too little on both sides",
	  { MOV_EDX_EAX, SYSCALL, RET },
	  5,
	  2,
	  0,
	  0,
	  0,
	  0 },
	{ "a branch leads behind the call",
	  { MOV_NUMBER, SYSCALL, CMP_RESULT, 0x74, 0xf8, RET },
	  16,
	  5,
	  0,
	  0,
	  5,
	  0 },
	{ "a branch leads to the call: it stays there",
	  { MOV_NUMBER, SYSCALL, RET, 0x74, 0xfb },
	  10,
	  5,
	  0,
	  0,
	  5,
	  0 },
	{ "a branch leads to the call, which would be overwritten",
	  { XOR_EDI, MOV_EDX_EAX, SYSCALL, RET, 0x74, 0xfb },
	  9,
	  4,
	  0,
	  0,
	  0,
	  0 },
	{ "a branch leads to the jump itself",
	  { MOV_NUMBER, SYSCALL, CMP_RESULT, 0x74, 0xf6, RET },
	  16,
	  5,
	  0,
	  6,
	  5,
	  0 },
	{ "a branch leads into an instruction before the call",
	  { MOV_NUMBER, SYSCALL, RET, 0x74, 0xf9 },
	  10,
	  5,
	  0,
	  0,
	  0,
	  0 },
	{ "a call leads behind the call",
	  { MOV_NUMBER, SYSCALL, CMP_RESULT, 0xe8, 0xf5, 0xff, 0xff, 0xff },
	  18,
	  5,
	  0,
	  0,
	  5,
	  0 },
	{ "a branch behind cannot be moved",
	  { MOV_NUMBER, SYSCALL, 0x74, 0x01, NOP, RET },
	  11,
	  5,
	  0,
	  0,
	  5,
	  0 },
	{ "another system call behind",
	  { MOV_NUMBER, SYSCALL, NOP, SYSCALL, RET },
	  11,
	  5,
	  0,
	  0,
	  5,
	  0 },
	{ "endbr64 behind: something jumps there",
	  { MOV_NUMBER, SYSCALL, 0xf3, 0x0f, 0x1e, 0xfa, RET },
	  12,
	  5,
	  0,
	  0,
	  5,
	  0 },
	{ "a tail that addresses relative to itself",
	  { MOV_NUMBER, SYSCALL, MOV_RCX_RIP, RET },
	  15,
	  5,
	  0,
	  7,
	  5,
	  0 },
	{ "a jump table, and what follows uses the result",
	  { JMP_TABLE, MOV_NUMBER, SYSCALL, CMP_RESULT, RET },
	  17,
	  8,
	  0,
	  6,
	  5,
	  0 },
	{ "a jump table, and what follows might be a case",
	  { JMP_TABLE, MOV_NUMBER, SYSCALL, MOV_RDI_RDX, RET },
	  14,
	  8,
	  0,
	  0,
	  5,
	  0 },
	{ "a jump table, which might lead between two instructions",
	  { JMP_TABLE, XOR_EDI, MOV_EDX_EAX, SYSCALL, RET },
	  10,
	  7,
	  0,
	  0,
	  0,
	  0 },
	{ "a branch out of the function is reported",
	  { 0x0f, 0x84, 0x00, 0x01, 0x00, 0x00, MOV_NUMBER, SYSCALL, CMP_RESULT,
	    RET },
	  20,
	  11,
	  0,
	  6,
	  5,
	  1 },
	{ "the function ends within the tail",
	  { MOV_NUMBER, SYSCALL, NOP, NOP },
	  9,
	  5,
	  0,
	  0,
	  5,
	  0 },
	{ "no instruction begins at the site",
	  { 0xb8, 0x00, SYSCALL, 0x00, RET },
	  6,
	  2,
	  -EINVAL,
	  0,
	  0,
	  0 },
	{ "bytes that are no instruction",
	  { 0x06, MOV_NUMBER, SYSCALL, RET },
	  9,
	  6,
	  -EINVAL,
	  0,
	  0,
	  0 },
};

EG_TEST_PLAIN(run_patch_plans_what_is_safe)
{
	struct eg_patch_plan plan;

	egt_eq(eg__patch_decode_init(), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct eg_patch_code code = { cases[i].code, ADDRESS,
					      cases[i].n };

		egt_case(cases[i].name);
		egt_eq(eg__patch_plan(&code, ADDRESS + cases[i].site, &plan),
		       cases[i].r);
		if (cases[i].r)
			continue;
		egt_eq(plan.tail_bytes, cases[i].tail);
		egt_eq(plan.front_bytes, cases[i].front);
		if (cases[i].tail)
			egt_eq(plan.outside_n, cases[i].outside);
	}
}

EG_TEST_PLAIN(run_patch_plans_nothing_outside_of_a_function)
{
	static const uint8_t bytes[] = { MOV_NUMBER, SYSCALL, RET };
	struct eg_patch_code code = { bytes, ADDRESS, sizeof(bytes) };
	struct eg_patch_plan plan;

	egt_eq(eg__patch_decode_init(), 0);
	egt_eq(eg__patch_plan(&code, ADDRESS - 1, &plan), -EINVAL);
	egt_eq(eg__patch_plan(&code, ADDRESS + sizeof(bytes), &plan), -EINVAL);
}

/* Moved code means the same memory as before. */
EG_TEST_PLAIN(run_patch_moves_relative_operands)
{
	static const uint8_t bytes[] = { TEST_RAX, MOV_RCX_RIP, XOR_EDI };
	struct eg_patch_code code = { bytes, ADDRESS, sizeof(bytes) };
	uint8_t moved[sizeof(bytes)];
	int32_t displacement;

	egt_eq(eg__patch_decode_init(), 0);
	egt_eq(eg__patch_move(&code, moved, ADDRESS - 0x1000), 0);
	memcpy(&displacement, moved + 6, sizeof(displacement));
	egt_eq(displacement, 0x1010);
	memcpy(moved + 6, bytes + 6, sizeof(displacement));
	egt_eq(memcmp(moved, bytes, sizeof(bytes)), 0);
	egt_eq(eg__patch_move(&code, moved, ADDRESS + (INT64_C(1) << 32)),
	       -ERANGE);
}

EG_TEST_PLAIN(run_patch_finds_branches_into_a_range)
{
	/* jmp over a nop to the nop behind it */
	static const uint8_t bytes[] = { 0xeb, 0x01, NOP, NOP, RET };
	struct eg_patch_code code = { bytes, ADDRESS, sizeof(bytes) };

	egt_eq(eg__patch_decode_init(), 0);
	egt_true(eg__patch_leads_into(&code, ADDRESS + 3, ADDRESS + 4));
	egt_true(!eg__patch_leads_into(&code, ADDRESS + 2, ADDRESS + 3));
	egt_true(!eg__patch_leads_into(&code, ADDRESS + 4, ADDRESS + 5));
}
