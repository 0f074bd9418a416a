/* SPDX-License-Identifier: MIT */
/*
 * What httpd is told on its command line.
 */
#ifndef EVERGREEN_EXAMPLES_HTTPD_OPTIONS_H
#define EVERGREEN_EXAMPLES_HTTPD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct httpd_options {
	const char *directory;
	const char *address;
	uint16_t port;
	int idle_seconds;
	bool has_statistics; /* a line each second */
};

/* Ends the program if it is not told well, or asked for --help. */
void httpd_options_read(struct httpd_options *options, int argc, char **argv);

#endif
