/* SPDX-License-Identifier: MIT */
/*
 * Reads the command line of httpd. Does not look whether the directory or the
 * address exist.
 */
#include "httpd_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
	"usage: httpd [-p PORT] [-b ADDRESS] [-t SECONDS] [-s] DIRECTORY\n"
	"\n"
	"Serves the files below DIRECTORY by HTTP, a fiber per connection.\n"
	"\n"
	"  -p PORT     listen there (8080); 0: the kernel chooses\n"
	"  -b ADDRESS  numeric, IPv4 or IPv6 (127.0.0.1: this machine only)\n"
	"  -t SECONDS  how long a connection may do nothing (30)\n"
	"  -s          print statistics each second\n"
	"  -h, --help  print this\n"
	"\n"
	"SIGTERM and SIGINT end it, when what is being sent has been sent.\n";

static void __attribute__((noreturn)) refuse(void)
{
	fprintf(stderr, "httpd: see httpd --help\n");
	exit(2);
}

static int read_number(char option, const char *text, long min, long max)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || end == text || *end || n < min || n > max) {
		fprintf(stderr,
			"httpd: -%c takes a number from %ld to %ld, not '%s'\n",
			option, min, max, text);
		exit(2);
	}
	return (int)n;
}

void httpd_options_read(struct httpd_options *options, int argc, char **argv)
{
	static const struct option names[] = {
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*options = (struct httpd_options){
		.address = "127.0.0.1", .port = 8080, .idle_seconds = 30
	};
	while ((c = getopt_long(argc, argv, "p:b:t:sh", names, NULL)) != -1) {
		switch (c) {
		case 'p':
			options->port = (uint16_t)read_number('p', optarg, 0,
							      UINT16_MAX);
			break;
		case 'b':
			options->address = optarg;
			break;
		case 't':
			options->idle_seconds = read_number('t', optarg, 1,
							    86400);
			break;
		case 's':
			options->has_statistics = true;
			break;
		case 'h':
			fputs(help, stdout);
			exit(0);
		default:
			refuse();
		}
	}
	if (optind != argc - 1) {
		fprintf(stderr, optind == argc
			? "httpd: which DIRECTORY is to be served?\n"
			: "httpd: only one DIRECTORY can be served\n");
		refuse();
	}
	options->directory = argv[optind];
}
