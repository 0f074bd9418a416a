/* SPDX-License-Identifier: MIT */
/*
 * A pool of at most 3 connections, which 12 clients share: each is made when it
 * is needed, used again, and replaced when it turns out to be closed.
 */
#include <evergreen/evergreen.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLIENTS = 12, CONNECTIONS = 3 };

struct server {
	int connects, open, open_max, answers;
};

struct connection {
	int questions_left; /* before the server closes it */
};

static int server_connect(void **ret_connection, void *arg)
{
	int r = eg_sleep(10 * EG_MSEC); /* as connecting takes its time */
	struct connection *c = r < 0 ? NULL : calloc(1, sizeof(*c));
	struct server *s = arg;

	if (!c)
		return r < 0 ? r : -ENOMEM;
	c->questions_left = 5;
	s->connects++;
	if (++s->open > s->open_max)
		s->open_max = s->open;
	*ret_connection = c;
	return 0;
}

static void server_disconnect(void *connection, void *arg)
{
	struct server *s = arg;

	free(connection);
	s->open--;
}

/* Looked at before it is lent again. */
static int is_alive(void *connection, void *arg)
{
	const struct connection *c = connection;

	(void)arg;
	return c->questions_left > 0 ? 0 : -1;
}

struct client {
	eg_resource_pool *pool;
	struct server *server;
};

static void *ask(void *arg)
{
	const struct client *client = arg;
	struct connection *c;
	void *lent;
	int r;

	for (int i = 0; i < 2; i++) {
		r = eg_resource_get(client->pool, &lent, EG_RESOURCE_TIED,
				    eg_after(EG_SEC));
		if (r < 0)
			return NULL;
		c = lent;
		eg_sleep(EG_MSEC); /* question and answer */
		c->questions_left--;
		client->server->answers++;
		eg_resource_put(client->pool, c);
	}
	return NULL;
}

static int run(void *arg)
{
	eg_resource_options options = EG_RESOURCE_OPTIONS_INIT;
	struct server server = { 0 };
	struct client client = { .server = &server };
	eg_group clients = { 0 };
	int r;

	(void)arg;
	options.name = "connections";
	options.create = server_connect;
	options.destroy = server_disconnect;
	options.check = is_alive;
	options.arg = &server;
	options.max_size = CONNECTIONS;
	options.max_idle = 30 * EG_SEC;
	r = eg_resource_pool_new(&client.pool, &options);
	if (r < 0)
		return r;
	for (int i = 0; i < CLIENTS && r == 0; i++)
		r = eg_group_spawn(&clients, ask, &client, NULL);
	eg_group_wait(&clients, EG_FOREVER);
	eg_resource_pool_free(client.pool, EG_FOREVER);
	printf("%d answers by %d connections, %d at a time, %d left\n",
	       server.answers, server.connects, server.open_max, server.open);
	return r;
}

int main(void)
{
	int status;

	return eg_run(run, NULL, NULL, &status) < 0 || status < 0;
}
