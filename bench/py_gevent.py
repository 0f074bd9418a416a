#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The rows on gevent. A channel is its Channel or its Queue, a mutex its
BoundedSemaphore of one, as in its own locks for threading."""

import gevent
import gevent.event
import gevent.lock
import gevent.pool
import gevent.queue
import gevent.server

import py_bench


class Gevent:
    name = "gevent"
    spawn = staticmethod(gevent.spawn)
    join = staticmethod(gevent.Greenlet.join)
    sleep = staticmethod(gevent.sleep)
    event = gevent.event.Event
    rmutex = gevent.lock.RLock
    sem = gevent.lock.Semaphore

    @staticmethod
    def mutex():
        return gevent.lock.BoundedSemaphore(1)

    @staticmethod
    def set_and_clear(event):
        return event.set, event.clear

    @staticmethod
    def queue(capacity):
        if capacity == 0:
            return gevent.queue.Channel()
        return gevent.queue.Queue(capacity)

    @staticmethod
    def pool_map(size, function, items):
        return gevent.pool.Pool(size).map(function, items)

    @staticmethod
    def pool_spawn(size, function, count):
        pool = gevent.pool.Pool(size)
        for _ in range(count):
            pool.spawn(function)
        pool.join()

    @staticmethod
    def serve(handle, tell):
        server = gevent.server.StreamServer(("127.0.0.1", 0), handle,
                                            backlog=4096)
        server.start()
        tell(server.server_port)
        server.serve_forever()


if __name__ == "__main__":
    py_bench.main(Gevent)
