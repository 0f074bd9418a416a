/* SPDX-License-Identifier: MIT */
/*
 * Walks iovec arrays of the program without copying them whole: its stacks may
 * be small.
 */
#include "run/transfer.h"

#include "run/user_memory.h"

int64_t eg__run_vector_bytes(const struct eg_run_vector *v)
{
	struct iovec part[EG_RUN_WINDOW];
	size_t n, sum = 0;

	for (size_t i = 0; i < v->count; i += n) {
		n = v->count - i;
		if (n > EG_RUN_WINDOW)
			n = EG_RUN_WINDOW;
		if (eg__run_copy_in(part, v->user + i, n * sizeof(part[0])) < 0)
			return -EFAULT;
		for (size_t k = 0; k < n; k++)
			if (__builtin_add_overflow(sum, part[k].iov_len, &sum))
				return -EINVAL;
	}
	return sum > INT64_MAX ? -EINVAL : (int64_t)sum;
}

int eg__run_vector_window(const struct eg_run_vector *v, size_t done,
			  struct iovec window[EG_RUN_WINDOW], size_t *ret_bytes)
{
	int n = 0;

	*ret_bytes = 0;
	for (size_t i = 0; i < v->count && n < EG_RUN_WINDOW; i++) {
		struct iovec *part = &window[n];

		if (eg__run_copy_in(part, v->user + i, sizeof(*part)) < 0)
			return -EFAULT;
		if (done >= part->iov_len) {
			done -= part->iov_len;
			continue;
		}
		part->iov_base = (char *)part->iov_base + done;
		part->iov_len -= done;
		done = 0;
		*ret_bytes += part->iov_len;
		n++;
	}
	return n;
}
