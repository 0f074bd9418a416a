# SPDX-License-Identifier: MIT
"""What the tests of the command share: a copy of it, and programs to run.

A case is a function marked with @case. It gets the rig, returns if it passes,
raises Skip where the machine lacks something, and AssertionError if it fails.
"""
import ctypes
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile

SECONDS = 20
NOBODY = 65534
PR_SET_SYSCALL_USER_DISPATCH = 59
HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = "int main(int argc, char **argv) { (void)argv; return argc; }\n"

CASES = []


def case(function):
    CASES.append(function)
    return function


class Skip(Exception):
    pass


class Rig:
    """The command stands where it would in a build tree."""

    def __init__(self, build, folder):
        self.folder = folder
        self.command = folder / "src" / "cli" / "evergreen"
        self.command.parent.mkdir(parents=True)
        shutil.copy(build / "src" / "cli" / "evergreen", self.command)
        self.library = self.cc("library.so", "", "-shared", "-fPIC")
        self.program = self.cc("program", PROGRAM)

    def cc(self, name, source, *options):
        path = self.folder / name
        subprocess.run(["cc", "-x", "c", "-", "-x", "none", "-o", str(path),
                        *options],
                       input=source, text=True, check=True, timeout=SECONDS)
        return path

    def write(self, name, contents, mode=0o755):
        path = self.folder / name
        if isinstance(contents, bytes):
            path.write_bytes(contents)
        else:
            path.write_text(contents)
        path.chmod(mode)
        return path

    def evergreen(self, *args, env=None, **options):
        """A finished command. A variable of @env that is None is not set."""
        variables = dict(os.environ, EVERGREEN_RUN_LIBRARY=str(self.library),
                         EVERGREEN_UNTESTED_GLIBC="1")
        variables.pop("LD_PRELOAD", None)
        variables.update(env or {})
        return subprocess.run(
            [self.command, *map(str, args)],
            env={k: str(v) for k, v in variables.items() if v is not None},
            capture_output=True, text=True, timeout=SECONDS, check=False,
            **options)

    def fails(self, status, reason, *args, **options):
        """The command ends with @status and one line that has @reason."""
        done = self.evergreen(*args, **options)
        assert done.returncode == status, \
            f"{args}: status {done.returncode}, not {status}: {done.stderr}"
        assert done.stdout == "", f"{args}: printed {done.stdout!r}"
        assert done.stderr.startswith("evergreen: ") and \
            done.stderr.endswith("\n") and done.stderr.count("\n") == 1, \
            f"{args}: not one line: {done.stderr!r}"
        assert reason in done.stderr, \
            f"{args}: '{reason}' is not in {done.stderr!r}"

    def prints(self, *args, **options):
        """What the command prints, which succeeds."""
        done = self.evergreen(*args, **options)
        assert done.returncode == 0 and done.stderr == "", \
            f"{args}: status {done.returncode}: {done.stderr}"
        return done.stdout


def can_run_here():
    libc = ctypes.CDLL(None)
    return platform.machine() == "x86_64" and \
        libc.prctl(PR_SET_SYSCALL_USER_DISPATCH, 0, 0, 0, 0) == 0


def run_cases(rig):
    passed = failed = skipped = 0
    for function in CASES:
        try:
            function(rig)
            passed += 1
        except Skip as why:
            print(f"skip {function.__name__}: {why}")
            skipped += 1
        except (AssertionError, subprocess.SubprocessError) as why:
            print(f"FAIL {function.__name__}: {why}")
            failed += 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


def main():
    build = pathlib.Path(sys.argv[1])
    if not can_run_here():
        print("evergreen run has no port to this CPU, or needs another kernel")
        print(f"0 passed, 0 failed, {len(CASES)} skipped")
        return 0
    with tempfile.TemporaryDirectory(prefix="evergreen-") as name:
        # Some cases are another user's.
        os.chmod(name, 0o755)
        return run_cases(Rig(build, pathlib.Path(name)))
