/* SPDX-License-Identifier: MIT */
/*
 * Standing in the line of an object without blocking: for who waits for several
 * at once. Each object says how, beside its own waiting.
 */
#ifndef EG_SYNC_LINE_UP_H
#define EG_SYNC_LINE_UP_H

#include "core/park.h"

/*
 * Puts @p, of @hub, in the line of @object, where the call that it stands for
 * has just found that it has to wait. @value is that call's. Fired with the
 * call's result; to be unlinked by eg__waiter_unlink().
 */
typedef void eg_line_up(void *object, void *value, struct eg_proxy *p,
			struct eg_hub *hub);

eg_line_up eg__chan_line_up_recv;
eg_line_up eg__chan_line_up_send;
eg_line_up eg__queue_line_up_get;
eg_line_up eg__queue_line_up_put;
eg_line_up eg__event_line_up;
eg_line_up eg__result_line_up;
eg_line_up eg__sem_line_up;
eg_line_up eg__sem_line_up_peek;

#endif
