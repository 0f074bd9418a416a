/* SPDX-License-Identifier: MIT */
/*
 * The simulated backend: its clock, its scripts, and when the clock stands.
 */
#include "loop_rig.h"

#include "loop/sim.h"

#include <pthread.h>

#define MSEC INT64_C(1000000)
#define HOUR (INT64_C(3600) * 1000000000)

static void open_sim(struct eg_poller *l)
{
	egt_eq(eg__poller_open(l, "sim"), 0);
	egt_eq(l->now, EG_SIM_START);
}

EG_TEST_PLAIN(sim_clock_jumps_exactly_to_the_deadline)
{
	struct eg_poller l = { 0 };

	open_sim(&l);
	egt_eq(eg__poller_turn(&l, EG_SIM_START + HOUR), 0);
	egt_eq(l.now, EG_SIM_START + HOUR);
	egt_eq(eg__poller_turn(&l, EG_SIM_START + HOUR + 1), 0);
	egt_eq(l.now, EG_SIM_START + HOUR + 1);
	/* Never back. */
	egt_eq(eg__poller_turn(&l, EG_SIM_START), 0);
	egt_eq(l.now, EG_SIM_START + HOUR + 1);
	eg__poller_close(&l);
}

EG_TEST_PLAIN(sim_input_comes_before_a_jump)
{
	struct eg_poller l = { 0 };
	struct rig_op r;
	int fds[2];

	open_sim(&l);
	rig_pair(fds);
	rig_recv(&r, &l, fds[0]);
	rig_submit(&r);
	egt_eq(write(fds[1], "x", 1), 1);
	egt_eq(eg__poller_turn(&l, EG_SIM_START + HOUR), 0);
	egt_eq(r.completions, 1);
	egt_eq(l.now, EG_SIM_START);
	rig_close(&l, fds[0]);
	rig_close(&l, fds[1]);
	eg__poller_close(&l);
}

EG_TEST_PLAIN(sim_script_answers_in_order)
{
	enum { FD = EG_SIM_FD_BASE + 7 };
	struct rig_op in, out;
	struct eg_poller l = { 0 };

	open_sim(&l);
	egt_eq(eg__sim_script(&l, FD, EG_SIM_START + 5 * MSEC, EG_OP_RECV, 3,
			      "abc", 3),
	       0);
	egt_eq(eg__sim_script(&l, FD, EG_SIM_START + 2 * MSEC, EG_OP_SEND,
			      -EPIPE, NULL, 0),
	       0);
	egt_eq(eg__sim_script(&l, FD, 0, EG_OP_RECV, 0, NULL, 0), 0);
	rig_recv(&in, &l, FD);
	rig_send(&out, &l, FD, "x");
	rig_submit(&in);
	rig_submit(&out);
	rig_finish(&out);
	egt_eq(out.result, -EPIPE);
	egt_eq(l.now, EG_SIM_START + 2 * MSEC);
	egt_eq(in.completions, 0);
	rig_finish(&in);
	egt_eq(l.now, EG_SIM_START + 5 * MSEC);
	egt_eq(in.result, 3);
	egt_true(!memcmp(in.buf, "abc", 3));
	/* Its time has passed: at once. */
	rig_submit(&in);
	rig_finish(&in);
	egt_eq(in.result, 0);
	egt_eq(l.now, EG_SIM_START + 5 * MSEC);
	eg__poller_close(&l);
}

EG_TEST_PLAIN(sim_script_obeys_deadlines_and_cancels)
{
	enum { FD = EG_SIM_FD_BASE };
	struct rig_op r;
	struct eg_poller l = { 0 };

	open_sim(&l);
	rig_recv(&r, &l, FD);
	rig_submit(&r);
	egt_eq(eg__sim_script(&l, FD, EG_SIM_START + 9 * MSEC, EG_OP_RECV, 1,
			      "x", 1),
	       0);
	egt_eq(eg__poller_turn(&l, EG_SIM_START + 4 * MSEC), 0);
	egt_eq(l.now, EG_SIM_START + 4 * MSEC);
	egt_eq(r.completions, 0);
	eg__poller_cancel(&l, &r.op);
	rig_finish(&r);
	egt_eq(r.result, -ECANCELED);
	/* The answer was not used up. */
	rig_submit(&r);
	rig_finish(&r);
	egt_eq(r.result, 1);
	egt_eq(l.now, EG_SIM_START + 9 * MSEC);
	eg__poller_close(&l);
}

EG_TEST_PLAIN(sim_script_refuses_real_things)
{
	struct eg_poller l = { 0 };

	open_sim(&l);
	egt_eq(eg__sim_script(&l, 3, 0, EG_OP_RECV, 0, NULL, 0), -EINVAL);
	eg__poller_close(&l);
	egt_eq(eg__poller_open(&l, "epoll"), 0);
	egt_eq(eg__sim_script(&l, EG_SIM_FD_BASE, 0, EG_OP_RECV, 0, NULL, 0),
	       -EINVAL);
	eg__poller_close(&l);
}

static void *work_for(void *arg)
{
	struct eg_poller *l = arg;

	usleep(20000);
	l->backend->ops->wake(l->backend);
	return NULL;
}

EG_TEST_PLAIN(sim_clock_stands_while_held)
{
	struct eg_poller l = { 0 };
	pthread_t thread;

	open_sim(&l);
	eg__sim_hold(&l);
	egt_eq(pthread_create(&thread, NULL, work_for, &l), 0);
	egt_eq(eg__poller_turn(&l, EG_SIM_START + MSEC), 0);
	egt_eq(l.now, EG_SIM_START);
	pthread_join(thread, NULL);
	eg__sim_release(&l);
	egt_eq(eg__poller_turn(&l, EG_SIM_START + MSEC), 0);
	egt_eq(l.now, EG_SIM_START + MSEC);
	eg__poller_close(&l);
}
