# SPDX-License-Identifier: MIT
"""The rows on Python's green threads, the same text for gevent and eventlet.

A system is an object with spawn, join, sleep, queue, event, mutex, rmutex, sem,
set_and_clear, pool_map, pool_spawn and serve; see py_gevent.py. This file chooses and repeats a row, as bench.c does for C.
"""

import json
import os
import resource
import statistics
import sys
import time

BUFFER_BYTES = 1024
FIRST_OPS = 100
STEP_MAX = 100
SLICES = 25
QUEUE_CAPACITY = 64
POOL_SIZE = 100
QUICK_SHRINK = 100
QUICK_FROM_SIZE = 100000


def is_quick():
    return "BENCH_QUICK" in os.environ


def status_bytes(key):
    with open("/proc/self/status") as f:
        for line in f:
            if line.startswith(key):
                return int(line.split()[1]) * 1024
    return 0


def run_lock(mutex, ops):
    lock, unlock = mutex.acquire, mutex.release
    start = time.perf_counter_ns()
    for _ in range(ops):
        lock()
        unlock()
    return (time.perf_counter_ns() - start) / ops


def successor(value):
    return value + 1


class Rows:
    """What can be measured of a system. Values are per operation."""

    def __init__(self, system):
        self.system = system
        self.extras = {}

    def spawn_all(self, count, function):
        return [self.system.spawn(function) for _ in range(count)]

    def join_all(self, tasks):
        for task in tasks:
            self.system.join(task)

    def run_yield(self, count, ops):
        sleep = self.system.sleep
        each = ops // count + 1
        times = []

        def task():
            sleep(0)  # from here on every task has been started
            times.append(time.perf_counter_ns())
            for _ in range(each):
                sleep(0)
            times.append(time.perf_counter_ns())

        self.join_all(self.spawn_all(count, task))
        return (max(times) - min(times)) / (each * count)

    def run_spawn_join(self, batch, ops):
        batches = max(ops // batch, 1)
        start = time.perf_counter_ns()
        for _ in range(batches):
            self.join_all(self.spawn_all(batch, int))
        return (time.perf_counter_ns() - start) / (batches * batch)

    def run_chan(self, capacity, ops):
        queue = self.system.queue(capacity)

        def send():
            for i in range(ops):
                queue.put(i)

        def receive():
            for _ in range(ops):
                queue.get()

        start = time.perf_counter_ns()
        self.join_all([self.system.spawn(receive), self.system.spawn(send)])
        return (time.perf_counter_ns() - start) / ops

    def run_mutex(self, _size, ops):
        return run_lock(self.system.mutex(), ops)

    def run_rmutex(self, _size, ops):
        return run_lock(self.system.rmutex(), ops)

    def run_event(self, _size, ops):
        event = self.system.event()
        set_event, clear = self.system.set_and_clear(event)
        wait = event.wait
        start = time.perf_counter_ns()
        for _ in range(ops):
            set_event()
            wait()
            clear()
        return (time.perf_counter_ns() - start) / ops

    def run_sem(self, _size, ops):
        sem = self.system.sem(0)
        post, wait = sem.release, sem.acquire
        start = time.perf_counter_ns()
        for _ in range(ops):
            post()
            wait()
        return (time.perf_counter_ns() - start) / ops

    def run_queue(self, _size, ops):
        queue = self.system.queue(QUEUE_CAPACITY)
        put, get = queue.put, queue.get
        start = time.perf_counter_ns()
        for i in range(ops):
            put(i)
            get()
        return (time.perf_counter_ns() - start) / ops

    def run_queue_handover(self, _size, ops):
        return self.run_chan(1, ops)

    def run_pool_map(self, size, _ops):
        items = range(size)
        start = time.perf_counter_ns()
        results = self.system.pool_map(POOL_SIZE, successor, items)
        took = time.perf_counter_ns() - start
        if results != list(range(1, size + 1)):
            sys.exit("pool_map: not what was to come")
        return took / size

    def run_pool_spawn(self, _size, ops):
        start = time.perf_counter_ns()
        self.system.pool_spawn(POOL_SIZE, int, ops)
        return (time.perf_counter_ns() - start) / ops

    def run_mem(self, count, _ops):
        never = self.system.event()
        resident = status_bytes("VmRSS:")
        page_tables = status_bytes("VmPTE:")
        for _ in range(count):
            self.system.spawn(never.wait)
        self.system.sleep(0)
        self.system.sleep(0)
        self.extras["pte"] = (status_bytes("VmPTE:") - page_tables) / count
        return (status_bytes("VmRSS:") - resident) / count


ROWS = {
    "yield/2": ("run_yield", 2, "ns"),
    "yield/1000": ("run_yield", 1000, "ns"),
    "yield/10000": ("run_yield", 10000, "ns"),
    "spawn_join/1": ("run_spawn_join", 1, "ns"),
    "spawn_join/1000": ("run_spawn_join", 1000, "ns"),
    "chan/0": ("run_chan", 0, "ns"),
    "chan/1": ("run_chan", 1, "ns"),
    "chan/64": ("run_chan", 64, "ns"),
    "mutex": ("run_mutex", 0, "ns"),
    "rmutex": ("run_rmutex", 0, "ns"),
    "event": ("run_event", 0, "ns"),
    "sem": ("run_sem", 0, "ns"),
    "queue": ("run_queue", 0, "ns"),
    "queue_handover": ("run_queue_handover", 0, "ns"),
    "pool_map/100000": ("run_pool_map", 100000, "ns"),
    "pool_map/1000000": ("run_pool_map", 1000000, "ns"),
    "pool_spawn": ("run_pool_spawn", 0, "ns"),
    "mem/100000": ("run_mem", 100000, "bytes"),
}
ONCE = ["pool_map/100000", "pool_map/1000000", "mem/100000"]
ECHO_ROWS = ["echo/64", "echo/1000"]


def repeat(run, size):
    """Runs with more operations until it took long enough to trust."""
    target = 2e7 if is_quick() else 3e8
    ops = FIRST_OPS
    while True:
        value = run(size, ops)
        if ops > FIRST_OPS and value * ops >= target / 2:
            # As median_slice() in bench.c.
            return statistics.median(
                run(size, ops // SLICES + 1) for _ in range(SLICES))
        wanted = min(int(target / value), ops * STEP_MAX)
        ops = max(wanted, ops * 2)


def measure(name, rows):
    method, size, unit = ROWS[name]
    run = getattr(rows, method)
    if is_quick() and size >= QUICK_FROM_SIZE:
        size //= QUICK_SHRINK
    value = run(size, 0) if name in ONCE else repeat(run, size)
    line = {"name": name, "system": rows.system.name, "unit": unit,
            "value": float(f"{value:.6g}"), **rows.extras}
    print(json.dumps(line), flush=True)


def echo(connection, *_):
    try:
        while data := connection.recv(BUFFER_BYTES):
            connection.sendall(data)
    except OSError:
        pass
    connection.close()


def serve_echo(system):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    system.serve(echo, lambda port: print("PORT", port, flush=True))


def main(system):
    wanted = sys.argv[1] if len(sys.argv) == 2 else ""
    if wanted == "--rows":
        print("\n".join([*ROWS, *ECHO_ROWS]))
    elif wanted == "serve-echo":
        serve_echo(system)
    elif wanted in ROWS:
        measure(wanted, Rows(system))
        sys.stdout.flush()
        os._exit(0)  # parked tasks would each be killed, at length
    else:
        sys.exit(f"usage: {sys.argv[0]} ROW | --rows | serve-echo")
