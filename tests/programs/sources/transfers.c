/* SPDX-License-Identifier: MIT */
/*
 * transfers URL N - N threads, each with transfers of its own: names resolved
 * by libcurl's own threads, connections, bodies.
 */
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { EACH = 5, MOST = 1000 };

static const char *url;

static size_t count(char *text, size_t size, size_t n, void *arg)
{
	(void)text;
	*(size_t *)arg += size * n;
	return size * n;
}

static void *transfer(void *arg)
{
	CURL *c = curl_easy_init();
	size_t bytes = 0;
	char text[200];
	CURLcode r;

	snprintf(text, sizeof(text), "%s%ld", url, (long)arg);
	curl_easy_setopt(c, CURLOPT_URL, text);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, 30L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, count);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &bytes);
	for (int i = 0; i < EACH; i++) {
		r = curl_easy_perform(c);
		if (r != CURLE_OK)
			fprintf(stderr, "%s: %s\n", text,
				curl_easy_strerror(r));
	}
	curl_easy_cleanup(c);
	return (void *)bytes;
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[2]) : 1;
	pthread_t t[MOST];
	size_t bytes = 0;
	void *r;

	url = argv[1];
	curl_global_init(CURL_GLOBAL_ALL);
	for (long i = 0; i < n; i++)
		pthread_create(&t[i], NULL, transfer, (void *)i);
	for (int i = 0; i < n; i++) {
		pthread_join(t[i], &r);
		bytes += (size_t)r;
	}
	printf("%zu bytes\n", bytes);
	curl_global_cleanup();
	return 0;
}
