/* SPDX-License-Identifier: MIT */
/*
 * Patching: which sites have been looked at, and the writing of the jump. What
 * may be overwritten is decided in patch_decode.c.
 */
#include "run/patch.h"

#include "base/mem.h"
#include "run/layer.h"
#include "run/patch_parts.h"

#include <linux/membarrier.h>

enum {
	JMP = 0xe9,
	NOP = 0x90,
	TABLE_MIN = 512,
	/* How far before and behind a site code is overwritten, at most. */
	FRONT_MAX = EG_PATCH_JUMP_BYTES - 1 + EG_PATCH_INSTRUCTION_MAX,
	TAIL_MAX = FRONT_MAX + EG_PATCH_SYSCALL_BYTES,
};

/* What is known of a site. */
struct site {
	uint64_t address; /* 0: this place is free */
	uint64_t entry;	  /* in its stub; 0: it cannot be patched */
	/* What was overwritten, with the jump first, and where its instructions
	 * before and behind the system call are now. */
	uint64_t from, to;
	uint64_t front_copy, tail_copy;
};

/* Open addressing; at most half full. */
static struct {
	struct site *places; /* owned pages */
	uint32_t n;	     /* of places, a power of two */
	uint32_t used;
	/* No site is known outside of [low, high). */
	uint64_t low, high;
	bool is_busy; /* a worker works on it: atomic */
} table = { .low = UINT64_MAX };

int eg__run_patch_init(void)
{
	int r = eg__patch_decode_init();

	if (r < 0)
		return r;
	r = eg__patch_function_init();
	if (r < 0)
		return r;
	table.places = eg__pages_get(TABLE_MIN * sizeof(*table.places));
	if (!table.places)
		return -ENOMEM;
	table.n = TABLE_MIN;
	/* What may be called only after being announced. */
	if (eg__hub_is_shared(eg__run.hub))
		return (int)eg__syscall3(
			SYS_membarrier,
			MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0,
			0);
	return 0;
}

/* The place of @address, or the free one where it belongs. */
static struct site *place_of(uint64_t address)
{
	uint32_t i = (uint32_t)(address * UINT64_C(0x9e3779b97f4a7c15) >> 32);

	for (;; i++) {
		struct site *s = &table.places[i & (table.n - 1)];

		if (!s->address || s->address == address)
			return s;
	}
}

/* Puts all but those in [@start, @end) into a table of @n places. */
static int rebuild(uint32_t n, uint64_t start, uint64_t end)
{
	struct site *old = table.places;
	struct site *places = eg__pages_get(n * sizeof(*places));
	uint32_t old_n = table.n;

	if (!places)
		return -ENOMEM;
	table.places = places;
	table.n = n;
	table.used = 0;
	table.low = UINT64_MAX;
	table.high = 0;
	for (uint32_t i = 0; i < old_n; i++) {
		struct site *s = &old[i];

		if (!s->address || (s->address >= start && s->address < end))
			continue;
		*place_of(s->address) = *s;
		table.used++;
		if (s->address < table.low)
			table.low = s->address;
		if (s->address >= table.high)
			table.high = s->address + 1;
	}
	eg__pages_put(old, old_n * sizeof(*old));
	return 0;
}

static void remember(const struct site *s)
{
	if (table.used >= table.n / 2 && rebuild(table.n * 2, 0, 0) < 0)
		return; /* looked at again the next time */
	*place_of(s->address) = *s;
	table.used++;
	if (s->address < table.low)
		table.low = s->address;
	if (s->address >= table.high)
		table.high = s->address + 1;
}

/*
 * Writes the jump at @from and fills up to @to. The bytes behind the system
 * call come first, then the two of the call itself by one store: whoever
 * executes this on another core finds the old call, which traps and finds the
 * stub, or the whole jump.
 */
static int write_jump(uint64_t from, uint64_t to, uint64_t target)
{
	uint8_t code[FRONT_MAX + EG_PATCH_SYSCALL_BYTES];
	uint32_t distance = (uint32_t)(target - from - EG_PATCH_JUMP_BYTES);
	size_t n = to - from;
	uint16_t head;
	int r;

	eg__memset(code, NOP, n);
	code[0] = JMP;
	eg__memcpy(code + 1, &distance, sizeof(distance));
	eg__memcpy(&head, code, sizeof(head));
	r = eg__patch_set_writable(from, n, true);
	if (r < 0)
		return r;
	eg__memcpy((uint8_t *)from + 2, code + 2, n - 2);
	if (eg__hub_is_shared(eg__run.hub))
		eg__syscall3(SYS_membarrier,
			     MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0);
	__asm__ volatile("movw %1, %0"
			 : "=m"(*(uint16_t *)from)
			 : "r"(head)
			 : "memory");
	/* Written it is, whatever this says. */
	eg__patch_set_writable(from, n, false);
	return 0;
}

/* Whether code outside of the function, to which it branches (its cold part,
 * most of all), branches back into [@from, @to). */
static bool is_reached_from_outside(const struct eg_patch_plan *plan,
				    uint64_t from, uint64_t to)
{
	struct eg_patch_code part;

	for (int i = 0; i < plan->outside_n; i++) {
		if (eg__patch_is_stub(plan->outside[i]))
			continue;
		if (eg__patch_function(plan->outside[i], &part) < 0 ||
		    part.n > EG_PATCH_FUNCTION_MAX ||
		    eg__patch_leads_into(&part, from, to))
			return true;
	}
	return false;
}

static struct eg_patch_code code_at(uint64_t address, size_t n)
{
	return (struct eg_patch_code){ (const uint8_t *)address, address, n };
}

/* Threads that stand where no instruction begins any more. */
static void move_threads(const struct site *s)
{
	uint64_t resume = s->address + EG_PATCH_SYSCALL_BYTES;

	if (s->from < s->address)
		eg__run_preempted_fix_ip(s->from, s->address, s->front_copy);
	if (s->to > s->address)
		eg__run_preempted_fix_ip(s->address, resume, s->entry);
	if (s->to > resume)
		eg__run_preempted_fix_ip(resume, s->to, s->tail_copy);
}

static int replace(struct site *s, uint8_t front_bytes, uint8_t tail_bytes)
{
	uint64_t resume = s->address + EG_PATCH_SYSCALL_BYTES;
	struct eg_patch_stub stub = {
		.front = code_at(s->address - front_bytes, front_bytes),
		.tail = code_at(resume, tail_bytes),
		.resume = resume,
		.back = resume + tail_bytes,
	};
	int r = eg__patch_stub_make(&stub);

	if (r < 0)
		return r;
	s->from = stub.front.address;
	s->to = tail_bytes ? stub.back
			   : eg__patch_front_end(s->address, front_bytes);
	s->front_copy = stub.first;
	s->tail_copy = stub.tail_copy;
	r = write_jump(s->from, s->to, stub.first);
	if (r < 0)
		return r;
	s->entry = stub.entry;
	move_threads(s);
	return 0;
}

static int patch(struct site *s)
{
	struct eg_patch_code function;
	struct eg_patch_plan plan;
	int r = eg__patch_function(s->address, &function);

	if (r < 0)
		return r;
	if (function.n > EG_PATCH_FUNCTION_MAX)
		return -EFBIG;
	r = eg__patch_plan(&function, s->address, &plan);
	if (r < 0)
		return r;
	/* Its bytes cannot be written at once: not under other cores. */
	if (eg__hub_is_shared(eg__run.hub))
		plan.front_bytes = 0;
	/* At best the call stays, for whoever has been there before. */
	if (plan.front_bytes >= EG_PATCH_JUMP_BYTES)
		return replace(s, plan.front_bytes, 0);
	if (plan.tail_bytes &&
	    !is_reached_from_outside(&plan, s->address + 1,
				     s->address + EG_PATCH_SYSCALL_BYTES +
					     plan.tail_bytes) &&
	    replace(s, 0, plan.tail_bytes) == 0)
		return 0;
	return plan.front_bytes ? replace(s, plan.front_bytes, 0) : -EINVAL;
}

/* Patches the site, unless it is known. */
static uint64_t look_up(uint64_t address)
{
	struct site s = *place_of(address);

	/* A known jump that is gone was replaced with all that is around it. */
	if (s.address && s.entry && *(const uint8_t *)s.from != JMP) {
		if (rebuild(table.n, address, address + 1) < 0)
			return 0;
		s.address = 0;
	}
	if (s.address)
		return s.entry;
	s = (struct site){ .address = address };
	if (patch(&s) == 0)
		eg__run.stats.sites++;
	else
		eg__run.stats.sites_refused++;
	remember(&s);
	return s.entry;
}

uint64_t eg__run_patch(uint64_t site, int64_t nr)
{
	uint64_t entry;

	/* Returns to a frame that a stub would have moved. */
	if (nr == SYS_rt_sigreturn)
		return 0;
	/* A trap must not wait: the one who works may be interrupted. */
	if (__atomic_exchange_n(&table.is_busy, true, __ATOMIC_ACQUIRE))
		return 0;
	entry = look_up(site);
	__atomic_store_n(&table.is_busy, false, __ATOMIC_RELEASE);
	return entry;
}

void eg__run_patch_function(const void *function)
{
	enum { LONG = 1024 };
	struct eg_patch_code code;

	if (eg__patch_function((uint64_t)function, &code) < 0)
		return;
	/* That it is an instruction is seen when the function is decoded. The
	 * number it will have is not known, and is not that of a return from
	 * a signal. */
	for (size_t i = 0; i + 1 < code.n && i < LONG; i++)
		if (code.bytes[i] == 0x0f && code.bytes[i + 1] == 0x05)
			eg__run_patch(code.address + i, -1);
}

uint64_t eg__run_patch_moved(uint64_t ip)
{
	if (eg_likely(ip + FRONT_MAX < table.low ||
		      ip >= table.high + TAIL_MAX))
		return ip;
	for (uint64_t a = ip - TAIL_MAX; a < ip + FRONT_MAX; a++) {
		const struct site *s = place_of(a);

		if (!s->entry || ip <= s->from || ip >= s->to)
			continue;
		if (ip < a)
			return s->front_copy + (ip - s->from);
		return ip == a ? s->entry
			       : s->tail_copy +
					 (ip - a - EG_PATCH_SYSCALL_BYTES);
	}
	return ip;
}

void eg__run_patch_forget(uint64_t start, uint64_t end)
{
	if (eg_likely(end <= table.low || start >= table.high))
		return;
	while (__atomic_exchange_n(&table.is_busy, true, __ATOMIC_ACQUIRE))
		__builtin_ia32_pause();
	/* Without memory, a jump that is gone is still found out. */
	(void)rebuild(table.n, start, end);
	__atomic_store_n(&table.is_busy, false, __ATOMIC_RELEASE);
}
