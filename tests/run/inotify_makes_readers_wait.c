/* SPDX-License-Identifier: MIT */
/*
 * A thread waits for changes of a folder that other threads make.
 */
#include "claim.h"

#include <limits.h>
#include <sys/inotify.h>

static char folder[] = "/tmp/claim-XXXXXX";

static void *changes(void *arg)
{
	char path[64];

	for (int i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "%s/%d", folder, i);
		if (i % 5 == 0)
			settle();
		OK(close(OK(open(path, O_CREAT | O_WRONLY, 0600))));
		OK(unlink(path));
	}
	return arg;
}

int main(void)
{
	_Alignas(struct inotify_event) char buffer[4096];
	int fd = OK(inotify_init1(0)), made = 0, gone = 0;
	pthread_t t;

	CHECK(mkdtemp(folder));
	OK(inotify_add_watch(fd, folder, IN_CREATE | IN_DELETE));
	t = start(changes, NULL);
	while (gone < 20) {
		ssize_t n = OK(read(fd, buffer, sizeof(buffer)));

		for (char *p = buffer; p < buffer + n;) {
			struct inotify_event *e = (void *)p;

			if (e->mask & IN_CREATE)
				CHECK_EQ(atoi(e->name), made++);
			else
				CHECK_EQ(atoi(e->name), gone++);
			p += sizeof(*e) + e->len;
		}
	}
	CHECK_EQ(made, 20);
	join(t);
	OK(rmdir(folder));
	return ok();
}
