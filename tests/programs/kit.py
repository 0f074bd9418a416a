# SPDX-License-Identifier: MIT
"""What the tests of real programs share: a box to run them in, and the list.

A test is a function marked with @program(name, packages...). It gets a Box,
runs programs in it and returns what they answered. It is called twice, with a
plain box and with one whose programs run under `evergreen run`: both must give
the same answers. What must hold in any run is asserted.
"""
import concurrent.futures
import contextlib
import ctypes
import glob
import os
import pathlib
import pwd
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
# Debian's own programs, whatever else a machine has.
PATH = ":".join([*glob.glob("/usr/lib/postgresql/*/bin"),
                 "/usr/sbin:/usr/bin:/sbin:/bin"])
LIMIT = 60
STOP_LIMIT = 10
GRACE = 2
TAIL = 12
SHORT = 0.01
PR_SET_CHILD_SUBREAPER = 36
# OS threads that are none of the program's: the layer's, each in a call that
# cannot be polled, on behalf of one fiber; and the kernel's, of io_uring.
HELPERS = ("eg-helper", "iou-wrk")
# What they may be seen in.
CALLS = {2: "open", 17: "pread64", 18: "pwrite64", 61: "wait4", 72: "fcntl",
         40: "sendfile", 73: "flock", 74: "fsync", 75: "fdatasync", 202: "futex",
         247: "waitid", 257: "openat", 324: "membarrier",
         426: "io_uring_enter"}

PROGRAMS = []


class Program:
    def __init__(self, name, packages, function, limit, is_slow):
        self.name = name
        self.packages = packages
        self.function = function
        self.limit = limit
        self.is_slow = is_slow


def program(name, *packages, limit=LIMIT, is_slow=False):
    """@is_slow: only run when it is asked for by its name."""
    def add(function):
        PROGRAMS.append(Program(name, packages, function, limit, is_slow))
        return function
    return add


class Hang(Exception):
    pass


class Skip(Exception):
    pass


def versions(packages):
    """{package: version} of those that are installed."""
    done = subprocess.run(
        ["dpkg-query", "-W", "-f",
         "${Package} ${Version} ${db:Status-Status}\n", *packages],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        check=False)
    rows = [line.split() for line in done.stdout.splitlines()]
    return {row[0]: row[1] for row in rows if row[2:] == ["installed"]}


def become_reaper():
    """Whatever our children leave behind becomes a child of ours."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children(pid):
    found = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            text = read(f"/proc/{pid}/task/{task}/children")
            found += [int(word) for word in text.split()]
    return found


def descendants(pid):
    for child in children(pid):
        yield child
        yield from descendants(child)


def read(path):
    try:
        return pathlib.Path(path).read_text(errors="replace")
    except OSError:
        return ""


def state(pid):
    """'Z' for a zombie; '' for none."""
    return read(f"/proc/{pid}/stat").rpartition(") ")[2][:1]


def os_threads(pid):
    for line in read(f"/proc/{pid}/status").splitlines():
        if line.startswith("Threads:"):
            return int(line.split()[1])
    return 0


def more_threads(pid):
    """The OS threads but the first: their names, and what they are in."""
    found = set()
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            name = read(f"/proc/{pid}/task/{task}/comm").strip()
            name = re.sub(r"-\d+$", "", name)
            call = read(f"/proc/{pid}/task/{task}/syscall").split()
            # Not yet, or no longer, in a call: it may have no name yet.
            if int(task) == pid or not call or call[0] in ("running", "-1"):
                continue
            found.add((name, CALLS.get(int(call[0]), f"call {call[0]}")))
    return found


def kill_left_behind():
    """Reaps what is still below us, and kills what does not end by itself;
    the commands of these."""
    lived = []
    deadline = time.monotonic() + GRACE
    while left := list(descendants(os.getpid())):
        for pid in children(os.getpid()):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        if time.monotonic() < deadline:
            time.sleep(SHORT)
            continue
        for pid in left:
            if state(pid) not in ("Z", ""):
                lived.append(read(f"/proc/{pid}/comm").strip())
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        deadline += GRACE
    return lived


class Threads(threading.Thread):
    """Looks at the OS threads of the processes under test, all the time."""

    def __init__(self):
        super().__init__(daemon=True)
        self.roots = set()
        self.most = 0
        self.others = set()
        self.is_over = threading.Event()
        self.start()

    def run(self):
        while not self.is_over.wait(SHORT):
            self.look_at_all()

    def look_at_all(self):
        for root in list(self.roots):
            for pid in (root, *descendants(root)):
                self.look_at(pid)

    def look_at(self, pid):
        count = os_threads(pid)
        self.most = max(self.most, count)
        if count > 1:
            self.others |= more_threads(pid)


class Done:
    def __init__(self, status, out, err):
        self.status = status
        self.raw = out
        self.out = out.decode(errors="replace")
        self.err = err.decode(errors="replace")

    def ok(self):
        assert self.status == 0, f"status {self.status}: {self.out[-300:]}"
        return self.out


class Box:
    """A folder and the processes of one run. Paths are relative to it."""

    def __init__(self, session, name, command):
        self.session = session
        self.name = name
        self.command = command
        self.folder = pathlib.Path(tempfile.mkdtemp(
            prefix=f"{name}-".replace("/", "-"), dir=session.folder))
        self.folder.chmod(0o777)
        self.threads = Threads()
        self.logs = []
        self.begin = time.monotonic()

    @property
    def is_plain(self):
        return not self.command

    def close(self):
        self.threads.is_over.set()
        self.threads.join()

    def write(self, name, contents):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(contents)
        return path

    def built(self, source, *command):
        return self.session.built(source, command)

    def source(self, name):
        return HERE / "sources" / name

    def environment(self, more):
        return {"PATH": PATH, "HOME": str(self.folder), "LC_ALL": "C.UTF-8",
                "TMPDIR": str(self.folder), **more}

    def log(self, args, kind):
        path = self.folder / f"{len(self.logs)}-{kind}"
        self.logs.append((pathlib.Path(str(args[0])).name, path))
        return open(path, "w+b")

    def start(self, *args, tested=True, env=None, stdin=subprocess.DEVNULL,
              as_user=False):
        """A running process with .out and .err, files of the box. @tested: it
        is the program in question, and not a tool beside it."""
        args = [str(arg) for arg in args]
        out, err = self.log(args, "out"), self.log(args, "err")
        others = {}
        if as_user and os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            others = {"user": nobody.pw_uid, "group": nobody.pw_gid,
                      "extra_groups": []}
        process = subprocess.Popen(
            [*(self.command if tested else []), *args], stdin=stdin,
            stdout=out, stderr=err, cwd=self.folder,
            env=self.environment(env or {}), **others)
        process.out, process.err = out, err
        process.is_tested = tested
        if tested:
            self.threads.roots.add(process.pid)
        return process

    def finish(self, process, limit=None):
        """Waits for its end."""
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            raise Hang(f"{process.args[-1]} runs after {limit} s") from None
        finally:
            self.threads.roots.discard(process.pid)
        texts = []
        for file in (process.out, process.err):
            file.seek(0)
            texts.append(file.read())
            file.close()
        return Done(process.returncode, *texts)

    def run(self, *args, input=None, **options):
        """A finished process."""
        if input is None:
            return self.finish(self.start(*args, **options))
        with tempfile.TemporaryFile() as file:
            file.write(input if isinstance(input, bytes) else input.encode())
            file.seek(0)
            return self.finish(self.start(*args, stdin=file, **options))

    def tool(self, *args, **options):
        """What a program prints that is not under test."""
        return self.run(*args, tested=False, **options).ok()

    def serve(self, port, *args, **options):
        """A process that answers at @port (or at a socket's path)."""
        process = self.start(*args, **options)
        while not answers(port):
            if process.poll() is not None:
                raise AssertionError(
                    f"server ended with {process.returncode}")
            time.sleep(SHORT)
        return process

    def stop(self, process, how=signal.SIGTERM):
        """Its status, once it has stopped as it was told."""
        if process.poll() is not None:
            raise AssertionError(f"server ended with {process.returncode}")
        process.send_signal(how)
        try:
            return self.finish(process, STOP_LIMIT).status
        except Hang:
            raise Hang(f"does not stop on {how.name}") from None

    def crowd(self, count):
        """A barrier; when all are there, the OS threads are looked at."""
        return threading.Barrier(count, self.threads.look_at_all, LIMIT)

    def stderr_tail(self):
        for name, path in self.logs:
            if path.name.endswith("err"):
                for line in read(path).splitlines()[-TAIL:]:
                    yield f"{name}: {line}"


def answers(port):
    is_path = not isinstance(port, int)
    family = socket.AF_UNIX if is_path else socket.AF_INET
    with socket.socket(family) as s:
        s.settimeout(1)
        return s.connect_ex(str(port) if is_path
                            else ("127.0.0.1", port)) == 0


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Session:
    """A run of the tests: where programs are built, how they are run."""

    def __init__(self, folder, command):
        self.folder = folder
        self.command = command
        self.programs = {}

    def built(self, source, command):
        """The program made of a file of sources/, once for both runs."""
        if source not in self.programs:
            path = self.folder / pathlib.Path(source).stem
            subprocess.run(
                [word.format(source=HERE / "sources" / source, program=path,
                             folder=self.folder) for word in command],
                check=True, timeout=LIMIT, stdout=subprocess.DEVNULL,
                env={"PATH": PATH, "LC_ALL": "C.UTF-8"})
            self.programs[source] = path
        return self.programs[source]

    def box(self, name, is_plain):
        return Box(self, name, [] if is_plain else self.command)


def at_once(count, function):
    """function(i) in @count threads; what they returned, in order."""
    pool = concurrent.futures.ThreadPoolExecutor(count)
    try:
        return list(pool.map(function, range(count)))
    finally:
        # After a hang they end when their servers are killed.
        pool.shutdown(wait=False, cancel_futures=True)
