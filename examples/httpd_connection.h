/* SPDX-License-Identifier: MIT */
/*
 * The connections of the file server, each served by a fiber of its own. Who
 * listens and spawns is httpd.c.
 */
#ifndef EVERGREEN_EXAMPLES_HTTPD_CONNECTION_H
#define EVERGREEN_EXAMPLES_HTTPD_CONNECTION_H

#include <stdint.h>

/**
 * httpd_connections_init - say what is served
 * @root: from httpd_file_root()
 * @idle: nanoseconds a client may take for a request, or to take a piece of a
 *        response, or to do nothing in between
 */
void httpd_connections_init(int root, int64_t idle);

/**
 * httpd_connection - serve a connection until it ends
 * @fd: its socket, as an intptr_t; is closed
 *
 * What the fiber of a connection runs (eg_fiber_fn).
 */
void *httpd_connection(void *fd);

/* Counts the requests until now. */
uint64_t httpd_connections_served(void);

/* Lets who is being answered go on until that is done. Who waits for a request
 * reads the end of the connection now. */
void httpd_connections_stop(void);

#endif
