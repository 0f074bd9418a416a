/* SPDX-License-Identifier: MIT */
/*
 * Waiting for several things at once: channels, queues, events, results,
 * semaphores, fibers, descriptors, processes, times, and what threads share.
 * eg_select() takes the first that comes; a wait set gives them one after the
 * other.
 */
#ifndef EVERGREEN_SELECT_H
#define EVERGREEN_SELECT_H

#include <evergreen/chan.h>
#include <evergreen/fiber.h>
#include <evergreen/queue.h>
#include <evergreen/shared.h>
#include <evergreen/sync.h>

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum eg_case_kind {
	EG_CASE_NONE, /* never comes: a case left out */
	EG_CASE_RECV,
	EG_CASE_SEND,
	EG_CASE_GET,
	EG_CASE_PUT,
	EG_CASE_EVENT,
	EG_CASE_RESULT,
	EG_CASE_SEM,
	EG_CASE_SEM_PEEK,
	EG_CASE_FIBER,
	EG_CASE_FD,
	EG_CASE_PROCESS,
	EG_CASE_TIME,
	EG_CASE_SHARED_EVENT,
	EG_CASE_SHARED_SEM,
	EG_CASE_SHARED_SEM_PEEK,
	EG_CASE_SHARED_GET,
	EG_CASE_SHARED_PUT,
	EG_CASE_SHARED_RECV,
	EG_CASE_SHARED_SEND,
	EG_CASE_KINDS,
};

/**
 * One of several things to wait for. Made by one of the functions below; must
 * stay in place while it is waited for.
 */
typedef struct eg_case {
	uint32_t kind;	/* enum eg_case_kind */
	int events;	/* EG_CASE_FD: POLLIN, POLLOUT or both */
	void *object;	/* channel, queue, event ...; borrowed */
	void *value;	/* where a value goes, or comes from; borrowed */
	int64_t number; /* descriptor, process or absolute time */
	/* When it has come: what the call that it stands for returns. */
	int result;
	uint32_t order; /* 1: it was the first to come; 0: it has not */
	void *_opaque[24];
} eg_case;

/* What eg_chan_recv(3) does. Each of these is a case by itself: results and
 * errors are those of the call that it names. */
static inline eg_case eg_case_recv(eg_chan *chan, void *ret_value)
{
	eg_case c = { EG_CASE_RECV, 0, chan, ret_value, 0, 0, 0, { 0 } };

	return c;
}

/* What eg_chan_send(3) does. @value is only read from. */
static inline eg_case eg_case_send(eg_chan *chan, void *value)
{
	eg_case c = { EG_CASE_SEND, 0, chan, value, 0, 0, 0, { 0 } };

	return c;
}

/* What eg_queue_get(3) does. */
static inline eg_case eg_case_get(eg_queue *queue, void *ret_value)
{
	eg_case c = { EG_CASE_GET, 0, queue, ret_value, 0, 0, 0, { 0 } };

	return c;
}

/* What eg_queue_put(3) does. @value is only read from. */
static inline eg_case eg_case_put(eg_queue *queue, void *value)
{
	eg_case c = { EG_CASE_PUT, 0, queue, value, 0, 0, 0, { 0 } };

	return c;
}

/* What eg_event_wait(3) does. */
static inline eg_case eg_case_event(eg_event *event)
{
	eg_case c = { EG_CASE_EVENT, 0, event, NULL, 0, 0, 0, { 0 } };

	return c;
}

/* What eg_result_get(3) does. */
static inline eg_case eg_case_result(eg_result *result, void **ret_value)
{
	eg_case c = { EG_CASE_RESULT, 0, result, ret_value, 0, 0, 0, { 0 } };

	return c;
}

/* What eg_sem_wait(3) does. */
static inline eg_case eg_case_sem(eg_sem *sem)
{
	eg_case c = { EG_CASE_SEM, 0, sem, NULL, 0, 0, 0, { 0 } };

	return c;
}

/* What eg_sem_peek(3) does: takes no unit. */
static inline eg_case eg_case_sem_peek(eg_sem *sem)
{
	eg_case c = { EG_CASE_SEM_PEEK, 0, sem, NULL, 0, 0, 0, { 0 } };

	return c;
}

/* What eg_get(3) does: neither joins nor consumes. */
static inline eg_case eg_case_fiber(eg_fiber *fiber, void **ret_value)
{
	eg_case c = { EG_CASE_FIBER, 0, fiber, ret_value, 0, 0, 0, { 0 } };

	return c;
}

/* What eg_wait_fd(3) does: the result is what holds of @events, or an error. */
static inline eg_case eg_case_fd(int fd, int events)
{
	eg_case c = { EG_CASE_FD, events, NULL, NULL, fd, 0, 0, { 0 } };

	return c;
}

/* The end of a process, which is not reaped: waitpid(2) does not block after
 * this. -ESRCH: there is none; -ECHILD and -EINVAL are pidfd_open(2)'s. */
static inline eg_case eg_case_process(pid_t pid)
{
	eg_case c = { EG_CASE_PROCESS, 0, NULL, NULL, pid, 0, 0, { 0 } };

	return c;
}

/* An absolute time, or EG_FOREVER. */
static inline eg_case eg_case_time(int64_t deadline)
{
	eg_case c = { EG_CASE_TIME, 0, NULL, NULL, deadline, 0, 0, { 0 } };

	return c;
}

/* What eg_shared_event_wait(3) does. Other threads may serve this and those that
 * follow: one case of a select is done all the same. */
static inline eg_case eg_case_shared_event(eg_shared_event *event)
{
	eg_case c = { EG_CASE_SHARED_EVENT, 0, event, NULL, 0, 0, 0, { 0 } };

	return c;
}

/* What eg_shared_sem_wait(3) does. */
static inline eg_case eg_case_shared_sem(eg_shared_sem *sem)
{
	eg_case c = { EG_CASE_SHARED_SEM, 0, sem, NULL, 0, 0, 0, { 0 } };

	return c;
}

/* What eg_shared_sem_peek(3) does: takes no unit. */
static inline eg_case eg_case_shared_sem_peek(eg_shared_sem *sem)
{
	eg_case c = { EG_CASE_SHARED_SEM_PEEK, 0, sem, NULL, 0, 0, 0, { 0 } };

	return c;
}

/* What eg_shared_queue_get(3) does. */
static inline eg_case eg_case_shared_get(eg_shared_queue *queue,
					 void *ret_value)
{
	eg_case c = { EG_CASE_SHARED_GET, 0, queue, ret_value, 0, 0, 0, { 0 } };

	return c;
}

/* What eg_shared_queue_put(3) does. @value is only read from. */
static inline eg_case eg_case_shared_put(eg_shared_queue *queue, void *value)
{
	eg_case c = { EG_CASE_SHARED_PUT, 0, queue, value, 0, 0, 0, { 0 } };

	return c;
}

/* What eg_shared_chan_recv(3) does. */
static inline eg_case eg_case_shared_recv(eg_shared_chan *chan, void *ret_value)
{
	eg_case c = { EG_CASE_SHARED_RECV, 0, chan, ret_value, 0, 0, 0, { 0 } };

	return c;
}

/* What eg_shared_chan_send(3) does. @value is only read from. */
static inline eg_case eg_case_shared_send(eg_shared_chan *chan, void *value)
{
	eg_case c = { EG_CASE_SHARED_SEND, 0, chan, value, 0, 0, 0, { 0 } };

	return c;
}

/* eg_select: with several ready, begin to look behind the last one taken on
 * this hub, so that none is starved; else the first in the array. */
#define EG_SELECT_FAIR 1u

/**
 * eg_select - wait for the first of several cases, and do that one alone
 * @cases: result and order of the one that was done are set; the others are as
 *         if they had never been tried
 * @count: how many
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 * @flags: EG_SELECT_FAIR, or 0
 *
 * May switch. Stands in the line of every object at once, first come, first
 * served; what is handed over reaches one case only, and nothing is lost when
 * the wait is cut short. A case that is misused, as with an object of another
 * hub, comes at once with that error. EG_CASE_FD and EG_CASE_PROCESS have a
 * fiber of their own wait, if they are not ready. While a case of an object that
 * threads share is waited for, the hub reports no deadlock.
 *
 * Return: the index of the case that was done, even if with an error; or
 *   -ECANCELED  the calling fiber was cancelled
 *   -ETIMEDOUT  none came by @deadline
 *   -EDEADLK    nothing was left that could bring one (main fiber only)
 *   -EINVAL     @cases is NULL, @count beyond INT_MAX, a kind is unknown, or
 *               @flags make no sense
 *   -EPERM      not called from a fiber
 *   -ENOMEM     no memory to wait for a descriptor or a process
 * Thread safety: the hub's thread. Since: 0.1. See: eg_wait_set_begin(3)
 */
EG_API int eg_select(eg_case *cases, size_t count, int64_t deadline,
		     uint32_t flags);

/** Cases that are all waited for. Caller's storage. */
typedef struct eg_wait_set {
	void *_opaque[12];
} eg_wait_set;

/**
 * eg_wait_set_begin - begin to wait for all of several cases
 * @set: the caller's storage
 * @cases: stay in place until eg_wait_set_end(3)
 * @count: how many
 *
 * Does not switch. From here on each case is done when it comes, whether or not
 * anybody waits for @set: what it receives is in its value (semantics HB-15,
 * SP-16).
 *
 * Return: 0, or
 *   -EINVAL  @set or @cases is NULL, @count beyond INT_MAX, or a kind unknown
 *   -EPERM   not called from a fiber
 *   -ENOMEM  no memory to wait for a descriptor or a process; nothing is done
 *            but what was ready
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_wait_set_begin(eg_wait_set *set, eg_case *cases, size_t count);

/**
 * eg_wait_set_next - wait for the next case that is done
 * @set: a set after eg_wait_set_begin(3)
 * @deadline: absolute time, or EG_FOREVER; EG_NOW: try
 *
 * May switch, unless one is done.
 *
 * Return: its index, each once, in the order in which they came; or
 *   -ENOENT     all were given
 *   -ECANCELED  the calling fiber was cancelled
 *   -ETIMEDOUT  none came by @deadline
 *   -EDEADLK    nothing was left that could bring one (main fiber only)
 *   -EINVAL     @set is NULL or was not begun
 *   -EPERM      not called from the fiber that began it
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_wait_set_next(eg_wait_set *set, int64_t deadline);

/**
 * eg_wait_set_end - wait no longer
 * @set: a set after eg_wait_set_begin(3)
 *
 * May switch, if a descriptor, a process or what threads share was waited for;
 * shielded. Cases that have not come are as if they had never been tried. One
 * that a thread has served by now is waited for, and done.
 *
 * Return: how many were done but not given by eg_wait_set_next(3); or
 *   -EINVAL  @set is NULL or was not begun
 *   -EPERM   not called from the fiber that began it
 * Thread safety: the hub's thread. Since: 0.1.
 */
EG_API int eg_wait_set_end(eg_wait_set *set);

/**
 * eg_wait_many - wait until some or all of several cases are done
 * @cases: their result and order are set as they are done
 * @count: how many
 * @wanted: return when so many are done; 0: all
 * @deadline: absolute time, or EG_FOREVER
 *
 * May switch. As a set that is begun, waited for and ended (semantics SP-16):
 * more than @wanted may be done if they come in the same turn.
 *
 * Return: how many are done, less than wanted only if @deadline passed; or
 *   -ECANCELED  the calling fiber was cancelled; some may be done
 *   -ETIMEDOUT  an eg_timeout(3) around the call expired; some may be done
 *   -EDEADLK    nothing was left that could bring one (main fiber only)
 *   -EINVAL     @cases is NULL, @count beyond INT_MAX, or a kind is unknown
 *   -EPERM      not called from a fiber
 *   -ENOMEM     no memory to wait for a descriptor or a process
 * Thread safety: the hub's thread. Since: 0.1. See: eg_join_all(3)
 */
EG_API ssize_t eg_wait_many(eg_case *cases, size_t count, size_t wanted,
			    int64_t deadline);

#ifdef __cplusplus
}
#endif
#endif
