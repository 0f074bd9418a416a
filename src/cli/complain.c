/* SPDX-License-Identifier: MIT */
/*
 * The one line on stderr that says what went wrong. Does not end the program.
 */
#include "cli/cli.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

void cli_complain(const char *format, ...)
{
	char line[2 * PATH_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	/* Else a name could end the line, or speak to the terminal. */
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == '\x7f')
			*c = '?';
	fprintf(stderr, "evergreen: %s\n", line);
}
