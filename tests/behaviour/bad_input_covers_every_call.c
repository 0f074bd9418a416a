/* SPDX-License-Identifier: MIT */
/*
 * No public call is forgotten: every EG_API declaration in the headers has a
 * row in the table of its header, and every row a declaration.
 */
#include "bad_input.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

static const struct bad_table *const tables[] = {
	&bad_callback, &bad_chan,   &bad_coro,	&bad_dag,   &bad_debug,
	&bad_error,    &bad_fiber,  &bad_group, &bad_hub,   &bad_io,
	&bad_local,    &bad_net,    &bad_pool,	&bad_queue, &bad_resource,
	&bad_select,   &bad_shared, &bad_spawn, &bad_sync,  &bad_time,
	&bad_test, &bad_version,  &bad_watch, &bad_watcher, &bad_loop,
};

static const struct bad_table *find_table(const char *header)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		if (!strcmp(tables[i]->header, header))
			return tables[i];
	return NULL;
}

static bool has_row(const struct bad_table *table, const char *call)
{
	for (size_t i = 0; table && i < table->count; i++)
		if (!strcmp(table->rows[i].call, call))
			return true;
	return false;
}

/* The name in "EG_API int eg_join(eg_fiber ..."; false: no declaration. */
static bool declared_name(const char *line, char *name, size_t size)
{
	const char *open = strchr(line, '('), *begin = open;

	if (strncmp(line, "EG_API ", 7) != 0 || !open)
		return false;
	while (isalnum((unsigned char)begin[-1]) || begin[-1] == '_')
		begin--;
	snprintf(name, size, "%.*s", (int)(open - begin), begin);
	return true;
}

/* Calls @found with every declaration of every header. Returns how many. */
static int each_call(void (*found)(const char *header, const char *name,
				   void *arg),
		     void *arg)
{
	DIR *dir = opendir(EGT_HEADERS);
	char path[512], line[256], name[128];
	struct dirent *entry;
	int count = 0;

	egt_true(dir);
	while ((entry = readdir(dir))) {
		FILE *header;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", EGT_HEADERS,
			 entry->d_name);
		header = fopen(path, "r");
		egt_true(header);
		while (fgets(line, sizeof(line), header)) {
			if (!declared_name(line, name, sizeof(name)))
				continue;
			found(entry->d_name, name, arg);
			count++;
		}
		fclose(header);
	}
	closedir(dir);
	return count;
}

static void must_have_row(const char *header, const char *name, void *arg)
{
	(void)arg;
	egt_casef("%s of %s", name, header);
	egt_true(has_row(find_table(header), name));
}

EG_TEST_PLAIN(every_public_call_is_called_wrongly)
{
	/* Fewer would mean that the headers were not read. */
	egt_le(70, each_call(must_have_row, NULL));
}

static void compare(const char *header, const char *name, void *arg)
{
	const char **wanted = arg;

	(void)header;
	if (*wanted && !strcmp(name, *wanted))
		*wanted = NULL;
}

EG_TEST_PLAIN(every_row_is_of_a_public_call)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		for (size_t j = 0; j < tables[i]->count; j++) {
			const char *wanted = tables[i]->rows[j].call;

			egt_case(wanted);
			each_call(compare, &wanted);
			egt_ptr_eq(wanted, NULL);
		}
	}
}
