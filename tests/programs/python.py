# SPDX-License-Identifier: MIT
"""Debian's python3: its threads, servers, children and pools."""
import http.client
import socket

import kit

CLIENTS = 40
ROUNDS = 20


def script(name):
    @kit.program(f"python3/{name}", "python3")
    def test(box):
        done = box.run("/usr/bin/python3", box.source(f"{name}.py"))
        return {"out": done.out, "err": done.err, "status": done.status}
    return test


for name in ("threads", "queues", "subprocesses", "pools", "to_thread"):
    script(name)


def echo(port, everybody, i):
    """ROUNDS messages to and fro."""
    with socket.create_connection(("127.0.0.1", port)) as s, \
            s.makefile("rwb") as file:
        for k in range(ROUNDS):
            file.write(b"%d of %d\n" % (k, i))
            file.flush()
            answer = file.readline()
            assert answer == b"%d OF %d\n" % (k, i), answer
        everybody.wait()
    return "ok"


def get(port, everybody, i):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    bodies = set()
    for _ in range(ROUNDS):
        connection.request("GET", f"/{i}")
        bodies.add(connection.getresponse().read())
    everybody.wait()
    connection.close()
    return sorted(bodies)


def served(box, server, client):
    port = kit.free_port()
    process = box.serve(port, "/usr/bin/python3",
                        box.source("servers.py"), server, port)
    everybody = box.crowd(CLIENTS)
    answers = kit.at_once(CLIENTS, lambda i: client(port, everybody, i))
    return {"answers": answers, "status": box.stop(process)}


@kit.program("python3/ThreadingTCPServer", "python3")
def tcp_server(box):
    return served(box, "tcp", echo)


@kit.program("python3/ThreadingHTTPServer", "python3")
def http_server(box):
    return served(box, "http", get)
