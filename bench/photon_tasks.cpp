// SPDX-License-Identifier: MIT
//
// The rows about tasks, channels and objects on Photon, one vCPU. It has no
// event: here one is a flag and a condition, which on one vCPU need no lock. A
// channel is its ring channel for one sender and one receiver, whose size is
// fixed when it is compiled and at least two. Stacks come from its pool.

#include <cstdio>
#include <cstdlib>
#include <photon/common/lockfree_queue.h>
#include <photon/thread/stack-allocator.h>
#include <photon/thread/thread.h>

#include "bench.h"

// of its 8 MiB the pool keeps too few
static const uint64_t stack_bytes = 64 * 1024;
static const size_t least_room = 2;
static const size_t queue_room = 64;

typedef photon::join_handle *task;

static photon::thread *task_new(void *(*run)(void *), void *arg)
{
	photon::thread *t = photon::thread_create(run, arg, stack_bytes);

	if (!t)
		bench_die("thread_create");
	return t;
}

static task task_spawn(void *(*run)(void *), void *arg)
{
	return photon::thread_enable_join(task_new(run, arg));
}

static void task_detach(void *(*run)(void *), void *arg)
{
	task_new(run, arg);
}

static void task_join(task t)
{
	photon::thread_join(t);
}

static void task_yield(void)
{
	photon::thread_yield();
}

static void task_sleep_ms(int ms)
{
	photon::thread_usleep(uint64_t(ms) * 1000);
}

static void task_park(void)
{
	photon::thread_suspend();
}

#include "park_rows.h"
#include "task_rows.h"

template <size_t Capacity>
using channel =
	photon::common::RingChannel<LockfreeSPSCRingQueue<long, Capacity>>;

template <size_t Capacity> struct flow {
	channel<Capacity> messages;
	long count;
};

template <size_t Capacity> static void *sender(void *arg)
{
	auto *f = static_cast<flow<Capacity> *>(arg);

	for (long i = 0; i < f->count; i++)
		f->messages.template send<PhotonPause>(i);
	return arg;
}

template <size_t Capacity> static void *receiver(void *arg)
{
	auto *f = static_cast<flow<Capacity> *>(arg);

	for (long i = 0; i < f->count; i++)
		if (f->messages.recv() != i)
			std::abort();
	return arg;
}

template <size_t Capacity> static double run_chan(long, long ops)
{
	auto *f = new flow<Capacity>;

	f->count = ops;
	int64_t start = bench_now();
	task to = task_spawn(receiver<Capacity>, f);
	task from = task_spawn(sender<Capacity>, f);
	task_join(from);
	task_join(to);
	start = bench_now() - start;
	delete f;
	return double(start) / double(ops);
}

template <typename Pair> static double each(Pair pair, long ops)
{
	int64_t start = bench_now();

	for (long i = 0; i < ops; i++)
		pair();
	return double(bench_now() - start) / double(ops);
}

static double run_queue(long, long ops)
{
	channel<queue_room> queue;
	long i = 0;

	return each(
		[&] {
			queue.template send<PhotonPause>(i);
			if (queue.recv() != i++)
				std::abort();
		},
		ops);
}

template <typename Mutex> static double run_lock(long, long ops)
{
	Mutex mutex;

	return each(
		[&] {
			mutex.lock();
			mutex.unlock();
		},
		ops);
}

static double run_rwlock(long, long ops)
{
	photon::rwlock lock;

	return each(
		[&] {
			lock.lock(photon::RLOCK);
			lock.unlock();
		},
		ops);
}

static double run_event(long, long ops)
{
	photon::condition_variable changed;
	bool is_set = false;

	return each(
		[&] {
			is_set = true;
			changed.notify_all();
			changed.wait_no_lock([&] { return is_set; });
			is_set = false;
		},
		ops);
}

static double run_sem(long, long ops)
{
	photon::semaphore units;

	return each(
		[&] {
			units.signal(1);
			units.wait(1);
		},
		ops);
}

int main(int argc, char **argv)
{
	static const bench_row rows[] = {
		{ "yield", 2, run_yield, "ns", 0 },
		{ "yield", 1000, run_yield, "ns", 0 },
		{ "yield", 10000, run_yield, "ns", 0 },
		{ "spawn_join", 1, run_spawn_join, "ns", 0 },
		{ "spawn_join", 1000, run_spawn_join, "ns", 0 },
		{ "chan", 1, run_chan<least_room>, "ns", 0 },
		{ "chan", 64, run_chan<queue_room>, "ns", 0 },
		{ "mem", 100000, run_mem, "bytes", 1 },
		{ "mem", 1000000, run_mem, "bytes", 1 },
		{ "sleepers", 1000000, run_sleepers, "s", 1 },
		{ "mutex", BENCH_NO_SIZE, run_lock<photon::mutex>, "ns", 0 },
		{ "rmutex", BENCH_NO_SIZE, run_lock<photon::recursive_mutex>,
		  "ns", 0 },
		{ "rwlock", BENCH_NO_SIZE, run_rwlock, "ns", 0 },
		{ "event", BENCH_NO_SIZE, run_event, "ns", 0 },
		{ "sem", BENCH_NO_SIZE, run_sem, "ns", 0 },
		{ "queue", BENCH_NO_SIZE, run_queue, "ns", 0 },
		{ "queue_handover", BENCH_NO_SIZE, run_chan<least_room>, "ns",
		  0 },
	};

	photon::use_pooled_stack_allocator();
	if (photon::vcpu_init() < 0)
		bench_die("vcpu_init");

	int status =
		bench_main(argc, argv, "photon", rows, BENCH_ARRAY_LEN(rows));

	// its end would wait for the threads that are parked
	std::fflush(stdout);
	std::_Exit(status);
}
