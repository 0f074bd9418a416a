#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The rows on eventlet. A channel is its LightQueue."""

import eventlet
import eventlet.event
import eventlet.queue

import py_bench


class Eventlet:
    name = "eventlet"
    spawn = staticmethod(eventlet.spawn)
    join = staticmethod(eventlet.greenthread.GreenThread.wait)
    sleep = staticmethod(eventlet.sleep)
    event = eventlet.event.Event
    queue = staticmethod(eventlet.queue.LightQueue)

    @staticmethod
    def serve(handle, tell):
        listener = eventlet.listen(("127.0.0.1", 0), backlog=4096)
        tell(listener.getsockname()[1])
        eventlet.serve(listener, handle, concurrency=20000)


if __name__ == "__main__":
    py_bench.main(Eventlet)
