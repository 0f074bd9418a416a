/* SPDX-License-Identifier: MIT */
/*
 * A blocking write to a full pipe waits, and has written all when it returns;
 * small writes of many writers stay in one piece.
 */
#include "claim.h"

#define MUCH ((size_t)3 << 20)
#define WRITERS 8
#define LINES 400
#define LINE 100

static int end[2];
static char much[MUCH];

static void *writes_much(void *arg)
{
	CHECK_EQ(write(end[1], much, MUCH), MUCH);
	return arg;
}

static void *writes_lines(void *arg)
{
	char line[LINE];

	memset(line, 'a' + (int)(intptr_t)arg, LINE);
	for (int i = 0; i < LINES; i++)
		CHECK_EQ(write(end[1], line, LINE), LINE);
	return NULL;
}

static void read_whole(char *to, size_t length)
{
	for (size_t n = 0; n < length;)
		n += (size_t)OK(read(end[0], to + n, length - n));
}

int main(void)
{
	pthread_t t[WRITERS];
	static char got[MUCH];
	char line[LINE];
	int lines[WRITERS] = { 0 };

	for (size_t i = 0; i < MUCH; i++)
		much[i] = (char)(i * 2654435761u >> 16);
	OK(pipe(end));
	t[0] = start(writes_much, NULL);
	read_whole(got, MUCH);
	join(t[0]);
	CHECK(memcmp(got, much, MUCH) == 0);

	for (intptr_t i = 0; i < WRITERS; i++)
		t[i] = start(writes_lines, (void *)i);
	for (int i = 0; i < WRITERS * LINES; i++) {
		read_whole(line, LINE);
		for (int j = 1; j < LINE; j++)
			CHECK_EQ(line[j], line[0]);
		lines[line[0] - 'a']++;
	}
	for (int i = 0; i < WRITERS; i++) {
		join(t[i]);
		CHECK_EQ(lines[i], LINES);
	}
	return ok();
}
