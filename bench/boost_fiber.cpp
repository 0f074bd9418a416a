// SPDX-License-Identifier: MIT
//
// The task rows on Boost.Fiber and the raw switch of Boost.Context below it,
// with its default stacks; a switch with a value, which checks nothing, and
// Boost.Coroutine2's generators. A buffered channel of Boost holds one message
// less than its size, which is a power of two: chan/1 has size 2, chan/64 size
// 64.

#include <boost/context/detail/fcontext.hpp>
#include <boost/coroutine2/all.hpp>
#include <boost/fiber/all.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "bench.h"

namespace ctx = boost::context::detail;
namespace fibers = boost::fibers;

static void ping(ctx::transfer_t t)
{
	for (;;)
		t = ctx::jump_fcontext(t.fctx, nullptr);
}

static double run_switch(long, long ops)
{
	static char stack[64 * 1024];
	ctx::fcontext_t other =
		ctx::make_fcontext(stack + sizeof(stack), sizeof(stack), ping);
	int64_t start = bench_now();

	for (long i = 0; i < ops; i += 2)
		other = ctx::jump_fcontext(other, nullptr).fctx;
	return double(bench_now() - start) / double(ops);
}

static void echo(ctx::transfer_t t)
{
	for (;;)
		t = ctx::jump_fcontext(t.fctx, t.data);
}

static double run_coro_switch(long, long ops)
{
	static char stack[64 * 1024];
	ctx::transfer_t t = {
		ctx::make_fcontext(stack + sizeof(stack), sizeof(stack), echo),
		nullptr,
	};
	int64_t start = bench_now();

	for (long i = 0; i < ops; i += 2)
		t = ctx::jump_fcontext(t.fctx, t.data);
	return double(bench_now() - start) / double(ops);
}

using generator = boost::coroutines2::coroutine<long>;

static void count(generator::push_type &give)
{
	for (long value = 0;; value++)
		give(value);
}

// A value goes down and up: two switches for each generator.
static double run_chain(long size, long ops)
{
	std::vector<std::unique_ptr<generator::pull_type>> chain;
	long done = 0;

	chain.emplace_back(new generator::pull_type(count));
	while (long(chain.size()) < size) {
		generator::pull_type &source = *chain.back();

		chain.emplace_back(new generator::pull_type(
			[&source](generator::push_type &give) {
				for (;;) {
					give(source.get());
					source();
				}
			}));
	}
	int64_t start = bench_now();
	for (; done < ops; done += 2 * size)
		(*chain.back())();
	start = bench_now() - start;
	while (!chain.empty())
		chain.pop_back();
	return double(start) / double(done);
}

static double run_yield(long tasks, long ops)
{
	std::vector<fibers::fiber> all;
	long each = ops / tasks + 1, unfinished = tasks;
	int64_t start = 0, end = 0;

	for (long i = 0; i < tasks; i++)
		all.emplace_back([&] {
			boost::this_fiber::yield();
			if (!start)
				start = bench_now();
			for (long k = 0; k < each; k++)
				boost::this_fiber::yield();
			if (--unfinished == 0)
				end = bench_now();
		});
	for (auto &f : all)
		f.join();
	return double(end - start) / double(each * tasks);
}

static double run_spawn_join(long batch, long ops)
{
	std::vector<fibers::fiber> all(static_cast<size_t>(batch));
	long batches = ops / batch + 1;
	int64_t start = bench_now();

	for (long b = 0; b < batches; b++) {
		for (auto &f : all)
			f = fibers::fiber([] {});
		for (auto &f : all)
			f.join();
	}
	return double(bench_now() - start) / double(batches * batch);
}

template <typename Channel> static double flow(Channel &channel, long ops)
{
	int64_t start = bench_now();

	fibers::fiber to([&] {
		for (long i = 0; i < ops; i++)
			if (channel.value_pop() != i)
				std::abort();
	});
	fibers::fiber from([&] {
		for (long i = 0; i < ops; i++)
			channel.push(i);
	});
	from.join();
	to.join();
	return double(bench_now() - start) / double(ops);
}

static double run_chan(long capacity, long ops)
{
	if (capacity == 0) {
		fibers::unbuffered_channel<long> channel;
		return flow(channel, ops);
	}
	fibers::buffered_channel<long> channel(capacity == 1 ? 2 : 64);
	return flow(channel, ops);
}

static double run_mem(long tasks, long)
{
	// parked forever, so neither may ever be destroyed
	static auto *lock = new fibers::mutex;
	static auto *never = new fibers::condition_variable;
	long parked = 0;

	bench_memory_start();
	for (long i = 0; i < tasks; i++)
		fibers::fiber([&parked] {
			std::unique_lock<fibers::mutex> held(*lock);
			parked++;
			never->wait(held);
		}).detach();
	while (parked < tasks)
		boost::this_fiber::yield();
	return bench_memory_per(tasks);
}

static double run_sleepers(long tasks, long)
{
	using namespace std::chrono_literals;
	int64_t start = bench_now();
	double cpu = bench_cpu_s();
	long asleep = tasks;

	for (long i = 0; i < tasks; i++)
		fibers::fiber([&asleep] {
			boost::this_fiber::sleep_for(1s);
			asleep--;
		}).detach();
	while (asleep)
		boost::this_fiber::sleep_for(10ms);
	bench_extra("wall", double(bench_now() - start) / BENCH_NS_PER_S);
	bench_extra("rss_mb", bench_peak_mib());
	return bench_cpu_s() - cpu;
}

int main(int argc, char **argv)
{
	static const bench_row rows[] = {
		{ "switch", BENCH_NO_SIZE, run_switch, "ns", 0 },
		{ "coro_switch", BENCH_NO_SIZE, run_coro_switch, "ns", 0 },
		{ "gen_chain", 1000, run_chain, "ns", 0 },
		{ "yield", 2, run_yield, "ns", 0 },
		{ "yield", 1000, run_yield, "ns", 0 },
		{ "yield", 10000, run_yield, "ns", 0 },
		{ "spawn_join", 1, run_spawn_join, "ns", 0 },
		{ "spawn_join", 1000, run_spawn_join, "ns", 0 },
		{ "chan", 0, run_chan, "ns", 0 },
		{ "chan", 1, run_chan, "ns", 0 },
		{ "chan", 64, run_chan, "ns", 0 },
		{ "mem", 100000, run_mem, "bytes", 1 },
		{ "mem", 1000000, run_mem, "bytes", 1 },
		{ "sleepers", 1000000, run_sleepers, "s", 1 },
	};
	int status = bench_main(argc, argv, "boost_fiber", rows,
				BENCH_ARRAY_LEN(rows));

	// the destructors would wait for the fibers that are parked
	std::fflush(stdout);
	std::_Exit(status);
}
