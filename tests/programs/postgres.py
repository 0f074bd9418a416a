# SPDX-License-Identifier: MIT
"""PostgreSQL: threaded clients against a plain server."""
import contextlib
import signal

import kit

QUERIES = 200


@contextlib.contextmanager
def server(box):
    """A plain server on loopback, with an empty database; its port."""
    port = kit.free_port()
    data = box.folder / "data"
    box.tool("initdb", "-D", data, "-U", "tester", "-A", "trust", "-N",
             "--no-instructions", as_user=True)
    process = box.serve(
        port, "postgres", "-D", data, "-p", port, "-k", box.folder,
        "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
        "-c", f"max_connections={QUERIES + 20}", "-c", "jit=off",
        "-c", "shared_buffers=16MB", tested=False, as_user=True)
    # It answers before it is ready to serve.
    while box.run("pg_isready", "-q", "-h", "127.0.0.1", "-p", port,
                  tested=False).status != 0:
        pass
    yield port
    assert box.stop(process, signal.SIGINT) == 0


@kit.program("libpq", "gcc", "libpq-dev", "postgresql")
def libpq(box):
    program = box.built("pq.c", "gcc", "-O1", "-pthread",
                        "-I/usr/include/postgresql", "-o", "{program}",
                        "{source}", "-lpq")
    with server(box) as port:
        return box.run(program, f"host=127.0.0.1 port={port} user=tester "
                       "dbname=postgres sslmode=disable", QUERIES).ok()


@kit.program("pgbench", "postgresql")
def pgbench(box):
    with server(box) as port:
        to = ("-h", "127.0.0.1", "-p", port, "-U", "tester", "postgres")
        box.tool("pgbench", "-i", "-q", *to)
        done = box.run("pgbench", "-n", "-c", 8, "-j", 4, "-t", 50, *to)
        rows = box.tool("psql", "-At", "-c",
                        "select count(*) from pgbench_history", *to)
    return {"status": done.status, "rows": rows,
            "out": [line for line in done.out.splitlines()
                    if line.startswith("number of")]}
