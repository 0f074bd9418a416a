/* SPDX-License-Identifier: MIT */
/*
 * Many threads look names up at once: of the host file, of numbers, of
 * services, and back.
 */
#include "claim.h"

#include <arpa/inet.h>
#include <netdb.h>

static void *looks_up(void *arg)
{
	struct addrinfo hint = { .ai_family = AF_INET,
				 .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	char host[NI_MAXHOST], port[NI_MAXSERV];
	struct sockaddr_in *address;

	CHECK_EQ(getaddrinfo("localhost", "80", &hint, &found), 0);
	address = (void *)found->ai_addr;
	CHECK_EQ(ntohl(address->sin_addr.s_addr), INADDR_LOOPBACK);
	CHECK_EQ(ntohs(address->sin_port), 80);
	CHECK_EQ(getnameinfo(found->ai_addr, found->ai_addrlen, host,
			     sizeof(host), port, sizeof(port),
			     NI_NUMERICHOST | NI_NUMERICSERV),
		 0);
	CHECK(strcmp(host, "127.0.0.1") == 0);
	CHECK(strcmp(port, "80") == 0);
	freeaddrinfo(found);
	hint.ai_flags = AI_NUMERICHOST;
	CHECK_EQ(getaddrinfo("no number", NULL, &hint, &found), EAI_NONAME);
	return arg;
}

int main(void)
{
	pthread_t t[30];

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = start(looks_up, NULL);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		join(t[i]);
	return ok();
}
