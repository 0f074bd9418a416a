/* SPDX-License-Identifier: MIT */
/*
 * msgrcv(), msgsnd() and semop() of System V wait in one thread while another
 * sends, takes or adds; removal ends them.
 */
#include "claim.h"

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

struct message {
	long type;
	char text[1000];
};

static int queue, sems;

static void *echoes(void *arg)
{
	struct message m;

	for (int i = 0; i < 50; i++) {
		CHECK_EQ(msgrcv(queue, &m, sizeof(m.text), 1, 0), 4);
		m.type = 2;
		OK(msgsnd(queue, &m, 4, 0));
	}
	return arg;
}

static void *sends_much(void *arg)
{
	struct message m = { .type = 3 };

	for (int i = 0; i < 100; i++)
		OK(msgsnd(queue, &m, sizeof(m.text), 0));
	return arg;
}

static void *takes_three(void *arg)
{
	struct sembuf take = { .sem_op = -3 };

	OK(semop(sems, &take, 1));
	return arg;
}

static void *ends_with_eidrm(void *arg)
{
	struct sembuf take = { .sem_op = -1 };
	struct message m;

	if (arg)
		CHECK_EQ(msgrcv(queue, &m, sizeof(m.text), 9, 0), -1);
	else
		CHECK_EQ(semop(sems, &take, 1), -1);
	CHECK(errno == EIDRM || errno == EINVAL);
	return arg;
}

static void messages(void)
{
	struct message m = { .text = "abc" };
	pthread_t t = start(echoes, NULL);

	for (int i = 0; i < 50; i++) {
		m.type = 1;
		OK(msgsnd(queue, &m, 4, 0));
		CHECK_EQ(msgrcv(queue, &m, sizeof(m.text), 2, 0), 4);
		CHECK(strcmp(m.text, "abc") == 0);
	}
	join(t);
	CHECK_ERROR(msgrcv(queue, &m, 4, 0, IPC_NOWAIT), ENOMSG);
	t = start(sends_much, NULL); /* more than fits */
	settle();
	for (int i = 0; i < 100; i++)
		CHECK_EQ(msgrcv(queue, &m, sizeof(m.text), 3, 0), 1000);
	join(t);
}

int main(void)
{
	struct sembuf add = { .sem_op = 1 }, take = { .sem_op = -1 };
	struct timespec limit = timespec_of(20 * MSEC);
	pthread_t t, other;

	queue = OK(msgget(IPC_PRIVATE, 0600));
	sems = OK(semget(IPC_PRIVATE, 1, 0600));
	messages();
	t = start(takes_three, NULL);
	for (int i = 0; i < 3; i++) {
		settle();
		OK(semop(sems, &add, 1));
	}
	join(t);
	CHECK_EQ(semctl(sems, 0, GETVAL), 0);
	CHECK_ERROR(semtimedop(sems, &take, 1, &limit), EAGAIN);
	t = start(ends_with_eidrm, NULL);
	other = start(ends_with_eidrm, &t);
	settle();
	OK(semctl(sems, 0, IPC_RMID));
	OK(msgctl(queue, IPC_RMID, NULL));
	join(t);
	join(other);
	return ok();
}
