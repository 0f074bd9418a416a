/* SPDX-License-Identifier: MIT */
/*
 * What is said of a run: its text, which is the same in each run of one seed,
 * so that no address stands in it; and how it is printed.
 */
#include "test/test.h"

#include "base/log.h"
#include "core/park.h"

#include <evergreen/error.h>

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const order_names[] = {
	[EG_ORDER_MIXED] = "mixed",
	[EG_ORDER_RANDOM] = "random",
	[EG_ORDER_RANKED] = "ranked",
	[EG_ORDER_FIFO] = "first in, first out",
};

void eg__test_note(struct eg_test *t, uint32_t found, const char *format, ...)
{
	char *end = t->report->text + t->text_len;
	size_t room = EG_TEST_TEXT_MAX - t->text_len;
	va_list args;
	int len;

	if (t->is_over)
		return;
	t->report->found |= found;
	va_start(args, format);
	len = vsnprintf(end, room, format, args);
	va_end(args);
	/* A line that does not fit is left out, whole. */
	if (len < 0 || (size_t)len + 2 > room) {
		*end = '\0';
		return;
	}
	memcpy(end + len, "\n", 2);
	t->text_len += (size_t)len + 1;
}

/* Objects have numbers, in the order in which they appear; 0: too many. */
static int number_of(struct eg_test *t, const void *object)
{
	for (int i = 0; i < EG_TEST_OBJECTS_MAX; i++) {
		if (!t->objects[i])
			t->objects[i] = object;
		if (t->objects[i] == object)
			return i + 1;
	}
	return 0;
}

/* Where code is, as addr2line(1) takes it. */
static void describe_place(const void *code, char *text, size_t size)
{
	const char *slash;
	Dl_info info;

	if (!dladdr(code, &info) || !info.dli_fname) {
		eg__format(text, size, "an unknown place");
		return;
	}
	slash = strrchr(info.dli_fname, '/');
	eg__format(text, size, "%s+0x%" PRIxPTR,
		   slash ? slash + 1 : info.dli_fname,
		   (uintptr_t)code - (uintptr_t)info.dli_fbase);
}

/* Whose frames an object lies in, or which fiber it is. */
struct owner {
	const char *object;
	const struct eg_fiber *fiber;  /* the object itself */
	const struct eg_fiber *frames; /* of whose it is a part */
};

static void look_for_owner(struct eg_stack *s, void *arg)
{
	const struct eg_fiber *f = eg__fiber_of_stack(s);
	struct owner *o = arg;

	if (o->object == (const char *)f)
		o->fiber = f;
	else if (o->object >= s->lo && o->object < (const char *)f)
		o->frames = f;
}

static struct owner find_owner(struct eg_hub *hub, const void *object)
{
	struct owner o = { .object = object };

	eg__stack_pool_each(&hub->stacks, look_for_owner, &o);
	for (int i = 0; i < EG_STACK_CLASSES; i++)
		for (struct eg_stack *s = hub->stacks.free[i]; s;
		     s = s->next_free)
			look_for_owner(s, &o);
	return o;
}

static bool has_ended(const struct eg_fiber *f)
{
	return !f->stack.is_in_use || f->state == EG_FIBER_DEAD;
}

bool eg__test_is_dangling(struct eg_test *t, const struct eg_fiber *f)
{
	const struct eg_waiter *w = &f->wait;
	struct owner o;

	if (f->state != EG_FIBER_PARKED || !w->object || w->kind->is_number)
		return false;
	o = find_owner(t->hub, w->object);
	return o.frames && has_ended(o.frames);
}

/* " waits for mutex #1" */
static void describe_wait(struct eg_test *t, const struct eg_fiber *f,
			  char *text, size_t size)
{
	const struct eg_waiter *w = &f->wait;
	struct owner o;

	if (!w->object) {
		eg__format(text, size, "waits for %s", w->kind->what);
		return;
	}
	if (w->kind->is_number) {
		eg__format(text, size, "waits for %s %ld", w->kind->what,
			   (long)(intptr_t)w->object);
		return;
	}
	o = find_owner(t->hub, w->object);
	if (o.fiber) {
		eg__format(text, size, "waits for %s of fiber %" PRIu64 " '%s'",
			   w->kind->what, o.fiber->id, o.fiber->name);
		return;
	}
	eg__format(text, size, "waits for %s #%d", w->kind->what,
		   number_of(t, w->object));
	if (eg__test_is_dangling(t, f)) {
		size_t len = strlen(text);

		t->report->found |= EG_FOUND_DANGLING;
		eg__format(text + len, size - len,
			   ", in the frames of a fiber that has ended");
	}
}

static void describe_state(struct eg_test *t, const struct eg_fiber *f,
			   char *text, size_t size)
{
	switch (f->state) {
	case EG_FIBER_PARKED:
		describe_wait(t, f, text, size);
		break;
	case EG_FIBER_NEW:
		eg__format(text, size, "has not started");
		break;
	case EG_FIBER_DEAD:
		eg__format(text, size, "has ended");
		break;
	default:
		eg__format(text, size, "can run");
	}
}

struct fibers {
	struct eg_test *t;
	uint32_t found;
	uint32_t states;
};

static void note_fiber(struct eg_stack *s, void *arg)
{
	const struct eg_fiber *f = eg__fiber_of_stack(s);
	const struct fibers *fibers = arg;
	char state[160], place[96];

	if (f->flags & EG_FIBER_IS_IDLE || !(fibers->states & 1u << f->state))
		return;
	describe_state(fibers->t, f, state, sizeof(state));
	if (f == fibers->t->main) {
		eg__test_note(fibers->t, fibers->found,
			      "  fiber %" PRIu64 " '%s' %s", f->id, f->name,
			      state);
		return;
	}
	describe_place(f->spawned_at, place, sizeof(place));
	eg__test_note(fibers->t, fibers->found,
		      "  fiber %" PRIu64 " '%s' %s, spawned at %s", f->id,
		      f->name, state, place);
}

void eg__test_note_fibers(struct eg_test *t, uint32_t found, uint32_t states)
{
	struct fibers fibers = { t, found, states };

	eg__stack_pool_each(&t->hub->stacks, note_fiber, &fibers);
}

/* Printing */

static int write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	for (; len; text += n, len -= (size_t)n) {
		n = write(fd, text, len);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return -errno < 0 ? -errno : -EIO;
	}
	return 0;
}

static const char *order_name(uint32_t order)
{
	return order <= EG_ORDER_FIFO ? order_names[order] : "unknown";
}

int eg_test_report_print(const eg_test_report *report, int fd)
{
	char text[EG_TEST_TEXT_MAX + 512];
	int len;

	if (!report || report->size != sizeof(*report))
		return -EINVAL;
	if (!report->found)
		len = snprintf(text, sizeof(text),
			       "nothing found in %" PRIu64
			       " runs; the last: seed %" PRIu64 ", %" PRIu64
			       " switches\n",
			       report->runs, report->seed, report->switches);
	else
		len = snprintf(text, sizeof(text),
			       "%.*sfound in run %" PRIu64
			       ", order %s, after %" PRIu64
			       " switches and %" PRId64 " us\n"
			       "EG_TEST_SEED=%" PRIu64 " repeats it\n",
			       EG_TEST_TEXT_MAX, report->text, report->runs,
			       order_name(report->order), report->switches,
			       report->time / 1000, report->seed);
	return write_all(fd, text, (size_t)len);
}
