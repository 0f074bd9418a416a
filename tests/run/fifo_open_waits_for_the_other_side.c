/* SPDX-License-Identifier: MIT */
/*
 * Opening a FIFO waits for who opens the other side, of whichever side; not
 * with O_NONBLOCK; a signal interrupts it; and the data then flows.
 */
#include "claim.h"

#include <signal.h>
#include <sys/stat.h>

static char folder[] = "/tmp/claim-XXXXXX", path[64];
static atomic_int has_tried;

static void *opens(void *flags)
{
	int fd = OK(open(path, (int)(intptr_t)flags));

	return (void *)(intptr_t)fd;
}

static void *is_interrupted(void *arg)
{
	CHECK_ERROR(open(path, O_RDONLY), EINTR);
	atomic_store(&has_tried, 1);
	return arg;
}

static void handler(int signal)
{
	(void)signal;
}

static void both_sides(int first, int second)
{
	pthread_t t = start(opens, (void *)(intptr_t)first);
	int other, one, reader, writer;
	char byte;

	settle();
	other = OK(open(path, second));
	one = (int)(intptr_t)join(t);
	reader = first == O_RDONLY ? one : other;
	writer = first == O_RDONLY ? other : one;
	t = start(opens, (void *)(intptr_t)O_RDWR);
	CHECK_EQ(write(writer, "x", 1), 1);
	CHECK_EQ(read(reader, &byte, 1), 1);
	OK(close((int)(intptr_t)join(t)));
	OK(close(writer));
	CHECK_EQ(read(reader, &byte, 1), 0);
	OK(close(reader));
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler };
	pthread_t t;

	CHECK(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/fifo", folder);
	OK(mkfifo(path, 0600));
	both_sides(O_RDONLY, O_WRONLY);
	both_sides(O_WRONLY, O_RDONLY);
	CHECK_ERROR(open(path, O_WRONLY | O_NONBLOCK), ENXIO);
	OK(close(OK(open(path, O_RDONLY | O_NONBLOCK))));
	sigaction(SIGUSR1, &action, NULL);
	t = start(is_interrupted, NULL);
	while (!atomic_load(&has_tried)) {
		pthread_kill(t, SIGUSR1);
		settle();
	}
	join(t);
	OK(unlink(path));
	OK(rmdir(folder));
	return ok();
}
