/* SPDX-License-Identifier: MIT */
/*
 * What the rows of channels and queues in timeout_calls.c are made of.
 */
#ifndef TESTS_TIMEOUT_VALUES_H
#define TESTS_TIMEOUT_VALUES_H

#include "timeout_calls.h"

void chan_set_up_meeting(struct call_rig *r);
void chan_set_up_full(struct call_rig *r);
int64_t chan_call_send(struct call_rig *r, int64_t deadline);
void chan_wake_sender(struct call_rig *r);
int64_t chan_call_recv(struct call_rig *r, int64_t deadline);
void chan_wake_receiver(struct call_rig *r);
void queue_set_up_full(struct call_rig *r);
void queue_set_up_empty(struct call_rig *r);
void queue_set_up_meeting(struct call_rig *r);
int64_t queue_call_put(struct call_rig *r, int64_t deadline);
void queue_wake_putter(struct call_rig *r);
int64_t queue_call_get(struct call_rig *r, int64_t deadline);
int64_t queue_call_peek(struct call_rig *r, int64_t deadline);
void queue_wake_getter(struct call_rig *r);
void queue_wake_peeker(struct call_rig *r);
void queue_set_up_unfinished(struct call_rig *r);
int64_t queue_call_join(struct call_rig *r, int64_t deadline);
void queue_wake_joiner(struct call_rig *r);

#endif
