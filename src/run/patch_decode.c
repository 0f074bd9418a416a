/* SPDX-License-Identifier: MIT */
/*
 * Which instructions around a system call may be overwritten and moved. Takes
 * bytes and gives a plan: reads nothing else, and writes no code.
 */
#include "run/patch_parts.h"

#include "base/mem.h"

#include <Zydis/Zydis.h>
#include <errno.h>

static ZydisDecoder decoder; /* constant after init */

static inline uint64_t end_of(const struct eg_patch_code *code)
{
	return code->address + code->n;
}

/* The instruction of @code at @address. */
static bool decode(const struct eg_patch_code *code, uint64_t address,
		   ZydisDecodedInstruction *ret)
{
	size_t at = address - code->address;

	return ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(
		&decoder, NULL, code->bytes + at, code->n - at, ret));
}

/* Every first use of a function of another library resolves its symbol, which
 * takes locks and a deep stack: done here, not in a signal handler. */
int eg__patch_decode_init(void)
{
	static const uint8_t nop = 0x90;
	const struct eg_patch_code code = { &nop, 0, 1 };
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction i;

	if (!ZYAN_SUCCESS(ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64,
					   ZYDIS_STACK_WIDTH_64)) ||
	    !ZYAN_SUCCESS(
		    ZydisDecoderDecodeFull(&decoder, &nop, 1, &i, operands)) ||
	    ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64,
					     ZYDIS_REGISTER_EAX) !=
		    ZYDIS_REGISTER_RAX)
		return -ENOSYS;
	return decode(&code, 0, &i) ? 0 : -ENOSYS;
}

static bool is_branch(const ZydisDecodedInstruction *i)
{
	return i->meta.category == ZYDIS_CATEGORY_COND_BR ||
	       i->meta.category == ZYDIS_CATEGORY_UNCOND_BR;
}

/* A branch or call whose target is in the instruction: where it leads. */
static bool has_target(const ZydisDecodedInstruction *i, uint64_t address,
		       uint64_t *ret)
{
	if (!i->raw.imm[0].is_relative)
		return false;
	*ret = address + i->length + i->raw.imm[0].value.u;
	return true;
}

static bool is_rip_relative(const ZydisDecodedInstruction *i)
{
	return i->attributes & ZYDIS_ATTRIB_HAS_MODRM &&
	       i->raw.modrm.mod == 0 && i->raw.modrm.rm == 5;
}

/* Whether @i does the same wherever it stands. */
static bool is_movable(const ZydisDecodedInstruction *i)
{
	switch (i->meta.category) {
	case ZYDIS_CATEGORY_COND_BR:
	case ZYDIS_CATEGORY_UNCOND_BR:
	case ZYDIS_CATEGORY_CALL:
	case ZYDIS_CATEGORY_RET:
	case ZYDIS_CATEGORY_SYSCALL:
	case ZYDIS_CATEGORY_SYSRET:
	case ZYDIS_CATEGORY_SYSTEM:
	case ZYDIS_CATEGORY_INTERRUPT:
	case ZYDIS_CATEGORY_CET: /* endbr64: branches lead there */
		return false;
	default:
		/* int3, ud2: debuggers know them by their address. */
		return !i->raw.imm[0].is_relative &&
		       i->mnemonic != ZYDIS_MNEMONIC_UD2;
	}
}

/* How many bytes from @address on make room for a jump at @site; 0: none. */
static uint8_t measure_tail(const struct eg_patch_code *f, uint64_t site)
{
	uint64_t at = site + EG_PATCH_SYSCALL_BYTES;
	ZydisDecodedInstruction i;

	while (at < site + EG_PATCH_JUMP_BYTES) {
		if (at >= end_of(f) || !decode(f, at, &i) || !is_movable(&i))
			return 0;
		at += i.length;
	}
	return (uint8_t)(at - site - EG_PATCH_SYSCALL_BYTES);
}

/* Whether the instruction at @address uses the result of a system call. */
static bool reads_rax(const struct eg_patch_code *f, uint64_t address)
{
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	size_t at = address - f->address;
	ZydisDecodedInstruction i;

	if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, f->bytes + at,
						 f->n - at, &i, operands)))
		return false;
	for (int k = 0; k < i.operand_count; k++) {
		if (operands[k].type == ZYDIS_OPERAND_TYPE_REGISTER &&
		    operands[k].actions & ZYDIS_OPERAND_ACTION_MASK_READ &&
		    ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64,
						     operands[k].reg.value) ==
			    ZYDIS_REGISTER_RAX)
			return true;
	}
	return false;
}

/* The last instructions before the site, the nearest first: their lengths, 0 for
 * one that cannot be moved. More are never needed. */
enum { BEFORE = 3 };

/* What one pass over a function finds. */
struct survey {
	bool has_site;	/* an instruction begins there */
	bool has_end;	/* and behind the tail */
	bool has_table; /* a jump to a computed address */
	uint8_t before[BEFORE];
};

static int survey(const struct eg_patch_code *f, uint64_t site, uint64_t end,
		  struct survey *ret)
{
	ZydisDecodedInstruction i;
	uint64_t target;

	*ret = (struct survey){ .has_end = end == end_of(f) };
	for (uint64_t at = f->address; at < end_of(f); at += i.length) {
		if (!decode(f, at, &i))
			return -EINVAL;
		ret->has_site |= at == site;
		ret->has_end |= at == end;
		ret->has_table |= is_branch(&i) && !has_target(&i, at, &target);
		if (at >= site)
			continue;
		for (int k = BEFORE - 1; k > 0; k--)
			ret->before[k] = ret->before[k - 1];
		ret->before[0] = is_movable(&i) ? i.length : 0;
	}
	return 0;
}

/* How many bytes before the site make room for a jump, that of the system call
 * added if they are few; 0: none. Where there are jumps through a table, one of
 * them might lead between two instructions: there it must be a single one. */
static uint8_t measure_front(const struct survey *s)
{
	uint8_t bytes = 0;

	if (s->has_table)
		return s->before[0] >= EG_PATCH_JUMP_BYTES ? s->before[0] : 0;
	for (int k = 0; k < BEFORE && s->before[k]; k++) {
		bytes = (uint8_t)(bytes + s->before[k]);
		if (bytes + EG_PATCH_SYSCALL_BYTES >= EG_PATCH_JUMP_BYTES)
			return bytes;
	}
	return 0;
}

/* The branches that leave the function; false if they are too many. */
static bool list_outside(const struct eg_patch_code *f,
			 struct eg_patch_plan *plan)
{
	ZydisDecodedInstruction i;
	uint64_t target;

	for (uint64_t at = f->address; at < end_of(f); at += i.length) {
		if (!decode(f, at, &i) || !is_branch(&i) ||
		    !has_target(&i, at, &target) || target - f->address < f->n)
			continue;
		if (plan->outside_n &&
		    plan->outside[plan->outside_n - 1] == target)
			continue;
		if (plan->outside_n == EG_PATCH_OUTSIDE_MAX)
			return false;
		plan->outside[plan->outside_n++] = target;
	}
	return true;
}

/*
 * Branches with a fixed target are all seen. Jumps through a table are not
 * followed: their targets are labels of the source, and for one to lie behind a
 * system call, control must fall into the label from there as well. What
 * follows a label that is reached both ways does not begin by using the result
 * of the one system call, so in functions with such jumps only code that does
 * is moved.
 */
static bool may_move_tail(const struct eg_patch_code *f, uint64_t site,
			  uint64_t end, const struct survey *s)
{
	return s->has_end &&
	       (!s->has_table || reads_rax(f, site + EG_PATCH_SYSCALL_BYTES)) &&
	       !eg__patch_leads_into(f, site + 1, end);
}

int eg__patch_plan(const struct eg_patch_code *function, uint64_t site,
		   struct eg_patch_plan *ret)
{
	struct survey s;
	uint64_t end;
	uint8_t tail, front;

	ret->tail_bytes = 0;
	ret->front_bytes = 0;
	ret->outside_n = 0;
	if (site - function->address >= function->n)
		return -EINVAL;
	tail = measure_tail(function, site);
	end = site + EG_PATCH_SYSCALL_BYTES + tail;
	if (survey(function, site, end, &s) < 0 || !s.has_site)
		return -EINVAL;
	if (tail && may_move_tail(function, site, end, &s) &&
	    list_outside(function, ret))
		ret->tail_bytes = tail;
	front = measure_front(&s);
	if (front && !eg__patch_leads_into(function, site - front + 1,
					   eg__patch_front_end(site, front)))
		ret->front_bytes = front;
	return 0;
}

bool eg__patch_leads_into(const struct eg_patch_code *code, uint64_t from,
			  uint64_t to)
{
	ZydisDecodedInstruction i;
	uint64_t target;

	for (uint64_t at = code->address; at < end_of(code); at += i.length) {
		if (!decode(code, at, &i))
			return true;
		if (has_target(&i, at, &target) && target >= from &&
		    target < to)
			return true;
	}
	return false;
}

int eg__patch_move(const struct eg_patch_code *code, uint8_t *to,
		   uint64_t address)
{
	ZydisDecodedInstruction i;
	int64_t moved;
	int32_t value;
	size_t k;

	eg__memcpy(to, code->bytes, code->n);
	for (uint64_t at = code->address; at < end_of(code); at += i.length) {
		if (!decode(code, at, &i))
			return -EINVAL;
		if (!is_rip_relative(&i))
			continue;
		moved = i.raw.disp.value + (int64_t)(code->address - address);
		value = (int32_t)moved;
		if (value != moved)
			return -ERANGE;
		k = at - code->address + i.raw.disp.offset;
		eg__memcpy(to + k, &value, sizeof(value));
	}
	return 0;
}
