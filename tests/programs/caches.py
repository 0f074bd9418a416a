# SPDX-License-Identifier: MIT
"""memcached and redis: servers with a few threads, and redis's load."""
import contextlib
import socket

import kit

CLIENTS = 30
KEYS = 20


def talk(port, everybody, ask):
    """ask(file) on a connection; all CLIENTS are connected together."""
    with socket.create_connection(("127.0.0.1", port)) as s, \
            s.makefile("rwb") as file:
        answers = ask(file)
        everybody.wait()
    return answers


@kit.program("memcached", "memcached")
def memcached(box):
    port = kit.free_port()
    process = box.serve(port, "memcached", "-t", 4, "-p", port, "-U", 0,
                        "-l", "127.0.0.1", as_user=True)
    everybody = box.crowd(CLIENTS)

    def ask(i, file):
        lines = []
        for k in range(KEYS):
            file.write(b"set %d:%d 0 0 4\r\nabcd\r\nget %d:%d\r\n"
                       b"incr none 1\r\n" % (i, k, i, k))
            file.flush()
            lines += [file.readline() for _ in range(5)]
        return lines

    answers = kit.at_once(CLIENTS, lambda i: talk(
        port, everybody, lambda file: ask(i, file)))
    return {"answers": answers, "status": box.stop(process)}


@contextlib.contextmanager
def redis(box, *more, tested=True):
    port = kit.free_port()
    process = box.serve(port, "redis-server", "--port", port, "--bind",
                        "127.0.0.1", "--dir", box.folder, "--save", "",
                        *more, tested=tested)
    yield port
    assert box.stop(process) == 0, "status of the server"


def cli(box, port, *words):
    return box.tool("redis-cli", "-p", port, *words)


@kit.program("redis-server bio", "redis-server", "redis-tools")
def redis_bio(box):
    """What redis gives to its threads: freeing, fsync; and a fork."""
    answers = []
    with redis(box, "--appendonly", "yes", "--appendfsync",
               "everysec") as port:
        for words in (("eval", "for i = 1, 20000 do redis.call('rpush', "
                       "'list', i) end return redis.call('llen', 'list')",
                       "0"),
                      ("unlink", "list"), ("set", "key", "value"),
                      ("bgsave",)):
            answers.append(cli(box, port, *words))
        while "rdb_bgsave_in_progress:1" in cli(box, port, "info"):
            pass
        box.threads.look_at_all()
        info = cli(box, port, "info").splitlines()
        answers += [line for line in info if line.startswith(
            ("rdb_last_bgsave_status", "aof_last_write_status"))]
        answers.append(cli(box, port, "flushall", "async"))
    return answers


@kit.program("redis-server io-threads", "redis-server", "redis-tools")
def redis_io_threads(box):
    with redis(box, "--io-threads", "4", "--io-threads-do-reads",
               "yes") as port:
        done = box.run("redis-benchmark", "-p", port, "-q", "-c", 50, "-n",
                       5000, "-P", 8, "-t", "set,get", tested=False)
        size = cli(box, port, "dbsize")
    return {"status": done.status, "size": size}


@kit.program("redis-benchmark", "redis-server", "redis-tools")
def redis_benchmark(box):
    with redis(box, tested=False) as port:
        done = box.run("redis-benchmark", "-p", port, "-q", "--threads", 4,
                       "-c", 40, "-n", 5000, "-t", "set,get,lpush")
        length = cli(box, port, "llen", "mylist")
    rows = [line.partition(":")[0] for line in
            done.out.replace("\r", "\n").splitlines() if "requests per" in line]
    return {"status": done.status, "rows": rows, "length": length}
