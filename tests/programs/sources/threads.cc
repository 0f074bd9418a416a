// SPDX-License-Identifier: MIT
// Threads, atomic waits, latches, barriers, semaphores, futures, exceptions.
#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <future>
#include <iostream>
#include <latch>
#include <mutex>
#include <queue>
#include <semaphore>
#include <shared_mutex>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

static int atomic_waits()
{
	std::atomic<int> turn{ 0 };
	std::vector<std::jthread> players;

	for (int i = 0; i < 4; i++)
		players.emplace_back([&turn, i] {
			for (int k = i; k < 400; k += 4) {
				for (int t; (t = turn.load()) != k;)
					turn.wait(t);
				turn++;
				turn.notify_all();
			}
		});
	players.clear();
	return turn;
}

static int latch_and_barrier()
{
	std::latch start{ 1 }, done{ 50 };
	std::atomic<int> phases{ 0 }, sum{ 0 };
	std::barrier barrier{ 50, [&phases]() noexcept { phases++; } };
	std::vector<std::jthread> threads;

	for (int i = 0; i < 50; i++)
		threads.emplace_back([&, i] {
			start.wait();
			for (int k = 0; k < 5; k++)
				barrier.arrive_and_wait();
			sum += i;
			done.count_down();
		});
	start.count_down();
	done.wait();
	return phases * 10000 + sum;
}

static int semaphores()
{
	std::counting_semaphore<3> room{ 3 };
	std::binary_semaphore never{ 0 };
	std::atomic<int> inside{ 0 }, most{ 0 };
	std::vector<std::jthread> threads;

	for (int i = 0; i < 20; i++)
		threads.emplace_back([&] {
			room.acquire();
			int now = ++inside;
			for (int m = most; m < now;)
				most.compare_exchange_weak(m, now);
			std::this_thread::sleep_for(2ms);
			inside--;
			room.release();
		});
	threads.clear();
	return never.try_acquire_for(20ms) ? -1 : most.load();
}

static int fails(int i)
{
	thread_local int depth = 0;

	if (depth++ == 20)
		throw std::runtime_error("thrown by " + std::to_string(i));
	std::this_thread::yield();
	return fails(i);
}

static int exceptions()
{
	std::vector<std::future<int>> results;
	int caught = 0;

	for (int i = 0; i < 20; i++)
		results.push_back(std::async(std::launch::async, fails, i));
	for (int i = 0; i < 20; i++) {
		try {
			results[i].get();
		} catch (const std::runtime_error &e) {
			caught += e.what() == "thrown by " + std::to_string(i);
		}
	}
	return caught;
}

static int condition_and_stop()
{
	std::mutex m;
	std::condition_variable_any changed;
	std::queue<int> items;
	int sum = 0;
	std::jthread consumer([&](std::stop_token stop) {
		std::unique_lock lock(m);

		while (changed.wait(lock, stop,
				    [&] { return !items.empty(); })) {
			sum += items.front();
			items.pop();
		}
	});

	for (int i = 0; i < 1000; i++) {
		std::lock_guard lock(m);
		items.push(i);
		changed.notify_one();
	}
	for (;; std::this_thread::sleep_for(1ms)) {
		std::lock_guard lock(m);
		if (items.empty())
			break;
	}
	consumer.request_stop();
	consumer.join();
	return sum;
}

static int shared_lock()
{
	std::shared_timed_mutex m;
	std::vector<std::jthread> threads;
	int value = 0, torn = 0;
	std::atomic<int> reads{ 0 };

	for (int i = 0; i < 4; i++)
		threads.emplace_back([&] {
			for (int k = 0; k < 100; k++) {
				std::unique_lock lock(m);
				value++;
				std::this_thread::yield();
				value++;
			}
		});
	for (int i = 0; i < 8; i++)
		threads.emplace_back([&] {
			for (int k = 0; k < 100; k++) {
				std::shared_lock lock(m);
				reads += 1;
				torn += value % 2;
			}
		});
	threads.clear();
	return value + torn + reads;
}

int main()
{
	std::cout << "atomic::wait " << atomic_waits() << "\n"
		  << "latch, barrier " << latch_and_barrier() << "\n"
		  << "semaphores " << semaphores() << "\n"
		  << "exceptions " << exceptions() << "\n"
		  << "condition, stop_token " << condition_and_stop() << "\n"
		  << "shared mutex " << shared_lock() << "\n";
	return 0;
}
