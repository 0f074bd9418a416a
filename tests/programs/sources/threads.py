# SPDX-License-Identifier: MIT
"""Threads that wait for locks, conditions, events, barriers and each other."""
import threading
import time

THREADS = 200


def count_up():
    lock, total = threading.Lock(), [0]

    def add():
        for _ in range(1000):
            with lock:
                total[0] += 1

    threads = [threading.Thread(target=add) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return total[0]


def sleep_together():
    begin = time.monotonic()
    threads = [threading.Thread(target=time.sleep, args=(0.3,))
               for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - begin < THREADS * 0.3 / 4


def pass_a_ball():
    condition, place = threading.Condition(), [0]

    def play(i):
        for k in range(i, 400, 8):
            with condition:
                condition.wait_for(lambda k=k: place[0] == k)
                place[0] += 1
                condition.notify_all()

    threads = [threading.Thread(target=play, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return place[0]


def time_out():
    event, semaphore = threading.Event(), threading.Semaphore(0)
    timer = threading.Timer(0.05, event.set)
    timer.start()
    return (event.wait(10), semaphore.acquire(timeout=0.05),
            threading.Lock().acquire(timeout=1))


def keep_apart():
    local, seen = threading.local(), []
    barrier = threading.Barrier(10)

    def keep(i):
        local.mine = i
        barrier.wait()
        seen.append(local.mine == i)

    threads = [threading.Thread(target=keep, args=(i,)) for i in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return all(seen), len(seen)


def spin():
    """One thread computes, another must get its turns."""
    is_over = threading.Event()
    threading.Timer(0.1, is_over.set).start()
    n = 0
    while not is_over.is_set():
        n += 1
    return n > 0


for work in (count_up, sleep_together, pass_a_ball, time_out, keep_apart,
             spin):
    print(work.__name__, work())
print(threading.active_count() - len([t for t in threading.enumerate()
                                      if isinstance(t, threading.Timer)]))
