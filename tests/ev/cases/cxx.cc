// SPDX-License-Identifier: MIT
//
// C++: default arguments, lambdas as callbacks, constants as ints, and libev's
// own classes over this header where they are installed.
#include "../expect.h"

#ifdef CASE_EVXX
#define EV_H <ev.h>
#include <ev++.h>
#endif

static int fired;

#ifdef CASE_EVXX
struct ticker {
	ev::timer timer;
	ev::sig signal;
	int ticks = 0;

	explicit ticker(ev::loop_ref loop) : timer(loop), signal(loop)
	{
		timer.set<ticker, &ticker::tick>(this);
		timer.start(0.001, 0.001);
		signal.set<ticker, &ticker::got>(this);
		signal.start(SIGUSR1);
	}

	void tick(ev::timer &w, int revents)
	{
		expect(revents == ev::TIMER && w.is_active());
		if (++ticks == 3)
			raise(SIGUSR1);
	}

	void got(ev::sig &w, int revents)
	{
		expect(revents == ev::SIGNAL);
		w.loop.break_loop(ev::ALL);
	}
};

static void check_classes()
{
	ev::default_loop loop;
	ticker t(loop);

	loop.run();
	expect(t.ticks >= 3);
}
#else
static void check_classes()
{
}
#endif

int main()
{
	struct ev_loop *loop = ev_loop_new();
	const int both = EV_READ | EV_WRITE;
	ev_timer timer;

	expect(both == 3);
	ev_timer_init(&timer, [](EV_P_ ev_timer *, int) {
		fired++;
		ev_break(EV_A);
	}, 0.001, 0.);
	ev_timer_start(loop, &timer);
	ev_run(loop);
	expect(fired == 1);
	ev_loop_destroy(loop);
	check_classes();
	return 0;
}
