/* SPDX-License-Identifier: MIT */
/*
 * Calls of shared.h that make no sense.
 */
#include "bad_input.h"

static eg_shared_event event;
static eg_shared_sem sem;
static eg_shared_queue *queue;
static eg_shared_chan *chan;
static int value;

static int full_post(int max)
{
	eg_shared_sem s;

	if (max)
		egt_eq(eg_shared_sem_init_bounded(&s, max, max), 0);
	else
		egt_eq(eg_shared_sem_init(&s, INT_MAX), 0);
	return eg_shared_sem_post(&s);
}

static int with_queue(int (*call)(eg_shared_queue *q))
{
	eg_shared_queue *q;
	int r;

	egt_eq(eg_shared_queue_new(&q, sizeof(value), 1), 0);
	r = call(q);
	egt_ptr_eq(eg_shared_queue_unref(q), NULL);
	return r;
}

static int put_nothing(eg_shared_queue *q)
{
	return eg_shared_queue_put(q, NULL, EG_NOW);
}

static int put_waiting(eg_shared_queue *q)
{
	return eg_shared_queue_put(q, &value, EG_FOREVER);
}

static int get_waiting(eg_shared_queue *q)
{
	return eg_shared_queue_get(q, &value, EG_FOREVER);
}

static int with_chan(int (*call)(eg_shared_chan *c))
{
	eg_shared_chan *c;
	int r;

	egt_eq(eg_shared_chan_new(&c, sizeof(value), 1), 0);
	r = call(c);
	egt_ptr_eq(eg_shared_chan_unref(c), NULL);
	return r;
}

static int send_nothing(eg_shared_chan *c)
{
	return eg_shared_chan_send(c, NULL, EG_NOW);
}

static int send_waiting(eg_shared_chan *c)
{
	return eg_shared_chan_send(c, &value, EG_FOREVER);
}

static int recv_waiting(eg_shared_chan *c)
{
	return eg_shared_chan_recv(c, &value, EG_FOREVER);
}

#define ROWS(X)                                                                \
	X(eg_shared_event_init, no_event, ANYWHERE, -EINVAL,                   \
	  eg_shared_event_init(NULL))                                          \
	X(eg_shared_event_set, no_event, ANYWHERE, -EINVAL,                    \
	  eg_shared_event_set(NULL))                                           \
	X(eg_shared_event_clear, no_event, ANYWHERE, -EINVAL,                  \
	  eg_shared_event_clear(NULL))                                         \
	X(eg_shared_event_is_set, no_event, ANYWHERE, false,                   \
	  eg_shared_event_is_set(NULL))                                        \
	X(eg_shared_event_wait, no_event, ANYWHERE, -EINVAL,                   \
	  eg_shared_event_wait(NULL, EG_FOREVER))                              \
	X(eg_shared_event_wait, no_fiber, HUB | LOGGED, -EPERM,                \
	  eg_shared_event_wait(&event, EG_FOREVER))                            \
	X(eg_shared_sem_init, no_sem, ANYWHERE, -EINVAL,                       \
	  eg_shared_sem_init(NULL, 1))                                         \
	X(eg_shared_sem_init, negative, ANYWHERE, -EINVAL,                     \
	  eg_shared_sem_init(&sem, -1))                                        \
	X(eg_shared_sem_init_bounded, no_sem, ANYWHERE, -EINVAL,               \
	  eg_shared_sem_init_bounded(NULL, 1, 1))                              \
	X(eg_shared_sem_init_bounded, negative, ANYWHERE, -EINVAL,             \
	  eg_shared_sem_init_bounded(&sem, -1, 1))                             \
	X(eg_shared_sem_init_bounded, too_many, ANYWHERE, -EINVAL,             \
	  eg_shared_sem_init_bounded(&sem, 2, 1))                              \
	X(eg_shared_sem_init_bounded, no_room, ANYWHERE, -EINVAL,              \
	  eg_shared_sem_init_bounded(&sem, 0, 0))                              \
	X(eg_shared_sem_post, no_sem, ANYWHERE, -EINVAL,                       \
	  eg_shared_sem_post(NULL))                                            \
	X(eg_shared_sem_post, above_int, ANYWHERE, -EOVERFLOW, full_post(0))   \
	X(eg_shared_sem_post, above_bound, ANYWHERE, -EOVERFLOW, full_post(3)) \
	X(eg_shared_sem_wait, no_sem, ANYWHERE, -EINVAL,                       \
	  eg_shared_sem_wait(NULL, EG_FOREVER))                                \
	X(eg_shared_sem_wait, no_fiber, HUB | LOGGED, -EPERM,                  \
	  eg_shared_sem_wait(&sem, EG_FOREVER))                                \
	X(eg_shared_sem_post_wait, no_sem, ANYWHERE, -EINVAL,                  \
	  eg_shared_sem_post_wait(NULL, EG_FOREVER))                           \
	X(eg_shared_sem_post_wait, no_fiber, HUB | LOGGED, -EPERM,             \
	  eg_shared_sem_post_wait(&sem, EG_FOREVER))                           \
	X(eg_shared_sem_peek, no_sem, ANYWHERE, -EINVAL,                       \
	  eg_shared_sem_peek(NULL, EG_FOREVER))                                \
	X(eg_shared_sem_peek, no_fiber, HUB | LOGGED, -EPERM,                  \
	  eg_shared_sem_peek(&sem, EG_FOREVER))                                \
	X(eg_shared_sem_units, no_sem, ANYWHERE, -EINVAL,                      \
	  eg_shared_sem_units(NULL))                                           \
	X(eg_shared_queue_new, nowhere, ANYWHERE, -EINVAL,                     \
	  eg_shared_queue_new(NULL, 1, 1))                                     \
	X(eg_shared_queue_new, huge_value, ANYWHERE, -EINVAL,                  \
	  eg_shared_queue_new(&queue, SIZE_MAX, EG_QUEUE_UNBOUNDED))           \
	X(eg_shared_queue_new, huge_ring, ANYWHERE, -EINVAL,                   \
	  eg_shared_queue_new(&queue, 1 << 20, 1 << 20))                       \
	X(eg_shared_queue_new, huge_capacity, ANYWHERE, -EINVAL,               \
	  eg_shared_queue_new(&queue, 0, SIZE_MAX))                            \
	X(eg_shared_queue_ref, no_queue, ANYWHERE, true,                       \
	  eg_shared_queue_ref(NULL) == NULL)                                   \
	X(eg_shared_queue_unref, no_queue, ANYWHERE, true,                     \
	  eg_shared_queue_unref(NULL) == NULL)                                 \
	X(eg_shared_queue_put, no_queue, ANYWHERE, -EINVAL,                    \
	  eg_shared_queue_put(NULL, &value, EG_FOREVER))                       \
	X(eg_shared_queue_put, no_value, ANYWHERE, -EINVAL,                    \
	  with_queue(put_nothing))                                             \
	X(eg_shared_queue_put, no_fiber, HUB | LOGGED, -EPERM,                 \
	  with_queue(put_waiting))                                             \
	X(eg_shared_queue_get, no_queue, ANYWHERE, -EINVAL,                    \
	  eg_shared_queue_get(NULL, &value, EG_FOREVER))                       \
	X(eg_shared_queue_get, no_fiber, HUB | LOGGED, -EPERM,                 \
	  with_queue(get_waiting))                                             \
	X(eg_shared_queue_len, no_queue, ANYWHERE, -EINVAL,                    \
	  eg_shared_queue_len(NULL))                                           \
	X(eg_shared_queue_shutdown, no_queue, ANYWHERE, -EINVAL,               \
	  eg_shared_queue_shutdown(NULL, true))                                \
	X(eg_shared_chan_new, nowhere, ANYWHERE, -EINVAL,                      \
	  eg_shared_chan_new(NULL, 1, 1))                                      \
	X(eg_shared_chan_new, huge_value, ANYWHERE, -EINVAL,                   \
	  eg_shared_chan_new(&chan, SIZE_MAX, 1))                              \
	X(eg_shared_chan_new, huge_ring, ANYWHERE, -EINVAL,                    \
	  eg_shared_chan_new(&chan, 1 << 20, 1 << 20))                         \
	X(eg_shared_chan_new, unbounded, ANYWHERE, -EINVAL,                    \
	  eg_shared_chan_new(&chan, 1, EG_QUEUE_UNBOUNDED))                    \
	X(eg_shared_chan_ref, no_chan, ANYWHERE, true,                         \
	  eg_shared_chan_ref(NULL) == NULL)                                    \
	X(eg_shared_chan_unref, no_chan, ANYWHERE, true,                       \
	  eg_shared_chan_unref(NULL) == NULL)                                  \
	X(eg_shared_chan_send, no_chan, ANYWHERE, -EINVAL,                     \
	  eg_shared_chan_send(NULL, &value, EG_FOREVER))                       \
	X(eg_shared_chan_send, no_value, ANYWHERE, -EINVAL,                    \
	  with_chan(send_nothing))                                             \
	X(eg_shared_chan_send, no_fiber, HUB | LOGGED, -EPERM,                 \
	  with_chan(send_waiting))                                             \
	X(eg_shared_chan_recv, no_chan, ANYWHERE, -EINVAL,                     \
	  eg_shared_chan_recv(NULL, &value, EG_FOREVER))                       \
	X(eg_shared_chan_recv, no_fiber, HUB | LOGGED, -EPERM,                 \
	  with_chan(recv_waiting))                                             \
	X(eg_shared_chan_close, no_chan, ANYWHERE, -EINVAL,                    \
	  eg_shared_chan_close(NULL))                                          \
	X(eg_shared_chan_len, no_chan, ANYWHERE, -EINVAL,                      \
	  eg_shared_chan_len(NULL))

BAD_TABLE(bad_shared, "shared.h", ROWS)
