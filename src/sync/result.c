/* SPDX-License-Identifier: MIT */
/*
 * The result: a value or an error, sent once. Who waits is given it by the
 * sender, so that a reset right after takes nothing back.
 */
#include "sync/line_up.h"
#include "sync/wait_queue.h"

#include <evergreen/sync.h>

enum { ERROR_MAX = 4095 }; /* the kernel's largest errno */

/* Nobody waits once it is set. */
struct result {
	struct eg_wait_queue queue;
	void *value; /* or the payload of the error */
	int error;
	bool is_set;
};

_Static_assert(sizeof(struct result) <= sizeof(eg_result),
	       "eg_result too small");

static const struct eg_wait_kind result_wait = { .what = "result" };

static inline struct result *result_of(const eg_result *result)
{
	return (struct result *)(uintptr_t)result;
}

int eg_result_init(eg_result *result)
{
	if (!result)
		return -EINVAL;
	*result_of(result) = (struct result){ 0 };
	return 0;
}

static int send_once(struct result *r, int error, void *value)
{
	struct eg_waiter *w;
	int woken = 0;

	if (!eg__hub() || eg__queue_is_foreign(&r->queue))
		return -EPERM;
	if (r->is_set)
		return -EALREADY;
	r->is_set = true;
	r->error = error;
	r->value = value;
	for (; (w = eg__queue_next(&r->queue)); woken++) {
		if (!error && w->value)
			*(void **)w->value = value;
		eg__unpark(w, error);
	}
	return woken;
}

int eg_result_set(eg_result *result, void *value)
{
	return result ? send_once(result_of(result), 0, value) : -EINVAL;
}

int eg_result_fail(eg_result *result, int error, void *payload)
{
	if (!result || error >= 0 || error < -ERROR_MAX)
		return -EINVAL;
	return send_once(result_of(result), error, payload);
}

int eg_result_get(eg_result *result, void **ret_value, int64_t deadline)
{
	struct eg_fiber *self = eg__current();
	struct result *r = result_of(result);

	if (eg_unlikely(!r))
		return -EINVAL;
	if (eg_unlikely(!self)) {
		int refused = eg__check_try("eg_result_get", deadline);

		if (refused < 0)
			return refused;
	}
	if (r->is_set) {
		if (!r->error && ret_value)
			*ret_value = r->value;
		return r->error;
	}
	if (eg_unlikely(!self))
		return -ETIMEDOUT;
	return eg__queue_wait_with(&r->queue, self, &result_wait, r, ret_value,
				   deadline);
}

void *eg_result_payload(const eg_result *result)
{
	return result ? result_of(result)->value : NULL;
}

bool eg_result_is_set(const eg_result *result)
{
	return result && result_of(result)->is_set;
}

int eg_result_reset(eg_result *result)
{
	struct result *r = result_of(result);

	if (!r)
		return -EINVAL;
	if (!r->is_set)
		return -EALREADY;
	r->is_set = false;
	r->value = NULL;
	return 0;
}

void eg__result_line_up(void *object, void *value, struct eg_proxy *p,
			struct eg_hub *hub)
{
	struct result *r = result_of(object);
	struct eg_waiter *w = eg__proxy_waiter(p, hub, &result_wait, r);

	w->value = value;
	eg__queue_push(&r->queue, w);
}
