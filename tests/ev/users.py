# SPDX-License-Identifier: MIT
"""Debian's users of libev: how each is fetched, built as it is, and tried."""
import ctypes
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DEBIAN = pathlib.Path("/etc/apt/sources.list.d/debian.sources")
LIMIT = 120
SHORT = 0.01


class Skip(Exception):
    """It cannot be tried here."""


class Wrong(Exception):
    """It does not do what it should."""


class Library:
    """evergreen in place of libev: what a compiler is told."""

    def __init__(self, build):
        self.includes = [f"-I{ROOT}/include/evergreen/libev",
                         f"-I{ROOT}/include"]
        self.libraries = [f"-L{build}/src", "-levergreen",
                          f"-Wl,-rpath,{build}/src"]

        self.file = f"{build}/src/libevergreen.so"

    def other_backends(self):
        """Of those that can do all that libev's epoll can."""
        library = ctypes.CDLL(self.file)
        return ["io_uring"] if library.eg_loop_backends(0) & 0x80 else []

    def assert_alone(self, program):
        """Linked with evergreen, and not with libev."""
        text = subprocess.run(["readelf", "-d", str(program)], check=True,
                              capture_output=True, text=True).stdout
        needed = re.findall(r"NEEDED.*\[(\w+)", text)
        if "libevergreen" not in needed or "libev" in needed:
            raise Wrong(f"{program.name} is linked with {needed}")


def run(*command, cwd, env=None, limit=LIMIT, may_fail=False):
    """What it prints."""
    try:
        done = subprocess.run([str(word) for word in command], cwd=cwd,
                              env={**os.environ, "LC_ALL": "C", **(env or {})},
                              stdin=subprocess.DEVNULL, timeout=limit,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
    except subprocess.TimeoutExpired:
        raise Wrong(f"{command[0]} runs after {limit} s") from None
    except FileNotFoundError:
        raise Skip(f"not installed: {command[0]}") from None
    text = done.stdout.decode(errors="replace")
    if done.returncode and not may_fail:
        raise Wrong(f"{command[0]}: status {done.returncode}: {text[-1500:]}")
    return text


def apt(folder):
    """apt-get with a list of Debian's sources, beside the machine's own."""
    lists = folder / "apt"
    if not DEBIAN.is_file() or not shutil.which("apt-get"):
        raise Skip("this is not Debian 12 or later")
    command = ["apt-get", "-q", "-o", "Dir::Etc::SourceList=/dev/null",
               "-o", f"Dir::Etc::SourceParts={lists}",
               "-o", f"Dir::State::Lists={lists}/lists"]
    if not (lists / "updated").exists():
        (lists / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        text = DEBIAN.read_text()
        (lists / "debian.sources").write_text(
            re.sub("^Types:.*", "Types: deb-src", text, flags=re.MULTILINE))
        try:
            run(*command, "update", cwd=lists)
        except Wrong as why:
            raise Skip(f"apt has no sources: {str(why)[-200:]}") from None
        (lists / "updated").touch()
    return command


def fetch(folder, package):
    """The folder that the upstream sources of @package are in."""
    home = folder / package
    if not (home / "source").is_dir():
        home.mkdir(exist_ok=True)
        try:
            run(*apt(folder), "source", "--download-only", "--tar-only",
                package, cwd=home)
        except Wrong as why:
            raise Skip(f"apt cannot fetch it: {str(why)[-200:]}") from None
        tar = next(home.glob("*.orig.tar.*"))
        shutil.rmtree(home / "unpacked", ignore_errors=True)
        (home / "unpacked").mkdir()
        run("tar", "xf", tar, "--strip-components=1", cwd=home / "unpacked")
        (home / "unpacked").rename(home / "source")
    return home / "source"


def need(*programs_or_files):
    missing = [name for name in programs_or_files
               if not (shutil.which(name) or pathlib.Path(name).exists())]
    if missing:
        raise Skip(f"not installed: {' '.join(missing)}")


def free_port(port=0):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            raise Skip(f"port {port} is taken") from None
        return s.getsockname()[1]


class Server:
    """A process that answers at a port, for the length of a with."""

    def __init__(self, port, *command, cwd):
        self.port = port
        self.process = subprocess.Popen(
            [str(word) for word in command], cwd=cwd,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def __enter__(self):
        deadline = time.monotonic() + LIMIT
        while True:
            with socket.socket() as s:
                s.settimeout(1)
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            if self.process.poll() is not None or \
                    time.monotonic() > deadline:
                self.process.kill()
                raise Wrong("the server does not answer")
            time.sleep(SHORT)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(LIMIT)


def check_hiredis(library, folder):
    """Its adapter for libev, by its example, which has the port built in."""
    need("redis-server")
    source = fetch(folder, "hiredis")
    program = folder / "hiredis" / "example"
    sources = [source / name for name in (
        "alloc.c", "async.c", "hiredis.c", "net.c", "read.c", "sds.c",
        "examples/example-libev.c")]
    run("gcc", "-w", "-O1", "-D_GNU_SOURCE", f"-I{source}", *library.includes,
        *sources, "-o", program,
        *library.libraries, cwd=folder)
    library.assert_alone(program)
    port = free_port(6379)
    with Server(port, "redis-server", "--port", port, "--bind", "127.0.0.1",
                "--save", "", cwd=folder):
        for value in ("one", "x" * 100000):
            text = run(program, value, cwd=folder, limit=10)
            wanted = f"Connected...\nargv[end-1]: {value}\nDisconnected...\n"
            if text != wanted:
                raise Wrong(f"prints {text[:300]}")
    return "its example, against redis-server"


def check_libverto(library, folder):
    """Its module for libev, by its own tests."""
    source = fetch(folder, "libverto")
    home = folder / "libverto"
    flags = ["-w", "-D_GNU_SOURCE", "-DHAVE_PTHREAD=1", f"-I{source}/src"]
    here = [f"-L{home}", "-lverto", f"-Wl,-rpath,{home}"]
    run("gcc", *flags, "-shared", "-fPIC", source / "src/verto.c",
        source / "src/module.c", "-o", home / "libverto.so", "-ldl",
        "-lpthread", cwd=home)
    module = home / "libverto-libev.so"
    run("gcc", *flags, *library.includes, "-shared", "-fPIC",
        source / "src/verto-libev.c", "-o", module, *here,
        *library.libraries, cwd=home)
    library.assert_alone(module)
    tests = ("timeout", "idle", "child", "signal", "read", "write")
    for test in tests:
        run("gcc", *flags, "-DHAVE_LIBEV=1", source / "tests" / f"{test}.c",
            "-o", home / test, *here, cwd=home)
        if "Module: libev" not in run(home / test, cwd=home, limit=20):
            raise Wrong(f"{test} does not use libev")
    return f"its {len(tests)} tests"


def configure_nsca_ng(library, home):
    run("autoreconf", "-fi", cwd=home)
    # That libev has the functions is asked of a library: they are inline.
    run("./configure", "--enable-server", "--with-ev=external",
        "ac_cv_lib_ev_ev_version_major=yes", "ac_cv_lib_ev_ev_run=yes",
        f"CPPFLAGS={' '.join(library.includes)}", "CFLAGS=-O1",
        f"LIBS={' '.join(library.libraries)} -lpthread", cwd=home)


def check_nsca_ng(library, folder):
    """A monitoring server and its client, by their own tests."""
    need("autoreconf", "automake", "/usr/include/confuse.h",
         "/usr/include/openssl/ssl.h", "/usr/include/ev.h")
    source = fetch(folder, "nsca-ng")
    home = folder / "nsca-ng" / "build"
    if not (home / "config.status").exists():
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(source, home)
        configure_nsca_ng(library, home)
    run("make", "-j2", "EVLIBS=", cwd=home)
    for program in ("server/nsca-ng", "client/send_nsca"):
        library.assert_alone(home / "src" / program)
    text = run("make", "EVLIBS=", "check", cwd=home)
    found = re.search(r"All (\d+) tests were successful", text)
    if not found:
        raise Wrong(text[-1500:])
    return f"its {found[1]} tests"


def check_nghttp2(library, folder):
    """An HTTP/2 server, a client and a load generator, in C++."""
    need("g++", "/usr/include/openssl/ssl.h", "/usr/include/zlib.h")
    source = fetch(folder, "nghttp2")
    home = folder / "nghttp2" / "build"
    home.mkdir(exist_ok=True)
    run("make", "-j2", "-f", HERE / "nghttp2.mk", f"SOURCE={source}",
        f"EV={' '.join(library.includes)}",
        f"LIBRARIES={' '.join(library.libraries)}", cwd=home)
    for program in ("nghttpd", "nghttp", "h2load"):
        library.assert_alone(home / program)
    page = "evergreen\n" * 10000
    (home / "www").mkdir(exist_ok=True)
    (home / "www" / "page").write_text(page)
    port = free_port()
    url = f"http://127.0.0.1:{port}/page"
    with Server(port, home / "nghttpd", "--no-tls", "-n", 2, "-d",
                home / "www", port, cwd=home):
        if run(home / "nghttp", url, cwd=home, limit=20) != page:
            raise Wrong("another page")
        text = run(home / "h2load", "-n", 2000, "-c", 10, "-m", 10, url,
                   cwd=home, limit=60)
    wanted = "2000 done, 2000 succeeded, 0 failed, 0 errored, 0 timeout"
    if wanted not in text:
        raise Wrong(text[-1500:])
    return "2000 requests over 10 connections"


class User:
    def __init__(self, name, check):
        self.name = name
        self.check = check


USERS = [
    User("hiredis", check_hiredis),
    User("libverto", check_libverto),
    User("nsca-ng", check_nsca_ng),
    User("nghttp2", check_nghttp2),
]
