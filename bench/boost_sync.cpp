// SPDX-License-Identifier: MIT
//
// The rows about objects that nobody else wants at the moment, and queues, on
// Boost.Fiber. It has neither events nor semaphores: here one is a flag or a
// number under a mutex with a condition. A buffered channel of Boost holds one
// value less than its size, which is a power of two.

#include <boost/fiber/all.hpp>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "bench.h"

namespace fibers = boost::fibers;

using lock = std::unique_lock<fibers::mutex>;

static const size_t queue_size = 64;

template <typename Pair> static double each(Pair pair, long ops)
{
	int64_t start = bench_now();

	for (long i = 0; i < ops; i++)
		pair();
	return double(bench_now() - start) / double(ops);
}

static double run_mutex(long, long ops)
{
	fibers::mutex mutex;

	return each(
		[&mutex] {
			mutex.lock();
			mutex.unlock();
		},
		ops);
}

static double run_rmutex(long, long ops)
{
	fibers::recursive_mutex mutex;

	return each(
		[&mutex] {
			mutex.lock();
			mutex.unlock();
		},
		ops);
}

static double run_event(long, long ops)
{
	fibers::mutex mutex;
	fibers::condition_variable changed;
	bool is_set = false;

	return each(
		[&] {
			{
				lock held(mutex);
				is_set = true;
				changed.notify_all();
			}
			{
				lock held(mutex);
				changed.wait(held, [&] { return is_set; });
			}
			{
				lock held(mutex);
				is_set = false;
			}
		},
		ops);
}

static double run_sem(long, long ops)
{
	fibers::mutex mutex;
	fibers::condition_variable changed;
	long units = 0;

	return each(
		[&] {
			{
				lock held(mutex);
				units++;
				changed.notify_one();
			}
			{
				lock held(mutex);
				changed.wait(held, [&] { return units > 0; });
				units--;
			}
		},
		ops);
}

static double run_queue(long, long ops)
{
	fibers::buffered_channel<long> queue(queue_size);
	long i = 0;

	return each(
		[&] {
			queue.push(i);
			if (queue.value_pop() != i++)
				std::abort();
		},
		ops);
}

static double run_queue_handover(long, long ops)
{
	fibers::buffered_channel<long> queue(2);
	int64_t start = bench_now();

	fibers::fiber to([&] {
		for (long i = 0; i < ops; i++)
			if (queue.value_pop() != i)
				std::abort();
	});
	fibers::fiber from([&] {
		for (long i = 0; i < ops; i++)
			queue.push(i);
	});
	from.join();
	to.join();
	return double(bench_now() - start) / double(ops);
}

int main(int argc, char **argv)
{
	static const bench_row rows[] = {
		{ "mutex", BENCH_NO_SIZE, run_mutex, "ns", 0 },
		{ "rmutex", BENCH_NO_SIZE, run_rmutex, "ns", 0 },
		{ "event", BENCH_NO_SIZE, run_event, "ns", 0 },
		{ "sem", BENCH_NO_SIZE, run_sem, "ns", 0 },
		{ "queue", BENCH_NO_SIZE, run_queue, "ns", 0 },
		{ "queue_handover", BENCH_NO_SIZE, run_queue_handover, "ns",
		  0 },
	};

	return bench_main(argc, argv, "boost_fiber", rows,
			  BENCH_ARRAY_LEN(rows));
}
