/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target over the files of directories, as a test: for compilers
 * without libFuzzer, and for what it has found before. Makes no new inputs.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

/* Exactly as much memory as the file is long, so that a sanitizer sees each
 * read behind its end. */
static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *input = NULL;
	long len = -1;
	int r = -1;

	if (file && !fseek(file, 0, SEEK_END))
		len = ftell(file);
	if (len >= 0) {
		input = malloc((size_t)len);
		rewind(file);
	}
	if (len == 0 || (input && fread(input, (size_t)len, 1, file) == 1)) {
		fprintf(stderr, "%s\n", path);
		LLVMFuzzerTestOneInput(input, (size_t)len);
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
		snprintf(path, sizeof(path), "%s/%s", directory,
			 entry->d_name);
		files = replay_file(path) < 0 ? -1 : files + 1;
	}
	closedir(dir);
	return files;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: %s CORPUS_DIRECTORY...\n", argv[0]);
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		int files = replay_directory(argv[i]);

		if (files <= 0) {
			fprintf(stderr, "%s: %s\n", argv[i],
				files ? "failed" : "no files");
			return 1;
		}
		printf("%s: %d files replayed\n", argv[i], files);
	}
	return 0;
}
