/* SPDX-License-Identifier: MIT */
/*
 * The main() of a fuzz target without libFuzzer: replays files, and makes
 * inputs at random from a seed that it prints. It learns nothing from what the
 * inputs reach.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LEN_MAX = 600, PROGRESS_SECONDS = 2 };

static const char *program;
static char running[4200]; /* what a failure is a failure of */

#define SEEN_BY_SANITIZER __attribute__((visibility("default")))

/* A sanitizer's finding ends like any other. */
SEEN_BY_SANITIZER const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "abort_on_error=1:detect_stack_use_after_return=1";
}

const char *__ubsan_default_options(void);
SEEN_BY_SANITIZER const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
	return "halt_on_error=1:abort_on_error=1:print_stacktrace=1";
}

static void on_failure(int signum)
{
	(void)!write(STDERR_FILENO, running, strlen(running));
	signal(signum, SIG_DFL);
	raise(signum);
}

static void catch_failures(void)
{
	signal(SIGABRT, on_failure);
	signal(SIGALRM, on_failure);
	signal(SIGILL, on_failure);
	signal(SIGTRAP, on_failure);
}

/* Exactly as much memory as there is input, so that a sanitizer sees each read
 * behind its end. No input takes so long. */
static void run_one(const uint8_t *bytes, size_t len)
{
	uint8_t *input = malloc(len ? len : 1);

	MUST(input);
	memcpy(input, bytes, len);
	alarm(15);
	LLVMFuzzerTestOneInput(input, len);
	alarm(0);
	free(input);
}

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *input = NULL;
	long len = -1;
	int r = -1;

	if (file && !fseek(file, 0, SEEK_END))
		len = ftell(file);
	if (len >= 0) {
		input = malloc((size_t)len + 1);
		rewind(file);
	}
	if (input && fread(input, 1, (size_t)len, file) == (size_t)len) {
		fprintf(stderr, "%s\n", path);
		snprintf(running, sizeof(running), "failed: %s %s\n", program,
			 path);
		run_one(input, (size_t)len);
		r = 0;
	} else {
		perror(path);
	}
	free(input);
	if (file)
		fclose(file);
	return r;
}

/* Returns how many files there were, or -1. */
static int replay_directory(const char *directory)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;
	char path[4096];
	int files = 0;

	if (!dir) {
		perror(directory);
		return -1;
	}
	while (files >= 0 && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		files = replay_file(path) < 0 ? -1 : files + 1;
	}
	closedir(dir);
	return files;
}

static int replay(const char *path)
{
	struct stat st;
	int files;

	if (!stat(path, &st) && !S_ISDIR(st.st_mode))
		files = replay_file(path) < 0 ? -1 : 1;
	else
		files = replay_directory(path);
	if (files <= 0) {
		fprintf(stderr, "%s: %s\n", path,
			files ? "failed" : "no files");
		return -1;
	}
	printf("%s: %d files replayed\n", path, files);
	return 0;
}

/* xorshift64* */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

/* The input of @seed alone, whatever was run before. */
static size_t make_input(uint64_t seed, uint8_t *input)
{
	uint64_t state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
	size_t len;

	next_random(&state);
	len = 1 + (next_random(&state) >> 32) % LEN_MAX;
	for (size_t i = 0; i < len; i++)
		input[i] = (uint8_t)(next_random(&state) >> 56);
	return len;
}

static int run_random(uint64_t seed, long seconds, const char *save)
{
	time_t begin = time(NULL), told = begin, now;
	uint8_t input[LEN_MAX];
	uint64_t inputs = 0;
	FILE *file;
	size_t len;

	printf("%s: --seed %llu\n", program, (unsigned long long)seed);
	fflush(stdout);
	do {
		len = make_input(seed + inputs, input);
		snprintf(running, sizeof(running),
			 "failed: %s --seed %llu --seconds 0\n", program,
			 (unsigned long long)(seed + inputs));
		if (save) {
			file = fopen(save, "wb");
			MUST(file && fwrite(input, 1, len, file) == len);
			fclose(file);
		}
		run_one(input, len);
		inputs++;
		now = time(NULL);
		if (now >= told + PROGRESS_SECONDS) {
			printf("%lld s, %llu inputs\n",
			       (long long)(now - begin),
			       (unsigned long long)inputs);
			fflush(stdout);
			told = now;
		}
	} while (now < begin + seconds);
	printf("%llu inputs passed\n", (unsigned long long)inputs);
	return 0;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: %s [--seconds N] [--seed S] [--save FILE] "
		"[FILE|DIRECTORY...]\n"
		"  --seconds N  inputs at random, for so long; 0: one\n"
		"  --seed S     the first of them; else of the clock\n"
		"  --save FILE  leaves the last one there, before it is run\n",
		program);
	return 2;
}

int main(int argc, char **argv)
{
	uint64_t seed = (uint64_t)time(NULL) * 1000000;
	const char *save = NULL;
	long seconds = -1;
	int i = 1;

	program = argv[0];
	for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
		if (!strcmp(argv[i], "--seconds"))
			seconds = strtol(argv[i + 1], NULL, 10);
		else if (!strcmp(argv[i], "--seed"))
			seed = strtoull(argv[i + 1], NULL, 10);
		else if (!strcmp(argv[i], "--save"))
			save = argv[i + 1];
		else
			return usage();
	}
	if ((i == argc && seconds < 0) || (i < argc && argv[i][0] == '-'))
		return usage();
	catch_failures();
	for (; i < argc; i++)
		if (replay(argv[i]) < 0)
			return 1;
	return seconds < 0 ? 0 : run_random(seed, seconds, save);
}
