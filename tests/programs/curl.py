# SPDX-License-Identifier: MIT
"""curl, and a program with libcurl in many threads; a plain server."""
import contextlib

import kit

TRANSFERS = 60


@contextlib.contextmanager
def server(box):
    port = kit.free_port()
    process = box.serve(port, "/usr/bin/python3", box.source("servers.py"),
                        "http", port, tested=False)
    yield port
    assert box.stop(process) == 0


@kit.program("curl", "curl", "python3")
def curl(box):
    with server(box) as port:
        done = box.run("curl", "-sS", "--parallel",
                       f"http://localhost:{port}/[1-20]")
    return {"status": done.status, "lines": sorted(done.out.splitlines())}


@kit.program("libcurl", "gcc", "libcurl4-openssl-dev", "python3")
def libcurl(box):
    program = box.built("transfers.c", "gcc", "-O1", "-pthread", "-o",
                        "{program}", "{source}", "-lcurl")
    with server(box) as port:
        return box.run(program, f"http://localhost:{port}/", TRANSFERS).ok()
