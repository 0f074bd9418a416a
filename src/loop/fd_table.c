/* SPDX-License-Identifier: MIT */
/*
 * The table of descriptors: an array of chunks, so that entries never move.
 */
#include "loop/fd_table.h"

#include "base/alloc.h"

#include <errno.h>

enum {
	TABLE_BYTES = EG_FD_CHUNKS * sizeof(struct eg_fd *),
	CHUNK_BYTES = EG_FD_CHUNK * sizeof(struct eg_fd),
};

void eg__fd_table_done(struct eg_fd_table *t)
{
	if (!t->chunks)
		return;
	for (int i = 0; i < EG_FD_CHUNKS; i++)
		eg__pages_put(t->chunks[i], CHUNK_BYTES);
	eg__pages_put(t->chunks, TABLE_BYTES);
	t->chunks = NULL;
}

void eg__fd_reset(struct eg_fd *e)
{
	uint32_t generation = e->generation + 1;

	/* A helper thread goes on using the number, whatever it means. */
	*e = (struct eg_fd){
		.jobs = e->jobs,
		.generation = generation,
		.edge = { 1, 1 },
	};
}

int eg__fd_table_make(struct eg_fd_table *t, int fd, struct eg_fd **ret)
{
	unsigned index = (unsigned)fd / EG_FD_CHUNK;
	struct eg_fd *chunk;

	if (fd < 0 || fd >= EG_FD_MAX)
		return -EBADF;
	if (!t->chunks) {
		t->chunks = eg__pages_get(TABLE_BYTES);
		if (!t->chunks)
			return -ENOMEM;
	}
	chunk = t->chunks[index];
	if (!chunk) {
		chunk = eg__pages_get(CHUNK_BYTES);
		if (!chunk)
			return -ENOMEM;
		for (int i = 0; i < EG_FD_CHUNK; i++)
			eg__fd_reset(&chunk[i]);
		t->chunks[index] = chunk;
	}
	*ret = &chunk[(unsigned)fd % EG_FD_CHUNK];
	return 0;
}

struct eg_fd *eg__fd_next(const struct eg_fd_table *t, int *fd)
{
	unsigned at = (unsigned)*fd;

	while (t->chunks && at < EG_FD_MAX && !t->chunks[at / EG_FD_CHUNK])
		at = (at / EG_FD_CHUNK + 1) * EG_FD_CHUNK;
	*fd = (int)at;
	return eg__fd_find(t, *fd);
}
