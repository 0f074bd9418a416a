/* SPDX-License-Identifier: MIT */
/* run: --files=offload */
/*
 * Regular files: reads and writes of every kind by many threads, at their own
 * places and at the end, through memory, and with the errors of the kernel.
 */
#include "claim.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define THREADS 10
#define BLOCK 4096
#define BLOCKS 20

static char path[] = "/tmp/claim-XXXXXX";
static int file, log_file;

static void *body(void *arg)
{
	int self = (int)(intptr_t)arg, fd;
	char out[BLOCK], in[BLOCK];
	struct iovec parts[] = { { in, 100 }, { in + 100, BLOCK - 100 } };

	memset(out, 'a' + self, BLOCK);
	for (int i = 0; i < BLOCKS; i++) {
		off_t at = (i * THREADS + self) * BLOCK;

		CHECK_EQ(pwrite(file, out, BLOCK, at), BLOCK);
		CHECK_EQ(preadv(file, parts, 2, at), BLOCK);
		CHECK(memcmp(in, out, BLOCK) == 0);
		CHECK_EQ(write(log_file, out, 64), 64);
	}
	fd = OK(open(path, O_RDONLY | O_CLOEXEC));
	CHECK_EQ(lseek(fd, self * BLOCK, SEEK_SET), self * BLOCK);
	CHECK_EQ(read(fd, in, BLOCK), BLOCK);
	CHECK(memcmp(in, out, BLOCK) == 0);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), (self + 1) * BLOCK);
	CHECK_ERROR(write(fd, out, 1), EBADF);
	OK(fsync(file));
	OK(close(fd));
	return NULL;
}

int main(void)
{
	char log_path[] = "/tmp/claim-XXXXXX", line[64], byte, *map;
	pthread_t t[THREADS];
	struct stat s;

	file = OK(mkstemp(path));
	log_file = OK(mkostemp(log_path, O_APPEND));
	for (intptr_t i = 0; i < THREADS; i++)
		t[i] = start(body, (void *)i);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	OK(fstat(file, &s));
	CHECK_EQ(s.st_size, BLOCK * BLOCKS * THREADS);
	CHECK_EQ(pread(file, &byte, 1, s.st_size), 0);
	CHECK_ERROR(pread(file, &byte, 1, -1), EINVAL);
	map = mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_SHARED, file, 0);
	CHECK(map != MAP_FAILED);
	for (off_t i = 0; i < s.st_size; i += 512)
		CHECK_EQ(map[i], 'a' + i / BLOCK % THREADS);
	OK(lseek(log_file, 0, SEEK_SET));
	for (int i = 0; i < BLOCKS * THREADS; i++) {
		CHECK_EQ(read(log_file, line, 64), 64);
		for (int j = 1; j < 64; j++)
			CHECK_EQ(line[j], line[0]);
	}
	OK(unlink(path));
	OK(unlink(log_path));
	CHECK_ERROR(read(OK(open("/tmp", O_RDONLY)), line, 1), EISDIR);
	return ok();
}
