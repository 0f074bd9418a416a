# SPDX-License-Identifier: MIT
"""multiprocessing: pools of processes and of threads, queues between them."""
import multiprocessing
import multiprocessing.pool
import os


def square(n):
    return n * n


def worker(requests, answers):
    for n in iter(requests.get, None):
        answers.put(n + 1)


def main(method):
    context = multiprocessing.get_context(method)
    with context.Pool(3) as pool:
        print(method, sum(pool.map(square, range(200))),
              pool.apply_async(square, (12,)).get(30))
    requests, answers = context.Queue(), context.Queue()
    processes = [context.Process(target=worker, args=(requests, answers))
                 for _ in range(2)]
    for process in processes:
        process.start()
    for n in range(50):
        requests.put(n)
    print(sum(answers.get(timeout=30) for _ in range(50)))
    for process in processes:
        requests.put(None)
    for process in processes:
        process.join()
        print(process.exitcode)
    value = context.Value("i", 0)
    with value.get_lock():
        value.value += 1
    print(value.value)


if __name__ == "__main__":
    main("fork")
    main("spawn")
    with multiprocessing.pool.ThreadPool(8) as threads:
        print(sum(threads.map(square, range(200))))
    print(os.getpid() != os.getppid())
