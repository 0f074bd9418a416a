#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The rows on eventlet. A channel is its LightQueue, a mutex its Semaphore of
one, an event is set by a send and cleared by a reset."""

import eventlet
import eventlet.event
import eventlet.green.threading
import eventlet.greenpool
import eventlet.queue
import eventlet.semaphore

import py_bench


class Eventlet:
    name = "eventlet"
    spawn = staticmethod(eventlet.spawn)
    join = staticmethod(eventlet.greenthread.GreenThread.wait)
    sleep = staticmethod(eventlet.sleep)
    event = eventlet.event.Event
    rmutex = staticmethod(eventlet.green.threading.RLock)
    sem = eventlet.semaphore.Semaphore
    mutex = eventlet.semaphore.Semaphore
    queue = staticmethod(eventlet.queue.LightQueue)

    @staticmethod
    def set_and_clear(event):
        return event.send, event.reset

    @staticmethod
    def pool_map(size, function, items):
        return list(eventlet.greenpool.GreenPool(size).imap(function, items))

    @staticmethod
    def pool_spawn(size, function, count):
        pool = eventlet.greenpool.GreenPool(size)
        for _ in range(count):
            pool.spawn_n(function)
        pool.waitall()

    @staticmethod
    def serve(handle, tell):
        listener = eventlet.listen(("127.0.0.1", 0), backlog=4096)
        tell(listener.getsockname()[1])
        eventlet.serve(listener, handle, concurrency=20000)


if __name__ == "__main__":
    py_bench.main(Eventlet)
