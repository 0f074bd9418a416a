/* SPDX-License-Identifier: MIT */
/*
 * What the files of the futex calls share: a call's arguments as the kernel
 * reads them, and the parts that more than one command is made of.
 */
#ifndef EG_RUN_FUTEX_CALLS_H
#define EG_RUN_FUTEX_CALLS_H

#include "run/futex.h"

#include <linux/futex.h>

/* FUTEX_LOCK_PI2 and the size flags of futex2, younger than some headers. */
enum {
	EG_RUN_FUTEX_COMMANDS = 14,
	EG_RUN_FUTEX2_SIZE_U32 = 0x02,
	EG_RUN_FUTEX2_PRIVATE = FUTEX_PRIVATE_FLAG,
};

struct eg_run_futex_args {
	const struct eg_run_call *call;
	struct eg_run_thread *thread;
	uint32_t *word;
	uint32_t *word2;
	uint32_t value; /* to be found in word; or how many to wake */
	int32_t count2; /* how many more: requeued, or woken at word2 */
	uint32_t value3;
	bool is_private;
	bool is_private2; /* the same, but for futex_requeue() */
	int64_t deadline;
};

/* futex.c */

/* The first who waits at @address, or the first behind @after; or NULL. */
struct eg_run_futex_wait *eg__run_futex_next(const uint32_t *address,
					     struct eg_run_futex_wait *after);
/* Takes @w, which is in line, out of it and makes its thread ready. */
void eg__run_futex_fire(struct eg_run_futex_wait *w);
bool eg__run_futex_is_lock(const struct eg_run_futex_wait *w);

/* futex_calls.c */

/* -EINVAL, -EFAULT: the kernel would refuse @word, before it reads it. */
int eg__run_futex_check(const uint32_t *word, bool is_private);
/* Whether @word is the kernel's business: others may wait there. */
bool eg__run_futex_is_shared(const uint32_t *word, bool is_private);
/* Waits at @word, wherever it is, for a wake by one of @bits: 0, -EAGAIN (not
 * @value), -EFAULT, -ETIMEDOUT, -EINTR. May switch. */
int eg__run_futex_wait_value(struct eg_run_thread *t, uint32_t *word,
			     uint32_t value, uint32_t bits, bool is_private,
			     int64_t deadline);
/* FUTEX_WAKE as one of another process sees it too. */
int eg__run_futex_wake_word(uint32_t *word, int n, uint32_t bits,
			    bool is_private);
/* As the kernel does it: where a wait has no deadline, the handlers decide. */
int64_t eg__run_futex_interrupted(int r, int64_t deadline);

/* futex_requeue.c */
int64_t eg__run_futex_requeue(struct eg_run_futex_args *a,
			      const uint32_t *expected);
int64_t eg__run_futex_wake_op(struct eg_run_futex_args *a);

/* futex_pi.c */
int64_t eg__run_futex_lock_pi(struct eg_run_futex_args *a);
int64_t eg__run_futex_trylock_pi(struct eg_run_futex_args *a);
int64_t eg__run_futex_unlock_pi(struct eg_run_futex_args *a);
int64_t eg__run_futex_wait_requeue_pi(struct eg_run_futex_args *a);
int64_t eg__run_futex_cmp_requeue_pi(struct eg_run_futex_args *a);
/* The owner @t ends: who waits for its locks gets them, as the dead's. */
void eg__run_futex_release_pi(const struct eg_run_thread *t);
void eg__run_futex_pi_after_fork(void);

/* futex_waitv.c */
int64_t eg__run_futex_waitv(struct eg_run_call *c);
int64_t eg__run_futex2_wait(struct eg_run_call *c);
int64_t eg__run_futex2_wake(struct eg_run_call *c);
int64_t eg__run_futex2_requeue(struct eg_run_call *c);

/* futex_robust.c */
int64_t eg__run_futex_set_robust_list(struct eg_run_call *c);
int64_t eg__run_futex_get_robust_list(struct eg_run_call *c);
/* What libc told the kernel before system calls came to the layer. */
int eg__run_futex_adopt(struct eg_run_thread *main_thread);

/* futex_shared.c */

/* One word in shared memory that a thread waits for; on its stack, and the
 * kernel's until it is done. */
struct eg_run_futex_shared {
	struct eg_run_thread *thread; /* parked for it; NULL: do not wake */
	int32_t result;
	uint8_t index; /* what the park returns */
	bool is_done;
};

/* Begins, and may be done at once. -ENOSYS: the kernel has no such ring. */
int eg__run_futex_shared_begin(struct eg_run_futex_shared *s, uint32_t *word,
			       uint32_t value, uint32_t bits);
/* Ends the waits that are not done. A wake that came before counts: it is in
 * the result, which otherwise is -ECANCELED. */
void eg__run_futex_shared_end(struct eg_run_futex_shared *s, size_t n);
/* eg__run_futex_wait_value() there. */
int eg__run_futex_shared_wait(struct eg_run_thread *t, uint32_t *word,
			      uint32_t value, uint32_t bits, int64_t deadline);
int eg__run_futex_shared_wake(uint32_t *word, int n, uint32_t bits);
void eg__run_futex_shared_after_fork(void);

#endif
