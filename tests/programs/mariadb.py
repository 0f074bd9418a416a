# SPDX-License-Identifier: MIT
"""MariaDB: threaded clients, and the server itself with its threads."""
import contextlib
import signal

import kit

QUERIES = 200


@contextlib.contextmanager
def server(box, tested):
    """A server with an empty database; its socket's path."""
    path = box.folder / "socket"
    data = box.folder / "data"
    log = box.tool("mariadb-install-db", "--no-defaults", f"--datadir={data}",
                   "--auth-root-authentication-method=normal",
                   "--skip-test-db", as_user=True)
    assert data.is_dir(), log
    process = box.serve(
        path, "mariadbd", "--no-defaults", f"--datadir={data}",
        f"--socket={path}", f"--pid-file={box.folder}/pid",
        "--skip-networking", f"--max-connections={QUERIES + 20}",
        "--innodb-buffer-pool-size=16M", "--skip-log-bin",
        "--innodb-log-file-size=8M", tested=tested, as_user=True)
    yield path
    assert box.stop(process, signal.SIGTERM) == 0, "status of the server"


def client(box):
    return box.built("maria.c", "gcc", "-O1", "-pthread",
                     "-I/usr/include/mariadb", "-o", "{program}", "{source}",
                     "-lmariadb")


@kit.program("libmariadb", "gcc", "libmariadb-dev", "mariadb-server")
def libmariadb(box):
    with server(box, tested=False) as path:
        return box.run(client(box), path, QUERIES).ok()


@kit.program("mariadbd", "gcc", "libmariadb-dev", "mariadb-server")
def mariadbd(box):
    with server(box, tested=True) as path:
        answers = box.tool(client(box), path, QUERIES)
        answers += box.tool(
            "mariadb", "--no-defaults", "-u", "root", "-S", path, "-N",
            "-e", """create database d; use d;
            create table t (i int primary key, s varchar(100)) engine=innodb;
            insert into t select seq, repeat('x', seq % 100)
                from seq_1_to_20000;
            select count(*), sum(i), sum(length(s)) from t;
            alter table t add index (s);
            select count(*) from t where s like 'xxx%';
            check table t; drop database d""")
        box.threads.look_at_all()
    return answers
