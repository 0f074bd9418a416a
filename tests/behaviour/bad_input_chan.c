/* SPDX-License-Identifier: MIT */
/*
 * Calls of chan.h that make no sense.
 */
#include "bad_input.h"

static eg_chan *made;
static int value;

#define ROWS(X)                                                                \
	X(eg_chan_new, nowhere, ANYWHERE, -EINVAL, eg_chan_new(NULL, 1, 1))    \
	X(eg_chan_new, huge_value, ANYWHERE, -EINVAL,                          \
	  eg_chan_new(&made, SIZE_MAX, 1))                                     \
	X(eg_chan_new, huge_ring, ANYWHERE, -EINVAL,                           \
	  eg_chan_new(&made, 1 << 20, 1 << 20))                                \
	X(eg_chan_new, no_hub, OUTSIDE, -EPERM, eg_chan_new(&made, 1, 1))      \
	X(eg_chan_ref, no_chan, ANYWHERE, true, eg_chan_ref(NULL) == NULL)     \
	X(eg_chan_unref, no_chan, ANYWHERE, true, eg_chan_unref(NULL) == NULL) \
	X(eg_chan_send, no_chan, ANYWHERE, -EINVAL,                            \
	  eg_chan_send(NULL, &value, EG_FOREVER))                              \
	X(eg_chan_send, no_value, FIBER, -EINVAL,                              \
	  eg_chan_send(bad_ours.chan, NULL, EG_FOREVER))                       \
	X(eg_chan_send, no_fiber, HUB | LOGGED, -EPERM,                        \
	  eg_chan_send(bad_ours.chan, &value, EG_FOREVER))                     \
	X(eg_chan_send, foreign, FOREIGN, -EPERM,                              \
	  eg_chan_send(bad_theirs.chan, &value, EG_FOREVER))                   \
	X(eg_chan_recv, no_chan, ANYWHERE, -EINVAL,                            \
	  eg_chan_recv(NULL, &value, EG_FOREVER))                              \
	X(eg_chan_recv, no_fiber, HUB | LOGGED, -EPERM,                        \
	  eg_chan_recv(bad_ours.chan, &value, EG_FOREVER))                     \
	X(eg_chan_recv, foreign, FOREIGN, -EPERM,                              \
	  eg_chan_recv(bad_theirs.chan, &value, EG_FOREVER))                   \
	X(eg_chan_close, no_chan, ANYWHERE, -EINVAL, eg_chan_close(NULL))      \
	X(eg_chan_close, foreign, FOREIGN, -EPERM,                             \
	  eg_chan_close(bad_theirs.chan))                                      \
	X(eg_chan_len, no_chan, ANYWHERE, -EINVAL, eg_chan_len(NULL))

BAD_TABLE(bad_chan, "chan.h", ROWS)
