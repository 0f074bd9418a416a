# SPDX-License-Identifier: MIT
"""Node: V8's and libuv's threads around one loop."""
import http.client
import kit


@kit.program("node", "nodejs")
def threads(box):
    done = box.run("/usr/bin/node", box.source("threads.js"))
    return {"out": done.out, "status": done.status}


@kit.program("node http", "nodejs")
def server(box):
    port = kit.free_port()
    process = box.serve(port, "/usr/bin/node", box.source("server.js"), port)

    def get(i):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        bodies = set()
        for _ in range(10):
            connection.request("GET", f"/{i}")
            bodies.add(connection.getresponse().read())
        connection.close()
        return sorted(bodies)

    return {"answers": kit.at_once(20, get), "status": box.stop(process)}
