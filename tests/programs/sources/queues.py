# SPDX-License-Identifier: MIT
"""Producers and consumers, and an executor's futures."""
import concurrent.futures
import queue
import threading

ITEMS = 300


def pipeline(kind):
    first, second = kind(maxsize=8), kind()

    def produce(i):
        for k in range(ITEMS):
            first.put((k, i))

    def consume():
        while (item := first.get()) is not None:
            second.put(item[0] * item[1])

    producers = [threading.Thread(target=produce, args=(i,))
                 for i in range(8)]
    consumers = [threading.Thread(target=consume) for _ in range(8)]
    for thread in producers + consumers:
        thread.start()
    for thread in producers:
        thread.join()
    for _ in consumers:
        first.put(None)
    for thread in consumers:
        thread.join()
    return sum(second.get() for _ in range(8 * ITEMS))


def square(n):
    if n == 13:
        raise ValueError("13")
    return n * n


def executor():
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(square, n) for n in range(100)]
        concurrent.futures.wait(futures)
        return sum(f.result() for f in futures if not f.exception()), \
            [str(f.exception()) for f in futures if f.exception()]


print(pipeline(queue.Queue), pipeline(queue.LifoQueue))
print(executor())
try:
    queue.Queue().get(timeout=0.05)
except queue.Empty:
    print("empty")
