/* SPDX-License-Identifier: MIT */
/*
 * The list of robust locks of a thread is its own: set, asked for, and walked
 * at the end of that thread alone.
 */
#include "futexes.h"

struct entry {
	struct robust_list link;
	atomic_int word;
};

static struct entry first, second;
static atomic_int is_set, may_end;

static void *dies_with_locks(void *arg)
{
	static struct robust_list_head head;
	struct robust_list_head *got;
	size_t length;

	(void)arg;
	OK(syscall(SYS_get_robust_list, 0, &got, &length));
	CHECK_EQ(length, sizeof(*got));
	head.list.next = &first.link;
	first.link.next = &second.link;
	second.link.next = &head.list;
	head.futex_offset = offsetof(struct entry, word);
	first.word = gettid() | (int)FUTEX_WAITERS;
	second.word = gettid();
	OK(syscall(SYS_set_robust_list, &head, sizeof(head)));
	OK(syscall(SYS_get_robust_list, 0, &got, &length));
	CHECK(got == &head);
	CHECK_ERROR(syscall(SYS_set_robust_list, &head, 1), EINVAL);
	atomic_store(&is_set, 1);
	await(&may_end);
	return NULL;
}

static void *waits(void *arg)
{
	int seen = *(int *)arg;

	while ((first.word & (int)FUTEX_OWNER_DIED) == 0)
		if (futex(&first.word, FUTEX_WAIT, seen, NULL, NULL, 0) == -1)
			CHECK_EQ(errno, EAGAIN);
	return NULL;
}

static void *nothing(void *arg)
{
	return arg;
}

int main(void)
{
	pthread_t t = start(dies_with_locks, NULL), waiter;
	int value;

	await(&is_set);
	value = first.word;
	waiter = start(waits, &value);
	join(start(nothing, NULL));
	CHECK_EQ(first.word, value);
	settle();
	atomic_store(&may_end, 1);
	join(waiter);
	join(t);
	CHECK(second.word & (int)FUTEX_OWNER_DIED);
	CHECK_EQ(second.word & FUTEX_TID_MASK, 0);
	return ok();
}
